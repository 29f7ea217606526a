"""Read what pyfaceau writes: OpenFace 2.2's action units computed in Python, without a tracker's confidence.

Its columns (``process_video``, pyfaceau 1.3): ``frame`` (from 0), ``timestamp`` (seconds), ``success`` (True or False),
``AU01_r`` ... ``AU45_r`` (0..5). They are the 17 of OpenFace and on its scale, and correlate with its by 0.97 as their
author measured, which is not being the same: pyfaceau is a tool of its own. Frames without a face are empty, or hold
what the moving average over 3 frames spread there.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from onefilter.corpus.formats.source import (
    Column,
    Request,
    Source,
    check_time,
    count_time,
    gather,
    no_face,
    read_columns,
    wanted,
)
from onefilter.corpus.openface_format import INTENSITY
from onefilter.names import AUS

TOOL: Final = "pyfaceau"
SCALE: Final = "intensities of 0..5, computed anew"
SIGNALS: Final[Mapping[str, Column]] = {unit: Column(f"{unit}_r", *INTENSITY) for unit in AUS}
"""Where the signals are; confidence, presence, gaze and pose are not written."""
_FRAME: Final = Column("frame", 0, 1e9)
_TIME: Final = Column("timestamp", -1e9, 1e9)
_SUCCESS: Final = Column("success", 0, 1)
_ALL: Final = {_FRAME.name, _TIME.name, _SUCCESS.name, *(column.name for column in SIGNALS.values())}


def recognise(columns: Sequence[str]) -> bool:
    """Tell its files: these columns and no others. OpenFace's have confidence."""
    return set(columns) == _ALL


def read(source: Source, request: Request) -> pl.DataFrame:
    """Read one recording; intensities are NaN in frames without a face that are empty.

    Raises:
        InputError: If the file lacks a signal, or for the first cell or time that cannot be right.
    """
    no_face(request, source.path, TOOL)
    own = wanted(source, request.signals, SIGNALS, remedy="pyfaceau writes intensities only")
    cells = read_columns(source, [_FRAME, _TIME, _SUCCESS, *own])
    cells.check(["frame", "timestamp", "success"])
    success = cells.values["success"]
    cells.check_whole(["frame", "success"])
    cells.check([column.name for column in own], unless=success < 1)
    clock = "timestamp" if request.fps is None else "frame"
    time = cells.values[clock] if request.fps is None else count_time(cells, clock, request.fps)
    check_time(cells, time, clock)
    return gather(cells, time, success, {signal: SIGNALS[signal].name for signal in request.signals})
