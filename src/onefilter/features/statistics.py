"""Statistics of windows of frames, and the names of the features that follow from them. NumPy only.

A statistic is one function of a batch of windows and one line in `STATISTICS`. The same function serves all windows of
a recording at once and a single window of a stream, and gives the same bits in both. Relative to a window's first frame
x_0, with d_i = x_i - x_0 for its n frames:

    mean = x_0 + sum d_i / n                std^2 = sum d_i^2 / n - (sum d_i / n)^2                     (population)
    min = x_0 + min d_i,  max = x_0 + max d_i,  range = max d_i - min d_i
    slope = (sum t_i d_i - sum t_i sum d_i / n) / (sum t_i^2 - (sum t_i)^2 / n)

where t_i are the seconds from the first frame to the i-th: the slope of the line that fits the window best in the
sense of least squares (per second), at whatever times its frames are.

Shifting by a value of the window itself keeps both as accurate as two passes would, and makes a constant window's
standard deviation exactly 0 and its mean exactly that constant, which running sums do not (docs/decisions.md).
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from onefilter.errors import nearest
from onefilter.features.borders import MICROSECONDS
from onefilter.names import KNOWN_SIGNALS, SIGNALS, signals_in

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


class Windows(NamedTuple):
    """A batch of W windows of S signals; the longest has n frames.

    Attributes:
        origin: First frame of each window [W, S].
        deviation: Each window's frames in the order of time, relative to its first one [n, W, S]. Windows of fewer
            than n frames repeat their first frame, so the rest of their rows are exactly 0.
        frames: Number of frames of each window [W, 1].
        shift: Mean of each window's deviation [W, S].
        elapsed: Gives the seconds from each window's first frame to its frames [n, W, 1], 0 in the rows beyond its
            frames; computed only where a statistic asks for it.
    """

    origin: Floats
    deviation: Floats
    frames: Floats
    shift: Floats
    elapsed: Callable[[], Floats]


def windows_of(
    frames: Floats, first: Integers, end: Integers, *, stamps: Integers, room: Floats | None = None
) -> Windows:
    """Take windows out of a recording.

    Args:
        frames: [frames, S], in one piece of memory.
        first: First frame of each window [W].
        end: The frame behind its last one [W]; windows must not be empty.
        stamps: Times of the frames (microseconds) [frames].
        room: Memory for at least n * W * S numbers, which the windows then occupy; None takes new memory.
    """
    sizes = end - first
    offset = np.arange(int(sizes.max()))[:, None]
    place = first + offset
    if sizes.min() < len(offset):
        place = np.where(offset < sizes, place, first)
    shape = (*place.shape, frames.shape[1])
    out = np.empty(shape) if room is None else room[: math.prod(shape)].reshape(shape)
    # "clip", because "raise" would copy once more; no place is outside.
    deviation = np.take(frames, place, axis=0, out=out, mode="clip")
    origin = deviation[0].copy()
    deviation -= origin
    count = sizes[:, None].astype(np.float64)

    def elapsed() -> Floats:
        return np.asarray(((stamps[place] - stamps[first]) / MICROSECONDS)[..., None])

    return Windows(origin, deviation, count, total(deviation) / count, elapsed)


def window_of(frames: Floats, stamps: Sequence[int]) -> Windows:
    """Take frames as the only window.

    Args:
        frames: [n, S], at least one, in one piece of memory.
        stamps: Their times (microseconds) [n].
    """
    origin, count = frames[:1], _count_of_one(len(frames))
    deviation = (frames - origin)[:, None]

    def elapsed() -> Floats:
        times = np.array(stamps, dtype=np.int64)
        return np.asarray((times - times[0])[:, None, None] / MICROSECONDS)

    return Windows(origin, deviation, count, total(deviation) / count, elapsed)


@lru_cache(maxsize=1024)
def _count_of_one(frames: int) -> Floats:
    """Give the count of a single window; a stream needs few of them, over and over."""
    count = np.array([[float(frames)]])
    count.flags.writeable = False
    return count


Statistic = Callable[[Windows], Floats]
"""Gives one value per window and signal [W, S]; it must not write into the windows."""


def total(values: Floats) -> Floats:
    """Add up frames in the order of time, [n, W, S] -> [W, S].

    NumPy adds rows one after the other, except where a row is a single number: those it adds in pairs.
    """
    found: Floats = np.add.reduce(values) if values.size > len(values) else np.add.accumulate(values)[-1]
    return found


def mean(windows: Windows) -> Floats:
    """Mean."""
    return windows.origin + windows.shift


def std(windows: Windows) -> Floats:
    """Population standard deviation."""
    variance = total(windows.deviation * windows.deviation) / windows.frames - windows.shift * windows.shift
    found: Floats = np.sqrt(np.maximum(variance, 0.0))
    return found


def smallest(windows: Windows) -> Floats:
    """Smallest value."""
    found: Floats = windows.origin + windows.deviation.min(axis=0)
    return found


def largest(windows: Windows) -> Floats:
    """Largest value."""
    found: Floats = windows.origin + windows.deviation.max(axis=0)
    return found


def extent(windows: Windows) -> Floats:
    """Largest minus smallest value."""
    found: Floats = windows.deviation.max(axis=0) - windows.deviation.min(axis=0)
    return found


def slope(windows: Windows) -> Floats:
    """Slope of the line of least squares (per second); 0 where a window holds a single frame."""
    time = windows.elapsed()
    passed = total(time)
    spread = total(time * time) - passed * passed / windows.frames
    # Of a single frame all of these are 0.
    found: Floats = (total(time * windows.deviation) - passed * windows.shift) / (spread + (windows.frames == 1))
    return found


STATISTICS: Final[Mapping[str, Statistic]] = {
    "mean": mean, "std": std, "min": smallest, "max": largest, "range": extent, "slope": slope,
}  # fmt: skip
"""All statistics, by the name that ends a feature's name."""
DEFAULT_STATISTICS: Final = ("mean", "std")
"""Those that are computed unless others are asked for."""


