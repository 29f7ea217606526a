"""Read what OpenFace's FeatureExtraction writes: one CSV per recording, any version that has AU intensities.

Versions differ: 0.2.x has no ``face_id`` and puts blanks behind commas, 1.0 to 2.0 put blanks too, 2.2 puts none;
``-aus`` gives 40 columns, a full run 714 (0.2.x: 431). All are read, and so is what other programs make of them when
they save them: line ends of any kind, a byte order mark, UTF-16, quotes, further columns. What cannot be right is
refused with its place. Rows are counted as an editor counts them: the header is row 1.

Reading is fast on the assumption that all is well (one pass, a few columns of many). Only when a check fails is the
file read again, cell by cell (`onefilter.text`), to name the first cell that is at fault.
"""

import io
import logging
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from onefilter.corpus.clock import (
    FRAME_RATES,
    LATEST_START,
    LONGEST_GAP,
    NO_RATE,
    check_pace,
    check_rate,
    contradiction,
    drift_of,
    exactly,
    fitting_pace,
    give_rate,
    in_seconds,
    likely_pace,
    lost_time,
    per_frame,
    slow_clock,
    steady_pace,
)
from onefilter.corpus.formats.source import Request, Source, open_source
from onefilter.corpus.openface_format import (
    WHOLE,
    bounds_of,
    column_of,
    columns_for,
    columns_of,
    read_cells,
    separator_of,
    spare_of,
)
from onefilter.errors import InputError, plain
from onefilter.names import OPENFACE, SIGNALS
from onefilter.text import Form, is_empty, number, parse_table, shown, without_empty_lines

logger = logging.getLogger("onefilter")

Floats = npt.NDArray[np.float64]

TOOL: Final = OPENFACE
SCALE: Final = "intensities of 0..5"
COLUMNS: Final = ("timestamp", "success", *SIGNALS)
"""What reading gives unless other signals are asked for: seconds, 0 or 1, and the 18 signals."""

_AGAIN: Final = "run OpenFace again"
_OWN: Final = re.compile(r"AU\d\d_[rc]")
_LONE_QUOTE: Final = re.compile(rb'[,\t\n]"([,\t\r\n]|\Z)')
_FIRST_UNIT: Final = b"AU01_r"
_MOSTLY: Final = 0.95
"""Share of a file's rows that are there once."""
_HIGHEST: Final = 50
"""Rows in which a header is looked for that is not in the first one."""


@dataclass(frozen=True)
class _File:
    """A file's content and its columns."""

    path: Path
    columns: list[str]
    content: bytes
    separator: str
    start: int
    """Of the header (`Source.start`)."""
    above: int
    """Lines above it that are not empty (`Source.above`)."""
    signals: Sequence[str]
    """Those that are read."""

    @property
    def wanted(self) -> list[str]:
        """The columns that are read, as the file names them."""
        first = [name for name in ("frame", "face_id") if name in self.columns]
        return [*first, *columns_for(self.signals)]


def recognise(columns: Sequence[str]) -> bool:
    """Tell OpenFace's files by intensities, or by what is always there."""
    intensities = any(name.endswith("_r") and _OWN.fullmatch(name) for name in columns)
    return intensities or {"timestamp", "confidence", "success"} <= set(columns)


def read_openface(
    path: Path, *, fps: float | None = None, face: int | None = None, signals: Sequence[str] = SIGNALS
) -> pl.DataFrame:
    """Read one recording from its path; see `read`."""
    return read(open_source(path, remedy=_AGAIN), Request(signals, fps, face))


def read(source: Source, request: Request) -> pl.DataFrame:
    """Read one recording.

    Args:
        source: The CSV.
        request: Its ``fps`` is for files whose timestamps are not seconds; time is then counted in frames, from the
            video's first one (``frame`` 1, or 0 where a file counts from 0). Its ``face`` is a ``face_id``.

    Returns:
        ``timestamp`` (seconds), ``success`` (0 or 1) and the signals, one row per frame, time increasing.

    Raises:
        InputError: If the file is not such a CSV, lacks a signal, or holds a value that cannot be right.
    """
    file, (signals, fps, face) = _open(source, request.signals), request
    path = file.path
    whole = table = _parse(file, timed=fps is None)
    if "face_id" in file.columns:
        table = _one_face(file, table, face)
    elif face is not None:
        raise InputError(f"has no face_id, but face {face} is asked for", file=path, remedy="leave `face` empty")
    if fps is not None:
        table = _count(file, whole, table, fps)
    _check_time(file, table, fps=fps)
    _check_start(file, whole, table, fps=fps)
    if face is not None:
        _note_on_end(file, whole, table, face)
    columns = {column_of(signal): signal for signal in signals}
    return table.rename(columns).select("timestamp", "success", *signals)


