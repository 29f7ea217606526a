"""Read the visual features of the AVEC 2018 and 2019 challenges: what OpenFace wrote, in the organisers' layout.

Fields are separated by ``;``, the recording's name is in single quotes, numbers are as NumPy prints arrays (``0.``,
``1.234e+02``), the header may be there or not: ``name;frameTime;confidence;AU01_r;...;AU45_r``.

NumPy prints a whole row with exponents and four digits as soon as its largest number is a thousand times its smallest,
so frame times beyond 100 s may be rounded to 0.1 s. Frames are consecutive and the rate is constant, so time is
then counted in frames, and every printed time must agree with the count within its rounding.
"""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from onefilter.corpus.clock import VIDEO_RATES
from onefilter.corpus.formats.source import Request, Source, lacks, open_source
from onefilter.corpus.openface_format import INTENSITY, read_cells
from onefilter.errors import InputError
from onefilter.names import AUS, OPENFACE, SIGNALS
from onefilter.text import Form, fields_of, number, parse_table, shown, without_empty_lines

Floats = npt.NDArray[np.float64]

TOOL: Final = OPENFACE
SCALE: Final = "intensities of 0..5"
FIELDS: Final = ("name", "frameTime", "confidence", *(f"{unit}_r" for unit in AUS))
"""Columns of the visual features."""
MISSING: Final = "see docs/sewa.md"
RESTORE: Final = "restore the challenge's file"
_DAY: Final = 86_400.0
"""Seconds; no recording is longer."""
FRAMES: Final = Form(FIELDS, separator=";", quote="'", headless=FIELDS, missing=MISSING, repair=RESTORE)
"""How visual features are written."""


def recognise(columns: Sequence[str]) -> bool:
    """Tell the challenges' files, with a header or without, by what semicolons part."""
    fields = columns[0].split(";") if len(columns) == 1 else []
    headless = len(fields) == len(FIELDS) and fields[0][:1] == "'" and number(fields[1]) is not None
    return tuple(fields) == FIELDS or headless


def read_avec(path: Path, *, signals: Sequence[str] = SIGNALS) -> pl.DataFrame:
    """Read one recording's visual features from their path; see `read`."""
    return read(open_source(path, remedy=RESTORE, missing=MISSING), Request(signals))


def read(source: Source, request: Request) -> pl.DataFrame:
    """Read one recording's visual features.

    Returns:
        ``timestamp`` (seconds), ``success``, which this layout does not tell and is null, and the signals, one row per
        frame.

    Raises:
        InputError: For a signal that it has not, or the first cell that is at fault.
    """
    path, content = source.path, source.content
    if request.fps is not None or request.face is not None:
        raise InputError(
            "is of a challenge, which gives time and one face", file=path, remedy="give no fps and no face"
        )
    missing = [signal for signal in request.signals if signal not in SIGNALS]
    if missing:
        raise lacks(path, missing, SIGNALS, row=1, remedy="the challenges give no other")
    header = _has_header(source)
    found = without_empty_lines(content)
    filled, rows = found or (content, range(1, content.count(b"\n") + 2))
    rows = rows[source.above + header :]
    schema = {name: pl.String() if name == "name" else pl.Float64() for name in FIELDS}
    try:
        table = pl.read_csv(
            io.BytesIO(filled.rstrip()), separator=";", has_header=header, skip_rows=source.above, quote_char="'",
            schema=schema,
        )  # fmt: skip
    except pl.exceptions.PolarsError:
        table = _read_slowly(content, file=path)
    if not _in_bounds(table):
        table = _read_slowly(content, file=path)
    if (table["name"] != path.stem).any():
        row = int((table["name"] != path.stem).arg_max() or 0)
        raise InputError(
            f"the row is of {shown(table['name'][row])}, the file of {path.stem!r}",
            file=path,
            row=rows[row],
            column="name",
            remedy="give every recording its own file",
        )
    values = table.select(FIELDS[1:]).to_numpy()
    time = pl.Series("timestamp", frame_times(values[:, 0], path=path, rows=rows))
    signals = [pl.Series(signal, values[:, 1 + SIGNALS.index(signal)]) for signal in request.signals]
    success = pl.Series("success", [None] * table.height, dtype=pl.Float64)
    return pl.DataFrame([time, success, *signals])


