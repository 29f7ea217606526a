"""Bring other systems' predictions beside the labels of one batch."""

from pathlib import Path

import numpy as np
import polars as pl

from onefilter.corpus.annotations import Scale, rescaled
from onefilter.corpus.series import Series, open_series, read_series
from onefilter.evaluation.pairing import at_labels, column_of
from onefilter.files import writing_recordings
from onefilter.settings import System
from onefilter.tables import recordings_of
from onefilter.workflow.step import bind


def align_systems(
    labels: Path,
    files: dict[str, dict[str, Path]],
    targets: dict[str, list[str]],
    systems: dict[str, System | None],
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
                assert told is not None
                for target, values in _predicted(found[name], targets[system], truth, told).items():
                    own = rescaled(values, scales[target]) if told.scale == "labels" else values
                    columns[column_of(system, target)] = pl.Series(own)
            write(pl.DataFrame({"recording": [name] * len(times), "time": times[:, 0], **columns}))


def _predicted(path: Path, targets: list[str], labels: Series, system: System) -> dict[str, np.ndarray]:
    """Read what a system predicts of one recording, at the annotators' time."""
    series = read_series(open_series(path, layout=system.format), targets)
    found = at_labels(labels, series, delay_of=lambda _: system.delay, shorter="give the system a shorter delay")
    return {target: values for target, (values, _) in found.items()}


bind(align_systems)
