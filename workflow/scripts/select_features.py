"""Select features of one target: how many are enough?"""

from onefilter.workflow.step import PROGRESS, bind, logger

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from onefilter.errors import InputError
from onefilter.evaluation.bootstrap import UNKNOWN, interval
from onefilter.evaluation.scores import by_unit, concatenated, seed_of
from onefilter.explanation.relevance import ranked_by_share
from onefilter.explanation.selection import (
    BY_RELEVANCE,
    FORWARD,
    PUBLISHED,
    RANDOM,
    SELECTION_COLUMNS,
    Subset,
    nested,
    random_subsets,
    smallest_enough,
)
from onefilter.files import write_table
from onefilter.model.card import past, steps_of
from onefilter.model.file import read_model
from onefilter.names import kind_of
from onefilter.settings import Network, Selection, Training
from onefilter.tables import Floats, Pairs, check_lengths, joined, pairs_by_split, read_results, units_by_split
from onefilter.training.fit import fit, prepare
from onefilter.training.learning import Learning
from onefilter.training.progress import Progress
from onefilter.training.ridge import (
    PENALTY_COLUMNS,
    equations,
    filter_moments,
    forward_selection,
    ridge_penalty,
    solve_nested,
)


def select_features(
    features: list[Path],
    labels: list[Path],
    best: Path,
    penalties: Path,
    selection: Path,
    target: str,
    delay: float,
    hop: float,
    network: Network,
    training: Training,
    settings: Selection,
    seed: int,
    corpus: str,
) -> None:
    """Train on the k most relevant features, k = 1 ... all, beside random subsets and forward selection; score all."""
    prepare(training)
    if network.activation != "linear":
        raise InputError("features are selected for linear filters", remedy="set network.activation: linear")
    model = read_model(best)
    names = list(model.card.features)
    data = pairs_by_split(features, labels, target, names)
    steps, cultures = steps_of(delay, hop), training.cultures
    train, devel = (joined(data, cultures, partition) for partition in ("train", "devel"))
    check_lengths(train, features[0], taps=network.taps, delay=steps, target=target)
    ranked = ranked_by_share(model, (inputs for inputs, _ in train))
    penalty = ridge_penalty(read_results(penalties, PENALTY_COLUMNS))

    subsets = _subsets(names, ranked, settings, seed=seed)
    logger.info("%s: %d networks, %d epochs", target, len(subsets), settings.epochs)
    own = training.model_copy(update={"seeds": [settings.seed] * len(subsets), "epochs": settings.epochs})
    filters = [
        *_trained(subsets, train, devel, own, network, delay=steps, progress=Progress(target)),
        *_forward(train, devel, network, delay=steps, penalty=penalty),
    ]
    left, units = past(network.taps, network.ahead), units_by_split(labels)
    sums = {
        split: _moments(filters, recordings, units[split], left=left, delay=steps)
        for split, recordings in data.items()
        if split[1] != "train"
    }
    chosen_on = np.concatenate([sums[culture, "devel"] for culture in cultures], axis=1)
    enough = {
        method: smallest_enough(
            chosen_on[[place for place, (subset, *_) in enumerate(filters) if subset.method == method]],
            seed=seed_of("+".join(cultures), "devel", seed=seed),
        )
        for method in (BY_RELEVANCE, FORWARD)
    }
    for method, k in enough.items():
        logger.info("%s, %s: %d features are within one standard error of the best number", target, method, k)
    rows = [
        (*_row(target, subset, split, table, names, enough, cultures=cultures, seed=seed), kind_of(units[split]))
        for split, tables in sums.items()
        for (subset, *_), table in zip(filters, tables, strict=True)
    ]
    write_table(selection, pd.DataFrame(rows, columns=list(SELECTION_COLUMNS)), corpus=corpus)


def _subsets(names: list[str], ranked: list[int], settings: Selection, *, seed: int) -> list[Subset]:
    """List the subsets of features that networks are trained on."""
    subsets = [Subset(BY_RELEVANCE, 0, chosen) for chosen in nested(ranked)]
    random = random_subsets(len(names), draws=settings.random, seed=seed)
    subsets += [Subset(RANDOM, number % settings.random, chosen) for number, chosen in enumerate(random)]
    if set(PUBLISHED) <= set(names):
        subsets.append(Subset("published seven", 0, [names.index(name) for name in PUBLISHED]))
    return subsets


def _trained(
    subsets: list[Subset],
    train: Pairs,
    devel: Pairs,
    training: Training,
    network: Network,
    *,
    delay: int,
    progress: Progress,
) -> list[tuple[Subset, Floats, float]]:
    """Train one network per subset, all at once; give their folded filters and offsets."""

    def on_round(learning: Learning) -> None:
        line = progress.line(learning)
        if line is not None:
            logger.log(PROGRESS, "%s", line)

    fitted = fit(
        train,
        devel,
        delay=delay,
        network=network,
        training=training,
        subsets=[subset.features for subset in subsets],
        on_round=on_round,
    )
    filters, offsets = fitted.folded()
    return [(subset, filters[:, :, place], float(offsets[place])) for place, subset in enumerate(subsets)]


def _forward(
    train: Pairs, devel: Pairs, network: Network, *, delay: int, penalty: float
) -> list[tuple[Subset, Floats, float]]:
    """Select features one after the other by ridge regression; give the filters on the first k."""
    left = past(network.taps, network.ahead)
    known = equations(train, taps=network.taps, left=left, delay=delay)
    order = forward_selection(known, penalty=penalty)
    found = solve_nested(known, devel, [[index] for index in order])
    return [
        (Subset(FORWARD, 0, chosen), ridge.weight, ridge.bias)
        for chosen, ridge in zip(nested(order), found, strict=True)
    ]


def _moments(
    filters: list[tuple[Subset, Floats, float]], recordings: Pairs, units: list[str], *, left: int, delay: int
) -> Floats:
    """Give the moments of every filter on one split, by unit: [filters, units, 6]."""
    return np.stack(
        [
            by_unit(filter_moments(recordings, weight, offset, left=left, delay=delay), units)
            for _, weight, offset in filters
        ]
    )


def _row(
    target: str,
    subset: Subset,
    split: tuple[str, str],
    sums: Floats,
    names: list[str],
    enough: dict[str, int],
    *,
    cultures: list[str],
    seed: int,
) -> tuple[object, ...]:
    """Score one subset's filter on one split; without an interval where epochs and numbers of features are chosen."""
    chosen = split[1] == "devel" and split[0] in cultures
    bounds = UNKNOWN if chosen else interval(partial(concatenated, sums), len(sums), seed=seed_of(*split, seed=seed))
    ccc = float(concatenated(sums, np.ones((1, len(sums))))[0])
    k = len(subset.features)
    listed = ", ".join(names[index] for index in subset.features)
    return (target, subset.method, k, subset.draw, *split, ccc, *bounds, listed, int(enough.get(subset.method) == k))


bind(select_features)
