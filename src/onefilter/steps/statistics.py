"""Step of the rule `statistics`."""

from pathlib import Path

import polars as pl

from onefilter.features.description import corpus_table, describe, distances
from onefilter.features.statistics import FEATURES
from onefilter.files import write_table
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
    distances_table: str,
    targets: list[str],
    source: str,
) -> None:
    """Write the corpus table (the draft's Table 1), statistics of every feature and label, distances of cultures."""
    tracked = pl.concat([pl.read_csv(path, separator="\t") for path in tracking])
    write_table(Path(corpus), pl.from_pandas(corpus_table(tracked.to_pandas())).with_columns(corpus=pl.lit(source)))
    kinds = [(by_culture(features, FEATURES), list(FEATURES))]
    if labels:
        kinds.append((by_culture(labels, targets), targets))
    for path, measure in ((described, describe), (distances_table, distances)):
        tables = [pl.from_pandas(measure(values, names)) for values, names in kinds]
        write_table(Path(path), pl.concat(tables, how="vertical_relaxed").with_columns(corpus=pl.lit(source)))
