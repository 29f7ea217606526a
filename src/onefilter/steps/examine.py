"""Step of the rule `examine`."""

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl

from onefilter.explanation.relevance import absolute
from onefilter.explanation.sanity import RANDOM_ORDERS, SANITY_COLUMNS, deletion, randomisation
from onefilter.files import write_table
from onefilter.model.file import read_model
from onefilter.steps import logger, step
from onefilter.tables import by_recording, pairs, split_of


@step
def examine(
    *, reference: list[str], features: list[str], labels: list[str], best: str, sanity: str, corpus: str, seed: int
) -> None:
    """Write the sanity checks of one target's chosen model: deletion curves and randomised filters."""
    model = read_model(Path(best))
    card = model.card
    names = list(card.features)
    seen = [inputs for path in reference for inputs in by_recording(pl.read_parquet(path), names).values()]
    ranked = np.argsort(-np.sum([absolute(model, inputs).sum(axis=0) for inputs in seen], axis=0), kind="stable")
    rng = np.random.default_rng(seed)
    shuffled = [rng.permutation(len(names)) for _ in range(RANDOM_ORDERS)]
    orders = [ranked, ranked[::-1], *shuffled]
    rows: list[tuple[object, ...]] = []
    for path, labelled in zip(features, labels, strict=True):
        data = pairs(path, labelled, card.target, names)
        curves = deletion(model, data, [order.tolist() for order in orders], delay=round(card.delay / card.hop))
        culture = split_of(path)[0]
        for order, values in (("most relevant first", curves[:1]), ("least relevant first", curves[1:2])):
            rows += [(card.target, "deletion", order, culture, k, v, np.nan, np.nan) for k, v in enumerate(values[0])]
        for k, values in enumerate(curves[2:].T):
            low, high = np.quantile(values, [0.05, 0.95])
            rows.append((card.target, "deletion", "random order", culture, k, values.mean(), low, high))
    found = randomisation(model, seen, seed=seed)
    low, high = np.quantile(found, [0.05, 0.95])
    rows.append((card.target, "randomisation", "", "", np.nan, float(found.mean()), low, high))
    logger.info(
        "%s: rankings of randomised filters correlate with the trained one's by %.2f", card.target, found.mean()
    )
    table = pd.DataFrame(rows, columns=list(SANITY_COLUMNS))
    write_table(Path(sanity), pl.from_pandas(table).with_columns(corpus=pl.lit(corpus)))
