"""Train one network of the depth ladder for one target."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from onefilter.concordance import measures, moments
from onefilter.errors import InputError
from onefilter.evaluation.scores import LADDER_COLUMNS
from onefilter.files import write_table
from onefilter.model.card import past, steps_of
from onefilter.model.prediction import at_annotators_time, correlate
from onefilter.settings import Network, Rung, Training
from onefilter.tables import Floats, Pairs, check_lengths, pairs_by_split
from onefilter.training.fit import fit, prepare
from onefilter.training.ladder import DEEP, count_weights, fit_deep
from onefilter.workflow.step import bind, logger

REPORT_EVERY = 10.0
"""Seconds between remarks on progress."""


def train_ladder(
    features: list[Path],
    labels: list[Path],
    scores: Path,
    rung: str,
    target: str,
    delay: float,
    hop: float,
    names: list[str],
    network: Network,
    training: Training,
    seeds: list[int],
    settings: Rung,
    corpus: str,
) -> None:
    """Train one network of the ladder, all seeds at once, and write its CCC on every labelled split."""
    prepare(training)
    if network.activation != "linear" or network.ahead is not None:
        raise InputError(
            "the networks of the ladder are linear or have ReLU throughout, and look as far ahead as behind",
            remedy="set network.activation: linear and network.ahead: null",
        )
    data = pairs_by_split(features, labels, target, names)
    steps = steps_of(delay, hop)
    train, devel = data[training.culture, "train"], data[training.culture, "devel"]
    check_lengths(train, features[0], taps=network.taps, delay=steps, target=target)
    weights = count_weights(rung, features=len(names), taps=network.taps)
    logger.info("network %s: %s weights, %d seeds, %d epochs", rung, f"{weights:,}", len(seeds), settings.epochs)
    own = training.model_copy(
        update={"seeds": seeds, "epochs": settings.epochs, "l1": training.l1 if settings.l1 is None else settings.l1}
    )
    if rung in DEEP:
        layers = DEEP[rung]
        progress = _progress(settings.epochs)
        predict = fit_deep(train, devel, layers=layers, delay=steps, training=own, on_epoch=progress).predict
    else:
        predict = _shallow(train, devel, network.model_copy(update={"head": rung == "C"}), own, delay=steps)
    rows = [
        (rung, weights, target, *split, seed, ccc)
        for split, recordings in data.items()
        if split[1] != "train"
        for seed, ccc in zip(seeds, _scores(recordings, predict, models=len(seeds), delay=steps), strict=True)
    ]
    write_table(scores, pd.DataFrame(rows, columns=list(LADDER_COLUMNS)), corpus=corpus)


def _shallow(
    train: Pairs, devel: Pairs, network: Network, training: Training, *, delay: int
) -> Callable[[Floats], Floats]:
    """Train one-filter networks; give what predicts [T, M] from features [T, F]."""
    filters, offsets = fit(train, devel, delay=delay, network=network, training=training).folded()
    left = past(network.taps)

    def predict(features: Floats) -> Floats:
        columns = [correlate(features, filters[:, :, model], left=left) for model in range(len(offsets))]
        return np.asarray(np.stack(columns, axis=1) + offsets)

    return predict


def _scores(recordings: Pairs, predict: Callable[[Floats], Floats], *, models: int, delay: int) -> list[float]:
    """CCC of all recordings concatenated, model by model."""
    sums = np.zeros((models, 6))
    for features, labels in recordings:
        outputs = predict(features)
        for model in range(models):
            sums[model] += moments(at_annotators_time(outputs[:, model], delay), labels)
    scores: list[float] = measures(sums)["ccc"].tolist()
    return scores


def _progress(epochs: int) -> Callable[[int, float], None]:
    """Say every few seconds how far training is."""
    begun = spoken = time.monotonic()

    def report(epoch: int, best: float) -> None:
        nonlocal spoken
        now = time.monotonic()
        if now - spoken >= REPORT_EVERY or epoch == epochs:
            spoken = now
            left = (now - begun) / epoch * (epochs - epoch)
            logger.info("epoch %d/%d, best development CCC %.3f, %.0f s left", epoch, epochs, best, left)

    return report


bind(train_ladder)
