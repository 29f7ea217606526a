"""The memory that training takes, of more and more recordings.

    .venv/bin/python -m benchmarks.memory                       # one filter, up to 17,000 recordings of 40 s; a minute
    .venv/bin/python -m benchmarks.memory --steps 1768 34 340   # recordings of SEWA's length
    .venv/bin/python -m benchmarks.memory --network A 17 34     # a network of the depth ladder, 3 seeds

37 features, random, drawn anew whenever they are read; two development recordings for every five that are trained on. A
process of its own trains for two epochs and says the most memory that it took, libraries included. 17,000 is what
100,000 recordings of SEWA's splits have for training. Needs 0.2 MB of `TMPDIR` for each recording of 40 s.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from onefilter.settings import Network, Training
from onefilter.tables import Floats, Read
from onefilter.training.fit import fit
from onefilter.training.ladder import DEEP, fit_deep

FEATURES, DELAY, EPOCHS = 37, 28, 2


def drawn(recordings: int, steps: int) -> Read[tuple[Floats, Floats]]:
    """Draw recordings whenever somebody goes through them."""

    def draw() -> Iterator[tuple[Floats, Floats]]:
        rng = np.random.default_rng(1)
        for _ in range(recordings):
            yield rng.standard_normal((steps, FEATURES)), rng.standard_normal(steps)

    return Read(draw)


def train(recordings: int, *, steps: int, network: str) -> None:
    """Train on so many recordings; print the peak of this process (MB) and its seconds."""
    torch.set_num_threads(1)
    begun = time.process_time()
    train, devel = drawn(recordings, steps), drawn(-(-2 * recordings // 5), steps)
    if network == "C":
        settings = Training(seeds=list(range(10)), epochs=EPOCHS)
        fit(train, devel, delay=DELAY, network=Network(), training=settings)
    else:
        settings = Training(seeds=list(range(3)), epochs=EPOCHS)
        fit_deep(train, devel, layers=DEEP[network], delay=DELAY, training=settings)
    with Path("/proc/self/status").open(encoding="ascii") as status:
        peak = next(int(line.split()[1]) / 1e3 for line in status if line.startswith("VmHWM"))
    print(f"| {recordings:,} | {peak:.0f} | {time.process_time() - begun:.0f} |", flush=True)


def main() -> None:
    """Train on every number of recordings in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recordings", type=int, nargs="*", default=[340, 1_700, 5_000, 17_000], help="how many")
    parser.add_argument("--steps", type=int, default=400, help="steps of a recording (0.1 s each)")
    parser.add_argument("--network", choices=["C", *DEEP], default="C", help="one filter (C), or of the ladder")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.here:
        train(given.recordings[0], steps=given.steps, network=given.network)
        return
    print("| training recordings | MB | s of the processor |\n|---|---|---|", flush=True)
    for count in given.recordings:
        options = ["--here", str(count), "--steps", str(given.steps), "--network", given.network]
        subprocess.run([sys.executable, "-m", "benchmarks.memory", *options], check=True)


if __name__ == "__main__":
    main()
