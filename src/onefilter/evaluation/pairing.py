"""Predictions beside labels: what is scored, recording by recording, at the annotators' time."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from onefilter.corpus.series import Series
from onefilter.errors import InputError
from onefilter.model.prediction import at_annotators_time
from onefilter.tables import Floats, columns_of, recordings_of

_SLOW: Final = 5.0
"""Seconds; nobody's labels of affect come as slowly."""


def model_names(predictions: Path) -> list[str]:
    """Give the names of the models whose predictions a table holds, one column each.

    Raises:
        InputError: If it cannot be read.
    """
    return [name for name in columns_of(predictions) if name not in {"recording", "time"}]


def column_of(system: str, target: str) -> str:
    """Name the column of another system's predictions of a target, in a table of all systems and targets."""
    return f"{system}.{target}"


def system_of(column: str) -> str:
    """Name the system whose predictions a column holds."""
    return column.partition(".")[0]


def target_of(column: str) -> str:
    """Name the target that a column predicts."""
    return column.partition(".")[2]


def paired(
    predictions: Path, labels: Path, target: str, *, delay: int, models: Sequence[str]
) -> Iterator[tuple[str, Floats, Floats]]:
    """Read one batch's predictions, moved to the annotators' time, beside its labels, recording by recording.

    Args:
        predictions: Table of the models' predictions, recordings in the order of the labels.
        labels: Table of the labels.
        target: Which label.
        delay: Annotation delay in steps.
        models: Whose predictions.

    Yields:
        A recording's name, predictions [T, models] and labels [T], NaN where nobody rated.

    Raises:
        InputError: If a recording has no predictions, fewer than labels, or a prediction is not finite.
    """
    seen = recordings_of(predictions, models)
    for name, values in recordings_of(labels, [target]):
        outputs = next((each for other, each in seen if other == name), None)
        if outputs is None:
            raise InputError(f"has no predictions for {name}", file=predictions, remedy="predict this split again")
        _check_finite(predictions, name, outputs, models)
        _check_finite(labels, name, np.nan_to_num(values, posinf=np.inf, neginf=-np.inf), [target])
        if len(outputs) < len(values):
            raise InputError(
                f"{name} has {len(outputs)} predictions for {len(values)} labels",
                file=predictions,
                remedy=f"compute features, predictions and {labels} from the same recording",
            )
        moved = [at_annotators_time(column, delay)[: len(values)] for column in outputs.T]
        yield name, np.stack(moved, axis=1), values[:, 0]


def at_labels(
    labels: Series, predictions: Series, *, delay_of: Callable[[str], float], shorter: str
) -> dict[str, tuple[Floats, int]]:
    """Bring one recording's predictions, of any system, beside its labels.

    Args:
        labels: With a time of its own for every label.
        predictions: One per label, at its time within half a step. Those after the last label are left out, as the AVEC
            challenges do; `onefilter.corpus.annotations` says how labels are written.
        delay_of: Gives a target's delay (seconds): annotators mark so much later what is predicted. The steps before
            get zeros.
        shorter: What to do about a delay that leaves nothing.

    Returns:
        By target of the predictions, [T] and the delay in steps.

    Raises:
        InputError: If there are fewer predictions than labels, times differ, or the delay leaves nothing.
    """
    step = _step_of(labels)
    common = min(len(labels.time), len(predictions.time))
    wrong = np.abs(predictions.time[:common] - labels.time[:common]) > step / 2 * (1 + 1e-6)
    if wrong.any():
        raise _other_times(labels, predictions, int(np.argmax(wrong)))
    if common < len(labels.time):
        raise InputError(
            f"has {common} predictions for {len(labels.time)} labels: it ends at {predictions.time[-1]:.6g} s, they at"
            f" {labels.time[-1]:.6g} s",
            file=predictions.file,
            row=predictions.rows[-1],
            column=predictions.clock,
            remedy="predict up to the last label (AVEC's script repeats the last prediction: if you want that, do so)",
        )
    found = {}
    for target, values in predictions.values.items():
        late = round(delay_of(target) / step)
        if delay_of(target) and not late:
            looks = " (are their times milliseconds? Then divide them by 1000)" if step >= _SLOW else ""
            raise InputError(
                f"has a label every {step:g} s{looks}, and a delay of {delay_of(target):g} s is less than half of that",
                file=labels.file,
                column=labels.clock,
                remedy="give a longer --delay, or none",
            )
        if late:
            _check_gaps(labels, step, delay=delay_of(target))
        if late >= common:
            raise InputError(
                f"lasts {labels.time[-1]:.6g} s, and predictions are moved by {delay_of(target):g} s",
                file=labels.file,
                column=target,
                remedy=shorter,
            )
        found[target] = at_annotators_time(values, late)[:common], late
    return found


def _check_gaps(labels: Series, step: float, *, delay: float) -> None:
    """Refuse labels with a gap whose predictions are to be moved: what was predicted within the gap would be needed."""
    wide = np.diff(labels.time) > 1.5 * step
    if wide.any():
        place = int(np.argmax(wide)) + 1
        raise InputError(
            f"has no label between {labels.time[place - 1]:.6g} s and {labels.time[place]:.6g} s, and predictions are"
            f" moved by {delay:g} s",
            file=labels.file,
            row=labels.rows[place],
            column=labels.clock,
            remedy="keep the rows of all times, also of predictions, and leave the cells empty that nobody rated",
        )


def _step_of(labels: Series) -> float:
    """Give the usual step of labels (seconds); refuse times that do not go forward."""
    if len(labels.time) < 2:
        raise InputError("holds one label", file=labels.file, remedy="two at least are needed for a score")
    steps = np.diff(labels.time)
    if steps.min() <= 0:
        place = int(np.argmax(steps <= 0)) + 1
        raise InputError(
            f"time goes from {labels.time[place - 1]:.6g} s to {labels.time[place]:.6g} s",
            file=labels.file,
            row=labels.rows[place],
            column=labels.clock,
            remedy="give every label a time of its own, in order",
        )
    return float(np.median(steps))


def _other_times(labels: Series, predictions: Series, place: int) -> InputError:
    """Say at which row predictions are at another time than labels, and what the likely reason is."""
    steps = [
        float(np.median(np.diff(series.time))) if len(series.time) > 1 else np.nan for series in (labels, predictions)
    ]
    what = f"{predictions.time[place]:.6g} s, where {labels.file.name} has a label at {labels.time[place]:.6g} s"
    remedy = "give every label one prediction at its time"
    if abs(steps[1] / steps[0] - 1000) < 1:
        remedy = "they look like milliseconds: divide the times by 1000"
    elif abs(steps[1] / steps[0] - 1) > 0.01:
        what += f" (predictions step by {steps[1]:.6g} s, labels by {steps[0]:.6g} s)"
        remedy = f"resample the predictions to the labels' times, one every {steps[0]:.6g} s"
    elif place == 0:
        remedy = f"let time begin as labels do: add {labels.time[0] - predictions.time[0]:.6g} to all times"
    return InputError(what, file=predictions.file, row=predictions.rows[place], column=predictions.clock, remedy=remedy)


def _check_finite(path: Path, recording: str, values: Floats, columns: Sequence[str]) -> None:
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
