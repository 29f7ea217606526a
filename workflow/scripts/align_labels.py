"""Bring the labels of one split to the features' times."""

from pathlib import Path
from typing import Any

import polars as pl

from onefilter.corpus.annotations import align, note_on_scale
from onefilter.corpus.layouts import LAYOUTS
from onefilter.corpus.recordings import Recording
from onefilter.files import write_table
from onefilter.tables import read_frame
from onefilter.workflow.step import bind, logger


def align_labels(
    recordings: list[dict[str, Any]], corpus: str, targets: list[str], features: Path, labels: Path
) -> None:
    """Write one split's labels at the features' hop times (recording, time, targets)."""
    times = read_frame(features, ["recording", "time"]).with_columns(pl.col("recording").cast(pl.String))
    tables = []
    for entry in recordings:
        recording = Recording.from_row(entry)
        hops = times.filter(pl.col("recording") == recording.recording)["time"].to_numpy()
        values = align(LAYOUTS[corpus].labels(recording, targets), hops, targets, file=Path(recording.labels))
        columns = {target: values[:, column] for column, target in enumerate(targets)}
        tables.append(
            pl.DataFrame({"recording": [recording.recording] * len(values), "time": hops[: len(values)], **columns})
        )
    table = pl.concat(tables)
    if note := note_on_scale(table.select(targets).to_numpy(), targets):
        logger.warning("%s", note)
    write_table(labels, table)


bind(align_labels)
