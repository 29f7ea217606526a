"""What onefilter's engine is measured and tested against: one network per run, written as anyone would write it."""

import warnings
from collections.abc import Sequence
from typing import Any

import pytorch_lightning as pl
import torch
from lightning_fabric.plugins.environments.lightning import LightningEnvironment
from torch import Tensor, nn
from torch.utils.data import DataLoader

from onefilter.training.network import OneFilterNetworks

EPSILON = 1e-7


def concordance(predictions: Tensor, labels: Tensor) -> Tensor:
    """CCC of each row of predictions and labels [N, T], population moments."""
    p, y = predictions - predictions.mean(1, keepdim=True), labels - labels.mean(1, keepdim=True)
    distance = (predictions.mean(1) - labels.mean(1)) ** 2
    ccc: Tensor = 2 * (p * y).mean(1) / ((p * p).mean(1) + (y * y).mean(1) + distance + EPSILON)
    return ccc


class PlainOneFilter(pl.LightningModule):
    """One filter (`nn.Conv1d`) and one unit behind it, full batch, RMSprop; remembers its best development score."""

    def __init__(self, features: int, taps: int, *, seed: int, l1: float, delay: int) -> None:
        """Begin with the weights that onefilter draws for this seed."""
        super().__init__()
        self.taps, self.l1, self.delay = taps, l1, delay
        self.convolution = nn.Conv1d(features, 1, taps)
        self.head = nn.Linear(1, 1)
        start = OneFilterNetworks(taps=taps, features=features, seeds=[seed]).weights()
        with torch.no_grad():
            self.convolution.weight.copy_(start.weight[:, :, 0].T[None])
            self.convolution.bias.zero_()  # type: ignore[union-attr]
            self.head.weight.copy_(start.head_weight[:, None])
            self.head.bias.zero_()
        self.scores: list[float] = []
        self.best: dict[str, Tensor] = {}

    def forward(self, inputs: Tensor) -> Tensor:
        """Predict [N, T] from features [N, F, T]."""
        left = (self.taps - 1) // 2
        filtered = self.convolution(nn.functional.pad(inputs, (left, self.taps - 1 - left)))
        outputs: Tensor = self.head(filtered.transpose(1, 2))[:, :, 0]
        return outputs

    def training_step(self, batch: tuple[Tensor, Tensor], batch_index: int) -> Tensor:
        """Mean of 1 - CCC over recordings, plus L1."""
        inputs, labels = batch
        return (1 - concordance(self(inputs), labels)).mean() + self.l1 * self.convolution.weight.abs().sum()

    def validation_step(self, batch: tuple[Tensor, Tensor], batch_index: int) -> None:
        """Score all development recordings concatenated, predictions moved to the annotators' time."""
        inputs, labels = batch
        predictions = nn.functional.pad(self(inputs), (self.delay, 0))[:, : labels.shape[1]]
        score = float(concordance(predictions.reshape(1, -1), labels.reshape(1, -1)))
        if not self.scores or score > max(self.scores):
            self.best = {name: tensor.clone() for name, tensor in self.state_dict().items()}
        self.scores.append(score)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """RMSprop as published."""
        return torch.optim.RMSprop(self.parameters(), lr=1e-3, alpha=0.9, eps=1e-7)


def fit_plain(
    model: pl.LightningModule, train: Any, devel: Any, *, epochs: int, callbacks: Sequence[pl.Callback] = ()
) -> None:
    """Train full batch with Lightning's own loops."""
    trainer = pl.Trainer(
        accelerator="cpu",
        max_epochs=epochs,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        callbacks=list(callbacks),
        plugins=[LightningEnvironment()],
    )
    loaders: list[Any] = [DataLoader([batch], batch_size=None) for batch in (train, devel)]  # type: ignore[arg-type]
    with warnings.catch_warnings():
        # Wherever there is an `srun`, Lightning would rather be started by it.
        warnings.filterwarnings("ignore", message=".*`srun` command")
        trainer.fit(model, train_dataloaders=loaders[0], val_dataloaders=loaders[1])
