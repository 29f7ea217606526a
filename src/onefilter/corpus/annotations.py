"""Read what people noted: labels at a fixed rate, and the speaker's turns.

Labels are a CSV with a header, ``timestamp`` (seconds from 0 at a constant step, 10 Hz in SEWA) and one column per
target in -1..1. Turns are a CSV with the header ``begin,end`` (seconds): when the recorded person speaks. A layout
whose files are written in another way gives its own `Form` (`onefilter.corpus.avec`).
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from onefilter.errors import InputError
from onefilter.text import Form, read_table

Floats = npt.NDArray[np.float64]

TOLERANCE: Final = 1.0
"""Labels may end this much (seconds) before or after the video."""
LATEST_TURN: Final = 1e6
"""A turn ends before this (seconds, eleven days): later times are dates, or not counted in seconds."""
LABELS: Final = Form(("timestamp",), separator=",", missing="check the path in the recordings table")
"""How labels are written; the targets are further columns."""
TURNS: Final = Form(("begin", "end"), separator=",", missing="check the path in the recordings table (or --turns)")
"""How turns are written."""


def read_labels(path: Path, targets: Sequence[str], *, form: Form = LABELS) -> pl.DataFrame:
    """Read one recording's labels.

    Args:
        path: The file.
        targets: Which columns to read.
        form: How the file is written.

    Returns:
        Columns ``timestamp`` (seconds) and the targets (-1..1), one row per label.

    Raises:
        InputError: For the first value that is at fault.
    """
    columns = ("timestamp", *targets)
    source = read_table(path, replace(form, columns=columns))
    table = pl.DataFrame(source.numbers(columns), schema=dict.fromkeys(columns, pl.Float64))
    if table.is_empty():
        raise InputError("holds a header and no labels" if source.header_row else "holds no labels", file=path,
                         remedy="correct the file")  # fmt: skip
    first = source.lines[0][0]
    for target in targets:
        _check_values(table[target].to_numpy(), target, file=path, first=first)
    _check_times(table["timestamp"].to_numpy(), file=path, first=first)
    return table


def read_turns(path: Path, *, form: Form = TURNS) -> pl.DataFrame:
    """Read one recording's turns: columns ``begin`` and ``end`` (seconds); there may be none.

    Args:
        path: The file.
        form: How the file is written.

    Raises:
        InputError: For the first value that is at fault.
    """
    columns = ("begin", "end")
    source = read_table(path, form)
    remedy = "count seconds from the beginning of the video"
    numbers = source.numbers(columns, low=-LATEST_TURN, high=LATEST_TURN, remedy=remedy)
    table = pl.DataFrame(numbers, schema=dict.fromkeys(columns, pl.Float64))
    backwards = (table["end"] < table["begin"]).to_numpy()
    if backwards.any():
        place = int(np.argmax(backwards))
        begin, end = table["begin"][place], table["end"][place]
        raise InputError(
            f"the turn ends at {end:g} s, before it begins at {begin:g} s",
            file=path,
            row=source.lines[place][0],
            column="end",
            remedy="swap or correct them",
        )
    return table


def _check_values(values: Floats, target: str, *, file: Path, first: int) -> None:
    """Refuse labels [T] outside the scale, and labels that never change; the first is in this row of the file."""
    outside = np.abs(values) > 1
    if outside.any():
        place = int(np.argmax(outside))
        raise InputError(
            f"label {values[place]:g} lies outside -1..1",
            file=file,
            row=place + first,
            column=target,
            remedy="scale the annotations to -1..1",
        )
    if len(values) > 1 and np.ptp(values) == 0:
        raise InputError(
            f"all labels are {values[0]:g}: nothing can be learned from or scored on them",
            file=file,
            column=target,
            remedy="correct the file, or set the recording's partition to unlabelled",
        )


def _check_times(time: Floats, *, file: Path, first: int) -> None:
    """Refuse time stamps [T] that do not begin at 0 or do not go on at a constant rate."""
    steps = np.diff(time)
    if len(steps) and (steps.min() <= 0 or np.ptp(steps) > 0.002):
        at = int(np.argmax((steps <= 0) | (np.abs(steps - np.median(steps)) > 0.001)))
        raise InputError(
            f"time steps by {steps[at]:g} s, elsewhere by {np.median(steps):g} s",
            file=file,
            row=at + first + 1,
            column="timestamp",
            remedy="give labels at a constant rate (10 Hz)",
        )
    if abs(time[0]) > TOLERANCE:
        raise InputError(
            f"labels begin at {time[0]:g} s", file=file, row=first, column="timestamp", remedy="let time begin at 0"
        )


def align(labels: pl.DataFrame, time: Floats, targets: Sequence[str], *, file: Path) -> Floats:
    """Bring labels to the hop times by linear interpolation; exact where the times coincide, as at 10 Hz.

    Hops after the last label get none: the result may be up to `TOLERANCE` shorter than `time`.

    Returns:
        Labels [T', number of targets], T' <= len(time).

    Raises:
        InputError: If the labels end more than `TOLERANCE` before or after the video.
    """
    stamps = labels["timestamp"].to_numpy()
    if abs(stamps[-1] - time[-1]) > TOLERANCE:
        raise InputError(
            f"labels end at {stamps[-1]:g} s, the video at {time[-1]:g} s",
            file=file,
            row=len(stamps) + 1,
            column="timestamp",
            remedy="pair each recording with its own labels",
        )
    # A hop is labelled if it is not later than the last label, half a millisecond of rounding allowed.
    labelled = time[time <= stamps[-1] + 5e-4]
    return np.stack([np.interp(labelled, stamps, labels[target].to_numpy()) for target in targets], axis=1)
