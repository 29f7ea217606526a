"""All formats of frame-wise files, by the name that the column ``format`` of the recordings table gives them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import polars as pl

from onefilter.corpus.formats import avec, libreface, openface, openface3, pyfaceau, pyfeat
from onefilter.corpus.formats.source import Format, Request, Source, look_at, open_source
from onefilter.names import OPENFACE, SIGNALS

FORMATS: Final[Mapping[str, Format]] = {
    "pyfaceau": pyfaceau,
    "py-feat": pyfeat,
    "libreface": libreface,
    "openface-3": openface3,
    "avec": avec,
    OPENFACE: openface,
}
"""The first that recognises a file reads it. To add one, write its module and a line here."""


SCALES: Final[Mapping[str, str]] = {known.TOOL: known.SCALE for known in FORMATS.values() if known.SCALE}
"""By tool whose files are read, what its action units are, in a few words."""


class Recorded(NamedTuple):
    """A file's frames, and the tool that made them."""

    tool: str
    frames: pl.DataFrame


def read_frames(
    path: Path, *, signals: Sequence[str] = SIGNALS, name: str = "", fps: float | None = None, face: int | None = None
) -> Recorded:
    """Read a file of frames, whatever tool wrote it.

    Args:
        path: The file.
        signals: Which signals to read, in the order of the columns.
        name: Of its format; empty to tell it by its first line.
        fps: True frame rate, for files whose time is not to be had otherwise.
        face: Which face to take, where the format numbers them.

    Returns:
        Columns ``timestamp`` (seconds), ``success`` (1, 0, or null where the format does not tell) and the signals.

    Raises:
        InputError: If it cannot be read, lacks a signal, or for the first cell that cannot be right.
    """
    source = open_source(path, remedy="run OpenFace again")
    found = FORMATS[name or recognised(source)]
    return Recorded(found.TOOL, found.read(source, Request(signals, fps, face)))


def recognised(source: Source) -> str:
    """Tell a file's format; OpenFace's reader says what a file is that nobody knows."""
    return _known(source) or OPENFACE


def _known(source: Source) -> str | None:
    """Tell a file's format; None if no format recognises it."""
    columns = source.columns
    return next((name for name, known in FORMATS.items() if known.recognise(columns)), None)


def contradicted(path: Path, name: str) -> str | None:
    """Tell which tool's a file is that is said to be in another tool's format; None if it may be as it is said.

    Args:
        path: The file, which need not be there.
        name: Of the format that it is said to have.
    """
    source = look_at(path)
    found = None if source is None else _known(source)
    return None if found is None or FORMATS[found].TOOL == FORMATS[name].TOOL else FORMATS[found].TOOL


def tool_of(path: Path, name: str = "") -> str | None:
    """Tell which tool made a file, by its format's name or its first line; None if it is not there."""
    if name:
        return FORMATS[name].TOOL
    source = look_at(path)
    return None if source is None else FORMATS[recognised(source)].TOOL
