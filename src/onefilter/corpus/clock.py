"""At what pace a video's rows come: by their timestamps, and by their numbers of frames.

Says which frame rate a file's clock means, and what is wrong with a clock, or with a rate that somebody gives.
Shared by those who read whole files (`onefilter.corpus.formats`) and those who follow one as it grows
(`onefilter.live.rows`). Standard library and NumPy only.
"""

from pathlib import Path
from typing import Final

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
_CLOCKS: Final = {1e3: "milliseconds", 1e6: "microseconds"}
"""What clocks count instead of seconds: how many of them are one."""
_WHOLE_VIDEO: Final = "run OpenFace on every frame of the video"


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


def regular_rate(frames: Floats, clock: Floats) -> float | None:
    """Give the frames per second at which time goes on evenly, if it does, at the pace of a video.

    Args:
        frames: Numbers of frames [n].
        clock: Their timestamps (seconds) [n].
    """
    passed, counted = np.diff(clock), np.diff(frames)
    if not len(passed) or counted.min() <= 0:
        return None
    span = float(clock[-1] - clock[0])
    overall = float(frames[-1] - frames[0]) / span if span >= _DIGIT / _EXACT else 0.0
    if FRAME_RATES[0] <= overall <= FRAME_RATES[1]:
        line = clock[0] + (frames - frames[0]) / overall
        if np.abs(clock - line).max() <= _DIGIT:
            return overall
    steps = passed / counted
    usual = float(np.median(steps))
    slowest, fastest = FRAME_RATES
    if not 1 / fastest <= usual <= 1 / slowest:
        return None
    even = np.abs(steps - usual) <= _UNEVEN * usual + _ROUNDED
    if even.mean() < _MOSTLY or passed[even].sum() < _ROUNDED / _EXACT:
        return None
    return float(counted[even].sum() / passed[even].sum())


def fitting_rate(frames: Floats, clock: Floats) -> tuple[float, str] | None:
    """Give the frames per second at which time goes on evenly, and in which unit it then is (empty for seconds).

    A clock that would be one of milliseconds of a very fast camera may as well be that of a picture every few seconds.

    Args:
        frames: Numbers of frames [n].
        clock: Their timestamps [n].
    """
    for unit, name in {1.0: "", **_CLOCKS}.items():
        rate = regular_rate(frames, clock / unit)
        if rate is not None and (not name or rate <= _USUAL_RATE):
            return rate, name
    return None


def lost_time(frames: Floats, clock: Floats, rate: float) -> str | None:
    """Say that a regular clock and `frame` disagree on how long a file lasts: rows were taken out, and one counts anew.

    Args:
        frames: Numbers of frames [n].
        clock: Their timestamps [n].
        rate: Frames per unit of the clock.
    """
    passed, counted = float(clock[-1] - clock[0]), float(frames[-1] - frames[0]) / rate
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
    """Bring a clock in a unit that `fitting_rate` names to seconds."""
    return clock / next((size for size, name in _CLOCKS.items() if name == unit), 1.0)


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
    """Say that an uneven clock, which goes forward throughout, and the numbers of frames come apart, if they do.

    Args:
        frames: Numbers of frames [n], increasing.
        clock: Their timestamps [n].
        fps: The frame rate that was given.
    """
    if np.diff(clock).min() <= 0:
        return None
    rate = trend(frames, clock)
    unit = next((size for size in (1.0, *_CLOCKS) if FRAME_RATES[0] <= rate * size <= _USUAL_RATE), None)
    return None if unit is None else drift(float(np.ptp(clock)) / unit, float(np.ptp(frames)) / fps, fps)


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
    return float(passed @ middle / (passed @ passed) / unit)


def video_rate(frames: Floats, clock: Floats, rate: float) -> float | None:
    """Give the usual rate of videos that fits a clock whose timestamps are rounded, or cut, if there is one.

    Rounding, or cutting, moves timestamps by one unit of their last digit at most; at another rate, frames drift away
    by more. Of several rates that fit, the likeliest is given.

    Args:
        frames: Numbers of frames [n].
        clock: Their timestamps (seconds) [n], not all the same.
        rate: At which the clock seems to go.
    """
    digits = (10.0**-places for places in range(6))
    moved = next((digit for digit in digits if np.abs(np.remainder(clock / digit + 0.5, 1) - 0.5).max() < _EXACT), 1e-6)
    near = (usual for usual in VIDEO_RATES if abs(rate / usual - 1) <= _AGREES)
    return next((usual for usual in near if np.ptp(clock - frames / usual) <= moved * (1 + _EXACT)), None)


def pace(frames: Floats, clock: Floats) -> float:
    """Give the frames that pass per unit of the clock (`trend`): at a usual rate of videos, if one fits in a unit."""
    rate = trend(frames, clock)
    for unit in (1.0, *_CLOCKS):
        usual = video_rate(frames, clock / unit, rate * unit)
        if usual is not None:
            return usual / unit
    return rate


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


def contradiction(rate: float, fps: float, *, unit: str = "", agrees: float = _AGREES) -> tuple[str, str] | None:
    """Say that a frame rate contradicts the one at which a file's regular clock goes, and what to do, if it does.

    Args:
        rate: Of the clock, frames per second.
        fps: What was given.
        unit: Of the clock, if it is not seconds.
        agrees: How far apart the two may be, as a share.
    """
    if abs(rate / fps - 1) <= agrees:
        return None
    told = f"if it is in {unit}, " if unit else ""
    clock = f"the file's clock is regular, {told}at {rate:.4g} frames per second"
    what = f"{clock}, and a frame rate of {fps:g} contradicts it"
    return what, give_rate(rate) if unit else NO_RATE


def give_rate(rate: float | None) -> str:
    """Say how a frame rate is given: the one that a file suggests, if it is that of a video."""
    slowest, fastest = FRAME_RATES
    known = rate is not None and slowest <= rate <= fastest
    value = f"{rate:.4g}, as `frame` suggests," if known else "the video's frame rate"
    return f"give {value} in the column `fps` of the recordings table (or --fps)"


def _pace_remedy(step: float, stride: float | None, per_frame: float) -> str:
    """Say what to do about timestamps that step by so many seconds, and `frame` by `stride`."""
    slowest, fastest = FRAME_RATES
    if stride is None or stride <= 0:
        return "OpenFace did not know the frame rate, and there is no column frame that counts: run it again"
    for unit, name in _CLOCKS.items():
        if slowest <= unit / step and unit / per_frame <= fastest:
            if unit / per_frame <= _USUAL_RATE:
                return f"these are {name}: {give_rate(unit / per_frame)}"
            return (
                f"if these are {name}, {give_rate(unit / per_frame)}; if it is a picture every {step:g} s,"
                f" {_WHOLE_VIDEO}, at least {slowest:g} frames per second"
            )
    if step < 1 / fastest:
        return f"OpenFace did not know the frame rate: {give_rate(None)}"
    if slowest <= stride / step:
        return f"only every {stride:g}th frame is there: {_WHOLE_VIDEO}"
    return (
        f"if the video was sampled, {_WHOLE_VIDEO}, at least {slowest:g} frames per second; if OpenFace did not know"
        f" the frame rate, {give_rate(None)}"
    )
