"""Intervals by resampling recordings."""

import numpy as np

from onefilter.evaluation.bootstrap import interval, resample
from onefilter.evaluation.concordance import measures, moments


def ccc(sums: np.ndarray) -> np.ndarray:
    """CCC of moments."""
    return measures(sums)["ccc"]


def test_counts_are_resamples() -> None:
    """Each draw takes as many recordings as there are; on average each once."""
    counts = resample(7, draws=4000, seed=1)
    assert (counts.sum(axis=1) == 7).all()
    np.testing.assert_allclose(counts.mean(axis=0), 1, atol=0.06)
    np.testing.assert_allclose(counts.var(axis=0), 1 - 1 / 7, atol=0.08)


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


def test_interval_depends_on_recordings_not_frames() -> None:
    """Repeating each recording's frames a hundred times adds no certainty."""
    rng = np.random.default_rng(2)
    pairs = [(label + rng.normal(), label) for label in rng.normal(size=(12, 40))]
    few = np.stack([moments(p, y) for p, y in pairs])
    low, high = interval(few, ccc, seed=1)
    again = interval(few * 100, ccc, seed=1)
    np.testing.assert_allclose((low, high), again, atol=1e-9)
    assert low < ccc(few.sum(axis=0)) < high
    assert high - low > 0.1


def test_seeded_and_refusing_one_recording() -> None:
    """The same seed gives the same interval; one recording says nothing about others."""
    sums = np.stack([moments(np.arange(9.0), np.arange(9.0) ** power) for power in (1, 2, 3)])
    assert interval(sums, ccc, seed=1) == interval(sums, ccc, seed=1)
    assert np.isnan(interval(sums[:1], ccc, seed=1)).all()
