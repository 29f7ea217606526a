"""Estimate the patterns of one target's filters."""

from pathlib import Path

import numpy as np
import polars as pl

from onefilter.explanation.patterns import PatternSums
from onefilter.files import write_table
from onefilter.model.card import Model
from onefilter.model.file import read_model
from onefilter.tables import by_recording, read_frame
from onefilter.workflow.step import bind, logger


def estimate_patterns(features: list[Path], models: list[Path], patterns: Path, target: str, corpus: str) -> None:
    """Write filter and patterns of every model of one target (model, lag, feature; linear, positive, negative).

    Patterns belong to the folded filter's output, so a positive sign means more of the target. ``feature_sd`` and
    ``output_sd`` are standard deviations over the same steps, to compare features of different units.
    """
    tables = [read_frame(path) for path in features]
    parts = [_patterns(target, path.stem, read_model(path), tables) for path in models]
    write_table(patterns, pl.concat(parts), corpus=corpus)


def _patterns(target: str, name: str, model: Model, tables: list[pl.DataFrame]) -> pl.DataFrame:
    """Lay out one model's filter and patterns, one row per lag and feature."""
    names = list(model.card.features)
    folded = model.filter
    sums = PatternSums(folded, left=model.card.left)
    seen = [inputs for table in tables for inputs in by_recording(table, names).values()]
    for inputs in seen:
        sums.add(inputs)
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
            "feature_sd": np.tile(np.concatenate(seen).std(axis=0), model.taps),
            "output_sd": sums.output_sd(),
        }
    )


bind(estimate_patterns)
