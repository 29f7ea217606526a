"""Compute what every feature contributed to one target."""

from onefilter.workflow.step import bind, logger

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl

from onefilter.explanation.ranking import RELEVANCE_COLUMNS, SHUFFLED, SHUFFLED_SUMS, shuffled
from onefilter.explanation.relevance import SHARE_SUMS, absolute, contributions
from onefilter.files import write_table, writing_recordings
from onefilter.model.file import read_model
from onefilter.tables import Floats, frames_of, split_of


def compute_relevance(
    features: list[Path], models: list[Path], relevance: Path, unrelated: Path, target: str, seed: int, corpus: str
) -> None:
    """Write what every feature contributed to one target, per recording and model, and the sums of shuffled filters.

    The latter are ``unrelated``: filters that have nothing to do with the target.
    """
    trained = {path.stem: read_model(path) for path in models}
    others = shuffled(list(trained.values()), seed=seed, draws=max(SHUFFLED, 2 * len(trained)))
    every = [*trained.values(), *others]
    names = list(every[0].card.features)
    sums: dict[str, Floats] = {}
    recordings = 0
    with writing_recordings(relevance) as write:
        for path in features:
            culture, partition = split_of(path)
            for frame in frames_of(path):
                recordings += 1
                inputs = frame.select(names).to_numpy().astype(np.float64)
                found = contributions(every, inputs)
                place = {name: pl.lit(value) for name, value in
                         (("culture", culture), ("partition", partition), ("corpus", corpus))}  # fmt: skip
                sizes = np.stack([absolute(model, inputs).sum(axis=0) for model in trained.values()])
                table = _relevance(frame, list(trained), names, found[: len(trained)], sizes)
                write(table.with_columns(**place).select(*RELEVANCE_COLUMNS, "corpus"))
                sums[culture] = sums.get(culture, 0) + found[len(trained) :]
    rows = [
        (culture, draw, feature, *values)
        for culture, found in sums.items()
        for draw, own in enumerate(found, start=1)
        for feature, values in zip(names, own, strict=True)
    ]
    write_table(unrelated, pd.DataFrame(rows, columns=list(SHUFFLED_SUMS)), corpus=corpus)
    logger.info("%s: relevance of %d recordings by %d models", target, recordings, len(trained))


def _relevance(frame: pl.DataFrame, models: list[str], names: list[str], sums: Floats, sizes: Floats) -> pl.DataFrame:
    """Lay out all models' relevance in one recording, a row per model and feature; sums [M, F, 5], sizes [M, F]."""
    return pl.DataFrame(
        {
            "recording": frame["recording"][0],
            "unit": frame["unit"][0],
            "model": np.repeat(models, len(names)),
            "feature": names * len(models),
            **dict(zip(SHARE_SUMS, sums.reshape(-1, len(SHARE_SUMS)).T, strict=True)),
            "absolute": sizes.ravel(),
        }
    ).with_columns(pl.col("steps").cast(pl.Int64))


bind(compute_relevance)
