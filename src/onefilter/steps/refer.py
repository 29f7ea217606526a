"""Step of the rule `refer`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from onefilter.features.statistics import FEATURES
from onefilter.model.card import Card, Model, past
from onefilter.model.file import write_model
from onefilter.steps import logger, step
from onefilter.tables import check_lengths, pairs
from onefilter.training.ridge import fit_constant, fit_ridge


@step
def refer(
    *,
    train_features: str,
    train_labels: str,
    devel_features: str,
    devel_labels: str,
    references: list[str],
    target: str,
    delay: float,
    corpus: str,
    split: str,
    features: Mapping[str, Any],
    network: Mapping[str, Any],
) -> None:
    """Write what the networks of one target are up against: ridge filters and the constant."""
    seen = {
        "ridge": list(network["features"] or FEATURES),
        "turn": ["turn"],
        "confidence": ["confidence_mean", "confidence_std"],
        "constant": ["turn"],
    }
    steps, taps = round(delay / features["hop"]), network["taps"]
    left = past(taps, network["ahead"])
    for path in references:
        method = Path(path).stem
        names = seen[method]
        train = pairs(train_features, train_labels, target, names)
        devel = pairs(devel_features, devel_labels, target, names)
        check_lengths(train, train_features, taps=taps, delay=steps, target=target)
        if method == "constant":
            found = fit_constant(train, devel, taps=taps, left=left, delay=steps)
        elif any(np.ptp(inputs) > 0 for inputs, _ in train):
            found = fit_ridge(train, devel, taps=taps, left=left, delay=steps)
            logger.info("%s filter for %s: penalty %g, CCC %.3f on devel", method, target, found.penalty, found.score)
        else:
            found = fit_constant(train, devel, taps=taps, left=left, delay=steps)
            logger.warning("%s never changes in %s: its reference is a constant", " and ".join(names), train_features)
        card = Card(
            target=target,
            method=method,
            features=tuple(names),
            **features,
            delay=delay,
            left=left,
            activation="linear",
            seed=0,
            epoch=0,
            corpus=corpus,
            scores={split: found.score},
        )
        weight = found.weight.astype(np.float32)
        write_model(Path(path), Model(card, weight, bias=found.bias, head_weight=1.0, head_bias=0.0))
