"""How the networks learn: one minus the concordance correlation coefficient (CCC), RMSprop, full batch.

The loss of one model is the mean over sequences s of

    1 - CCC_s,     CCC_s = 2 cov(p, y) / (var p + var y + (mean p - mean y)^2 + 1e-7)       (population moments)

plus l1 times the sum of the kernel's absolute values. The M models' losses are *summed*, so that each model's gradient,
and with it RMSprop's state, is what it would be alone. A step is an epoch, because a batch is everything.
"""

from dataclasses import dataclass
from typing import Any, Final

import pytorch_lightning as pl
import torch
from torch import Tensor

from onefilter.training.network import OneFilterNetworks, Weights
from onefilter.training.spectral import Blocks

EPSILON: Final = 1e-7


@dataclass(frozen=True)
class Sequences:
    """Training recordings, filled up to one length.

    Attributes:
        blocks: Their features, transformed.
        labels: [T, N], shifted to the front by the annotation delay.
        mask: [T, N], 1 where the loss looks, 0 elsewhere.
    """

    blocks: Blocks
    labels: Tensor
    mask: Tensor


@dataclass(frozen=True)
class Held:
    """Development recordings, scored as evaluation scores them: all concatenated, at the annotators' time.

    Attributes:
        blocks: Their features, transformed.
        labels: [T, N]; the label that belongs to the prediction of step t, i.e. that of step t + delay.
        mask: [T, N], 1 where such a label exists.
        count: Number of labels in all recordings, those in front of the first prediction included.
        mean: Mean of all these labels.
        variance: Their population variance.
    """

    blocks: Blocks
    labels: Tensor
    mask: Tensor
    count: int
    mean: float
    variance: float


class _ConcordanceLoss(torch.autograd.Function):
    """1 - CCC per sequence and model, [N, M], of predictions [T, N, M] with labels and mask [T, N].

    The gradient in closed form, with D the denominator and n the number of steps that count:

        dCCC/dp_t = 2 / (n D) ((y_t - mean y) - CCC (p_t - mean y)).
    """

    @staticmethod
    def forward(ctx: Any, predictions: Tensor, labels: Tensor, mask: Tensor) -> Tensor:
        count = mask.sum(0)  # [N]
        label_mean = (labels * mask).sum(0) / count
        centred = (labels - label_mean) * mask  # [T, N]
        rows = torch.stack([mask, centred], dim=1).permute(2, 1, 0)  # [N, 2, T]
        mean, covariance = (torch.bmm(rows, predictions.transpose(0, 1)) / count[:, None, None]).unbind(1)
        deviation = (predictions - mean) * mask[:, :, None]
        variance = deviation.square().sum(0) / count[:, None]
        label_variance = centred.square().sum(0) / count
        denominator = variance + label_variance[:, None] + (mean - label_mean[:, None]).square() + EPSILON
        concordance = 2 * covariance / denominator
        ctx.save_for_backward(deviation, mean, centred, mask, concordance, denominator, label_mean, count)
        return 1 - concordance

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        (grad,) = grads
        deviation, mean, centred, mask, concordance, denominator, label_mean, count = ctx.saved_tensors
        scale = -2 * grad / (count[:, None] * denominator)  # [N, M]
        slope = -scale * concordance
        shift = slope * (mean - label_mean[:, None])
        result = torch.addcmul(deviation.new_zeros(()), deviation, slope)
        result.addcmul_(centred[:, :, None], scale).addcmul_(mask[:, :, None], shift)
        return result, None, None


def concordance_loss(predictions: Tensor, labels: Tensor, mask: Tensor) -> Tensor:
    """1 - CCC of every sequence and model: predictions [T, N, M], labels and mask [T, N] -> [N, M]."""
    loss: Tensor = _ConcordanceLoss.apply(predictions, labels, mask)  # type: ignore[no-untyped-call]
    return loss


def held_concordance(predictions: Tensor, held: Held) -> Tensor:
    """CCC of all development recordings concatenated, [M], from predictions [T, N, M].

    A prediction counts `delay` steps later, zeros stand in front (design section 1), so the sums over the shifted
    predictions are sums over the unshifted ones against labels moved to the front.
    """
    flat = predictions.flatten(0, 1)
    rows = torch.stack([held.mask, (held.labels - held.mean) * held.mask]).flatten(1)
    mean, covariance = (rows @ flat / held.count).unbind(0)
    variance = (rows[0] @ flat.square()) / held.count - mean.square()
    return 2 * covariance / (variance + held.variance + (mean - held.mean).square() + EPSILON)


class Learning(pl.LightningModule):
    """Trains M networks; remembers every epoch's scores and each model's best epoch on development.

    ``curves`` [epochs + 1, 2, M] holds training and development CCC of the weights after e updates.
    The best epoch is the first with the highest development CCC among epochs 1, 2, ...
    """

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
        train: Sequences,
        devel: Held,
        *,
        epochs: int,
        l1: float,
        learning_rate: float,
        rho: float,
        epsilon: float,
    ) -> None:
        """Bind networks to data; all tensors stay where they are."""
        super().__init__()
        self.networks = networks
        self.train_data = train
        self.devel_data = devel
        self.epochs = epochs
        self.l1 = l1
        self.optimiser: dict[str, Any] = {"lr": learning_rate, "alpha": rho, "eps": epsilon}
        weights = networks.weights()
        models = len(weights.bias)
        self.register_buffer("curves", torch.full((epochs + 1, 2, models), torch.nan))
        self.register_buffer("best_epoch", torch.zeros(models, dtype=torch.long))
        self.register_buffer("best_score", torch.full((models,), -torch.inf))
        self.register_buffer("best_weight", weights.weight)
        self.register_buffer("best_bias", weights.bias)
        self.register_buffer("best_head_weight", weights.head_weight)
        self.register_buffer("best_head_bias", weights.head_bias)

    def training_step(self, batch: Any, batch_index: int) -> Tensor:
        """One epoch: score the weights as they are, then give the loss that moves them."""
        return self._epoch(self.global_step)

    def on_train_end(self) -> None:
        """Score the weights that the last update left."""
        with torch.no_grad():
            self._epoch(self.global_step)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """RMSprop with epsilon outside the root, as Keras 2 has it."""
        trained = [weight for weight in self.networks.parameters() if weight.requires_grad]
        return torch.optim.RMSprop(trained, **self.optimiser)

    def best(self) -> Weights:
        """Each model's weights at its best development epoch."""
        return Weights(self.best_weight, self.best_bias, self.best_head_weight, self.best_head_bias)

    def _epoch(self, epoch: int) -> Tensor:
        train = self.train_data
        losses = concordance_loss(self.networks(train.blocks), train.labels, train.mask)  # [N, M]
        with torch.no_grad():
            score = held_concordance(self.networks(self.devel_data.blocks), self.devel_data)
            self.curves[epoch, 0] = 1 - losses.mean(0)
            self.curves[epoch, 1] = score
            if epoch > 0:
                self._keep_best(epoch, score)
        penalty = self.l1 * self.networks.convolution.weight.abs().sum()
        return losses.mean(0).sum() + penalty

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
