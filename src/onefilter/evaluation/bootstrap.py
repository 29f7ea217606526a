"""Confidence intervals by resampling recordings.

The frames of one recording resemble each other; resampling frames would understate an interval's width by a factor of
about 13 (design section 6). Recordings are drawn with replacement, and because all measures come from sums over
recordings, a draw is a vector of counts and all draws together one matrix product.

Percentiles of so few recordings are too narrow: at 14 they cover 90 % instead of 95 %, because resampling recordings
R at a time has R - 1 over R of the true variance and knows nothing of Student's t. They are *expanded* (Hesterberg,
"What teachers should know about the bootstrap", The American Statistician 69(4), 2015): instead of alpha / 2 the
percentile is taken at

    Phi(-kappa t),     kappa^2 = sum_s v_s R_s / (R_s - 1) / sum_s v_s,     t = Student's quantile with df degrees,

where v_s is the variance that source s (the recordings of one split, or the seeds) brings and df is Welch and
Satterthwaite's, (sum c_s)^2 / sum (c_s^2 / (R_s - 1)) with c_s = v_s R_s / (R_s - 1). Coverage is tested by simulation.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]
Statistic = Callable[[Floats], Floats]
"""From counts [D, R], how often each recording is taken in each draw, to values [D] (or [D, M] for M models)."""

DRAWS: Final = 10_000
LEVEL: Final = 0.95


class Interval(NamedTuple):
    """Lower and upper bound; both NaN where nothing can be said."""

    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies on one side of zero."""
        return self.low > 0 or self.high < 0


UNKNOWN: Final = Interval(np.nan, np.nan)
"""The interval of a single recording, which says nothing about others."""


def interval(statistic: Statistic, recordings: int, *, seed: int, draws: int = DRAWS, level: float = LEVEL) -> Interval:
    """Interval of a statistic of one split's recordings.

    Two models on the same recordings are compared by a statistic that is their difference: the draws are paired.

    Args:
        statistic: Of counts [D, R].
        recordings: R.
        seed: Of the draws; the same seed gives the same resamples of as many recordings.
        draws: D, the number of resamples.
        level: Coverage.
    """
    if recordings < 2:
        return UNKNOWN
    values = statistic(resample(recordings, draws=draws, seed=seed))
    return expanded(values, [(float(values.var()), recordings)], level=level)


def interval_of_difference(
    first: Statistic,
    second: Statistic,
    recordings: tuple[int, int],
    *,
    seed: int,
    draws: int = DRAWS,
    level: float = LEVEL,
) -> Interval:
    """Interval of the difference, first minus second, of statistics of two splits whose recordings are others.

    Args:
        first: Statistic of the first split's counts.
        second: Of the second's.
        recordings: Number of recordings of each.
        seed: Of the draws.
        draws: Number of resamples.
        level: Coverage.
    """
    if min(recordings) < 2:
        return UNKNOWN
    values = [
        statistic(resample(size, draws=draws, seed=seed + place))
        for place, (statistic, size) in enumerate(zip((first, second), recordings, strict=True))
    ]
    sources = [(float(value.var()), size) for value, size in zip(values, recordings, strict=True)]
    return expanded(values[0] - values[1], sources, level=level)


def interval_over_seeds(
    statistic: Statistic, recordings: int, models: int, *, seed: int, draws: int = DRAWS, level: float = LEVEL
) -> Interval:
    """Interval of the mean over models that differ in their seed: recordings and seeds are both resampled.

    Args:
        statistic: From counts [D, R] to one value per model, [D, M].
        recordings: R.
        models: M; with one model the interval is that over recordings alone.
        seed: Of the draws.
        draws: Number of resamples.
        level: Coverage.
    """
    if recordings < 2:
        return UNKNOWN
    values = statistic(resample(recordings, draws=draws, seed=seed))
    sources = [(float(values.mean(axis=1).var()), recordings)]
    if models == 1:
        return expanded(values[:, 0], sources, level=level)
    seeds = resample(models, draws=draws, seed=seed + 1) / models
    whole = statistic(np.ones((1, recordings)))
    sources.append((float(whole.var() / models), models))
    return expanded((values * seeds).sum(axis=1), sources, level=level)


def expanded(values: Floats, sources: Sequence[tuple[float, int]], *, level: float = LEVEL) -> Interval:
    """Take expanded percentiles of resampled values; equations in the module's docstring.

    Args:
        values: [D].
        sources: Variance of the values that each source brings, and how many units it was resampled from.
        level: Coverage.
    """
    total = sum(variance for variance, _ in sources)
    if total <= 0:
        return Interval(float(values.min()), float(values.max()))
    corrected = [(variance * size / (size - 1), size - 1) for variance, size in sources]
    whole = sum(variance for variance, _ in corrected)
    freedom = whole**2 / sum(variance**2 / degrees for variance, degrees in corrected)
    student = -special.stdtrit(freedom, (1 - level) / 2)
    share = special.ndtr(-np.sqrt(whole / total) * student)
    low, high = np.quantile(values, [share, 1 - share])
    return Interval(float(low), float(high))


@lru_cache(maxsize=8)
def resample(recordings: int, *, draws: int, seed: int) -> Floats:
    """Draw how often each recording is taken in each resample: counts [draws, recordings], rows sum to recordings."""
    rng = np.random.default_rng([seed, recordings])
    chosen = rng.integers(recordings, size=(draws, recordings)) + recordings * np.arange(draws)[:, None]
    counts = np.bincount(chosen.ravel(), minlength=draws * recordings)
    drawn = counts.reshape(draws, recordings).astype(np.float64)
    drawn.flags.writeable = False
    return drawn
