"""The field's words that every room shares: action units, signals, features, targets, units, kinds of windows."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

from onefilter.errors import plain

AUS: Final = (
    "AU01", "AU02", "AU04", "AU05", "AU06", "AU07", "AU09", "AU10", "AU12",
    "AU14", "AU15", "AU17", "AU20", "AU23", "AU25", "AU26", "AU45",
)  # fmt: skip
"""The 17 action units whose intensity (0..5) OpenFace estimates."""

AU_NAMES: Final = {
    "AU01": "inner brow raiser", "AU02": "outer brow raiser", "AU04": "brow lowerer",
    "AU05": "upper lid raiser", "AU06": "cheek raiser", "AU07": "lid tightener",
    "AU09": "nose wrinkler", "AU10": "upper lip raiser", "AU12": "lip corner puller",
    "AU14": "dimpler", "AU15": "lip corner depressor", "AU17": "chin raiser",
    "AU20": "lip stretcher", "AU23": "lip tightener", "AU25": "lips part",
    "AU26": "jaw drop", "AU45": "blink",
}  # fmt: skip
"""FACS names of the action units."""

SIGNALS: Final = ("confidence", *AUS)
"""The 18 frame-wise signals of the study: the face tracker's confidence (0..1) and the intensities (0..5)."""
PRESENCES: Final = (*(f"{unit}_c" for unit in AUS[:-1]), "AU28_c", "AU45_c")
"""Whether OpenFace sees an action unit, 0 or 1: the 17, and lip suck."""
GAZE: Final = ("gaze_angle_x", "gaze_angle_y")
"""Where both eyes look, as OpenFace 1 and 2 write it (radians): left to right, up to down."""
POSE: Final = ("pose_Tx", "pose_Ty", "pose_Tz", "pose_Rx", "pose_Ry", "pose_Rz")
"""Where the head is (mm) and how it is turned (radians), as OpenFace writes it, relative to the camera."""
OTHER_SIGNALS: Final = ("AU11", "AU24", "AU28", "AU43", "AU24_c", "gaze_pitch", "gaze_yaw")
"""What other tools than OpenFace tell, under their own names (`onefilter.corpus.formats` has units)."""
KNOWN_SIGNALS: Final = (*SIGNALS, *PRESENCES, *GAZE, *POSE, *OTHER_SIGNALS)
"""All signals, in the order of features."""
SIGNAL_GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "confidence": ("confidence",), "intensities": AUS, "presence": PRESENCES, "gaze": GAZE, "pose": POSE,
}  # fmt: skip
"""Signals that belong together, by the name that stands for all of them."""
OPENFACE: Final = "openface"
"""The tool whose files the study used; the models' signals are its own unless they say otherwise."""


def signals_in(chosen: Iterable[str]) -> tuple[str, ...]:
    """Give the signals that names of signals and of groups stand for, each once, in the order of `KNOWN_SIGNALS`."""
    named = {signal for name in chosen for signal in SIGNAL_GROUPS.get(name, (name,))}
    return tuple(signal for signal in KNOWN_SIGNALS if signal in named)


def listed_signals(signals: Sequence[str]) -> str:
    """List signals as people write them: groups that are complete by their names."""
    whole = {name: group for name, group in SIGNAL_GROUPS.items() if set(group) <= set(signals)}
    grouped = {signal for group in whole.values() for signal in group}
    return ", ".join([*whole, *(signal for signal in signals if signal not in grouped)]) or "none"


PUBLISHED_FEATURES: Final = (*(f"{signal}_{kind}" for kind in ("mean", "std") for signal in SIGNALS), "turn")
"""The 37 features of the published models, in the *stored* order of the study's public code: 18 moving means, then 18
moving standard deviations, then the speaker turn (see docs/decisions.md on the published labels)."""

TARGET_NAME: Final = r"[a-z][a-z_]*"
"""What the name of a target may be: it is part of the names of files."""
RESERVED: Final = ("recording", "time", "timestamp", "tracked", "segment", "name", "frame", "face_id")
"""Columns of tables that hold targets beside them; no target may be called so."""

REFERENCES: Final = ("ridge", "turn", "confidence", "constant")
"""What the networks are compared with, under file names of their own: the ridge filter on all features, on the
speaker's turn alone and on the tracker's confidence alone, and a constant; none needs gradient descent."""
LAST: Final = "-last"
"""Ending of the name of a network as it was after its last epoch."""
ADOPTED: Final = "adopted"
"""Name of a given model among the run's own."""
ONE_FILTER: Final = "one-filter"
"""The method of the networks."""
LAST_EPOCH: Final = "last-epoch"
"""The method of the networks as they were after their last epoch."""
_SEED: Final = "seed-"
_WORDS: Final = ("annotators", "annotator", "best", "gold", "post-processed", "raw", "all")
"""What tables and figures call something else than a system."""


