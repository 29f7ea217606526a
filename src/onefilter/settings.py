"""Settings: every key of the configuration, once, with its type, bounds, default and meaning.

A key is one attribute: its annotation holds type and bounds, its value the default, the text beneath it the meaning.
From these come the defaults of a run (`read_settings` fills in what a configuration leaves out), the messages about
mistakes, config/config.yaml, the table of config/README.md and the JSON schema (`onefilter.workflow.documentation`).
What only makes sense of several keys together is checked by `onefilter.workflow.plan`.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from reprlib import Repr
from typing import Annotated, Any, ClassVar, Final, Literal, TypeVar

from annotated_types import Ge, Gt, Le, Len, Lt
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError

from onefilter.errors import InputError, nearest
from onefilter.names import RESERVED, SIMULATED, TARGET_NAME, Alignment, FailedFrames, Normalise, is_system
from onefilter.text import number

Entry = TypeVar("Entry")

_PATH: Final = r"^[^{}\x00-\x1f\x7f]+$"
Path = Annotated[str, StringConstraints(min_length=1, pattern=_PATH)]
"""A path, relative to the working directory."""
Seed = Annotated[int, Ge(0), Le(2**32 - 1)]
Epochs = Annotated[int, Ge(1), Le(1_000_000)]
_CULTURE: Final = r"^[^\W\d_]+(-[^\W\d_]+)*$"
Culture = Annotated[str, StringConstraints(pattern=_CULTURE)]


def _no_column(target: str) -> str:
    """Refuse the name of a column that stands beside the targets."""
    if target in RESERVED:
        raise ValueError("is a column of the tables that hold targets, so no target can be called so")
    return target


TargetName = Annotated[str, StringConstraints(pattern=f"^{TARGET_NAME}$"), AfterValidator(_no_column)]


def _no_model(system: str) -> str:
    """Refuse the name of a model of the run's own."""
    if not is_system(system):
        raise ValueError("is what this run calls something of its own")
    return system


_SYSTEM: Final = r"^[A-Za-z][A-Za-z0-9_-]*$"
SystemName = Annotated[str, StringConstraints(pattern=_SYSTEM, max_length=40), AfterValidator(_no_model)]


def _each_once(entries: list[Entry]) -> list[Entry]:
    """Refuse lists that name an entry twice."""
    repeated = [entry for place, entry in enumerate(entries) if entry in entries[:place]]
    if repeated:
        raise ValueError(f"{repeated[0]} is listed twice")
    return entries


def _not_all(culture: str) -> str:
    """Refuse the name under which all cultures together are described."""
    if culture == "all":
        raise ValueError("'all' is the name for all cultures together")
    return culture


def _first(*names: str) -> AfterValidator:
    """Put these names first, in this order: an overlay that changes one of them must not change the order of all."""

    def ordered(entries: dict[str, Entry]) -> dict[str, Entry]:
        places = {name: place for place, name in enumerate(names)}
        return dict(sorted(entries.items(), key=lambda entry: places.get(entry[0], len(names))))

    return AfterValidator(ordered)


Once = AfterValidator(_each_once)


class Settings(BaseModel):
    """A group of keys. Unknown keys are refused, and so are values of another type, NaN and infinity."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, use_attribute_docstrings=True, defer_build=True
    )


class PathVariables(Settings):
    """Where results go: the rules' <results> and <logs>, and what steps took (benchmarks)."""

    results: Path = "results"
    """Folder of everything that is made."""
    logs: Path = "results/logs"
    """Folder of the rules' logs."""
    benchmarks: Path = "results/benchmarks"
    """Folder of the rules' times and memory."""


class Avec(Settings):
    """SEWA in the layout of the AVEC challenges (source avec); see docs/sewa.md."""

    folder: Path = "data/sewa"
    """Folder that holds visual_features, labels and turns."""
    split: Literal["2018", "2019"] = "2018"
    """All Hungarian recordings for testing (2018, as in the draft), or divided (2019)."""
    dyads: Literal["unknown", "equal-length"] = "unknown"
    """Who talks with whom is not known, or inferred: two recordings of a split that have equally many frames."""


