"""The training engine against one network per run with `nn.Conv1d`, and against an LSTM.

    .venv/bin/python -m benchmarks.training            # about five minutes; prints tables, draws docs/images/engine.png
    .venv/bin/python -m benchmarks.training --quick    # fewer rounds, nothing drawn

Paper size: 34 training recordings of 1,768 steps, 14 development recordings of 1,619, 37 features, 80 taps. Everything
is measured in one run, two threads, development scores and Lightning's loops included. Noise does not matter here, so
the inputs are random numbers. Figures are medians of epochs (or of rounds of 50 epochs).
"""

import argparse
import logging
import resource
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor, nn

from benchmarks.plain import PlainOneFilter, concordance, fit_plain
from onefilter.figures.style import CULTURES, INK, new_figure, save
from onefilter.settings import Network, Training
from onefilter.training.fit import ROUND, fit
from onefilter.training.learning import Learning
from onefilter.training.spectral import block_length

STEPS, DEVEL_STEPS, FEATURES, TAPS, DELAY = 1768, 1619, 37, 80, 28
TRAIN, DEVEL = 34, 14


def draw(recordings: int, steps: int, features: int) -> list[tuple[Any, Any]]:
    """Draw recordings."""
    rng = np.random.default_rng(1)
    return [(rng.standard_normal((steps, features)), rng.standard_normal(steps)) for _ in range(recordings)]


def engine(models: int, *, rounds: int, recordings: int = 1, features: int = FEATURES, taps: int = TAPS) -> float:
    """Milliseconds per epoch of this engine: the median over rounds, the first left out."""
    stamps: list[float] = []

    def stamp(learning: Learning) -> None:
        stamps.append(time.perf_counter())

    fit(
        draw(TRAIN * recordings, STEPS, features), draw(DEVEL * recordings, DEVEL_STEPS, features),
        delay=DELAY, network=Network(taps=taps), on_round=stamp,
        training=Training(seeds=list(range(models)), epochs=ROUND * (rounds + 1)),
    )  # fmt: skip
    return statistics.median(np.diff(stamps)) / ROUND * 1e3


class Stamps(pl.Callback):
    """Notes when epochs end."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.stamps: list[float] = []

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Note the time."""
        self.stamps.append(time.perf_counter())


class Recurrent(PlainOneFilter):
    """The AVEC 2019 baseline's network: LSTM of 64, LSTM of 32, one unit, trained like the plain network."""

    def __init__(self) -> None:
        """Begin with torch's own initial weights."""
        super().__init__(FEATURES, TAPS, seed=1, l1=0.0, delay=DELAY)
        self.first = nn.LSTM(FEATURES, 64, batch_first=True)
        self.second = nn.LSTM(64, 32, batch_first=True)
        self.last = nn.Linear(32, 1)

    def forward(self, inputs: Tensor) -> Tensor:
        """Predict [N, T] from features [N, F, T]."""
        hidden, _ = self.first(inputs.transpose(1, 2))
        hidden, _ = self.second(hidden)
        outputs: Tensor = self.last(hidden)[:, :, 0]
        return outputs

    def training_step(self, batch: tuple[Tensor, Tensor], batch_index: int) -> Tensor:
        """Mean of 1 - CCC over recordings."""
        inputs, labels = batch
        return (1 - concordance(self(inputs), labels)).mean()


def plain(model: PlainOneFilter, *, epochs: int) -> float:
    """Milliseconds per epoch of one network in Lightning's own loops, the first epoch left out."""

    def tensors(recordings: int, steps: int) -> tuple[Tensor, Tensor]:
        parts = draw(recordings, steps, FEATURES)
        features = torch.from_numpy(np.stack([x.T for x, _ in parts])).float()
        return features, torch.from_numpy(np.stack([y for _, y in parts])).float()

    stamps = Stamps()
    fit_plain(model, tensors(TRAIN, STEPS), tensors(DEVEL, DEVEL_STEPS), epochs=epochs + 1, callbacks=[stamps])
    return statistics.median(np.diff(stamps.stamps)) * 1e3


