"""Describe the corpus, its features and its labels."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
import polars as pl

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
    kinds = [(by_culture(features, names), names)]
    if labels:
        kinds.append((by_culture(labels, targets), targets))

    def measured(measure: Callable[[dict[str, pl.DataFrame], Sequence[str]], pd.DataFrame]) -> pl.DataFrame:
        tables = [pl.from_pandas(measure(values, variables)) for values, variables in kinds]
        return pl.concat(tables, how="vertical_relaxed")

    write_table(described, measured(describe), corpus=corpus)
    write_table(differing, measured(distances), corpus=corpus)


bind(describe_corpus)
