"""Bring other systems' predictions beside the labels of one batch."""

from onefilter.workflow.step import bind

from pathlib import Path

import polars as pl

from onefilter.corpus.annotations import Scale, rescaled
from onefilter.corpus.series import Series, open_series, read_series
from onefilter.corpus.systems import Reading, check_scale
from onefilter.evaluation.pairing import at_labels, column_of
from onefilter.files import writing_recordings
from onefilter.tables import Floats, recordings_of


def align_systems(
    labels: Path,
    files: dict[str, dict[str, Path]],
    targets: dict[str, list[str]],
    systems: dict[str, Reading],
    scales: dict[str, Scale],
    aligned: Path,
) -> None:
    """Write what each system predicts, at the annotators' time (recording, time, a column per system and target)."""
    with writing_recordings(aligned) as write:
        for name, times in recordings_of(labels, ["time"]):
            # Messages call a recording's labels by its name.
            truth = Series(Path(name), range(1, len(times) + 1), "time", times[:, 0], {})
            columns: dict[str, pl.Series] = {}
            for system, found in files.items():
                told = systems[system]
                table = open_series(found[name], layout=told.format)
                more = next(
                    (target for target in scales if target in table.header and target not in targets[system]), None
                )
                if more is not None:
                    what = f"has the column {more}, which the first recording's file lacks"
                    raise table.error(what, row=table.header_row, remedy="give all recordings the same columns")
                series = read_series(table, targets[system])
                for target, values in _at_labels(series, truth, system, told).items():
                    scale = scales[target]
                    check_scale(series, target, scale.written if told.scale == "labels" else scale.range, system)
                    own = rescaled(values, scale) if told.scale == "labels" else values
                    columns[column_of(system, target)] = pl.Series(own)
            write(pl.DataFrame({"recording": [name] * len(times), "time": times[:, 0], **columns}))


def _at_labels(series: Series, labels: Series, system: str, told: Reading) -> dict[str, Floats]:
    """Give what a system predicts of one recording, at the annotators' time."""
    shorter = f"give systems.{system}.delay a shorter one"
    found = at_labels(labels, series, delay_of=lambda _: told.delay, shorter=shorter)
    return {target: values for target, (values, _) in found.items()}


bind(align_systems)
