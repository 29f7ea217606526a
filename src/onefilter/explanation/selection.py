"""Which features are enough? The best k by relevance, against random ones and against forward selection.

The *one-standard-error rule* (Breiman et al. 1984) takes the smallest k whose development score is within one standard
error, over units, of the best k's.
"""

from collections.abc import Sequence
from functools import partial
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from onefilter.evaluation.bootstrap import DRAWS, resampled
from onefilter.evaluation.scores import concatenated
from onefilter.tables import Columns

Floats = npt.NDArray[np.float64]

SELECTION_COLUMNS: Final[Columns] = {
    "target": str, "method": str, "k": int, "draw": int, "culture": str, "partition": str,
    "ccc": float, "low": float, "high": float, "features": str, "enough": int, "unit": str,
}  # fmt: skip
BY_RELEVANCE, RANDOM, FORWARD = "relevance", "random", "ridge, forward selection"
PUBLISHED: Final = ("confidence_mean", "AU04_mean", "AU06_mean", "AU07_mean", "AU09_mean", "AU12_mean", "turn")
"""The set of seven that the study's public code names, by stored names."""


class Subset(NamedTuple):
    """Features that a filter may use.

    Attributes:
        method: How they were found.
        draw: Number of the draw, for random ones.
        features: Their indices.
    """

    method: str
    draw: int
    features: list[int]


def nested(order: Sequence[int]) -> list[list[int]]:
    """Give the first k features for every k = 1 ... F."""
    return [list(order[:k]) for k in range(1, len(order) + 1)]


def random_subsets(features: int, *, draws: int, seed: int) -> list[list[int]]:
    """Draw subsets of every size, `draws` of each: k = 1 for all draws, then k = 2 ..."""
    rng = np.random.default_rng(seed)
    return [
        sorted(rng.choice(features, size=k, replace=False).tolist())
        for k in range(1, features + 1)
        for _ in range(draws)
    ]


def smallest_enough(sums: Floats, *, seed: int, draws: int = DRAWS) -> int:
    """Find the smallest k within one standard error of the best.

    Args:
        sums: Moments on development, by k = 1 ... F and unit (`onefilter.corpus.people`): [F, R, 6].
        seed: Of the resampling.
        draws: Number of resamples.

    Returns:
        k, counted from 1; with one unit there is no standard error, and the best k is it.
    """
    units = sums.shape[1]
    scores = np.array([concatenated(table, np.ones((1, units)))[0] for table in sums])
    best = int(np.argmax(scores))
    error = 0.0
    if units > 1:
        values = resampled(partial(concatenated, sums[best]), units, draws=draws, seed=seed)
        error = float(values.std() * np.sqrt(units / (units - 1)))
    return int(np.argmax(scores >= scores[best] - error)) + 1
