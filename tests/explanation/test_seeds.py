"""What filters of several seeds have in common."""

import numpy as np
import pytest

from onefilter.explanation.seeds import consensus


def test_smoothing_and_agreement_by_loops() -> None:
    """Means over the neighbours that there are, tap by tap; NumPy's correlation, pair by pair."""
    rng = np.random.default_rng(1)
    filters = [rng.normal(size=(12, 3)) for _ in range(4)]
    found = consensus(filters, steps=4)
    smooth = []
    for weights in filters:
        rows = [weights[max(tap - 2, 0) : tap + 3].mean(axis=0) for tap in range(12)]
        smooth.append(np.stack(rows))
    np.testing.assert_allclose(found.smooth, smooth, atol=1e-12)
    for agreement, tables in ((found.single, filters), (found.smoothed, smooth)):
        pairs = [
            np.corrcoef(one.ravel(), other.ravel())[0, 1]
            for place, one in enumerate(tables)
            for other in tables[place + 1 :]
        ]
        assert agreement == pytest.approx(np.mean(pairs))


def test_what_seeds_share_shows_after_smoothing() -> None:
    """A slow course and noise from tap to tap: r is the share of the variance that is common, before and after."""
    rng = np.random.default_rng(2)
    course = np.sin(np.arange(80)[:, None] / 12 + np.arange(200))
    filters = [course + rng.normal(size=course.shape) for _ in range(6)]
    found = consensus(filters, steps=10)
    power = course.var()
    assert found.single == pytest.approx(power / (power + 1), abs=0.02)
    assert found.smoothed == pytest.approx(power / (power + 1 / 11), abs=0.03)
    assert np.abs(found.smooth.mean(axis=0) - course).std() < np.abs(filters[0] - course).std() / 4


def test_one_seed_agrees_with_nobody() -> None:
    """NaN; so does a filter of zeros."""
    assert np.isnan(consensus([np.ones((5, 2))], steps=3).single)
    assert np.isnan(consensus([np.zeros((5, 2)), np.eye(5, 2)], steps=3).smoothed)
