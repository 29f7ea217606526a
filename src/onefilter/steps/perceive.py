"""Step of the rule `perceive`."""

from dataclasses import asdict
from pathlib import Path

import pandas as pd
import polars as pl

from onefilter.explanation.audit import ORDERS, names_of
from onefilter.explanation.perception import agreement, read_perception
from onefilter.files import write_table
from onefilter.names import FEATURES
from onefilter.steps import logger, step
from onefilter.training.model_file import read_model

COLUMNS = (
    "target", "weights", "order", "features", "agreeing", "share", "p", "weighted", "weighted_p", "model_corpus",
)  # fmt: skip


@step
def perceive(*, models: list[str], expectations: str, perception: str, seed: int) -> None:
    """Write how far the signs of the filters agree with human perception, under both label orders."""
    table = read_perception(Path(expectations))
    rows = []
    for path in models:
        model = read_model(Path(path))
        card = model.card
        own = table[table["target"] == card.target]
        expected = dict(zip(own["feature"], own["sign"], strict=True))
        sums = dict(zip(card.features, model.filter.sum(axis=0), strict=True))
        for order in ORDERS:
            names = dict(zip(FEATURES, names_of(order), strict=True))
            found = agreement({names[name]: value for name, value in sums.items()}, expected, seed=seed)
            if found is not None:
                rows.append(
                    {"target": card.target, "weights": "filter", "order": order}
                    | asdict(found)
                    | {"model_corpus": card.corpus}
                )
                logger.info(
                    "%s, filter, names as %s: %d of %d signs as expected (p %.2g)",
                    card.target, order, found.agreeing, found.features, found.p,
                )  # fmt: skip
    write_table(Path(perception), pl.from_pandas(pd.DataFrame(rows, columns=list(COLUMNS))))
