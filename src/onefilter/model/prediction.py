"""Apply a trained model to features. NumPy only: importing torch here would cost seconds."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from onefilter.errors import InputError
from onefilter.model.card import Layer, Model, Stack

Floats = npt.NDArray[np.float64]


def predict(model: Model | Stack, features: pl.DataFrame) -> Floats:
    """Predict affect at every hop (design section 4).

    Args:
        model: A trained model, of one filter or of several layers.
        features: One recording's features, at the model's window and hop.

    Returns:
        y_t [T], the affect shown by the face at step t; annotators mark it the model's delay later.

    Raises:
        InputError: If a feature that the model needs is not there.
    """
    missing = [name for name in model.card.features if name not in features.columns]
    if missing:
        raise InputError(
            f"the {model.card.target} model needs features that are not there: {', '.join(missing)}",
            remedy="compute the features that the model was trained on",
        )
    inputs = features.select(model.card.features).to_numpy().astype(np.float64)
    if isinstance(model, Stack):
        return stack_prediction(model.layers, inputs)
    outputs = correlate(inputs, model.weight.astype(np.float64), left=model.card.left) + model.bias
    if model.card.activation == "relu":
        outputs = np.maximum(outputs, 0.0)
    return np.asarray(model.head_weight * outputs + model.head_bias)


def correlate(inputs: Floats, weight: Floats, *, left: int) -> Floats:
    """z_t = sum_k sum_f W[k, f] x[t + k - left, f], zeros outside; inputs [T, F], weight [K, F] -> [T]."""
    steps, taps = len(inputs), len(weight)
    # What each tap makes of each step, [T, K]; then every tap's column is moved to where it counts.
    contributions = np.zeros((steps + taps - 1, taps))
    contributions[left : left + steps] = inputs @ weight.T
    outputs = np.zeros(steps)
    for tap in range(taps):
        outputs += contributions[tap : tap + steps, tap]
    return outputs


def at_annotators_time(prediction: Floats, delay: int) -> Floats:
    """Move a prediction [T, ...] `delay` steps to when annotators would mark it; zeros in front (design section 1)."""
    still = np.zeros((min(delay, len(prediction)), *prediction.shape[1:]))
    return np.concatenate([still, prediction[: len(prediction) - len(still)]])


def stack(model: Model) -> list[Layer]:
    """Take a one-filter model apart into its two layers, the filter and the unit that reads it."""
    filtered = Layer(
        model.weight.astype(np.float64)[:, :, None], np.array([model.bias]), model.card.activation == "relu"
    )
    return [filtered, Layer(np.full((1, 1, 1), model.head_weight), np.array([model.head_bias]), relu=False)]


def stack_prediction(layers: Sequence[Layer], inputs: Floats) -> Floats:
    """Predict with several layers: [T, F] -> [T]."""
    return forward(layers, inputs)[-1][1][:, 0]


def forward(layers: Sequence[Layer], inputs: Floats) -> list[tuple[Floats, Floats]]:
    """Give each layer's outputs before and after the activation."""
    passed, values = [], inputs
    for layer in layers:
        before = layer.apply(values)
        values = np.maximum(before, 0.0) if layer.relu else before
        passed.append((before, values))
    return passed
