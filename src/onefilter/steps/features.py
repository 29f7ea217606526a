"""Step of the rule `features`."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from onefilter.corpus.annotations import Layout, read_turns
from onefilter.corpus.avec import read_avec
from onefilter.corpus.openface import read_openface
from onefilter.errors import InputError
from onefilter.features.windows import Windowing, extract
from onefilter.files import write_table
from onefilter.names import Alignment, FailedFrames
from onefilter.steps import Entry, logger, step


@step
def features(**arguments: Any) -> None:
    """Write one split's features (recording, time, 37 features) and how well the face was tracked."""
    write_features(**arguments)


def write_features(
    *,
    recordings: list[Entry],
    source: str,
    features: str,
    tracking: str,
    window: float,
    hop: float,
    alignment: Alignment,
    failed_frames: FailedFrames,
) -> None:
    """Do so; arguments as the rule gives them."""
    settings = Windowing(window, hop, alignment, failed_frames)
    tables, tracked = [], []
    for entry in recordings:
        path = Path(entry["openface"])
        frames = read_avec(path) if source == "avec" else _read_openface(path, entry)
        layout: Layout = "avec" if source == "avec" else "csv"
        turns = read_turns(Path(entry["turns"]), layout=layout) if entry["turns"] else None
        try:
            windows = extract(frames, turns, settings)
        except ValueError as error:
            raise InputError(
                str(error), file=path, remedy="set features.window, or take the recording out of the table"
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


def _read_openface(path: Path, entry: Entry) -> pl.DataFrame:
    """Read OpenFace's output with what the recordings table says about it."""
    return read_openface(
        path,
        fps=float(entry["fps"]) if entry["fps"] else None,
        face=int(entry["face"]) if entry["face"] else None,
    )
