"""Statistics of windows of frames, and the names of the features that follow from them. NumPy only.

A statistic is one function of a batch of windows and one line in `STATISTICS`. The same function serves all windows of
a recording at once and a single window of a stream, and gives the same bits in both. Relative to a window's first frame
x_0, with d_i = x_i - x_0 for its n frames:

    mean = x_0 + sum d_i / n                std^2 = sum d_i^2 / n - (sum d_i / n)^2                     (population)

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
from onefilter.names import SIGNALS

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
    """

    origin: Floats
    deviation: Floats
    frames: Floats
    shift: Floats


def windows_of(frames: Floats, first: Integers, end: Integers, *, room: Floats | None = None) -> Windows:
    """Take windows out of a recording.

    Args:
        frames: [frames, S], in one piece of memory.
        first: First frame of each window [W].
        end: The frame behind its last one [W]; windows must not be empty.
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
    return Windows(origin, deviation, count, total(deviation) / count)


def window_of(frames: Floats) -> Windows:
    """Take frames [n, S], at least one and in one piece of memory, as the only window."""
    origin, count = frames[:1], _count_of_one(len(frames))
    deviation = (frames - origin)[:, None]
    return Windows(origin, deviation, count, total(deviation) / count)


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


STATISTICS: Final[Mapping[str, Statistic]] = {"mean": mean, "std": std}
"""All statistics, by the name that ends a feature's name."""
DEFAULT_STATISTICS: Final = ("mean", "std")
"""Those that are computed unless others are asked for."""


def features_of(statistic: str, signals: Sequence[str] = SIGNALS) -> tuple[str, ...]:
    """Name the features of one statistic, for example ``AU12_mean``."""
    return tuple(f"{signal}_{statistic}" for signal in signals)


def feature_names(statistics: Iterable[str], signals: Sequence[str] = SIGNALS) -> tuple[str, ...]:
    """Name features in stored order: all signals of the first statistic, then of the second ..., then the turn."""
    return (*(name for statistic in statistics for name in features_of(statistic, signals)), "turn")


FEATURES: Final = feature_names(DEFAULT_STATISTICS)
"""The features that are computed unless others are asked for, in stored order."""


def signal_of(feature: str) -> str:
    """Give the signal that a feature is a statistic of; the turn is its own."""
    return feature.partition("_")[0]


def unknown_features(features: Iterable[str]) -> list[str]:
    """Give the names that belong to no feature of any statistic."""
    known = set(feature_names(STATISTICS))
    return [name for name in features if name not in known]


def statistics_of(features: Iterable[str]) -> tuple[str, ...]:
    """Give the statistics that features need, in the order of `STATISTICS`.

    Raises:
        ValueError: If a name belongs to no feature.
    """
    names = list(features)
    for name in unknown_features(names):
        message = f"unknown feature {name!r}{nearest(name, feature_names(STATISTICS))}"
        raise ValueError(message)
    needed = {name.partition("_")[2] for name in names}
    return tuple(statistic for statistic in STATISTICS if statistic in needed)
