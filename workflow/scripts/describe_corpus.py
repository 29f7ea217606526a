"""Describe the corpus, its features and its labels."""

from onefilter.workflow.step import bind, logger

from pathlib import Path

import pandas as pd
import polars as pl

from onefilter.features.description import (
    LOOKED_AT,
    Comparison,
    compare_distributions,
    copies,
    corpus_table,
    describe,
    distance_table,
)
from onefilter.features.tracking import TRACKING_COLUMNS
from onefilter.files import write_table
from onefilter.tables import by_culture, read_results, rows_of


def describe_corpus(
    features: list[Path],
    labels: list[Path],
    tracking: list[Path],
    counts: Path,
    described: Path,
    differing: Path,
    names: list[str],
    targets: list[str],
    seed: int,
    corpus: str,
) -> None:
    """Write the corpus table (the draft's Table 1), statistics of every feature and label, distances of cultures."""
    write_table(counts, corpus_table(read_results(tracking, TRACKING_COLUMNS)), corpus=corpus)
    for first, second in copies(features, [name for name in names if name != "turn"]):
        logger.warning("%s and %s have the same frames: is one a copy of the other?", first, second)
    kinds = [(features, names), (labels, targets)] if labels else [(features, names)]
    if sum(map(rows_of, features)) >= 2 * LOOKED_AT:
        words = "cultures of %d hops or more are described by every second, third, … of them"
        logger.info(words, 2 * LOOKED_AT)
    comparisons: list[Comparison] = []
    tables = []
    for paths, variables in kinds:
        rows = []
        for name in variables:
            row, compared = _of_variable(paths, name, seed=seed)
            rows.append(row)
            comparisons += compared
        tables.append(in_order(pd.concat(rows)))
    write_table(described, pd.concat(tables, ignore_index=True), corpus=corpus)
    write_table(differing, distance_table(comparisons), corpus=corpus)


def _of_variable(paths: list[Path], name: str, *, seed: int) -> tuple[pd.DataFrame, list[Comparison]]:
    """Describe one variable and compare it between cultures: memory holds one column of what is looked at."""
    values = by_culture(paths, [name, "unit"], most=LOOKED_AT)
    for culture in values:
        # Moments that nobody rated are no labels.
        values[culture] = values[culture].filter(pl.col(name).is_not_nan())
    return describe(values, [name]), compare_distributions(values, name, seed=seed)


def in_order(table: pd.DataFrame) -> pd.DataFrame:
    """Put the rows of a culture together, cultures in order of appearance."""
    places = {culture: place for place, culture in enumerate(table["culture"].unique())}
    return table.sort_values("culture", key=lambda cultures: cultures.map(places), kind="stable")


bind(describe_corpus)
