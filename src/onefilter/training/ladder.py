"""The depth ladder: is the shallowest network enough?

Four networks by name, from deep to shallow (design section 4); every layer is a convolution over time with Keras'
``same`` padding, and one unit reads the last one at every step:

    A   200 filters of 5 taps, 64 of 20, 32 of 30, 32 of 50, ReLU      406,001 weights at 37 features
    B   1 filter of 15 taps, 1 of 50, ReLU
    C   1 filter, linear: the one-filter network
    D   C without the unit behind it

C and D are trained by `onefilter.training.fit`; this module trains the deeper ones, all seeds at once: seeds are groups
of one grouped convolution, so that no weight of one seed meets another's. Loss, dropout, optimiser and choice of the
epoch are the same for all.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pytorch_lightning as pl
import torch
from torch import Tensor, nn

from onefilter.model.card import Layer
from onefilter.settings import Training
from onefilter.tables import Pairs
from onefilter.training.fit import Floats, train_module
from onefilter.training.learning import descend, held_score, make_optimiser
from onefilter.training.sequences import Held, Parts, Sequences, divided, dropped, held, sequences

Shape = tuple[int, int]
"""Number of filters and of taps."""

DEEP: Final[dict[str, tuple[Shape, ...]]] = {"A": ((200, 5), (64, 20), (32, 30), (32, 50)), "B": ((1, 15), (1, 50))}
SHALLOW: Final = ("C", "D")
NETWORKS: Final = (*DEEP, *SHALLOW)


def count_weights(network: str, *, features: int, taps: int) -> int:
    """Count the weights of a network of the ladder; `taps` is the filter's length in C and D."""
    if network in SHALLOW:
        return taps * features + 1 + (2 if network == "C" else 0)
    total, width = 0, features
    for filters, length in DEEP[network]:
        total += filters * (width * length + 1)
        width = filters
    return total + width + 1


