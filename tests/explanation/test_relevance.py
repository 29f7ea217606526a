"""Relevance: against matrices written out by hand, against captum, and what must add up."""

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from captum.attr import LRP, InputXGradient, IntegratedGradients
from captum.attr._utils.lrp_rules import EpsilonRule
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from onefilter.explanation.relevance import (
    RULES,
    SIGNED_RULES,
    Floats,
    Relevance,
    Rule,
    absolute,
    by_feature,
    contributions,
    covariance_shares,
    ranked_by_share,
    relevance,
    stack_relevance,
    windows,
)
from onefilter.model.card import Layer, Model
from onefilter.model.prediction import predict, stack, stack_prediction
from onefilter.training.ladder import DEEP, DeepNetworks, layers_of
from tests.examples.explanation import network, recording


def outputs(model: Model, inputs: Floats) -> Floats:
    """Predictions by an independent road: torch's convolution and a linear unit."""
    left = model.card.left
    padded = nn.functional.pad(torch.from_numpy(inputs.T[None]), (left, model.taps - 1 - left))
    z = nn.functional.conv1d(padded, torch.from_numpy(model.weight.astype(float).T[None].copy()))[0, 0] + model.bias
    z = torch.relu(z) if model.card.activation == "relu" else z
    return np.asarray((model.head_weight * z + model.head_bias).numpy())


@pytest.mark.parametrize("activation", ["linear", "relu"])
@pytest.mark.parametrize("rule", RULES)
def test_conservation(activation: str, rule: Rule) -> None:
    """Sum of relevance plus offset is the prediction, at every step, by feature too."""
    for seed in range(5):
        model, inputs = network(activation, seed=seed), recording(seed=seed)
        found = relevance(model, inputs, rule=rule)
        assert found.values.shape == (30, 6, 4)
        np.testing.assert_allclose(found.values.sum(axis=(1, 2)) + found.offset, outputs(model, inputs), atol=1e-9)
        np.testing.assert_allclose(by_feature(model, inputs, rule=rule), found.values.sum(axis=1), atol=1e-12)
        np.testing.assert_allclose(absolute(model, inputs, rule=rule), np.abs(found.values).sum(axis=0), atol=1e-12)


@pytest.mark.parametrize("activation", ["linear", "relu"])
def test_shares_by_covariances_of_stored_contributions(activation: str) -> None:
    """NumPy's covariance of every contribution with the prediction; with the offset's they add up to exactly 1."""
    models = [network(activation, seed=seed) for seed in (1, 4)]
    seen = [recording(steps, seed=steps) for steps in (30, 50, 2100)]
    sums = np.sum([contributions(models, inputs) for inputs in seen], axis=0)
    for model, found in zip(models, covariance_shares(sums), strict=True):
        parts = [relevance(model, inputs) for inputs in seen]
        both = np.column_stack(
            [
                np.concatenate([part.values.sum(axis=1) for part in parts]),
                np.concatenate([part.offset for part in parts]),
                np.concatenate([outputs(model, inputs) for inputs in seen]),
            ]
        )
        expected = np.cov(both.T)[-1, :-1] / both[:, -1].var(ddof=1)
        np.testing.assert_allclose(found, expected[:-1], atol=1e-10)
        assert found.sum() + expected[-1] == pytest.approx(1, abs=1e-12)
        assert activation == "relu" or found.sum() == pytest.approx(1, abs=1e-12)


def test_shares_by_the_covariance_of_what_is_under_the_window() -> None:
    """In closed form, with C the covariance of the lagged features: share_f = sum_k w_kf (C w)_kf / w^T C w."""
    model, inputs = network("linear"), recording(200)
    weight = model.filter.ravel()
    under = windows(inputs, taps=model.taps, left=model.card.left).reshape(len(inputs), -1)
    covariance = np.cov(under.T)
    expected = (weight * (covariance @ weight)).reshape(model.filter.shape).sum(axis=0) / (weight @ covariance @ weight)
    np.testing.assert_allclose(covariance_shares(contributions([model], inputs))[0], expected, atol=1e-10)
    assert ranked_by_share(model, [inputs]) == np.argsort(-expected).tolist()


