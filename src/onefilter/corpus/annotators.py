"""Read what several annotators noted of a recording: ratings, each with times of its own.

The column ``annotations`` of the recordings table names them. ``<annotator>`` and ``<target>`` in it stand for parts
of names: ``ratings/<target>/anna_<annotator>.csv``. What is in a file is told by its header, in this order:

- ``annotator`` (or ``rater``) is a column: the *long form*, a row per annotator and moment, with a column per target,
  or with the columns ``target`` and ``value``. With a column ``recording``, a file may hold several recordings.
- The path tells annotator and target, or the annotator alone: a column per target, or one column of ratings.
- The path tells the target alone: one column per annotator (as MuSe's raw annotations and RECOLA's are written).
- It tells neither: one column per target and annotator, ``valence_A1``.

Times are in the column ``timestamp``, ``time`` or ``second``, in seconds unless the configuration says milliseconds
(``gold.time``), or in a column that says its unit: ``time_ms``, ``timestamp (s)``. Files of CARMA and DARMA are known
by their block of lines above the ratings, which ends with ``%%%%%%``; a rating there is the mean of the bin that ends
at its time, and is put into the bin's middle. Empty cells are moments without a rating.
"""

import glob
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from onefilter.corpus.annotations import LONGEST_STEP, MISSING, TOLERANCE, USUAL, Scale, beyond_scale, to_range
from onefilter.errors import InputError, nearest
from onefilter.text import CHECK_PATH, Form, Table, decode, lines_of, number, parse_table, read_bytes, shown

Floats = npt.NDArray[np.float64]
Unit = Literal["s", "ms"]

ANNOTATOR: Final = "<annotator>"
TARGET: Final = "<target>"
PLACEHOLDERS: Final = (ANNOTATOR, TARGET)
"""Parts of a name in the column ``annotations``: any annotator's, the target's."""
FORM: Final = Form((), separator=",", others="\t;", missing=CHECK_PATH)
"""How annotations are written; which columns there are is told by the header."""
SECONDS: Final[Mapping[Unit, float]] = {"s": 1.0, "ms": 1e-3}
"""How many seconds a unit of time is."""
_CLOCK: Final = re.compile(
    r"(?:timestamp|time|seconds?)\s*[_ (\[]*\s*(?P<unit>s|sec|seconds|ms|msec|milliseconds)?[)\]]?", re.IGNORECASE
)
_WHO: Final = ("annotator", "rater")
_VALUES: Final = ("value", "rating")
_NO_RATINGS: Final = frozenset({"", "name", "frame", "segment_id", "recording", "target"})
"""Columns that hold no ratings."""
_NOBODY: Final = frozenset({
    "mean", "average", "avg", "median", "std", "sd", "variance", "gold", "gold_standard", "goldstandard",
    "ewe", "consensus", "fused", "confidence",
})  # fmt: skip
"""What nobody is called, unlike Max: columns that were computed from annotators."""
_ALIKE: Final = 0.8
"""From which similarity on a name is taken for a misspelt one."""
_BLOCK: Final = "Time of Rating"
"""How a file of CARMA or DARMA begins."""
_BLOCK_END: Final = "%%%%%%"
_BUTTON: Final = "B"
"""The column of DARMA that says whether a button was pressed."""


@dataclass(frozen=True)
class Source:
    """A file of annotations.

    Attributes:
        path: Where it is.
        annotator: Whose, if its path tells that; else empty.
        target: Of what, if its path tells that; else empty.
    """

    path: Path
    annotator: str = ""
    target: str = ""


@dataclass(frozen=True)
class Rating:
    """What one annotator noted of one target of one recording.

    Attributes:
        target: Of what.
        annotator: Whose.
        stamps: When [N] (seconds, rising).
        values: What [N], within the target's range; NaN where the cell is empty.
        file: Where it is written.
        column: In which column, for messages.
        rows: In which rows of the file.
        clock: The column of its times.
    """

    target: str
    annotator: str
    stamps: Floats
    values: Floats
    file: Path
    column: str
    rows: Sequence[int]
    clock: str

    def error(self, what: str, *, remedy: str, row: int | None = None, column: str | None = None) -> InputError:
        """Put a message about these ratings together."""
        return InputError(what, file=self.file, row=row, column=column or self.column, remedy=remedy)


@dataclass(frozen=True)
class Reading:
    """How annotations are to be read.

    Attributes:
        targets: Which targets.
        scales: By target, what its numbers mean; `onefilter.corpus.annotations.USUAL` where it is not told.
        time: Unit of times where the header does not say it.
        together: Names of all recordings that list the same file.
    """

    targets: Sequence[str]
    scales: Mapping[str, Scale]
    time: Unit = "s"
    together: Sequence[str] = ()


