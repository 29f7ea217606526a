"""How the networks learn: one minus the concordance correlation coefficient (CCC), RMSprop, full batch.

The loss of one model is the mean over sequences s of

    1 - CCC_s,     CCC_s = 2 cov(p, y) / (var p + var y + (mean p - mean y)^2 + 1e-7)       (population moments)

(or 1 - CCC of all sequences pooled) plus l1 times the sum of the kernel's absolute values. The M models' losses are
*summed*, so that each model's gradient, and with it RMSprop's state, is what it would be alone. A step is an epoch,
because a batch is everything; gradients of several parts of it are added up.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

import pytorch_lightning as pl
import torch
from torch import Tensor, nn

from onefilter.settings import Training
from onefilter.training.network import OneFilterNetworks, Weights
from onefilter.training.sequences import Held, Parts, Sequences

State = Mapping[str, Tensor]
"""Named tensors from which an interrupted training goes on."""

_TINY: Final = float(torch.finfo(torch.float32).tiny)
EPSILON: Final = 1e-7


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


def sums_of(predictions: Tensor, data: Sequences | Held) -> Tensor:
    """Sum up what a CCC of several recordings is made of, [M, 6], from predictions [I, M, S].

    With p and y the predictions and the labels relative to the labels' mean, these are the sums of p, p y, p^2, of the
    steps that count, of y and of y^2. Relative: in single precision, a large mean would hide a small deviation.
    """
    exact = (data.labels.double() - data.mean) * data.mask
    centred = exact.to(data.labels.dtype)
    away = (predictions - data.mean).mul_(data.mask[:, None, :])
    products = torch.bmm(away, torch.stack([data.mask, centred], dim=2)).sum(0)
    squares = torch.linalg.vector_norm(away, dim=2).square().sum(0)
    labels = [each.to(centred.dtype) for each in (data.mask.sum(), exact.sum(), exact.square().sum())]
    return torch.column_stack([products, squares, torch.stack(labels).expand(len(squares), 3)])


def pooled_loss(sums: Tensor) -> Tensor:
    """1 - CCC of all sequences pooled, [M], from the sums over all of them (`sums_of`)."""
    steps = sums[:, 3]
    away, product, squares, _, labels, own = (sums / steps[:, None]).unbind(1)
    # (mean p - mean y)^2 + var p + var y, whatever they are relative to
    denominator = squares + own - 2 * away * labels + EPSILON
    return 1 - 2 * (product - away * labels) / denominator


def held_concordance(sums: Tensor, held: Held) -> Tensor:
    """CCC of all development recordings concatenated, [M], from the sums over all of them (`sums_of`).

    A prediction counts `delay` steps later, zeros are put in front (design section 1), so the sums over the shifted
    predictions are sums over the unshifted ones against labels moved to the front.
    """
    away, product, squares, share, labels, _ = (sums / held.count).unbind(1)
    # The zeros in front are as far from the labels' mean as that is from zero.
    away = away - (1 - share) * held.mean
    covariance = product + held.mean * labels
    variance = squares + (1 - share) * held.mean**2 - away.square()
    scores: Tensor = 2 * covariance / (variance + held.variance + away.square()).clamp_min(_TINY)
    return scores


def held_score(outputs: Callable[[Held], Tensor], parts: Parts[Held]) -> Tensor:
    """CCC of all development recordings concatenated, [M], whose outputs [I, M, S] are computed part by part."""
    sums = sum((sums_of(outputs(part), part) for part in parts), torch.zeros(()))
    return held_concordance(sums, parts.parts[0])


Outputs = Callable[[], Iterator[tuple[Sequences, Tensor]]]
"""Goes through all training recordings: parts of them, and their predictions [I, M, S]."""


def descend(outputs: Outputs, parts: Parts[Sequences], *, pooled: bool) -> tuple[Tensor, Tensor]:
    """Ask for the gradient of the loss on all parts but the last, whose own is left to the caller.

    Args:
        outputs: Gives predictions anew.
        parts: What they are of.
        pooled: Whether the loss is that of all sequences pooled. It is no sum over parts, but a function of such sums,
            dL/dp = sum_k dL/dS_k dS_k/dp; so several parts are gone through twice, for S and for dS/dp.

    Returns:
        Each model's loss on all recordings, [M], and what the last part adds to it, [M] (pooled: to its gradient).
    """
    known, slopes = torch.zeros(()), None
    if pooled and len(parts) > 1:
        known, slopes = _pooled(outputs)
    for place, (part, predictions) in enumerate(outputs(), start=1):
        recordings = part.blocks.recordings
        if slopes is not None:
            losses = (sums_of(predictions, part) * slopes).sum(1)
        else:
            told_apart = 1 if pooled else recordings
            own = concordance_loss(predictions, part.labels, part.mask, recordings=told_apart)  # [N, M]
            losses = own.mean(0) * (recordings / parts.recordings)
            known = known + losses.detach()
        del predictions
        if place < len(parts) and losses.requires_grad:
            losses.sum().backward()
    return known, losses


def _pooled(outputs: Outputs) -> tuple[Tensor, Tensor]:
    """Pooled loss [M], and how it changes with each of the sums that it is made of, [M, 6]."""
    with torch.no_grad():
        sums = sum((sums_of(predictions, part).double() for part, predictions in outputs()), torch.zeros(()))
    with torch.enable_grad():
        losses = pooled_loss(sums.requires_grad_())
        (slopes,) = torch.autograd.grad(losses.sum(), sums)
    return losses.detach().float(), slopes.float()


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
        self, networks: OneFilterNetworks, train: Parts[Sequences], devel: Parts[Held], *, settings: Training
    ) -> None:
        """Bind networks to recordings, of which memory holds the outputs of one part at a time."""
        super().__init__()
        self.networks = networks
        self.train_data = train
        self.devel_data = devel
        self.epochs = settings.epochs
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
        self.train_data, self.devel_data = self.train_data.on(self.device), self.devel_data.on(self.device)

    def optimizer_zero_grad(self, epoch: int, batch_idx: int, optimizer: torch.optim.Optimizer) -> None:
        """Leave the gradients: those of all parts but the last are there before Lightning asks for the last one's."""

    def training_step(self, batch: Any, batch_index: int) -> Tensor:
        """One epoch: score the weights as they are, then give the loss that moves them."""
        self.optimiser.zero_grad()
        return self._score_and_loss()

    def on_train_batch_end(self, outputs: Any, batch: Any, batch_index: int) -> None:
        """Count the update."""
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
            score = held_score(lambda part: self.networks(part.blocks), self.devel_data)
        drop = bool(self.dropout) and torch.is_grad_enabled()
        losses, last = descend(partial(self._outputs, epoch, drop=drop), self.train_data, pooled=self.pooled)
        with torch.no_grad():
            self.curves[epoch, 0] = 1 - losses
            self.curves[epoch, 1] = score
            if epoch > 0:
                self._keep_best(epoch, score)
        penalty = self.l1 * self.networks.convolution.weight.abs().sum()
        return last.sum() + penalty

    def _outputs(self, epoch: int, *, drop: bool) -> Iterator[tuple[Sequences, Tensor]]:
        """Go through the training recordings part by part, a share of the features dropped or not."""
        generator = torch.Generator().manual_seed(epoch)
        for part in self.train_data:
            blocks = part.dropped(self.dropout, generator=generator) if drop else part.blocks
            yield part, self.networks(blocks)

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


def make_optimiser(networks: nn.Module, settings: Training) -> torch.optim.Optimizer:
    """Make the optimiser; RMSprop's epsilon is added outside the root, as in Keras 2."""
    weights = [weight for weight in networks.parameters() if weight.requires_grad]
    if settings.optimiser == "rmsprop":
        return torch.optim.RMSprop(weights, lr=settings.learning_rate, alpha=settings.rho, eps=settings.epsilon)
    if settings.optimiser == "adam":
        return torch.optim.Adam(weights, lr=settings.learning_rate, eps=settings.epsilon)
    return torch.optim.SGD(weights, lr=settings.learning_rate)
