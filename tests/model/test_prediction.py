"""Applying a model, and moving predictions in time."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from onefilter.errors import InputError
from onefilter.model.prediction import at_annotators_time, correlate, predict
from onefilter.names import PUBLISHED_FEATURES
from onefilter.training.network import OneFilterNetworks
from onefilter.training.spectral import cut
from tests.examples.model import CARD, model


@given(steps=st.integers(1, 30), taps=st.integers(1, 12), place=st.floats(0, 1), seed=st.integers(0, 99))
def test_correlate_by_brute_force(steps: int, taps: int, place: float, seed: int) -> None:
    """The equation with its three loops."""
    rng = np.random.default_rng(seed)
    left = round(place * (taps - 1))
    inputs, weight = rng.normal(size=(steps, 3)), rng.normal(size=(taps, 3))
    expected = np.zeros(steps)
    for t in range(steps):
        for k in range(taps):
            if 0 <= t + k - left < steps:
                expected[t] += sum(weight[k, f] * inputs[t + k - left, f] for f in range(3))
    np.testing.assert_allclose(correlate(inputs, weight, left=left), expected, atol=1e-12)


@pytest.mark.parametrize("activation", ["linear", "relu"])
def test_predicts_what_the_network_predicts(activation: str) -> None:
    """NumPy here and torch in training give the same, to single precision."""
    torch.manual_seed(1)
    networks = OneFilterNetworks(taps=80, features=37, seeds=[4], activation=activation)  # type: ignore[arg-type]
    inputs = torch.randn(1, 300, 37)
    with torch.no_grad():
        networks.convolution.bias.add_(0.1)
        networks.head_bias.add_(0.2)
        blocks = cut(inputs, 80, left=39)
        expected = blocks.join(networks(blocks))[:, 0, 0].numpy()
    weights = networks.weights()
    one = replace(
        model(replace(CARD, activation=activation)),
        weight=weights.weight[:, :, 0].numpy(),
        bias=float(weights.bias[0]),
        head_weight=float(weights.head_weight[0]),
        head_bias=float(weights.head_bias[0]),
    )
    features = pl.DataFrame(dict(zip(PUBLISHED_FEATURES, inputs[0].numpy().T, strict=True)))
    np.testing.assert_allclose(predict(one, features), expected, atol=3e-5)


def test_takes_features_by_name() -> None:
    """Columns in another order change nothing; a missing one is named."""
    rng = np.random.default_rng(1)
    features = pl.DataFrame({name: rng.normal(size=50) for name in PUBLISHED_FEATURES})
    np.testing.assert_array_equal(
        predict(model(), features), predict(model(), features.select(reversed(PUBLISHED_FEATURES)))
    )
    with pytest.raises(InputError, match=r"the valence model needs features that are not there: AU12_mean"):
        predict(model(), features.drop("AU12_mean"))


def test_at_annotators_time() -> None:
    """Zeros stand in front; the end falls off."""
    assert at_annotators_time(np.array([1.0, 2, 3, 4]), 2).tolist() == [0, 0, 1, 2]
    assert at_annotators_time(np.array([1.0, 2]), 0).tolist() == [1, 2]
    assert at_annotators_time(np.array([1.0, 2]), 5).tolist() == [0, 0]