def _open(source: Source, signals: Sequence[str]) -> _File:
    """Check that the header is one that can be used."""
    path, content, start, head = source.path, source.content, source.start, source.head
    if _FIRST_UNIT not in head:
        _look_below(content, file=path)
    columns = columns_of(head, file=path, row=source.row, signals=signals)
    # Empty lines at the end are cut off, so that every line is a row.
    end = len(content)
    while (last := content.rfind(b"\n", start, end)) >= 0 and is_empty(content[last + 1 : end]):
        end = last
    if end < len(content) - 1 or content.endswith((b"\r\n", b"\r")):
        content = content[:end].rstrip(b"\r")
    if len(content) <= start + len(head) + 1:
        raise InputError("holds a header and no frames", file=path, remedy=_AGAIN)
    return _File(path, columns, content, separator_of(head), start, source.above, signals)


def _look_below(content: bytes, *, file: Path) -> None:
    """Refuse a header that is below other lines, and say where it is."""
    lines = content.split(b"\n", _HIGHEST)[:_HIGHEST]
    below = next((row for row, line in enumerate(lines, start=1) if _FIRST_UNIT in line), None)
    if below is not None:
        first = shown(lines[0].decode(errors="replace").strip())
        what = f"{first} is not the header, which is in row {below}"
        raise InputError(what, file=file, row=1, remedy="delete the rows above the header")


def _parse(file: _File, *, timed: bool = True) -> pl.DataFrame:
    """Read the wanted columns, and the column ``row``; if not `timed`, timestamps that are none are NaN.

    Raises:
        InputError: For the first cell that cannot be right.
    """
    wanted, columns = file.wanted, file.columns
    if b'"' in file.content and _LONE_QUOTE.search(file.content):
        # Polars panics at such a cell.
        return _parse_slowly(file, timed=timed)
    # Names that are there twice are none of the wanted ones; the place tells them apart.
    names = [name if name in wanted else f"{place}:{name}" for place, name in enumerate(columns)]
    found = without_empty_lines(file.content)
    content, rows = found or (file.content, None)
    lead = file.above + 1
    schema = {name: pl.Float64() if name in wanted else pl.String() for name in names}
    try:
        table = (
            pl.scan_csv(io.BytesIO(content), has_header=False, skip_rows=lead, schema=schema, separator=file.separator)
            .select(*wanted, pl.col(names[-1]).is_not_null().alias("complete"))
            .with_row_index("row", offset=lead + 1)
            .collect()
        )
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return _parse_slowly(file, timed=timed)
    # A first line for spreadsheets holds the separator.
    start = content.find(b"\n") + 1 if file.above else 0
    separators = np.count_nonzero(np.frombuffer(content, np.uint8, offset=start) == ord(file.separator))
    ends = int(content.endswith(b"\n"))
    values = table.select(wanted).to_numpy()
    low, high = np.array([bounds_of(name) for name in wanted]).T
    if (
        separators != (table.height + 1) * (len(columns) - 1)
        # Line ends within cells: rows are counted as an editor does.
        or np.count_nonzero(np.frombuffer(content, np.uint8, offset=start) == ord("\n")) - ends != table.height
        or not (table["complete"].all() or _OWN.fullmatch(columns[-1]) is None)
        # A comparison with NaN is false.
        or not ((values.min(axis=0) >= low) & (values.max(axis=0) <= high)).all()
        or any((table[name].to_numpy() % 1).any() for name in WHOLE if name in wanted)
    ):
        return _parse_slowly(file, timed=timed)
    return table if rows is None else table.with_columns(row=pl.Series(rows[lead:], dtype=table["row"].dtype))


def _parse_slowly(file: _File, *, timed: bool = True) -> pl.DataFrame:
    """Do what `_parse` does, cell by cell: name the first one that cannot be right, or read them all the same."""
    form = Form(file.wanted, separator=file.separator, spare=spare_of(file.columns, file.signals), repair=_AGAIN)
    # Numbers are written alike in all encodings: which one other columns are in does not matter.
    content = file.content.decode(errors="replace").encode()
    source = parse_table(content, form, file=file.path)
    timed = timed or "frame" not in file.columns
    values = read_cells(source, [name for name in file.wanted if timed or name != "timestamp"])
    if not timed:
        place = source.header.index("timestamp")
        stamps = [(row, number(fields[place])) for row, fields in source]
        values["timestamp"] = [math.nan if stamp is None else stamp for _, stamp in stamps]
        none = [row for row, stamp in stamps if stamp is None]
        if none:
            name = plain(str(file.path), longest=200, keep_end=True)
            told = "%s: %d of %d timestamps are no numbers (the first in row %d): time is counted in frames"
            logger.warning(told, name, len(none), len(stamps), none[0])
    last = file.columns[-1]
    for row, fields in source:
        if not fields[-1] and _OWN.fullmatch(last):
            raise source.error("is empty", row=row, column=last, remedy="is the row cut off? Delete it")
    return pl.DataFrame({"row": [row for row, _ in source.lines], **values})


