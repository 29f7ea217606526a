"""The linear part of a network of several layers: the one filter that is explained in its place.

    W[k, f] = mean_t d y_t / d x[t + k - left, f],        b = mean_t y_t - mean_t sum_kf W[k, f] x[t + k - left, f]

with the means over the steps of some recordings. For a network without ReLU that is the network; for others the
correlation of both predictions says how much of it the one filter shows.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from onefilter.explanation.relevance import gradient_at
from onefilter.model.card import Model, Stack
from onefilter.model.prediction import correlate, stack_prediction

Floats = npt.NDArray[np.float64]

_BLOCK: Final = 512
"""Steps whose gradients are held at once."""


class Linear(NamedTuple):
    """A network's linear part.

    Attributes:
        model: One filter, of the network's whole reach.
        correlation: Of its predictions with the network's, Pearson's r over all steps; NaN if either is constant.
    """

    model: Model
    correlation: float


def linear_part(stack: Stack, recordings: Iterable[Floats]) -> Linear:
    """Find the mean gradient of a network, and the offset that leaves the mean prediction as it is.

    Args:
        stack: The network.
        recordings: Features [T, F] of each recording, in the order that the network wants; gone through several times.

    Raises:
        ValueError: If there is no step.
    """
    steps = sum(map(len, recordings))
    if not steps:
        message = "no step to linearise at"
        raise ValueError(message)
    left, reach = sum(layer.left for layer in stack.layers), stack.taps
    weight = sum((_sum_of_gradients(stack, inputs, left) for inputs in recordings), np.zeros((reach, 1))) / steps
    outputs = np.concatenate([stack_prediction(stack.layers, inputs) for inputs in recordings])
    parts = np.concatenate([correlate(inputs, weight, left=left) for inputs in recordings])
    constant = np.ptp(outputs) == 0 or np.ptp(parts) == 0
    card = replace(
        stack.card,
        left=left,
        activation="linear",
        source="; ".join(filter(None, [stack.card.source, f"linear part of {len(stack.layers)} layers"])),
    )
    return Linear(
        Model(card, weight, float(outputs.mean() - parts.mean()), 1.0, 0.0),
        float("nan") if constant else float(np.corrcoef(outputs, parts)[0, 1]),
    )


def _sum_of_gradients(stack: Stack, inputs: Floats, left: int) -> Floats:
    """Add up the gradients of all steps, block by block: [reach, F]."""
    right, total = stack.taps - 1 - left, np.zeros((stack.taps, inputs.shape[1]))
    for start in range(0, len(inputs), _BLOCK):
        end = min(start + _BLOCK, len(inputs))
        # A block and all that its predictions see; at the recording's ends its own edges.
        first, last = max(start - left, 0), min(end + right, len(inputs))
        total += gradient_at(stack.layers, inputs[first:last])[start - first : end - first].sum(axis=0)
    return total
