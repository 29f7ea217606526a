"""What OpenFace's FeatureExtraction writes: columns, bounds of values, what is wrong with a cell.

Shared by those who read whole files (`onefilter.corpus.formats.openface`) and those who follow one as it grows
(`onefilter.live.sources`). Standard library and NumPy only.
"""

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from onefilter.corpus.clock import give_rate
from onefilter.errors import InputError
from onefilter.names import AUS, GAZE, POSE, PRESENCES, SIGNALS, listed_signals
from onefilter.text import Table, fields_of, number, repeated, shown

INTENSITY: Final = (0.0, 5.0)
"""Bounds of an AU intensity."""
OPENFACE_SIGNALS: Final = (*SIGNALS, *PRESENCES, *GAZE, *POSE)
"""Signals that OpenFace can write; 0.2 writes no gaze angles."""
_PLACED: Final = (-1e6, 1e6)
"""Bounds of angles and places: what no face exceeds (radians, mm)."""
_FINITE: Final = (-sys.float_info.max, sys.float_info.max)
WHOLE: Final = ("frame", "face_id", "success")
"""Columns whose numbers are whole ones."""

_ALTERED: Final = re.compile(r"(?:.*[^A-Za-z0-9])?AU_?(?P<number>\d\d)_?r", re.IGNORECASE)
"""The name of an intensity that a program has changed."""
_INTENSITY_COLUMN: Final = re.compile(r"AU\d\d_r")
_UNITS: Final = tuple(f"{unit}_r" for unit in AUS)
_CORE: Final = ("timestamp", "confidence", "success", *_UNITS)
_BESIDE: Final = ("frame", "face_id", "turn")
_OPTIONS: Final = (
    (PRESENCES, "run FeatureExtraction with -aus"),
    (GAZE, "run FeatureExtraction of OpenFace 1 or 2 with -gaze"),
    (POSE, "run FeatureExtraction with -pose"),
)
"""What makes OpenFace write a signal."""
_OWN: Final = re.compile(r"AU\d\d_[rc]")
_RUN_OPENFACE: Final = "run OpenFace 2 (FeatureExtraction -aus) on the video"
_UNIT: Final = r"au_?\d+(_intensity)?"
_TOOLS: Final = (
    ("FaceReader", r"video analysis (detailed|state) log|action unit \d\d( - .*)?", None),
    ("FACET (Emotient)", r"(au\d+|joy) evidence", None),
    ("AFFDEX (Affectiva)", r"inner ?brow ?raise|brow ?furrow", None),
    ("MediaPipe or ARKit (blendshapes)", r"brow_?down_?left", None),
    ("iMotions", r"#info|#metadata|eventsource|sampletype", None),
    ("LibreFace", r"frame_time_in_ms|frame_idx|au_1|au_1_intensity|facial_expression", _UNIT),
    ("py-feat", r"facerectx|facescore|happiness|au11", _UNIT),
    ("OpenFace 3", r"gaze_yaw|emotion|au0", _UNIT),
    ("iMotions", r"au18", _UNIT),
    ("another tool", _UNIT, None),
)
"""Tools, columns (in small letters) that tell them, and others that must be there beside them; the first fits."""
_ONE_LINE: Final = "write the names of all columns in one line, and close their quotes"
_WITH_AUS: Final = "run FeatureExtraction with -aus, or without any output option"
_OTHERS: Final = ((";", 1), ("|", 1), (" ", len(AUS)))
"""What else separates fields, and how often it must be there (a title has blanks, too)."""
_EDITED: Final = "a spreadsheet or a script changed it; give the file as OpenFace wrote it"
_FAILED: Final = re.compile(r"[+-]?(nan|inf|infinity|1\.#\w+)(\(\w*\))?", re.IGNORECASE)
"""What programs print for what is no finite number."""
_LONGEST_EDIT: Final = 40
"""Characters of a cell that can be such an edit."""
_MONTH: Final = r"(jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])[a-zé]*\.?"
_EDITS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), what)
    for pattern, what in (
        (rf"\d{{1,4}}[. /-]*{_MONTH}([. /-]*\d+)?|{_MONTH}[. /-]*\d+", "a number became a date"),
        (r"\d{1,4}[./-]\d{1,2}[./-](\d{2,4})?", "a number became a date"),
        (r"\d+:\d+(:\d+)?([.,]\d+)?( ?[ap]m)?", "a number became a time of day"),
        (r"true|false|wahr|falsch|yes|no", "a number became a truth value"),
        (r"n/?a|#n/a|null|none|<na>|nil|missing|-|\.", "a missing value was written"),
        (r"#+|#(value|div/0|ref|num|name|wert|zahl|bezug)[!?]", "a spreadsheet's error was written"),
        (r"[+-]?\d*,\d+", "a decimal comma was written"),
        (r"[+-]?[\d.,]+ ?%", "a percentage was written"),
        (r"[+-]?[$€£¥] ?[\d.,]+|[+-]?[\d.,]+ ?[$€£¥]", "a sum of money was written"),
        (r"[\u2212\u2010-\u2015] ?[\d.,]+", "a dash was written for a minus"),
        (r"\([\d.,]+\)", "a negative number was put in brackets"),
        (r"[+-]?\d{1,3}(['\u2019 \u00a0\u202f.]\d{3})+([.,]\d+)?|\d{1,3}(,\d{3})+\.\d+", "thousands were set apart"),
        (r"[+-]?0x[\da-f]+h?", "a number was written to base 16"),
        (r"(\d+ )?\d+/\d+", "a fraction was written"),
        (r"=.*|'[+-]?[\d.,]+", "a cell of a spreadsheet was written, not its value"),
        (r"[+-]?[0-9][0-9.]*(e[+-]?[0-9]*)?", "a number became too large"),
        (r"[+-]?[\d.,]+", "digits of another script were written"),
    )
)
"""Cells that OpenFace never writes, and how they came about."""


