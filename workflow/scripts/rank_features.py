"""Rank the features by their share of the prediction's variance."""

from pathlib import Path

import pandas as pd

from onefilter.explanation.ranking import RELEVANCE_COLUMNS, SHUFFLED_COLUMNS, agree, rank
from onefilter.files import write_table
from onefilter.tables import read_results
from onefilter.workflow.step import bind, logger


def rank_features(
    relevance: list[Path], unrelated: list[Path], ranking: Path, agreement: Path, seed: int, corpus: str
) -> None:
    """Write the ranking of features by culture, target and seed, and how far the rankings of seeds agree."""
    rankings, agreements = [], []
    for path, others in zip(relevance, unrelated, strict=True):
        table = read_results(path, RELEVANCE_COLUMNS)
        rankings.append(rank(table, target=path.stem, seed=seed))
        agreements.append(agree(table, read_results(others, SHUFFLED_COLUMNS), target=path.stem, seed=seed))
    together = pd.concat(agreements, ignore_index=True)
    for row in together.to_dict("records"):
        logger.info(
            "%(target)s: rankings among %(among)s (%(of)s) agree with W = %(kendall_w).2f, shuffled ones %(null).2f",
            row,
        )
    write_table(ranking, pd.concat(rankings), corpus=corpus)
    write_table(agreement, together, corpus=corpus)


bind(rank_features)
