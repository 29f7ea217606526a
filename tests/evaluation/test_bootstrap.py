"""Intervals by resampling recordings; their coverage is tested in test_coverage.py."""

import tracemalloc
from functools import partial

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from onefilter.concordance import measures, moments
from onefilter.evaluation import bootstrap
from onefilter.evaluation.bootstrap import (
    LEAST,
    Draws,
    draws_of_difference,
    expanded,
    interval,
    interval_of_difference,
    interval_over_seeds,
    resample,
    resampled,
    simultaneous,
)
from onefilter.evaluation.scores import concatenated

Floats = npt.NDArray[np.float64]


def ccc(sums: Floats) -> Floats:
    """CCC of moments."""
    return measures(sums)["ccc"]


def some_sums(recordings: int, *, seed: int = 2, noise: float = 1.0) -> Floats:
    """Moments of noisy predictions of recordings with means of their own."""
    rng = np.random.default_rng(seed)
    labels = rng.normal(size=(recordings, 40)) + rng.normal(size=(recordings, 1))
    return np.stack([moments(label + noise * rng.normal(size=40), label) for label in labels])


def test_counts_are_resamples() -> None:
    """Each draw takes as many recordings as there are; on average each once."""
    counts = resample(7, draws=4000, seed=1)
    assert (counts.sum(axis=1) == 7).all()
    np.testing.assert_allclose(counts.mean(axis=0), 1, atol=0.06)
    np.testing.assert_allclose(counts.var(axis=0), 1 - 1 / 7, atol=0.08)


def test_many_units_are_drawn_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same draws as at once, whatever the size of parts; a large number of units takes no more memory."""
    sums = some_sums(9)
    whole = resampled(partial(concatenated, sums), 9, draws=1000, seed=4)
    assert whole.shape == (1000,)
    for held in (8 * 9, 8 * 9 * 7, 8 * 9 * 999):
        monkeypatch.setattr(bootstrap, "HELD", held)
        np.testing.assert_allclose(resampled(partial(concatenated, sums), 9, draws=1000, seed=4), whole, rtol=1e-12)
    monkeypatch.undo()
    many = np.tile(sums, (2000, 1))
    tracemalloc.start()
    resampled(partial(concatenated, many), len(many), draws=500, seed=1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(many) * 500 * 8 > bootstrap.HELD
    assert peak < 4 * bootstrap.HELD


def test_agrees_with_resampling_by_hand() -> None:
    """Concatenating drawn recordings gives the same values as summing their moments."""
    rng = np.random.default_rng(1)
    pairs = [(rng.normal(size=30), rng.normal(size=30)) for _ in range(5)]
    sums = np.stack([moments(p, y) for p, y in pairs])
    counts = resample(5, draws=50, seed=3)
    by_sums = ccc(counts @ sums)
    for draw, count in enumerate(counts.astype(int)):
        chosen = [pair for pair, times in zip(pairs, count, strict=True) for _ in range(times)]
        p, y = (np.concatenate(parts) for parts in zip(*chosen, strict=True))
        np.testing.assert_allclose(by_sums[draw], ccc(moments(p, y)), atol=1e-10)


@pytest.mark.slow
@pytest.mark.parametrize("size", [6, 14, 66])
def test_of_a_mean_is_students_interval(size: int) -> None:
    """Expanded percentiles of resampled means are, nearly, Student's interval for the mean: that is their purpose."""
    values = np.random.default_rng(size).normal(size=size)
    low, high = interval(lambda counts: counts @ values / size, size, seed=1, draws=200_000)
    student = stats.t.interval(0.95, size - 1, loc=values.mean(), scale=values.std(ddof=1) / np.sqrt(size))
    # Few values make resampled means discrete and short-tailed; from 14 on the two agree.
    np.testing.assert_allclose((low, high), student, atol=(0.25 if size == 6 else 0.06) * (student[1] - student[0]))


@pytest.mark.slow
def test_of_a_difference_of_means_is_welchs_interval() -> None:
    """The same for two groups: Welch and Satterthwaite."""
    rng = np.random.default_rng(3)
    first, second = rng.normal(size=14), 3 * rng.normal(size=66)
    low, high = interval_of_difference(
        lambda counts: counts @ first / 14, lambda counts: counts @ second / 66, (14, 66), seed=1, draws=200_000
    )
    welch = stats.ttest_ind(first, second, equal_var=False).confidence_interval(0.95)
    np.testing.assert_allclose((low, high), (welch.low, welch.high), atol=0.03 * (welch.high - welch.low))


