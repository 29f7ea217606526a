"""Compute what every feature contributed to one target."""

from pathlib import Path

import polars as pl

from onefilter.explanation.ranking import RELEVANCE_COLUMNS
from onefilter.explanation.relevance import absolute, by_feature
from onefilter.files import writing_recordings
from onefilter.model.card import Model
from onefilter.model.file import read_model
from onefilter.tables import frames_of, split_of
from onefilter.workflow.step import bind, logger


def compute_relevance(features: list[Path], models: list[Path], relevance: Path, target: str, corpus: str) -> None:
    """Write what every feature contributed to one target, per recording and model, summed over steps and lags."""
    trained = {path.stem: read_model(path) for path in models}
    recordings = 0
    with writing_recordings(relevance) as write:
        for path in features:
            culture, partition = split_of(path)
            for frame in frames_of(path):
                recordings += 1
                parts = [_relevance(name, model, frame) for name, model in trained.items()]
                place = {"culture": pl.lit(culture), "partition": pl.lit(partition), "corpus": pl.lit(corpus)}
                write(pl.concat(parts).with_columns(**place).select(*RELEVANCE_COLUMNS, "corpus"))
    logger.info("%s: relevance of %d recordings by %d models", target, recordings, len(trained))


def _relevance(name: str, model: Model, frame: pl.DataFrame) -> pl.DataFrame:
    """Lay out one model's relevance in one recording, a row per feature."""
    names = list(model.card.features)
    inputs = frame.select(names).to_numpy()
    return pl.DataFrame(
        {
            "recording": frame["recording"][0],
            "steps": len(inputs),
            "model": name,
            "feature": names,
            "signed": by_feature(model, inputs).sum(axis=0),
            "absolute": absolute(model, inputs).sum(axis=0),
        }
    )


bind(compute_relevance)
