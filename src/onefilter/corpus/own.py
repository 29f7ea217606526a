"""Recordings of one's own: OpenFace files that a table lists."""

import hashlib
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, get_args

import pandas as pd
import polars as pl
from pydantic import ValidationError

from onefilter.corpus.annotations import Scale, read_labels, read_turns
from onefilter.corpus.annotators import ANNOTATOR, PLACEHOLDERS, takes_in
from onefilter.corpus.clock import FRAME_RATES
from onefilter.corpus.formats.registry import FORMATS, contradicted, read_frames, tool_of
from onefilter.corpus.people import PeopleError, check_people
from onefilter.corpus.recordings import COLUMNS, REQUIRED, Layout, Recording, table_of
from onefilter.errors import InputError, nearest
from onefilter.names import OPENFACE
from onefilter.settings import Corpus
from onefilter.text import Form, Table, read_table, shown

FORM: Final = Form(
    REQUIRED,
    optional=tuple(name for name in COLUMNS if name not in REQUIRED),
    others=",;",
    comments=True,
    missing="set corpus.recordings to your table; config/README.md has its columns",
    repair="correct it",
)
"""How the table is written."""
_PEOPLE: Final = ("person", "dyad", "culture", "partition")
"""What a table of people says of recordings, if it says so."""
PEOPLE: Final = Form(("recording",), others=",;", comments=True, missing="check the path", repair="correct it")
"""How a table is written of which only the people are asked for."""
_RATE: Final = f"frames per second as a number in {FRAME_RATES[0]:g}..{FRAME_RATES[1]:g}"
PATHS: Final[Mapping[str, Callable[[str], bool]]] = {
    "has braces in it, which Snakemake takes for wildcards": lambda path: bool({"{", "}"} & set(path)),
    "begins with ~, which stands for no folder here": lambda path: path.startswith("~"),
    "has characters in it that cannot be shown": lambda path: not path.isprintable(),
    "is no path: it is longer than 4000 characters": lambda path: len(path) > 4000,
}
"""What is wrong with a path that Snakemake would print or change, and how it is told."""
_VALUES: Final[Mapping[str, str]] = {
    "labels": "give the file, or set the partition to unlabelled",
    "video": "name a CSV of frames or a video, and leave the other one empty",
}
"""What to do about a cell that does not fit the rest of its row."""
_CELLS: Final[Mapping[str, tuple[str, str]]] = {
    "fps": ("frame rate", f"write {_RATE}, or leave it empty"),
    "face": ("face_id", "write a whole number (0, 1, …), or leave it empty"),
}
"""What a number in the table is, and what to do about one that is not."""


class OpenFaceLayout(Layout):
    """OpenFace files with turns and labels as CSV, listed in a table."""

    def recordings(self, corpus: Corpus, *, cultures: Sequence[str], folder: Path) -> pd.DataFrame:
        """Read the table that the configuration names; what OpenFace will make of videos lies in the folder."""
        table = read_recordings(Path(corpus.recordings), cultures=cultures)
        made = (str(folder / "openface" / f"{name}.csv") for name in table["recording"])
        kept = zip(table["openface"], table["video"], made, strict=True)
        return table.assign(openface=[path if video else given for given, video, path in kept])

    def tool(self, recordings: Iterable[Recording]) -> str:
        """Look at the files that are there; what a run makes itself is OpenFace's."""
        first: dict[str, Recording] = {}
        for recording in recordings:
            named = recording.format
            if named and (other := contradicted(Path(recording.openface), named)):
                what = f"recording {shown(recording.recording)}, column format: {named}, but the file is of {other}"
                raise InputError(what, file=recording.openface, remedy="correct the format, or leave it empty")
            first.setdefault(tool_of(Path(recording.openface), recording.format) or OPENFACE, recording)
        if len(first) > 1:
            (one, other), (mine, theirs) = list(first)[:2], list(first.values())[:2]
            raise InputError(
                f"is of {other}, and {mine.openface} of {one}: their signals are not on one scale",
                file=theirs.openface,
                remedy="give a run the files of one tool",
            )
        return next(iter(first), OPENFACE)

    def frames(self, recording: Recording, signals: Sequence[str]) -> pl.DataFrame:
        """Read what OpenFace or another tool wrote."""
        found = read_frames(
            Path(recording.openface), signals=signals, name=recording.format, fps=recording.fps, face=recording.face
        )
        return found.frames

    def turns(self, recording: Recording) -> pl.DataFrame | None:
        """Read the turns, if there are any."""
        return read_turns(Path(recording.turns), speaker=recording.speaker) if recording.turns else None

    def labels(
        self, recording: Recording, targets: Sequence[str], scales: Mapping[str, Scale] | None = None
    ) -> pl.DataFrame:
        """Read the labels."""
        return read_labels(Path(recording.labels), targets, scales=scales)


