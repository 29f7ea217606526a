"""Relevance: how much did each input under the window contribute to the prediction at t?

One filter: z_t = sum_kf W[k, f] x[t + k - left, f] + b,   y_t = v a(z_t) + c,   a linear or ReLU. Every rule gives

    R[k, f](t) = g_t W[k, f] x[t + k - left, f],        sum_kf R[k, f](t) + offset_t = y_t     (conservation),

and rules differ in g_t alone, so all time steps come at once from one product:

    LRP-0 (Bach et al. 2015), gradient x input     g = v a'(z)      folded: W' x with W' = v W
    LRP-epsilon, layer by layer                    g = v a(z) / (z + e s(z)) * y / (y + e s(y)),   s the sign
    integrated gradients from 0 (Sundararajan      g = v * the share of the way from 0 to x on which the filter is
      et al. 2017), in closed form                     active; offset = y(0)

For a linear filter LRP-0, gradient x input and integrated gradients are the same numbers. The rules z+ and gamma treat
positive and negative contributions differently, which presumes inputs of one sign; the head of a linear filter reads a
signed number, so both are refused there. `stack_relevance` has all rules for several convolutions (the depth ladder).

How much of a prediction is a feature's is its *covariance share*: with `R_f(t) = sum_k R[k, f](t)`,

    share_f = cov(R_f, y) / var(y),        sum_f share_f = 1        (linear filters),

over the steps of some recordings. What a feature always adds moves nothing and has no share. The size of contributions,
sum |R|, measures them against a face of zeros instead, and ranks what is never zero first, the tracker's confidence.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
from scipy import fft

from onefilter.model.card import Layer, Model
from onefilter.model.prediction import correlate, forward

Floats = npt.NDArray[np.float64]
Rule = Literal["lrp-0", "lrp-epsilon", "gradient-x-input", "integrated-gradients", "z-plus", "gamma"]

RULES: Final[tuple[Rule, ...]] = ("lrp-0", "lrp-epsilon", "gradient-x-input", "integrated-gradients")
"""Rules that suit every network here."""
SIGNED_RULES: Final[tuple[Rule, ...]] = ("z-plus", "gamma")
"""Rules for stacks of ReLU layers only."""
EPSILON: Final = 1e-9
"""Default stabiliser of LRP-epsilon, as in captum."""
GAMMA: Final = 0.25
"""Default preference of the gamma rule for positive contributions."""
PATH_STEPS: Final = 64
"""Steps of the path integral where it has no closed form."""
SHARE_SUMS: Final = ("steps", "signed", "product", "prediction", "squared")
"""Sums over steps from which shares follow: of 1, R_f, R_f y, y and y^2, R_f being a feature's contribution."""
_STEPS: Final = 2048
"""Steps whose contributions are held at once."""
_STILL: Final = 1e-13
"""A prediction whose variance is below this part of its mean square does not move."""
ILL_POSED: Final = (
    "is ill-posed here: it weighs positive against negative contributions, which presumes inputs of one sign, and the"
    " head of a linear filter reads a signed number; use lrp-0 or lrp-epsilon"
)


@dataclass(frozen=True)
class Relevance:
    """Contributions to the prediction at every step.

    Attributes:
        values: [T, K, F], contribution of the input at step t + k - left.
        offset: [T], what the inputs do not explain: biases (and what epsilon absorbs).
        left: Steps of the past under the window.
    """

    values: npt.NDArray[np.floating[Any]]
    offset: Floats
    left: int


def relevance(
    model: Model,
    inputs: Floats,
    *,
    rule: Rule = "lrp-0",
    epsilon: float = EPSILON,
    out: npt.NDArray[np.floating[Any]] | None = None,
) -> Relevance:
    """Give the contributions of all inputs to all predictions of one recording.

    Args:
        model: A one-filter model.
        inputs: The features that it reads [T, F].
        rule: One of `RULES`.
        epsilon: Stabiliser of LRP-epsilon.
        out: Where to write them, [at least T, K, F], single or double precision; saves making 40 MB per recording anew.

    Raises:
        ValueError: If the rule is ill-posed for this network, or unknown.
    """
    factor, offset = factors(model, inputs, rule=rule, epsilon=epsilon)
    kind = np.dtype(np.float64) if out is None else out.dtype
    values = np.empty((len(inputs), *model.weight.shape), kind) if out is None else out[: len(inputs)]
    weight, seen = model.weight.astype(kind), inputs.astype(kind)
    # What is under a window is contiguous in the padded recording: one long row per step, which NumPy multiplies
    # ten times as fast as taps by features.
    padded = np.pad(seen, ((model.card.left, model.taps - 1 - model.card.left), (0, 0)))
    under = np.lib.stride_tricks.sliding_window_view(padded.ravel(), weight.size)[:: weight.shape[1]]
    rows = values.reshape(len(inputs), weight.size)
    if np.ptp(factor) == 0:
        np.multiply(under, factor[0].astype(kind) * weight.ravel(), out=rows)
    else:
        np.multiply(under, weight.ravel(), out=rows)
        rows *= factor.astype(kind)[:, None]
    return Relevance(values, offset, model.card.left)