class TwinSplit(Settings):
    """Size of one split of the simulated twin."""

    recordings: Annotated[int, Ge(1), Le(1_000_000)]
    """Number of recordings."""
    duration: Annotated[float, Gt(0), Le(176_800_000)]
    """Their durations added up (seconds)."""


SplitName = Annotated[str, StringConstraints(pattern=r"^(german|hungarian|chinese)-(train|devel|test)$")]


def _null(world: object) -> object:
    """Take YAML's null for the world of that name."""
    return "null" if world is None else world


class Simulated(Settings):
    """The simulated twin."""

    seed: Seed = 4
    """Everything about the twin follows from it."""
    world: Annotated[Literal["default", "null", "speech", "display", "deviation", "pairs"], BeforeValidator(_null)] = (
        "default"
    )
    """Where affect is: in faces, or (to see whether a run says so) nowhere, in the turn, with other signs abroad, in
    how much faces move; in pairs, one person is in train and in test."""
    splits: Annotated[
        dict[SplitName, TwinSplit | None],
        Len(1),
        _first("german-train", "german-devel", "german-test", "hungarian-test", "chinese-test"),
    ] = {  # the draft's Table 1
        "german-train": TwinSplit(recordings=34, duration=5592),
        "german-devel": TwinSplit(recordings=14, duration=2266),
        "german-test": TwinSplit(recordings=16, duration=2798),
        "hungarian-test": TwinSplit(recordings=66, duration=7992),
        "chinese-test": TwinSplit(recordings=70, duration=12046),
    }
    """Number and total duration of the recordings per split; the defaults are SEWA's. In an overlay, null drops one."""


class OpenFace(Settings):
    """How OpenFace is started on videos (column video of the recordings table)."""

    program: Annotated[str, StringConstraints(min_length=1, pattern=_PATH)] = "FeatureExtraction"
    """Its program, by its path or by its name if it is on the PATH; within the image, if there is one."""
    image: Path | None = None
    """Container that holds it, a .sif file or docker://…, started by apptainer; null for none."""


class Corpus(Settings):
    """Where recordings come from."""

    source: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")] = SIMULATED
    """The twin (simulated), OpenFace files listed in a table (openface), or SEWA as the challenges have it (avec)."""
    recordings: Path = "config/own.tsv"
    """The table of recordings (source openface); see config/README.md for its columns."""
    signals: Annotated[list[str], Len(1, 100), Once] = ["confidence", "intensities"]
    """What is taken from the files: confidence, intensities, presence, gaze, pose, or single signals (AU12, AU12_c)."""
    turns: Literal["person", "dyad"] = "person"
    """Whose turns the feature turn tells of: this person's, or anybody's in the dyad (the draft may mean either)."""
    other_tool: bool = False
    """Whether models may be applied (model_files) that were trained on another tool's signals; see docs/signals.md."""
    batch: Annotated[int, Ge(1), Le(100_000)] = 200
    """Number of recordings that one job takes; larger splits are divided, and their results are several files."""
    openface: OpenFace = OpenFace()
    avec: Avec = Avec()
    simulated: Simulated = Simulated()


def _rising(bounds: list[float]) -> list[float]:
    """Refuse bounds that enclose nothing."""
    if bounds[0] >= bounds[1]:
        raise ValueError(f"{bounds[0]:g} is not below {bounds[1]:g}: give the lower end, then the upper one")
    return bounds


Bounds = Annotated[list[Annotated[float, Ge(-1e6), Le(1e6)]], Len(2, 2), AfterValidator(_rising)]


