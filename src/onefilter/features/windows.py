"""From frames to features: moving mean and standard deviation of every signal, and the speaker turn.

For hop times t = 0, h, 2h ... up to the last frame's timestamp, with the frames of

    centred:  [t - w/2, t + w/2)        causal:  (t - w, t]

clipped at the recording's ends: the arithmetic mean and the population standard deviation of the 18 signals
(draft: "moving mean and moving standard deviation" over one second; design section 3). Windows are cut by time, not
by counting frames, so any frame rate and any gap is right. Time is counted in whole microseconds, so that a
frame on a window's border falls on the same side everywhere.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from onefilter.names import FEATURES, MEANS, SIGNALS, STDS

Alignment = Literal["centred", "causal"]
FailedFrames = Literal["keep", "drop"]

MICROSECONDS: Final = 1_000_000


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
        ValueError: If no frame is usable, or the window is longer than the recording.
    """
    size, step = microseconds(window), microseconds(hop)
    last = microseconds(frames["timestamp"][-1])
    if size > last - microseconds(frames["timestamp"][0]) + step:
        message = f"the window of {window:g} s is longer than the recording ({last / MICROSECONDS:g} s)"
        raise ValueError(message)
    hops = pl.DataFrame({"hop": np.arange(0, last + 1, step, dtype=np.int64)})
    if failed_frames == "drop":
        frames = frames.filter(pl.col("success") > 0)
        if frames.is_empty():
            message = "no frame with success = 1 is left"
            raise ValueError(message)

    moments = _moments(frames, size=size, step=step, alignment=alignment)
    table = hops.join(moments, on="hop", how="left", maintain_order="left")
    filled = table[MEANS[0]].null_count()
    if filled:
        # ASSUME: a hop without a frame looks like the one before it; before the first frame, like the first.
        table = table.fill_null(strategy="forward").fill_null(strategy="backward")
    turn = speaking(table["hop"].to_numpy(), turns)
    # Seconds as decimals, not as sums of hops: 0.3, not 0.30000000000000004.
    time = (pl.col("hop") / MICROSECONDS).alias("time")
    features = table.with_columns(time, pl.Series("turn", turn)).select("time", *FEATURES)
    return Windows(features=features, filled=filled)


def _moments(frames: pl.DataFrame, *, size: int, step: int, alignment: Alignment) -> pl.DataFrame:
    """Mean and population standard deviation per window; windows without a frame are absent."""
    offset = -(size // 2) if alignment == "centred" else -size
    return (
        frames.lazy()
        .with_columns((pl.col("timestamp") * MICROSECONDS).round().cast(pl.Int64).alias("start"))
        .group_by_dynamic(
            "start",
            every=f"{step}i",
            period=f"{size}i",
            offset=f"{offset}i",
            closed="left" if alignment == "centred" else "right",
            start_by="window",
        )
        .agg(
            *(pl.col(signal).mean().alias(name) for signal, name in zip(SIGNALS, MEANS, strict=True)),
            *(pl.col(signal).std(ddof=0).alias(name) for signal, name in zip(SIGNALS, STDS, strict=True)),
        )
        .with_columns((pl.col("start") - offset).alias("hop"))
        .drop("start")
        .collect()
    )


def speaking(hops: npt.NDArray[np.int64], turns: pl.DataFrame | None) -> npt.NDArray[np.float64]:
    """Tell whether each hop time (microseconds) lies in any [begin, end] of the turns: 1 or 0."""
    inside = np.zeros(len(hops) + 1, dtype=np.int64)
    if turns is not None:
        begins = np.rint(turns["begin"].to_numpy() * MICROSECONDS).astype(np.int64)
        ends = np.rint(turns["end"].to_numpy() * MICROSECONDS).astype(np.int64)
        np.add.at(inside, np.searchsorted(hops, begins, side="left"), 1)
        np.add.at(inside, np.searchsorted(hops, ends, side="right"), -1)
    return (np.cumsum(inside)[:-1] > 0).astype(np.float64)


def microseconds(seconds: float) -> int:
    """Round seconds to whole microseconds."""
    return round(seconds * MICROSECONDS)
