"""What OpenFace's FeatureExtraction writes: columns, bounds of values, what is wrong with a cell.

Shared by those who read whole files (`onefilter.corpus.openface`) and those who follow one as it grows
(`onefilter.live.sources`). Standard library only.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from onefilter.errors import InputError
from onefilter.names import AUS
from onefilter.text import Table, fields_of, number, repeated, shown

INTENSITY: Final = (0.0, 5.0)
"""Bounds of an AU intensity."""
FRAME_RATES: Final = (4.0, 250.0)
"""Frames per second that a video can have."""
LATEST_START: Final = 1.0
"""A recording begins at most this late (seconds)."""
LONGEST_GAP: Final = 10.0
"""Frames may be missing for at most this long (seconds); OpenFace writes a row for lost frames, too."""

_INTENSITY_COLUMN: Final = re.compile(r"AU\d\d_r")
_UNITS: Final = tuple(f"{unit}_r" for unit in AUS)
_NEEDED: Final = ("timestamp", "confidence", "success", *_UNITS)
_READ: Final = (*_NEEDED, "frame", "face_id", "turn")
_WITH_AUS: Final = "run FeatureExtraction with -aus, or without any output option"


def columns_of(head: bytes, *, file: Path | str) -> list[str]:
    """Read the first line's column names.

    Args:
        head: The file's first line.
        file: Its name, for messages.

    Raises:
        InputError: If it is not the header of an OpenFace file that can be used.
    """
    text = head.decode("utf-8-sig", errors="replace").strip()
    try:
        columns = fields_of(text, ",")
    except ValueError as error:
        raise InputError(str(error), file=file, row=1, remedy=_WITH_AUS) from error
    found = _kind_of(columns) or _lack_of(columns)
    if found is not None:
        what, remedy = found
        raise InputError(what, file=file, row=1, remedy=remedy)
    twice = repeated([name for name in columns if name in _READ])
    if twice is not None:
        raise InputError(f"has the column {twice} twice", file=file, row=1, remedy="remove or rename one of them")
    return columns


def _kind_of(columns: Sequence[str]) -> tuple[str, str] | None:
    """Say what a file with these columns is instead, and what to do, if it is something else that is known."""
    if len(columns) == 1 and ";" in columns[0]:
        return "fields are separated by ';'", "OpenFace separates by ',': give its own output, not a spreadsheet's"
    if "face" in columns and "timestamp" not in columns:
        return "is the output of FaceLandmarkImg (single images, no time)", "run FeatureExtraction on the video"
    if any(_INTENSITY_COLUMN.fullmatch(name) for name in columns):
        return None
    if any(re.fullmatch(r"AU_?\d+", name, re.IGNORECASE) for name in columns):
        return (
            "is the output of OpenFace 3, whose 8 action units are not intensities on the scale 0..5",
            "run OpenFace 2 (FeatureExtraction -aus)",
        )
    return "has no AU intensity columns (AU01_r ... AU45_r)", _WITH_AUS


def _lack_of(columns: Sequence[str]) -> tuple[str, str] | None:
    """Say which columns are missing, and what to do, if any are: one of time and tracker, or all units at once."""
    missing = [name for name in _NEEDED if name not in columns]
    if not missing:
        return None
    named = missing if missing[0] in _UNITS else missing[:1]
    plural = "s" if len(named) > 1 else ""
    return (f"lacks the column{plural} {', '.join(named)}", "run FeatureExtraction of OpenFace 0.2 to 2.2 with -aus")


def check_pace(step: float, *, file: Path | str) -> None:
    """Refuse timestamps whose median step (seconds) is not that of a video.

    Raises:
        InputError: If it is not, with the frame rate that it would mean.
    """
    slowest, fastest = FRAME_RATES
    if not 1 / fastest <= step <= 1 / slowest:
        raise InputError(
            f"timestamps step by {step:g} s, which is {1 / step:g} frames per second",
            file=file,
            column="timestamp",
            remedy="OpenFace did not know the frame rate: give the true one in the column `fps` of the recordings"
            " table (or --fps)",
        )


def offence(name: str, text: str) -> tuple[str, str] | None:
    """Say what is wrong with one cell and what to do, if anything is."""
    again = "OpenFace failed here: run it again, or delete the row"
    if not text:
        return "is empty", again
    value = number(text)
    if value is None:
        return f"{shown(text)} is not a finite number", again
    low, high = INTENSITY if name.endswith("_r") else (0.0, 1.0)
    if name.endswith("_r") and value < low:
        return (
            f"intensity {text[:20]} is negative",
            "OpenFace was stopped before it calibrated the AUs: run it to the end of the video",
        )
    if (name.endswith("_r") or name in {"confidence", "success"}) and not low <= value <= high:
        return f"{text[:20]} lies outside {low:g}..{high:g}", "this is not OpenFace's own output"
    return None


def read_cells(source: Table, names: Sequence[str], *, remedy: str | None = None) -> dict[str, list[float]]:
    """Read columns of a file cell by cell.

    Args:
        source: The file.
        names: The columns.
        remedy: What to do about a cell that cannot be right, if not what `offence` says.

    Returns:
        Per column, one number per row.

    Raises:
        InputError: For the first cell that cannot be right.
    """
    places = [(name, source.header.index(name)) for name in names]
    values: dict[str, list[float]] = {name: [] for name in names}
    for row, fields in source:
        for name, place in places:
            found = offence(name, fields[place])
            if found is not None:
                raise source.error(found[0], row=row, column=name, remedy=remedy or found[1])
            values[name].append(float(fields[place]))
    return values
