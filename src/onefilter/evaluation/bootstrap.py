"""Confidence intervals by resampling recordings.

The frames of one recording resemble each other; resampling frames would understate an interval's width by a factor of
about 13 (design section 6). Recordings are drawn with replacement, and because all measures come from sums over
recordings, a draw is a vector of counts and all draws together one matrix product.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

DRAWS: Final = 10_000


def interval(
    sums: Floats, measure: Callable[[Floats], Floats], *, seed: int, draws: int = DRAWS, level: float = 0.95
) -> tuple[float, float]:
    """Percentile interval of a measure of all recordings concatenated.

    Args:
        sums: [R, 6] per-recording moments.
        measure: From moments [D, 6] to values [D].
        seed: Of the draws.
        draws: D, the number of resamples.
        level: Coverage.

    Returns:
        Lower and upper bound; both NaN for a single recording, which says nothing about others.
    """
    recordings = len(sums)
    if recordings < 2:
        return (np.nan, np.nan)
    values = measure(resample(recordings, draws=draws, seed=seed) @ sums)
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def resample(recordings: int, *, draws: int, seed: int) -> Floats:
    """Draw how often each recording is taken in each resample: counts [draws, recordings], rows sum to recordings."""
    rng = np.random.default_rng(seed)
    chosen = rng.integers(recordings, size=(draws, recordings)) + recordings * np.arange(draws)[:, None]
    counts = np.bincount(chosen.ravel(), minlength=draws * recordings)
    return counts.reshape(draws, recordings).astype(np.float64)