def read_recordings(path: Path, *, cultures: Sequence[str]) -> pd.DataFrame:
    """Read a table of one's own.

    Args:
        path: Separated by tabs (commas and semicolons are read, too), with a header; the columns of `REQUIRED`, the
            others of `COLUMNS` if needed.
        cultures: The cultures that the configuration knows.

    Returns:
        The recordings table, columns of `COLUMNS`.

    Raises:
        InputError: For the first row that is at fault.
    """
    source = read_table(path, FORM)
    names: dict[str, str] = {}
    rows: dict[int, Recording] = {}
    used: dict[tuple[object, ...], str] = {}
    for row, fields in source:
        recording = _recording(dict(zip(source.header, fields, strict=True)), source, row=row, cultures=cultures)
        earlier = names.get(recording.recording.lower())
        if earlier is not None:
            same = earlier == recording.recording
            what = "is listed twice" if same else f"differs from {shown(earlier)} in capitals only"
            raise source.error(
                f"recording {shown(recording.recording)} {what}",
                row=row,
                column="recording",
                remedy="give every recording a name of its own",
            )
        names[recording.recording.lower()] = recording.recording
        rows[row] = recording
        _check_files(recording, used, source, row=row)
    if not rows:
        raise source.error("lists no recording", remedy="add one row per recording")
    for column in ("openface", "video", "labels", "annotations"):
        _check_copies(rows, column, source)
    _check_annotators(rows, source)
    try:
        check_people([recording.to_row() for recording in rows.values()])
    except PeopleError as error:
        row = list(rows)[error.place]
        raise source.error(str(error), row=row, column=error.column, remedy=error.remedy) from None
    return table_of(rows.values())


def read_people(path: Path) -> dict[str, dict[str, str]]:
    """Read who is in which recording, from the recordings table or from one with fewer columns.

    Returns:
        By recording, its ``person``, ``dyad``, ``culture`` and ``partition``, empty where they are not given.

    Raises:
        InputError: For the first row that is at fault.
    """
    source = read_table(path, PEOPLE)
    source.check_once(("recording", *_PEOPLE))
    found: dict[str, dict[str, str]] = {}
    for row, fields in source:
        cells = dict(zip(source.header, fields, strict=True))
        if not cells["recording"] or cells["recording"] in found:
            what = f"recording {shown(cells['recording'])} is listed twice" if cells["recording"] else "is empty"
            raise source.error(what, row=row, column="recording", remedy="give every recording one row of its own")
        found[cells["recording"]] = {"recording": cells["recording"]} | {name: cells.get(name, "") for name in _PEOPLE}
    try:
        check_people(list(found.values()))
    except PeopleError as error:
        row = source.lines[error.place][0]
        raise source.error(str(error), row=row, column=error.column, remedy=error.remedy) from None
    return found


