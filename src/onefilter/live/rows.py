"""From the bytes of an OpenFace file that is still being written, in pieces of any size, to frames.

What `onefilter.corpus.formats.openface` refuses in a finished file cannot stop a stream: a row that cannot be read is
left out, counted and remarked on; negative intensities count as 0, with a warning. A header that cannot be used is an
error. A column ``turn`` (0 or 1), if there is one, says whether the person speaks. Standard library and NumPy only.
"""

import math
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from onefilter.corpus.clock import (
    check_pace,
    check_rate,
    contradiction,
    drift,
    drift_of,
    fitting_pace,
    give_rate,
    in_seconds,
    likely_pace,
    per_frame,
    shares,
    slow_clock,
)
from onefilter.corpus.openface_format import (
    INTENSITY,
    bounds_of,
    column_of,
    columns_of,
    offence,
    separator_of,
    spare_of,
)
from onefilter.errors import InputError
from onefilter.live.events import LATEST_TIME, Event, Remark, named
from onefilter.live.stream import INTENSITIES, Frame
from onefilter.names import AUS, SIGNALS, count
from onefilter.text import MOST_LINES, Pieces, are_row, fields_of, fit, is_empty, is_hint, is_open, number, row_number

UNCALIBRATED: Final = (
    "negative, so not yet calibrated (OpenFace calibrates when the video ends); negative intensities count as 0, and"
    " predictions are biased; docs/live.md says by how much, and what --calibrate can do"
)


_LONGEST_ROW: Final = 1 << 22
"""Bytes; what has no line end for longer is no CSV."""
_LATEST_UNITS: Final = 1e20
"""Of a time stamp in any unit; nanoseconds since 1970 are less."""
_PACE_AFTER: Final = 10
"""Steps after which the frame rate is checked; until then, frames are held back."""
_STANDS: Final = 0.3
"""Share of the first steps in which the clock of a camera may stand still."""
_AGREES: Final = 0.05
"""Up to this share a frame rate agrees with the pace of the first frames."""
_RATE_AFTER: Final = 30
"""Frames after which the clock's rate is known well enough to contradict the one that is given."""

_UNEVEN_AFTER: Final = 400
"""Frames after which that of an uneven clock is."""


