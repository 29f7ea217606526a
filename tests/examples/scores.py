"""Moments of models on several splits."""

import numpy as np
import pandas as pd
import polars as pl

from onefilter.concordance import moments
from onefilter.evaluation.scores import AFTER_DELAY, ALL, MOMENT_COLUMNS, PROCESSED, RAW, Moments
from onefilter.figures import sentences as say

SPLITS = [("german", "devel"), ("german", "test"), ("hungarian", "test"), ("chinese", "test")]


def study(noise: dict[str, float], *, per_split: dict[tuple[str, str], float], recordings: int = 12) -> pd.DataFrame:
    """Moments of models whose errors have these sizes, larger on some splits."""
    rng = np.random.default_rng(5)
    rows = []
    for culture, partition in SPLITS:
        labels = [rng.normal(size=60) for _ in range(recordings)]
        for model, size in noise.items():
            for number, label in enumerate(labels):
                error = size * per_split.get((culture, partition), 1.0) * rng.normal(size=60)
                for processing, scale in ((RAW, 1.0), (PROCESSED, 0.5)):
                    sums = moments(label + scale * error, label)
                    place = ("valence", culture, partition, model, processing, str(number), f"dyad {culture}{number}")
                    rows += [(*place, steps, *sums) for steps in (ALL, AFTER_DELAY)]
    return pd.DataFrame(rows, columns=list(MOMENT_COLUMNS))


def added_up(table: pd.DataFrame) -> Moments:
    """Add moments up by unit, a few rows at a time."""
    whole = pl.from_pandas(table)
    return Moments.of([whole[begin : begin + 50] for begin in range(0, len(whole), 50)])


def in_words(differences: pd.DataFrame) -> str:
    """Give all sentences of the paper that are made from differences."""
    ways = (say.against, say.beside_annotators, say.beside_systems, say.cultures, say.optimism)
    targets = differences["target"].unique()
    return " ".join(fact.text for target in targets for way in ways for fact in way(differences, target))
