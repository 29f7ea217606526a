"""Measure what a filter is worth that looks less far ahead."""

from onefilter.workflow.step import bind, logger

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from onefilter.errors import InputError
from onefilter.evaluation.bootstrap import UNKNOWN, interval_over_seeds
from onefilter.evaluation.scores import by_unit, concatenated
from onefilter.features.normalisation import check_plain
from onefilter.files import write_table
from onefilter.live.latency import LATENCY_COLUMNS
from onefilter.model.card import latency_of, past, steps_of
from onefilter.names import Alignment, kind_of
from onefilter.settings import Features, Latency, Network, Training, check_ahead
from onefilter.tables import Floats, check_lengths, joined, pairs_by_split, units_by_split
from onefilter.training.fit import fit, prepare
from onefilter.training.ridge import filter_moments


def measure_latency(
    features: list[Path],
    labels: list[Path],
    latency: Path,
    target: str,
    alignment: Alignment,
    delay: float,
    names: list[str],
    windows: Features,
    network: Network,
    training: Training,
    settings: Latency,
    seed: int,
    corpus: str,
) -> None:
    """Train filters that look less and less far ahead, and write their CCC on every split beside their latency."""
    prepare(training)
    check_plain(windows.normalise, "latency")
    check_ahead("latency.ahead", settings.ahead, f"targets.{target}.taps", network.taps)
    if network.activation != "linear":
        raise InputError("latency is measured of linear filters", remedy="set network.activation: linear")
    taps, steps = network.taps, steps_of(delay, windows.hop)
    data = pairs_by_split(features, labels, target, names)
    train, devel = (joined(data, training.cultures, partition) for partition in ("train", "devel"))
    check_lengths(train, features[0], taps=taps, delay=steps, target=target)
    units = units_by_split(labels)
    own = training.model_copy(update={"seeds": settings.seeds, "epochs": settings.epochs})
    rows: list[tuple[object, ...]] = []
    for ahead in settings.ahead:
        looking = network.model_copy(update={"ahead": ahead})
        fitted = fit(train, devel, delay=steps, network=looking, training=own)
        filters, offsets = fitted.folded()
        behind = latency_of(windows.window, alignment, ahead, windows.hop)
        for split, recordings in data.items():
            if split[1] == "train":
                continue
            alone = [
                filter_moments(recordings, filters[:, :, model], offsets[model], left=past(taps, ahead), delay=steps)
                for model in range(len(offsets))
            ]
            sums = [by_unit(each, units[split]) for each in alone]
            score = partial(_over_seeds, sums)
            chosen = split[1] == "devel" and split[0] in training.cultures
            bounds = UNKNOWN if chosen else interval_over_seeds(score, len(sums[0]), len(sums), seed=seed)
            ccc = float(score(np.ones((1, len(sums[0])))).mean())
            rows.append((target, alignment, ahead, behind, delay, *split, ccc, *bounds, kind_of(units[split])))
        logger.info(
            "%s, %s windows, %d taps ahead: %.2f s behind the face, CCC %.3f on development",
            target, alignment, ahead, behind, float(fitted.best_score.mean()),
        )  # fmt: skip
    write_table(latency, pd.DataFrame(rows, columns=list(LATENCY_COLUMNS)), corpus=corpus)


def _over_seeds(sums: list[Floats], counts: Floats) -> Floats:
    """CCC of every model for every draw of units, [D, M]."""
    return np.stack([concatenated(model, counts) for model in sums], axis=1)


bind(measure_latency)