@dataclass(frozen=True)
class _Content:
    """A file, read and taken apart."""

    table: Table
    content: bytes
    clock: str
    seconds: float
    binned: bool
    scale: tuple[float, float] | None


def sources_of(pattern: str, targets: Sequence[str]) -> list[Source]:
    """Find the files that a cell of the column ``annotations`` names, in the order of targets and names.

    Raises:
        InputError: If no file is like this.
    """
    found = []
    for target in targets if TARGET in pattern else [""]:
        own = pattern.replace(TARGET, target)
        if ANNOTATOR not in own:
            found.append(Source(Path(own), target=target))
            continue
        parts = own.split(ANNOTATOR)
        name = re.compile(
            "([^/]+)".join(map(re.escape, parts[:2])) + "".join(f"\\1{re.escape(part)}" for part in parts[2:])
        )
        matches = {path: name.fullmatch(path) for path in _like(parts)}
        own_files = [Source(Path(path), match[1], target) for path, match in matches.items() if match]
        if not own_files:
            remedy = f"{ANNOTATOR} stands for any name, without folders; {TARGET} for the name of a target"
            raise InputError("no file is named like this", file=own, remedy=remedy)
        found += own_files
    return found


def takes_in(pattern: str, other: str) -> bool:
    """Say whether a cell of the column ``annotations`` stands for another file, or for those of another such cell, too.

    Patterns that name the annotator twice are left to what is found.
    """
    begin, _, end = pattern.partition(ANNOTATOR)
    if ANNOTATOR not in pattern or ANNOTATOR in end or other == pattern or len(other) <= len(begin + end):
        return False
    between = other[len(begin) : len(other) - len(end)]
    return other.startswith(begin) and other.endswith(end) and "/" not in between


def _like(parts: Sequence[str]) -> list[str]:
    """Find the files whose paths are these parts, with anything between them, as the parts are written."""
    pattern = "*".join(map(glob.escape, parts))
    return sorted(glob.glob(pattern))  # noqa: PTH207 - Path.glob would write the paths anew.


def read_ratings(sources: Sequence[Source], recording: str, reading: Reading) -> list[Rating]:
    """Read all annotators of one recording, in the order of targets, files and columns.

    Args:
        sources: Its files.
        recording: Its name.
        reading: How they are read.

    Raises:
        InputError: For the first cell that is at fault, if a target is not rated, or an annotator is there twice.
    """
    found = [rating for source in sources for rating in _read(source, recording, reading)]
    seen: dict[tuple[str, str], Rating] = {}
    for rating in found:
        earlier = seen.setdefault((rating.target, rating.annotator), rating)
        if earlier is not rating:
            where = f"{earlier.file}, column {earlier.column}"
            raise rating.error(
                f"annotator {shown(rating.annotator)} has rated {rating.target} in {where} already",
                remedy="give every annotator one column, and a name of their own",
            )
    missing = next((target for target in reading.targets if target not in {each.target for each in found}), None)
    if missing is not None:
        raise InputError(
            f"nobody has rated {missing}",
            file=sources[0].path,
            column=missing,
            remedy="add the ratings, drop the target (targets: null), or set the recording's partition to unlabelled",
        )
    return [rating for target in reading.targets for rating in found if rating.target == target]


def check_video(rating: Rating, *, video: float) -> None:
    """Hold ratings against the video; what is not rated is no mistake.

    Args:
        rating: One annotator's.
        video: Time of the last hop (seconds).

    Raises:
        InputError: If they end behind the video, or are too far apart to be interpolated; the likely unit is named.
    """
    stamps = rating.stamps
    last, step = float(stamps[-1]), float(np.median(np.diff(stamps)))
    if video / 2 <= last * 60 <= video + TOLERANCE:
        what = f"ratings end at {last:.6g} s, the video at {video:g} s"
        remedy = "they look like minutes: multiply their times by 60"
        raise rating.error(what, row=rating.rows[-1], column=rating.clock, remedy=remedy)
    if last > video + TOLERANCE + 0.1:
        fits = video / 4 <= last / 1000 <= video + TOLERANCE + 0.1
        remedy = (
            "they look like milliseconds: say so, by gold.time: ms or by the column's name, timestamp_ms"
            if fits
            else "pair each recording with its own annotations, and leave out what lies behind its end"
        )
        what = f"ratings end at {last:.12g} s, the video at {video:g} s"
        raise rating.error(what, row=rating.rows[-1], column=rating.clock, remedy=remedy)
    if video / 2 <= last * 1000 <= video + TOLERANCE:
        what = f"ratings end at {last:.6g} s, the video at {video:g} s"
        remedy = "they look like seconds that are read as milliseconds: set gold.time: s, or correct the column's name"
        raise rating.error(what, row=rating.rows[-1], column=rating.clock, remedy=remedy)
    if step > 1.05 * LONGEST_STEP:
        raise rating.error(
            f"ratings are {step:.6g} s apart; what lies between two is interpolated over {LONGEST_STEP:g} s at most",
            column=rating.clock,
            remedy="export them at a higher rate, or leave the annotator out",
        )


