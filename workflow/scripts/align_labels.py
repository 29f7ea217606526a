"""Bring the labels of one split to the features' times."""

from onefilter.workflow.step import bind, logger

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from onefilter.corpus.annotations import Floats, Scale, align, note_on_scale
from onefilter.corpus.layouts import LAYOUTS
from onefilter.corpus.recordings import Recording
from onefilter.files import writing_recordings
from onefilter.names import SIMULATED
from onefilter.tables import by_recording, read_frame, recordings_of


def align_labels(
    recordings: list[dict[str, Any]],
    corpus: str,
    targets: list[str],
    scales: dict[str, Scale],
    features: Path,
    gold: Path | None,
    labels: Path,
) -> None:
    """Write one split's labels at the features' hop times (recording, unit of resampling, time, targets).

    The gold standard of several annotators is there already, NaN where nobody rated; finished labels are interpolated.
    """
    entered = {entry["recording"]: (Recording.from_row(entry), entry["unit"]) for entry in recordings}
    fused: dict[str, Floats] = {} if gold is None else by_recording(read_frame(gold), targets)
    lowest, highest = np.inf, -np.inf
    with writing_recordings(labels) as write:
        for name, times in recordings_of(features, ["time"]):
            (recording, unit), hops = entered[name], times[:, 0]
            if recording.annotations:
                values = fused[name]
            else:
                annotated = LAYOUTS[corpus].labels(recording, targets, scales)
                values = align(annotated, hops, targets, file=Path(recording.labels), scales=scales)
            columns = {target: values[:, column] for column, target in enumerate(targets)}
            table = pl.DataFrame({"time": hops[: len(values)], **columns})
            write(table.select(pl.lit(name).alias("recording"), pl.lit(unit).alias("unit"), pl.all()))
            lowest = np.fmin(lowest, np.fmin.reduce(values, axis=0))
            highest = np.fmax(highest, np.fmax.reduce(values, axis=0))
    # Of the twin it is known that its annotators have -1..1.
    if corpus != SIMULATED and (note := note_on_scale(np.stack([lowest, highest]), targets, scales)):
        logger.warning("%s", note)


bind(align_labels)