def _recording(entry: Mapping[str, str], source: Table, *, row: int, cultures: Sequence[str]) -> Recording:
    """Check one row."""
    try:
        recording = Recording.from_row(entry)
    except ValidationError as error:
        raise _explain(error.errors()[0], entry, source, row=row) from None
    if recording.recording in (".", ".."):
        what = f"{shown(recording.recording)} is a folder's name"
        raise source.error(what, row=row, column="recording", remedy="give the recording a name of its own")
    if recording.fps is not None and not FRAME_RATES[0] <= recording.fps <= FRAME_RATES[1]:
        raise _no_number("fps", entry["fps"], source, row=row)
    if recording.culture not in cultures:
        raise _unknown("culture", recording.culture, cultures, source, row=row, where=" (config: cultures)")
    if recording.format and recording.format not in FORMATS:
        raise _unknown("format", recording.format, list(FORMATS), source, row=row)
    if recording.openface and recording.video:
        raise source.error("is there beside openface", row=row, column="video", remedy=_VALUES["video"])
    if recording.labels and recording.annotations:
        raise source.error("has labels, and annotations that a label would be made of", row=row, column="annotations",
                           remedy="leave one of the two empty")  # fmt: skip
    if recording.speaker and not recording.turns:
        raise source.error("chooses among turns, and there are none", row=row, column="speaker",
                           remedy="give the turns, or leave it empty")  # fmt: skip
    return recording


def _check_files(recording: Recording, used: dict[tuple[object, ...], str], source: Table, *, row: int) -> None:
    """Refuse a file that an earlier recording has, unless it is another face or another speaker of it.

    Args:
        recording: Of this row.
        used: What the recordings so far have: per file, and what is taken of it, the recording's name.
        source: The table.
        row: Of the recording.
    """
    # Several recordings may be in one file of annotations: what is in it says so.
    _check_path(recording.annotations, source, row=row, column="annotations")
    for part in re.findall(r"<[^<>]*>", recording.annotations):
        if part not in PLACEHOLDERS:
            what = f"unknown placeholder {shown(part)}{nearest(part, PLACEHOLDERS)}"
            raise source.error(what, row=row, column="annotations", remedy=f"known are {', '.join(PLACEHOLDERS)}")
    for column, part in (("openface", recording.face), ("video", None), ("turns", recording.speaker or None),
                         ("labels", None)):  # fmt: skip
        name = getattr(recording, column)
        if not name:
            continue
        _check_path(name, source, row=row, column=column)
        if column == "video" and Path(name).is_dir():
            raise source.error(f"{shown(name)} is a folder", row=row, column=column, remedy="name the video within")
        file = (column, *_identity(Path(name)))
        # Whoever does not say which face or speaker may take any of them.
        earlier = used.get((*file, part)) or used.get((*file, "any" if part is None else None))
        if earlier is not None:
            choose = {"openface": ", or another face of it", "turns": ", or another speaker of it"}.get(column, "")
            raise source.error(
                f"{shown(name)} is the file of recording {shown(earlier)} already",
                row=row,
                column=column,
                remedy=f"give every recording a file of its own{choose}",
            )
        used[(*file, part)] = recording.recording
        used.setdefault((*file, "any"), recording.recording)


def _check_path(name: str, source: Table, *, row: int, column: str) -> None:
    """Refuse a path that Snakemake would print or change."""
    wrong = next((what for what, is_so in PATHS.items() if is_so(name)), None)
    if wrong is not None:
        raise source.error(f"{shown(name)} {wrong}", row=row, column=column, remedy="rename it, or write it in full")


