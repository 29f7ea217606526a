"""The network with one filter, M of them side by side.

One convolution over time with a single filter of K taps, then one unit that reads it at every step (design section 4):

    z_t = sum_k sum_f W[k, f] x[t + k - left, f] + b,     left from (K - 1) // 2 (Keras' ``same``) to K - 1 (causal)
    y_t = v a(z_t) + c,                                   a linear or ReLU; without a head v = 1, c = 0

With K = 80 and 37 features that is 80 * 37 + 1 + 1 + 1 = 2963 weights. For a linear filter the head only
rescales, so the model *is* its folded filter v W with offset v b + c, and signs may be read from that alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from onefilter.training.spectral import Blocks, SpectralConvolution, correlate

Activation = Literal["linear", "relu"]


@dataclass(frozen=True)
class Weights:
    """The weights of M networks.

    Attributes:
        weight: [K, F, M].
        bias: [M].
        head_weight: [M].
        head_bias: [M].
    """

    weight: Tensor
    bias: Tensor
    head_weight: Tensor
    head_bias: Tensor


class OneFilterNetworks(nn.Module):
    """M networks of one filter each; model m's outputs depend on model m's weights alone."""

    def __init__(
        self,
        *,
        taps: int,
        features: int,
        seeds: list[int],
        activation: Activation = "linear",
        head: bool = True,
        subsets: Sequence[Sequence[int]] | None = None,
    ) -> None:
        """Draw each model's initial weights from its own seed: Glorot-uniform kernels, zero biases.

        Args:
            taps: K, the filter's length in steps.
            features: F.
            seeds: One per model.
            activation: Of the filter.
            head: Whether a unit follows the filter.
            subsets: Per model, the features that it may use (indices); its other weights are and stay zero, so it
                learns what it would learn if it were given these features alone. None allows all.
        """
        super().__init__()
        models = len(seeds)
        self.activation = activation
        self.convolution = SpectralConvolution(taps, features, models)
        self.head_weight = nn.Parameter(torch.ones(models), requires_grad=head)
        self.head_bias = nn.Parameter(torch.zeros(models), requires_grad=head)
        with torch.no_grad():
            for model, seed in enumerate(seeds):
                generator = torch.Generator().manual_seed(seed)
                used = list(range(features) if subsets is None else subsets[model])
                # Glorot: limit = sqrt(6 / (fan_in + fan_out)), fans K F and K for the kernel, 1 and 1 for the head.
                limit = (6 / (taps * len(used) + taps)) ** 0.5
                kernel = torch.rand(taps, len(used), generator=generator) * 2 - 1
                self.convolution.weight[:, :, model] = 0.0
                self.convolution.weight[:, used, model] = limit * kernel
                if head:
                    self.head_weight[model] = 3**0.5 * (torch.rand((), generator=generator) * 2 - 1)
        if subsets is not None:
            allowed = torch.zeros_like(self.convolution.weight)
            for model, subset in enumerate(subsets):
                allowed[:, list(subset), model] = 1.0
            self.register_buffer("allowed", allowed, persistent=False)
            # Weights without gradient stay where they are: zero, where L1 does not push either.
            self.convolution.weight.register_hook(lambda gradient: gradient * self.allowed)

    def forward(self, blocks: Blocks) -> Tensor:
        """Predictions in blocks, [I, M, S] (`Blocks.join` makes them [T, N, M])."""
        if self.activation == "linear":
            # The head only rescales, so it is folded into the filter: cheaper than scaling every output.
            weight = self.convolution.weight * self.head_weight
            return correlate(weight, self.convolution.bias * self.head_weight + self.head_bias, blocks)
        filtered: Tensor = self.convolution(blocks)
        return torch.relu(filtered) * self.head_weight[:, None] + self.head_bias[:, None]

    def weights(self) -> Weights:
        """Copies of all weights, detached."""
        return Weights(
            self.convolution.weight.detach().clone(),
            self.convolution.bias.detach().clone(),
            self.head_weight.detach().clone(),
            self.head_bias.detach().clone(),
        )