def _one_face(file: _File, table: pl.DataFrame, face: int | None) -> pl.DataFrame:
    """Take the one face, or the one that is asked for."""
    faces = [int(value) for value in table["face_id"].unique().sort()]
    if face is None and len(faces) > 1:
        first = int((table["face_id"] != table["face_id"][0]).arg_max() or 0)
        raise InputError(
            f"shows {len(faces)} faces (face_id {', '.join(map(str, faces))})",
            file=file.path,
            row=int(table["row"][first]),
            column="face_id",
            remedy="say which one in the column `face` of the recordings table (or --face)",
        )
    if face is None:
        return table
    if face not in faces:
        raise InputError(
            f"has no face {face}, only {', '.join(map(str, faces))}",
            file=file.path,
            column="face_id",
            remedy="correct `face` in the recordings table (or --face)",
        )
    return table.filter(pl.col("face_id") == face)


def _count(file: _File, whole: pl.DataFrame, table: pl.DataFrame, fps: float) -> pl.DataFrame:
    """Count time in frames, from the video's first one, whatever rows are left of it."""
    if "frame" not in file.columns:
        raise InputError("has no column frame, but fps is given", file=file.path, remedy="leave `fps` empty")
    check_rate(fps, file=file.path)
    known = table.filter(pl.col("timestamp").is_finite())
    if known.height > 1:
        _check_given_rate(file, known["frame"].to_numpy(), known["timestamp"].to_numpy(), fps)
    first = 0.0 if whole["frame"].min() == 0 else 1.0
    return table.with_columns(((pl.col("frame") - first) / fps).alias("timestamp"))


def _check_given_rate(file: _File, frames: Floats, clock: Floats, fps: float) -> None:
    """Refuse a frame rate that the timestamps contradict, or say what makes one doubt it."""
    pace = fitting_pace(frames, clock)
    steady = steady_pace(frames, clock) if pace is None else None
    forward = bool((np.diff(clock) > 0).all())
    if pace is not None and (wrong := contradiction(pace, fps, forward=forward)):
        raise InputError(wrong[0], file=file.path, column="timestamp", remedy=wrong[1])
    if steady is not None and (wrong := contradiction(steady, fps, forward=False, where="in places")):
        raise InputError(wrong[0], file=file.path, column="timestamp", remedy=wrong[1])
    if pace is not None and (lost := lost_time(frames, in_seconds(clock, pace.unit), pace)):
        raise InputError(lost, file=file.path, column="frame", remedy=NO_RATE)
    if pace is None and np.diff(frames).min() > 0:
        found = slow_clock(frames, clock, fps) or drift_of(frames, clock, fps)
        if found is not None:
            logger.warning("%s: %s", plain(str(file.path), longest=200, keep_end=True), found)


def _note_on_end(file: _File, whole: pl.DataFrame, table: pl.DataFrame, face: int) -> None:
    """Say that a face is not seen to the end of the video, beyond which nothing is known of it."""
    rows = int(whole["row"][-1]) - int(table["row"][-1])
    last = whole["frame"][-1] if "frame" in whole.columns else None
    if rows and (last is None or last - table["frame"][-1] > LATEST_START * FRAME_RATES[0]):
        name = plain(str(file.path), longest=200, keep_end=True)
        logger.warning("%s: face %d is last seen at %g s; the video goes on without it", name, face,
                       table["timestamp"][-1])  # fmt: skip


def _give_rate(table: pl.DataFrame) -> str:
    """Say how the frame rate is given: the one that ``frame`` and the timestamps mean together, if they do."""
    if "frame" not in table.columns:
        return give_rate()
    frames, clock = table["frame"].to_numpy(), table["timestamp"].to_numpy()
    return give_rate(likely_pace(frames, clock) or steady_pace(frames, clock))


