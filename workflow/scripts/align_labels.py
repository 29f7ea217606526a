"""Bring the labels of one split to the features' times."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from onefilter.corpus.annotations import Scale, align, note_on_scale
from onefilter.corpus.layouts import LAYOUTS
from onefilter.corpus.recordings import Recording
from onefilter.files import writing_recordings
from onefilter.tables import recordings_of
from onefilter.workflow.step import bind, logger


def align_labels(
    recordings: list[dict[str, Any]],
    corpus: str,
    targets: list[str],
    scales: dict[str, Scale],
    features: Path,
    labels: Path,
) -> None:
    """Write one split's labels at the features' hop times (recording, unit of resampling, time, targets)."""
    entered = {entry["recording"]: (Recording.from_row(entry), entry["unit"]) for entry in recordings}
    lowest, highest = np.inf, -np.inf
    with writing_recordings(labels) as write:
        for name, times in recordings_of(features, ["time"]):
            (recording, unit), hops = entered[name], times[:, 0]
            annotated = LAYOUTS[corpus].labels(recording, targets, scales)
            values = align(annotated, hops, targets, file=Path(recording.labels), scales=scales)
            columns = {target: values[:, column] for column, target in enumerate(targets)}
            table = pl.DataFrame({"time": hops[: len(values)], **columns})
            write(table.select(pl.lit(name).alias("recording"), pl.lit(unit).alias("unit"), pl.all()))
            lowest, highest = np.minimum(lowest, values.min(axis=0)), np.maximum(highest, values.max(axis=0))
    if note := note_on_scale(np.stack([lowest, highest]), targets, scales):
        logger.warning("%s", note)


bind(align_labels)
