"""Step of the rule `ladder`."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

from onefilter.concordance import measures, moments
from onefilter.features.statistics import FEATURES
from onefilter.files import write_table
from onefilter.model.prediction import at_annotators_time, correlate
from onefilter.steps import logger, step
from onefilter.tables import Floats, check_lengths, pairs, split_of
from onefilter.training.fit import fit, prepare
from onefilter.training.ladder import DEEP, count_weights, fit_deep

REPORT_EVERY = 10.0
"""Seconds between remarks on progress."""


@step
def ladder(
    *,
    features_files: list[str],
    label_files: list[str],
    scores: str,
    network: str,
    target: str,
    corpus: str,
    delay: float,
    hop: float,
    culture: str,
    taps: int,
    seeds: list[int],
    epochs: int,
    training: Mapping[str, Any],
    threads: int,
) -> None:
    """Train one network of the ladder, all seeds at once, and write its CCC on every labelled split."""
    prepare(threads)
    data = {
        split_of(path): pairs(path, labels, target, FEATURES)
        for path, labels in zip(features_files, label_files, strict=True)
    }
    steps = round(delay / hop)
    train, devel = data[culture, "train"], data[culture, "devel"]
    check_lengths(train, features_files[0], taps=taps, delay=steps, target=target)
    weights = count_weights(network, features=len(FEATURES), taps=taps)
    logger.info("network %s: %s weights, %d seeds, %d epochs", network, f"{weights:,}", len(seeds), epochs)
    shared = {key: training[key] for key in ("learning_rate", "rho", "epsilon", "fill", "tail")}
    predict: Callable[[Floats], Floats]
    if network in DEEP:
        deep = fit_deep(
            train,
            devel,
            layers=DEEP[network],
            seeds=seeds,
            delay=steps,
            epochs=epochs,
            on_epoch=_progress(epochs),
            **shared,
        )
        predict = deep.predict
    else:
        shallow = fit(
            train, devel, seeds=seeds, delay=steps, taps=taps, activation="linear", head=network == "C", epochs=epochs,
            loss="sequence", dropout=0.0, optimiser="rmsprop", l1=training["l1"], **shared,
        )  # fmt: skip
        best = shallow.best
        filters = (best.weight * best.head_weight).numpy().astype(float)
        offsets = (best.bias * best.head_weight + best.head_bias).numpy().astype(float)

        def predict(features: Floats) -> Floats:
            columns = [correlate(features, filters[:, :, model], left=(taps - 1) // 2) for model in range(len(seeds))]
            return np.asarray(np.stack(columns, axis=1) + offsets)

    rows = [
        {"network": network, "weights": weights, "target": target, "culture": where[0], "partition": where[1], **row}
        for where, recordings in data.items()
        if where[1] != "train"
        for row in _scores(recordings, predict, seeds=seeds, delay=steps)
    ]
    write_table(Path(scores), pl.from_pandas(pd.DataFrame(rows)).with_columns(corpus=pl.lit(corpus)))


def _scores(
    recordings: list[tuple[Floats, Floats]], predict: Callable[[Floats], Floats], *, seeds: list[int], delay: int
) -> list[dict[str, float]]:
    """CCC of all recordings concatenated, one row per seed."""
    sums = np.zeros((len(seeds), 6))
    for features, labels in recordings:
        outputs = predict(features)
        for model in range(len(seeds)):
            sums[model] += moments(at_annotators_time(outputs[:, model], delay), labels)
    return [{"seed": seed, "ccc": float(ccc)} for seed, ccc in zip(seeds, measures(sums)["ccc"], strict=True)]


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
