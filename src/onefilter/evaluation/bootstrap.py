"""Confidence intervals by resampling units: dyads, persons or recordings (`onefilter.corpus.people`).

The frames of one recording resemble each other; resampling frames would understate an interval's width by a factor of
about 13 (design section 6). So do the recordings of two people who talk with each other. Units are drawn with
replacement, and because all measures come from sums over units, a draw is a vector of counts and all draws together
one matrix product.

Percentiles of so few units are too narrow: at 14 they cover 90 % instead of 95 %, because resampling units
R at a time has R - 1 over R of the true variance and knows nothing of Student's t. They are *expanded* (Hesterberg,
"What teachers should know about the bootstrap", The American Statistician 69(4), 2015): instead of alpha / 2 the
percentile is taken at

    Phi(-kappa t),     kappa^2 = sum_s v_s R_s / (R_s - 1) / sum_s v_s,     t = Student's quantile with df degrees,

where v_s is the variance that source s (the units of one split, or the seeds) brings and df is Welch and
Satterthwaite's, (sum c_s)^2 / sum (c_s^2 / (R_s - 1)) with c_s = v_s R_s / (R_s - 1). Beyond the percentiles that the
draws of few units can show (`_FURTHEST`), an interval is kappa t standard deviations of the draws wide to both sides,
and leans to the side to which the draws lean. Coverage is tested by simulation.

Of a family of m differences, some exclude zero by chance. *Simultaneous* intervals all cover their true differences in
95 % of studies (max-t: Westfall and Young, "Resampling-based multiple testing", 1993, section 2.3). With d_j the draws
of difference j, t_j = (d_j - mean d_j) / (sd d_j q_j) is what a study would compute that has to estimate its standard
deviation from few units: q_j^2 is chi square over df_j, drawn anew. The level of all is 1 - alpha, alpha being the 5 %
quantile of min_j p_j, the p-values of t_j. Draws of the same units are paired, so that what is correlated costs less.
With many units q is 1, and this is the quantile of max_j |t_j|.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.unsignedinteger]
Statistic = Callable[[Floats], Floats]
"""From counts [D, R], how often each unit is taken in each draw, to values [D] (or [D, M] for M models)."""

DRAWS: Final = 10_000
LEVEL: Final = 0.95
HELD: Final = 2 << 20
"""Bytes of counts that are computed with at once (10,000 draws of 25 units)."""
KEPT: Final = 2 << 20
"""Bytes of counts that are kept for the next statistic of the same units (10,000 draws of 200 units)."""
_FURTHEST: Final = 0.002
"""Percentiles nearer to 0 or 1 than this are not read off draws: few units have no resamples that lie so far out."""
LEAST: Final = 6
"""Fewer units have no interval. All resamples of R units lie between the smallest and the largest of their values, and
with probability 2^(1 - R) all R lie on one side of the truth: 95 % cannot be covered with five units or fewer."""


ROUNDING: Final = 1e-5
"""Predictions are kept in single precision: what is nearer to zero than this is rounding, and no difference."""


class Interval(NamedTuple):
    """Lower and upper bound; both NaN where nothing can be said."""

    low: float
    high: float

    @property
    def side(self) -> Literal["above", "below", "open", "unknown"]:
        """On which side of zero the interval lies, by more than rounding; ``unknown`` if there is none."""
        if not (math.isfinite(self.low) and math.isfinite(self.high)):
            return "unknown"
        return "above" if self.low > ROUNDING else "below" if self.high < -ROUNDING else "open"

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies on one side of zero."""
        return self.side in ("above", "below")


UNKNOWN: Final = Interval(np.nan, np.nan)
"""The interval of too few units."""


@dataclass(frozen=True)
class Draws:
    """Resampled values of a statistic.

    Attributes:
        values: [D].
        sources: Variance of the values that each source brings, and how many units it was resampled from.
    """

    values: Floats
    sources: Sequence[tuple[float, int]]

    @classmethod
    def of(cls, statistic: Statistic, units: int, *, seed: int, draws: int = DRAWS) -> "Draws | None":
        """Resample one split's units; None of fewer than `LEAST`.

        Two models on the same units are compared by a statistic that is their difference: the draws are paired.

        Args:
            statistic: Of counts [D, R].
            units: R.
            seed: Of the draws; the same seed gives the same resamples of as many units.
            draws: D, the number of resamples.
        """
        if units < LEAST:
            return None
        values = resampled(statistic, units, draws=draws, seed=seed)
        return cls(values, [(float(values.var()), units)])

    def interval(self, *, level: float = LEVEL) -> Interval:
        """Take expanded percentiles; equations in the module's docstring."""
        return expanded(self.values, self.sources, level=level)


def interval(statistic: Statistic, units: int, *, seed: int, draws: int = DRAWS, level: float = LEVEL) -> Interval:
    """Interval of a statistic of one split's units; arguments as for `Draws.of`, and its coverage."""
    found = Draws.of(statistic, units, seed=seed, draws=draws)
    return UNKNOWN if found is None else found.interval(level=level)


def draws_of_difference(
    first: Statistic, second: Statistic, units: tuple[int, int], *, seed: int, draws: int = DRAWS
) -> Draws | None:
    """Resample the difference, first minus second, of statistics of two splits whose units are others.

    Args:
        first: Statistic of the first split's counts.
        second: Of the second's.
        units: Number of units of each.
        seed: Of the draws.
        draws: Number of resamples.
    """
    if min(units) < LEAST:
        return None
    values = [
        resampled(statistic, size, draws=draws, seed=seed + place)
        for place, (statistic, size) in enumerate(zip((first, second), units, strict=True))
    ]
    sources = [(float(value.var()), size) for value, size in zip(values, units, strict=True)]
    return Draws(values[0] - values[1], sources)


