"""How the networks learn: one minus the concordance correlation coefficient (CCC), RMSprop, full batch.

The loss of one model is the mean over sequences s of

    1 - CCC_s,     CCC_s = 2 cov(p, y) / (var p + var y + (mean p - mean y)^2 + 1e-7)       (population moments)

(or 1 - CCC of all sequences pooled) plus l1 times the sum of the kernel's absolute values. The M models' losses are
*summed*, so that each model's gradient, and with it RMSprop's state, is what it would be alone. A step is an epoch,
because a batch is everything.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

import pytorch_lightning as pl
import torch
from torch import Tensor, nn

from onefilter.settings import Training
from onefilter.training.network import OneFilterNetworks, Weights
from onefilter.training.shelf import Shelf
from onefilter.training.spectral import Blocks, cut, laid

State = Mapping[str, Tensor]
"""Named tensors from which an interrupted training goes on."""

_TINY: Final = float(torch.finfo(torch.float32).tiny)
EPSILON: Final = 1e-7


@dataclass(frozen=True)
class Sequences:
    """Training recordings, filled up to one length and cut into blocks.

    Attributes:
        blocks: Their features, transformed.
        labels: [I, S], shifted to the front by the annotation delay.
        mask: [I, S], 1 where the loss looks, 0 elsewhere.
        inputs: The features themselves [N, T, F]; dropout needs them.
        left: Steps of the past that the filters see.
    """

    blocks: Blocks
    labels: Tensor
    mask: Tensor
    inputs: Tensor
    left: int

    def dropped(self, share: float, *, generator: torch.Generator) -> Blocks:
        """Cut the features again with a share of their values dropped (`dropped`)."""
        inputs = dropped(self.inputs, share, generator=generator)
        return cut(inputs, self.blocks.taps, left=self.left, length=self.blocks.length)


@dataclass(frozen=True)
class Held:
    """Development recordings, scored as evaluation scores them: all concatenated, at the annotators' time.

    Attributes:
        blocks: Their features, transformed.
        labels: [I, S]; the label that belongs to the prediction of a step, i.e. the one a delay later.
        mask: [I, S], 1 where such a label exists.
        count: Number of labels in all recordings, those in front of the first prediction included.
        mean: Mean of all these labels.
        variance: Their population variance.
        inputs: The features themselves [N, T, F].
    """

    blocks: Blocks
    labels: Tensor
    mask: Tensor
    count: int
    mean: float
    variance: float
    inputs: Tensor


Data = TypeVar("Data", Sequences, Held)


def brought(data: Data, device: torch.device) -> Data:
    """Bring the tensors of some recordings to a device."""
    values: Any = {name: value.to(device) for name, value in vars(data).items() if isinstance(value, Tensor | Blocks)}
    return replace(data, **values)


def shelved(data: Data, shelf: Shelf, *, inputs: bool) -> Data:
    """Put the spectra of some recordings on a shelf, their labels, and the features too if they are needed."""
    seen = laid(data.inputs, shelf) if inputs else data.inputs.new_empty(0)
    labels, mask = laid(data.labels, shelf), laid(data.mask, shelf)
    return replace(data, blocks=data.blocks.on(shelf), labels=labels, mask=mask, inputs=seen)


class _ConcordanceLoss(torch.autograd.Function):
    """1 - CCC per sequence and model, [N, M], of predictions [I, M, S] with labels and mask [I, S].

    The gradient in closed form, with D the denominator and n the number of steps that count:

        dCCC/dp_t = 2 / (n D) ((y_t - mean y) - CCC (p_t - mean y)).
    """

    @staticmethod
    def forward(ctx: Any, predictions: Tensor, labels: Tensor, mask: Tensor, recordings: int) -> Tensor:
        def per_sequence(values: Tensor) -> Tensor:
            """Add up the blocks of each recording: [I, ...] -> [N, ...]."""
            summed: Tensor = values.unflatten(0, (-1, recordings)).sum(0)
            return summed

        def per_block(values: Tensor) -> Tensor:
            """Hand each recording's value to its blocks: [N, ...] -> [I, ...]."""
            return values.repeat(len(labels) // recordings, *[1] * (values.ndim - 1))

        count = per_sequence(mask.sum(1))
        label_mean = per_sequence((labels * mask).sum(1)) / count
        centred = (labels - per_block(label_mean)[:, None]) * mask
        label_variance = per_sequence(centred.square().sum(1)) / count
        rows = torch.stack([mask, centred], dim=2)  # [I, S, 2]
        mean, covariance = (per_sequence(torch.bmm(predictions, rows)) / count[:, None, None]).unbind(2)
        deviation = (predictions - per_block(mean)[:, :, None]).mul_(mask[:, None, :])
        variance = per_sequence(torch.linalg.vector_norm(deviation, dim=2).square()) / count[:, None]
        distance = (mean - label_mean[:, None]).square()
        denominator = variance + label_variance[:, None] + distance + EPSILON
        concordance = 2 * covariance / denominator
        # -dCCC/dp_t = slope (p_t - mean p) + shift - scale (y_t - mean y), wherever the mask is 1
        scale = 2 / (count[:, None] * denominator)
        slope = scale * concordance
        shift = slope * (mean - label_mean[:, None])
        factors = torch.stack([shift, -scale], dim=2)
        ctx.save_for_backward(deviation, rows, per_block(slope), per_block(factors))
        ctx.recordings = recordings
        losses: Tensor = 1 - concordance
        return losses

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None, None]:
        (grad,) = grads
        deviation, rows, slope, factors = ctx.saved_tensors
        weight = grad.repeat(len(deviation) // ctx.recordings, 1)[:, :, None]  # [I, M, 1]
        result = torch.baddbmm(deviation * (slope[:, :, None] * weight), factors * weight, rows.transpose(1, 2))
        return result, None, None, None


def concordance_loss(predictions: Tensor, labels: Tensor, mask: Tensor, *, recordings: int) -> Tensor:
    """1 - CCC of every sequence and model.

    Args:
        predictions: [I, M, S], the blocks of all recordings, recording by recording within a block's place.
        labels: [I, S].
        mask: [I, S].
        recordings: N; I is a multiple of it. One "recording" is everything pooled.

    Returns:
        [N, M].
    """
    loss: Tensor = _ConcordanceLoss.apply(predictions, labels, mask, recordings)  # type: ignore[no-untyped-call]
    return loss


def held_sums(predictions: Tensor, held: Held) -> Tensor:
    """Sum up what `held_concordance` is made of, [M, 5], from predictions [I, M, S].

    A prediction counts `delay` steps later, zeros are put in front (design section 1), so the sums over the shifted
    predictions are sums over the unshifted ones against labels moved to the front. Predictions are taken relative to
    the labels' mean: in single precision, a large mean would hide a small deviation.
    """
    exact = (held.labels.double() - held.mean) * held.mask
    centred = exact.to(held.labels.dtype)
    away = (predictions - held.mean).mul_(held.mask[:, None, :])
    products = torch.bmm(away, torch.stack([held.mask, centred], dim=2)).sum(0)
    squares = torch.linalg.vector_norm(away, dim=2).square().sum(0)
    own = torch.stack([held.mask.sum(), exact.sum().to(centred.dtype)]).expand(len(squares), 2)
    return torch.column_stack([products, squares, own])


def held_concordance(sums: Tensor, held: Held) -> Tensor:
    """CCC of all development recordings concatenated, [M], from the sums over all of them."""
    away, product, squares, share, labels = (sums / held.count).unbind(1)
    # The zeros in front are as far from the labels' mean as that is from zero.
    away = away - (1 - share) * held.mean
    covariance = product + held.mean * labels
    variance = squares + (1 - share) * held.mean**2 - away.square()
    scores: Tensor = 2 * covariance / (variance + held.variance + away.square()).clamp_min(_TINY)
    return scores


class Learning(pl.LightningModule):
    """Trains M networks; remembers every epoch's scores and each model's best epoch on development.

    ``curves`` [epochs + 1, 2, M] holds training and development CCC of the weights after e updates; training CCC is
    the mean over recordings, or that of all recordings pooled, as the loss is. The best epoch is the first with the
    highest development CCC among epochs 1, 2, ...
    """

    epoch: Tensor
    curves: Tensor
    best_epoch: Tensor
    best_score: Tensor
    best_weight: Tensor
    best_bias: Tensor
    best_head_weight: Tensor
    best_head_bias: Tensor

    def __init__(
        self,
        networks: OneFilterNetworks,
        train: list[Sequences],
        devel: list[Held],
        *,
        settings: Training,
        let_go: Callable[[], None] = lambda: None,
    ) -> None:
        """Bind networks to data.

        Args:
            networks: To train.
            train: Recordings in one or several parts; memory holds the outputs of one at a time.
            devel: The same for development.
            settings: How to train.
            let_go: Called when a part has been gone through.
        """
        super().__init__()
        self.networks = networks
        self.train_data = train
        self.devel_data = devel
        self.let_go = let_go
        self.epochs = settings.epochs
        self.recordings = sum(part.blocks.recordings for part in train)
        self.pooled = settings.loss == "pooled"
        self.dropout = settings.dropout
        self.l1 = settings.l1
        self.optimiser = make_optimiser(networks, settings)
        weights = networks.weights()
        models = len(weights.bias)
        self.register_buffer("epoch", torch.zeros((), dtype=torch.long))
        self.register_buffer("curves", torch.full((settings.epochs + 1, 2, models), torch.nan))
        self.register_buffer("best_epoch", torch.zeros(models, dtype=torch.long))
        self.register_buffer("best_score", torch.full((models,), -torch.inf))
        self.register_buffer("best_weight", weights.weight)
        self.register_buffer("best_bias", weights.bias)
        self.register_buffer("best_head_weight", weights.head_weight)
        self.register_buffer("best_head_bias", weights.head_bias)

    def on_train_start(self) -> None:
        """Bring the data to where Lightning has brought the networks."""
        self.train_data = [brought(part, self.device) for part in self.train_data]
        self.devel_data = [brought(part, self.device) for part in self.devel_data]

    def optimizer_zero_grad(self, epoch: int, batch_idx: int, optimizer: torch.optim.Optimizer) -> None:
        """Leave the gradients: those of all parts but the last are there before Lightning asks for the last one's."""

    def training_step(self, batch: Any, batch_index: int) -> Tensor:
        """One epoch: score the weights as they are, then give the loss that moves them."""
        self.optimiser.zero_grad()
        return self._score_and_loss()

    def on_train_batch_end(self, outputs: Any, batch: Any, batch_index: int) -> None:
        """Count the update."""
        self.let_go()
        self.epoch += 1

    def on_train_end(self) -> None:
        """Score the weights that the last update left."""
        with torch.no_grad():
            self._score_and_loss()

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Give the optimiser, which may come from an interrupted run."""
        return self.optimiser

    def best(self) -> Weights:
        """Each model's weights at its best development epoch."""
        return Weights(self.best_weight, self.best_bias, self.best_head_weight, self.best_head_bias)

    def state(self) -> State:
        """Everything that goes on changing: weights, best weights, curves, epoch, the optimiser's memory."""
        moments = {
            f"optimiser.{index}.{name}": torch.as_tensor(value)
            for index, entry in self.optimiser.state_dict()["state"].items()
            for name, value in entry.items()
        }
        return {name: tensor.detach().clone() for name, tensor in {**self.state_dict(), **moments}.items()}

    def resume(self, state: State) -> None:
        """Go on from a state of the same networks and settings."""
        moments: dict[int, dict[str, Tensor]] = {}
        weights = {}
        for name, tensor in state.items():
            if name.startswith("optimiser."):
                _, index, key = name.split(".")
                moments.setdefault(int(index), {})[key] = tensor.clone()
            else:
                weights[name] = tensor
        self.load_state_dict(weights)
        self.optimiser.load_state_dict({**self.optimiser.state_dict(), "state": moments})

    def diverged(self) -> tuple[int, int] | None:
        """Find the first epoch, and its first model, whose training score is not finite; None if there is none."""
        wrong = ~torch.isfinite(self.curves[: int(self.epoch), 0])
        if not wrong.any():
            return None
        epoch, model = (int(index) for index in torch.nonzero(wrong)[0])
        return epoch, model

    def _score_and_loss(self) -> Tensor:
        epoch = int(self.epoch)
        with torch.no_grad():
            score = held_concordance(sum(map(self._held_sums, self.devel_data), torch.zeros(())), self.devel_data[0])
        generator = torch.Generator().manual_seed(epoch)
        *others, last = self.train_data
        whole = torch.zeros((), device=self.device)
        for part in others:
            losses = self._losses(part, generator)
            if losses.requires_grad:
                losses.sum().backward()
            whole = whole + losses.detach()
            self.let_go()
        losses = self._losses(last, generator)
        with torch.no_grad():
            self.curves[epoch, 0] = 1 - (whole + losses)
            self.curves[epoch, 1] = score
            if epoch > 0:
                self._keep_best(epoch, score)
        penalty = self.l1 * self.networks.convolution.weight.abs().sum()
        return losses.sum() + penalty

    def _losses(self, part: Sequences, generator: torch.Generator) -> Tensor:
        """Each model's loss on a part of the recordings, [M], as its share in the mean over all of them."""
        drop = self.dropout and torch.is_grad_enabled()
        blocks = part.dropped(self.dropout, generator=generator) if drop else part.blocks
        recordings = part.blocks.recordings
        told_apart = 1 if self.pooled else recordings
        losses = concordance_loss(self.networks(blocks), part.labels, part.mask, recordings=told_apart)  # [N, M]
        return losses.mean(0) * (recordings / self.recordings)

    def _held_sums(self, part: Held) -> Tensor:
        """Sum up the predictions of a part of the development recordings."""
        sums = held_sums(self.networks(part.blocks), part)
        self.let_go()
        return sums

    def _keep_best(self, epoch: int, score: Tensor) -> None:
        better = score > self.best_score
        if not better.any():
            return
        now = self.networks.weights()
        self.best_score.copy_(torch.where(better, score, self.best_score))
        self.best_epoch[better] = epoch
        self.best_weight.copy_(torch.where(better, now.weight, self.best_weight))
        self.best_bias.copy_(torch.where(better, now.bias, self.best_bias))
        self.best_head_weight.copy_(torch.where(better, now.head_weight, self.best_head_weight))
        self.best_head_bias.copy_(torch.where(better, now.head_bias, self.best_head_bias))


def pools(settings: Training, recordings: int) -> int:
    """Give the number of sequences that the loss tells apart: all recordings, or one if it pools them."""
    return 1 if settings.loss == "pooled" else recordings


def make_optimiser(networks: nn.Module, settings: Training) -> torch.optim.Optimizer:
    """Make the optimiser; RMSprop's epsilon is added outside the root, as in Keras 2."""
    weights = [weight for weight in networks.parameters() if weight.requires_grad]
    if settings.optimiser == "rmsprop":
        return torch.optim.RMSprop(weights, lr=settings.learning_rate, alpha=settings.rho, eps=settings.epsilon)
    if settings.optimiser == "adam":
        return torch.optim.Adam(weights, lr=settings.learning_rate, eps=settings.epsilon)
    return torch.optim.SGD(weights, lr=settings.learning_rate)


def dropped(inputs: Tensor, share: float, *, generator: torch.Generator) -> Tensor:
    """Set a share of the features [N, T, F] to 0 and scale the others up.

    All models see the same values dropped, another draw in every epoch, so a model does not depend on how many are
    trained beside it, nor on the device, nor on the parts that recordings are divided into.
    """
    kept = torch.rand(inputs.shape, generator=generator) >= share
    return inputs * kept.to(inputs.device) / (1 - share)