class Rows:
    """Reads one file after the other."""

    def __init__(
        self,
        name: str,
        *,
        fps: float | None = None,
        face: int | None = None,
        keep_negative: bool = False,
        signals: Sequence[str] = SIGNALS,
    ) -> None:
        """Begin with the first file.

        Args:
            name: Of the files, for messages.
            fps: True frame rate, if the timestamps are not seconds; time is then counted in frames, from the video's
                first one.
            face: Which ``face_id`` to take; without one, that of the first row.
            keep_negative: Whether negative intensities are kept, because they are calibrated later.
            signals: Which signals frames have: those of `SIGNALS`, and others behind them.

        Raises:
            InputError: If no video has that frame rate.
        """
        if fps is not None:
            check_rate(fps, file=name)
        self._keep_negative, self._signals = keep_negative, signals
        self._beside = np.array([bounds_of(column_of(name)) for name in signals[len(SIGNALS) :]]).reshape(-1, 2).T
        self._name, self._fps, self._asked = named(name), fps, face
        self._said: set[str] = set()
        self.left_out = 0
        """Number of rows that could not be read."""
        self.begin()

    def begin(self) -> None:
        """Begin another file; what is left of the last one is forgotten."""
        self._rest, self._row = b"", 0
        self._waiting: list[bytes] = []
        self._columns: list[str] = []
        self._face, self._first = self._asked, math.nan
        self._pieces = Pieces(self._name)
        self._seen: list[tuple[float, float]] = []
        self._far: list[tuple[float, float]] = []
        self._held: list[Frame] | None = []
        self._agreed: tuple[float, float, str] | None = None
        self._last, self._enough = -math.inf, _RATE_AFTER
        self._lately, self._stood = deque[tuple[float, float]](maxlen=_PACE_AFTER), 0

    def feed(self, data: bytes) -> Iterator[Event]:
        """Take the next bytes; give the events of the rows that they complete.

        Raises:
            InputError: If the first row is not a header that can be used, or time is not that of a video.
        """
        yield from self._take(self._pieces.feed(data))

    def _take(self, text: bytes) -> Iterator[Event]:
        *lines, self._rest = (self._rest + text).split(b"\n")
        for line in lines:
            self._row += 1
            yield from self._joined(line)
        if len(self._rest) > _LONGEST_ROW:
            raise InputError(
                f"has a line of more than {_LONGEST_ROW} bytes", file=self._name, row=self._row + 1, remedy="give a CSV"
            )

    def _joined(self, line: bytes) -> Iterator[Event]:
        """Take a line, together with those before it in which the row began: quoted cells may hold line ends."""
        lines = [*self._waiting, line]
        row = b"\n".join(lines)
        open_yet = self._is_open(row)
        self._waiting = lines if open_yet and len(lines) < MOST_LINES else []
        if self._waiting:
            return
        if open_yet or (len(lines) > 1 and not self._are_row(lines)):
            yield from self._apart(lines)
        else:
            yield from self._together(row)

    def _together(self, row: bytes) -> Iterator[Event]:
        """Take lines as one row, which has the number of its first one."""
        last = self._row
        self._row -= row.count(b"\n")
        yield from self._line(row)
        self._row = last

    def _is_open(self, row: bytes) -> bool:
        """Tell whether a quote in a row is not closed yet."""
        if not self._columns or row.count(b'"') % 2 == 0:
            return False
        return is_open(row.decode(errors="replace"), self._separator.decode())

    def _are_row(self, lines: Sequence[bytes]) -> bool:
        """Tell whether lines are one row together."""
        texts = [line.decode(errors="replace") for line in lines]
        return are_row(texts, self._separator.decode(), len(self._columns), spare=self._spare)

    def _apart(self, lines: Sequence[bytes]) -> Iterator[Event]:
        """Take the last lines each by itself, because they are no row together."""
        last = self._row
        for self._row, line in enumerate(lines, start=last - len(lines) + 1):
            yield from self._line(line)

    def finish(self) -> Iterator[Event]:
        """Take the file as ended: a last row without an end counts if all that is read of it must be there.

        Raises:
            InputError: If there is no header that can be used, or time is not that of a video.
        """
        yield from self._take(self._pieces.feed(b"", last=True))
        yield from self._take_last()
        yield from self._release()

    def _take_last(self) -> Iterator[Event]:
        waiting, self._waiting = self._waiting, []
        row = b"\n".join([*waiting, self._rest])
        if waiting and not self._is_open(row) and self._are_row([*waiting, self._rest]):
            self._rest = row
        else:
            yield from self._apart(waiting)
        line, self._rest = self._rest, b""
        if is_empty(line):
            return
        self._row += 1
        if not self._columns:
            self._header(line)
            return
        if line.rstrip().endswith(b'"') or self._is_whole(line):
            yield from self._together(line)
        else:
            yield from self._leave_out("is cut off")

    def _is_whole(self, line: bytes) -> bool:
        """Tell whether all that is read of a last row without an end must be there."""
        ended, width = line.count(self._separator) + 1, len(self._columns)
        if ended > width:
            return not b"".join(line.split(self._separator)[width:]).strip()
        return ended >= width - self._spare and ended - 1 not in self._places

    def sum_up(self) -> Iterator[Event]:
        """Give what was held back, and say how many rows were left out if there was more than the one that was named.

        Raises:
            InputError: If that were all of them, or time is not that of a video.
        """
        yield from self._release()
        if self.left_out and not self._seen:
            self._check_pace(self._far)
            raise InputError(
                f"none of its {self.left_out} rows could be read",
                file=self._name,
                remedy="correct the file: what is wrong with the first one is said above",
            )
        if self.left_out > 1:
            yield Remark(f"{self._name}: {self.left_out} rows could not be read and were left out")

    def check_any(self) -> None:
        """Refuse a whole file without a frame of the face that is followed.

        Raises:
            InputError: If it is one.
        """
        if self._seen or self.left_out:
            return
        if self._asked is not None and self._columns:
            raise InputError(f"has no face {self._asked}", file=self._name, remedy="correct --face")
        what = "holds a header and no frames" if self._columns else "is empty"
        raise InputError(what, file=self._name, remedy="give the CSV of a video")

    def _values(self, line: bytes) -> list[float] | str:
        """Read the wanted numbers of a row, or say what is wrong with it."""
        try:
            fields = self._split(line) if b'"' in line else line.split(self._separator)
        except ValueError as error:
            # Notes may write a quote in another way, with a backslash say: only wanted columns decide.
            fields = line.split(self._separator)
            if len(fields) != len(self._columns) or self._is_open(line):
                return str(error)
        if len(fields) != len(self._columns):
            fields = fit(fields, len(self._columns), spare=self._spare)
        if len(fields) != len(self._columns):
            self._refuse_row_number(fields)
            return f"has {count(len(fields), 'field')} where the header has {len(self._columns)}"
        values = self._numbers(fields)
        if values is None:
            return self._offence(fields)
        # Python reads 1_0 as 10; OpenFace writes no such thing.
        odd = b"_" in line and any(b"_" in fields[place] for place in self._places)
        if odd or not math.isfinite(sum(values)):
            return self._offence(fields)
        face, frame, turn, stamp, success, confidence, *others = values
        # Where there is no such column, success is in its place.
        if success % 1 or face % 1 or frame % 1:
            return self._offence(fields)
        bounded, intensities = (confidence, success, turn), others[: len(AUS)]
        if not (min(bounded) >= 0 and max(bounded) <= 1 and max(intensities) <= INTENSITY[1]):
            return self._offence(fields)
        if len(others) > len(AUS) and not self._within(others[len(AUS) :]):
            return self._offence(fields)
        if self._fps is None and abs(stamp) > LATEST_TIME:
            self._far.append((stamp, frame if "frame" in self._columns else math.nan))
            return f"column timestamp: {stamp:g} is no time in seconds"
        if self._fps is not None and abs(frame) > LATEST_TIME:
            return f"column frame: {frame:g} is no number of a frame"
        return values

    def _numbers(self, fields: Sequence[bytes]) -> list[float] | None:
        """Read the wanted cells; None if one of them holds no number."""
        try:
            return [float(fields[place]) for place in self._places]
        except ValueError:
            # Text knows more blanks than bytes do.
            read = [number(fields[place].decode(errors="replace").strip()) for place in self._places]
            return None if None in read else [value for value in read if value is not None]

    def _line(self, line: bytes) -> Iterator[Event]:
        if is_empty(line):
            return
        if not self._columns:
            if not (self._row == 1 and is_hint(line.decode(errors="replace"))):
                self._header(line)
            return
        values = self._values(line)
        if isinstance(values, str):
            yield from self._leave_out(values)
            if len(self._far) > _PACE_AFTER and not self._seen:
                self._check_pace(self._far)
            return
        face, frame, turn, stamp, success, confidence, *others = values
        if math.isnan(self._first):
            # The video's first frame, whoever is seen in it, and whatever is cut off before.
            self._first = 0.0 if frame == 0 else 1.0
        if "face_id" in self._columns:
            if self._face is None:
                self._face = int(face)
            if face != self._face:
                yield from self._once(f"row {self._row}: another face; only face {self._face} counts (--face)", "face")
                return
        yield from self._check_clock(stamp, frame if "frame" in self._columns else None)
        if self._fps is not None:
            stamp = (frame - self._first) / self._fps
        signals, intensities = np.array([confidence, *others]), others[: len(AUS)]
        if min(intensities) < INTENSITY[0] and not self._keep_negative:
            unit = AUS[int(np.argmin(intensities))]
            yield from self._once(
                f"row {self._row}, column {unit}_r: {min(intensities):g} is {UNCALIBRATED}", "negative"
            )
            np.maximum(signals[INTENSITIES], 0.0, out=signals[INTENSITIES])
        yield from self._hold_back(Frame(stamp, success, signals, turn if "turn" in self._columns else 0.0))

    def _hold_back(self, frame: Frame) -> Iterator[Event]:
        """Give a frame once the frame rate is known to be a video's: no clock that is refused is predicted for."""
        if self._held is None:
            yield frame
            return
        self._held.append(frame)
        if len(self._seen) > _PACE_AFTER:
            yield from self._release()

    def _release(self) -> Iterator[Event]:
        """Check the frame rate, once, and give the frames that waited for that."""
        if self._held:
            self._check_pace(self._seen)
            held, self._held = self._held, None
            yield from held

    def _within(self, beside: Sequence[float]) -> bool:
        """Tell whether signals other than the usual ones lie within their bounds."""
        low, high = self._beside
        return bool(((low <= beside) & (beside <= high)).all())

    def _split(self, line: bytes) -> list[bytes]:
        """Split a row that holds quotes, as `onefilter.text` does."""
        return [field.encode() for field in fields_of(line.decode(errors="replace"), self._separator.decode())]

    def _refuse_row_number(self, fields: Sequence[bytes]) -> None:
        """Refuse a file whose rows have a number in front: none of them could be read."""
        found = row_number([field.decode(errors="replace") for field in fields], len(self._columns))
        if found is not None and not self._seen and not self.left_out:
            raise InputError(found[0], file=self._name, row=self._row, remedy=found[1])

    def _check_clock(self, stamp: float, frame: float | None) -> Iterator[Event]:
        """See whether timestamps contradict the frame rate that is given: those of the first frames, then drifts."""
        if self._fps is None and self._held is None and frame is not None:
            yield from self._doubt_clock(stamp, frame)
        if len(self._seen) > self._enough:
            yield from self._check_drift(stamp, frame)
            return
        stamp = min(max(stamp, -_LATEST_UNITS), _LATEST_UNITS)
        self._seen.append((stamp, math.nan if frame is None else frame))
        if self._fps is not None and len(self._seen) == self._enough + 1:
            clock, frames = np.array(self._seen).T
            # So few frames of a camera whose pace varies say little; 25 for 30 is found.
            fitting = fitting_pace(frames, clock)
            forward = bool((np.diff(clock) > 0).all())
            found = contradiction(fitting, self._fps, forward=forward, agrees=_AGREES) if fitting else None
            slow = slow_clock(frames, clock, self._fps) if not fitting and (np.diff(frames) > 0).all() else None
            if slow is not None:
                yield from self._once(slow, "rate")
            if found is not None:
                yield from self._once(f"row {self._row}: {found[0]}; {found[1]}", "rate")
            elif fitting and not shares(frames, in_seconds(clock, fitting.unit)):
                self._agreed = stamp, frames[-1], fitting.unit
            elif not fitting and slow is None and self._enough == _RATE_AFTER:
                self._enough = _UNEVEN_AFTER
            elif not fitting and (uneven := drift_of(frames, clock, self._fps)) is not None:
                yield from self._once(f"row {self._row}: {uneven}", "rate")

    def _doubt_clock(self, stamp: float, frame: float) -> Iterator[Event]:
        """Say that timestamps are rounded so much that frames share them, where this shows after the first frames."""
        stands = bool(self._lately) and stamp == self._lately[-1][0] and frame > self._lately[-1][1]
        self._lately.append((stamp, frame))
        self._stood += stands
        if stands and self._stood > 1 and "still" not in self._said:
            clock, frames = np.array(self._lately).T
            if shares(frames, clock):
                what = f"timestamps are rounded, so that frames share {stamp:g} s: {give_rate()}"
                yield from self._once(f"row {self._row}: {what}", "still")

    def _check_drift(self, stamp: float, frame: float | None) -> Iterator[Event]:
        """See whether a clock that agreed with the frame rate that is given goes on to do so."""
        last, self._last = self._last, stamp
        if self._agreed is None or self._fps is None or frame is None:
            return
        if stamp <= last:  # A clock that stands still, or was set back, tells nothing from here on.
            self._agreed = None
            return
        begun, first, unit = self._agreed
        passed = float(in_seconds(np.array(stamp - begun), unit))
        found = drift(passed, (frame - first) / self._fps, self._fps)
        if found is not None:
            yield from self._once(f"row {self._row}: {found}", "rate")

    def _check_pace(self, seen: Sequence[tuple[float, float]]) -> None:
        """Check that the first frames come as those of a video; single ones that stand still are left out elsewhere.

        Args:
            seen: Their timestamps, and their numbers, NaN where there are none.
        """
        if len(seen) < 2:
            return
        clock, frames = np.clip(np.array(seen).T, -_LATEST_UNITS, _LATEST_UNITS)
        steps, stride = np.diff(clock), None if math.isnan(frames[-1]) else float(np.median(np.diff(frames)))
        if self._fps is not None and (np.diff(frames) <= 0).all():
            what = f"does not count the frames: {frames[0]:g}, then {frames[1]:g}"
            raise InputError(what, file=self._name, row=self._row, column="frame", remedy="omit --fps")
        if self._fps is not None and stride:
            check_pace(stride / self._fps, file=self._name, stride=stride)
        if self._fps is None and (steps < 0).all() and len(steps) > 1:
            what = f"time goes backwards, from {clock[0]:g} s to {clock[-1]:g} s"
            raise InputError(what, file=self._name, row=self._row, column="timestamp", remedy="sort the rows by time")
        still = (steps == 0).mean()
        # A camera's clock may stand still for a frame; one that is rounded makes other times of many.
        rounded = stride and (steps == 0).sum() > 1 and still < 1 and shares(frames, clock)
        if self._fps is None and (still == 1 or (stride and still > _STANDS) or rounded):
            where, known = f"at {clock[-1]:g} s", "all the same, or rounded"
            if still < 1:
                where, known = f"in {(steps == 0).sum()} of {len(steps)} steps", "rounded or repeated"
            pace = likely_pace(frames, clock) if stride and (steps >= 0).all() else None
            raise InputError(
                f"time stands still {where}",
                file=self._name,
                row=self._row,
                column="timestamp",
                remedy=f"timestamps are {known}: {give_rate(pace)}",
            )
        if self._fps is None and (steps > 0).any():
            counts = stride is not None and frames[-1] > frames[0]
            passed = per_frame(frames, clock) if counts and (steps >= 0).all() else None
            check_pace(float(np.median(steps[steps > 0])), file=self._name, stride=stride, per_frame=passed)

    def _header(self, line: bytes) -> None:
        columns = columns_of(line, file=self._name, row=self._row, signals=self._signals)
        self._separator, self._spare = separator_of(line).encode(), spare_of(columns, self._signals)
        if self._fps is not None and "frame" not in columns:
            raise InputError("has no column frame, but the frame rate is given", file=self._name, remedy="omit --fps")
        if self._asked is not None and "face_id" not in columns:
            raise InputError("has no face_id, but a face is asked for", file=self._name, remedy="omit --face")
        # Early versions have no face_id, and turn is rare: success is read in their place, and its value not used.
        optional = [columns.index(name if name in columns else "success") for name in ("face_id", "frame", "turn")]
        needed = ("timestamp", "success", *map(column_of, self._signals))
        self._columns, self._places = columns, [*optional, *(columns.index(name) for name in needed)]

    def _offence(self, fields: Sequence[bytes]) -> str:
        """Say which cell is at fault."""
        for place in self._places:
            name = self._columns[place]
            found = offence(name, fields[place].decode(errors="replace").strip())
            if found is not None and "negative" not in found[0]:
                return f"column {name}: {found[0]}"
        return "cannot be read"

    def _leave_out(self, what: str) -> Iterator[Event]:
        self.left_out += 1
        yield from self._once(f"row {self._row}: {what}; left out, as is any other that cannot be read", "left out")

    def _once(self, text: str, kind: str) -> Iterator[Event]:
        if kind not in self._said:
            self._said.add(kind)
            yield Remark(f"{self._name}, {text}")
