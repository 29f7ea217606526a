"""Fit all seeds of one target in one Lightning run."""

import logging
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, Final, Literal, Self

import numpy as np
import numpy.typing as npt
import pytorch_lightning as pl
import torch
from lightning_fabric.plugins.environments.lightning import LightningEnvironment
from torch import Tensor

from onefilter.errors import InputError
from onefilter.model.card import past
from onefilter.settings import FILE, Network, Training
from onefilter.tables import Columns, Pairs, rated
from onefilter.training.learning import Data, Held, Learning, Sequences, State, shelved
from onefilter.training.network import OneFilterNetworks, Weights
from onefilter.training.shelf import Shelf
from onefilter.training.spectral import block_length, cut

Floats = npt.NDArray[np.float64]

ROUND: Final = 50
"""Epochs per Lightning epoch: Lightning's loop costs more than one of ours."""


LARGEST: Final = 32 << 20
"""Bytes of spectra that are held in memory: those of about fifty recordings of SEWA's length. More of them lie in a
temporary file, and are gone through part by part in every epoch; results then differ by rounding."""

CURVE_COLUMNS: Final[Columns] = {
    "target": str, "epoch": int, "seed": int, "train": float, "devel": float, "chosen": bool,
}  # fmt: skip
"""Learning curves: CCC after so many updates; ``chosen`` marks the epoch that was kept."""


@dataclass(frozen=True)
class Summary:
    """What the preparation of a part must know of all recordings.

    Attributes:
        count: Their number.
        longest: The largest number of steps of one.
        labels: The number of all labels that are rated.
        mean: Of all these labels.
        variance: Of all these labels, the population's.
    """

    count: int
    longest: int
    labels: int
    mean: float
    variance: float

    @classmethod
    def of(cls, recordings: Pairs) -> Self:
        """Go through recordings once."""
        count, longest, together = 0, 0, (0, 0.0, 0.0)
        for _, labels in recordings:
            count, longest = count + 1, max(longest, len(labels))
            together = _joined(together, rated(labels))
        number, mean, squares = together
        return cls(count, longest, number, mean, squares / number)


