"""Estimate the patterns of one target's filters."""

from pathlib import Path

import numpy as np
import polars as pl

from onefilter.explanation.patterns import PatternSums, Spread
from onefilter.files import write_table
from onefilter.model.card import Model
from onefilter.model.file import read_model
from onefilter.tables import Floats, recordings_of
from onefilter.workflow.step import bind, logger


def estimate_patterns(features: list[Path], models: list[Path], patterns: Path, target: str, corpus: str) -> None:
    """Write filter and patterns of every model of one target (model, lag, feature; linear, positive, negative).

    Patterns belong to the folded filter's output, so a positive sign means more of the target. ``feature_sd`` and
    ``output_sd`` are standard deviations over the same steps, to compare features of different units.
    """
    trained = {path.stem: read_model(path) for path in models}
    names = list(next(iter(trained.values())).card.features)
    sums = {name: PatternSums(model.filter, left=model.card.left) for name, model in trained.items()}
    spread = Spread(len(names))
    for path in features:
        for _, inputs in recordings_of(path, names):
            spread.add(inputs)
            for each in sums.values():
                each.add(inputs)
    parts = [_patterns(target, name, model, sums[name], spread.sd()) for name, model in trained.items()]
    write_table(patterns, pl.concat(parts), corpus=corpus)


def _patterns(target: str, name: str, model: Model, sums: PatternSums, feature_sd: Floats) -> pl.DataFrame:
    """Lay out one model's filter and patterns, one row per lag and feature."""
    names, folded = list(model.card.features), model.filter
    try:
        linear = sums.linear()
        positive, negative = sums.two_component()
    except ValueError as error:
        logger.warning("%s, %s: %s; its patterns are empty", target, name, error)
        linear = positive = negative = np.full(folded.shape, np.nan)
    return pl.DataFrame(
        {
            "model": name,
            "lag": np.repeat(model.lags, len(names)),
            "feature": names * model.taps,
            "filter": folded.ravel(),
            "linear": linear.ravel(),
            "positive": positive.ravel(),
            "negative": negative.ravel(),
            "feature_sd": np.tile(feature_sd, model.taps),
            "output_sd": sums.output_sd(),
        }
    )


bind(estimate_patterns)
