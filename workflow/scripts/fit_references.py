"""Fit the references of one target: what its networks are compared with."""

from onefilter.workflow.step import bind, logger

from pathlib import Path

import numpy as np
import pandas as pd

from onefilter.files import write_table
from onefilter.model.card import Card, Model, past, steps_of
from onefilter.model.file import write_model
from onefilter.settings import Features, Network
from onefilter.tables import check_lengths, pairs
from onefilter.training.ridge import PENALTY_COLUMNS, fit_constant, fit_ridge


def fit_references(
    train_features: list[Path],
    train_labels: list[Path],
    devel_features: list[Path],
    devel_labels: list[Path],
    references: list[Path],
    penalties: Path,
    target: str,
    delay: float,
    corpus: str,
    tool: str,
    split: str,
    names: list[str],
    windows: Features,
    network: Network,
) -> None:
    """Write the ridge filters on all and on trivial features, and the constant; and the penalties that were chosen."""
    confidence = [f"confidence_{statistic}" for statistic in windows.statistics]
    seen = {"ridge": names, "turn": ["turn"], "confidence": confidence, "constant": ["turn"]}
    steps, taps, left = steps_of(delay, windows.hop), network.taps, past(network.taps, network.ahead)
    chosen = []
    for path in references:
        method = path.stem
        own = seen[method]
        train = pairs(train_features, train_labels, target, own)
        devel = pairs(devel_features, devel_labels, target, own)
        check_lengths(train, train_features[0], taps=taps, delay=steps, target=target)
        if method == "constant":
            found = fit_constant(train, devel, taps=taps, left=left, delay=steps)
        elif any(np.ptp(inputs) > 0 for inputs, _ in train):
            found = fit_ridge(train, devel, taps=taps, left=left, delay=steps)
            logger.info("%s filter for %s: penalty %g, CCC %.3f on devel", method, target, found.penalty, found.score)
        else:
            found = fit_constant(train, devel, taps=taps, left=left, delay=steps)
            logger.warning("%s never changes in %s: its reference is a constant", " and ".join(own), train_features[0])
        card = Card(
            target=target,
            method=method,
            features=tuple(own),
            **windows.model_dump(exclude={"statistics"}),
            delay=delay,
            left=left,
            activation="linear",
            seed=0,
            epoch=0,
            corpus=corpus,
            tool=tool,
            scores={split: found.score},
        )
        weight = found.weight.astype(np.float32)
        write_model(path, Model(card, weight, bias=found.bias, head_weight=1.0, head_bias=0.0))
        chosen.append((method, found.penalty, found.score))
    write_table(penalties, pd.DataFrame(chosen, columns=list(PENALTY_COLUMNS)), corpus=corpus)


bind(fit_references)
