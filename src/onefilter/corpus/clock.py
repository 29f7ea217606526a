"""At what pace a video's rows come: by their timestamps, and by their numbers of frames.

Says which frame rate a file's clock means, and what is wrong with a clock, or with a rate that somebody gives.
Shared by those who read whole files (`onefilter.corpus.formats`) and those who follow one as it grows
(`onefilter.live.rows`). Standard library and NumPy only.
"""

import sys
from pathlib import Path
from typing import Final, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from onefilter.errors import InputError

Floats = npt.NDArray[np.float64]

FRAME_RATES: Final = (4.0, 250.0)
"""Frames per second that a video can have."""
VIDEO_RATES: Final = (30, 25, 24, 50, 60, 48, 15, 20, 10, 30000 / 1001, 24000 / 1001, 60000 / 1001, 12.5)
"""Those that videos usually have, the likeliest first."""
LATEST_START: Final = 1.0
"""A recording begins at most this late (seconds)."""
LONGEST_GAP: Final = 10.0
"""Frames may be missing for at most this long (seconds); OpenFace writes a row for lost frames, too."""
_AGREES: Final = 0.01
"""Frame rates that differ by less than this share agree (29.97 is called 30)."""
_UNEVEN: Final = 0.5
"""Steps of a regular clock differ by no more than this share of the usual one (cameras are uneven)."""
_MOSTLY: Final = 0.9
"""Share of a regular clock's steps that do so."""
_ROUNDED: Final = 0.001
"""Seconds to which timestamps are printed."""
_DRIFTS: Final = (0.02, 0.5)
"""By this share and so many seconds, an uneven clock and the numbers of frames may be apart."""
_DIGIT: Final = 0.1
"""Seconds to which six digits are printed from 10,000 s on."""
_EXACT: Final = 0.01
"""A rate is known to this share, or not at all."""
NO_RATE: Final = (
    "give no frame rate (column `fps` of the recordings table, or --fps); if the clock is wrong, run OpenFace on a"
    " video that states its rate"
)
"""What to do about a frame rate that a regular clock contradicts."""
_USUAL_RATE: Final = 60.5
"""Frames per second that few cameras exceed: a clock that would mean more may count something else."""
_CLOCKS: Final = {1e3: "milliseconds", 1e6: "microseconds", 1e9: "nanoseconds"}
"""What clocks count instead of seconds: how many of them are one."""
_LONG_CLOCKS: Final = {1 / 60: "minutes", 1 / 3600: "hours", 1 / 86400: "days"}
"""Longer ones, believed where the frame rate would be a usual one."""
_SAME_RATE: Final = 2e-4
"""Frame rates that differ by less than this share are the same; 29.97 and 30 are not."""
_WHOLE_VIDEO: Final = "run OpenFace on every frame of the video"
_COARSE: Final = 0.25
"""Share of a step to which timestamps may be rounded before single steps say little."""
_LATEST: Final = 1e12
"""Seconds; what is later is no time."""
_VAGUE: Final = 0.1
"""Of rates that are further apart than by this share, none is the likeliest."""
_STRIPS: Final = (1, 4)
"""Digits that rounded timestamps of even, and of uneven frames are apart from a line."""
_TELLING: Final = 0.6
"""Share of a step to which timestamps may be rounded before their steps say nothing."""
_NOISE: Final = 1e-5
"""Seconds by which numbers that are rounded to fewer digits are off."""
_SAME: Final = 1e-14
"""By this share, two numbers that are the same may differ."""
_SHARES: Final = 0.9
"""Digits to which frames that share a timestamp are rounded are as long as steps, or nearly so."""
_STRETCH: Final = 50
"""Frames in which a clock that stops or leaps elsewhere shows its pace."""
_HALVINGS: Final = 60
"""Steps in which a bound is found: each halves, or nearly so, where it may lie."""


