"""Recordings of one's own: OpenFace files that a table lists."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, get_args

import pandas as pd
import polars as pl
from pydantic import ValidationError

from onefilter.corpus.annotations import read_labels, read_turns
from onefilter.corpus.openface import read_openface
from onefilter.corpus.recordings import COLUMNS, REQUIRED, Layout, Recording, table_of
from onefilter.errors import InputError, nearest
from onefilter.settings import Corpus
from onefilter.text import Form, Table, read_table, shown

FORM: Final = Form(
    REQUIRED,
    optional=tuple(name for name in COLUMNS if name not in REQUIRED),
    comments=True,
    missing="set corpus.recordings to your table; config/README.md has its columns",
    repair="correct it",
)
"""How the table is written."""


class OpenFaceLayout(Layout):
    """OpenFace files with turns and labels as CSV, listed in a table."""

    def recordings(self, corpus: Corpus, *, cultures: Sequence[str], folder: Path) -> pd.DataFrame:
        """Read the table that the configuration names."""
        return read_recordings(Path(corpus.recordings), cultures=cultures)

    def frames(self, recording: Recording) -> pl.DataFrame:
        """Read what OpenFace wrote."""
        return read_openface(Path(recording.openface), fps=recording.fps, face=recording.face)

    def turns(self, recording: Recording) -> pl.DataFrame | None:
        """Read the turns, if there are any."""
        return read_turns(Path(recording.turns), speaker=recording.speaker) if recording.turns else None

    def labels(self, recording: Recording, targets: Sequence[str]) -> pl.DataFrame:
        """Read the labels."""
        return read_labels(Path(recording.labels), targets)


def read_recordings(path: Path, *, cultures: Sequence[str]) -> pd.DataFrame:
    """Read a table of one's own.

    Args:
        path: Tab-separated, with a header; the columns of `REQUIRED`, the others of `COLUMNS` if needed.
        cultures: The cultures that the configuration knows.

    Returns:
        The recordings table, columns of `COLUMNS`.

    Raises:
        InputError: For the first row that is at fault.
    """
    source = read_table(path, FORM)
    recordings: dict[str, Recording] = {}
    used: dict[tuple[object, ...], str] = {}
    for row, fields in source:
        recording = _recording(dict(zip(source.header, fields, strict=True)), source, row=row, cultures=cultures)
        if recording.recording in recordings:
            raise source.error(
                f"recording {shown(recording.recording)} is listed twice",
                row=row,
                column="recording",
                remedy="give every recording a name of its own",
            )
        recordings[recording.recording] = recording
        _check_files(recording, used, source, row=row)
    if not recordings:
        raise source.error("lists no recording", remedy="add one row per recording")
    return table_of(recordings.values())


def _recording(entry: Mapping[str, str], source: Table, *, row: int, cultures: Sequence[str]) -> Recording:
    """Check one row."""
    try:
        recording = Recording.from_row(entry)
    except ValidationError as error:
        raise _explain(error.errors()[0], entry, source, row=row) from None
    if recording.culture not in cultures:
        raise _unknown("culture", recording.culture, cultures, source, row=row, where=" (config: cultures)")
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
    for column, part in (("openface", recording.face), ("turns", recording.speaker or None), ("labels", None)):
        name = getattr(recording, column)
        if not name:
            continue
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
        remedy = "give the file, or set the partition to unlabelled"
        return source.error(str(error["ctx"]["error"]), row=row, column=name, remedy=remedy)
    if not value:
        return source.error("is empty", row=row, column=name, remedy="fill it in")
    if error["type"] == "literal_error":
        return _unknown(name, value, get_args(field.annotation), source, row=row)
    description = (field.description or "").rstrip(".")
    return source.error(f"{shown(value)} is not {description[0].lower()}{description[1:]}", row=row, column=name)


def _unknown(name: str, value: str, known: Sequence[str], source: Table, *, row: int, where: str = "") -> InputError:
    """Say that a word is not among those that are known."""
    return source.error(
        f"unknown {name} {shown(value)}{nearest(value, known)}",
        row=row,
        column=name,
        remedy=f"known are {', '.join(known)}{where}",
    )