def separator_of(head: bytes) -> str:
    """Give what separates the fields of the first line: commas as OpenFace writes them, or tabs."""
    return "\t" if b"\t" in head and b"," not in head else ","


def column_of(signal: str) -> str:
    """Name the column of a signal in OpenFace's files."""
    return f"{signal}_r" if signal in AUS else signal


def columns_for(signals: Sequence[str]) -> tuple[str, ...]:
    """Name the columns that must be there to read some signals: those of time and tracker, then the signals' own."""
    own = [column_of(signal) for signal in signals]
    return ("timestamp", *(name for name in own if name == "confidence"), "success",
            *(name for name in own if name != "confidence"))  # fmt: skip


def bounds_of(column: str) -> tuple[float, float]:
    """Give the lowest and the highest value that a column of OpenFace's can have."""
    if column.endswith("_r"):
        return INTENSITY
    if column in GAZE or column in POSE:
        return _PLACED
    return (0.0, 1.0) if column in PRESENCES or column in {"confidence", "success"} else _FINITE


def lacking(signals: Sequence[str], has: Sequence[str]) -> str:
    """Say which signals a file lacks, and which it has."""
    named = listed_signals(signals)
    return f"lacks the signal{'s' if ',' in named else ''} {named}; it has {listed_signals(has)}"


def columns_of(head: bytes, *, file: Path | str, row: int = 1, signals: Sequence[str] = SIGNALS) -> list[str]:
    """Read the header's column names.

    Args:
        head: The line.
        file: The file's name, for messages.
        row: The line's number.
        signals: Which signals must be there.

    Raises:
        InputError: If it is not the header of an OpenFace file that can be used.
    """
    text = head.decode("utf-8-sig", errors="replace").strip(" \r\n")
    other = next((mark for mark, least in _OTHERS if text.count(mark) >= least), None)
    if "," not in text and "\t" not in text and other is not None:
        remedy = "OpenFace separates by ',': give its own output, not a spreadsheet's"
        raise InputError(f"fields are separated by {other!r}", file=file, row=row, remedy=remedy)
    if "\r" in text:
        raise InputError("mixes line ends (CR and LF)", file=file, row=row, remedy="save it with one kind of line end")
    if "\0" in text:
        raise InputError("holds NUL bytes", file=file, row=row, remedy="it is damaged, or no text: save it as UTF-8")
    try:
        columns = fields_of(text, separator_of(head))
    except ValueError as error:
        raise InputError(str(error), file=file, row=row, remedy=_ONE_LINE) from error
    needed = columns_for(signals)
    found = None if set(needed) <= set(columns) else _kind_of(columns, needed) or _lack_of(columns, needed)
    if found is not None:
        what, remedy = found
        raise InputError(what, file=file, row=row, remedy=remedy)
    twice = repeated([name for name in columns if name in needed or name in _BESIDE])
    if twice is not None:
        raise InputError(f"has the column {twice} twice", file=file, row=row, remedy="remove or rename one of them")
    return columns


def spare_of(columns: Sequence[str], signals: Sequence[str] = SIGNALS) -> int:
    """Count the last columns that somebody added: rows may lack them, because what is read stands before.

    Args:
        columns: Of the file.
        signals: Which signals are read.
    """
    read = {*columns_for(signals), *_BESIDE}
    added = len(columns)
    while added and not _OWN.fullmatch(columns[added - 1]):
        added -= 1
    # A row that ends with a column that is read may be cut off within it.
    return len(columns) - added if added and columns[added - 1] not in read else 0


