"""Refit one target's ridge filter on labels of others: what its signs would be by chance."""

from onefilter.workflow.step import bind, logger

from pathlib import Path

import numpy as np
import polars as pl

from onefilter.explanation.refit import REFITS, refits
from onefilter.files import write_table
from onefilter.model.file import read_model
from onefilter.names import kind_of
from onefilter.tables import pairs, read_results, units_of
from onefilter.training.ridge import PENALTY_COLUMNS, equations, ridge_penalty


def refit_signs(
    train_features: list[Path],
    train_labels: list[Path],
    best: Path,
    penalties: Path,
    signs: Path,
    seed: int,
    corpus: str,
) -> None:
    """Write the signs of ridge filters and their patterns, on the labels as they are and on labels of others."""
    model = read_model(best)
    card = model.card
    names = list(card.features)
    train = pairs(train_features, train_labels, card.target, names)
    known = equations(train, taps=model.taps, left=card.left, delay=card.delay_steps)
    penalty = ridge_penalty(read_results(penalties, PENALTY_COLUMNS))
    units = [unit for path in train_labels for unit in units_of(path).values()]
    found = refits(known, train, units, penalty=penalty, seed=seed)
    parts = [
        pl.DataFrame(
            {
                "draw": np.repeat(np.arange(len(values)), len(names)),
                "weights": weights,
                "feature": names * len(values),
                "value": values.ravel(),
                "unit": kind_of(units),
            }
        )
        for weights, values in zip(("filter", "pattern"), found, strict=True)
    ]
    write_table(signs, pl.concat(parts), corpus=corpus)
    logger.info("%s: %d refits with penalty %g on labels of others", card.target, REFITS, penalty)


bind(refit_signs)
