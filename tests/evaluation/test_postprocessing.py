"""The post-processing chain."""

import inspect

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onefilter.concordance import concordance
from onefilter.evaluation import postprocessing
from onefilter.evaluation.postprocessing import Chain, apply, score, tune

Floats = npt.NDArray[np.float64]


def smooth(length: int, seed: int) -> Floats:
    """A smooth path around 0.1."""
    steps = np.random.default_rng(seed).normal(size=length + 60)
    return np.asarray(0.1 + np.convolve(steps, np.hanning(61), mode="valid")[:length] / 20)


def by_hand(chain: Chain, values: Floats) -> Floats:
    """The chain again, one value at a time."""
    length, half = len(values), chain.median // 2
    filtered = [
        float(np.median([values[min(max(t + k, 0), length - 1)] for k in range(-half, half + 1)]))
        for t in range(length)
    ]
    scaled = [chain.pivot + chain.scale * (value + chain.centre - chain.pivot) for value in filtered]
    return np.array([scaled[min(max(t - chain.shift, 0), length - 1)] for t in range(length)])


@given(
    median=st.sampled_from([1, 3, 5, 11]),
    shift=st.integers(-12, 12),
    numbers=st.tuples(*[st.floats(-2, 2)] * 3),
    seed=st.integers(0, 99),
)
def test_agrees_with_one_value_at_a_time(
    median: int, shift: int, numbers: tuple[float, float, float], seed: int
) -> None:
    """Median, centre, scale, shift, ends held."""
    values = np.random.default_rng(seed).normal(size=30)
    chain = Chain(median, *numbers, shift)
    np.testing.assert_allclose(apply(chain, values), by_hand(chain, values), atol=1e-12)


def test_the_default_does_nothing() -> None:
    """No link, no change."""
    values = smooth(50, 1)
    np.testing.assert_array_equal(apply(Chain(), values), values)


def test_finds_what_was_done_to_perfect_predictions() -> None:
    """Labels that were moved, scaled and delayed come back: a planted truth."""
    labels = [smooth(400, seed) for seed in range(5)]
    spoiled = [0.4 * (np.roll(label, -7)) + 0.3 for label in labels]
    devel = [(s[20:-20], label[20:-20]) for s, label in zip(spoiled, labels, strict=True)]
    chain = tune(devel, medians=(), largest_shift=20)
    assert chain.shift == 7
    assert chain.scale == pytest.approx(1 / 0.4, rel=0.05)
    assert score(devel, chain) > 0.97 > 0.4 > score(devel, Chain())


def test_finds_the_median_filter_where_spikes_disturb() -> None:
    """Single wild steps are what a median filter is for."""
    rng = np.random.default_rng(1)
    devel = []
    for seed in range(4):
        label = smooth(300, seed)
        devel.append((label + np.where(rng.random(300) < 0.1, 3.0, 0.0), label))
    assert tune(devel, medians=(5, 9), largest_shift=0).median > 1


def test_never_worse_on_development_and_each_link_helps() -> None:
    """Links that do not raise development's concordance are left out."""
    for seed in range(8):
        rng = np.random.default_rng(seed)
        devel = [(rng.normal(size=60), rng.normal(size=60)) for _ in range(3)]
        assert score(devel, tune(devel, medians=(3, 9), largest_shift=5)) >= score(devel, Chain())
    perfect = [(smooth(100, seed),) * 2 for seed in range(3)]
    assert tune(perfect, medians=(3, 9), largest_shift=5) == Chain()


def test_no_test_label_can_get_in() -> None:
    """What tunes takes development only; what is applied takes a chain and a prediction only."""
    assert list(inspect.signature(tune).parameters) == ["devel", "medians", "largest_shift"]
    assert list(inspect.signature(apply).parameters) == ["chain", "prediction"]
    assert not [name for name in vars(postprocessing) if name.isupper() and name not in {"LEAST_GAIN", "CHAIN_COLUMNS"}]


def test_a_constant_prediction_is_centred_at_most() -> None:
    """Nothing to scale, nothing to shift, no division by zero."""
    devel = [(np.full(50, 0.4), smooth(50, seed)) for seed in range(3)]
    chain = tune(devel, medians=(3,), largest_shift=3)
    assert chain == Chain()
    assert concordance(apply(chain, devel[0][0]), devel[0][1]) == 0
