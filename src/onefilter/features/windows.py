"""From frames to features: moving mean and standard deviation of every signal, and the speaker turn.

For hop times t = 0, h, 2h ... up to the last frame's timestamp, over the frames of the window around or before t
(`onefilter.features.moments`), clipped at the recording's ends (draft: "moving mean and moving standard deviation" over
one second; design section 3). Windows are cut by time, not by counting frames, so any frame rate and any gap is right.
Time is counted in whole microseconds, so that a frame on a window's border falls on the same side everywhere.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from onefilter.features.moments import MICROSECONDS, Alignment, Floats, Integers, bounds, moments
from onefilter.names import FEATURES, MEANS, SIGNALS, STDS

FailedFrames = Literal["keep", "drop"]


@dataclass(frozen=True)
class Windows:
    """The features of one recording.

    Attributes:
        features: Columns ``time`` (seconds) and the 37 of `FEATURES`, one row per hop.
        filled: Number of hops whose window held no usable frame and took its neighbour's values.
    """

    features: pl.DataFrame
    filled: int


def extract(
    frames: pl.DataFrame,
    turns: pl.DataFrame | None,
    *,
    window: float,
    hop: float,
    alignment: Alignment,
    failed_frames: FailedFrames,
) -> Windows:
    """Compute the 37 features of one recording at every hop.

    Args:
        frames: Columns ``timestamp`` (seconds, increasing), ``success`` and the 18 of `SIGNALS`.
        turns: Columns ``begin`` and ``end`` (seconds), or None where nobody noted who speaks (turn = 0).
        window: Length of the window (seconds).
        hop: Distance between windows (seconds).
        alignment: Whether the window lies around its time or before it.
        failed_frames: ``keep`` lost frames as the zeros that OpenFace wrote, or ``drop`` them.

    Raises:
        ValueError: If no frame is usable or in any window, or the window is longer than the recording.
    """
    size, step = round(window * MICROSECONDS), round(hop * MICROSECONDS)
    stamps = microseconds(frames["timestamp"])
    frame_step = int(np.median(np.diff(stamps))) if len(stamps) > 1 else 0
    if size > stamps[-1] - stamps[0] + frame_step:
        duration = (stamps[-1] - stamps[0] + frame_step) / MICROSECONDS
        message = f"the window of {window:g} s is longer than the recording ({duration:g} s)"
        raise ValueError(message)
    hops = np.arange(0, stamps[-1] + 1, step, dtype=np.int64)
    signals = frames.select(SIGNALS).to_numpy()
    if failed_frames == "drop":
        usable = frames["success"].to_numpy() > 0
        if not usable.any():
            message = "no frame with success = 1 is left"
            raise ValueError(message)
        stamps, signals = stamps[usable], signals[usable]

    first, end = bounds(stamps, hops, size=size, alignment=alignment)
    empty = first >= end
    if empty.all():
        message = f"no window of {window:g} s holds a frame"
        raise ValueError(message)
    if empty.any():
        # ASSUME: a hop without a frame looks like the one before it; before the first frame, like the first.
        source = np.maximum.accumulate(np.where(empty, -1, np.arange(len(hops))))
        source[source < 0] = np.argmin(empty)
        first, end = first[source], end[source]
    means, stds = moments(np.ascontiguousarray(signals), first, end)
    columns = {
        # Seconds as decimals, not as sums of hops: 0.3, not 0.30000000000000004.
        "time": hops / MICROSECONDS,
        **dict(zip(MEANS, means.T, strict=True)),
        **dict(zip(STDS, stds.T, strict=True)),
        "turn": speaking(hops, turns),
    }
    return Windows(features=pl.DataFrame(columns).select("time", *FEATURES), filled=int(empty.sum()))


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
