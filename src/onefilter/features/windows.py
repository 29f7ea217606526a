"""From frames to features: statistics of every signal over moving windows, and the speaker turn.

For hop times t = 0, h, 2h ... up to the last frame's timestamp, over the frames of the window around or before t
(`onefilter.features.borders`), clipped at the recording's ends (draft: "moving mean and moving standard deviation" over
one second; design section 3). Windows are cut by time, not by counting frames, so any frame rate and any gap is right.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from onefilter.features.borders import MICROSECONDS, opening
from onefilter.features.statistics import (
    FEATURES,
    STATISTICS,
    Floats,
    Integers,
    feature_names,
    signals_of,
    statistics_of,
    windows_of,
)
from onefilter.names import Alignment, FailedFrames

Bools = npt.NDArray[np.bool_]

_BATCH: Final = 1 << 17
"""Numbers in one batch of windows; 1 MiB stays in the cache while all statistics go over it."""


class WindowSettings(Protocol):
    """How frames become features: a model's card says so, and the configuration does."""

    @property
    def window(self) -> float:
        """Length of the window (seconds)."""

    @property
    def hop(self) -> float:
        """Distance between windows (seconds)."""

    @property
    def alignment(self) -> Alignment:
        """Whether the window lies around its time or before it."""

    @property
    def failed_frames(self) -> FailedFrames:
        """``keep`` lost frames as the zeros that OpenFace wrote, or ``drop`` them."""


@dataclass(frozen=True)
class Extraction:
    """The features of one recording.

    Attributes:
        features: Columns ``time`` (seconds) and the features, one row per hop.
        filled: Number of hops whose window held no usable frame and took its neighbour's values.
    """

    features: pl.DataFrame
    filled: int


@dataclass(frozen=True)
class Under:
    """Which frames lie under the window of each hop.

    Attributes:
        hops: Hop times (microseconds).
        first: Index of the first frame of each window.
        end: Index of the frame behind its last one; no larger than `first` where a window holds none.
    """

    hops: Integers
    first: Integers
    end: Integers


def frames_under(stamps: pl.Series, settings: WindowSettings, *, usable: Bools | None = None) -> Under:
    """Tell which frames lie under the window of each hop, up to the last frame's time.

    Args:
        stamps: Times of the frames (seconds, increasing).
        settings: Of the windows.
        usable: Which frames count; indices are among these. None for all.
    """
    size, times = round(settings.window * MICROSECONDS), microseconds(stamps)
    hops = np.arange(0, times[-1] + 1, round(settings.hop * MICROSECONDS), dtype=np.int64)
    if usable is not None:
        times = times[usable]
    begin = hops + opening(size, settings.alignment)
    return Under(hops, np.searchsorted(times, begin), np.searchsorted(times, begin + size))


def extract(
    frames: pl.DataFrame, turns: pl.DataFrame | None, settings: WindowSettings, *, features: Sequence[str] = FEATURES
) -> Extraction:
    """Compute the features of one recording at every hop.

    Args:
        frames: Columns ``timestamp`` (seconds, increasing), ``success`` and the signals that the features need.
        turns: Columns ``begin`` and ``end`` (seconds), or None if they are not known (turn = 0).
        settings: Of the windows.
        features: Names of the features to compute.

    Raises:
        ValueError: If a feature is unknown, no frame is usable or in any window, or the window is longer than the
            recording.
    """
    statistics, needed = statistics_of(features), signals_of(features)
    _check_length(microseconds(frames["timestamp"]), round(settings.window * MICROSECONDS))
    signals, stamps = frames.select(needed).to_numpy(), microseconds(frames["timestamp"])
    usable = None
    if settings.failed_frames == "drop":
        usable = frames["success"].to_numpy() > 0
        if not usable.any():
            message = "no frame with success = 1 is left"
            raise ValueError(message)
        signals, stamps = signals[usable], stamps[usable]
    under = frames_under(frames["timestamp"], settings, usable=usable)
    hops, first, end = under.hops, under.first, under.end
    empty = first >= end
    if empty.all():
        message = f"no window of {settings.window:g} s holds a frame"
        raise ValueError(message)
    if empty.any():
        # ASSUME: a hop without a frame looks like the one before it; before the first frame, like the first.
        source = np.maximum.accumulate(np.where(empty, -1, np.arange(len(hops))))
        source[source < 0] = np.argmin(empty)
        first, end = first[source], end[source]
    # Who asks for the turn alone needs no signal.
    values = list(_compute(np.ascontiguousarray(signals), first, end, stamps, statistics)) if needed else []
    columns = dict(zip(feature_names(statistics, needed), [*values, speaking(hops, turns)], strict=True))
    # Seconds as decimals, not as sums of hops: 0.3, not 0.30000000000000004.
    table = pl.DataFrame({"time": hops / MICROSECONDS} | {name: columns[name] for name in features})
    return Extraction(features=table, filled=int(empty.sum()))


def _check_length(stamps: Integers, size: int) -> None:
    """Refuse a recording that is shorter than a window (microseconds)."""
    frame_step = int(np.median(np.diff(stamps))) if len(stamps) > 1 else 0
    duration = int(stamps[-1] - stamps[0]) + frame_step
    if size > duration:
        message = (
            f"the window of {size / MICROSECONDS:g} s is longer than the recording ({duration / MICROSECONDS:g} s)"
        )
        raise ValueError(message)


def _compute(signals: Floats, first: Integers, end: Integers, stamps: Integers, statistics: Sequence[str]) -> Floats:
    """Compute statistics of all windows, batch by batch.

    Args:
        signals: [frames, S], in one piece of memory.
        first: First frame of each window.
        end: The frame behind its last one; windows must not be empty.
        stamps: Times of the frames (microseconds).
        statistics: Names of the statistics.

    Returns:
        [statistics * S, windows], all signals of the first statistic first.
    """
    width, count = signals.shape[1], len(first)
    values = np.empty((len(statistics), width, count))
    longest = width * int((end - first).max())
    length = max(1, _BATCH // longest)
    room = np.empty(length * longest)
    for place in range(0, count, length):
        batch = slice(place, place + length)
        windows = windows_of(signals, first[batch], end[batch], stamps=stamps, room=room)
        for number, statistic in enumerate(statistics):
            values[number, :, batch] = STATISTICS[statistic](windows).T
    return values.reshape(-1, count)


def speaking(hops: Integers, turns: pl.DataFrame | None) -> Floats:
    """Tell whether each hop time (microseconds) lies in any [begin, end] of the turns: 1 or 0."""
    inside = np.zeros(len(hops) + 1, dtype=np.int64)
    if turns is not None:
        np.add.at(inside, np.searchsorted(hops, microseconds(turns["begin"]), side="left"), 1)
        np.add.at(inside, np.searchsorted(hops, microseconds(turns["end"]), side="right"), -1)
    return (np.cumsum(inside)[:-1] > 0).astype(np.float64)


def microseconds(seconds: pl.Series) -> Integers:
    """Round seconds to whole microseconds."""
    return np.asarray(np.rint(seconds.to_numpy() * MICROSECONDS), dtype=np.int64)
