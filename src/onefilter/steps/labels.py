"""Step of the rule `labels`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from onefilter.corpus.annotations import align
from onefilter.corpus.layouts import LAYOUTS
from onefilter.corpus.recordings import Recording
from onefilter.files import write_table
from onefilter.steps import step


@step
def labels(*, recordings: list[Mapping[str, Any]], source: str, features: str, labels: str, targets: list[str]) -> None:
    """Write one split's labels at the features' hop times (recording, time, targets)."""
    times = pl.read_parquet(features, columns=["recording", "time"]).with_columns(pl.col("recording").cast(pl.String))
    layout = LAYOUTS[source]
    tables = []
    for entry in recordings:
        recording = Recording.from_row(entry)
        hops = times.filter(pl.col("recording") == recording.recording)["time"].to_numpy()
        values = align(layout.labels(recording, targets), hops, targets, file=Path(recording.labels))
        tables.append(
            pl.DataFrame(
                {
                    "recording": [recording.recording] * len(values),
                    "time": hops[: len(values)],
                    **{target: values[:, column] for column, target in enumerate(targets)},
                }
            )
        )
    write_table(Path(labels), pl.concat(tables))