def _read(source: Source, recording: str, reading: Reading) -> list[Rating]:
    """Read one file."""
    file = (_open_once if len(reading.together) > 1 else _open)(source.path, reading.time)
    table = file.table
    who = next((name for name in _WHO if name in table.header), None)
    if not table.lines:
        raise table.error("holds a header and no ratings", remedy="correct the file")
    if "recording" in table.header:
        file = replace(file, table=_of_recording(table, recording, reading.together))
    elif len(reading.together) > 1:
        raise table.error(
            f"is listed by {len(reading.together)} recordings, {reading.together[0]} and {reading.together[1]} say",
            remedy="give each a file of its own, or the file a column recording",
        )
    if who is not None:
        return _long(file, source, who, reading)
    left_out = {file.clock, *([_BUTTON] if file.binned else []), *_NO_RATINGS}
    columns = _columns(table, source, reading.targets, [name for name in table.header if name not in left_out])
    numbers, rows = _numbers(file, list(columns))
    stamps = numbers.pop(file.clock)
    _check_forward(stamps, rows, file)
    return [
        _rating(target, annotator, stamps, numbers[column], column, rows, file, reading)
        for column, (target, annotator) in columns.items()
    ]


def _rating(
    target: str, annotator: str, stamps: Floats, values: Floats, column: str, rows: Sequence[int], file: _Content,
    reading: Reading,
) -> Rating:  # fmt: skip
    """Bring ratings to seconds and to the target's range."""
    scale = reading.scales.get(target, USUAL)
    table, written = file.table, file.scale
    if written is not None and written != scale.written:
        low, high = scale.written
        raise table.error(
            f"was annotated on {written[0]:g}..{written[1]:g}, and {target} is on {low:g}..{high:g}",
            column=column,
            remedy=f"set `targets.{target}.scale: [{written[0]:g}, {written[1]:g}]`",
        )
    wrong = beyond_scale(values, target, scale)
    if wrong is not None:
        place, what, remedy = wrong
        raise table.error(what, row=rows[place], column=column, remedy=remedy)
    seconds = stamps * file.seconds
    if file.binned and len(seconds) > 1:
        seconds = seconds - np.median(np.diff(seconds)) / 2
    if len(seconds) < 2:
        raise table.error(f"holds one rating of {annotator or 'its annotator'}", column=column,
                          remedy="two at least are needed; correct the file")  # fmt: skip
    return Rating(target, annotator, seconds, to_range(values, scale), Path(table.file), column, rows, file.clock)


def _long(file: _Content, source: Source, who: str, reading: Reading) -> list[Rating]:
    """Read the long form: one row per annotator and moment, or per annotator, target and moment."""
    table, header = file.table, file.table.header
    by_row = "target" in header and not source.target
    names = [source.target] if source.target else list(reading.targets)
    single = next((each for each in _VALUES if each in header), "")
    columns = {name: name for name in names if name in header}
    if by_row or (not columns and len(names) == 1):
        columns = dict.fromkeys(names, single)
    if not columns or "" in columns.values():
        wanted = "value" if by_row or source.target else " or ".join(names)
        raise table.error(f"has no column {wanted}", row=table.header_row, remedy="name the columns of ratings so")
    numbers, rows = _numbers(file, list(dict.fromkeys(columns.values())))
    cells = [fields for _, fields in table]
    raters = np.array([fields[header.index(who)] for fields in cells])
    kinds = np.array([fields[header.index("target")] if by_row else "" for fields in cells])
    empty = np.flatnonzero(raters == "")
    if len(empty):
        raise table.error("is empty", row=rows[int(empty[0])], column=who, remedy="name the annotator")
    if by_row:
        _check_kinds(table, kinds, rows, reading.targets)
    found = []
    for target, column in columns.items():
        for name in dict.fromkeys(raters.tolist()):
            own = np.flatnonzero((raters == name) & ((kinds == target) if by_row else True))
            own_rows = [rows[int(place)] for place in own]
            if not len(own):
                continue
            stamps = numbers[file.clock][own]
            _check_forward(stamps, own_rows, file, who=f" of annotator {shown(name)}")
            found.append(_rating(target, name, stamps, numbers[column][own], column, own_rows, file, reading))
    return found