def interval_of_difference(
    first: Statistic, second: Statistic, units: tuple[int, int], *, seed: int, draws: int = DRAWS, level: float = LEVEL
) -> Interval:
    """Interval of such a difference; arguments as for `draws_of_difference`, and its coverage."""
    found = draws_of_difference(first, second, units, seed=seed, draws=draws)
    return UNKNOWN if found is None else found.interval(level=level)


def interval_over_seeds(
    statistic: Statistic, units: int, models: int, *, seed: int, draws: int = DRAWS, level: float = LEVEL
) -> Interval:
    """Interval of the mean over models that differ in their seed: units and seeds are both resampled.

    Args:
        statistic: From counts [D, R] to one value per model, [D, M].
        units: R.
        models: M; with one model the interval is that over units alone.
        seed: Of the draws.
        draws: Number of resamples.
        level: Coverage.
    """
    if units < LEAST:
        return UNKNOWN
    values = resampled(statistic, units, draws=draws, seed=seed)
    sources = [(float(values.mean(axis=1).var()), units)]
    if models == 1:
        return expanded(values[:, 0], sources, level=level)
    seeds = resample(models, draws=draws, seed=seed + 1) / models
    whole = statistic(np.ones((1, units)))
    sources.append((float(whole.var() / models), models))
    return expanded((values * seeds).sum(axis=1), sources, level=level)


def simultaneous(family: Sequence[Draws], *, level: float = LEVEL) -> list[Interval]:
    """Intervals that all hold at once in so many studies; equations in the module's docstring.

    Args:
        family: What is compared, with as many draws each.
        level: Coverage of all together.

    Returns:
        One interval for each; never narrower than its own.
    """
    rarest = np.ones(len(family[0].values)) if family else np.ones(1)
    rng = np.random.default_rng(len(family))
    furthest: dict[float, Floats] = {}
    for draws in family:
        spread = draws.values.std()
        if spread > 0 and sum(variance for variance, _ in draws.sources) > 0:
            freedom = _freedom(draws.sources)
            estimated = spread * np.sqrt(rng.chisquare(freedom, len(rarest)) / freedom)
            student = np.abs(draws.values - draws.values.mean()) / estimated
            furthest[freedom] = np.maximum(furthest.get(freedom, 0.0), student)
    # Of the same distribution, the furthest is the rarest.
    for freedom, student in furthest.items():
        np.minimum(rarest, 2 * special.stdtr(freedom, -student), out=rarest)
    alpha = min(float(np.quantile(rarest, 1 - level)), 1 - level)
    return [draws.interval(level=1 - alpha) for draws in family]


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
    whole = sum(variance * size / (size - 1) for variance, size in sources)
    width = np.sqrt(whole / total) * -special.stdtrit(_freedom(sources), (1 - level) / 2)
    share = float(special.ndtr(-width))
    low, middle, high = np.quantile(values, [max(share, _FURTHEST), 0.5, 1 - max(share, _FURTHEST)])
    if share < _FURTHEST and high > low:
        further = 2 * width * values.std() / (high - low)
        low, high = middle - further * (middle - low), middle + further * (high - middle)
    return Interval(float(low), float(high))


def _freedom(sources: Sequence[tuple[float, int]]) -> float:
    """Give the degrees of freedom of an estimated variance that has several sources (Welch and Satterthwaite)."""
    corrected = [(variance * size / (size - 1), size - 1) for variance, size in sources]
    whole = sum(variance for variance, _ in corrected)
    return float(whole**2 / sum(variance**2 / degrees for variance, degrees in corrected))


def resampled(statistic: Statistic, units: int, *, draws: int, seed: int) -> Floats:
    """Give a statistic's values in all resamples of units, [D] or [D, M].

    Many units are drawn in parts, whose counts take no more than `HELD` bytes each, so that memory does not grow with
    their number. The draws are the same.
    """
    small = draws * units <= KEPT
    parts = _parts(_kept(units, draws, seed)) if small else _drawn(units, draws, seed)
    return np.concatenate([statistic(part.astype(np.float64)) for part in parts])


def resample(units: int, *, draws: int, seed: int) -> Floats:
    """Draw how often each unit is taken in each resample: counts [draws, units], rows sum to units."""
    return np.concatenate(list(_drawn(units, draws, seed))).astype(np.float64)


@lru_cache(maxsize=8)
def _kept(units: int, draws: int, seed: int) -> Counts:
    """Draw counts [draws, units] and keep them: the same units are drawn for many statistics."""
    return np.concatenate(list(_drawn(units, draws, seed)))


def _parts(counts: Counts) -> Iterator[Counts]:
    """Go through counts [D, R], so many rows at a time as take `HELD` bytes in double precision."""
    draws, units = counts.shape
    rows = max(1, HELD // (8 * units))
    yield from (counts[begin : begin + rows] for begin in range(0, draws, rows))


def _drawn(units: int, draws: int, seed: int) -> Iterator[Counts]:
    """Draw counts in such parts."""
    rng = np.random.default_rng([seed, units])
    rows = max(1, HELD // (8 * units))
    for begin in range(0, draws, rows):
        size = min(rows, draws - begin)
        chosen = rng.integers(units, size=(size, units))
        chosen += units * np.arange(size)[:, None]
        counts = np.bincount(chosen.ravel(), minlength=size * units).reshape(size, units)
        yield counts.astype(np.min_scalar_type(counts.max()))
