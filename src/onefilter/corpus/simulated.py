"""The simulated twin: recordings of nobody, with known ground truth, in the formats of the real ones.

Nothing learned from the twin is a statement about people. It exists so that every step can be run and checked:
which facial action unit carries which affect is *planted* here, and the explanation room must find it again.

The model of one recording at 50 frames per second, all paths being Gaussian and drawn from one seed:

- affect of target j:  a_j(t) = m_j + s_j o_j(t), a recording mean plus an Ornstein-Uhlenbeck path o_j of unit variance,
  low-passed once more so that it moves as smoothly as annotations do; two people who talk with each other share
  `PARTNERS` of the variance of both, and take turns;
- intensity of unit i:  AU_i(t) = clip(b_i + p_i + sum_j L_ij (a_j(t) - mu_j) / 0.1 + sum_d D_id u_d(t) + e_i(t), 0, 5),
  with a person's baseline p_i, planted loadings L, distractors u (speech, head turns, blinks) shared by several
  units, and bursts and noise e_i of the unit's own;
- the tracker:  head turns lower its confidence and now and then lose the face; lost frames are zeroed, then
  smoothed over 3 frames together with their neighbours, and everything is rounded to 2 decimals, as OpenFace does;
- annotators:  k = 1 ... 6 per target follow a_j smoothed, each with a lag l_k around the annotation delay, a gain g_k,
  an offset o_k and a drift e_k of their own, x_k(t) = m_j + g_k (a_j(t - l_k) - m_j) + o_k + e_k(t), and begin with
  zeros; their files have 10 Hz and 6 decimals, and the label is their mean.

With V and R(tau) variance and autocovariance of a_j, two annotators have the covariance c = E R(l_1 - l_2), and each
the variance v = (1 + `GAIN`^2) V + `OFFSET`^2 + `DRIFT`^2; how far they agree follows (`onefilter.corpus.gold`).

There are several worlds (`WORLDS`), each with an answer that a pipeline must give: that faces say nothing, that it was
the speaker's turn, that nothing transfers, that it is in how much a face moves and not in how it looks on average.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl
import scipy

from onefilter.corpus.twin import TARGETS, generator
from onefilter.names import AUS, SIGNALS
from onefilter.tables import Columns

Floats = npt.NDArray[np.float64]

FRAME_RATE: Final = 50
"""Frames per second of the twin's videos."""
LABEL_RATE: Final = 10
"""Labels per second."""
AFFECT_UNIT: Final = 0.1
"""A loading is the intensity that this much affect adds."""
LOADING_COLUMNS: Final[Columns] = {"culture": str, "action_unit": str, "source": str, "loading": float}
"""Planted loadings: of a target or a distractor (``source``) on an action unit, in a culture."""
ANNOTATORS: Final = ("A1", "A2", "A3", "A4", "A5", "A6")
"""Names of the annotators."""
LAG_SD: Final = 0.25
"""How differently fast annotators answer: standard deviation of lags around the annotation delay (seconds)."""
GAIN: Final = 0.15
"""Standard deviation of their gains around 1."""
OFFSET: Final = 0.03
"""Standard deviation of their offsets."""
DRIFT: Final = 0.05
"""Standard deviation of their drift."""
DRIFT_TIMES: Final = (3.0, 1.0)
"""Time constants of their drift (seconds)."""
_DIGITS: Final = 6
"""Decimals of labels and annotations in files."""
SILENT_START: Final = 2.5
"""Annotators' joysticks rest at zero for about this long (seconds)."""
DELAYS: Final = {"arousal": 4.0, "valence": 2.8, "liking": 2.5}
"""The twin's annotators lag behind the face by this much (seconds), as the study found for real ones."""
PARTNERS: Final = 0.5
"""Share of the variance of affect that two partners have in common: their labels then correlate as SEWA's do (.47)."""
LEAD: Final = round(max(DELAYS.values()) * FRAME_RATE) + FRAME_RATE
"""Paths begin so many frames early: annotators who lag behind have something to look at when the label begins."""
OCCURRENCE_UNITS: Final = (*AUS[:-1], "AU28", AUS[-1])
"""The 18 units whose presence OpenFace classifies, in its order."""