def network_of(seed: int) -> str:
    """Name the network of a seed."""
    return f"{_SEED}{seed}"


def method_of(model: str) -> str:
    """Tell the method from a model's name: the networks have one, everything else is its own."""
    name = model.removesuffix(LAST)
    if name == ADOPTED or (name.startswith(_SEED) and name.removeprefix(_SEED).isdecimal()):
        return LAST_EPOCH if model.endswith(LAST) else ONE_FILTER
    return model


def is_system(model: str) -> bool:
    """Tell whether a name is that of somebody else's system."""
    return method_of(model) == model and model not in (*REFERENCES, ONE_FILTER, LAST_EPOCH, *_WORDS)


KINDS: Final = ("dyad", "person", "recording")
"""Kinds of units, from the largest."""
INFERRED: Final = "inferred_"
"""How the names of dyads begin that nobody has told."""
_INFERRED: Final = "inferred dyad"


def kind_of(names: Iterable[str]) -> str:
    """Say what these units are: ``dyad``, ``inferred dyad``, ``dyad or recording`` where some are in none, and so on.

    Args:
        names: Units as `onefilter.corpus.people.units` names them, or what this function said of some of them.

    Raises:
        ValueError: If one of them is a unit of no kind.
    """
    found: set[str] = set()
    for name in dict.fromkeys(names):
        known = [kind for kind in name.split(" or ") if kind in (*KINDS, _INFERRED)]
        if not known:
            kind, _, own = name.partition(" ")
            if kind not in KINDS or not own:
                what = f"{plain(repr(name), longest=60)} is no unit of resampling: neither a dyad, nor a person, nor a"
                raise ValueError(f"{what} recording")
            known = [_INFERRED if kind == KINDS[0] and own.startswith(INFERRED) else kind]
        found.update(known)
    return " or ".join(kind for kind in (KINDS[0], _INFERRED, *KINDS[1:]) if kind in found)


def several(kind: str) -> str:
    """Give the plural of what `kind_of` says: ``dyads or recordings``."""
    return " or ".join(f"{one}s" for one in kind.split(" or "))


def count(many: int, noun: str, nouns: str | None = None) -> str:
    """Give a number of things: 1 dyad, 2 dyads, 2,000 epochs."""
    return f"{many:,} {noun if many == 1 else nouns or f'{noun}s'}"


Alignment = Literal["centred", "causal"]
"""Whether a window lies around its time or before it."""
FailedFrames = Literal["keep", "drop"]
"""Whether frames without a face stay as the zeros that OpenFace writes, or are left out."""
Normalise = Literal["none", "recording", "person", "culture"]
"""What features are relative to: to nothing, or to all of the recording, the person, the culture."""

SIMULATED: Final = "simulated"
"""Name of the corpus of people who do not exist: the simulated twin of the study's corpus."""

TWIN_NOTICE: Final = "simulated twin: no statement about people"
"""What every figure, page and table of simulated data says."""
_TRAINED: Final = "trained on simulated people"
MODEL_NOTICE: Final = f"{_TRAINED}, so this says nothing about real ones"
"""What everything says that shows predictions of a model of the twin, behind the model's target."""


def twin_notice(corpus: str) -> str:
    """Give `TWIN_NOTICE` for the simulated corpus, and nothing for any other."""
    return TWIN_NOTICE if corpus == SIMULATED else ""


def model_notice(corpora: Mapping[str, str]) -> str:
    """Say which models were trained on the twin: ``arousal, liking: trained on …``; nothing if none was.

    Args:
        corpora: Per target, the corpus that its model was trained on.
    """
    simulated = _simulated(corpora)
    return f"{', '.join(simulated)}: {MODEL_NOTICE}" if simulated else ""


def model_note(corpora: Mapping[str, str]) -> str:
    """Say the same as `model_notice` in a few words, for the title of a figure.

    Args:
        corpora: Per target, the corpus that its model was trained on.
    """
    simulated = _simulated(corpora)
    which = "models" if len(simulated) == len(corpora) else f"models for {', '.join(simulated)}"
    return f"{which} {_TRAINED}" if simulated else ""


def _simulated(corpora: Mapping[str, str]) -> list[str]:
    """List the targets whose models were trained on the twin."""
    return [target for target, corpus in corpora.items() if corpus == SIMULATED]
