"""Describe the corpus, its features and its labels."""

from pathlib import Path

import pandas as pd

from onefilter.features.description import copies, corpus_table, describe, distances
from onefilter.features.tracking import TRACKING_COLUMNS
from onefilter.files import write_table
from onefilter.tables import by_culture, read_results
from onefilter.workflow.step import bind, logger


def describe_corpus(
    features: list[Path],
    labels: list[Path],
    tracking: list[Path],
    counts: Path,
    described: Path,
    differing: Path,
    names: list[str],
    targets: list[str],
    corpus: str,
) -> None:
    """Write the corpus table (the draft's Table 1), statistics of every feature and label, distances of cultures."""
    write_table(counts, corpus_table(read_results(tracking, TRACKING_COLUMNS)), corpus=corpus)
    for first, second in copies(features, [name for name in names if name != "turn"]):
        logger.warning("%s and %s have the same frames: is one a copy of the other?", first, second)
    kinds = [(features, names), (labels, targets)] if labels else [(features, names)]
    # One variable at a time: memory holds one column of the corpus.
    for path, measure in ((described, describe), (differing, distances)):
        tables = [
            in_order(pd.concat([measure(by_culture(paths, [name]), [name]) for name in variables]))
            for paths, variables in kinds
        ]
        write_table(path, pd.concat(tables, ignore_index=True), corpus=corpus)


def in_order(table: pd.DataFrame) -> pd.DataFrame:
    """Put the rows of a culture together, cultures in order of appearance; distances are of two cultures and stay."""
    if "culture" not in table:
        return table
    places = {culture: place for place, culture in enumerate(table["culture"].unique())}
    return table.sort_values("culture", key=lambda cultures: cultures.map(places), kind="stable")


bind(describe_corpus)
