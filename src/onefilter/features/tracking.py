"""How well the face was tracked in one recording, and under each window."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from onefilter.corpus.annotations import frame_rate
from onefilter.corpus.clock import LONGEST_GAP
from onefilter.errors import InputError
from onefilter.features.statistics import Floats
from onefilter.features.windows import WindowSettings, frames_under
from onefilter.names import AUS, FailedFrames

if TYPE_CHECKING:
    # `onefilter predict` need not wait for pandas.
    from onefilter.tables import Columns

TRACKING_COLUMNS: "Final[Columns]" = {
    "recording": str, "person": str, "dyad": str, "culture": str, "partition": str,
    "frames": int, "fps": float, "duration": float, "failed": float, "filled": int,
}  # fmt: skip
"""One row per recording; ``duration`` in seconds, ``failed`` as a share of the frames, ``filled`` in windows."""


def tracked(frames: pl.DataFrame) -> dict[str, Any]:
    """Sum up one recording's frames.

    Args:
        frames: Columns ``timestamp`` (seconds) and ``success``, which is null where the layout does not tell.

    Returns:
        ``frames``, ``fps``, ``duration`` and ``failed`` of `TRACKING_COLUMNS`.
    """
    time = frames["timestamp"].to_numpy()
    step = 1 / frame_rate(time)
    return {
        "frames": frames.height,
        "fps": round(1 / step, 3),
        "duration": round(float(time[-1]) + step, 3),
        "failed": (frames["success"] < 1).mean(),
    }


def _units(frames: pl.DataFrame) -> list[str]:
    """Name the intensities among the signals."""
    return [unit for unit in AUS if unit in frames.columns]


def share_tracked(frames: pl.DataFrame, settings: WindowSettings) -> Floats:
    """Give the share of frames with a face under each hop's window.

    Frames with success = 1 over all frames of the window ([t - w/2, t + w/2) if centred); 0 where it holds none.

    Args:
        frames: Columns ``timestamp`` (seconds, increasing) and ``success``, which is 0 or 1, or null if nobody tells.
        settings: Of the windows.

    Returns:
        [hops], between 0 and 1, NaN if nobody tells; hop times are those of `onefilter.features.windows.extract`.
    """
    under = frames_under(frames["timestamp"], settings)
    if frames["success"].null_count():
        return np.full(len(under.hops), np.nan)
    good = np.concatenate([[0], np.cumsum(frames["success"].to_numpy() >= 1)])
    shares: Floats = (good[under.end] - good[under.first]) / np.maximum(under.end - under.first, 1)
    return shares


def check_tracking(frames: pl.DataFrame, *, file: Path | str) -> str:
    """Refuse a recording without any face; say how much of one is lost.

    Args:
        frames: Columns ``success``, which is null where the layout does not tell, and the signals.
        file: Where they come from.

    Returns:
        ``no face in N of M frames``, with a remark if AUs are not 0 there; nothing if no frame is lost.

    Raises:
        InputError: If no frame has success = 1.
    """
    lost = frames.filter(pl.col("success") < 1)
    if lost.is_empty():
        return ""
    units = _units(frames)
    odd = lost.filter(pl.any_horizontal((pl.col(units) != 0) & pl.col(units).is_not_nan())).height if units else 0
    remark = f", but AUs are not 0 in {odd} of these" if odd else ""
    if lost.height == frames.height:
        raise InputError(
            f"no face in any of the {lost.height} frames (success is 0){remark}",
            file=file,
            remedy="run OpenFace again on a video that shows the face, or leave the recording out",
        )
    return f"no face in {lost.height} of {frames.height} frames{remark}"


def check_lost(frames: pl.DataFrame, failed_frames: FailedFrames, *, file: Path | str, how: str) -> None:
    """Refuse to keep frames that have no values, and to drop frames that nobody tells.

    Args:
        frames: Columns ``success``, which is null where the format does not tell, and the signals.
        failed_frames: What is to happen to frames without a face.
        file: Where they come from.
        how: How the user says what is to happen, with {} for it.

    Raises:
        InputError: If it cannot be done.
    """
    if failed_frames == "drop":
        if frames["success"].null_count():
            what = "does not say in which frames no face was found, so none can be dropped"
            raise InputError(what, file=file, remedy=how.format("keep"))
        return
    signals = frames.drop("timestamp", "success")
    empty = signals.filter(pl.any_horizontal(pl.all().is_nan())).height if signals.width else 0
    if empty:
        what = f"has no values in {empty} of {frames.height} frames, where no face was found"
        raise InputError(what, file=file, remedy=how.format("drop"))


def note_on_blank(frames: pl.DataFrame) -> str:
    """Say for how long all AUs are 0 although there is a face, if it is always or longer than any face is so still.

    Args:
        frames: Columns ``timestamp`` (seconds), ``success`` and the signals.
    """
    if _units(frames) != list(AUS):
        return ""  # A few units may well be still for long.
    seen = frames["success"].to_numpy() >= 1
    blank = seen & (frames.select(AUS).to_numpy() == 0).all(axis=1)
    if not blank.any():
        return ""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], blank, [False]])))
    time = frames["timestamp"].to_numpy()
    spans = time[edges[1::2] - 1] - time[edges[::2]]
    if spans.max() <= LONGEST_GAP and blank.sum() != seen.sum():
        return ""
    at = int(spans.argmax())
    begin, end = time[edges[2 * at]], time[edges[2 * at + 1] - 1]
    return f"all AUs are 0 from {begin:g} s to {end:g} s, although there is a face: did OpenFace compute them (-aus)?"
