"""Small networks and recordings for explanations."""

from dataclasses import replace

import numpy as np

from onefilter.model.card import Model
from onefilter.tables import Floats
from tests.examples.model import model


def network(activation: str, *, seed: int = 1, taps: int = 6, features: int = 4) -> Model:
    """A one-filter model with weights of both signs."""
    rng = np.random.default_rng(seed)
    base = model()
    card = replace(
        base.card, activation=activation, left=(taps - 1) // 2, features=tuple(base.card.features[:features])
    )
    weight = rng.normal(size=(taps, features)).astype(np.float32)
    return Model(card, weight, *(float(np.float32(value)) for value in rng.normal(size=3)))


def recording(steps: int = 30, *, seed: int = 2, features: int = 4) -> Floats:
    """Features of one recording: not negative, many zeros."""
    return np.clip(np.random.default_rng(seed).normal(0.1, 1, (steps, features)), 0, None)