def _check_kinds(table: Table, kinds: npt.NDArray[np.str_], rows: Sequence[int], targets: Sequence[str]) -> None:
    """Refuse a name that is almost a target's; targets that are not asked for are left out."""
    unknown = set(kinds.tolist()) - set(targets)
    meant = next((each for each in sorted(unknown) if get_close_matches(each.lower(), targets, cutoff=_ALIKE)), None)
    if meant is not None:
        what = f"unknown target {shown(meant)}{nearest(meant.lower(), targets)}"
        raise table.error(what, row=rows[kinds.tolist().index(meant)], column="target",
                          remedy="name targets as the configuration does")  # fmt: skip
    if len(unknown) == len(set(kinds.tolist())):
        what = f"is never {' or '.join(targets)}, but {shown(str(kinds[0]))} say"
        raise table.error(what, row=rows[0], column="target", remedy="name targets as the configuration does")


def _of_recording(table: Table, recording: str, together: Sequence[str]) -> Table:
    """Keep one recording's rows of a file that holds several."""
    place = table.header.index("recording")
    known, kept = {recording, *together}, []
    for (row, fields), line in zip(table, table.lines, strict=True):
        if fields[place] not in known:
            raise table.error(
                f"{shown(fields[place])} is no recording of the table that lists this file",
                row=row,
                column="recording",
                remedy="correct the name, or list the recording in the table",
            )
        if fields[place] == recording:
            kept.append(line)
    if not kept:
        raise table.error(f"has no row of recording {shown(recording)}", column="recording", remedy="add its ratings")
    return replace(table, lines=kept)