@dataclass(frozen=True)
class Affect:
    """How one target moves in one culture: the recordings' mean and sd, the sd within one, 1/e time (s)."""

    mean: float
    spread: float
    sd: float
    time: float


@dataclass(frozen=True)
class Culture:
    """What differs between cultures.

    Attributes:
        affect: Per target, how it moves.
        gain: Per target, the factor on the German loadings.
        deviation: Root mean square of what is added to the loadings, relative to theirs.
        noise: Factor on everything in a unit that is not affect.
        hidden: Per target, the share of the label's variance that no face shows.
    """

    affect: Mapping[str, Affect]
    gain: Mapping[str, float]
    deviation: float
    noise: float
    hidden: Mapping[str, float]


@dataclass(frozen=True)
class World:
    """What is otherwise than in the default world.

    Attributes:
        shown: Factor on all loadings: how much of affect the face shows.
        abroad: Whether loadings have the other sign in all cultures but the German one.
        spoken: Whether affect follows from the speaker's turn, and from nothing else.
        moved: Whether affect shows in how much a unit moves, and not in its mean.
        hidden: Factor on the share of the label's variance that no face shows: what is planted must be found by studies
            that are smaller than SEWA.
    """

    shown: float = 1.0
    abroad: bool = False
    spoken: bool = False
    moved: bool = False
    hidden: float = 1.0

    @property
    def tells(self) -> bool:
        """Whether anything that is seen or heard tells of affect."""
        return bool(self.shown) or self.spoken or self.moved


WORLDS: Final[Mapping[str, World]] = {
    "default": World(),
    "null": World(shown=0.0),
    "speech": World(shown=0.0, spoken=True, hidden=0.5),
    "display": World(abroad=True, hidden=0.5),
    "deviation": World(shown=0.0, moved=True, hidden=0.5),
    "pairs": World(),
}
"""All worlds. In ``pairs`` nothing is otherwise but who is seen: one person is in train and in test."""
_SPOKEN: Final = 1.5
"""Affect of the world ``speech`` follows the turn with this time constant (seconds)."""
_LIFT: Final = 2.0
"""Intensities of the world ``deviation`` lie higher by this: at the floor of the scale, how much a unit moves would
change its mean."""

_GERMAN_AFFECT: Final = {
    "arousal": Affect(0.14, 0.08, 0.11, 4.0),
    "valence": Affect(0.12, 0.06, 0.12, 4.0),
    "liking": Affect(-0.05, 0.05, 0.11, 4.0),
}
_HUNGARIAN_AFFECT: Final = {
    "arousal": Affect(0.12, 0.07, 0.10, 5.0),
    "valence": Affect(0.10, 0.06, 0.11, 7.0),
    "liking": Affect(-0.03, 0.11, 0.12, 10.0),
}

CULTURES: Final = {
    "german": Culture(
        affect=_GERMAN_AFFECT,
        gain={"arousal": 1.0, "valence": 1.0, "liking": 1.0},
        deviation=0.0,
        noise=1.0,
        hidden={"arousal": 0.55, "valence": 0.42, "liking": 0.87},
    ),
    "hungarian": Culture(
        affect=_HUNGARIAN_AFFECT,
        gain={"arousal": 0.9, "valence": 0.7, "liking": 0.2},
        deviation=0.2,
        noise=1.1,
        hidden={"arousal": 0.53, "valence": 0.69, "liking": 0.94},
    ),
    "chinese": Culture(
        affect=_GERMAN_AFFECT,
        gain={"arousal": 0.6, "valence": 0.7, "liking": -0.3},
        deviation=0.2,
        noise=1.1,
        hidden={"arousal": 0.78, "valence": 0.62, "liking": 0.92},
    ),
}