class Target(Settings):
    """One target."""

    delay: Annotated[float, Ge(0), Le(20)]
    """How long annotators lag behind the face (seconds)."""
    range: Bounds = [-1.0, 1.0]
    """Lower and upper end of the values that a run works with, shows and predicts."""
    scale: Bounds | None = None
    """Lower and upper end of the values in the label files, which are brought to the range; null if they are in it."""
    taps: Annotated[int, Ge(1), Le(1000)] | None = None
    """Length of this target's filter (steps of one hop); null for network.taps."""
    l1: Annotated[float, Ge(0), Le(100)] | None = None
    """Weight of the kernel's absolute sum in this target's loss; null for training.l1."""
    unit: Annotated[str, StringConstraints(max_length=20, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    """What the range counts (PSPI, say); figures of predictions and labels show it behind the name."""


class Gold(Settings):
    """How several annotators of a recording (the table's column annotations) become one label."""

    time: Literal["s", "ms"] = "s"
    """Unit of times in their files, where the header does not say it."""
    largest_lag: Annotated[float, Ge(0), Le(20)] = 0.0
    """Annotators are moved to where they correlate best with the mean of the others, by this at most (seconds)."""
    fuse: Literal["mean", "ewe"] = "mean"
    """By their mean, or by the evaluator-weighted estimator: everybody counts as much as they correlate with it."""
    least: Annotated[int, Ge(1), Le(1000)] = 1
    """So many must have rated a moment; others have no label."""


class Features(Settings):
    """How frames become features."""

    statistics: Annotated[list[str], Len(1, 20), Once] = ["mean", "std"]
    """What is computed of every signal in every window, in the order of the features."""
    window: Annotated[float, Ge(0.001), Le(60)] = 1.0
    """Length of the moving windows (seconds)."""
    hop: Annotated[float, Ge(0.01), Le(10)] = 0.1
    """Distance between windows (seconds); labels are 0.1 apart."""
    alignment: Alignment = "centred"
    """Windows around their time, or before it."""
    failed_frames: FailedFrames = "keep"
    """Keep frames without a face as the zeros that OpenFace writes, or drop them."""
    normalise: Normalise = "none"
    """Features as models see them: as they are (none), or relative to all of the recording, the person, or the culture
    within a split; fitted without labels."""


class Network(Settings):
    """The network."""

    features: Annotated[list[str], Len(1, 1000), Once] | None = None
    """Names of the features that the network sees, for example AU12_mean; null for all."""
    taps: Annotated[int, Ge(1), Le(1000)] = 80
    """Length of the filter (steps of one hop)."""
    ahead: Annotated[int, Ge(0), Le(999)] | None = None
    """Taps that look ahead (steps of one hop), 0 for a causal filter; null for half of them, as published."""
    activation: Literal["linear", "relu"] = "linear"
    """Of the filter."""
    head: bool = True
    """Whether a unit reads the filter at every step."""


class Training(Settings):
    """How the networks learn."""

    cultures: Annotated[list[Culture], Len(1, 8), Once] = ["german"]
    """The cultures that are trained on; their development recordings, all concatenated, choose epoch and seed."""
    seeds: Annotated[list[Seed], Len(1, 1000), Once] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    """One network per seed; a seed fixes the initial weights."""
    epochs: Epochs = 2000
    """Number of updates, each on all recordings."""
    loss: Literal["sequence", "pooled"] = "sequence"
    """One CCC per sequence, averaged (as published), or one of all sequences pooled."""
    dropout: Annotated[float, Ge(0), Lt(1)] = 0.0
    """Share of the inputs that are set to 0 in each epoch."""
    optimiser: Literal["rmsprop", "adam", "sgd"] = "rmsprop"
    """How weights follow gradients."""
    learning_rate: Annotated[float, Gt(0), Le(1)] = 0.001
    """Step size of the optimiser."""
    rho: Annotated[float, Ge(0), Lt(1)] = 0.9
    """Decay of RMSprop's mean square."""
    epsilon: Annotated[float, Gt(0), Le(1)] = 1e-7
    """What RMSprop and Adam add to the root of the mean square."""
    l1: Annotated[float, Ge(0), Le(100)] = 0.01
    """Weight of the kernel's absolute sum in the loss."""
    fill: Literal["repeat", "mask"] = "repeat"
    """Repeat recordings up to the longest (as published), or mask what is missing."""
    tail: Literal["zeros", "drop"] = "zeros"
    """Steps that the delay leaves without a label count as zeros (as published), or drop out."""
    accelerator: Literal["auto", "cpu", "cuda"] = "cpu"
    """Where networks are trained: on the processor, on an NVIDIA GPU (cuda), or on a GPU where there is one (auto)."""


class System(Settings):
    """Another system, whose predictions of the same recordings are scored beside the network's."""

    folder: Path
    """Folder of its predictions: a CSV for each recording, called as the recording is."""
    format: Literal["plain", "avec"] | None = None
    """How they are written, see docs/score.md; null tells it by their first line."""
    trained_on: Annotated[list[Culture], Len(0, 8), Once] = []
    """Cultures that it was trained on, as far as they are known; tables say so."""
    scale: Literal["labels", "range"] = "labels"
    """Whether it predicts numbers as they are in label files (a target's scale), or within a target's range."""
    delay: Annotated[float, Ge(0), Le(20)] = 0.0
    """How long annotators lag behind what it predicts (seconds); 0 if it predicts what they say at that moment."""


class Rung(Settings):
    """One network of the depth ladder."""

    epochs: Epochs
    """Number of updates; one of A costs as much as a hundred of C."""
    l1: Annotated[float, Ge(0), Le(100)] | None = None
    """Weight of the absolute sum of the network's kernels in the loss; null for that of training."""


class DeepRung(Rung):
    """One of the ladder's networks of several layers."""

    l1: Annotated[float, Ge(0), Le(100)] | None = 0.0
    """Weight of the absolute sum of the network's kernels in the loss; null for that of training."""


class Networks(Settings):
    """The networks of the depth ladder, from the deepest to the shallowest."""

    A: DeepRung = DeepRung(epochs=300)
    """Four convolutions with ReLU."""
    B: DeepRung = DeepRung(epochs=300)
    """Two convolutions with ReLU."""
    C: Rung = Rung(epochs=300)
    """The one-filter network."""
    D: Rung = Rung(epochs=300)
    """The one-filter network without a head."""


class Ladder(Settings):
    """The depth ladder, made on demand (snakemake draw_ladder); what is not given here is as in training."""

    usual: ClassVar[tuple[str, ...]] = ("valence",)
    targets: Annotated[list[TargetName], Len(1, 20), Once] | None = None
    """The targets that it is trained for; null for valence, or the first target if there is none so called."""
    seeds: Annotated[list[Seed], Len(1, 100), Once] = [1, 2, 3]
    """One network of each depth per seed."""
    networks: Networks = Networks()


class Selection(Settings):
    """Training on ever more features, made on demand (snakemake draw_selection)."""

    usual: ClassVar[tuple[str, ...]] = ("valence",)
    targets: Annotated[list[TargetName], Len(1, 20), Once] | None = None
    """The targets that features are selected for; null for valence, or the first target if there is none so called."""
    seed: Seed = 1
    """Of the networks' initial weights."""
    epochs: Epochs = 600
    """Number of updates; all subsets are trained at once."""
    random: Annotated[int, Ge(1), Le(20)] = 2
    """Number of random subsets of every size."""


class Transfer(Settings):
    """Ridge filters of each culture on each culture, made on demand (snakemake draw_transfer)."""

    usual: ClassVar[tuple[str, ...]] = ("arousal", "valence")
    targets: Annotated[list[TargetName], Len(1, 20), Once] | None = None
    """The targets that they are fitted for; null for arousal and valence, or the first target if there is neither."""
    normalise: Annotated[list[Normalise], Len(1), Once] = [
        "none", "recording", "culture",
    ]  # fmt: skip
    """Features as they are, or relative to their recording, person or culture."""


class Sensitivity(Settings):
    """Ridge filters with other delays, lengths and windows, made on demand (snakemake draw_sensitivity)."""

    usual: ClassVar[tuple[str, ...]] = ("valence",)
    targets: Annotated[list[TargetName], Len(1, 20), Once] | None = None
    """The targets that they are fitted for; null for valence, or the first target if there is none so called."""
    delays: Annotated[list[Annotated[float, Ge(0), Le(20)]], Len(1, 30), Once] = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    """Delays of the annotators (seconds), whole numbers of hops."""
    taps: Annotated[list[Annotated[int, Ge(1), Le(1000)]], Len(1, 20), Once] = [1, 10, 20, 40, 80]
    """Lengths of the filter (steps of one hop)."""
    windows: Annotated[list[Annotated[float, Gt(0), Le(60)]], Len(1, 10), Once] = [0.08, 1.0, 4.0]
    """Lengths of the windows (seconds)."""


class Latency(Settings):
    """Filters that look less far ahead, made on demand (snakemake draw_latency)."""

    usual: ClassVar[tuple[str, ...]] = ("valence",)
    targets: Annotated[list[TargetName], Len(1, 20), Once] | None = None
    """The targets that they are trained for; null for valence, or the first target if there is none so called."""
    ahead: Annotated[list[Annotated[int, Ge(0), Le(999)]], Len(1, 20), Once] = [0, 5, 10, 20, 30, 40]
    """Taps that look ahead (steps of one hop), each with centred and with causal windows."""
    seeds: Annotated[list[Seed], Len(1, 100), Once] = [1, 2, 3]
    """One network of each kind per seed."""
    epochs: Epochs = 600
    """Number of updates."""


class Postprocessing(Settings):
    """What is tried on development to make predictions better."""

    medians: Annotated[list[Annotated[float, Gt(0), Le(60)]], Len(0, 100), Once] = [0.5, 1.0, 2.0, 4.0, 8.0]
    """Widths of the median filter (seconds)."""
    largest_shift: Annotated[float, Ge(0), Le(20)] = 2.0
    """Shifts in time up to this, in both directions (seconds)."""


class Evaluation(Settings):
    """How predictions are scored."""

    seed: Seed = 1
    """Of the bootstrap over recordings."""
    postprocessing: Postprocessing = Postprocessing()


class Verification(Settings):
    """What results are compared with."""

    expected: Path | None = "config/expected/simulated.tsv"
    """Table of the numbers that are expected of some configurations; null for none."""
    openface: Annotated[float, Gt(0), Le(10_000)] | None = None
    """Frames per second that OpenFace processes on your machine: without it nothing is said on real time."""
    ladder: bool = False
    """Whether claims are tested on the depth ladder, too (takes minutes more)."""


class Worlds(Settings):
    """Small twins in which the answer is planted, made on demand (snakemake worlds)."""

    target: TargetName = "arousal"
    """What is predicted."""
    seed: Seed = 1
    """Of these twins."""
    recordings: Annotated[int, Ge(12), Le(1000)] = 20
    """Number of recordings in each split; twelve are six pairs of people, the fewest that have an interval."""
    duration: Annotated[float, Ge(10), Le(176.8)] = 100.0
    """Mean length of a recording (seconds)."""
    seeds: Annotated[list[Seed], Len(1, 100), Once] = [1, 2, 3]
    """One network per seed."""
    epochs: Epochs = 300
    """Number of updates."""


class Figures(Settings):
    """How figures look."""

    dpi: Annotated[int, Ge(50), Le(1200)] = 200
    """Resolution (dots per inch)."""
    excerpts: Annotated[int, Ge(1), Le(12)] = 3
    """Number of recordings per split whose predictions are drawn."""


class Configuration(Settings):
    """Everything that a run depends on. config/config.yaml gives every key; overlays change some."""

    pathvars: PathVariables = PathVariables()
    corpus: Corpus = Corpus()
    cultures: Annotated[list[Annotated[Culture, AfterValidator(_not_all)]], Len(1, 8), Once] = [
        "german", "hungarian", "chinese",
    ]  # fmt: skip
    """The cultures that recordings may come from, in the order of tables and figures."""
    targets: Annotated[dict[TargetName, Target | None], Len(1), _first("arousal", "valence", "liking")] = {
        "arousal": Target(delay=4.0),
        "valence": Target(delay=2.8),
        "liking": Target(delay=2.5),
    }
    """The affect dimensions to predict. In an overlay, null drops one."""
    gold: Gold = Gold()
    features: Features = Features()
    network: Network = Network()
    training: Training = Training()
    ladder: Ladder = Ladder()
    selection: Selection = Selection()
    transfer: Transfer = Transfer()
    sensitivity: Sensitivity = Sensitivity()
    latency: Latency = Latency()
    model_files: dict[TargetName, Path | None] | None = None
    """Trained models (.safetensors, .h5 or .keras) to apply instead of training, one per target; null trains."""
    systems: dict[SystemName, System | None] = {}
    """Other people's systems by name, which are scored beside the network. In an overlay, null drops one."""
    evaluation: Evaluation = Evaluation()
    verification: Verification = Verification()
    worlds: Worlds = Worlds()
    figures: Figures = Figures()

    @property
    def identity(self) -> str:
        """Twelve letters for what a run's numbers depend on; where results lie and how figures look does not count."""
        content = self.model_dump(include=set(SCIENCE), exclude=MEANS)
        # A target is its delay, and what differs from the usual range; signals count where they are not the usual ones.
        content["targets"] = {name: _told(entry) for name, entry in self.targets.items()}
        usual = Corpus()
        for name in ("signals", "turns", "other_tool"):
            if content["corpus"][name] == getattr(usual, name):
                del content["corpus"][name]
        if self.features.normalise == "none":
            del content["features"]["normalise"]
        # How annotators are fused counts where it is not as usual.
        systems = {name: system.model_dump() for name, system in self.systems.items() if system is not None}
        content |= {"systems": systems} if systems else {}
        gold = self.gold.model_dump(exclude_defaults=True)
        content |= {"gold": gold} if gold else {}
        text = json.dumps(content, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def _told(target: Target | None) -> dict[str, Any] | None:
    """Give the keys of a target that are not as usual."""
    return None if target is None else target.model_dump(exclude_defaults=True)


SCIENCE: Final = ("corpus", "cultures", "targets", "features", "network", "training", "model_files", "evaluation")
"""Keys that a run's numbers depend on."""
MEANS: Final[Any] = {"corpus": {"batch", "openface"}, "training": {"accelerator"}}
"""Keys among them that decide how numbers are computed, and change them by rounding at most."""
_PATTERNS: Final[Mapping[str, str]] = {
    _CULTURE: "letters, or words of letters joined by hyphens",
    _PATH: "a path without braces, which Snakemake takes for wildcards, and without control characters",
    f"^{TARGET_NAME}$": "small letters a-z and underscores",
    _SYSTEM: "letters a-z and A-Z, digits, hyphens and underscores, a letter first",
}
"""Patterns of names in words."""
_LONGEST_NUMBER: Final = 12
"""Characters of a number that is written anew in messages."""
_QUOTES: Final = "YAML reads no, yes, on, off, dates and numbers as such: write a name in quotes"
_SHORT: Final = Repr()
_SHORT.maxlevel, _SHORT.maxstring, _SHORT.maxother = 3, 200, 200
FILE: Final = "config"
"""How messages name the configuration, which several files make up."""


def read_settings(config: Mapping[str, Any]) -> Configuration:
    """Check a configuration and fill in the defaults of the keys that it leaves out.

    Raises:
        InputError: For the first key or value at fault, with what is allowed there.
    """
    if not isinstance(config, Mapping):
        raise InputError(f"{_cut(config)} is no configuration", file=FILE, remedy="write keys and values: `key: value`")
    try:
        return Configuration.model_validate(dict(config))
    except ValidationError as error:
        first = min(error.errors(), key=lambda found: [str(part) for part in found["loc"]])
        raise _explain(first) from None


def check_hops(key: str, delay: float, hop: float) -> None:
    """Refuse a delay that is no whole number of hops (both in seconds).

    Raises:
        InputError: If it is none, with the nearest that is.
    """
    steps = delay / hop
    if abs(steps - round(steps)) > 1e-6:
        raise InputError(
            f"{key} {delay} s is not a whole number of hops of {hop} s",
            file=FILE,
            remedy=f"for example {round(steps) * hop:g}",
        )


def check_ahead(key: str, ahead: Iterable[int], length: str, taps: int) -> None:
    """Refuse to look further ahead than a filter is long.

    Args:
        key: That asks for it.
        ahead: Taps that look ahead.
        length: The key of the filter's length.
        taps: That length.

    Raises:
        InputError: For the first that is too far.
    """
    too_far = [steps for steps in ahead if steps >= taps]
    if too_far:
        raise InputError(
            f"{key}: {too_far[0]} of {taps} taps cannot look ahead",
            file=FILE,
            remedy=f"give 0 to {taps - 1}, or more {length}",
        )


def _explain(error: Any) -> InputError:
    """Say in one line what is wrong with one key or value."""
    path = [part for part in error["loc"] if part != "[key]"]
    where = ".".join(map(str, path))
    if error["type"] == "extra_forbidden":
        owner = ".".join(map(str, path[:-1]))
        known = list(_model_at(path[:-1]).model_fields)
        return InputError(
            f"unknown key {where!r}{nearest(str(path[-1]), known)}",
            file=FILE,
            remedy=f"known {f'in {owner} ' if owner else ''}are {', '.join(known)}",
        )
    if error["type"] == "missing":
        return InputError(f"key {where!r} is missing", file=FILE, remedy=f"it is: {description_of(path)}")
    named = error["loc"][-1:] == ("[key]",)
    if error["type"] == "value_error":
        remedy = "choose another name" if named else f"it is: {description_of(path)}"
        return InputError(f"{where}: {error['ctx']['error']}", file=FILE, remedy=remedy)
    if error["type"] in ("model_type", "dict_type"):
        what = f"{where}: {_cut(error['input'])} should be keys and values"
        keys = ", ".join(_model_at(path).model_fields)
        remedy = f"known are {keys}" if error["type"] == "model_type" else "write names and what belongs to each"
        return InputError(what, file=FILE, remedy=remedy)
    value, message = _cut(error["input"]), error["msg"].removeprefix("Input ").replace(" after validation", "")
    if error["type"] == "invalid_key" or (named and error["type"] == "string_type"):
        owner = ".".join(map(str, path[:-1]))
        names = "" if named else f"known are {', '.join(_model_at(path[:-1]).model_fields)}; "
        return InputError(f"{owner}: the name {value} is no text".removeprefix(": "), file=FILE, remedy=names + _QUOTES)
    if error["type"] == "string_pattern_mismatch":
        pattern = error["ctx"]["pattern"]
        message = f"should be {_PATTERNS[pattern]}" if pattern in _PATTERNS else message.replace("String ", "")
    if named:
        return InputError(f"{where.rpartition('.')[0]}: the name {value} {message}", file=FILE)
    hint = (
        nearest(
            _cut(error["input"]).strip("'"), error["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
        )
        if (error["type"] == "literal_error")
        else ""
    )
    hint += _decimal(error)
    text = f"{where}: {value} {message[0].lower()}{message[1:]}{hint}"
    remedy = _QUOTES if error["type"] == "string_type" else f"it is: {description_of(path)}"
    return InputError(text, file=FILE, remedy=remedy)


def _decimal(error: Any) -> str:
    """Say how to write a number such as 1e-3, which YAML takes for text: it wants a point, and a sign behind the e."""
    given = error["input"]
    if error["type"] not in ("float_type", "int_type") or not isinstance(given, str) or len(given) > _LONGEST_NUMBER:
        return ""
    return "" if number(given) is None else f" (YAML takes it for text: write {Decimal(given):f})"


def _cut(value: object) -> str:
    """Show a value as YAML has it: of lists within lists a few, for a line can stand for millions."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    text = str(value) if isinstance(value, date) else _SHORT.repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _model_at(path: list[Any]) -> type[Settings]:
    """Find the group of keys that a path leads to."""
    model: type[Settings] = Configuration
    for part in path:
        field = model.model_fields.get(str(part))
        if field is not None:
            model = group_in(field.annotation) or model
    return model


def group_in(annotation: Any) -> type[Settings] | None:
    """Find the group of keys inside an annotation such as ``dict[str, Target | None]``."""
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        return annotation
    parts = getattr(annotation, "__args__", ())
    return next((found for part in parts if (found := group_in(part)) is not None), None)


def description_of(path: list[Any]) -> str:
    """Give the meaning of the key that a path leads to, or of the nearest one around it."""
    model: type[Settings] = Configuration
    text = ""
    for part in path:
        field = model.model_fields.get(str(part))
        if field is None:
            continue
        group = group_in(field.annotation)
        text = field.description or (group.__doc__ or "" if group else text)
        model = group or model
    return text
