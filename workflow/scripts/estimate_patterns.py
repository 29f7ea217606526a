"""Estimate the patterns of one target's filters."""

from onefilter.workflow.step import bind, logger

from pathlib import Path

import numpy as np
import polars as pl

from onefilter.explanation.patterns import Correlations, PatternSums, Spread
from onefilter.files import write_table
from onefilter.model.card import Model
from onefilter.model.file import read_model
from onefilter.model.prediction import correlate
from onefilter.names import kind_of
from onefilter.tables import Floats, frames_of


def estimate_patterns(
    features: list[Path], models: list[Path], patterns: Path, target: str, seed: int, corpus: str
) -> None:
    """Write filter and patterns of every model of one target (model, lag, feature; linear, positive, negative).

    Patterns belong to the folded filter's output, so a positive sign means more of the target. ``feature_sd`` and
    ``output_sd`` are standard deviations over the same steps, to compare features of different units.
    """
    trained = {path.stem: read_model(path) for path in models}
    names = list(next(iter(trained.values())).card.features)
    sums = {name: PatternSums(model.filter, left=model.card.left) for name, model in trained.items()}
    now = {name: Correlations() for name in trained}
    spread = Spread(len(names))
    for path in features:
        for frame in frames_of(path, ["unit", *names]):
            inputs, unit = frame.select(names).to_numpy().astype(np.float64), str(frame["unit"][0])
            spread.add(inputs)
            for name, model in trained.items():
                sums[name].add(inputs)
                now[name].add(unit, inputs, correlate(inputs, model.filter, left=model.card.left))
    parts = [
        _patterns(target, name, model, sums[name], spread.sd()).with_columns(**_at_no_lag(model, now[name], seed=seed))
        for name, model in trained.items()
    ]
    write_table(patterns, pl.concat(parts), corpus=corpus)


def _patterns(target: str, name: str, model: Model, sums: PatternSums, feature_sd: Floats) -> pl.DataFrame:
    """Lay out one model's filter and patterns, one row per lag and feature."""
    names, folded = list(model.card.features), model.filter
    linear = positive = negative = np.full(folded.shape, np.nan)
    try:
        linear = sums.linear()
        positive, negative = sums.two_component()
    except ValueError as error:
        lost = "its patterns are" if np.isnan(linear).any() else "its pattern of two components is"
        logger.warning("%s, %s: %s; %s empty", target, name, error, lost)
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


def _at_no_lag(model: Model, found: Correlations, *, seed: int) -> dict[str, pl.Series | pl.Expr]:
    """Give the columns of the correlations at the same step; nothing at other lags."""
    values = np.full((3, *model.filter.shape), np.nan)
    bounds = found.intervals(seed=seed)
    values[:, model.card.left] = [found.values(), [each.low for each in bounds], [each.high for each in bounds]]
    columns = zip(("correlation", "low", "high"), values, strict=True)
    return {name: pl.Series(name, column.ravel()) for name, column in columns} | {
        "unit": pl.lit(kind_of(found.units)),
        "units": pl.lit(len(found.units)),
    }


bind(estimate_patterns)