# One row per unit: baseline, person's sd, loadings on arousal, valence, liking, then on speech and head turns,
# and the noise. The signs follow the literature in spirit only: they are the twin's, not findings.
_UNITS: Final = pd.DataFrame.from_dict(
    {
        #        base  person  arous   valen   likin  speech   head   noise
        "AU01": (-0.15, 0.10, +0.20, -0.05, +0.00, +0.05, +0.45, 0.30),
        "AU02": (-0.15, 0.10, +0.24, +0.00, +0.00, +0.05, +0.40, 0.25),
        "AU04": (+0.00, 0.15, +0.00, -0.24, -0.18, +0.00, +0.30, 0.30),
        "AU05": (-0.10, 0.10, +0.22, +0.00, +0.00, +0.00, -0.25, 0.20),
        "AU06": (+0.05, 0.15, +0.05, +0.28, +0.08, +0.00, +0.35, 0.30),
        "AU07": (+0.10, 0.20, +0.12, +0.05, -0.15, +0.00, +0.30, 0.35),
        "AU09": (-0.20, 0.08, +0.00, -0.12, -0.15, +0.00, +0.15, 0.20),
        "AU10": (+0.05, 0.15, +0.00, +0.12, +0.00, +0.20, +0.20, 0.30),
        "AU12": (+0.05, 0.15, +0.10, +0.32, +0.18, +0.05, +0.30, 0.30),
        "AU14": (+0.10, 0.20, +0.00, +0.10, +0.24, +0.10, -0.15, 0.35),
        "AU15": (-0.10, 0.10, -0.08, -0.14, -0.10, +0.15, +0.10, 0.25),
        "AU17": (+0.05, 0.15, +0.00, -0.12, +0.00, +0.50, +0.00, 0.30),
        "AU20": (-0.05, 0.10, +0.18, +0.00, +0.00, +0.40, -0.15, 0.25),
        "AU23": (-0.10, 0.10, +0.12, -0.06, -0.14, +0.20, +0.00, 0.25),
        "AU25": (+0.00, 0.15, +0.32, +0.08, +0.05, +0.80, +0.05, 0.35),
        "AU26": (+0.00, 0.15, +0.30, +0.04, +0.00, +0.70, +0.10, 0.35),
        "AU45": (-0.10, 0.08, -0.08, +0.00, +0.00, +0.00, +0.20, 0.20),
    },
    orient="index",
    columns=["baseline", "person", *TARGETS, "speech", "head", "noise"],
)
_OWN: Final = _UNITS.to_dict("index")


@dataclass(frozen=True)
class Recording:
    """One simulated recording.

    Attributes:
        frames: OpenFace 2.2 ``-aus`` table, 40 columns, one row per frame.
        turns: Columns ``begin``, ``end`` (seconds): when the recorded person speaks.
        labels: Columns ``timestamp`` (seconds, 10 Hz) and the three targets.
        annotations: Columns ``timestamp`` and ``valence_A1`` …, what each annotator noted; their mean is the label.
        lags: Per target, by how much each annotator lags behind the face (seconds).
        affect: The same columns: what of the affect that is annotated later shows at this moment, in the face or in
            the turn. Nobody who knows the face alone can predict more.
        raw: Intensities [frames, 17] before what OpenFace does when a video ends: neither clipped to 0..5 nor smoothed.
    """

    frames: pd.DataFrame
    turns: pd.DataFrame
    labels: pd.DataFrame
    annotations: pd.DataFrame
    lags: Mapping[str, Sequence[float]]
    affect: pd.DataFrame
    raw: Floats


def planted(culture: str, *, seed: int, world: str = "default") -> pd.DataFrame:
    """Give the loadings planted in a culture: rows are the 17 units, columns the targets and the distractors.

    A loading is the intensity (0..5 scale) that `AFFECT_UNIT` of affect, or one unit of a distractor, adds.
    """
    table = _loadings(culture, seed=seed, world=world)
    table[list(TARGETS)] *= WORLDS[world].shown
    return table


def mean_loadings(planted: pd.DataFrame, *, source: str, cultures: Sequence[str]) -> dict[str, float]:
    """Give the loadings of one source by action unit, the mean over cultures: what a filter fitted to them may find.

    Args:
        planted: Columns of `LOADING_COLUMNS`.
        source: A target or a distractor.
        cultures: Whose.
    """
    own = planted[planted["culture"].isin(cultures) & (planted["source"] == source)]
    return {str(unit): float(group.mean()) for unit, group in own.groupby("action_unit", sort=False)["loading"]}


