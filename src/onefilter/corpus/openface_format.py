"""What OpenFace's FeatureExtraction writes: columns, bounds of values, what is wrong with a cell.

Shared by those who read whole files (`onefilter.corpus.openface`) and those who follow one as it grows
(`onefilter.live.sources`). Standard library only.
"""

import math
import re
from pathlib import Path
from typing import Final

from onefilter.errors import InputError
from onefilter.names import AUS

INTENSITY: Final = (0.0, 5.0)
"""Bounds of an AU intensity."""
FRAME_RATES: Final = (4.0, 250.0)
"""Frames per second that a video can have."""
LATEST_START: Final = 1.0
"""A recording begins at most this late (seconds)."""
LONGEST_GAP: Final = 10.0
"""Frames may be missing for at most this long (seconds); OpenFace writes a row for lost frames, too."""

_INTENSITY_COLUMN: Final = re.compile(r"AU\d\d_r")
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def columns_of(head: bytes, *, file: Path | str) -> list[str]:
    """Read the first line's column names.

    Args:
        head: The file's first line.
        file: Its name, for messages.

    Raises:
        InputError: If it is not the header of an OpenFace file that can be used.
    """
    header = head.decode("utf-8-sig", errors="replace").strip()
    columns = [name.strip() for name in header.split(",")]
    if len(columns) == 1 and ";" in header:
        raise InputError(
            "fields are separated by ';'",
            file=file,
            row=1,
            remedy="OpenFace separates by ',': give its own output, not a spreadsheet's",
        )
    names = set(columns)
    units = [f"{unit}_r" for unit in AUS]
    if "face" in names and "timestamp" not in names:
        raise InputError(
            "is the output of FaceLandmarkImg (single images, no time)",
            file=file,
            row=1,
            remedy="run FeatureExtraction on the video",
        )
    if not any(_INTENSITY_COLUMN.fullmatch(name) for name in names):
        if any(re.fullmatch(r"AU_?\d+", name, re.IGNORECASE) for name in names):
            raise InputError(
                "is the output of OpenFace 3, whose 8 action units are not intensities on the scale 0..5",
                file=file,
                row=1,
                remedy="run OpenFace 2 (FeatureExtraction -aus)",
            )
        raise InputError(
            "has no AU intensity columns (AU01_r ... AU45_r)",
            file=file,
            row=1,
            remedy="run FeatureExtraction with -aus, or without any output option",
        )
    for name in ("timestamp", "confidence", "success", *units):
        if name not in names:
            missing = [unit for unit in units if unit not in names] if name in units else [name]
            raise InputError(
                f"lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}",
                file=file,
                row=1,
                remedy="run FeatureExtraction of OpenFace 0.2 to 2.2 with -aus",
            )
    return columns


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
    if _NUMBER.fullmatch(text) is None:
        return f"{text!r} is not a finite number", again
    value = float(text)
    if not math.isfinite(value):
        return f"{text!r} is not a finite number", again
    low, high = INTENSITY if name.endswith("_r") else (0.0, 1.0)
    if name.endswith("_r") and value < low:
        return (
            f"intensity {text} is negative",
            "OpenFace was stopped before it calibrated the AUs: run it to the end of the video",
        )
    if (name.endswith("_r") or name in {"confidence", "success"}) and not low <= value <= high:
        return f"{text} lies outside {low:g}..{high:g}", "this is not OpenFace's own output"
    return None
