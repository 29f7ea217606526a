"""What the filters of several seeds have in common.

Neighbouring windows overlap, so a filter can put a weight on one tap or on the next, and training decides by chance:
single taps differ between seeds although their filters read the same. What the seeds agree on shows after smoothing
along the lags, by the mean over neighbouring taps (fewer at the filter's ends). Agreement is the mean of Pearson's r
over all pairs of seeds, over all taps and features.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SMOOTHED: Final = 1.0
"""Filters are smoothed over this long (seconds)."""


class Consensus(NamedTuple):
    """Filters of several seeds.

    Attributes:
        smooth: Each filter smoothed along the lags [M, K, F].
        single: Mean correlation of the filters as they are between two seeds; NaN for one seed.
        smoothed: The same of the smoothed ones.
    """

    smooth: Floats
    single: float
    smoothed: float


def consensus(filters: Sequence[Floats], *, steps: int) -> Consensus:
    """Smooth the filters of several seeds, and say how far they agree before and after.

    Args:
        filters: Folded filters [K, F] of models that differ in their seed.
        steps: Length of the smoothing in steps; one more where that is even, so that no lag moves.
    """
    weights = np.stack(filters).astype(np.float64)
    half = steps // 2
    sums = np.concatenate([np.zeros_like(weights[:, :1]), weights.cumsum(axis=1)], axis=1)
    taps = np.arange(weights.shape[1])
    first, end = np.maximum(taps - half, 0), np.minimum(taps + half + 1, len(taps))
    smooth = (sums[:, end] - sums[:, first]) / (end - first)[None, :, None]
    return Consensus(smooth, _agreement(weights), _agreement(smooth))


def _agreement(weights: Floats) -> float:
    """Mean correlation over all pairs of filters."""
    flat = weights.reshape(len(weights), -1)
    if len(flat) < 2 or (flat.std(axis=1) == 0).any():
        return float("nan")
    return float(np.asarray(np.corrcoef(flat))[np.triu_indices(len(flat), 1)].mean())
