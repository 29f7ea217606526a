"""Do 95 % intervals cover the truth in 95 % of simulated studies?

Each simulated study draws recordings from a population whose true concordance is known: persons differ in their mean
affect and in how well it is predicted, frames resemble their neighbours. The truth comes from the population's moments
in closed form, not from sampling.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt
import pytest
from scipy.signal import lfilter

from onefilter.concordance import measures
from onefilter.evaluation.bootstrap import (
    Draws,
    Interval,
    interval,
    interval_of_difference,
    interval_over_seeds,
    simultaneous,
)

pytestmark = pytest.mark.slow

Floats = npt.NDArray[np.float64]
STUDIES = 2000
DRAWS = 400
STEPS = 120
"""Labels per recording; neighbours are correlated by `MEMORY`."""
MEMORY = 0.9
PERSON, WITHIN = 0.06, 0.12
"""Standard deviations of a person's mean affect and of affect within a recording."""


class Population:
    """Recordings y = m + person + a, p = offset + person r + r' a + sqrt(1 - r'^2) e with r' uniform around r."""

    def __init__(self, correlation: float, *, scale: float = 0.8, spread: float = 0.2) -> None:
        """Set how well affect is predicted on average, the predictions' scale, and how persons differ in it."""
        self.correlation, self.scale, self.spread = correlation, scale, spread
        between, within = PERSON**2, WITHIN**2
        covariance = scale * correlation * (between + within)
        variance = scale**2 * (correlation**2 * between + within)
        self.ccc = 2 * covariance / (between + within + variance + 0.02**2)

    def study(
        self, recordings: int, rng: np.random.Generator, *, models: int = 1, sd: float = 0.0, partners: float = 0.0
    ) -> Floats:
        """Draw moments [models, recordings, 6]; each model's noise has its own size, `sd` sets how they differ.

        Recordings 2 k and 2 k + 1 share `partners` of all their variances.
        """
        scale = np.sqrt(1 - MEMORY**2)

        def normal(*shape: int) -> Floats:
            own = rng.standard_normal(shape)
            if not partners:
                return own
            pairs = np.repeat(rng.standard_normal((-(-shape[0] // 2), *shape[1:])), 2, axis=0)[: shape[0]]
            return np.asarray(np.sqrt(partners) * pairs + np.sqrt(1 - partners) * own)

        def path(*shape: int) -> Floats:
            noise = normal(*shape, 60 + STEPS)
            return np.asarray(lfilter([scale], [1, -MEMORY], noise, axis=-1)[..., 60:])

        person = PERSON * normal(recordings, 1)
        affect = WITHIN * path(recordings)
        own = np.clip(self.correlation + self.spread * (2 * rng.random((recordings, 1)) - 1), -1, 1)
        labels = 0.12 + person + affect
        seen = self.correlation * person + own * affect + np.sqrt(1 - own**2) * WITHIN * path(recordings)
        shifts = sd * rng.standard_normal((models, 1, 1))
        predictions = 0.12 + 0.02 + self.scale * seen + shifts * affect
        counts = np.full((models, recordings), float(STEPS))
        y = np.broadcast_to(labels, predictions.shape)
        parts = [predictions, y, predictions**2, y**2, predictions * y]
        return np.stack([counts, *(part.sum(axis=-1) for part in parts)], axis=-1)


def ccc(sums: Floats) -> Floats:
    """CCC of moments."""
    return measures(sums)["ccc"]


def covered(truth: float, study: Callable[[np.random.Generator, int], Interval]) -> float:
    """Share of the simulated studies whose interval holds the truth."""
    rng = np.random.default_rng(20)
    hits = 0
    for number in range(STUDIES):
        low, high = study(rng, number)
        hits += low <= truth <= high
    return hits / STUDIES


@pytest.mark.parametrize(("recordings", "correlation"), [(14, 0.6), (16, 0.2), (66, 0.6)])
def test_of_a_score(recordings: int, correlation: float) -> None:
    """One model on one split, as many recordings as SEWA's splits have."""
    population = Population(correlation)

    def study(rng: np.random.Generator, number: int) -> Interval:
        sums = population.study(recordings, rng)[0]
        return interval(lambda counts: ccc(counts @ sums), recordings, seed=number, draws=DRAWS)

    assert 0.93 <= covered(population.ccc, study) <= 0.97


@pytest.mark.parametrize("recordings", [34, 66])
def test_of_a_score_by_dyad(recordings: int) -> None:
    """Partners who resemble each other: dyads cover, recordings do not."""
    population = Population(0.6, spread=0.0)

    def study(units: int) -> Callable[[np.random.Generator, int], Interval]:
        def one(rng: np.random.Generator, number: int) -> Interval:
            sums = population.study(recordings, rng, partners=0.9)[0]
            grouped = sums.reshape(units, -1, 6).sum(axis=1)
            return interval(lambda counts: ccc(counts @ grouped), units, seed=number, draws=DRAWS)

        return one

    assert 0.93 <= covered(population.ccc, study(recordings // 2)) <= 0.97
    assert covered(population.ccc, study(recordings)) < 0.9


@pytest.mark.parametrize(("units", "comparisons"), [(30, 6), (8, 6), (8, 18)])
def test_of_a_family(units: int, comparisons: int) -> None:
    """Differences, none of them true, that have something in common: one of them looks true in many studies."""
    rng = np.random.default_rng(20)
    single, joint, studies = 0, 0, 500
    for number in range(studies):
        values = rng.standard_normal((units, comparisons)) + rng.standard_normal((units, 1))
        family = [
            draws
            for column in values.T
            if (draws := Draws.of(partial(_mean, column), units, seed=number, draws=10 * DRAWS)) is not None
        ]
        single += not any(each.interval().excludes_zero for each in family)
        joint += not any(each.excludes_zero for each in simultaneous(family))
    assert 0.92 <= joint / studies <= 0.98
    assert single / studies < 0.88


def _mean(values: Floats, counts: Floats) -> Floats:
    return counts @ values / len(values)


def test_of_a_difference_between_cultures() -> None:
    """Sixteen recordings of one culture against sixty-six of another."""
    first, second = Population(0.7), Population(0.4)

    def study(rng: np.random.Generator, number: int) -> Interval:
        a, b = first.study(16, rng)[0], second.study(66, rng)[0]
        return interval_of_difference(
            lambda counts: ccc(counts @ a), lambda counts: ccc(counts @ b), (16, 66), seed=number, draws=DRAWS
        )

    assert 0.93 <= covered(first.ccc - second.ccc, study) <= 0.97


def test_of_a_difference_between_models() -> None:
    """Two models on the same recordings: the second sees the same and shrinks it."""
    population = Population(0.6)
    shrunk = Population(0.6, scale=0.4)

    def study(rng: np.random.Generator, number: int) -> Interval:
        sums = population.study(16, rng)[0]
        n, p, y, pp, yy, py = sums.T
        # p' = 0.14 + (p - 0.14) / 2, in moments.
        other = np.stack([n, (p + 0.14 * n) / 2, y, (pp + 2 * 0.14 * p + 0.14**2 * n) / 4, yy, (py + 0.14 * y) / 2], 1)
        return interval(lambda counts: ccc(counts @ sums) - ccc(counts @ other), 16, seed=number, draws=DRAWS)

    assert 0.93 <= covered(population.ccc - shrunk.ccc, study) <= 0.97


def test_over_recordings_and_seeds() -> None:
    """Ten models that differ in their seed: the mean over all seeds and all recordings of the population."""
    population, sd = Population(0.6), 0.15
    # The truth is the mean over models' shifts, by Gauss-Hermite quadrature over the population's moments.
    nodes, weights = np.polynomial.hermite_e.hermegauss(15)
    between, within, scale = PERSON**2, WITHIN**2, population.scale
    values = []
    for shift in sd * nodes:
        covariance = scale * 0.6 * (between + within) + shift * within
        variance = scale**2 * (0.36 * between + within) + 2 * scale * shift * 0.6 * within + shift**2 * within
        values.append(2 * covariance / (between + within + variance + 0.02**2))
    truth = float(np.average(values, weights=weights))

    def study(rng: np.random.Generator, number: int) -> Interval:
        sums = population.study(16, rng, models=10, sd=sd)
        return interval_over_seeds(
            lambda counts: np.stack([ccc(counts @ table) for table in sums], axis=1), 16, 10, seed=number, draws=DRAWS
        )

    assert 0.93 <= covered(truth, study) <= 0.97
