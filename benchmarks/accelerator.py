"""Training on a GPU against training on the processor: how fast, and how far apart are the results?

    python -m benchmarks.accelerator            # minutes; needs an NVIDIA GPU and PyTorch with CUDA

The twin's recordings of one culture, 34 for training to 14 for development as in SEWA, valence, 10 models, default
settings; one thread on the processor, as in a run. The first size is the default run's, with all of its epochs.
Differences are the largest over all models: of the weights after the last epoch, of the development scores in any epoch
up to one, and of the best development score.
"""

import argparse
import os
import statistics
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import polars as pl
import torch

from onefilter.corpus.simulated import simulate
from onefilter.features.statistics import feature_names
from onefilter.features.windows import extract
from onefilter.names import AUS
from onefilter.settings import Features, Network, Training
from onefilter.tables import Floats
from onefilter.training.fit import ROUND, Fit, fit, prepare
from onefilter.training.learning import Learning

SIZES = {48: 2000, 200: 500, 2000: 100}
"""Epochs by number of recordings."""
DELAY, DURATION, SEED = 28, 165.0, 4
LOOKS = (1, 50, 100, 500, 2000)
"""Epochs up to which scores are compared."""


def recording(number: int) -> tuple[Floats, Floats]:
    """Simulate one recording: its features [T, F] and valence [T]."""
    found = simulate(f"r{number}", "german", DURATION, seed=SEED)
    windows = Features()
    frames = pl.from_pandas(found.frames).rename({f"{unit}_r": unit for unit in AUS})
    features = extract(
        frames, pl.from_pandas(found.turns), windows, features=feature_names(windows.statistics)
    ).features
    labels = found.labels["valence"].to_numpy()
    steps = min(len(labels), len(features))
    return features.drop("time").to_numpy()[:steps], labels[:steps]


def trained(recordings: list[tuple[Floats, Floats]], accelerator: str, *, epochs: int) -> tuple[Fit, float]:
    """Train on 34 of 48 recordings, choose on the others; give the fit, and epochs per second."""
    stamps: list[float] = []

    def stamp(learning: Learning) -> None:
        stamps.append(time.perf_counter())

    settings = Training(epochs=epochs).model_copy(update={"accelerator": accelerator})
    prepare(settings)
    train = len(recordings) * 34 // 48
    result = fit(
        recordings[:train], recordings[train:], delay=DELAY, network=Network(), training=settings, on_round=stamp
    )
    return result, ROUND / statistics.median(np.diff(stamps))


def main() -> None:
    """Train every size on both, print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--against", default="cuda", help="the other accelerator")
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        recordings = list(pool.map(recording, range(max(options.sizes)), chunksize=8))
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
    print(f"{device}, torch {torch.__version__}, {os.cpu_count()} processors", flush=True)
    for size in options.sizes:
        epochs = SIZES.get(size, 2 * ROUND)
        if torch.cuda.is_available():
            torch.cuda.reset_peak_memory_stats()
        (ours, slow), (theirs, fast) = (
            trained(recordings[:size], accelerator, epochs=epochs) for accelerator in ("cpu", options.against)
        )
        memory = torch.cuda.max_memory_allocated() / 1e9 if torch.cuda.is_available() else 0.0
        apart = np.abs(ours.curves[:, 1] - theirs.curves[:, 1]).max(axis=1)
        scores = ", ".join(f"{look}: {apart[: look + 1].max():.1e}" for look in LOOKS if look <= epochs)
        weights, largest = (float(x.abs().max()) for x in (ours.last.weight - theirs.last.weight, ours.last.weight))
        print(
            f"{size} recordings, {epochs} epochs: {slow:.1f} epochs/s on the processor, {fast:.1f} on {options.against}"
            f" ({fast / slow:.1f} times), {memory:.2f} GB of its memory\n"
            f"  apart: last weights {weights:.1e} of {largest:.2f}, scores by epoch {scores},"
            f" best scores {np.abs(ours.best_score - theirs.best_score).max():.1e},"
            f" best epochs equal in {np.mean(ours.best_epoch == theirs.best_epoch):.0%} of models",
            flush=True,
        )


if __name__ == "__main__":
    main()