def by_feature(model: Model, inputs: Floats, *, rule: Rule = "lrp-0", epsilon: float = EPSILON) -> Floats:
    """Give each feature's contribution to each prediction, summed over lags: [T, F]; arguments as in `relevance`."""
    factor, _ = factors(model, inputs, rule=rule, epsilon=epsilon)
    return drive_by_feature(model, inputs) * factor[:, None]


def drive_by_feature(model: Model, inputs: Floats) -> Floats:
    """Give what each feature adds to the filter's output, sum_k W[k, f] x[t + k - left, f]: [T, F]."""
    steps, left = len(inputs), model.card.left
    # Each feature's own correlation with its column of the filter, in the frequency domain.
    size = fft.next_fast_len(steps + model.taps - 1, real=True)
    spectrum = fft.rfft(inputs, size, axis=0) * fft.rfft(model.weight[::-1].astype(np.float64), size, axis=0)
    first = model.taps - 1 - left
    return np.asarray(fft.irfft(spectrum, size, axis=0)[first : first + steps])


def absolute(model: Model, inputs: Floats, *, rule: Rule = "lrp-0", epsilon: float = EPSILON) -> Floats:
    """Sum up the size of contributions over time, `sum_t |R[k, f](t)|`: [K, F]; arguments as in `relevance`.

    Because g_t and x enter as a product, sum_t |g_t| |x[t + k - left, f]| |W[k, f]| needs no T x K x F array.
    """
    factor, _ = factors(model, inputs, rule=rule, epsilon=epsilon)
    sums = lagged_sums(np.abs(factor)[:, None], np.abs(inputs), taps=model.taps, left=model.card.left)[0]
    return np.asarray(sums * np.abs(model.weight.astype(np.float64)))


def contributions(models: Sequence[Model], inputs: Floats) -> Floats:
    """Sum up what every feature contributes to the predictions of one recording, by LRP-0, for many filters at once.

    Args:
        models: One-filter models of the same features, taps and activation.
        inputs: The features that they read [T, F].

    Returns:
        [M, F, 5]: the sums of `SHARE_SUMS` over the steps, from which `covariance_shares` gives the shares. Sums of
        several recordings add up.
    """
    card, weights = models[0].card, np.stack([model.weight.astype(np.float64) for model in models], axis=-1)
    weights = np.ascontiguousarray(weights.transpose(1, 0, 2))
    bias, heads, offsets = np.array([(each.bias, each.head_weight, each.head_bias) for each in models]).T
    every = windows(inputs, taps=models[0].taps, left=card.left).transpose(2, 0, 1)
    sums = np.zeros((len(SHARE_SUMS), inputs.shape[1], len(models)))
    for start in range(0, len(inputs), _STEPS):
        under = every[:, start : start + _STEPS]
        parts = np.empty((*under.shape[:2], len(models)))
        for seen, weight, part in zip(under, weights, parts, strict=True):
            # One product per feature for all filters, [T, K] times [K, M]; of a copy, as BLAS takes no view of windows.
            np.matmul(np.ascontiguousarray(seen), weight, out=part)
        outputs = parts.sum(axis=0) + bias
        factor = heads * (outputs > 0) if card.activation == "relu" else np.broadcast_to(heads, outputs.shape)
        predictions = factor * outputs + offsets
        parts *= factor
        sums[0] += len(outputs)
        sums[1] += parts.sum(axis=1)
        parts *= predictions
        sums[2] += parts.sum(axis=1)
        sums[3] += predictions.sum(axis=0)
        sums[4] += (predictions**2).sum(axis=0)
    return sums.transpose(2, 1, 0)


def covariance_shares(sums: npt.ArrayLike) -> Floats:
    """Give each feature's share of the prediction's variance, cov(R_f, y) / var(y).

    Because y = sum_f R_f + offset, the shares of a linear filter add up to 1. With a ReLU the offset moves, too, and
    what the shares lack from 1 is its own. A share below zero belongs to a feature that holds the prediction back.

    Args:
        sums: [..., F, 5], the sums of `SHARE_SUMS`.

    Returns:
        [..., F]; zeros where the prediction never changes.
    """
    steps, signed, product, prediction, squared = np.moveaxis(np.asarray(sums, dtype=np.float64), -1, 0)
    variance = squared * steps - prediction**2
    covariance = product * steps - signed * prediction
    moves = variance > _STILL * squared * steps
    return np.asarray(np.divide(covariance, variance, out=np.zeros_like(covariance), where=moves))