def _has_header(source: Source) -> bool:
    """Say whether the first row is the header; refuse what are no visual features."""
    first, file = source.head.decode("utf-8-sig", errors="replace").strip(), source.path
    try:
        fields = fields_of(first, ";", quote="'")
    except ValueError as error:
        raise InputError(str(error), file=file, row=source.row, remedy=RESTORE) from error
    header = fields[0] == "name"
    if len(fields) != len(FIELDS) or (header and tuple(fields) != FIELDS):
        raise InputError(
            f"begins with {len(fields)} fields separated by ';', not with {len(FIELDS)}: name;frameTime;confidence;AU…",
            file=file,
            row=source.row,
            remedy=f"give the challenge's visual_features, not its functionals or xbow; {MISSING}",
        )
    return header


def _in_bounds(table: pl.DataFrame) -> bool:
    """Say whether there are frames, and all their numbers are finite and such as OpenFace gives."""
    values = table.select(FIELDS[1:]).to_numpy()
    low, high = INTENSITY
    return bool(
        table.height
        and np.isfinite(values).all()
        and low <= values[:, 2:].min() <= values[:, 2:].max() <= high
        and 0 <= values[:, 1].min() <= values[:, 1].max() <= 1
    )


def frame_times(stamps: Floats, *, path: Path, rows: Sequence[int]) -> Floats:
    """Restore frame times that were rounded when printed; see the module's docstring.

    Args:
        stamps: As printed [frames] (seconds).
        path: Of the file, for messages.
        rows: Row of each frame.

    Raises:
        InputError: If time does not go on at a constant rate, or begins or ends where no recording does.
    """
    outside = (stamps < 0) | (stamps > _DAY)
    if outside.any():
        frame = int(np.argmax(outside))
        raise InputError(
            f"time {stamps[frame]:g} s lies outside 0..{_DAY:g}",
            file=path,
            row=rows[frame],
            column="frameTime",
            remedy=RESTORE,
        )
    steps = np.diff(stamps)
    if not len(steps) or (steps.min() > 0 and np.ptp(steps) < 0.0021):
        return stamps
    rounding = 0.5 * 10.0 ** (np.floor(np.log10(np.maximum(stamps, 1.0))) - 3) + 0.00051

    def counted_at(rate: float) -> Floats:
        return np.asarray(np.round(stamps[0] + np.arange(len(stamps)) / rate, 3))

    # Of the rates of video, the one at which the fewest frames are out of place: 29.97 and 30 drift apart slowly.
    rate = min(VIDEO_RATES, key=lambda rate: int((np.abs(counted_at(rate) - stamps) > rounding).sum()))
    counted = counted_at(rate)
    wrong = np.abs(counted - stamps) > rounding
    if wrong.any():
        frame = int(np.argmax(wrong))
        raise InputError(
            f"time is {stamps[frame]:g} s, but frame {frame + 1} of a video of {rate:g} frames per second is at"
            f" {counted[frame]:g} s",
            file=path,
            row=rows[frame],
            column="frameTime",
            remedy="frames are missing or out of order: restore the challenge's file",
        )
    return counted


def _read_slowly(content: bytes, *, file: Path) -> pl.DataFrame:
    """Read the fields cell by cell: name the first one that cannot be right, or read them all the same."""
    source = parse_table(content, FRAMES, file=file)
    values = read_cells(source, FIELDS[1:], remedy=RESTORE)
    if not source.lines:
        raise source.error("holds a header and no frames")
    return pl.DataFrame({"name": [fields[0] for _, fields in source], **values})