UNSIGNED: Final = ("mean", "std", "min", "max", "range")
"""Statistics that are never negative if their signal is not."""


def on_the_usual_scale(features: Iterable[str]) -> list[str]:
    """Give the features of confidence and intensities that lie between 0 and 5, as all published ones do."""
    known = {name for statistic in UNSIGNED for name in features_of(statistic)}
    return [name for name in features if name in known]


def features_of(statistic: str, signals: Sequence[str] = SIGNALS) -> tuple[str, ...]:
    """Name the features of one statistic, for example ``AU12_mean``."""
    return tuple(f"{signal}_{statistic}" for signal in signals)


def feature_names(statistics: Iterable[str], signals: Sequence[str] = SIGNALS) -> tuple[str, ...]:
    """Name features in stored order: all signals of the first statistic, then of the second ..., then the turn."""
    return (*(name for statistic in statistics for name in features_of(statistic, signals)), "turn")


FEATURES: Final = feature_names(DEFAULT_STATISTICS)
"""The features that are computed unless others are asked for, in stored order."""


@lru_cache(maxsize=4096)
def signal_of(feature: str) -> str:
    """Give the signal that a feature is a statistic of; the turn is its own."""
    known = [signal for signal in KNOWN_SIGNALS if feature.startswith(f"{signal}_")]
    return max(known, key=len) if known else feature.partition("_")[0]


def signals_of(features: Iterable[str]) -> tuple[str, ...]:
    """Give the signals that features need, in the order of `KNOWN_SIGNALS`; the turn is none of them."""
    return signals_in(signal_of(name) for name in features)


def unknown_features(features: Iterable[str]) -> list[str]:
    """Give the names that belong to no feature of any statistic of any signal."""
    known = set(feature_names(STATISTICS, KNOWN_SIGNALS))
    return [name for name in features if name not in known]


def statistics_of(features: Iterable[str]) -> tuple[str, ...]:
    """Give the statistics that features need, in the order of `STATISTICS`.

    Raises:
        ValueError: If a name belongs to no feature.
    """
    names = list(features)
    for name in unknown_features(names):
        message = f"unknown feature {name!r}{nearest(name, feature_names(STATISTICS, KNOWN_SIGNALS))}"
        raise ValueError(message)
    needed = {name.removeprefix(f"{signal_of(name)}_") for name in names}
    return tuple(statistic for statistic in STATISTICS if statistic in needed)
