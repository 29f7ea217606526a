"""Step of the rule `features`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from onefilter.corpus.layouts import LAYOUTS
from onefilter.corpus.recordings import Recording
from onefilter.errors import InputError
from onefilter.features.moments import Alignment
from onefilter.features.windows import FailedFrames, extract
from onefilter.files import write_table
from onefilter.steps import logger, step


@step
def features(**arguments: Any) -> None:
    """Write one split's features (recording, time, 37 features) and how well the face was tracked."""
    write_features(**arguments)


def write_features(
    *,
    recordings: list[Mapping[str, Any]],
    source: str,
    features: str,
    tracking: str,
    window: float,
    hop: float,
    alignment: Alignment,
    failed_frames: FailedFrames,
) -> None:
    """Write one split's features and its tracking; see `features`."""
    tables, tracked = [], []
    layout = LAYOUTS[source]
    for entry in recordings:
        recording = Recording.from_row(entry)
        frames, turns = layout.frames(recording), layout.turns(recording)
        try:
            windows = extract(frames, turns, window=window, hop=hop, alignment=alignment, failed_frames=failed_frames)
        except ValueError as error:
            raise InputError(
                str(error),
                file=recording.openface,
                remedy="set features.window, or take the recording out of the table",
            ) from error
        tables.append(windows.features.insert_column(0, pl.lit(recording.recording, pl.Categorical).alias("recording")))
        time = frames["timestamp"].to_numpy()
        step_length = float(np.median(np.diff(time)))
        tracked.append(
            {
                "recording": recording.recording,
                "culture": recording.culture,
                "partition": recording.partition,
                "frames": frames.height,
                "fps": round(1 / step_length, 3),
                "duration": round(float(time[-1]) + step_length, 3),
                "failed": (frames["success"] < 1).mean(),
                "filled": windows.filled,
            }
        )
    table = pl.DataFrame(tracked, schema_overrides={"failed": pl.Float64})
    write_table(Path(features), pl.concat(tables))
    write_table(Path(tracking), table)
    failed = table.select((pl.col("failed") * pl.col("frames")).sum() / pl.col("frames").sum()).item()
    logger.info(
        "%d recordings, %.1f minutes, %s of the frames without a face, %d windows filled",
        len(tables),
        table["duration"].to_numpy().sum() / 60,
        "an unknown share" if table["failed"].is_null().all() else f"{100 * failed:.2f} %",
        table["filled"].to_numpy().sum(),
    )
