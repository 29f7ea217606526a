"""Measure how long an interval takes: 10,000 draws, a new seed each time, so that nothing is remembered.

python -m benchmarks.intervals
"""

import statistics
import time
from collections.abc import Callable

import numpy as np

from onefilter.evaluation.bootstrap import Interval, interval, interval_of_difference, interval_over_seeds
from onefilter.evaluation.scores import concatenated

ROUNDS = 15


def main() -> None:
    """Print milliseconds per cell for SEWA's numbers of recordings."""
    rng = np.random.default_rng(1)

    def sums(*shape: int) -> np.ndarray:
        y = rng.normal(size=(*shape, 100))
        p = 0.5 * y + rng.normal(size=y.shape)
        return np.stack([np.full(shape, 100.0), *(x.sum(-1) for x in (p, y, p * p, y * y, p * y))], axis=-1)

    few, many, seeds = sums(14), sums(70), sums(10, 70)
    kinds: dict[str, Callable[[int], Interval]] = {
        "score, 14 recordings": lambda seed: interval(lambda c: concatenated(few, c), 14, seed=seed),
        "score, 70 recordings": lambda seed: interval(lambda c: concatenated(many, c), 70, seed=seed),
        "difference of two models, 70": lambda seed: interval(
            lambda c: concatenated(many, c) - concatenated(seeds[0], c), 70, seed=seed
        ),
        "difference of two cultures, 14 and 70": lambda seed: interval_of_difference(
            lambda c: concatenated(few, c), lambda c: concatenated(many, c), (14, 70), seed=seed
        ),
        "mean over 10 seeds, 70 recordings": lambda seed: interval_over_seeds(
            lambda c: np.stack([concatenated(table, c) for table in seeds], axis=1), 70, 10, seed=seed
        ),
    }
    for name, kind in kinds.items():
        times = []
        for seed in range(ROUNDS):
            begun = time.perf_counter()
            kind(seed)
            times.append(1000 * (time.perf_counter() - begun))
        print(f"{name:40} {statistics.median(times):6.1f} ms")


if __name__ == "__main__":
    main()
