"""Rank the features by their share of the prediction's variance."""

from onefilter.workflow.step import bind, logger

from pathlib import Path

import pandas as pd

from onefilter.explanation.ranking import agree, cultures_of, rank, read_shuffled, read_sums
from onefilter.files import write_table


def rank_features(
    relevance: list[Path], unrelated: list[Path], ranking: Path, agreement: Path, seed: int, corpus: str
) -> None:
    """Write the ranking of features by culture, target and seed, and how far the rankings of seeds agree."""
    rankings, agreements = [], []
    for target in dict.fromkeys(map(_target, relevance)):
        own = [path for path in relevance if _target(path) == target]
        others = read_shuffled([path for path in unrelated if _target(path) == target])
        for culture in cultures_of(own):
            sums = read_sums(own, culture)
            rankings.append(rank(sums, target=target, seed=seed))
            agreements.append(agree(sums, others, target=target, seed=seed))
    together = pd.concat(agreements, ignore_index=True)
    for row in together.to_dict("records"):
        logger.info(
            "%(target)s: rankings among %(among)s (%(of)s) agree with W = %(kendall_w).2f, shuffled ones %(null).2f",
            row,
        )
    write_table(ranking, pd.concat(rankings), corpus=corpus)
    write_table(agreement, together, corpus=corpus)


def _target(path: Path) -> str:
    """Read the target off a table's name, ``valence.parquet`` or ``valence.002.parquet`` say."""
    return path.name.partition(".")[0]


bind(rank_features)