class Pace(NamedTuple):
    """How fast frames follow one another.

    Attributes:
        rate: Frames per second, the likeliest.
        low: The lowest that is possible.
        high: The highest.
        unit: Of the clock, empty for seconds.
    """

    rate: float
    low: float
    high: float
    unit: str = ""

    @classmethod
    def exactly(cls, rate: float, unit: str = "") -> Self:
        """Give the pace of a clock that leaves no doubt about the frames per second."""
        return cls(rate, rate, rate, unit)

    @property
    def is_known(self) -> bool:
        """Whether the rate is certain: to a hundredth, or as the only usual one among those that are possible."""
        usual = [rate for rate in VIDEO_RATES if self.low <= rate <= self.high]
        alone = bool(usual) and all(abs(rate / self.rate - 1) <= _AGREES for rate in usual)
        return self.high / self.low - 1 <= (_VAGUE if alone else 2 * _EXACT)


def check_pace(step: float, *, file: Path | str, stride: float | None = None, per_frame: float | None = None) -> None:
    """Refuse timestamps whose median step (seconds) is not that of a video.

    Args:
        step: Median of what lies between two rows.
        file: The file's name, for messages.
        stride: The same, in the file's own numbers of frames, if it has any.
        per_frame: What timestamps pass from one frame to the next, over the whole file, where single steps are rounded.

    Raises:
        InputError: If it is not, with the frame rate that it would mean.
    """
    slowest, fastest = FRAME_RATES
    if 1 / fastest <= step <= 1 / slowest:
        return
    raise InputError(
        f"timestamps step by {step:g} s, which is {1 / step:g} frames per second",
        file=file,
        column="timestamp",
        remedy=_pace_remedy(step, stride, per_frame or step / (stride or 1.0)),
    )


def check_rate(fps: float, *, file: Path | str) -> None:
    """Refuse a frame rate that no video has, also one that is not a number.

    Raises:
        InputError: If it is such a one.
    """
    slowest, fastest = FRAME_RATES
    if not slowest <= fps <= fastest:
        raise InputError(
            f"a frame rate of {fps:g} lies outside {slowest:g}..{fastest:g}",
            file=file,
            remedy=f"{_WHOLE_VIDEO} (fewer frames per second are too few)" if 0 < fps < slowest else "give the video's",
        )


def _regular_pace(frames: Floats, clock: Floats) -> Pace | None:
    """Give the pace at which time goes on evenly, if it does, and is that of a video.

    Args:
        frames: Numbers of frames [n].
        clock: Their timestamps (seconds) [n].
    """
    passed, counted = np.diff(clock), np.diff(frames)
    if not len(passed) or counted.min() <= 0:
        return None
    coarse, span = is_coarse(frames, clock), float(clock[-1] - clock[0])
    if coarse and span >= _ROUNDED / _EXACT and (rounded := rounded_pace(frames, clock)) is not None:
        return rounded
    overall = float(frames[-1] - frames[0]) / span if span >= _DIGIT / _EXACT else 0.0
    if FRAME_RATES[0] <= overall <= FRAME_RATES[1]:
        line = clock[0] + (frames - frames[0]) / overall
        if np.abs(clock - line).max() <= _DIGIT:
            return Pace.exactly(overall)
    steps = passed / counted
    usual = float(np.median(steps))
    slowest, fastest = FRAME_RATES
    if not 1 / fastest <= usual <= 1 / slowest:
        return None
    # Steps of one digit are all that many rates leave.
    if coarse and digit_of(clock) > _TELLING * usual:
        return None
    even = np.abs(steps - usual) <= _UNEVEN * usual + _ROUNDED
    if even.mean() < _MOSTLY or passed[even].sum() < _ROUNDED / _EXACT:
        return None
    return Pace.exactly(float(counted[even].sum() / passed[even].sum()))


