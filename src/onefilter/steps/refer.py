"""Step of the rule `refer`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from onefilter.names import FEATURES
from onefilter.steps import logger, step
from onefilter.tables import check_lengths, pairs
from onefilter.training.model_file import Card, Model, write_model
from onefilter.training.ridge import fit_constant, fit_ridge


@step
def refer(
    *,
    train_features: str,
    train_labels: str,
    devel_features: str,
    devel_labels: str,
    ridge: str,
    constant: str,
    target: str,
    delay: float,
    corpus: str,
    split: str,
    features: Mapping[str, Any],
    network: Mapping[str, Any],
) -> None:
    """Write what the networks of one target are up against: the ridge filter and the constant."""
    names = list(network["features"] or FEATURES)
    train = pairs(train_features, train_labels, target, names)
    devel = pairs(devel_features, devel_labels, target, names)
    steps, taps = round(delay / features["hop"]), network["taps"]
    check_lengths(train, train_features, taps=taps, delay=steps, target=target)
    left = (taps - 1) // 2
    found = fit_ridge(train, devel, taps=taps, left=left, delay=steps)
    logger.info("ridge filter for %s: penalty %g, development CCC %.3f", target, found.penalty, found.score)
    for method, filtered, path in (
        ("ridge", found, ridge),
        ("constant", fit_constant(train, devel, taps=taps, left=left, delay=steps), constant),
    ):
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
            scores={split: filtered.score},
        )
        weight = filtered.weight.astype(np.float32)
        write_model(Path(path), Model(card, weight, bias=filtered.bias, head_weight=1.0, head_bias=0.0))