def _check_copies(rows: Mapping[int, Recording], column: str, source: Table) -> None:
    """Refuse a file that holds the same as another recording's. Only files of the same size are read.

    Args:
        rows: The recordings by their row.
        column: Which file of theirs.
        source: The table.
    """
    files = {row: Path(getattr(recording, column)) for row, recording in rows.items()}
    sizes = {row: _size(path) for row, path in files.items()}
    common = Counter(sizes.values())
    alike: dict[bytes, list[int]] = {}
    for row, size in sizes.items():
        if not size or common[size] == 1:
            continue
        group = alike.setdefault(_digest(files[row]), [])
        for earlier in group:
            faces = {rows[earlier].face, rows[row].face} - {None}
            if _identity(files[earlier]) == _identity(files[row]) or (column == "openface" and len(faces) == 2):
                continue  # Another face of the same file is another recording.
            one, other = rows[earlier].recording, rows[row].recording
            raise source.error(
                f"recordings {shown(one)} and {shown(other)} have the same {column}: {shown(str(files[earlier]))} and"
                f" {shown(str(files[row]))} hold the same bytes",
                row=row,
                column=column,
                remedy="give every recording a file of its own",
            )
        group.append(row)


def _check_annotators(rows: Mapping[int, Recording], source: Table) -> None:
    """Refuse names of annotations that stand for files of another recording, or of another kind, too."""
    # By what they begin with, so that each is held against few others.
    patterns: dict[str, list[int]] = {}
    for row, recording in rows.items():
        begin, placeholder, _ = recording.annotations.partition(ANNOTATOR)
        if placeholder:
            patterns.setdefault(begin, []).append(row)
    lengths = {len(begin) for begin in patterns}
    for recording in rows.values():
        for column in ("openface", "video", "turns", "labels", "annotations"):
            path = getattr(recording, column)
            for row in (row for length in lengths for row in patterns.get(path[:length], ())):
                if path and takes_in(rows[row].annotations, path):
                    raise source.error(
                        f"{shown(rows[row].annotations)} stands for {shown(path)}, too, which recording"
                        f" {shown(recording.recording)} has as its {column}",
                        row=row,
                        column="annotations",
                        remedy=f"write what all annotators' names begin with into it, rater{ANNOTATOR} say, or rename"
                        " the files",
                    )


def _size(path: Path) -> int:
    """Give a file's bytes; 0 if there is none, which is said when it is read."""
    try:
        return path.stat().st_size if path.is_file() else 0
    except (OSError, ValueError):
        return 0


def _digest(path: Path) -> bytes:
    """Give what tells a file's content; its name if it cannot be read, which is said when it is."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError:
        return os.fsencode(path)


def _identity(path: Path) -> tuple[object, ...]:
    """Tell files apart however their paths are spelled: symbolic links and hard links are the file they lead to."""
    try:
        found = path.stat()
    except OSError:
        return (os.path.realpath(path),)
    return found.st_dev, found.st_ino


def _explain(error: Any, entry: Mapping[str, str], source: Table, *, row: int) -> InputError:
    """Say in one line what is wrong with a cell."""
    name = str(error["loc"][0])
    value, field = entry.get(name, ""), Recording.model_fields[name]
    if error["type"] == "value_error":
        remedy = _VALUES[name]
        return source.error(str(error["ctx"]["error"]), row=row, column=name, remedy=remedy)
    if not value:
        return source.error("is empty", row=row, column=name, remedy="fill it in")
    if error["type"] == "literal_error":
        return _unknown(name, value, get_args(field.annotation), source, row=row)
    if name in _CELLS:
        return _no_number(name, value, source, row=row)
    description = (field.description or "").rstrip(".")
    return source.error(f"{shown(value)} is not {description[0].lower()}{description[1:]}", row=row, column=name)


def _no_number(name: str, value: str, source: Table, *, row: int) -> InputError:
    """Say that a cell is no frame rate or no face, and what would be one."""
    what, remedy = _CELLS[name]
    return source.error(f"{shown(value)} is not a {what}", row=row, column=name, remedy=remedy)


def _unknown(name: str, value: str, known: Sequence[str], source: Table, *, row: int, where: str = "") -> InputError:
    """Say that a word is not among those that are known."""
    return source.error(
        f"unknown {name} {shown(value)}{nearest(value, known)}",
        row=row,
        column=name,
        remedy=f"known are {', '.join(known)}{where}",
    )
