"""Step of the rule `patterns`."""

from pathlib import Path

import numpy as np
import polars as pl

from onefilter.explanation.patterns import PatternSums
from onefilter.files import write_table
from onefilter.model.file import read_model
from onefilter.steps import logger, step
from onefilter.tables import by_recording


@step
def patterns(*, features: list[str], models: list[str], patterns: str, target: str, corpus: str) -> None:
    """Write filter and patterns of every model of one target (model, lag, feature; linear, positive, negative).

    Patterns answer to the folded filter's output, so a positive sign means more of the target. ``feature_sd`` and
    ``output_sd`` are standard deviations over the same steps, to compare features of different units.
    """
    parts = []
    trained = {Path(path).stem: read_model(Path(path)) for path in models}
    tables = [pl.read_parquet(path) for path in features]
    for name, model in trained.items():
        names = list(model.card.features)
        folded = model.filter
        sums = PatternSums(folded, left=model.card.left)
        seen = []
        for table in tables:
            for inputs in by_recording(table, names).values():
                sums.add(inputs)
                seen.append(inputs)
        try:
            linear = sums.linear()
            positive, negative = sums.two_component()
        except ValueError as error:
            logger.warning("%s, %s: %s; its patterns are empty", target, name, error)
            linear = positive = negative = np.full(folded.shape, np.nan)
        parts.append(
            pl.DataFrame(
                {
                    "model": name,
                    "lag": np.repeat(model.lags, len(names)),
                    "feature": names * model.taps,
                    "filter": folded.ravel(),
                    "linear": linear.ravel(),
                    "positive": positive.ravel(),
                    "negative": negative.ravel(),
                    "feature_sd": np.tile(np.concatenate(seen).std(axis=0), model.taps),
                    "output_sd": sums.output_sd(),
                }
            )
        )
    write_table(Path(patterns), pl.concat(parts).with_columns(corpus=pl.lit(corpus)))