def _loadings(culture: str, *, seed: int, world: str) -> pd.DataFrame:
    """Give a culture's loadings, whether its faces show them or not."""
    own = CULTURES[culture]
    table = _UNITS.loc[list(AUS), [*TARGETS, "speech", "head"]].copy()
    for target in TARGETS:
        loadings = _UNITS[target].to_numpy(dtype=float)
        size = np.sqrt(np.mean(loadings**2))
        other = generator("deviation", culture, target, seed=seed).standard_normal(len(AUS)) * size
        gain = -abs(own.gain[target]) if WORLDS[world].abroad and culture != "german" else own.gain[target]
        table[target] = gain * (loadings + own.deviation * other)
    return table


@cache
def _on_targets(culture: str, *, seed: int, world: str) -> Floats:
    """Give a culture's loadings on the targets [17, 3], whether its faces show them or not."""
    found: Floats = _loadings(culture, seed=seed, world=world)[list(TARGETS)].to_numpy(dtype=float)
    found.flags.writeable = False
    return found


@dataclass(frozen=True)
class Meeting:
    """Who talks with whom.

    Attributes:
        culture: Of both.
        dyad: Their name as a pair.
        side: Which of the two is seen, 0 or 1.
        duration: How long the recording lasts (seconds).
        seed: Of the twin.
        world: One of `WORLDS`.
    """

    culture: str
    dyad: str
    side: int
    duration: float
    seed: int
    world: str = "default"

    @property
    def frames(self) -> int:
        """Number of frames."""
        return round(self.duration * FRAME_RATE)

    def shared(self, *words: str) -> np.random.Generator:
        """Give the generator of something that the two have in common."""
        return generator("dyad", self.culture, self.dyad, *words, seed=self.seed)


def simulate_row(
    row: Mapping[Any, Any], *, seed: int, world: str, turns: Literal["person", "dyad"] = "person"
) -> Recording:
    """Simulate the recording of a row of the twin's table (`onefilter.corpus.twin.TwinRecording`).

    Args:
        row: The row.
        seed: Of the twin.
        world: One of `WORLDS`.
        turns: Whose turns it has: this person's, as its file has them, or those of both in the dyad.
    """
    meeting = Meeting(row["culture"], row["dyad"], row["side"], row["duration"], seed=seed, world=world)
    found = _simulate(row["recording"], meeting, person=row["person"])
    if turns == "person":
        return found
    partner, _ = _turns(replace(meeting, side=1 - meeting.side))
    return replace(found, turns=pd.concat([found.turns, partner]).sort_values("begin", ignore_index=True))


def simulate(name: str, culture: str, duration: float, *, seed: int, world: str = "default") -> Recording:
    """Simulate one recording of `duration` seconds, of somebody who talks with nobody else of the corpus."""
    return _simulate(name, Meeting(culture, name, 0, duration, seed=seed, world=world), person=name)


