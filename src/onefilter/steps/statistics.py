"""Step of the rule `statistics`."""

from pathlib import Path

import polars as pl

from onefilter.features.statistics import corpus_table, describe
from onefilter.files import write_table
from onefilter.names import FEATURES
from onefilter.steps import step
from onefilter.tables import by_culture


@step
def statistics(
    *,
    features: list[str],
    labels: list[str],
    tracking: list[str],
    corpus: str,
    described: str,
    targets: list[str],
    source: str,
) -> None:
    """Write the corpus table (the draft's Table 1) and ten statistics of every feature and label per culture."""
    tracked = pl.concat([pl.read_csv(path, separator="\t") for path in tracking])
    write_table(Path(corpus), pl.from_pandas(corpus_table(tracked.to_pandas())).with_columns(corpus=pl.lit(source)))
    tables = [pl.from_pandas(describe(by_culture(features, FEATURES), FEATURES))]
    if labels:
        tables.append(pl.from_pandas(describe(by_culture(labels, targets), targets)))
    write_table(Path(described), pl.concat(tables).with_columns(corpus=pl.lit(source)))
