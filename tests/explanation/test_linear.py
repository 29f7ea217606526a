"""The linear part of deep networks: exact for linear ones, against finite differences for others."""

from dataclasses import replace

import numpy as np
import pytest

from onefilter.explanation.linear import linear_part
from onefilter.model.card import Layer, Stack
from onefilter.model.prediction import correlate, stack_prediction
from onefilter.tables import Floats
from tests.examples.live import CARD


def network(*, relu: bool, width: int = 4) -> Stack:
    """Give a network of three layers."""
    rng = np.random.default_rng(3)
    sizes = ((4, width, 6), (3, 6, 3), (1, 3, 1))
    layers = tuple(Layer(rng.normal(size=size), rng.normal(size=size[2]), relu and size[2] > 1) for size in sizes)
    return Stack(replace(CARD, features=CARD.features[:width], left=2, activation="relu"), layers)


def recordings(*lengths: int) -> list[Floats]:
    """Give features."""
    rng = np.random.default_rng(5)
    return [rng.normal(size=(length, 4)) for length in lengths]


def test_a_linear_network_is_its_linear_part() -> None:
    """Away from the recording's ends, where hidden biases reach beyond it, to rounding."""
    stack = network(relu=False)
    stack = replace(stack, layers=tuple(replace(layer, bias=0 * layer.bias) for layer in stack.layers))
    found = linear_part(stack, recordings(1200, 700))
    assert found.correlation == pytest.approx(1, abs=1e-4)
    inputs = recordings(60)[0]
    # Edges leave out what lies beyond them, so that the mean gradient is a little short of the true one.
    edge = 6 / 1900
    whole = stack_prediction(stack.layers, inputs)
    mine = correlate(inputs, found.model.filter, left=found.model.card.left) + found.model.bias
    np.testing.assert_allclose(mine[6:-6], whole[6:-6], atol=4 * edge * np.abs(whole).max())


def test_against_finite_differences() -> None:
    """The mean over steps of what a small change of one input does, tap by tap."""
    stack, inputs = network(relu=True), recordings(700)[0]
    found = linear_part(stack, [inputs])
    left, reach = found.model.card.left, found.model.taps
    assert (left, reach) == (2, 6)
    expected = np.zeros((reach, 4))
    for place in range(700):
        for feature in range(4):
            moved = inputs.copy()
            moved[place, feature] += 1e-6
            first, last = max(place - 10, 0), min(place + 11, 700)
            change = np.subtract(*(stack_prediction(stack.layers, x[first:last]) for x in (moved, inputs)))
            for tap in range(reach):
                step = place - tap + left
                # The slice's own edges are not the recording's.
                if first <= step < last and 0 <= step < 700:
                    expected[tap, feature] += change[step - first] / 1e-6
    # What lies beyond the recording cannot be moved: at most 5 of 700 steps differ.
    np.testing.assert_allclose(found.model.weight, expected / 700, atol=5 / 700 * np.abs(found.model.weight).max())
    outputs = stack_prediction(stack.layers, inputs)
    mine = correlate(inputs, found.model.filter, left=left) + found.model.bias
    assert mine.mean() == pytest.approx(outputs.mean())
    assert found.correlation == pytest.approx(np.corrcoef(mine, outputs)[0, 1])
    assert 0.3 < found.correlation < 0.999


def test_says_what_it_is() -> None:
    """The card is the network's, but for what changed."""
    found = linear_part(network(relu=True), recordings(50)).model
    assert found.card.source == "linear part of 3 layers"
    assert found.card.activation == "linear"
    assert found.card.target == CARD.target


def test_nothing_to_linearise_at() -> None:
    """No recording."""
    with pytest.raises(ValueError, match="no step"):
        linear_part(network(relu=True), [])
