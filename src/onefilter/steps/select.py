"""Step of the rule `select`."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

from onefilter.evaluation.bootstrap import interval
from onefilter.evaluation.scores import concatenated, seed_of
from onefilter.explanation.relevance import absolute
from onefilter.explanation.selection import (
    BY_RELEVANCE,
    FORWARD,
    PUBLISHED,
    RANDOM,
    SELECTION_COLUMNS,
    nested,
    random_subsets,
    smallest_enough,
)
from onefilter.files import write_table
from onefilter.model.file import read_model
from onefilter.steps import logger, step
from onefilter.steps.train import Progress
from onefilter.tables import check_lengths, pairs, split_of
from onefilter.training.fit import fit, prepare
from onefilter.training.ridge import equations, filter_moments, forward_selection, solve, solve_nested


@step
def select(
    *,
    features: list[str],
    labels: list[str],
    best: str,
    selection: str,
    target: str,
    corpus: str,
    culture: str,
    delay: float,
    hop: float,
    network: Mapping[str, Any],
    training: Mapping[str, Any],
    settings: Mapping[str, Any],
    seed: int,
    threads: int,
) -> None:
    """Train on the k most relevant features, k = 1 ... all, beside random subsets and forward selection; score all."""
    prepare(threads)
    model = read_model(Path(best))
    names = list(model.card.features)
    data = {
        split_of(path): pairs(path, labelled, target, names) for path, labelled in zip(features, labels, strict=True)
    }
    train, devel = data[culture, "train"], data[culture, "devel"]
    steps, taps, left = round(delay / hop), model.taps, model.card.left
    check_lengths(train, features[0], taps=taps, delay=steps, target=target)
    ranked = np.argsort(-np.sum([absolute(model, x).sum(axis=0) for x, _ in train], axis=0), kind="stable")

    subsets = [(BY_RELEVANCE, 0, chosen) for chosen in nested(ranked.tolist())]
    random = random_subsets(len(names), draws=settings["random"], seed=seed)
    subsets += [(RANDOM, number % settings["random"], chosen) for number, chosen in enumerate(random)]
    if set(PUBLISHED) <= set(names):
        subsets.append(("published seven", 0, [names.index(name) for name in PUBLISHED]))
    logger.info("%s: %d networks, %d epochs", target, len(subsets), settings["epochs"])
    kept = {key: value for key, value in training.items() if key not in {"culture", "seeds", "epochs"}}
    fitted = fit(
        train, devel, seeds=[settings["seed"]] * len(subsets), delay=steps, taps=taps, left=left, activation="linear",
        head=network["head"], epochs=settings["epochs"], **kept, subsets=[chosen for *_, chosen in subsets],
        on_round=Progress(target).report,
    )  # fmt: skip
    folded = (fitted.best.weight * fitted.best.head_weight).numpy().astype(float)
    offsets = (fitted.best.bias * fitted.best.head_weight + fitted.best.head_bias).numpy().astype(float)
    filters = [
        (method, draw, chosen, folded[:, :, number], float(offsets[number]))
        for number, (method, draw, chosen) in enumerate(subsets)
    ]
    known = equations(train, taps=taps, left=left, delay=steps)
    whole = solve(known, devel, range(len(names)))
    order = forward_selection(known, penalty=whole.penalty)
    for chosen, found in zip(nested(order), solve_nested(known, devel, [[index] for index in order]), strict=True):
        filters.append((FORWARD, 0, chosen, found.weight, found.bias))

    sums = {
        split: np.stack(
            [filter_moments(recordings, weight, offset, left=left, delay=steps) for *_, weight, offset in filters]
        )
        for split, recordings in data.items()
        if split[1] != "train"
    }
    enough = {
        method: smallest_enough(
            sums[culture, "devel"][[number for number, entry in enumerate(filters) if entry[0] == method]],
            seed=seed_of(culture, "devel", seed=seed),
        )
        for method in (BY_RELEVANCE, FORWARD)
    }
    for method, k in enough.items():
        logger.info("%s, %s: %d features are within one standard error of the best number", target, method, k)
    rows = []
    for split, tables in sums.items():
        for (method, draw, chosen, *_), table in zip(filters, tables, strict=True):
            bounds = interval(partial(concatenated, table), len(table), seed=seed_of(*split, seed=seed))
            ccc = float(concatenated(table, np.ones((1, len(table))))[0])
            listed = ", ".join(names[index] for index in chosen)
            rows.append(
                (
                    target,
                    method,
                    len(chosen),
                    draw,
                    *split,
                    ccc,
                    *bounds,
                    listed,
                    int(enough.get(method) == len(chosen)),
                )
            )
    result = pd.DataFrame(rows, columns=list(SELECTION_COLUMNS))
    write_table(Path(selection), pl.from_pandas(result).with_columns(corpus=pl.lit(corpus)))
