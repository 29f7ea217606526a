"""Models of the published shape, on the simulated twin."""

import numpy as np

from onefilter.features.statistics import FEATURES
from onefilter.model.card import Card, Model

CARD = Card(
    target="valence",
    method="one-filter",
    features=FEATURES,
    window=1.0,
    hop=0.1,
    alignment="centred",
    failed_frames="keep",
    delay=2.8,
    left=39,
    activation="linear",
    seed=7,
    epoch=123,
    corpus="simulated",
    scores={"german-devel": 0.61},
)


def model(card: Card = CARD, taps: int = 80) -> Model:
    """Draw a model."""
    rng = np.random.default_rng(1)
    weight = rng.normal(size=(taps, len(card.features))).astype(np.float32)
    return Model(card, weight, bias=0.25, head_weight=-1.5, head_bias=0.125)
