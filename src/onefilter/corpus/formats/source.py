"""A file of frames, before anybody knows which tool wrote it: its bytes, its header, and what readers share.

A reader gives the columns ``timestamp`` (seconds), ``success`` (1 or 0, whether a face was found; null where the format
does not tell) and the signals that it is asked for. Nothing is converted from one scale to another: a signal
has the unit that its tool documents (docs/signals.md). A frame without a face has the values that its tool wrote, or
NaN where it wrote none.
"""

import io
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from onefilter.corpus.clock import LATEST_START, LONGEST_GAP, check_pace, check_rate, exactly
from onefilter.corpus.openface_format import lacking, separator_of
from onefilter.errors import InputError
from onefilter.text import (
    CHECK_PATH,
    GZIP,
    Form,
    decode,
    fields_of,
    is_empty,
    is_hint,
    parse_table,
    read_bytes,
    repeated,
    shown,
    without_empty_lines,
)

Floats = npt.NDArray[np.float64]

_WIDE: Final = (b"\xff\xfe", b"\xfe\xff")
"""How UTF-16 text begins."""
_LOOK: Final = 1 << 16
"""Bytes in which a header ends."""
_UNFIT: Final = "rows do not fit the header, or a quote is not closed"
_GIVE_AGAIN: Final = "give the file as the tool wrote it"


@dataclass(frozen=True)
class Source:
    """A file's bytes and its header.

    Attributes:
        path: Its name.
        content: UTF-8 text whose lines end with LF.
        start: Where the header begins: behind a first line for spreadsheets, if there is one, and empty lines.
    """

    path: Path
    content: bytes
    start: int

    @property
    def head(self) -> bytes:
        """The first line, without what ends it."""
        end = self.content.find(b"\n", self.start)
        return self.content[self.start :] if end < 0 else self.content[self.start : end]

    @property
    def row(self) -> int:
        """Row of the header, as an editor counts it."""
        return 1 + self.content.count(b"\n", 0, self.start)

    @property
    def above(self) -> int:
        """Number of lines above the header that are not empty: a first line for spreadsheets."""
        return sum(not is_empty(line) for line in self.content[: self.start].splitlines())

    @property
    def columns(self) -> list[str]:
        """The fields of the first line as commas or tabs part them; none if they cannot be told."""
        try:
            text = self.head.decode("utf-8-sig", errors="replace").strip(" \r\n")
            return fields_of(text, separator_of(self.head))
        except ValueError:
            return []


class Request(NamedTuple):
    """What is asked of a file.

    Attributes:
        signals: Which signals, in the order of the columns.
        fps: True frame rate, for files whose time is not to be had otherwise; time is then counted in frames.
        face: Which face to take, where the format numbers them.
    """

    signals: Sequence[str]
    fps: float | None = None
    face: int | None = None


class Format(Protocol):
    """How one tool writes its files: a module of this package."""

    @property
    def TOOL(self) -> str:
        """The tool, as model files name it: they say on which tool's signals they were trained."""

    @property
    def SCALE(self) -> str:
        """What the tool's action units are, in a few words; empty if its files are refused."""

    def recognise(self, columns: Sequence[str]) -> bool:
        """Tell the format by the fields of a file's first line."""

    def read(self, source: Source, request: Request) -> pl.DataFrame:
        """Read a file: ``timestamp``, ``success`` and the signals, one row per frame, time increasing.

        Raises:
            InputError: For the first thing that cannot be right, or a signal that the file lacks.
        """


def open_source(path: Path, *, remedy: str, missing: str = CHECK_PATH) -> Source:
    """Read a file's bytes: UTF-8 or UTF-16, packed by gzip or not, lines that end as they like.

    Args:
        path: The file.
        remedy: What to do about an empty one.
        missing: What to do if it is not there.

    Raises:
        InputError: If it cannot be read, is no text, or is empty.
    """
    content = read_bytes(path, missing=missing)
    if content.startswith(_WIDE) or b"\0" in content:
        content = decode(content, file=path).encode()
    source = _source(path, content)
    if is_empty(source.head) and not source.above:
        raise InputError("is empty", file=path, remedy=remedy)
    return source