def test_shares_of_a_world_that_is_known() -> None:
    """Independent features: w^2 var / sum w^2 var, whatever a feature adds all the time; a constant one has none."""
    model = network("linear", taps=1)
    inputs = np.random.default_rng(1).normal(size=(200_000, 4)) * [1.0, 2.0, 0.5, 0.0] + [0.0, 3.0, 50.0, 5.0]
    power = (model.weight[0].astype(float) * [1.0, 2.0, 0.5, 0.0]) ** 2
    found = covariance_shares(contributions([model], inputs))[0]
    np.testing.assert_allclose(found, power / power.sum(), atol=0.01)
    assert found[3] == pytest.approx(0, abs=1e-9)
    np.testing.assert_array_equal(covariance_shares(contributions([model], np.full((9, 4), 0.1)))[0], 0)


def test_a_matrix_written_out_by_hand() -> None:
    """The folded filter as a matrix from all inputs to all predictions: its entries times the inputs."""
    model, inputs = network("linear", taps=3, features=2), recording(5, features=2)
    filtered = model.filter
    matrix = np.zeros((5, 5, 2))
    for t in range(5):
        for k in range(3):
            if 0 <= t + k - 1 < 5:
                matrix[t, t + k - 1] = filtered[k]
    expected = matrix * inputs
    for rule in ("lrp-0", "gradient-x-input", "integrated-gradients"):
        values = relevance(model, inputs, rule=rule).values
        placed = np.zeros((5, 7, 2))
        for t in range(5):
            placed[t, t : t + 3] = values[t]
        np.testing.assert_allclose(placed[:, 1:-1], expected, atol=1e-12)
    offset = relevance(model, inputs).offset
    np.testing.assert_allclose(offset, model.offset, atol=1e-12)


class OneFilter(nn.Module):
    """The same network for captum."""

    def __init__(self, model: Model) -> None:
        """Copy the weights; padding outside, as captum's rules want plain layers."""
        super().__init__()
        self.convolution = nn.Conv1d(model.weight.shape[1], 1, model.taps).double()
        self.activation = nn.ReLU() if model.card.activation == "relu" else None
        self.head = nn.Conv1d(1, 1, 1).double()
        with torch.no_grad():
            self.convolution.weight.copy_(torch.from_numpy(model.weight.T[None].astype(float)))
            self.convolution.bias.fill_(model.bias)  # type: ignore[union-attr]
            self.head.weight.fill_(model.head_weight)
            self.head.bias.fill_(model.head_bias)  # type: ignore[union-attr]

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Predict [N, T] from padded features [N, F, T + K - 1]."""
        filtered = self.convolution(inputs)
        values: torch.Tensor = self.head(filtered if self.activation is None else self.activation(filtered))[:, 0]
        return values

    def with_rules(self, epsilon: float) -> "OneFilter":
        """Set the rule of every layer, which captum forgets after each use."""
        for layer in (self.convolution, self.head):
            layer.rule = EpsilonRule(epsilon=epsilon)
        return self


def by_captum(attribution: Any, model: Model, inputs: Floats, step: int, **arguments: Any) -> Floats:
    """Captum's attribution of the prediction at one step, [K, F]."""
    left = model.card.left
    padded = np.pad(inputs, ((left, model.taps - 1 - left), (0, 0)))
    tensor = torch.from_numpy(padded.T[None].copy()).requires_grad_()
    attributed = attribution.attribute(tensor, target=step, **arguments)
    return np.asarray(attributed.detach().numpy()[0, :, step : step + model.taps].T)