def _as_written(match: re.Match[str]) -> str:
    """Give the name of an intensity as OpenFace writes it."""
    return f"AU{match['number']}_r"


def _kind_of(columns: Sequence[str], needed: Sequence[str]) -> tuple[str, str] | None:
    """Say what a file with these columns is instead, and what to do, if it is something else that is known."""
    if "face" in columns and "timestamp" not in columns:
        return "is the output of FaceLandmarkImg (single images, no time)", "run FeatureExtraction on the video"
    names = {name.lower() for name in columns}
    if any(_INTENSITY_COLUMN.fullmatch(name) for name in columns):
        if (
            "confidence" in needed
            and "confidence" not in names
            and {"frame", "success", *(unit.lower() for unit in _UNITS)} <= names
        ):
            return "lacks the column confidence, as the output of pyfaceau does", _RUN_OPENFACE
        return None

    def has(sign: str | None) -> bool:
        return sign is None or any(re.fullmatch(sign, name) for name in names)

    tool = next((tool for tool, sign, beside in _TOOLS if has(sign) and has(beside)), None)
    if tool is not None:
        return f"is the output of {tool}, whose action units are not OpenFace 2's", _RUN_OPENFACE
    if columns[0].startswith("#"):
        return f"is a comment ({shown(columns[0])}), not the header", "delete the lines above the header"
    if {"timestamp", "confidence", "success"} <= set(columns) and not set(needed) & set(_UNITS):
        return None
    if all(number(name) is not None for name in columns):
        return "holds values where the names of the columns should be", "write OpenFace's header above them again"
    # Programs for statistics write names in capitals, or put something before them.
    altered = next((name for name in columns if _ALTERED.fullmatch(name)), None)
    if altered is not None:
        return f"{shown(altered)} is OpenFace's {_ALTERED.sub(_as_written, altered)} in other letters", (
            "give the columns the names that OpenFace wrote"
        )
    if len(columns) == 1:
        return f"{shown(columns[0])} is no header", "the first line must name the columns: delete what is above them"
    begins = shown(", ".join(columns[:10]))
    return f"has no AU intensity columns (AU01_r ... AU45_r), but begins with {begins}", _WITH_AUS


def _lack_of(columns: Sequence[str], needed: Sequence[str]) -> tuple[str, str]:
    """Say which columns are missing, and what to do: one of time and tracker, all units at once, or other signals."""
    missing = [name for name in needed if name not in columns]
    core = [name for name in missing if name in _CORE]
    if core:
        named = core if core[0] in _UNITS else core[:1]
        plural = "s" if len(named) > 1 else ""
        return f"lacks the column{plural} {', '.join(named)}", "run FeatureExtraction of OpenFace 0.2 to 2.2 with -aus"
    has = [signal for signal in OPENFACE_SIGNALS if column_of(signal) in columns]
    remedy = next((how for group, how in _OPTIONS if missing[0] in group), "OpenFace does not write it")
    return lacking(missing, has), f"{remedy}, or do without (corpus.signals)"


def offence(name: str, text: str) -> tuple[str, str] | None:
    """Say what is wrong with one cell and what to do, if anything is."""
    again = "OpenFace failed here: run it again, or delete the row"
    if not text:
        return "is empty", again
    value = number(text)
    if text == name:
        return "is the header once more", "files were joined: give one recording per file"
    if value is None:
        edit = next((what for pattern, what in _EDITS if pattern.fullmatch(text[:_LONGEST_EDIT])), None)
        what = f"{shown(text)} is not a finite number"
        if edit is not None:
            return f"{what}; {edit}", _EDITED
        return what, again if _FAILED.fullmatch(text[:_LONGEST_EDIT]) else f"OpenFace writes no such thing: {_EDITED}"
    low, high = bounds_of(name)
    if name == "success" and value not in (0, 1, 100):
        return f"{text[:20]} is neither 0 nor 1", f"the file was edited: {_EDITED}"
    if name in WHOLE and value % 1 and low <= value <= high:
        return f"{text[:20]} is no whole number", f"the file was edited: {_EDITED}"
    if name.endswith("_r") and value < low:
        return (
            f"intensity {text[:20]} is negative",
            "OpenFace was stopped before it calibrated the AUs: run it to the end of the video",
        )
    if not low <= value <= high:
        lost = high < value <= 1000 * high
        edit = "the decimal point was lost, or the value is in percent" if lost else "the file was edited"
        return f"{text[:20]} lies outside {low:g}..{high:g}", f"{edit}: {_EDITED}"
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
                # Where frames are counted, time can be, too.
                counts = name == "timestamp" and "frame" in source.header
                how = f"{found[1]}; or {give_rate()}" if counts else found[1]
                raise source.error(found[0], row=row, column=name, remedy=remedy or how)
            values[name].append(float(fields[place]))
    return values