def fitting_pace(frames: Floats, clock: Floats) -> Pace | None:
    """Give the frames per second at which time goes on evenly, and in which unit it then is.

    A clock that would be one of milliseconds of a very fast camera may as well be that of a picture every few seconds.

    Args:
        frames: Numbers of frames [n].
        clock: Their timestamps [n].
    """
    for unit, name in {1.0: "", **_CLOCKS}.items():
        pace = _regular_pace(frames, clock / unit)
        if pace is not None and (not name or pace.rate <= _USUAL_RATE):
            return pace._replace(unit=name)
    return _long_pace(frames, clock)


def _long_pace(frames: Floats, clock: Floats) -> Pace | None:
    """Give the pace of a clock that counts minutes, hours or days (of a spreadsheet), if it goes at a usual rate."""
    for unit, name in _LONG_CLOCKS.items():
        pace = _regular_pace(frames, clock / unit)
        usual = None if pace is None else usual_rate(pace.rate)
        if usual is not None:
            return Pace.exactly(usual, name)
    return None


def usual_rate(rate: float) -> float | None:
    """Give the usual rate of videos that a measured one stands for, if it does."""
    return next((usual for usual in VIDEO_RATES if abs(rate / usual - 1) < _SAME_RATE), None)


def steady_pace(frames: Floats, clock: Floats) -> Pace | None:
    """Give the pace of the longest stretch in which a clock goes forward, if it is long and even: the rest stopped.

    Args:
        frames: Numbers of frames [n].
        clock: Their timestamps (in any unit) [n].
    """
    ends = np.flatnonzero(np.concatenate([[True], np.diff(clock) <= 0, [True]]))
    longest = int(np.argmax(np.diff(ends)))
    stretch = slice(int(ends[longest]), int(ends[longest + 1]))
    return fitting_pace(frames[stretch], clock[stretch]) if stretch.stop - stretch.start >= _STRETCH else None


def digit_of(clock: Floats) -> float:
    """Give the unit of the last digit to which timestamps are printed (seconds): six digits have one that grows.

    Args:
        clock: The timestamps (seconds) [n].
    """
    stamps = np.abs(clock)
    highest = float(stamps.max())
    if highest > _LATEST:
        return 1.0

    def strays(digit: float | Floats) -> Floats:
        return np.asarray(np.abs(stamps - np.rint(stamps / digit) * digit))

    digits = (10.0**-places for places in range(6))
    digit = next((digit for digit in digits if strays(digit).max() < min(_EXACT * digit, _NOISE)), 1e-6)
    if highest < _NOISE:
        return digit
    # OpenFace 2 prints six digits, before or behind the point.
    printed = 10.0 ** (np.floor(np.log10(np.maximum(stamps, _NOISE))) - 5)
    six = (strays(printed) <= _SAME * stamps).all()
    return max(digit, float(printed.max())) if six else digit


def is_coarse(frames: Floats, clock: Floats) -> bool:
    """Tell whether timestamps are rounded, or cut, so much that steps from frame to frame say little.

    Args:
        frames: Numbers of frames [n], not all the same.
        clock: Their timestamps (seconds) [n].
    """
    return _rounds(frames, clock, _COARSE)


def shares(frames: Floats, clock: Floats) -> bool:
    """Tell whether timestamps are rounded, or cut, so much that frames may share one.

    Args:
        frames: Numbers of frames [n], not all the same.
        clock: Their timestamps (seconds) [n].
    """
    return _rounds(frames, clock, _SHARES)


def _rounds(frames: Floats, clock: Floats, share: float) -> bool:
    """Tell whether the last digit of timestamps is longer than a share of the step from frame to frame."""
    if np.abs(clock).max() > _LATEST:
        return False
    return digit_of(clock) * float(np.ptp(frames)) > share * float(np.ptp(clock)) > 0