@pytest.mark.slow
@pytest.mark.parametrize("activation", ["linear", "relu"])
@pytest.mark.filterwarnings("ignore")
def test_agrees_with_captum(activation: str) -> None:
    """LRP-epsilon with a rule per layer, gradient x input, integrated gradients; every step of a recording."""
    model, inputs = network(activation), recording()
    mine = relevance(model, inputs, rule="lrp-epsilon", epsilon=1e-4).values
    gradients = relevance(model, inputs, rule="gradient-x-input").values
    integrated = relevance(model, inputs, rule="integrated-gradients").values
    checked = 0
    for step in range(len(inputs)):
        theirs = by_captum(LRP(OneFilter(model).with_rules(1e-4)), model, inputs, step)
        np.testing.assert_allclose(mine[step], theirs, atol=1e-5)
        np.testing.assert_allclose(
            gradients[step], by_captum(InputXGradient(OneFilter(model)), model, inputs, step), atol=1e-10
        )
        if step % 10 == 0:
            # Captum approximates the path by steps; where the ReLU switches, its error is of their size.
            steps = {"n_steps": 2000, "method": "riemann_middle"}
            path = by_captum(IntegratedGradients(OneFilter(model)), model, inputs, step, **steps)
            np.testing.assert_allclose(integrated[step], path, atol=5e-3)
        checked += np.abs(theirs).max() > 1e-3
    assert checked > 3


@pytest.mark.slow
@given(seed=st.integers(0, 10_000))
def test_integrated_gradients_of_a_relu_by_brute_force(seed: int) -> None:
    """The closed form against the mean gradient along the way, in many small steps; offset is the output at zero."""
    model, inputs = network("relu", seed=seed), recording(6, seed=seed)
    found = relevance(model, inputs, rule="integrated-gradients")
    mean = np.zeros((6, 6, 4))
    for alpha in (np.arange(40) + 0.5) / 40:
        # Gradient x input at alpha x, divided by alpha, is the gradient times x.
        mean += relevance(model, alpha * inputs, rule="gradient-x-input").values / alpha / 40
    # One switch per window at most: the coarse path is off by at most one of its steps.
    scale = np.abs(model.head_weight * model.weight[None] * np.abs(inputs).max()).max()
    np.testing.assert_allclose(found.values, mean, atol=scale / 40)
    at_zero = predict(model, pl.DataFrame(np.zeros((6, 4)), schema=list(model.card.features)))
    np.testing.assert_allclose(found.offset, at_zero, atol=1e-9)


def deep(name: str = "B", *, features: int = 4) -> list[Layer]:
    """A network of the ladder, weights as drawn, biases of both signs."""
    networks = DeepNetworks(DEEP[name], features=features, seeds=[3])
    with torch.no_grad():
        for number, bias in enumerate(networks.biases):
            bias.copy_(0.3 * torch.randn(bias.shape, generator=torch.Generator().manual_seed(number)) + 0.1)
    return layers_of(networks, 0)


SMALL: tuple[tuple[int, int], ...] = ((5, 3), (4, 4), (3, 2))


def small(features: int = 3) -> list[Layer]:
    """Three ReLU convolutions and a unit, small enough for captum's loop."""
    networks = DeepNetworks(SMALL, features=features, seeds=[5])
    with torch.no_grad():
        for number, bias in enumerate(networks.biases):
            bias.copy_(0.2 * torch.randn(bias.shape, generator=torch.Generator().manual_seed(number)) + 0.2)
    return layers_of(networks, 0)


def test_layers_are_the_networks() -> None:
    """Taken out of torch, the layers predict the same."""
    networks = DeepNetworks(SMALL, features=3, seeds=[5, 6])
    inputs = recording(25, features=3)
    with torch.no_grad():
        theirs = networks(torch.from_numpy(inputs.T[None].copy()).float())[0].numpy()
    for index in range(2):
        np.testing.assert_allclose(stack_prediction(layers_of(networks, index), inputs), theirs[index], atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["gradient-x-input", "integrated-gradients", "lrp-0", "lrp-epsilon"])