class DeepNetworks(nn.Module):
    """M networks of several convolutions with ReLU and one unit behind them, side by side."""

    def __init__(self, layers: Sequence[Shape], *, features: int, seeds: Sequence[int]) -> None:
        """Draw each model's initial weights from its own seed: Glorot-uniform kernels, zero biases."""
        super().__init__()
        self.layers = tuple(layers)
        models = len(seeds)
        widths = [features, *(filters for filters, _ in layers)]
        shapes = [(filters, width, taps) for (filters, taps), width in zip(layers, widths[:-1], strict=True)]
        shapes.append((1, widths[-1], 1))
        self.kernels = nn.ParameterList(nn.Parameter(torch.zeros(models, *shape)) for shape in shapes)
        self.biases = nn.ParameterList(nn.Parameter(torch.zeros(models, shape[0])) for shape in shapes)
        with torch.no_grad():
            for model, seed in enumerate(seeds):
                generator = torch.Generator().manual_seed(seed)
                for kernel, (filters, width, taps) in zip(self.kernels, shapes, strict=True):
                    limit = (6 / (taps * (width + filters))) ** 0.5
                    kernel[model] = limit * (2 * torch.rand(filters, width, taps, generator=generator) - 1)

    def forward(self, inputs: Tensor) -> Tensor:
        """Predict [N, M, T] from features [N, F, T]."""
        models = len(self.biases[0])
        values = inputs
        last = len(self.kernels) - 1
        for index, (kernel, bias) in enumerate(zip(self.kernels, self.biases, strict=True)):
            taps = kernel.shape[-1]
            padded = nn.functional.pad(values, ((taps - 1) // 2, taps - 1 - (taps - 1) // 2))
            # The first layer sees the same features in all models, the others their own model's filters only.
            groups = 1 if index == 0 else models
            values = nn.functional.conv1d(padded, kernel.flatten(0, 1), bias.flatten(), groups=groups)
            if index < last:
                values = torch.relu(values)
        return values


class DeepLearning(pl.LightningModule):
    """Trains the deep networks and keeps each one's best development epoch."""

    best_score: Tensor
    best_epoch: Tensor

    def __init__(
        self,
        networks: DeepNetworks,
        train: Parts[Sequences],
        devel: Parts[Held],
        *,
        settings: Training,
        on_epoch: Callable[[int, float], None] | None,
    ) -> None:
        """Bind networks to data."""
        super().__init__()
        self.on_epoch = on_epoch
        self.epochs_done = 0
        self.networks = networks
        self.train_data, self.devel_data = train, devel
        self.pooled, self.dropout, self.l1 = settings.loss == "pooled", settings.dropout, settings.l1
        self.optimiser = make_optimiser(networks, settings)
        models = len(networks.biases[0])
        self.register_buffer("best_score", torch.full((models,), -torch.inf), persistent=False)
        self.register_buffer("best_epoch", torch.zeros(models, dtype=torch.int64), persistent=False)
        self.best = {name: value.detach().clone() for name, value in networks.named_parameters()}

    def on_train_start(self) -> None:
        """Bring the data to where Lightning has brought the networks."""
        self.train_data, self.devel_data = self.train_data.on(self.device), self.devel_data.on(self.device)
        self.best = {name: value.to(self.device) for name, value in self.best.items()}

    def training_step(self, batch: Any, batch_index: int) -> Tensor:
        """One epoch on all recordings."""
        self.optimiser.zero_grad()
        losses = descend(self._outputs, self.train_data, pooled=self.pooled)[1].sum()
        if not self.l1:
            return losses
        size: Tensor = torch.stack([kernel.abs().sum() for kernel in self.networks.kernels]).sum()
        return losses + self.l1 * size

    def optimizer_zero_grad(self, epoch: int, batch_idx: int, optimizer: torch.optim.Optimizer) -> None:
        """Leave the gradients: those of all parts but the last are there before Lightning asks for the last one's."""

    def _outputs(self) -> Iterator[tuple[Sequences, Tensor]]:
        """Go through the training recordings part by part."""
        generator = torch.Generator().manual_seed(self.epochs_done)
        for part in self.train_data:
            seen = dropped(part.inputs, self.dropout, generator=generator) if self.dropout else part.inputs
            yield part, self._predict(seen)

    def _predict(self, inputs: Tensor) -> Tensor:
        """Predict [N, M, T] from features [N, T, F]."""
        outputs: Tensor = self.networks(inputs.transpose(1, 2).contiguous())
        return outputs

    def on_train_batch_end(self, outputs: Any, batch: Any, batch_index: int) -> None:
        """Score the updated weights on development; keep those that are better than before."""
        with torch.no_grad():
            score = held_score(lambda part: self._predict(part.inputs), self.devel_data)
        better = score > self.best_score
        self.best_score = torch.where(better, score, self.best_score)
        for name, value in self.networks.named_parameters():
            chosen = better.reshape(-1, *[1] * (value.ndim - 1))
            self.best[name] = torch.where(chosen, value.detach(), self.best[name])
        self.epochs_done += 1
        self.best_epoch = torch.where(better, self.epochs_done, self.best_epoch)
        if self.on_epoch is not None:
            self.on_epoch(self.epochs_done, float(self.best_score.max()))

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Give the optimiser, the one-filter network's."""
        return self.optimiser


@dataclass(frozen=True)
class DeepFit:
    """What training deep networks leaves.

    Attributes:
        best_score: Development CCC of each model at its best epoch.
        best_epoch: Which epoch that is [M].
        predict: From features [T, F] to predictions [T, M] at those epochs.
    """

    best_score: Floats
    best_epoch: npt.NDArray[np.int64]
    predict: Callable[[Floats], Floats]


def fit_deep(
    train: Pairs,
    devel: Pairs,
    *,
    layers: Sequence[Shape],
    delay: int,
    training: Training,
    on_epoch: Callable[[int, float], None] | None = None,
) -> DeepFit:
    """Train several convolutions, all seeds at once.

    Args:
        train: Recordings as pairs of features [T, F] and labels [T].
        devel: The same for development.
        layers: Filters and taps of each convolution.
        delay: Annotation delay in steps.
        training: How the networks learn; ``l1`` weighs the kernels of all layers.
        on_epoch: Hears of every epoch and the best development CCC so far.
    """
    features = next(iter(train))[0].shape[1]
    networks = DeepNetworks(layers, features=features, seeds=training.seeds)
    # The padding behind short recordings is not silent in hidden layers, so near their ends development is scored
    # approximately while the epoch is chosen; the scores that are reported come from each recording alone.
    learned = partial(sequences, taps=1, delay=delay, fill=training.fill, tail=training.tail, in_blocks=False)
    scored = partial(held, taps=1, delay=delay, in_blocks=False)
    each = partial(bytes_of_outputs, layers=layers, features=features, models=len(training.seeds))
    learning = DeepLearning(
        networks,
        divided(train, learned, each=each, inputs=True),
        divided(devel, scored, each=each, inputs=True),
        settings=training,
        on_epoch=on_epoch,
    )
    train_module(learning, range(training.epochs), training, epochs=1)
    networks.load_state_dict(learning.best)

    def predict(features: Floats) -> Floats:
        with torch.no_grad():
            outputs = networks(torch.from_numpy(features.T[None].copy()).float())
        return np.asarray(outputs[0].numpy().T, dtype=np.float64)

    return DeepFit(
        best_score=learning.best_score.numpy().astype(float), best_epoch=learning.best_epoch.numpy(), predict=predict
    )


def bytes_of_outputs(steps: int, *, layers: Sequence[Shape], features: int, models: int) -> int:
    """Say what all layers' outputs take of a recording of so many steps, in single precision."""
    return 4 * steps * (features + models * sum(filters for filters, _ in layers))


def layers_of(networks: DeepNetworks, model: int) -> list[Layer]:
    """Take one of the networks out of torch, layer by layer."""
    last = len(networks.kernels) - 1
    return [
        Layer(
            kernel[model].detach().numpy().transpose(2, 1, 0).astype(np.float64),
            bias[model].detach().numpy().astype(np.float64),
            relu=index < last,
        )
        for index, (kernel, bias) in enumerate(zip(networks.kernels, networks.biases, strict=True))
    ]
