"""How well the face was tracked in one recording."""

from typing import Any, Final

import polars as pl

from onefilter.corpus.annotations import frame_rate
from onefilter.tables import Columns

TRACKING_COLUMNS: Final[Columns] = {
    "recording": str, "culture": str, "partition": str,
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