@pytest.mark.parametrize("activation", ["linear", "relu"])
def test_one_filter_as_a_stack(rule: Rule, activation: str) -> None:
    """The general way gives the same as the short one."""
    model, inputs = network(activation), recording()
    short = relevance(model, inputs, rule=rule, epsilon=1e-4)
    general = stack_relevance(stack(model), inputs, rule=rule, epsilon=1e-4, steps=400)
    # The path integral has no closed form in general: its error is of the size of a step.
    np.testing.assert_allclose(general.values, short.values, atol=2e-2 if "integrated" in rule else 1e-8)
    assert general.left == short.left


def backwards(layers: list[Layer], inputs: Floats) -> Floats:
    """Gradient of every prediction by torch, step by step: [T, T, F]."""
    tensor = torch.from_numpy(inputs).requires_grad_()
    values = tensor.T[None]
    for layer in layers:
        padded = nn.functional.pad(values, (layer.left, len(layer.weight) - 1 - layer.left))
        kernel = torch.from_numpy(layer.weight.transpose(2, 1, 0).copy())
        values = nn.functional.conv1d(padded, kernel, torch.from_numpy(layer.bias))
        values = torch.relu(values) if layer.relu else values
    rows = [torch.autograd.grad(values[0, 0, t], tensor, retain_graph=True)[0] for t in range(len(inputs))]
    return np.asarray(torch.stack(rows).numpy())


def placed(found: Relevance, steps: int) -> Floats:
    """Relevance under the window put where the inputs are, [T, T, F]."""
    reach = found.values.shape[1]
    wide = np.zeros((steps, steps + reach - 1, found.values.shape[2]))
    for t in range(steps):
        wide[t, t : t + reach] = found.values[t]
    return wide[:, found.left : found.left + steps]


@pytest.mark.slow
@pytest.mark.parametrize("layers", [small(), deep(features=3)], ids=["three convolutions", "ladder's B"])
def test_gradients_of_deep_networks(layers: list[Layer]) -> None:
    """Every step's gradient times the inputs, recording's ends included, against torch."""
    inputs = recording(40, features=3)
    found = stack_relevance(layers, inputs, rule="gradient-x-input")
    np.testing.assert_allclose(placed(found, 40), backwards(layers, inputs) * inputs, atol=1e-10)


def lrp_by_hand(layers: list[Layer], inputs: Floats, *, rule: str, epsilon: float, gamma: float) -> Floats:
    """LRP with every layer written out as a dense matrix, one prediction at a time: [T, T, F]."""
    steps = len(inputs)
    matrices, biases, read = [], [], [inputs.ravel()]
    for layer in layers:
        taps, width, filters = layer.weight.shape
        matrix = np.zeros((steps * filters, steps * width))
        for t in range(steps):
            for k in range(taps):
                s = t + k - layer.left
                if 0 <= s < steps:
                    rows, columns = slice(t * filters, (t + 1) * filters), slice(s * width, (s + 1) * width)
                    matrix[rows, columns] = layer.weight[k].T
        matrices.append(matrix)
        biases.append(np.tile(layer.bias, steps))
        z = matrix @ read[-1] + biases[-1]
        read.append(np.maximum(z, 0) if layer.relu else z)
    result = []
    for t in range(steps):
        values = np.zeros(steps)
        values[t] = read[-1][t]
        for matrix, bias, below in zip(matrices[::-1], biases[::-1], read[-2::-1], strict=True):
            used, shift = matrix, bias
            if rule == "z-plus":
                used, shift = np.maximum(matrix, 0), 0 * bias
            if rule == "gamma":
                used, shift = matrix + gamma * np.maximum(matrix, 0), bias + gamma * np.maximum(bias, 0)
            z = used @ below + shift
            z = z + (epsilon * np.where(z >= 0, 1, -1) if rule == "lrp-epsilon" else 0)
            values = below * (used.T @ np.divide(values, z, out=np.zeros_like(values), where=z != 0))
        result.append(values.reshape(inputs.shape))
    return np.stack(result)


