"""Fit all seeds of one target in one Lightning run."""

import logging
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pytorch_lightning as pl
import torch
from lightning_fabric.plugins.environments.lightning import LightningEnvironment

from onefilter.errors import InputError
from onefilter.model.card import past
from onefilter.settings import FILE, Network, Training
from onefilter.tables import Columns, Pairs
from onefilter.training.learning import Learning, State
from onefilter.training.network import OneFilterNetworks, Weights
from onefilter.training.sequences import divided, held, sequences
from onefilter.training.spectral import block_length

Floats = npt.NDArray[np.float64]

ROUND: Final = 50
"""Epochs per Lightning epoch: Lightning's loop costs more than one of ours."""

CURVE_COLUMNS: Final[Columns] = {
    "target": str, "epoch": int, "seed": int, "train": float, "devel": float, "chosen": bool,
}  # fmt: skip
"""Learning curves: CCC after so many updates; ``chosen`` marks the epoch that was kept."""


@dataclass(frozen=True)
class Fit:
    """What training leaves.

    Attributes:
        best: Weights of every model at its best development epoch.
        last: Weights after the last epoch.
        best_epoch: That epoch, one per model.
        best_score: Its development CCC, all recordings concatenated.
        curves: [epochs + 1, 2, M], training and development CCC after e updates.
    """

    best: Weights
    last: Weights
    best_epoch: npt.NDArray[np.int64]
    best_score: Floats
    curves: Floats

    def folded(self) -> tuple[Floats, Floats]:
        """Fold the heads of the best models into their filters: filters [K, F, M] and offsets [M] of linear models."""
        best = self.best
        filters = (best.weight * best.head_weight).numpy().astype(float)
        return filters, (best.bias * best.head_weight + best.head_bias).numpy().astype(float)


def prepare(training: Training) -> None:
    """Make this process train in one thread, and Lightning say only what matters.

    Sums of floats depend on how many threads share them; so results are the same on every number of cores.

    Raises:
        InputError: If there is no accelerator of the kind that the settings ask for.
    """
    accelerator_of(training)
    torch.set_num_threads(1)
    for name in ("pytorch_lightning", "pytorch_lightning.utilities.rank_zero"):
        logging.getLogger(name).setLevel(logging.WARNING)


def accelerator_of(training: Training) -> str:
    """Say by Lightning's name where networks are trained: ``cpu`` or ``cuda``.

    Raises:
        InputError: If ``cuda`` is asked for, and is not there.
    """
    if training.accelerator == "cpu" or torch.cuda.is_available():
        return "cpu" if training.accelerator == "cpu" else "cuda"
    if training.accelerator == "cuda":
        why = "no GPU or no driver was found" if torch.version.cuda else "this PyTorch was built without CUDA"
        raise InputError(
            f"training.accelerator: cuda, but {why}", file=FILE, remedy="set training.accelerator to cpu or auto"
        )
    return "cpu"


def fit(
    train: Pairs,
    devel: Pairs,
    *,
    delay: int,
    network: Network,
    training: Training,
    subsets: Sequence[Sequence[int]] | None = None,
    resume: State | None = None,
    on_round: Callable[[Learning], None] | None = None,
) -> Fit:
    """Train one network per seed on the same recordings.

    Args:
        train: Pairs as pairs of features [T, F] and labels [T]; lengths may differ.
        devel: The same for development.
        delay: Annotation delay in steps.
        network: The network's settings; the features are those of the recordings.
        training: How it learns; a seed fixes its model's initial weights.
        subsets: Per model, the features that it may use (indices); None allows all.
        resume: State of an interrupted training with the same arguments.
        on_round: Called after every `ROUND` epochs, e.g. to report progress or to keep the state.

    Raises:
        FloatingPointError: If a model's loss stops being finite; ``args`` are its seed and the epoch.
    """
    networks = OneFilterNetworks(
        taps=network.taps,
        features=next(iter(train))[0].shape[1],
        seeds=training.seeds,
        activation=network.activation,
        head=network.head,
        subsets=subsets,
    )
    learning = _learning(networks, train, devel, delay=delay, network=network, training=training)
    if resume is not None:
        learning.resume(resume)
    remaining = training.epochs - int(learning.epoch)
    if remaining:
        callbacks = [_Rounds(training.seeds, on_round)]
        train_module(
            learning, range(ROUND), training, epochs=-(-remaining // ROUND), max_steps=remaining, callbacks=callbacks
        )
    else:
        # Interrupted between the last update and the end: only its score is missing.
        learning.on_train_end()
    return Fit(
        best=learning.best(),
        last=networks.weights(),
        best_epoch=learning.best_epoch.numpy().copy(),
        best_score=learning.best_score.numpy().astype(float),
        curves=learning.curves.numpy().astype(float),
    )


def _learning(
    networks: OneFilterNetworks, train: Pairs, devel: Pairs, *, delay: int, network: Network, training: Training
) -> Learning:
    """Prepare the recordings, part by part if there are many."""
    taps, left, features = network.taps, past(network.taps, network.ahead), networks.convolution.weight.shape[1]
    learned = partial(sequences, taps=taps, delay=delay, fill=training.fill, tail=training.tail, left=left)
    each = partial(bytes_of_spectra, taps=taps, features=features)
    return Learning(
        networks,
        divided(train, learned, each=each, inputs=bool(training.dropout)),
        divided(devel, partial(held, taps=taps, delay=delay, left=left), each=each, inputs=False),
        settings=training,
    )


def bytes_of_spectra(steps: int, *, taps: int, features: int) -> int:
    """Say what the spectra of a recording of so many steps take, real and imaginary parts in single precision."""
    length = block_length(steps, taps)
    blocks = -(-steps // (length - taps + 1))
    # Once as they are and once transposed.
    return 2 * (length // 2 + 1) * blocks * 2 * features * 4


def train_module(
    module: pl.LightningModule, batches: Iterable[Any], training: Training, *, epochs: int, **settings: Any
) -> None:
    """Let Lightning train; it writes nothing, and takes a cluster's allocation for the one machine that it is.

    Args:
        module: What to train; afterwards it is on the CPU again.
        batches: What it gets in an epoch.
        training: Says where it is trained.
        epochs: Lightning's epochs.
        settings: More of Lightning's settings.

    Raises:
        InputError: If the accelerator is not there, or has too little memory.
    """
    trainer = pl.Trainer(
        accelerator=accelerator_of(training),
        devices=1,
        max_epochs=epochs,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        plugins=[LightningEnvironment()],
        **settings,
    )
    with warnings.catch_warnings():
        # Wherever there is an `srun`, Lightning would rather be started by it.
        warnings.filterwarnings("ignore", message=".*`srun` command")
        try:
            trainer.fit(module, train_dataloaders=batches)
        except torch.OutOfMemoryError as error:
            raise InputError(
                "the recordings do not fit into the GPU's memory", file=FILE, remedy="set training.accelerator: cpu"
            ) from error


class _Rounds(pl.Callback):
    """After every round: stop if a loss is not finite, then tell who wants to know."""

    def __init__(self, seeds: Sequence[int], on_round: Callable[[Learning], None] | None) -> None:
        self.seeds = seeds
        self.on_round = on_round

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """End a round."""
        assert isinstance(pl_module, Learning)
        diverged = pl_module.diverged()
        if diverged is not None:
            epoch, model = diverged
            raise FloatingPointError(self.seeds[model], epoch)
        if self.on_round is not None:
            self.on_round(pl_module)