def _sorting(table: pl.DataFrame) -> str | None:
    """Say what to do about rows that are there twice, or in another order than ``frame`` and time have together."""
    by_frame = table.sort("frame", maintain_order=True)
    frames, time = by_frame["frame"].to_numpy(), by_frame["timestamp"].to_numpy()
    again = np.diff(frames) == 0
    if (np.diff(time)[~again] <= 0).any() or again.mean() > 1 - _MOSTLY:
        return None
    # Rows of other faces or recordings have the same numbers of frames, and other contents.
    if np.diff(by_frame.drop("row", "complete", strict=False).to_numpy(), axis=0)[again].any():
        return None
    doubled = f"delete the rows that are there twice (frame {frames[1:][again][0]:g})" if again.any() else ""
    sort = "" if (np.diff(table["frame"].to_numpy()) >= 0).all() else "sort the rows by frame"
    return " and ".join(filter(None, (doubled, sort))) or None


def _stops(file: _File, table: pl.DataFrame, at: int, *, fps: float | None) -> InputError:
    """Say that time does not move forward at a row, and why."""
    time, counts = table["timestamp"].to_numpy(), "frame" in table.columns
    column = "timestamp" if fps is None else "frame"
    remedy = "several faces or files were joined: give one recording per file"
    if fps is None and counts and (np.diff(table["frame"].to_numpy()) > 0).all():
        # The video goes on: only its clock does not.
        rate = _give_rate(table)
        if time[at] < time[at - 1] and (at < 2 or time[at] > time[at - 2]) and not (np.diff(time)[at:] < 0).any():
            at -= 1
            return InputError(
                f"time leaps to {time[at]:g}, and back to {time[at + 1]:g}",
                file=file.path,
                row=int(table["row"][at]),
                column=column,
                remedy=f"delete the row, or {rate}",
            )
        known = "are rounded or repeated" if time.min() < time.max() else "are all the same"
        remedy = f"the clock was set back: {rate}" if time[at] < time[at - 1] else f"timestamps {known}: {rate}"
    if fps is None and counts:
        remedy = _sorting(table) or remedy
    if (np.diff(time) < 0).all() and not (fps is None and counts and table["frame"][0] < table["frame"][-1]):
        remedy = "the last frame comes first: sort the rows by time"
    how = "goes back" if time[at] < time[at - 1] else "stands still"
    return InputError(
        f"time {how}: {time[at]:g} after {time[at - 1]:g}",
        file=file.path,
        row=int(table["row"][at]),
        column=column,
        remedy=remedy,
    )


def _check_time(file: _File, table: pl.DataFrame, *, fps: float | None) -> None:
    """Refuse time that does not move forward at the pace of a video."""
    time = table["timestamp"].to_numpy()
    steps = np.diff(time)
    if not len(steps):
        return
    if steps.min() <= 0:
        raise _stops(file, table, int(np.argmax(steps <= 0)) + 1, fps=fps)
    stride = passed = None
    if "frame" in table.columns:
        frames = table["frame"].to_numpy()
        stride, counted = float(np.median(np.diff(frames))), frames[-1] - frames[0]
        passed = per_frame(frames, time) if counted > 0 else None
    check_pace(float(np.median(steps)), file=file.path, stride=stride, per_frame=passed)
    if steps.max() > LONGEST_GAP:
        at = int(np.argmax(steps > LONGEST_GAP)) + 1
        raise InputError(
            f"no frame for {steps[at - 1]:g} s: {time[at]:g} after {time[at - 1]:g}",
            file=file.path,
            row=int(table["row"][at]),
            column="timestamp",
            remedy=f"cut the recording there (gaps up to {LONGEST_GAP:g} s are bridged)",
        )


def _check_start(file: _File, whole: pl.DataFrame, table: pl.DataFrame, *, fps: float | None) -> None:
    """Refuse time that begins late: nothing is known of the person before."""
    start, row = float(table["timestamp"][0]), int(table["row"][0])
    if 0 <= start <= LATEST_START:
        return
    frame = float(table["frame"][0]) if "frame" in table.columns else None
    place, late = ("timestamp", start) if fps is None or frame is None else ("frame", frame - 1)
    subtract = f"subtract {exactly(late)} from all {place}s" if late > 0 else f"add {exactly(-late)} to all {place}s"
    again = f"cut the video so that it begins there and run OpenFace again, or {subtract}"
    remedy = f"{again} (up to {LATEST_START:g} s is accepted); turns and labels must begin there, too"
    if place == "timestamp" and row == int(whole["row"][0]) and frame in {0.0, 1.0}:
        # The video begins here, its clock began elsewhere: a camera that was slow to start, or the time of day.
        rate = _give_rate(table)
        remedy = f"cut off what the clock shows before the first frame: {subtract}, or {rate}"
    who = f" (face {table['face_id'][0]:g} comes in there)" if row != int(whole["row"][0]) else ""
    raise InputError(f"time begins at {start:g} s{who}", file=file.path, row=row, column=place, remedy=remedy)
