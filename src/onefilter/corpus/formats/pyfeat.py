"""Read what py-feat's detectors write: a ``Fex`` table as CSV.

Columns that are read: ``frame`` (from 0), ``FaceScore`` (the face detector's, 0..1), ``AU01`` ... ``AU43`` (20 units),
``gaze_pitch`` and ``gaze_yaw`` (radians, of ``Detectorv2``). An action unit is 0..1 here, the probability that it is
there, where OpenFace estimates an intensity of 0..5: not the same thing on another scale, so it is not converted.

There is no clock: time is ``frame`` divided by the frame rate, which must be given. ``Pitch``, ``Roll`` and ``Yaw`` are
not read: versions before 0.7 wrote degrees, 0.7 writes radians (py-feat #248), and the file does not say which.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
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
from onefilter.errors import InputError

TOOL: Final = "py-feat"
SCALE: Final = "probabilities of 0..1"
UNITS: Final = (
    "AU01", "AU02", "AU04", "AU05", "AU06", "AU07", "AU09", "AU10", "AU11", "AU12",
    "AU14", "AU15", "AU17", "AU20", "AU23", "AU24", "AU25", "AU26", "AU28", "AU43",
)  # fmt: skip
"""The action units that its detectors estimate."""
SIGNALS: Final[Mapping[str, Column]] = {
    "confidence": Column("FaceScore", 0, 1),
    **{unit: Column(unit, 0, 1) for unit in UNITS},
    "gaze_pitch": Column("gaze_pitch", -7, 7),
    "gaze_yaw": Column("gaze_yaw", -7, 7),
}
"""Where the signals are; single detectors write some of them only."""
_FRAME: Final = Column("frame", 0, 1e9)
_SCORE: Final = SIGNALS["confidence"]


def recognise(columns: Sequence[str]) -> bool:
    """Tell its files by the face's rectangle and score, and an action unit."""
    return {"frame", "FaceRectX", "FaceScore"} <= set(columns) and any(unit in columns for unit in UNITS)


def read(source: Source, request: Request) -> pl.DataFrame:
    """Read one recording; frames without a face, whose cells are all empty, are NaN.

    Raises:
        InputError: If no frame rate is given, the file lacks a signal or shows several faces, or for the first cell or
            time that cannot be right.
    """
    no_face(request, source.path, TOOL)
    own = wanted(source, request.signals, SIGNALS, remedy="py-feat's detectors write no other")
    cells = read_columns(source, list(dict.fromkeys([_FRAME, _SCORE, *own])))
    cells.check([_FRAME.name])
    empty = cells.blank([_SCORE.name, *(column.name for column in own)])
    cells.check([_SCORE.name, *(column.name for column in own)], unless=empty)
    frames = cells.values[_FRAME.name]
    same = np.flatnonzero(np.diff(frames) == 0)
    if len(same):
        raise InputError(
            f"shows several faces in frame {frames[same[0]]:g}", file=source.path, row=int(cells.rows[same[0] + 1]),
            column=_FRAME.name, remedy="py-feat numbers no faces: cut the video to one, and run it again",
        )  # fmt: skip
    if request.fps is None:
        what = "tells no time, as py-feat writes none"
        remedy = "give the video's frame rate in the column `fps` of the recordings table (or --fps)"
        raise InputError(what, file=source.path, row=source.row, remedy=remedy)
    time = count_time(cells, _FRAME.name, request.fps)
    check_time(cells, time, _FRAME.name)
    names = {signal: SIGNALS[signal].name for signal in request.signals}
    return gather(cells, time, (~empty).astype(np.float64), names)
