"""Step of the rule `perceive`."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl

from onefilter.explanation.perception import agreement, read_perception
from onefilter.files import write_table
from onefilter.model.card import name_among
from onefilter.model.file import read_model
from onefilter.names import PUBLISHED_FEATURES
from onefilter.steps import logger, step
from onefilter.verification.audit import ORDERS, names_of

COLUMNS = (
    "target", "weights", "order", "features", "agreeing", "share", "p", "weighted", "weighted_p", "model_corpus",
)  # fmt: skip


@step
def perceive(*, models: list[str], patterns: list[str], expectations: str, perception: str, seed: int) -> None:
    """Write how far the signs of filters and patterns agree with human perception, under both label orders."""
    table = read_perception(Path(expectations))
    rows = []
    for path, tabulated in zip(models, patterns, strict=True):
        model = read_model(Path(path))
        card = model.card
        signs = table[table["target"] == card.target]
        expected = dict(zip(signs["feature"], signs["sign"], strict=True))
        everything = pl.read_parquet(tabulated)
        own = name_among(card, everything["model"].unique(maintain_order=True).to_list())
        now = everything.filter((pl.col("lag").abs() < card.hop / 2) & (pl.col("model") == own))
        read = {
            "filter": dict(zip(card.features, model.filter.sum(axis=0), strict=True)),
            "pattern": dict(zip(now["feature"], now["linear"], strict=True)),
        }
        for order in ORDERS:
            names = dict(zip(PUBLISHED_FEATURES, names_of(order), strict=True))
            for weights, values in read.items():
                renamed = {names.get(name, name): value for name, value in values.items() if np.isfinite(value)}
                found = agreement(renamed, expected, seed=seed)
                if found is None:
                    continue
                place = {"target": card.target, "weights": weights, "order": order}
                rows.append(place | asdict(found) | {"model_corpus": card.corpus})
                logger.info(
                    "%s, %s, names as %s: %d of %d signs as expected (p %.2g)",
                    card.target, weights, order, found.agreeing, found.features, found.p,
                )  # fmt: skip
    write_table(Path(perception), pl.from_pandas(pd.DataFrame(rows, columns=list(COLUMNS))))