def test_more_sources_widen() -> None:
    """Seeds add to the uncertainty of recordings; with models that do not differ they add nothing."""
    sums = some_sums(20)
    alike = np.stack([sums] * 5)
    different = np.stack([some_sums(20, noise=noise) for noise in (0.2, 0.6, 1.0, 1.4, 3.0)])

    def over(tables: Floats) -> tuple[float, float]:
        return interval_over_seeds(
            lambda counts: np.stack([ccc(counts @ table) for table in tables], axis=1), 20, len(tables), seed=1
        )

    low, high = interval(lambda counts: ccc(counts @ sums), 20, seed=1)
    np.testing.assert_allclose(over(alike), (low, high), atol=1e-9)
    np.testing.assert_allclose(over(alike[:1]), (low, high), atol=1e-9)
    wide = over(different)
    mean = interval(lambda counts: np.mean([ccc(counts @ table) for table in different], axis=0), 20, seed=1)
    assert wide[1] - wide[0] > 1.5 * (mean[1] - mean[0])


def test_pairing_narrows() -> None:
    """Models that err on the same recordings differ less surely apart than together."""
    sums = some_sums(16)
    other = sums.copy()
    other[:, 1] += 0.1 * sums[:, 0]
    other[:, 3] += 0.2 * sums[:, 1] + 0.01 * sums[:, 0]
    other[:, 5] += 0.1 * sums[:, 2]
    paired = interval(lambda counts: ccc(counts @ sums) - ccc(counts @ other), 16, seed=1)
    apart = interval_of_difference(
        lambda counts: ccc(counts @ sums), lambda counts: ccc(counts @ other), (16, 16), seed=1
    )
    assert paired.high - paired.low < 0.5 * (apart.high - apart.low)


def test_depends_on_recordings_not_frames() -> None:
    """Repeating each recording's frames a hundred times adds no certainty."""
    few = some_sums(12)
    low, high = interval(lambda counts: ccc(counts @ few), 12, seed=1)
    again = interval(lambda counts: ccc(counts @ (few * 100)), 12, seed=1)
    np.testing.assert_allclose((low, high), again, atol=1e-9)
    assert low < ccc(few.sum(axis=0)) < high
    assert high - low > 0.05


def test_seeded_and_refusing_one_recording() -> None:
    """The same seed gives the same interval; one recording says nothing about others."""
    sums = some_sums(3)
    assert interval(lambda counts: ccc(counts @ sums), 3, seed=1) == interval(
        lambda counts: ccc(counts @ sums), 3, seed=1
    )
    assert np.isnan(interval(lambda counts: ccc(counts @ sums[:1]), 1, seed=1)).all()
    assert not interval(lambda counts: ccc(counts @ sums[:1]), 1, seed=1).excludes_zero


def test_five_units_have_no_interval() -> None:
    """The whole range of resamples would cover less than 95 %; of six units it covers more."""
    rng = np.random.default_rng(1)
    for units, enough in ((5, False), (6, True)):
        means = rng.normal(size=(20_000, units))
        inside = (means.min(axis=1) <= 0) & (means.max(axis=1) >= 0)
        assert (inside.mean() > 0.95) == enough
        sums = some_sums(units)
        assert np.isfinite(interval(lambda counts, sums=sums: ccc(counts @ sums), units, seed=1).low) == enough  # type: ignore[misc]
    assert LEAST == 6
    assert Draws.of(lambda counts: counts[:, 0], 5, seed=1) is None
    few, many = (lambda counts: counts[:, 0]), (lambda counts: counts[:, 1])
    assert draws_of_difference(few, many, (5, 20), seed=1) is None
    assert np.isnan(interval_over_seeds(lambda counts: counts[:, :3], 5, 3, seed=1).low)


def test_a_family_of_one_is_alone() -> None:
    """Its simultaneous interval is its own; a constant difference does not disturb; more make all wider."""
    values = np.random.default_rng(1).normal(size=(5, 20))
    family = [Draws.of(lambda counts, row=row: counts @ row / 20, 20, seed=1) for row in values]  # type: ignore[misc]
    drawn = [draws for draws in family if draws is not None]
    one = drawn[0].interval()
    np.testing.assert_allclose(simultaneous(drawn[:1])[0], one, atol=0.03)
    still = Draws(np.full(10_000, 0.2), [(0.0, 20)])
    found = simultaneous([drawn[0], still])
    np.testing.assert_allclose(found[0], one, atol=0.03)
    assert found[1] == (0.2, 0.2)
    wider = simultaneous(drawn)
    assert all(each.low <= alone.interval().low and each.high >= alone.interval().high
               for each, alone in zip(wider, drawn, strict=True))  # fmt: skip
    assert simultaneous([]) == []


def test_no_variance_no_width() -> None:
    """A statistic that never changes has an interval of one point."""
    assert expanded(np.full(10, 0.3), [(0.0, 5)]) == (0.3, 0.3)
