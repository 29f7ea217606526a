"""Train one network of the depth ladder for one target."""

from onefilter.workflow.step import PROGRESS, bind, logger

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from onefilter.concordance import measures, moments
from onefilter.errors import InputError
from onefilter.evaluation.scores import LADDER_COLUMNS, RUNG_COLUMNS
from onefilter.files import write_table
from onefilter.model.card import past, steps_of
from onefilter.model.prediction import at_annotators_time, correlate
from onefilter.settings import Network, Rung, Training
from onefilter.tables import Floats, Pairs, by_split, check_lengths, joined, pairs_by_split, units_of
from onefilter.training.fit import Fit, fit, prepare
from onefilter.training.ladder import DEEP, count_weights, fit_deep

REPORT_EVERY = 10.0
"""Seconds between remarks on progress."""


def train_ladder(
    features: list[Path],
    labels: list[Path],
    scores: Path,
    sums: Path,
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
    """Train one network of the ladder, all seeds at once; write its CCC on every labelled split, and its sums."""
    prepare(training)
    if network.activation != "linear" or network.ahead is not None:
        raise InputError(
            "the networks of the ladder are linear or have ReLU throughout, and look as far ahead as behind",
            remedy="set network.activation: linear and network.ahead: null",
        )
    data = pairs_by_split(features, labels, target, names)
    steps = steps_of(delay, hop)
    train, devel = (joined(data, training.cultures, partition) for partition in ("train", "devel"))
    check_lengths(train, features[0], taps=network.taps, delay=steps, target=target)
    weights = count_weights(rung, features=len(names), taps=network.taps)
    logger.info("network %s: %s weights, %d seeds, %d epochs", rung, f"{weights:,}", len(seeds), settings.epochs)
    own = training.model_copy(
        update={"seeds": seeds, "epochs": settings.epochs, "l1": training.l1 if settings.l1 is None else settings.l1}
    )
    if rung in DEEP:
        progress = _progress(settings.epochs)
        deep = fit_deep(train, devel, layers=DEEP[rung], delay=steps, training=own, on_epoch=progress)
        predict, best = deep.predict, deep.best_epoch
    else:
        shallow = network.model_copy(update={"head": rung == "C"})
        found = fit(train, devel, delay=steps, network=shallow, training=own)
        predict, best = _shallow(found, left=past(network.taps)), found.best_epoch
    rows: list[tuple[object, ...]] = []
    parts: list[tuple[object, ...]] = []
    for split, paths in by_split(labels).items():
        if split[1] == "train":
            continue
        tables = _sums(data[split], predict, models=len(seeds), delay=steps)
        units = {name: unit for path in paths for name, unit in units_of(path).items()}
        for model, seed in enumerate(seeds):
            ccc = float(measures(tables[model].sum(axis=0))["ccc"])
            rows.append((rung, weights, target, *split, seed, ccc, int(best[model]), settings.epochs))
            for (recording, unit), values in zip(units.items(), tables[model], strict=True):
                parts.append((rung, target, *split, recording, unit, seed, *values))
    write_table(scores, pd.DataFrame(rows, columns=list(LADDER_COLUMNS)), corpus=corpus)
    write_table(sums, pd.DataFrame(parts, columns=list(RUNG_COLUMNS)), corpus=corpus)


def _shallow(found: Fit, *, left: int) -> Callable[[Floats], Floats]:
    """Give what predicts [T, M] from features [T, F] with one-filter networks."""
    filters, offsets = found.folded()

    def predict(features: Floats) -> Floats:
        columns = [correlate(features, filters[:, :, model], left=left) for model in range(len(offsets))]
        return np.asarray(np.stack(columns, axis=1) + offsets)

    return predict


def _sums(recordings: Pairs, predict: Callable[[Floats], Floats], *, models: int, delay: int) -> Floats:
    """Moments of every model on every recording [models, recordings, 6]."""
    sums = []
    for features, labels in recordings:
        outputs = predict(features)
        sums.append([moments(at_annotators_time(outputs[:, model], delay), labels) for model in range(models)])
    return np.array(sums).swapaxes(0, 1)


def _progress(epochs: int) -> Callable[[int, float], None]:
    """Say every few seconds how far training is."""
    begun = spoken = time.monotonic()

    def report(epoch: int, best: float) -> None:
        nonlocal spoken
        now = time.monotonic()
        if now - spoken >= REPORT_EVERY or epoch == epochs:
            spoken = now
            left = (now - begun) / epoch * (epochs - epoch)
            logger.log(PROGRESS, "epoch %d/%d, best development CCC %.3f, %.0f s left", epoch, epochs, best, left)

    return report


bind(train_ladder)
