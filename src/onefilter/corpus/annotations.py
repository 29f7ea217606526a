"""Read what people noted: labels at a fixed rate, and the speaker's turns.

Labels are a CSV with a header, ``timestamp`` (seconds from 0 at a constant step, 10 Hz in SEWA) and one column per
target in -1..1. Turns are a CSV with the header ``begin,end`` (seconds): when the recorded person speaks. Both are also
read as the AVEC challenges have them (`onefilter.corpus.avec`): separated by ``;``, with the recording's name in
front of labels, and with or without a header.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from onefilter.errors import InputError

Floats = npt.NDArray[np.float64]
Layout = Literal["csv", "avec"]

TOLERANCE: Final = 1.0
"""Labels may end this much (seconds) before or after the video."""
_BARE_LABELS: Final = ("name", "timestamp", "arousal", "valence", "liking")
"""Columns of the challenge's labels, which may have no header."""


def read_labels(path: Path, targets: Sequence[str], *, layout: Layout = "csv") -> pl.DataFrame:
    """Read one recording's labels.

    Args:
        path: The file.
        targets: Which columns to read.
        layout: ``csv`` or ``avec``.

    Returns:
        Columns ``timestamp`` (seconds) and the targets (-1..1), one row per label.

    Raises:
        InputError: For the first value that is at fault.
    """
    table, first = _read_numbers(path, ("timestamp", *targets), "labels", bare=_BARE_LABELS, layout=layout)
    time = table["timestamp"].to_numpy()
    for target in targets:
        values = table[target].to_numpy()
        outside = np.abs(values) > 1
        if outside.any():
            row = int(np.argmax(outside))
            raise InputError(
                f"label {values[row]:g} lies outside -1..1",
                file=path,
                row=row + first,
                column=target,
                remedy="scale the annotations to -1..1",
            )
        if len(values) > 1 and np.ptp(values) == 0:
            raise InputError(
                f"all labels are {values[0]:g}: nothing can be learned from or scored on them",
                file=path,
                column=target,
                remedy="mend the file, or set the recording's partition to unlabelled",
            )
    steps = np.diff(time)
    if len(steps) and (steps.min() <= 0 or np.ptp(steps) > 0.002):
        at = int(np.argmax((steps <= 0) | (np.abs(steps - np.median(steps)) > 0.001)))
        raise InputError(
            f"time steps by {steps[at]:g} s, elsewhere by {np.median(steps):g} s",
            file=path,
            row=at + first + 1,
            column="timestamp",
            remedy="give labels at a constant rate (10 Hz)",
        )
    if len(time) and abs(time[0]) > TOLERANCE:
        raise InputError(
            f"labels begin at {time[0]:g} s", file=path, row=first, column="timestamp", remedy="let time begin at 0"
        )
    return table


def read_turns(path: Path, *, layout: Layout = "csv") -> pl.DataFrame:
    """Read one recording's turns: columns ``begin`` and ``end`` (seconds); there may be none.

    Args:
        path: The file.
        layout: ``csv`` or ``avec``.

    Raises:
        InputError: For the first value that is at fault.
    """
    table, first = _read_numbers(path, ("begin", "end"), "turns", bare=("begin", "end"), layout=layout, empty=True)
    backwards = (table["end"] < table["begin"]).to_numpy()
    if backwards.any():
        row = int(np.argmax(backwards))
        begin, end = table["begin"][row], table["end"][row]
        raise InputError(
            f"the turn ends at {end:g} s, before it begins at {begin:g} s",
            file=path,
            row=row + first,
            column="end",
            remedy="swap or correct them",
        )
    return table


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


def _read_numbers(
    path: Path, columns: Sequence[str], what: str, *, bare: Sequence[str], layout: Layout, empty: bool = False
) -> tuple[pl.DataFrame, int]:
    """Read finite numbers of some columns.

    Args:
        path: The file.
        columns: The columns wanted.
        what: What they are, for messages.
        bare: The file's columns if it has no header, which the layout ``avec`` allows.
        layout: ``csv`` or ``avec``.
        empty: Whether there may be no rows.

    Returns:
        The table, and the file's row that its first row is.
    """
    separator = "," if layout == "csv" else ";"
    expected = separator.join(columns if layout == "csv" else bare)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(
            f"cannot be read ({error.strerror})", file=path, remedy="check the path in the recordings table"
        ) from error
    except UnicodeDecodeError as error:
        raise InputError("is not UTF-8 text", file=path, remedy="save it as CSV in UTF-8") from error
    lines = text.rstrip().splitlines()
    if not lines and not (empty and layout == "avec"):
        raise InputError("is empty", file=path, remedy=f"give {what} with the header {expected}")
    header = [name.strip() for name in lines[0].split(separator)] if lines else list(bare)
    first = 2
    if layout == "avec" and not any(name in bare for name in header):
        header, first = list(bare), 1
    missing = [name for name in columns if name not in header]
    if missing:
        raise InputError(
            f"lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}",
            file=path,
            row=1,
            remedy=f"give {what} with the header {expected}, separated by '{separator}'",
        )
    values: dict[str, list[float]] = {name: [] for name in columns}
    for row, line in enumerate(lines[first - 1 :], start=first):
        fields = [field.strip() for field in line.split(separator)]
        if len(fields) != len(header):
            raise InputError(
                f"has {len(fields)} fields where {'the header has' if first > 1 else 'there should be'} {len(header)}",
                file=path,
                row=row,
                remedy="is the row cut off, or are there decimal commas?",
            )
        for name in columns:
            field = fields[header.index(name)]
            try:
                value = float(field)
            except ValueError:
                value = np.nan
            if not np.isfinite(value):
                raise InputError(
                    f"{field!r} is not a finite number", file=path, row=row, column=name, remedy="mend or delete it"
                )
            values[name].append(value)
    if not values[columns[0]] and not empty:
        raise InputError(f"holds a header and no {what}", file=path, remedy="mend the file")
    return pl.DataFrame(values, schema=dict.fromkeys(columns, pl.Float64)), first