def rounded_pace(frames: Floats, clock: Floats) -> Pace | None:
    """Give the rates at which a clock can go whose timestamps are rounded, or cut, and the likeliest, if there are any.

    Rounding, or cutting, moves timestamps by one unit of their last digit at most: at a rate that is possible, all
    frames lie in a strip of that height around a line. A camera's clock is uneven besides: where no strip is as low,
    one of some digits is taken. A usual rate of videos is the likeliest.

    Args:
        frames: Numbers of frames [n].
        clock: Their timestamps (seconds) [n], not all the same.
    """
    if np.diff(clock).min() < 0:
        return None
    digit, guess = digit_of(clock), 1 / trend(frames, clock)

    def height(slope: float) -> float:
        return float(np.ptp(clock - slope * frames))

    # The height of the strip is a convex function of its slope.
    low, high = 0.0, 4 * guess
    for _ in range(_HALVINGS):
        thirds = low + (high - low) / 3, high - (high - low) / 3
        low, high = (low, thirds[1]) if height(thirds[0]) <= height(thirds[1]) else (thirds[0], high)
    best = (low + high) / 2
    fitting = (digit * (times + _EXACT) for times in _STRIPS)
    most = next((each for each in fitting if height(best) <= each), None)
    if most is None:
        return None

    def edge(inside: float, outside: float) -> float:
        for _ in range(_HALVINGS):
            middle = (inside + outside) / 2
            inside, outside = (middle, outside) if height(middle) <= most else (inside, middle)
        return inside

    slowest, fastest = FRAME_RATES
    least = max(1 / edge(best, max(4 * guess, 2 / slowest)), slowest)
    highest = min(1 / max(edge(best, 0.0), 1 / (2 * fastest)), fastest)
    if least > highest:
        return None
    middle = 2 / (1 / least + 1 / highest)
    return Pace(next((rate for rate in VIDEO_RATES if least <= rate <= highest), middle), least, highest)


def lost_time(frames: Floats, clock: Floats, pace: Pace) -> str | None:
    """Say that a regular clock and `frame` disagree on how long a file lasts: rows were taken out, and one counts anew.

    Args:
        frames: Numbers of frames [n].
        clock: Their timestamps (seconds) [n].
        pace: At which the clock goes.
    """
    if pace.low < pace.high:  # All frames lie on one line, but for rounding.
        return None
    passed, counted = float(clock[-1] - clock[0]), float(frames[-1] - frames[0]) / pace.rate
    if abs(passed - counted) <= _AGREES * passed + 2 * _DIGIT:
        return None
    if counted > passed and np.diff(clock).min() < 0:  # A clock that was set back tells nothing.
        return None
    anew = "frames numbered anew" if counted < passed else "time counted anew"
    return (
        f"the file's clock is regular and passes {passed:.4g} s, for which `frame` counts {counted:.4g} s: rows were"
        f" taken out, and {anew}"
    )


def in_seconds(clock: Floats, unit: str) -> Floats:
    """Bring a clock in a unit that `Pace` names to seconds."""
    return clock / _size_of(unit)


def _size_of(unit: str) -> float:
    """Give how many of a clock's units are one second."""
    return next((size for size, name in {**_CLOCKS, **_LONG_CLOCKS}.items() if name == unit), 1.0)


def drift(passed: float, counted: float, fps: float) -> str | None:
    """Say that a clock and the numbers of frames have come apart, if they have.

    Args:
        passed: Seconds that the clock passes.
        counted: Seconds that the frames take at `fps`.
        fps: The frame rate that was given.
    """
    if abs(passed - counted) <= _DRIFTS[0] * abs(passed) + _DRIFTS[1]:
        return None
    return (
        f"the file's clock passes {passed:.4g} s, for which `frame` counts {counted:.4g} s: rows were taken out, or"
        f" {fps:g} is not the frame rate"
    )


