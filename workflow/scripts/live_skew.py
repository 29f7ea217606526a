"""See what it costs that OpenFace cannot calibrate while it runs."""

from onefilter.workflow.step import PROGRESS, bind, logger

import zlib
from collections.abc import Hashable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import polars as pl

from onefilter.concordance import moments
from onefilter.corpus.simulated import Recording, simulate_row
from onefilter.evaluation.bootstrap import interval
from onefilter.evaluation.scores import by_unit, concatenated
from onefilter.features.normalisation import check_plain
from onefilter.features.windows import extract
from onefilter.files import write_table
from onefilter.live.skew import SKEW_COLUMNS, VARIANTS, shares_of_zeros, variants
from onefilter.model.card import Model, Stack
from onefilter.model.file import read_models
from onefilter.model.prediction import at_annotators_time, predict
from onefilter.names import kind_of
from onefilter.settings import Simulated
from onefilter.tables import Floats

Key = tuple[str, str, str]
"""Target, culture, variant."""


def live_skew(
    models: list[Path],
    skew: Path,
    recordings: list[dict[str, Any]],
    twin: Simulated,
    turns: Literal["person", "dyad"],
    seed: int,
    corpus: str,
) -> None:
    """Predict the twin's test recordings from post-processed and from live intensities; write what differs."""
    read = read_models(models)
    check_plain(next(iter(read.values())).card.normalise, "the difference of live intensities")
    table = pd.DataFrame(recordings)

    def again(row: Mapping[Hashable, Any]) -> Recording:
        return simulate_row(row, seed=twin.seed, world=twin.world, turns=turns)

    trained = table[table["partition"] == "train"].to_dict("records")
    quantiles = shares_of_zeros(again(row) for row in trained)
    tested = table[table["partition"] == "test"].to_dict("records")
    units: dict[Key, list[str]] = {}
    sums: dict[Key, list[Floats]] = {}
    moved: dict[Key, list[Floats]] = {}
    for number, row in enumerate(tested, start=1):
        draw = zlib.crc32(str(row["recording"]).encode()) + seed
        for (target, variant), (found, away) in _predictions(again(row), read, quantiles, seed=draw).items():
            key = (target, str(row["culture"]), variant)
            units.setdefault(key, []).append(str(row["unit"]))
            sums.setdefault(key, []).append(found)
            moved.setdefault(key, []).append(away)
        if number % 50 == 0:
            logger.log(PROGRESS, "%d of %d recordings", number, len(tested))
    rows = [
        (*_row(key, by_unit(np.stack(parts), units[key]), np.concatenate(moved[key]), seed=seed), kind_of(units[key]))
        for key, parts in sums.items()
    ]
    write_table(skew, pd.DataFrame(rows, columns=list(SKEW_COLUMNS)), corpus=corpus)


def _predictions(
    recording: Recording, models: dict[str, Model | Stack], quantiles: Floats, *, seed: int
) -> dict[tuple[str, str], tuple[Floats, Floats]]:
    """Give the sums of every target and variant, and how far its predictions move from the first variant's."""
    turns, card = pl.from_pandas(recording.turns), next(iter(models.values())).card
    first: dict[str, Floats] = {}
    found = {}
    for variant, frames in variants(recording, quantiles=quantiles, seed=seed).items():
        features = extract(frames, turns, card).features
        for target, model in models.items():
            labels = recording.labels[target].to_numpy()
            predicted = predict(model, features)
            if variant == VARIANTS[0]:
                first[target] = predicted
            late = at_annotators_time(predicted, model.card.delay_steps)[: len(labels)]
            found[target, variant] = (moments(late, labels), predicted - first[target])
    return found


def _row(key: Key, sums: Floats, moved: Floats, *, seed: int) -> tuple[object, ...]:
    """Score one variant of one target in one culture."""
    target, culture, variant = key
    score = partial(concatenated, sums)
    bounds = interval(score, len(sums), seed=seed)
    ccc = float(score(np.ones((1, len(sums))))[0])
    return (target, culture, "test", variant, ccc, *bounds, float(moved.mean()), float(np.sqrt(np.mean(moved**2))))


bind(live_skew)