@pytest.mark.parametrize("rule", ["lrp-0", "lrp-epsilon", *SIGNED_RULES])
def test_deep_relevance_against_dense_matrices(rule: Rule) -> None:
    """Every rule, every step, every layer a matrix."""
    layers, inputs = small(), recording(20, features=3)
    found = stack_relevance(layers, inputs, rule=rule, epsilon=1e-3, gamma=0.25)
    expected = lrp_by_hand(layers, inputs, rule=rule, epsilon=1e-3, gamma=0.25)
    np.testing.assert_allclose(placed(found, 20), expected, atol=1e-9)
    np.testing.assert_allclose(found.offset, stack_prediction(layers, inputs) - expected.sum(axis=(1, 2)), atol=1e-9)


def test_z_plus_keeps_everything_without_biases() -> None:
    """With no bias in the way, z+ hands on all of the prediction: the offset is zero."""
    layers = [replace(layer, bias=np.zeros_like(layer.bias)) for layer in small()]
    layers[-1] = replace(layers[-1], weight=np.abs(layers[-1].weight))
    inputs = recording(20, features=3) + 0.1
    found = stack_relevance(layers, inputs, rule="z-plus")
    active = stack_prediction(layers, inputs) > 1e-6
    assert active.any()
    np.testing.assert_allclose(found.offset[active], 0, atol=1e-9)


@pytest.mark.filterwarnings("ignore")
def test_deep_relevance_agrees_with_captum() -> None:
    """Captum's LRP on plain layers, with padding done outside one layer at a time: the middle of a recording."""
    layers, inputs = small(), recording(40, features=3)
    modules: list[nn.Module] = []
    for layer in layers:
        convolution = nn.Conv1d(layer.weight.shape[1], layer.weight.shape[2], len(layer.weight)).double()
        with torch.no_grad():
            convolution.weight.copy_(torch.from_numpy(layer.weight.transpose(2, 1, 0).copy()))
            convolution.bias.copy_(torch.from_numpy(layer.bias))  # type: ignore[union-attr]
        modules += [convolution, nn.ReLU()] if layer.relu else [convolution]
    module = nn.Sequential(*modules)
    found = stack_relevance(layers, inputs, rule="lrp-epsilon", epsilon=1e-6)
    reach = found.values.shape[1]
    for t in (12, 20, 27):
        window = inputs[t - found.left : t - found.left + reach]
        tensor = torch.from_numpy(window.T[None].copy()).requires_grad_()
        for convolution in (part for part in module if isinstance(part, nn.Conv1d)):
            convolution.rule = EpsilonRule(epsilon=1e-6)
        theirs = LRP(module).attribute(tensor, target=(0, 0)).detach().numpy()[0].T
        np.testing.assert_allclose(found.values[t], theirs, atol=1e-5)


@pytest.mark.parametrize("rule", SIGNED_RULES)
def test_rules_that_are_ill_posed_are_refused(rule: Rule) -> None:
    """The reason is given; ReLU stacks take them, signed inputs do not."""
    model, inputs = network("linear"), recording()
    with pytest.raises(ValueError, match=r"ill-posed here: .* the head of a linear filter reads a signed number"):
        relevance(model, inputs, rule=rule)
    with pytest.raises(ValueError, match="ill-posed here"):
        stack_relevance(stack(model), inputs, rule=rule)
    with pytest.raises(ValueError, match="needs inputs that are not negative"):
        stack_relevance(small(), -recording(20, features=3), rule=rule)
    stack_relevance(small(), recording(20, features=3), rule=rule)


def test_unknown_rules_are_named() -> None:
    """With what is known."""
    with pytest.raises(ValueError, match="unknown rule 'lrp'; known are lrp-0"):
        relevance(network("linear"), recording(), rule="lrp")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="unknown rule 'lrp'; known are lrp-0"):
        stack_relevance(small(), recording(20, features=3), rule="lrp")  # type: ignore[arg-type]
