"""Step of the rule `rank`."""

from pathlib import Path

import pandas as pd
import polars as pl

from onefilter.explanation.ranking import agree
from onefilter.explanation.ranking import rank as rank_features
from onefilter.files import write_table
from onefilter.model.card import name_among
from onefilter.model.file import read_model
from onefilter.steps import logger, step


@step
def rank(*, relevance: list[str], best: list[str], ranking: str, agreement: str, corpus: str, seed: int) -> None:
    """Write the ranking of features by culture, target and seed, and how far rankings agree."""
    rankings, agreements = [], []
    for path, chosen in zip(relevance, best, strict=True):
        target = Path(path).stem
        table = pd.read_parquet(path)
        rankings.append(rank_features(table, target=target, seed=seed))
        card = read_model(Path(chosen)).card
        own = name_among(card, list(table["model"].unique()))
        agreements.append(agree(table, target=target, best=own, seed=seed))
    together = pd.concat(agreements, ignore_index=True)
    for row in together.to_dict("records"):
        logger.info("%(target)s: rankings among %(among)s (%(of)s) agree with W = %(kendall_w).2f", row)
    write_table(Path(ranking), pl.from_pandas(pd.concat(rankings)).with_columns(corpus=pl.lit(corpus)))
    write_table(Path(agreement), pl.from_pandas(together).with_columns(corpus=pl.lit(corpus)))
