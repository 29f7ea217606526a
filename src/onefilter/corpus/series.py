"""Read values at times, whatever they are called: labels, or the predictions of any system.

Two layouts are told apart by the first line. *Plain*: a header with ``timestamp`` or ``time`` (seconds) and a column
per target, separated by commas, tabs or semicolons. *AVEC*, of the 2018 and 2019 challenges:
``name;timestamp;arousal;valence;liking`` separated by semicolons, names in quotes, with or without that header. A
recording's name is its file's, without the ending.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from onefilter.corpus.avec import LABELS as AVEC
from onefilter.errors import InputError
from onefilter.files import is_there
from onefilter.names import RESERVED
from onefilter.text import Form, Table, decode, first_rows, number, parse_table, read_bytes, shown

Floats = npt.NDArray[np.float64]
SeriesLayout = Literal["plain", "avec"]

ENDINGS: Final = (".csv", ".tsv")
"""Of the files that are looked at."""
_LARGEST: Final = 1e12
"""No value is larger: squares are summed up."""
_PLAIN: Final = Form(("timestamp",), separator=",", others="\t;")
_NO_TARGETS: Final = frozenset({"", *RESERVED})
"""Columns that hold no target."""


@dataclass(frozen=True)
class Series:
    """One file's values.

    Attributes:
        file: Where they are.
        rows: Row of the file that each is in, [T].
        clock: Name of the column of times.
        time: Seconds, [T].
        values: By target, [T].
    """

    file: Path
    rows: Sequence[int]
    clock: str
    time: Floats
    values: dict[str, Floats]


def find_files(folder: Path, *, only: str = "*") -> dict[str, Path]:
    """Find the files of a folder by recording, in the order of names.

    Args:
        folder: Where to look; not in folders within it.
        only: What names of recordings must be like, with ``*`` and ``?``.

    Raises:
        InputError: If there is none, or one recording has two.
    """
    if not is_there(folder, folder=True):
        raise InputError("is no folder", file=folder, remedy="name the folder that holds one CSV per recording")
    found: dict[str, Path] = {}
    paths = [path for path in folder.iterdir() if path.suffix in ENDINGS and not path.name.startswith(".")]
    for path in sorted(paths):
        if not fnmatchcase(path.stem, only):
            continue
        if path.stem in found:
            what = f"is a second file of {path.stem}, beside {found[path.stem].name}"
            raise InputError(what, file=path, remedy="keep one of them")
        found[path.stem] = path
    if not found:
        if paths:
            what = f"holds {len(paths)} CSVs, none of which --only {only} lets through"
            raise InputError(what, file=folder, remedy=f"change the pattern: {paths[0].stem} is one of the names")
        raise InputError("holds no CSV", file=folder, remedy="name the folder that holds one CSV per recording")
    return found


def open_series(path: Path, *, layout: SeriesLayout | None = None) -> Table:
    """Read a file's rows as text, and see that they are of the recording that the file is named after.

    Args:
        path: The file.
        layout: How it is written; None tells by its first line.

    Raises:
        InputError: If it cannot be read, its header is at fault, or a row names another recording.
    """
    content = read_bytes(path, missing="check the path")
    first = first_rows(decode(content, file=path))
    form, told = _form_of(first[0][1] if first else "", file=path)
    if layout is not None and told != layout:
        raise InputError(f"is written as {told}, and its format is said to be {layout}", file=path,
                         remedy=f"say format: {told}, or leave it out")  # fmt: skip
    table = parse_table(content, form, file=path)
    table.check_once()
    if "name" in table.header:
        place = table.header.index("name")
        for row, fields in table:
            if fields[place].strip("'\"") != path.stem:
                what = f"the row is of {shown(fields[place])}, the file of {path.stem!r}"
                raise table.error(what, row=row, column="name", remedy="give every recording its own file")
    return table


def targets_of(table: Table) -> list[str]:
    """Name the columns that may hold a target."""
    return [name for name in table.header if name not in _NO_TARGETS]


def some_of(columns: Sequence[str]) -> str:
    """List the first columns of a file."""
    return (", ".join(columns[:6]) + ", …" * (len(columns) > 6)) or "no column"


def read_series(table: Table, targets: Sequence[str], *, rated: bool = False) -> Series:
    """Read a file's times and some of its columns.

    Args:
        table: What `open_series` read.
        targets: Which columns.
        rated: Whether these are labels, of which some cells may be empty: nobody rated these moments, and they are NaN.

    Raises:
        InputError: If there are no rows, for the first column that is missing, or the first cell that is no number.
    """
    missing = next((name for name in targets if name not in table.header), None)
    if missing is not None:
        what = f"lacks the column {missing}, which the first recording's file has"
        raise table.error(what, row=table.header_row, remedy="give all recordings the same columns")
    if not table.lines:
        raise table.error("holds a header and no values" if table.header_row else "is empty")
    clock = table.form.columns[0]
    remedy = "correct it: no scale and no clock reaches so far"
    rows = [row for row, _ in table.lines]
    places = {name: table.header.index(name) for name in targets}
    empty = np.array([[rated and not fields[place] for place in places.values()] for _, fields in table]).T
    gaps = {name: lacks for name, lacks in zip(places, empty, strict=True) if lacks.any()}
    whole = (clock, *(name for name in targets if name not in gaps))
    numbers = table.numbers(whole, low=-_LARGEST, high=_LARGEST, remedy=remedy)
    for name, lacks in gaps.items():
        given = replace(table, lines=[line for line, gap in zip(table.lines, lacks, strict=True) if not gap])
        found = iter(given.numbers((name,), low=-_LARGEST, high=_LARGEST, remedy=remedy)[name])
        numbers[name] = [np.nan if gap else next(found) for gap in lacks]
    values = {name: np.array(numbers[name], dtype=np.float64) for name in targets}
    return Series(Path(table.file), rows, clock, np.array(numbers[clock], dtype=np.float64), values)


def _form_of(line: str, *, file: Path) -> tuple[Form, SeriesLayout]:
    """Tell by its first line how a file is written."""
    fields = [field.strip() for field in line.split(";")]
    first = fields[0].strip("'\"")
    if len(fields) > 1 and (first == "name" or number(fields[1]) is not None) and number(first) is None:
        if first != "name" and len(fields) != len(AVEC.headless):
            what = f"has {len(fields)} fields and no header: without one, files of AVEC have {len(AVEC.headless)}"
            raise InputError(what, file=file, row=1, remedy="write a header above, name;timestamp; and the targets")
        form = replace(AVEC, quote='"' if '"' in line else "'", missing="check the path", repair="correct the file")
        return form, "avec"
    # Words of the header; the name of a target may hold either of them.
    words = re.split(r"[,;\t]", line.replace('"', ""))
    clocks = {word.strip() for word in words} & {"timestamp", "time"}
    return replace(_PLAIN, columns=("time",)) if clocks == {"time"} else _PLAIN, "plain"
