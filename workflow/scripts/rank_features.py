"""Rank the features by what they contributed."""

from pathlib import Path

import pandas as pd
import polars as pl

from onefilter.explanation.ranking import RELEVANCE_COLUMNS, agree, rank
from onefilter.files import write_table
from onefilter.model.card import name_among
from onefilter.model.file import read_model
from onefilter.tables import check, read_frame
from onefilter.workflow.step import bind, logger


def rank_features(
    relevance: list[Path], best: list[Path], ranking: Path, agreement: Path, seed: int, corpus: str
) -> None:
    """Write the ranking of features by culture, target and seed, and how far rankings agree."""
    rankings, agreements = [], []
    for chosen in best:
        card = read_model(chosen).card
        table = _read([path for path in relevance if path.name.split(".")[0] == card.target])
        rankings.append(rank(table, target=card.target, seed=seed))
        own = name_among(card, list(table["model"].unique()))
        agreements.append(agree(table, target=card.target, best=own, seed=seed))
    together = pd.concat(agreements, ignore_index=True)
    for row in together.to_dict("records"):
        logger.info("%(target)s: rankings among %(among)s (%(of)s) agree with W = %(kendall_w).2f", row)
    write_table(ranking, pd.concat(rankings), corpus=corpus)
    write_table(agreement, together, corpus=corpus)


def _read(paths: list[Path]) -> pd.DataFrame:
    """Read one target's relevance; names are categories, for a name on every row would take most of the memory."""
    tables = []
    for path in paths:
        frame = read_frame(path)
        check(frame.head(1).to_pandas(), RELEVANCE_COLUMNS, file=path)
        tables.append(frame.select(list(RELEVANCE_COLUMNS)).with_columns(pl.col(pl.String).cast(pl.Categorical)))
    return pl.concat(tables).to_pandas()


bind(rank_features)