def _simulate(name: str, meeting: Meeting, *, person: str) -> Recording:
    """Simulate one recording; equations in the module's docstring.

    Args:
        name: Of the recording.
        meeting: Who talks with whom, and for how long.
        person: Who is seen: the face at rest follows from the name.
    """
    culture, world = CULTURES[meeting.culture], WORLDS[meeting.world]
    rng = generator("recording", meeting.culture, name, seed=meeting.seed)
    frames = meeting.frames
    turns, spoken = _turns(meeting)
    speaking = spoken[LEAD:]
    affect = {
        target: _spoken(rng, culture.affect[target], spoken)
        if world.spoken
        else _affect(rng, culture.affect[target], meeting, "affect", target)
        for target in TARGETS
    }
    head = _path(rng, frames, (3.0, 0.5))
    speech = speaking * np.abs(_path(rng, frames, (0.15,)))
    values = np.empty((frames, len(AUS)))
    loadings = WORLDS[meeting.world].shown * _on_targets(meeting.culture, seed=meeting.seed, world=meeting.world)
    deviations = np.stack([affect[target][LEAD:] - culture.affect[target].mean for target in TARGETS])
    movement = _movement(meeting, deviations) if world.moved else np.ones((frames, len(AUS)))
    rest = generator("person", meeting.culture, person, seed=meeting.seed).standard_normal(len(AUS))
    for column, unit in enumerate(AUS):
        row = _OWN[unit]
        own = (0.8 * _path(rng, frames, (0.4,)) + 0.3 * rng.standard_normal(frames)) * movement[:, column]
        noise = row["speech"] * speech + row["head"] * head + row["noise"] * own + _bursts(rng, frames)
        values[:, column] = row["baseline"] + culture.noise * (row["person"] * rest[column] + noise)
        values[:, column] += loadings[column] @ deviations / AFFECT_UNIT
    values += _LIFT * world.moved
    blinks = _blinks(rng, frames)
    values[:, AUS.index("AU45")] += blinks
    values[:, AUS.index("AU07")] += 0.1 * blinks
    raw = values
    values = np.clip(values, 0.0, 5.0)

    confidence, success = _tracker(rng, head)
    raw[~success] = values[~success] = 0.0
    hidden = {target: world.hidden * culture.hidden[target] for target in TARGETS}
    seen = {target: _seen(affect[target], culture.affect[target], hidden[target]) for target in TARGETS}
    noted = {target: _annotate(rng, seen[target], meeting, target, hidden=hidden[target]) for target in TARGETS}
    step = FRAME_RATE // LABEL_RATE
    time = np.arange(frames // step) / LABEL_RATE
    now = {target: path[LEAD:][: len(time) * step : step] for target, path in seen.items()}
    if not world.tells:
        # Who knows all that shows knows nothing.
        now = {target: np.full(len(time), culture.affect[target].mean) for target in TARGETS}
    return Recording(
        frames=_openface(_smooth3(values), confidence, success),
        turns=turns,
        labels=pd.DataFrame({"timestamp": time, **{target: label for target, (label, _, _) in noted.items()}}),
        annotations=pd.DataFrame({"timestamp": time, **_by_annotator(noted)}),
        lags={target: lags for target, (_, _, lags) in noted.items()},
        affect=pd.DataFrame({"timestamp": time, **now}),
        raw=raw,
    )


def frames_of(recording: Recording) -> pl.DataFrame:
    """Give a recording's frames as they are read from its file: ``timestamp``, ``success`` and the 18 of `SIGNALS`."""
    columns = {name: f"{name}_r" if name in AUS else name for name in ("timestamp", "success", *SIGNALS)}
    return pl.DataFrame({name: recording.frames[column].to_numpy(float) for name, column in columns.items()})


def _path(rng: np.random.Generator, length: int, times: tuple[float, ...]) -> Floats:
    """Draw a stationary path of unit variance: white noise through one-pole low-passes of these times (s)."""
    warm = round(10 * max(times) * FRAME_RATE)
    path = _low_passed(rng.standard_normal(warm + length), times)
    return np.asarray(path[warm:] / _size(times))


def _low_passed(path: Floats, times: tuple[float, ...]) -> Floats:
    """Send a path through one-pole low-passes of these times (s), one after the other."""
    for seconds in times:
        path = scipy.signal.lfilter([1.0], [1.0, -np.exp(-1 / (seconds * FRAME_RATE))], path)
    return path


@cache
def _size(times: tuple[float, ...]) -> float:
    """Give the standard deviation of white noise behind low-passes of these times (s), from their response."""
    impulse = np.zeros(4 * round(10 * max(times) * FRAME_RATE))
    impulse[0] = 1.0
    return float(np.sqrt(np.sum(_low_passed(impulse, times) ** 2)))


def _affect(rng: np.random.Generator, kind: Affect, meeting: Meeting, *words: str) -> Floats:
    """Draw an affect path: the recording's mean plus a smooth Ornstein-Uhlenbeck path, both shared with the partner."""
    # ASSUME: two poles of 0.68 and 0.28 of the 1/e time give an autocorrelation of about 1/e there.
    times = (0.68 * kind.time, 0.28 * kind.time)
    common, own = np.sqrt(PARTNERS), np.sqrt(1 - PARTNERS)
    shared = meeting.shared(*words)
    mean = common * shared.standard_normal() + own * rng.standard_normal()
    length = LEAD + meeting.frames
    path = common * _path(shared, length, times) + own * _path(rng, length, times)
    return np.asarray(kind.mean + kind.spread * mean + kind.sd * path)


def _spoken(rng: np.random.Generator, kind: Affect, spoken: Floats) -> Floats:
    """Let affect follow the turn: high while the person speaks, low while the other does."""
    pole = np.exp(-1 / (_SPOKEN * FRAME_RATE))
    follows, _ = scipy.signal.lfilter([1 - pole], [1.0, -pole], spoken, zi=[0.5 * pole])
    return np.asarray(kind.mean + kind.spread * rng.standard_normal() + kind.sd * (2 * follows - 1))


def _movement(meeting: Meeting, deviations: Floats) -> Floats:
    """Say how much each unit moves, as a factor [frames, 17] that follows affect.

    Args:
        meeting: Who talks with whom.
        deviations: Of the targets from their means [targets, frames].
    """
    hidden = _on_targets(meeting.culture, seed=meeting.seed, world=meeting.world)
    return np.asarray(np.clip(np.exp(4.0 * (deviations.T / AFFECT_UNIT) @ hidden.T), 0.2, 3.0))


def _seen(affect: Floats, kind: Affect, hidden: float) -> Floats:
    """Give what of the annotated affect shows: the share of its variance that is not hidden."""
    return np.asarray(kind.mean + np.sqrt(1 - hidden) * (affect - kind.mean))


def _turns(meeting: Meeting) -> tuple[pd.DataFrame, Floats]:
    """Let two people take turns; give this one's as a table, and per frame from `LEAD` frames before the video on."""
    rng = meeting.shared("turns")
    length = LEAD + meeting.frames
    now, side = -LEAD / FRAME_RATE + float(rng.exponential(1.0)), int(rng.integers(2))
    rows = []
    while now < meeting.duration - 0.5:
        end = min(now + 0.5 + float(rng.exponential(3.5)), meeting.duration)
        if side == meeting.side:
            rows.append((round(now, 2), round(end, 2)))
        now, side = end + float(rng.exponential(0.3)), 1 - side
    time = (np.arange(length) - LEAD) / FRAME_RATE
    speaking = np.zeros(length)
    for begin, end in rows:
        speaking[(time >= begin) & (time <= end)] = 1.0
    within = [(max(begin, 0.0), end) for begin, end in rows if end > 0]
    return pd.DataFrame(within, columns=["begin", "end"], dtype=float), speaking


def _bumps(rng: np.random.Generator, frames: int, rate: float, width: float, height: Floats | None) -> Floats:
    """Add up raised-cosine bumps at Poisson times (`rate` per second, `width` in seconds)."""
    count = rng.poisson(rate * frames / FRAME_RATE)
    heights = rng.exponential(size=count) if height is None else rng.choice(height, size=count)
    pulses = np.zeros(frames)
    np.add.at(pulses, rng.integers(0, frames, size=count), heights)
    return np.convolve(pulses, np.hanning(max(round(width * FRAME_RATE), 3)), mode="same")


def _bursts(rng: np.random.Generator, frames: int) -> Floats:
    """Draw a unit's own short expressions: rare, mostly small, with a tail that reaches the end of the scale."""
    return 0.9 * _bumps(rng, frames, 0.03, 1.6, None)


def _blinks(rng: np.random.Generator, frames: int) -> Floats:
    """Draw blinks: about one in three seconds, a fifth of a second long."""
    return _bumps(rng, frames, 0.3, 0.24, np.array([1.5, 2.0, 2.5, 3.0]))


def _tracker(rng: np.random.Generator, head: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Give the tracker's confidence and success: dips where the head turns far, gaps now and then."""
    frames = len(head)
    confidence = 0.98 - 0.12 * np.maximum(np.abs(head) - 1.5, 0.0) - 0.01 * rng.exponential(size=frames)
    success = np.ones(frames, dtype=bool)
    for _ in range(rng.poisson(frames / FRAME_RATE / 60)):
        begin = int(rng.integers(0, frames))
        gap = slice(begin, begin + 1 + int(rng.exponential(0.7 * FRAME_RATE)))
        success[gap] = False
        confidence[gap] = rng.uniform(0.0, 0.3)
    return np.clip(confidence, 0.0, 0.98), success


def _smooth3(values: Floats) -> Floats:
    """Average each frame with its two neighbours, as OpenFace's post-processing does, gaps included."""
    padded = np.concatenate([values[:1], values, values[-1:]])
    return np.asarray((padded[:-2] + padded[1:-1] + padded[2:]) / 3)


def _annotate(
    rng: np.random.Generator, seen: Floats, meeting: Meeting, target: str, *, hidden: float
) -> tuple[Floats, Floats, list[float]]:
    """Let six annotators follow the affect path; give their mean at 10 Hz, their traces [6, T], in -1..1, and lags."""
    frames, kind = meeting.frames, CULTURES[meeting.culture].affect[target]
    still = Affect(mean=0.0, spread=0.0, sd=kind.sd, time=kind.time)
    unseen = np.sqrt(hidden) * _affect(rng, still, meeting, "hidden", target)
    moved = seen + unseen
    traces, lags = [], []
    for _ in ANNOTATORS:
        drawn = round((DELAYS[target] + LAG_SD * rng.standard_normal()) * FRAME_RATE)
        lag = min(max(drawn, 0), LEAD)  # One in 30,000 would look at what was before the paths begin.
        heard = moved[LEAD - lag : LEAD - lag + frames]
        gain = 1.0 + GAIN * rng.standard_normal()
        offset = OFFSET * rng.standard_normal()
        own = DRIFT * _path(rng, frames, DRIFT_TIMES)
        trace = kind.mean + gain * (heard - kind.mean) + offset + own
        start = round((SILENT_START + 0.4 * rng.standard_normal()) * FRAME_RATE)
        time = np.arange(frames) - start
        traces.append(trace * np.clip(time / (0.5 * FRAME_RATE), 0.0, 1.0))
        lags.append(lag / FRAME_RATE)
    return _noted(np.mean(traces, axis=0)), np.stack([_noted(trace) for trace in traces]), lags


def _noted(trace: Floats) -> Floats:
    """Smooth a trace as the label is, and take it at 10 Hz, in -1..1."""
    kernel = np.hanning(round(0.6 * FRAME_RATE) + 2)
    padded = np.pad(trace, len(kernel) // 2, mode="edge")
    smooth = np.convolve(padded, kernel / kernel.sum(), mode="valid")[: len(trace)]
    step = FRAME_RATE // LABEL_RATE
    return np.asarray(np.clip(smooth[: len(trace) // step * step : step], -1.0, 1.0))


def _by_annotator(noted: Mapping[str, tuple[Floats, Floats, list[float]]]) -> dict[str, Floats]:
    """Give each annotator's trace of each target, as it is written, by the name of its column."""
    return {
        f"{target}_{name}": trace
        for target, (label, own, _) in noted.items()
        for name, trace in zip(ANNOTATORS, _rounded(own, label), strict=True)
    }


def _rounded(traces: Floats, label: Floats) -> Floats:
    """Round traces [6, T] to the decimals of their file so that their mean is the rounded label [T] to the digit.

    What rounding leaves of the sum, a few units of the last decimal, goes to the first annotators, one unit each.
    """
    size = 10**_DIGITS
    units, wanted = np.rint(traces * size), np.rint(label * size) * len(traces)
    left = wanted - units.sum(axis=0)
    units += np.sign(left) * (np.arange(len(traces))[:, None] < np.abs(left))
    return np.asarray(units / size)


def _openface(values: Floats, confidence: Floats, success: npt.NDArray[np.bool_]) -> pd.DataFrame:
    """Lay a recording out as OpenFace 2.2 writes it with ``-aus``: 40 columns."""
    frames = len(values)
    units = {f"{unit}_r": np.round(values[:, column], 2) for column, unit in enumerate(AUS)}
    present = {
        f"{unit}_c": (units[f"{unit}_r"] > 1.0 if f"{unit}_r" in units else np.zeros(frames, bool)).astype(float)
        for unit in OCCURRENCE_UNITS
    }
    return pd.DataFrame(
        {
            "frame": np.arange(1, frames + 1),
            "face_id": 0,
            "timestamp": np.arange(frames) / FRAME_RATE,
            "confidence": np.round(confidence, 2),
            "success": success.astype(int),
            **units,
            **present,
        }
    )