def _joined(known: tuple[int, float, float], labels: Floats) -> tuple[int, float, float]:
    """Add labels to the number, mean and sum of squared deviations of others.

    Chan et al., "Algorithms for computing the sample variance", The American Statistician 37(3), 1983.
    """
    if not len(labels):
        return known
    number, mean, squares = known
    whole, away = number + len(labels), float(labels.mean()) - mean
    squares += float(labels.var()) * len(labels) + away**2 * number * len(labels) / whole
    return whole, mean + away * len(labels) / whole, squares


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
    """Prepare the recordings, part by part if there are many: then their spectra lie in a file."""
    taps, left, features = network.taps, past(network.taps, network.ahead), networks.convolution.weight.shape[1]
    shelves: list[Shelf] = []

    def divided(recordings: Pairs, prepare: Callable[..., Data]) -> list[Data]:
        summary = Summary.of(recordings)
        size = part_size(summary, taps=taps, features=features)
        if size >= summary.count or training.loss == "pooled":
            return [prepare(list(recordings), summary=summary)]
        parts: list[Data] = []
        for part in parts_of(recordings, size):
            data = prepare(part, summary=summary)
            part.clear()  # Memory is for one part at a time, not for the one before it, too.
            if not parts:
                own = [data.blocks.spectra.nbytes, data.blocks.transposed.nbytes, data.labels.nbytes, data.mask.nbytes]
                own.append(data.inputs.nbytes if training.dropout else 0)
                shelves.append(Shelf(*own * -(-summary.count // size)))
            parts.append(shelved(data, shelves[-1], inputs=bool(training.dropout)))
            shelves[-1].let_go()
            del data
        return parts

    def let_go() -> None:
        for shelf in shelves:
            shelf.let_go()

    return Learning(
        networks,
        divided(train, partial(sequences, taps=taps, delay=delay, fill=training.fill, tail=training.tail, left=left)),
        divided(devel, partial(held, taps=taps, delay=delay, left=left)),
        settings=training,
        let_go=let_go,
    )


def part_size(summary: Summary, *, taps: int, features: int) -> int:
    """Say how many recordings are gone through at a time, so that their spectra take `LARGEST` bytes at most."""
    length = block_length(summary.longest, taps)
    blocks = -(-summary.longest // (length - taps + 1))
    # Real and imaginary parts in single precision, once as they are and once transposed.
    largest = max(1, LARGEST // (2 * (length // 2 + 1) * blocks * 2 * features * 4))
    return -(-summary.count // -(-summary.count // largest))


def parts_of(recordings: Pairs, size: int) -> Iterator[list[tuple[Floats, Floats]]]:
    """Go through recordings so many at a time."""
    rest = iter(recordings)
    while part := list(islice(rest, size)):
        yield part


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


def sequences(
    recordings: Sequence[tuple[Floats, Floats]],
    *,
    taps: int,
    delay: int,
    fill: Literal["repeat", "mask"],
    tail: Literal["zeros", "drop"],
    left: int | None = None,
    in_blocks: bool = True,
    summary: Summary | None = None,
) -> Sequences:
    """Shift labels to the front by the delay and bring all recordings to the longest one's length.

    Steps whose label nobody rated do not count: the mask is 0 there.

    Not `in_blocks`, recordings stay whole: labels and mask are [N, T]. `left` as in `fit`. If they are a part of more
    recordings, the `summary` is that of all.
    """
    longest = (summary or Summary.of(recordings)).longest
    inputs = np.zeros((len(recordings), longest, recordings[0][0].shape[1]), dtype=np.float32)
    targets: list[Floats] = []
    masks: list[Floats] = []
    for place, (features, labels) in enumerate(recordings):
        length = len(labels)
        shifted = np.concatenate([labels[delay:], np.zeros(min(delay, length))])
        counts = np.ones(length)
        if tail == "drop":
            counts[max(length - delay, 0) :] = 0.0
        shifted, counts = _masked(shifted, counts)
        if fill == "repeat":
            index = np.arange(longest) % length
            inputs[place] = features[index]
            targets.append(shifted[index])
            masks.append(counts[index])
        else:
            inputs[place, :length] = features
            targets.append(np.pad(shifted, (0, longest - length)))
            masks.append(np.pad(counts, (0, longest - length)))
    stacked, left = torch.from_numpy(inputs), past(taps) if left is None else left
    blocks = cut(stacked, taps, left=left, length=None if in_blocks else longest + taps - 1)
    return Sequences(
        blocks=blocks,
        labels=blocks.arrange(_tensor(np.stack(targets, axis=1))),
        mask=blocks.arrange(_tensor(np.stack(masks, axis=1))),
        inputs=stacked,
        left=left,
    )


def _masked(labels: Floats, counts: Floats) -> tuple[Floats, Floats]:
    """Let labels [T] that are NaN be 0 and not count."""
    missing = np.isnan(labels)
    return np.where(missing, 0.0, labels), np.where(missing, 0.0, counts)


def held(
    recordings: Sequence[tuple[Floats, Floats]],
    *,
    taps: int,
    delay: int,
    left: int | None = None,
    in_blocks: bool = True,
    summary: Summary | None = None,
) -> Held:
    """Prepare development recordings for scoring at the annotators' time; other arguments as in `sequences`."""
    summary = summary or Summary.of(recordings)
    longest = summary.longest
    features = np.zeros((len(recordings), longest, recordings[0][0].shape[1]), dtype=np.float32)
    targets = np.zeros((longest, len(recordings)))
    mask = np.zeros_like(targets)
    for index, (seen, labels) in enumerate(recordings):
        features[index, : len(seen[:longest])] = seen[:longest]
        usable = max(len(labels) - delay, 0)
        targets[:usable, index], mask[:usable, index] = _masked(labels[delay:], np.ones(usable))
    inputs = torch.from_numpy(features)
    left = past(taps) if left is None else left
    blocks = cut(inputs, taps, left=left, length=None if in_blocks else longest + taps - 1)
    return Held(
        blocks=blocks,
        labels=blocks.arrange(_tensor(targets)),
        mask=blocks.arrange(_tensor(mask)),
        count=summary.labels,
        mean=summary.mean,
        variance=summary.variance,
        inputs=inputs,
    )


def _tensor(values: Floats) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))