def _columns(table: Table, source: Source, targets: Sequence[str], held: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Say of each column that may hold ratings whose they are, and of what: target and annotator."""
    alike = {name.lower(): name for name in held}
    if source.annotator or not source.target:
        wanted = [source.target] if source.target else list(targets)
        named = {alike[name]: (name, source.annotator) for name in wanted if name in alike}
        if source.annotator:
            single = next((alike[name] for name in _VALUES if name in alike), held[0] if len(held) == 1 else "")
            if not named and single and len(wanted) == 1:
                named = {single: (wanted[0], source.annotator)}
            if not named:
                what = f"has no column {' or '.join(wanted)}, but {shown(', '.join(held[:6]))}"
                raise table.error(what, row=table.header_row, remedy="name the columns of ratings so")
            return named
        wide = {}
        for name in held:
            target = _begun_by(name, targets)
            if target:
                wide[name] = target, _somebody(name[len(target) + 1 :], name, table)
        if not wide:
            remedy = f"name them {targets[0]}_A1, …"
            if named:
                remedy = "list the file in the column labels, if it holds the finished labels"
            raise table.error("has no column of a target and an annotator", row=table.header_row, remedy=remedy)
        return wide
    if not held:
        raise table.error("has no column of ratings", row=table.header_row, remedy="give every annotator a column")
    return {name: (source.target, _somebody(name, name, table)) for name in held}


def _begun_by(name: str, targets: Sequence[str]) -> str:
    """Give the target that the name of a column begins with, before its annotator; the longest of several, or none."""
    longest = sorted(targets, key=len, reverse=True)
    return next((each for each in longest if name.lower().startswith(f"{each}_") and len(name) > len(each) + 1), "")


def _somebody(annotator: str, column: str, table: Table) -> str:
    """Refuse a column that was computed from annotators, whose ratings would count twice."""
    if annotator.lower() in _NOBODY:
        raise table.error(
            f"{shown(annotator)} is no annotator's name",
            row=table.header_row,
            column=column,
            remedy="take the column out of the file, or call the annotator otherwise",
        )
    return annotator


def clock_of(header: Sequence[str]) -> re.Match[str] | None:
    """Find the column of times; the match has its unit, where its name says it."""
    return next((match for name in header if (match := _CLOCK.fullmatch(name.strip()))), None)


def _open(path: Path, time: Unit) -> _Content:
    """Read a file as text, find its header and its column of times."""
    content = read_bytes(path, missing=FORM.missing)
    lines = lines_of(decode(content, file=path))
    table, scale, binned = None, None, False
    if lines and lines[0].strip('"').startswith(_BLOCK):
        table, scale, binned = *_of_block(lines, path), True
    table = table or parse_table(content, FORM, file=path)
    match = clock_of(table.header)
    if match is None:
        raise table.error(
            "has no column of times", row=table.header_row, remedy="call it timestamp (seconds), or timestamp_ms"
        )
    table.check_once()
    name = next(name for name in table.header if name.strip() == match[0])
    told = (match["unit"] or ("s" if name.lower().startswith("second") else "")).lower()
    unit: Unit = time if not told else "ms" if told.startswith("m") else "s"
    return _Content(table, content, name, SECONDS[unit], binned, scale)


_open_once = lru_cache(maxsize=4)(_open)
"""For files that several recordings list."""


def _of_block(lines: Sequence[str], path: Path) -> tuple[Table, tuple[float, float] | None]:
    """Read a file of CARMA or DARMA: what its block says of the scale, and the table below it."""
    ends = [place for place, line in enumerate(lines) if line.strip('"').startswith(_BLOCK_END)]
    if not ends or not ends[0]:
        raise InputError(
            f"begins as CARMA's files do, and has no line {_BLOCK_END}", file=path, remedy="export it again"
        )
    mark = max((FORM.separator, *FORM.others), key=lines[ends[0] - 1].count)
    block = {
        key.strip('" '): cell.strip('" ') for key, _, cell in (line.partition(mark) for line in lines[: ends[0] - 1])
    }
    low, high = (number(block.get(name, "")) for name in ("Minimum Value", "Maximum Value"))
    magnitude = number(block.get("Magnitude", "").split(mark)[0])
    if magnitude is not None:
        low, high = -magnitude, magnitude
    # Blank lines take the place of the block, so that rows are counted as in the file.
    text = "\n".join([lines[ends[0] - 1], *lines[ends[0] + 1 :]])
    inner = parse_table(text.encode(), FORM, file=path)
    rows = [(row + ends[0], line) for row, line in inner.lines]
    table = replace(inner, header_row=ends[0], lines=rows)
    return table, (low, high) if low is not None and high is not None else None


def _numbers(file: _Content, columns: Sequence[str]) -> tuple[dict[str, Floats], list[int]]:
    """Read times, in the file's unit, and some columns of ratings [N], NaN where cells are empty; and their rows."""
    table, wanted = file.table, [file.clock, *columns]
    rows = [row for row, _ in table.lines]
    fast = _fast(file, wanted)
    if fast is not None:
        return fast, rows
    found: dict[str, list[float]] = {name: [] for name in wanted}
    for row, fields in table:
        for name in wanted:
            cell = fields[table.header.index(name)]
            value = number(cell)
            if value is None and (name == file.clock or cell.lower() not in MISSING):
                # The table says what is wrong with the cell.
                replace(table, lines=[(at, line) for at, line in table.lines if at == row]).numbers([name])
            found[name].append(np.nan if value is None else value)
    return {name: np.array(values) for name, values in found.items()}, rows


def _fast(file: _Content, columns: Sequence[str]) -> dict[str, Floats] | None:
    """Read a file that is written as plainly as can be at once; None of any other, which is gone through by cell."""
    table, content = file.table, file.content
    separator = table.form.separator
    plain = table.header_row == 1 and b'"' not in content and not content.startswith(b"\x1f\x8b")
    width = content.count(separator.encode()) == (len(table.header) - 1) * (1 + len(table.lines))
    if not plain or not width or file.binned:
        return None
    try:
        read = pl.read_csv(
            io.BytesIO(content), separator=separator, columns=list(columns),
            schema_overrides=dict.fromkeys(table.header, pl.Float64),
        )  # fmt: skip
    except pl.exceptions.PolarsError:
        return None
    found = {name: read[name].to_numpy() for name in columns}
    whole = read.height == len(table.lines) and not any(np.isinf(values).any() for values in found.values())
    nulls = any(read[name].null_count() != np.isnan(found[name]).sum() for name in columns)
    return found if whole and not nulls and not np.isnan(found[file.clock]).any() else None


def _check_forward(stamps: Floats, rows: Sequence[int], file: _Content, *, who: str = "") -> None:
    """Refuse times that do not go forward."""
    steps = np.diff(stamps)
    if len(steps) and steps.min() <= 0:
        place = int(np.argmax(steps <= 0)) + 1
        same = stamps[place] == stamps[place - 1]
        what = f"time {stamps[place]:.12g}{who} is there twice" if same else (
            f"time{who} goes from {stamps[place - 1]:.12g} back to {stamps[place]:.12g}"
        )  # fmt: skip
        raise file.table.error(
            what, row=rows[place], column=file.clock, remedy="give every rating a time of its own, in order"
        )
