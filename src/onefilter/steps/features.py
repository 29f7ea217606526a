"""Step of the rule `features`."""

from pathlib import Path

import numpy as np
import polars as pl

from onefilter.corpus.annotations import read_turns
from onefilter.corpus.openface import read_openface
from onefilter.errors import InputError
from onefilter.features.windows import Alignment, FailedFrames, extract
from onefilter.files import write_table
from onefilter.steps import Entry, logger, step


@step
def features(
    *,
    recordings: list[Entry],
    features: str,
    tracking: str,
    window: float,
    hop: float,
    alignment: Alignment,
    failed_frames: FailedFrames,
) -> None:
    """Write one split's features (recording, time, 37 features) and how well the face was tracked."""
    tables, tracked = [], []
    for entry in recordings:
        source = Path(entry["openface"])
        frames = read_openface(
            source,
            fps=float(entry["fps"]) if entry["fps"] else None,
            face=int(entry["face"]) if entry["face"] else None,
        )
        turns = read_turns(Path(entry["turns"])) if entry["turns"] else None
        try:
            windows = extract(frames, turns, window=window, hop=hop, alignment=alignment, failed_frames=failed_frames)
        except ValueError as error:
            raise InputError(
                str(error), file=source, remedy="set features.window, or take the recording out of the table"
            ) from error
        tables.append(windows.features.insert_column(0, pl.lit(entry["recording"], pl.Categorical).alias("recording")))
        time = frames["timestamp"].to_numpy()
        step_length = float(np.median(np.diff(time)))
        tracked.append(
            {
                "recording": entry["recording"],
                "culture": entry["culture"],
                "partition": entry["partition"],
                "frames": frames.height,
                "fps": round(1 / step_length, 3),
                "duration": round(float(time[-1]) + step_length, 3),
                "failed": float((frames["success"] < 1).to_numpy().mean()),
                "filled": windows.filled,
            }
        )
    table = pl.DataFrame(tracked)
    write_table(Path(features), pl.concat(tables))
    write_table(Path(tracking), table)
    frames_of = table["frames"].to_numpy()
    logger.info(
        "%d recordings, %.1f minutes, %.2f %% of the frames without a face, %d windows filled",
        len(tables),
        table["duration"].to_numpy().sum() / 60,
        100 * np.average(table["failed"].to_numpy(), weights=frames_of),
        table["filled"].to_numpy().sum(),
    )