def drift_of(frames: Floats, clock: Floats, fps: float) -> str | None:
    """Say that an uneven clock, which stands still only where it is rounded, and the numbers of frames come apart.

    Args:
        frames: Numbers of frames [n], increasing.
        clock: Their timestamps [n].
        fps: The frame rate that was given.
    """
    if np.ptp(clock) == 0:
        return None
    rate = trend(frames, clock)
    unit = next((size for size in (1.0, *_CLOCKS) if FRAME_RATES[0] <= rate * size <= _USUAL_RATE), None)
    if unit is None or (np.diff(clock).min() == 0 and not is_coarse(frames, clock / unit)):
        return None
    # A clock that was set back tells nothing; one that jitters goes along a line all the same.
    strays = float(np.ptp(clock / unit - frames / (rate * unit)))
    if np.diff(clock).min() < 0 and strays > _DRIFTS[0] * float(np.ptp(clock)) / unit + _DRIFTS[1]:
        return None
    found = drift(float(np.ptp(clock)) / unit, float(np.ptp(frames)) / fps, fps)
    apart = float(np.ptp(clock / unit - frames / fps))
    if found is None and apart > _DRIFTS[0] * float(np.ptp(clock)) / unit + _DRIFTS[1] + digit_of(clock / unit):
        return (
            f"at {fps:g} frames per second, the file's clock and `frame` are up to {apart:.3g} s apart: the frame rate"
            " is not the same throughout; convert the video to a constant one, and run OpenFace on that"
        )
    return found


def trend(frames: Floats, clock: Floats) -> float:
    """Give the frames that pass per unit of the clock: the slope of the line that fits best.

    Timestamps that are rounded, or cut to whole seconds, are shared by several frames, of which the middle counts. At
    both ends some of them may be missing, so these are left out.

    Args:
        frames: Numbers of frames [n].
        clock: Their timestamps [n], not all the same.
    """
    stamps, places = np.unique(clock, return_inverse=True)
    middle = np.bincount(places, frames) / np.bincount(places)
    if len(stamps) > 3:
        stamps, middle = stamps[1:-1], middle[1:-1]
    # In a unit of their own, whatever the clock's: squares of seconds since no known day may be too large for a number.
    unit = np.abs(stamps).max()
    passed = stamps / unit - (stamps / unit).mean()
    return float(passed @ middle / (passed @ passed)) / float(unit)


def likely_pace(frames: Floats, clock: Floats) -> Pace | None:
    """Give the pace that a clock and the numbers of frames mean together; None if they do not go together evenly.

    Where rounding leaves several rates, they are its bounds. A usual rate of videos is taken where one fits.

    Args:
        frames: Numbers of frames [n].
        clock: Their timestamps (in any unit) [n].
    """
    if len(frames) < 2 or np.ptp(clock) == 0 or np.ptp(frames) == 0:
        return None
    for unit, name in {1.0: "", **_CLOCKS}.items():
        seconds = clock / unit
        rate = trend(frames, seconds)
        if not FRAME_RATES[0] / 2 <= rate <= 2 * FRAME_RATES[1]:
            continue
        regular = _regular_pace(frames, seconds)
        if regular is not None and regular.low < regular.high:
            return regular._replace(unit=name)
        strays = np.ptp(seconds - frames / rate) > _DRIFTS[0] * np.ptp(seconds) + _DRIFTS[1]
        if regular is None and (strays or is_coarse(frames, seconds)):
            return None
        rate = rate if regular is None else regular.rate
        near = (usual for usual in VIDEO_RATES if abs(rate / usual - 1) <= _AGREES)
        moved = digit_of(seconds) * (1 + _EXACT)
        rate = next((usual for usual in near if np.ptp(seconds - frames / usual) <= moved), rate)
        return Pace.exactly(rate, name)
    return _long_pace(frames, clock)


def per_frame(frames: Floats, clock: Floats) -> float | None:
    """Give what a clock passes from one frame to the next, in its own unit: at the likely pace, if there is one.

    None where the two do not go forward together.

    Args:
        frames: Numbers of frames [n].
        clock: Their timestamps (in any unit) [n], not all the same.
    """
    pace = likely_pace(frames, clock)
    if pace is None:
        rate = trend(frames, clock)
        return max(1 / rate, sys.float_info.min) if rate > 0 else None
    return _size_of(pace.unit) / pace.rate