def gflop(models: int) -> float:
    """Arithmetic of the engine's matrix products in one epoch (10^9 operations)."""
    length = block_length(STEPS, TAPS)
    stride, frequencies = length - TAPS + 1, length // 2 + 1
    devel_length = block_length(DEVEL_STEPS, TAPS)
    devel_blocks = -(-DEVEL_STEPS // (devel_length - TAPS + 1)) * DEVEL
    rows = -(-STEPS // stride) * TRAIN
    work = 2 * frequencies * rows + (devel_length // 2 + 1) * devel_blocks
    return 8 * work * FEATURES * models / 1e9


def machine() -> float:
    """The machine's matrix-product rate (10^9 operations per second), single precision."""
    matrix = torch.randn(2048, 2048)
    seconds = []
    for _ in range(7):
        begun = time.perf_counter()
        matrix @ matrix
        seconds.append(time.perf_counter() - begun)
    return 2 * 2048**3 / statistics.median(seconds) / 1e9


def peak_memory(models: int) -> float:
    """Peak memory (GB) of a fresh process that trains this many models."""
    command = [sys.executable, "-m", "benchmarks.training", "--memory", str(models)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1])


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a Markdown table."""
    print("\n|", " | ".join(head), "|")
    print("|" + "---|" * len(head))
    for row in rows:
        print("|", " | ".join(map(str, row)), "|", flush=True)


def main() -> None:
    """Measure, print, draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--memory", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    logging.getLogger("pytorch_lightning.utilities.rank_zero").setLevel(logging.ERROR)
    torch.set_num_threads(2)
    if options.memory:
        engine(options.memory, rounds=1)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6)
        return
    rounds, epochs = (1, 5) if options.quick else (5, 21)

    one = plain(PlainOneFilter(FEATURES, TAPS, seed=1, l1=0.01, delay=DELAY), epochs=epochs)
    recurrent = plain(Recurrent(), epochs=1 if options.quick else 3)
    counts = (1, 10, 30, 60)
    ours = {models: engine(models, rounds=rounds) for models in counts}
    rate = machine()
    print(f"\nmachine: {rate:.0f} GFLOP/s in a product of 2048 x 2048 matrices, {torch.get_num_threads()} threads")
    rows: list[list[object]] = [
        ["nn.Conv1d, one per run", 1, f"{one:.1f}", f"{one:.2f}", f"{1e3 / one:.1f}", "1", ""],
        ["LSTM 64 + 32, one per run", 1, f"{recurrent:.0f}", f"{recurrent:.0f}", f"{1e3 / recurrent:.2f}", "", ""],
    ]
    for models, value in ours.items():
        rows.append(
            [
                "onefilter", models, f"{value:.1f}", f"{value / models:.2f}", f"{1e3 * models / value:.0f}",
                f"{one * models / value:.0f}", f"{gflop(models) / value * 1e3:.0f}",
            ]
        )  # fmt: skip
    table(
        ["engine", "models", "ms per epoch", "ms per model and epoch", "model epochs/s", "times plain", "GFLOP/s"], rows
    )
    scaling = {factor: engine(10, rounds=rounds, recordings=factor) for factor in (1, 2, 4, 8)}
    table(
        ["recordings (10 models)", "ms per epoch", "per recording, relative"],
        [[f"x {f}", f"{v:.1f}", f"{v / f / scaling[1]:.2f}"] for f, v in scaling.items()],
    )
    table(
        ["taps (10 models)", "ms per epoch"],
        [[k, f"{engine(10, rounds=rounds, taps=k):.1f}"] for k in (20, 40, 80, 160)],
    )
    table(
        ["features (10 models)", "ms per epoch"],
        [[f, f"{engine(10, rounds=rounds, features=f):.1f}"] for f in (7, 19, 37)],
    )
    table(["models", "peak memory (GB)"], [[models, f"{peak_memory(models):.2f}"] for models in (10, 30)])
    if not options.quick:
        _draw(one, recurrent, ours, scaling)


def _draw(one: float, recurrent: float, ours: dict[int, float], scaling: dict[int, float]) -> None:
    figure = new_figure(2.9, corpus="", title="Training many seeds at once")
    left, right = figure.subplots(1, 2)
    left.loglog(list(ours), [value / models for models, value in ours.items()], "o-", color=CULTURES[0])
    for value, name in ((one, "nn.Conv1d, one per run"), (recurrent, "LSTM 64 + 32, one per run")):
        left.axhline(value, color=INK, linewidth=0.8, linestyle="--")
        left.annotate(name, (1, value), xytext=(0, 3), textcoords="offset points", fontsize=7, color=INK)
    left.set_xticks(list(ours), [str(models) for models in ours])
    left.minorticks_off()
    left.set_ylim(top=3 * recurrent)
    left.set_xlabel("models trained at once")
    left.set_ylabel("ms per model and epoch")
    right.plot([TRAIN * factor for factor in scaling], list(scaling.values()), "o-", color=CULTURES[0])
    right.set_xlim(0)
    right.set_ylim(0)
    right.set_xlabel("training recordings (10 models)")
    right.set_ylabel("ms per epoch")
    save(figure, Path(__file__).parents[1] / "docs/images/engine.png", dpi=150)


if __name__ == "__main__":
    main()