def look_at(path: Path) -> Source | None:
    """Read the beginning of a file, enough for its header; None if it cannot be read or told, which readers explain."""
    try:
        with path.open("rb") as file:
            content = file.read(_LOOK)
        if content.startswith(GZIP):
            content = zlib.decompressobj(wbits=31).decompress(content, _LOOK)
        if content.startswith(_WIDE):
            content = content[: len(content) // 2 * 2].decode("utf-16", errors="ignore").encode()
    except (OSError, ValueError, zlib.error):
        return None
    return _source(path, content)


def _source(path: Path, content: bytes) -> Source:
    """Find the header."""
    if b"\n" not in content or _holds_rows(content[: content.find(b"\n")]):
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    start = 0
    while end := content.find(b"\n", start) + 1:
        line = content[start:end]
        if not is_empty(line) and (start or not is_hint(line.decode(errors="replace"))):
            break
        start = end
    return Source(path, content, start)


def _holds_rows(line: bytes) -> bool:
    """Tell whether a line is a header and rows that CR parts, and no header that is broken."""
    parts = line.rstrip(b"\r").split(b"\r", 2)
    separator = separator_of(parts[0]).encode()
    return len(parts) > 1 and parts[0].count(separator) == parts[1].count(separator) > 0


def lacks(file: Path | str, signals: Sequence[str], has: Sequence[str], *, row: int | None, remedy: str) -> InputError:
    """Say which signals a file lacks, and which it has."""
    return InputError(lacking(signals, has), file=file, row=row, remedy=f"{remedy}, or do without (corpus.signals)")


class Column(NamedTuple):
    """Where a signal is in a tool's file, and what its values may be."""

    name: str
    low: float
    high: float


@dataclass(frozen=True)
class Cells:
    """Columns of numbers, with the row of each.

    Attributes:
        path: The file.
        rows: Row of each, as an editor counts them [n].
        values: By column, numbers; NaN where a cell is empty [n].
    """

    path: Path
    rows: npt.NDArray[np.int64]
    values: Mapping[str, Floats]

    def blank(self, names: Sequence[str]) -> npt.NDArray[np.bool_]:
        """Tell in which rows all of some columns are empty [n]."""
        found: npt.NDArray[np.bool_] = np.all([np.isnan(self.values[name]) for name in names], axis=0)
        return found

    def check_whole(self, names: Sequence[str]) -> None:
        """Refuse the first number of some columns that is no whole one; empty cells are passed over."""
        for name in names:
            broken = self.values[name] % 1 > 0
            if broken.any():
                at = int(np.argmax(broken))
                what = f"{self.values[name][at]:g} is no whole number"
                raise InputError(what, file=self.path, row=int(self.rows[at]), column=name, remedy=_GIVE_AGAIN)

    def check(self, names: Sequence[str], *, unless: npt.NDArray[np.bool_] | None = None) -> None:
        """Refuse the first empty cell of some columns, but in the rows of `unless`."""
        for name in names:
            empty = np.isnan(self.values[name]) & (True if unless is None else ~unless)
            if empty.any():
                row = int(self.rows[np.argmax(empty)])
                raise InputError("is empty", file=self.path, row=row, column=name, remedy=_GIVE_AGAIN)


def read_columns(source: Source, columns: Sequence[Column]) -> Cells:
    """Read some columns of a plain CSV; empty cells are NaN.

    Raises:
        InputError: If a column is there twice, for a row that is cut off, or the first cell that is no number or lies
            outside its column's bounds.
    """
    header = source.columns
    wanted = [column.name for column in columns]
    twice = repeated([name for name in header if name in wanted])
    if twice is not None:
        raise InputError(f"has the column {twice} twice", file=source.path, row=source.row, remedy=_GIVE_AGAIN)
    names = [name if name in wanted else f"{place}:{name}" for place, name in enumerate(header)]
    content = source.content.rstrip()
    content, lines = without_empty_lines(content) or (content, None)
    above = source.above + 1
    try:
        text = pl.scan_csv(
            io.BytesIO(content), has_header=False, skip_rows=above, schema=dict.fromkeys(names, pl.String()),
            separator=separator_of(source.head), encoding="utf8-lossy",
        ).select(wanted).collect()  # fmt: skip
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise InputError(_UNFIT, file=source.path, row=source.row, remedy=_GIVE_AGAIN) from error
    if text.is_empty():
        raise InputError("holds a header and no frames", file=source.path, remedy="run the tool again")
    rows = np.arange(text.height) + above + 1 if lines is None else np.array(lines)[above : above + text.height]
    if content.count(b"\n") + 1 != text.height + above or b"\r\r" in content:
        # Rows of several lines, or ends of lines that are two for an editor.
        form = Form([column.name for column in columns], separator=separator_of(source.head))
        table = parse_table(source.content.decode(errors="replace").encode(), form, file=source.path)
        rows = np.array([row for row, _ in table.lines])
        if len(rows) != text.height:
            raise InputError(_UNFIT, file=source.path, row=source.row, remedy=_GIVE_AGAIN)
    return Cells(source.path, rows, {column.name: _numbers(text, column, source, rows) for column in columns})


def _numbers(text: pl.DataFrame, column: Column, source: Source, rows: npt.NDArray[np.int64]) -> Floats:
    """Read one column's cells; those that are empty or say that there is none are NaN."""
    cells = text[column.name].fill_null("").str.strip_chars()
    truths = cells.replace({"True": "1", "False": "0", "nan": "", "NaN": ""})  # As pandas writes them.
    values = truths.cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy()
    wrong = (np.isnan(values) & (truths != "").to_numpy()) | np.isinf(values)
    outside = (values < column.low) | (values > column.high)
    if (wrong | outside).any():
        at = int(np.argmax(wrong | outside))
        what = "is not a finite number" if wrong[at] else f"lies outside {column.low:g}..{column.high:g}"
        raise InputError(
            f"{shown(cells[at])} {what}", file=source.path, row=int(rows[at]), column=column.name, remedy=_GIVE_AGAIN
        )
    return np.asarray(values)


def count_time(cells: Cells, frame: str, fps: float) -> Floats:
    """Count time in frames, from the number 0.

    Raises:
        InputError: If no video has that frame rate.
    """
    check_rate(fps, file=cells.path)
    return np.asarray(cells.values[frame] / fps)


def check_time(cells: Cells, time: Floats, column: str) -> None:
    """Refuse time that does not move forward at the pace of a video, or begins late.

    Args:
        cells: The file.
        time: Of its rows (seconds).
        column: What it was read from.

    Raises:
        InputError: At the first row at fault.
    """
    steps = np.diff(time)
    if len(steps) and steps.min() <= 0:
        at = int(np.argmax(steps <= 0)) + 1
        what = "stands still" if steps[at - 1] == 0 else "goes back"
        what = f"time {what}: {time[at]:g} after {time[at - 1]:g}"
        remedy = "give one face and one recording per file, with one row per frame"
        raise InputError(what, file=cells.path, row=int(cells.rows[at]), column=column, remedy=remedy)
    if len(steps):
        check_pace(float(np.median(steps)), file=cells.path)
    if len(steps) and steps.max() > LONGEST_GAP:
        at = int(np.argmax(steps > LONGEST_GAP)) + 1
        raise InputError(
            f"no frame for {steps[at - 1]:g} s: {time[at]:g} after {time[at - 1]:g}",
            file=cells.path, row=int(cells.rows[at]), column=column,
            remedy=f"cut the recording there (gaps up to {LONGEST_GAP:g} s are bridged)",
        )  # fmt: skip
    if not 0 <= time[0] <= LATEST_START:
        raise InputError(
            f"time begins at {exactly(float(time[0]))} s",
            file=cells.path, row=int(cells.rows[0]), column=column,
            remedy=f"let it begin with the video (up to {LATEST_START:g} s is accepted)",
        )  # fmt: skip


def wanted(source: Source, signals: Sequence[str], columns: Mapping[str, Column], *, remedy: str) -> list[Column]:
    """Give the columns of some signals.

    Args:
        source: The file.
        signals: What is asked for.
        columns: Where the tool writes its signals.
        remedy: What to do about one that is not there.

    Raises:
        InputError: If the file lacks any of them, with those that it has.
    """
    header = set(source.columns)
    has = [signal for signal, column in columns.items() if column.name in header]
    missing = [signal for signal in signals if signal not in has]
    if missing:
        raise lacks(source.path, missing, has, row=source.row, remedy=remedy)
    return [columns[signal] for signal in signals]


def no_face(request: Request, file: Path, tool: str) -> None:
    """Refuse a face that is asked for where a tool numbers none."""
    if request.face is not None:
        what = f"{tool} numbers no faces, but face {request.face} is asked for"
        raise InputError(what, file=file, remedy="leave `face` empty")


def gather(cells: Cells, time: Floats, success: Floats | None, names: Mapping[str, str]) -> pl.DataFrame:
    """Lay out what a reader gives.

    Args:
        cells: The file's numbers.
        time: Of its rows (seconds) [n].
        success: Whether a face was found [n]; None if the format does not tell.
        names: By signal, its column.
    """
    known = pl.Series("success", [None] * len(time) if success is None else success, dtype=pl.Float64)
    found = [pl.Series(signal, cells.values[column]) for signal, column in names.items()]
    return pl.DataFrame([pl.Series("timestamp", time), known, *found])
