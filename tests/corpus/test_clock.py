"""Which frame rate a clock means: against what it was made of, and against all rates one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onefilter.corpus.clock import (
    FRAME_RATES,
    Pace,
    digit_of,
    fitting_pace,
    is_coarse,
    likely_pace,
    rounded_pace,
    trend,
)


@pytest.mark.parametrize("unit", [1e-300, 0.04, 1.0, 2e298])
def test_trend_of_any_clock(unit: float) -> None:
    """A clock may count in any unit, and no square of its numbers becomes too large."""
    frames = np.arange(1.0, 51.0)
    assert trend(frames, frames * unit) == pytest.approx(1 / unit, rel=1e-12)
    # Of several frames that share a timestamp the middle counts, and the ends, where some may be missing, do not.
    shared = np.floor(frames / 5)
    assert trend(frames[2:-2], shared[2:-2] * unit) == pytest.approx(5 / unit, rel=1e-12)


@pytest.mark.parametrize(
    ("clock", "digit"),
    [
        ([0, 1, 2], 1),
        ([0, 0.1, 0.2], 0.1),
        ([0, 0.04, 0.08], 0.01),
        ([0, 0.033, 0.067], 0.001),
        ([0.001, 999.999, 1000.03], 0.01),
        ([0, 0.0333333, 1.03333, 999.967, 1000.03], 0.01),
        ([0, 0.0333333, 9999.97, 10000.1], 0.1),
        ([0, 0.008333], 1e-6),
        ([1.7e9, 1.7e9 + 0.0095], 1e-4),
        ([0.033, 9999.97, 10000.1], 0.1),
        ([0.033, 9999.97, 10000.13], 0.001),
        ([0, 1, 1e303], 1),
        ([1.7e9, 1.7e9 + 0.036, 1.7e9 + 0.071], 0.001),
    ],
)
def test_the_last_digit(clock: list[float], digit: float) -> None:
    """Of decimals, and of six digits in a long recording."""
    assert digit_of(np.array(clock)) == pytest.approx(digit)


@given(
    rate=st.floats(*FRAME_RATES),
    digit=st.sampled_from([1.0, 0.1, 0.01]),
    seconds=st.floats(2.5, 20),
    begin=st.floats(0, 1),
    cut=st.booleans(),
)
def test_bounds_of_the_rate(rate: float, digit: float, seconds: float, begin: float, cut: bool) -> None:
    """They hold the true one, and all of those, tried one by one, at which frames lie as near as digits are."""
    frames = np.arange(1.0, round(seconds * rate) + 2)
    exact = begin + (frames - 1) / rate
    clock = (np.floor if cut else np.rint)(exact / digit) * digit
    pace = rounded_pace(frames, clock)
    assert pace is not None
    assert pace.low * (1 - 1e-9) <= rate <= pace.high * (1 + 1e-9)
    assert pace.low <= pace.rate <= pace.high
    # With a hundredth of a digit to spare, as the module has it.
    height = digit_of(clock) * 1.01
    tried = np.geomspace(*FRAME_RATES, 2000)
    possible = np.array([np.ptp(clock - frames / each) <= height for each in tried])
    np.testing.assert_array_equal(possible, (pace.low <= tried) & (tried <= pace.high))


@pytest.mark.parametrize("unit", [1.0, 1e3, 1e6])
def test_a_rate_in_any_unit(unit: float) -> None:
    """Seconds, milliseconds and microseconds, to the rate of a video."""
    frames = np.arange(1.0, 301.0)
    clock = np.round(frames / 25, 3) * unit
    pace = likely_pace(frames, clock)
    assert pace is not None
    assert (pace.rate, pace.is_known) == (25, True)
    fitting = fitting_pace(frames, clock)
    assert fitting is not None
    assert fitting.rate == pytest.approx(25)
    assert fitting.unit == pace.unit


@pytest.mark.parametrize(("rate", "digits"), [(105, 2), (30, 2), (59.94, 2), (14, 1), (110, 2)])
@pytest.mark.parametrize("seed", range(5))
def test_bounds_of_an_uneven_clock(rate: float, digits: int, seed: int) -> None:
    """Jitter beside rounding widens them; the true rate stays among them."""
    frames = np.arange(1.0, 121.0)
    jitter = np.random.default_rng(seed).normal(scale=0.03 / rate, size=120)
    clock = np.sort(np.round(frames / rate + jitter, digits))
    pace = rounded_pace(frames, clock)
    assert pace is not None
    assert pace.low * 0.99 <= rate <= pace.high * 1.01
    assert pace.high / pace.low < 1.15


def test_what_is_known() -> None:
    """One usual rate among those that are possible, or a few hundredths between them."""
    assert Pace.exactly(27.3).is_known
    assert Pace(30, 29, 31).is_known
    assert not Pace(30, 24.5, 31).is_known
    assert Pace(27.3, 27.1, 27.5).is_known
    assert not Pace(27.3, 26.1, 28.5).is_known


@pytest.mark.parametrize("clock", [[1.0, 1.0, 1.0], [1.0], [0.0, 9.0] * 50, [0.0, 1e-309, 2e-309], [0.0, 1e303, 2e303]])
def test_no_rate(clock: list[float]) -> None:
    """Time that stands still, one frame, and time that leaps to and fro mean none."""
    assert likely_pace(np.arange(float(len(clock))), np.array(clock)) is None


def test_exact_tenths_are_not_coarse_by_themselves() -> None:
    """They hide nothing at ten frames per second, which is found among what rounding allows."""
    frames = np.arange(1.0, 101.0)
    assert is_coarse(frames, frames / 10)
    pace = likely_pace(frames, frames / 10)
    assert pace is not None
    assert pace.rate == 10
    assert not is_coarse(frames, np.round(frames / 30, 3))