def ranked_by_share(model: Model, recordings: Iterable[Floats]) -> list[int]:
    """Order a model's features by their share of the prediction's variance in recordings [T, F], the largest first."""
    found = covariance_shares(sum(contributions([model], inputs)[0] for inputs in recordings))
    order: list[int] = np.argsort(-found, kind="stable").tolist()
    return order


def lagged_sums(weights: Floats, inputs: Floats, *, taps: int, left: int) -> Floats:
    """Sum up what is under the window, sum_t c_t x[t + k - left, f], for several c: [T, C] and [T, F] to [C, K, F].

    Where c is constant, the sums over time differ by a few steps at the ends only.
    """
    steps, width = inputs.shape
    sums = np.zeros((weights.shape[1], taps, width))
    if len(weights) and np.ptp(weights, axis=0).max() == 0:
        cumulated = np.concatenate([np.zeros((1, width)), np.cumsum(inputs, axis=0)])
        shift = np.arange(taps) - left
        seen = cumulated[np.clip(steps + shift, 0, steps)] - cumulated[np.clip(shift, 0, steps)]
        return np.asarray(weights[0][:, None, None] * seen)
    for tap in range(taps):
        first, end = max(left - tap, 0), min(steps + left - tap, steps)
        if first < end:
            sums[:, tap] = weights[first:end].T @ inputs[first + tap - left : end + tap - left]
    return sums


def windows(inputs: Floats, *, taps: int, left: int) -> Floats:
    """View the inputs under the window at every step, zeros outside: [T, F] -> [T, K, F], no copy of the windows."""
    padded = np.pad(inputs, ((left, taps - 1 - left), (0, 0)))
    return np.lib.stride_tricks.sliding_window_view(padded, taps, axis=0).transpose(0, 2, 1)


def factors(model: Model, inputs: Floats, *, rule: Rule, epsilon: float) -> tuple[Floats, Floats]:
    """Give g_t and the offset, [T] each; equations in the module's docstring."""
    if rule in SIGNED_RULES:
        raise ValueError(f"the rule {rule} {ILL_POSED}")
    if rule not in RULES:
        raise ValueError(f"unknown rule {rule!r}; known are {', '.join(RULES)}")
    drive = correlate(inputs, model.weight.astype(np.float64), left=model.card.left)
    output = drive + model.bias
    rectified = model.card.activation == "relu"
    active = (output > 0).astype(np.float64) if rectified else np.ones(len(output))
    prediction = model.head_weight * active * output + model.head_bias
    factor = model.head_weight * active
    if rule == "lrp-epsilon":
        factor = (
            factor
            * output / (output + epsilon * _sign(output))
            * prediction / (prediction + epsilon * _sign(prediction))
        )  # fmt: skip
    elif rule == "integrated-gradients" and rectified:
        factor = model.head_weight * _active_share(drive, model.bias)
    return factor, prediction - factor * drive


def _sign(values: Floats) -> Floats:
    """Sign with sign(0) = 1, so that nothing is divided by zero."""
    return np.where(values >= 0, 1.0, -1.0)


def _active_share(drive: Floats, bias: float) -> Floats:
    """Share of alpha in 0..1 for which alpha * drive + bias is positive."""
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = np.clip(-bias / drive, 0.0, 1.0)
    share = np.where(drive > 0, 1.0 - crossing, crossing)
    return np.where(drive == 0, float(bias > 0), share)


def stack_relevance(
    layers: Sequence[Layer],
    inputs: Floats,
    *,
    rule: Rule = "lrp-0",
    epsilon: float = EPSILON,
    gamma: float = GAMMA,
    steps: int = PATH_STEPS,
) -> Relevance:
    """Give the contributions of all inputs to all predictions of a network of several convolutions.

    Relevance goes back layer by layer, for all T predictions side by side: [T, reach of the layer, channels].

    Args:
        layers: From the first convolution to the last unit.
        inputs: Features [T, F].
        rule: One of `RULES`, or of `SIGNED_RULES` if every layer but the last has a ReLU and no input is negative.
        epsilon: Stabiliser of LRP-epsilon.
        gamma: Preference for positive contributions.
        steps: Steps of the path integral of integrated gradients (Gauss-Legendre).

    Raises:
        ValueError: If the rule is ill-posed for this network, or unknown.
    """
    if rule not in (*RULES, *SIGNED_RULES):
        raise ValueError(f"unknown rule {rule!r}; known are {', '.join((*RULES, *SIGNED_RULES))}")
    if rule in SIGNED_RULES and (len(layers) < 3 or not all(layer.relu for layer in layers[:-1])):
        raise ValueError(f"the rule {rule} {ILL_POSED}")
    if rule in SIGNED_RULES and inputs.min() < 0:
        raise ValueError(f"the rule {rule} needs inputs that are not negative, these go down to {inputs.min():g}")
    passed = forward(layers, inputs)
    prediction = passed[-1][1][:, 0]
    left = sum(layer.left for layer in layers)
    if rule == "integrated-gradients":
        nodes, weights = np.polynomial.legendre.leggauss(steps)
        gradient = sum(
            share / 2 * gradient_at(layers, inputs, (node + 1) / 2)
            for node, share in zip(nodes, weights, strict=True)
        )  # fmt: skip
        values = np.asarray(gradient) * _under(inputs, layers)
    elif rule == "gradient-x-input":
        values = gradient_at(layers, inputs, 1.0) * _under(inputs, layers)
    else:
        values = _propagate(layers, inputs, passed, rule=rule, epsilon=epsilon, gamma=gamma)
    return Relevance(values, prediction - values.sum(axis=(1, 2)), left)


