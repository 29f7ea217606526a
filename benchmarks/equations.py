"""Measure the normal equations of ridge filters: by their blocks, and of windows that are copied side by side.

python -m benchmarks.equations
"""

import statistics
import time

import numpy as np
import numpy.typing as npt

from onefilter.training.ridge import normal_equations

RECORDINGS, STEPS, FEATURES, TAPS = 34, 1700, 37, 80
"""What the paper trains on, 170 s of each recording."""
TURNS = 3


def by_windows(recordings: list[tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]]) -> npt.NDArray[np.float64]:
    """Give X^T X [K F, K F], building X for one recording after the other; the first tap is the step itself."""
    gram = np.zeros((TAPS * FEATURES,) * 2)
    for features, _ in recordings:
        padded = np.vstack([features, np.zeros((TAPS - 1, FEATURES))])
        lagged = np.concatenate([padded[tap : tap + STEPS] for tap in range(TAPS)], axis=1)
        gram += lagged.T @ lagged
    return gram


def main() -> None:
    """Print seconds of the processor, taking turns, and how far the two differ."""
    generator = np.random.default_rng(0)
    recordings = [(generator.normal(size=(STEPS, FEATURES)), generator.normal(size=STEPS)) for _ in range(RECORDINGS)]
    seconds: dict[str, list[float]] = {"windows": [], "blocks": []}
    for _ in range(TURNS):
        begun = time.process_time()
        plain = by_windows(recordings)
        between = time.process_time()
        gram, *_ = normal_equations(recordings, taps=TAPS, left=0, delay=0)
        seconds["windows"].append(between - begun)
        seconds["blocks"].append(time.process_time() - between)
    windows, blocks = (statistics.median(seconds[way]) for way in ("windows", "blocks"))
    print(f"{RECORDINGS} recordings of {STEPS} steps, {FEATURES} features, {TAPS} taps, {TURNS} turns, medians")
    print(f"windows\t{windows:.2f} s\nblocks\t{blocks:.2f} s\nratio\t{blocks / windows:.3f}")
    print(f"largest difference, relative to the largest entry\t{np.abs(gram - plain).max() / np.abs(plain).max():.1e}")


if __name__ == "__main__":
    main()