def slow_clock(frames: Floats, clock: Floats, fps: float) -> str | None:
    """Say what a frame rate makes of a clock that goes on evenly, but more slowly than any video's; None for others.

    A clock of milliseconds that goes at this very rate is none of these.
    """
    steps = np.diff(clock) / np.diff(frames)
    if not len(steps) or steps.min() <= 1 / FRAME_RATES[0] or np.ptp(steps) > _UNEVEN * steps.max() + _ROUNDED:
        return None
    if any(abs(unit / steps.mean() / fps - 1) <= _AGREES for unit in _CLOCKS):
        return None
    span = float(clock[-1] - clock[0])
    return (
        f"the clock goes on evenly at {1 / steps.mean():.3g} frames per second, so {span:g} s become"
        f" {(frames[-1] - frames[0]) / fps:g} s at {fps:g}; if that is not meant, {_WHOLE_VIDEO}"
    )


def exactly(seconds: float) -> str:
    """Write seconds so that whoever adds or subtracts them gets what is meant: to the microsecond."""
    return f"{seconds:.6f}".rstrip("0").rstrip(".")


def contradiction(
    pace: Pace, fps: float, *, forward: bool = True, where: str = "", agrees: float = _AGREES
) -> tuple[str, str] | None:
    """Say that a frame rate contradicts the one at which a file's regular clock goes, and what to do, if it does.

    Args:
        pace: Of the clock.
        fps: What was given.
        forward: Whether time goes forward from frame to frame, so that the clock does without a rate.
        where: Of the clock it is the pace, if not throughout.
        agrees: How far apart the two may be, as a share.
    """
    if pace.low / fps - 1 <= agrees and 1 - pace.high / fps <= agrees:
        return None
    told = f"if it is in {pace.unit}, " if pace.unit else ""
    at = f"{pace.rate:.4g}" if pace.is_known else f"{pace.low:.3g} to {pace.high:.3g}"
    clock = f"the file's clock is regular{where and f' {where}'}, {told}at {at} frames per second"
    what = f"{clock}, and a frame rate of {fps:g} contradicts it"
    return what, give_rate(pace) if pace.unit or not forward else NO_RATE


def give_rate(pace: Pace | None = None) -> str:
    """Say how a frame rate is given: the one that a file suggests, if it is that of a video."""
    slowest, fastest = FRAME_RATES
    value = "the video's frame rate"
    if pace is not None and slowest <= pace.rate <= fastest:
        vague = f"{value} (`frame` suggests {pace.low:.3g} to {pace.high:.3g})"
        value = f"{pace.rate:.4g}, as `frame` suggests," if pace.is_known else vague
    return f"give {value} in the column `fps` of the recordings table (or --fps)"


def _pace_remedy(step: float, stride: float | None, per_frame: float) -> str:
    """Say what to do about timestamps that step by so many seconds, and `frame` by `stride`."""
    slowest, fastest = FRAME_RATES
    if stride is None or stride <= 0:
        return "OpenFace did not know the frame rate, and there is no column frame that counts: run it again"
    for unit, name in _CLOCKS.items():
        if slowest <= unit / step and unit / per_frame <= fastest:
            give = give_rate(Pace.exactly(unit / per_frame))
            if unit / per_frame <= _USUAL_RATE:
                return f"these are {name}: {give}"
            return (
                f"if these are {name}, {give}; if it is a picture every {step:g} s,"
                f" {_WHOLE_VIDEO}, at least {slowest:g} frames per second"
            )
    for unit, name in _LONG_CLOCKS.items():
        usual = usual_rate(unit / per_frame)
        if usual is not None:
            return f"these are {name}: {give_rate(Pace.exactly(usual))}"
    if step < 1 / fastest:
        return f"OpenFace did not know the frame rate: {give_rate()}"
    if slowest <= stride / step:
        return f"only every {stride:g}th frame is there: {_WHOLE_VIDEO}"
    return (
        f"if the video was sampled, {_WHOLE_VIDEO}, at least {slowest:g} frames per second; if OpenFace did not know"
        f" the frame rate, {give_rate()}"
    )