def _under(inputs: Floats, layers: Sequence[Layer]) -> Floats:
    """Inputs within the reach of the whole stack, [T, reach, F]."""
    reach = 1 + sum(len(layer.weight) - 1 for layer in layers)
    return windows(inputs, taps=reach, left=sum(layer.left for layer in layers))


def gradient_at(layers: Sequence[Layer], inputs: Floats, scale: float = 1.0) -> Floats:
    """Give the gradient of every prediction with respect to what it sees, at scale * inputs.

    Args:
        layers: From the first convolution to the last unit.
        inputs: Features [T, F].
        scale: What the inputs are multiplied by.

    Returns:
        [T, reach, F]; hidden units beyond the recording are zero and pass nothing on.
    """
    passed = forward(layers, scale * inputs)
    values = np.ones((len(inputs), 1, 1))
    for number in range(len(layers) - 1, -1, -1):
        layer = layers[number]
        if layer.relu:
            values = values * _shifted(passed[number][0] > 0, values, layers[number + 1 :])
        # A window may reach beyond the recording, where hidden units are zero whatever the weights.
        values = _back(layer, values * _inside(len(inputs), values, layers[number + 1 :]))
    return values


def _propagate(
    layers: Sequence[Layer],
    inputs: Floats,
    passed: Sequence[tuple[Floats, Floats]],
    *,
    rule: Rule,
    epsilon: float,
    gamma: float,
) -> Floats:
    """Layer-wise relevance propagation from the predictions to the inputs, [T, reach, F]."""
    values = passed[-1][1][:, :, None]  # [T, 1, 1]
    for number in range(len(layers) - 1, -1, -1):
        layer, above = layers[number], layers[number + 1 :]
        below = passed[number - 1][1] if number else inputs
        effective, outputs = layer, passed[number][0]
        if rule in SIGNED_RULES:
            positive = np.maximum(layer.weight, 0.0)
            weight = positive if rule == "z-plus" else layer.weight + gamma * positive
            bias = np.zeros_like(layer.bias) if rule == "z-plus" else layer.bias + gamma * np.maximum(layer.bias, 0.0)
            effective = Layer(weight, bias, layer.relu)
            outputs = effective.apply(below)
        stabiliser = epsilon * _sign(outputs) if rule == "lrp-epsilon" else 0.0
        with np.errstate(divide="ignore", invalid="ignore"):
            inverse = np.where(outputs + stabiliser != 0, 1.0 / (outputs + stabiliser), 0.0)
        values = _back(effective, values * _shifted(inverse, values, above))
        # Multiply by what the layer read, where it read it.
        values = values * _shifted(below, values, layers[number:])
    return values


def _back(layer: Layer, values: Floats) -> Floats:
    """Transpose of a convolution, [T, reach, outputs] -> [T, reach + K - 1, inputs]."""
    taps, width, _ = layer.weight.shape
    steps, reach, _ = values.shape
    result = np.zeros((steps, reach + taps - 1, width))
    for tap in range(taps):
        result[:, tap : tap + reach] += values @ layer.weight[tap].T
    return result


def _shifted(channels: npt.NDArray[np.generic], values: Floats, above: Sequence[Layer]) -> Floats:
    """View a layer's channels [T, C] at the places that reach the prediction at t: [T, reach, C], zeros outside."""
    left = sum(layer.left for layer in above)
    return windows(channels.astype(np.float64), taps=values.shape[1], left=left)


def _inside(steps: int, values: Floats, above: Sequence[Layer]) -> Floats:
    """1 where a place lies within the recording, [T, reach, 1]."""
    return _shifted(np.ones((steps, 1)), values, above)
