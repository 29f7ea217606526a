"""An interactive page of one recording: what is under the moving window at any moment, and what it contributes.

The page holds the features, the folded filters, predictions and labels; the browser computes the contributions as
W'[k, f] x[t + k - left, f]. The page needs no server and no network.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from onefilter.figures.rendering import render
from onefilter.model.card import Model
from onefilter.names import twin_notice

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class View:
    """One target of the recording.

    Attributes:
        model: A linear one-filter model.
        inputs: The features that it reads [T, F].
        prediction: [T], at the face's time.
        label: [T'], moved to the face's time, or None.
    """

    model: Model
    inputs: Floats
    prediction: Floats
    label: Floats | None


def explorer(recording: str, views: Mapping[str, View], *, corpus: str) -> str:
    """Make the page.

    Args:
        recording: Its name.
        views: By target.
        corpus: Where the data come from; the page says so if they are simulated.
    """
    data: dict[str, Any] = {}
    for target, view in views.items():
        data[target] = {
            "features": [name.replace("_", " ") for name in view.model.card.features],
            "taps": view.model.taps,
            "left": view.model.card.left,
            "hop": view.model.card.hop,
            "offset": view.model.offset,
            "filter": _packed(view.model.filter),
            "inputs": _packed(view.inputs),
            "prediction": _packed(view.prediction),
            "label": None if view.label is None else _packed(view.label),
        }
    return render("templates/explorer.html.j2", recording=recording, notice=twin_notice(corpus), data=data)


def _packed(values: npt.NDArray[Any]) -> str:
    """Encode values as little-endian single precision in base64."""
    return base64.b64encode(np.ascontiguousarray(values, dtype="<f4").tobytes()).decode("ascii")
