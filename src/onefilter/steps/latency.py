"""Step of the rule `latency`."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

from onefilter.evaluation.bootstrap import interval_over_seeds
from onefilter.evaluation.scores import concatenated
from onefilter.features.statistics import FEATURES
from onefilter.files import write_table
from onefilter.model.card import latency_of, past
from onefilter.steps import logger, step
from onefilter.tables import Floats, check_lengths, pairs, split_of
from onefilter.training.fit import fit, prepare
from onefilter.training.ridge import filter_moments


@step
def latency(
    *,
    features: list[str],
    labels: list[str],
    latency: str,
    target: str,
    alignment: str,
    corpus: str,
    culture: str,
    delay: float,
    window: float,
    hop: float,
    network: Mapping[str, Any],
    training: Mapping[str, Any],
    settings: Mapping[str, Any],
    seed: int,
    threads: int,
) -> None:
    """Train filters that look less and less far ahead, and write their CCC on every split beside their latency."""
    prepare(threads)
    names, taps, steps = list(network["features"] or FEATURES), network["taps"], round(delay / hop)
    data = {split_of(path): pairs(path, where, target, names) for path, where in zip(features, labels, strict=True)}
    train, devel = data[culture, "train"], data[culture, "devel"]
    check_lengths(train, features[0], taps=taps, delay=steps, target=target)
    rows = []
    for ahead in settings["ahead"]:
        left = past(taps, ahead)
        fitted = fit(
            train,
            devel,
            seeds=settings["seeds"],
            delay=steps,
            taps=taps,
            left=left,
            activation="linear",
            head=network["head"],
            **{key: value for key, value in training.items() if key not in {"culture", "seeds", "epochs"}},
            epochs=settings["epochs"],
        )
        best = fitted.best
        filters = (best.weight * best.head_weight).numpy().astype(float)
        offsets = (best.bias * best.head_weight + best.head_bias).numpy().astype(float)
        behind = latency_of(window, alignment, ahead, hop)
        for (where, partition), recordings in data.items():
            if partition == "train":
                continue
            sums = [
                filter_moments(recordings, filters[:, :, model], offsets[model], left=left, delay=steps)
                for model in range(len(offsets))
            ]
            score = partial(_over_seeds, sums)
            low, high = interval_over_seeds(score, len(recordings), len(sums), seed=seed)
            rows.append(
                {
                    "target": target,
                    "alignment": alignment,
                    "ahead": ahead,
                    "latency": behind,
                    "delay": delay,
                    "culture": where,
                    "partition": partition,
                    "ccc": float(score(np.ones((1, len(recordings)))).mean()),
                    "low": low,
                    "high": high,
                }
            )
        logger.info(
            "%s, %s windows, %d taps ahead: %.2f s behind the face, CCC %.3f on development",
            target, alignment, ahead, behind, float(fitted.best_score.mean()),
        )  # fmt: skip
    write_table(Path(latency), pl.from_pandas(pd.DataFrame(rows)).with_columns(corpus=pl.lit(corpus)))


def _over_seeds(sums: list[Floats], counts: Floats) -> Floats:
    """CCC of every model for every draw of recordings, [D, M]."""
    return np.stack([concatenated(model, counts) for model in sums], axis=1)
