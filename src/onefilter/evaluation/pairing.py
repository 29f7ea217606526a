"""Predictions beside labels: what is scored, recording by recording, at the annotators' time."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from onefilter.errors import InputError
from onefilter.model.prediction import at_annotators_time
from onefilter.tables import Floats, by_recording, read_frame


def model_names(predictions: pl.DataFrame) -> list[str]:
    """Give the names of the models whose predictions a table holds, one column each."""
    return [name for name in predictions.columns if name not in {"recording", "time"}]


def paired(
    predictions: Path, labels: Path, target: str, *, delay: int, models: Sequence[str] | None = None
) -> tuple[list[str], dict[str, tuple[Floats, Floats]]]:
    """Read one batch's predictions, moved to the annotators' time, beside its labels.

    Args:
        predictions: Table of the models' predictions.
        labels: Table of the labels.
        target: Which label.
        delay: Annotation delay in steps.
        models: Whose predictions; None reads all.

    Returns:
        Names of the models; per recording, predictions [T, models] and labels [T].

    Raises:
        InputError: If a recording has no predictions, fewer than labels, or a value is not finite.
    """
    table = read_frame(predictions, None if models is None else ["recording", *models])
    models = model_names(table)
    outputs = by_recording(table, models)
    recordings = {}
    for name, values in by_recording(read_frame(labels), [target]).items():
        truth = values[:, 0]
        if name not in outputs:
            raise InputError(f"has no predictions for {name}", file=predictions, remedy="predict this split again")
        _check_finite(predictions, name, outputs[name], models)
        _check_finite(labels, name, values, [target])
        if len(outputs[name]) < len(truth):
            raise InputError(
                f"{name} has {len(outputs[name])} predictions for {len(truth)} labels",
                file=predictions,
                remedy=f"compute features, predictions and {labels} from the same recording",
            )
        columns = [at_annotators_time(column, delay)[: len(truth)] for column in outputs[name].T]
        recordings[name] = (np.stack(columns, axis=1), truth)
    return models, recordings


def _check_finite(path: Path, recording: str, values: Floats, columns: list[str]) -> None:
    """Refuse values that are not finite."""
    wrong = ~np.isfinite(values)
    if wrong.any():
        step, column = (int(index) for index in np.argwhere(wrong)[0])
        raise InputError(
            f"{recording} has {values[step, column]} at step {step}",
            file=path,
            column=columns[column],
            remedy="delete the file and run again; if it comes back, fix the recording that it is made from",
        )
