"""Concordance against its definition and a peer library."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from torchmetrics.functional.regression import concordance_corrcoef

from onefilter.concordance import concordance, measures, moments

finite = st.floats(-1, 1).map(lambda value: round(value, 4))


@given(
    pair=st.integers(2, 60).flatmap(
        lambda length: st.tuples(*(hnp.arrays(np.float64, length, elements=finite) for _ in range(2)))
    )
)
def test_agrees_with_the_definition(pair: tuple[np.ndarray, np.ndarray]) -> None:
    """Lin's formula with population moments, and NumPy's correlation."""
    p, y = pair
    result = measures(moments(p, y))
    distance = p.var() + y.var() + (p.mean() - y.mean()) ** 2
    both_vary = p.var() > 1e-9 and y.var() > 1e-9
    if both_vary:
        covariance = ((p - p.mean()) * (y - y.mean())).mean()
        np.testing.assert_allclose(result["ccc"], 2 * covariance / distance, atol=1e-9)
        np.testing.assert_allclose(result["pearson"], np.corrcoef(p, y)[0, 1], atol=1e-6)
    elif np.ptp(p) == 0 or np.ptp(y) == 0:
        assert result["ccc"] == 0
        assert result["pearson"] == 0
    np.testing.assert_allclose(result["rmse"], np.sqrt(np.mean((p - y) ** 2)), atol=1e-7)


def test_agrees_with_torchmetrics() -> None:
    """Torchmetrics divides by n - 1; with population moments the mean's distance weighs differently by 1 / n."""
    rng = np.random.default_rng(1)
    y = rng.normal(size=20_000)
    p = 0.5 * y + rng.normal(size=20_000)
    theirs = float(concordance_corrcoef(torch.from_numpy(p), torch.from_numpy(y)))
    assert abs(concordance(p, y) - theirs) < 1e-4


@pytest.mark.parametrize("value", [0.0, 0.1, -0.7, 1 / 3])
def test_a_constant_has_concordance_0(value: float) -> None:
    """Not NaN, not 1e-17."""
    y = np.random.default_rng(1).normal(size=1000)
    for p, q in ((np.full(1000, value), y), (y, np.full(1000, value)), (np.full(1000, value), np.full(1000, value))):
        result = measures(moments(p, q))
        assert result["ccc"] == 0.0
        assert result["pearson"] == 0.0


def test_perfect_and_opposite() -> None:
    """1 and -1."""
    y = np.random.default_rng(1).normal(size=100)
    assert concordance(y, y) == pytest.approx(1)
    assert concordance(-(y - y.mean()), y - y.mean()) == pytest.approx(-1)


def test_sums_of_recordings_are_those_of_the_concatenation() -> None:
    """What makes resampling recordings cheap."""
    rng = np.random.default_rng(1)
    pairs = [(rng.normal(size=length), rng.normal(size=length)) for length in (5, 9, 30)]
    total = np.sum([moments(p, y) for p, y in pairs], axis=0)
    joined = moments(np.concatenate([p for p, _ in pairs]), np.concatenate([y for _, y in pairs]))
    np.testing.assert_allclose(total, joined, atol=1e-12)


def test_several_predictions_of_one_recording_at_once() -> None:
    """Each has the sums that it has alone, to the bit, where some of the labels are not rated, too."""
    rng = np.random.default_rng(1)
    p, y = rng.normal(size=(2, 3, 50)), rng.normal(size=50)
    y[[4, 20]] = np.nan
    together = moments(p, y)
    assert together.shape == (2, 3, 6)
    alone = np.array([[moments(each, y) for each in part] for part in p])
    np.testing.assert_array_equal(together, alone)
    p[1, 2, 7] = np.inf
    with pytest.raises(ValueError, match="the prediction at step 6 is inf"):  # The fifth label is not rated.
        moments(p, y)


@pytest.mark.parametrize(
    ("p", "y", "expected"),
    [
        ([1.0, 2.0], [1.0], "do not go with"),
        (1.0, [1.0], "do not go with"),
        ([], [], "there are no predictions"),
        ([np.nan, 1.0], [1.0, 2.0], "the prediction at step 0 is nan"),
        ([0.0, 1.0], [np.inf, 2.0], "the label at step 0 is inf"),
    ],
)
def test_refuses_what_cannot_be_scored(p: list[float], y: list[float], expected: str) -> None:
    """Other lengths, nothing, NaN."""
    with pytest.raises(ValueError, match=expected):
        moments(p, y)
