"""Read what LibreFace writes for a video.

Columns that are read, as its package documents them: ``frame_idx`` (from 0), ``frame_time_in_ms``,
``au_N_intensity`` (0..5, 12 units), ``au_N`` (0 or 1, 12 units). Which frames have no face it does not say, and there
is no confidence. The intensities have OpenFace's bounds and are another model's, trained on other people.

``pitch``, ``yaw`` and ``roll`` are not read: they are documented as degrees, and computed as 360 times that. Some
versions write seconds into ``frame_time_in_ms``; such a file needs a frame rate, and time is then counted in frames.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import polars as pl

from onefilter.corpus.clock import FRAME_RATES, Pace, give_rate
from onefilter.corpus.formats.source import (
    Cells,
    Column,
    Floats,
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
from onefilter.errors import InputError

TOOL: Final = "libreface"
SCALE: Final = "intensities of 0..5, of another model"
_INTENSITIES: Final = (1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26)
_PRESENCES: Final = (1, 2, 4, 6, 7, 10, 12, 14, 15, 17, 23, 24)
SIGNALS: Final[Mapping[str, Column]] = {
    **{f"AU{unit:02d}": Column(f"au_{unit}_intensity", *INTENSITY) for unit in _INTENSITIES},
    **{f"AU{unit:02d}_c": Column(f"au_{unit}", 0, 1) for unit in _PRESENCES},
}
"""Where the signals are."""
_FRAME: Final = Column("frame_idx", 0, 1e9)
_TIME: Final = Column("frame_time_in_ms", -1e12, 1e12)


def recognise(columns: Sequence[str]) -> bool:
    """Tell its files by its names of frames and of an action unit."""
    return {_FRAME.name, _TIME.name} <= set(columns) and any(column.name in columns for column in SIGNALS.values())


def read(source: Source, request: Request) -> pl.DataFrame:
    """Read one recording; ``success`` is null.

    Raises:
        InputError: If the file lacks a signal, or for the first cell or time that cannot be right.
    """
    no_face(request, source.path, TOOL)
    own = wanted(source, request.signals, SIGNALS, remedy="LibreFace writes 12 intensities and 12 presences")
    cells = read_columns(source, [_FRAME, _TIME, *own])
    cells.check(list(cells.values))
    if request.fps is None:
        time = _seconds(cells)
        check_time(cells, time, _TIME.name)
    else:
        time = count_time(cells, _FRAME.name, request.fps)
        check_time(cells, time, _FRAME.name)
    return gather(cells, time, None, {signal: SIGNALS[signal].name for signal in request.signals})


def _seconds(cells: Cells) -> Floats:
    """Give time in seconds, unless what is called milliseconds cannot be any."""
    time = cells.values[_TIME.name]
    step = float(np.median(np.diff(time))) if len(time) > 1 else 0.0
    slowest, fastest = FRAME_RATES
    if 1 / fastest <= step <= 1 / slowest:
        raise InputError(
            f"steps by {step:g}, so these are seconds, as some versions of LibreFace write", file=cells.path,
            column=_TIME.name, remedy=give_rate(Pace.exactly(1 / step)),
        )  # fmt: skip
    return np.asarray(time / 1000)
