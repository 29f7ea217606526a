"""Rank the features by what they contributed."""

from pathlib import Path

import pandas as pd

from onefilter.explanation.ranking import RELEVANCE_COLUMNS, agree, rank
from onefilter.files import write_table
from onefilter.model.card import name_among
from onefilter.model.file import read_model
from onefilter.tables import read_results
from onefilter.workflow.step import bind, logger


def rank_features(
    relevance: list[Path], best: list[Path], ranking: Path, agreement: Path, seed: int, corpus: str
) -> None:
    """Write the ranking of features by culture, target and seed, and how far rankings agree."""
    rankings, agreements = [], []
    for chosen in best:
        card = read_model(chosen).card
        table = read_results([path for path in relevance if path.name.split(".")[0] == card.target], RELEVANCE_COLUMNS)
        rankings.append(rank(table, target=card.target, seed=seed))
        own = name_among(card, list(table["model"].unique()))
        agreements.append(agree(table, target=card.target, best=own, seed=seed))
    together = pd.concat(agreements, ignore_index=True)
    for row in together.to_dict("records"):
        logger.info("%(target)s: rankings among %(among)s (%(of)s) agree with W = %(kendall_w).2f", row)
    write_table(ranking, pd.concat(rankings), corpus=corpus)
    write_table(agreement, together, corpus=corpus)


bind(rank_features)
