"""Many one-filter convolutions at once, in the frequency domain, by overlap-save.

M models look at the same N recordings of T steps and F features. Model m's filter W of K taps gives, with
`left` = (K - 1) // 2 steps of the past (Keras' ``same`` padding) and zeros outside the recording,

    z[t, n, m] = sum_k sum_f W[k, f, m] x[t + k - left, n, f]                                        (design section 4)

which is a correlation. Cut the zero-padded recording into blocks of L steps that overlap by K - 1; then a
circular correlation of length L is exact in its first S = L - K + 1 steps, and per frequency q it is a
product of small matrices,

    Z[q, b, m] = sum_f X[q, b, f] conj(V[q, f, m]),          V the spectrum of W padded to L,

one batched matrix product for all blocks and models. The inputs' spectra X never change during training, so
they are computed once. The gradient has the same form: with G the spectrum of the loss' gradient g[t, n, m],

    dLoss/dW[k, f, m] = sum_b sum_t g[b, t, m] x[b, t + k, f] = irfft( sum_b conj(G[q, b, m]) X[q, b, f] )[k].

Complex products are written as real ones of twice the size, which the matrix library does faster
(docs/benchmarks.md).
"""

from dataclasses import dataclass
from typing import Any

import torch
from scipy.fft import next_fast_len
from torch import Tensor, nn


def block_length(steps: int, taps: int) -> int:
    """Choose the block length L that makes the least work for recordings of this many steps.

    The products cost blocks x frequencies; L is limited to 12 kernels, beyond which the transforms cost more than the
    products save (docs/benchmarks.md).
    """
    shortest = taps + 1
    candidates = (next_fast_len(-(-steps // blocks) + taps - 1, real=True) for blocks in range(1, steps // taps + 2))
    usable = [length for length in candidates if shortest <= length <= max(12 * taps, shortest)]
    if not usable:
        return int(next_fast_len(max(2 * taps, shortest), real=True))
    return min(usable, key=lambda length: -(-steps // (length - taps + 1)) * (length // 2 + 1))


@dataclass(frozen=True)
class Blocks:
    """Inputs cut into blocks and transformed, ready for products.

    Attributes:
        spectra: Real view [Q, B, 2F] of the complex spectra (re, im interleaved), B = blocks x recordings.
        transposed: The same as [Q, 2F, B], for the gradient.
        length: L, the block length (steps).
        taps: K, the kernel's length.
        recordings: N.
        steps: T, the recordings' padded length.
    """

    spectra: Tensor
    transposed: Tensor
    length: int
    taps: int
    recordings: int
    steps: int

    @property
    def stride(self) -> int:
        """Steps of a block that are free of wrap-around, S."""
        return self.length - self.taps + 1


def cut(inputs: Tensor, taps: int, *, left: int, length: int | None = None) -> Blocks:
    """Cut inputs [N, T, F] into overlapping blocks and transform them.

    Args:
        inputs: Features, zero where a recording has ended.
        taps: K, the kernel's length.
        left: How many steps of the past the kernel sees, 0..K-1.
        length: The block length L; chosen by `block_length` if None.
    """
    recordings, steps, features = inputs.shape
    length = length or block_length(steps, taps)
    stride = length - taps + 1
    blocks = -(-steps // stride)
    padded = inputs.new_zeros(recordings, (blocks - 1) * stride + length, features)
    padded[:, left : left + steps] = inputs
    # [N, blocks, F, L] -> [L, blocks, N, F]
    pieces = padded.unfold(1, length, stride).permute(3, 1, 0, 2).reshape(length, -1, features)
    spectra = torch.view_as_real(torch.fft.rfft(pieces, dim=0)).flatten(2).contiguous()
    return Blocks(spectra, spectra.transpose(1, 2).contiguous(), length, taps, recordings, steps)


class _Correlate(torch.autograd.Function):
    """z[t, n, m] of the module's equation, with its gradient written out (inputs are data and get none)."""

    @staticmethod
    def forward(ctx: Any, weight: Tensor, blocks: Blocks) -> Tensor:
        models = weight.shape[2]
        spectrum = torch.fft.rfft(weight, n=blocks.length, dim=0).conj()  # [Q, F, M]
        rows = torch.stack([spectrum, 1j * spectrum], dim=2).resolve_conj()  # re and im of X act on these
        matrix = torch.view_as_real(rows).flatten(3).flatten(1, 2)  # [Q, 2F, 2M]
        product = torch.bmm(blocks.spectra, matrix)  # [Q, B, 2M]
        product = torch.view_as_complex(product.unflatten(2, (models, 2)))
        pieces = torch.fft.irfft(product, n=blocks.length, dim=0)[: blocks.stride]  # [S, B, M]
        ctx.blocks = blocks
        joined = pieces.unflatten(1, (-1, blocks.recordings)).transpose(0, 1).flatten(0, 1)
        outputs: Tensor = joined[: blocks.steps]
        return outputs

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        (grad,) = grads
        blocks: Blocks = ctx.blocks
        models = grad.shape[2]
        count = blocks.spectra.shape[1] // blocks.recordings
        padded = grad.new_zeros(count * blocks.stride, blocks.recordings, models)
        padded[: blocks.steps] = grad
        pieces = padded.unflatten(0, (count, blocks.stride)).transpose(0, 1).flatten(1, 2)  # [S, B, M]
        spectrum = torch.view_as_real(torch.fft.rfft(pieces, n=blocks.length, dim=0)).flatten(2)  # [Q, B, 2M]
        product = torch.bmm(blocks.transposed, spectrum)  # [Q, 2F, 2M]
        product = product.unflatten(1, (-1, 2)).unflatten(3, (models, 2))  # [Q, F, re|im of X, M, re|im of G]
        real = product[:, :, 0, :, 0] + product[:, :, 1, :, 1]
        imag = product[:, :, 1, :, 0] - product[:, :, 0, :, 1]
        return torch.fft.irfft(torch.complex(real, imag), n=blocks.length, dim=0)[: blocks.taps], None


class SpectralConvolution(nn.Module):
    """M single-filter convolutions as one module.

    Attributes:
        weight: [K, F, M].
        bias: [M].
    """

    def __init__(self, taps: int, features: int, models: int) -> None:
        """Make room for the weights; whoever makes the module fills them."""
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(taps, features, models))
        self.bias = nn.Parameter(torch.zeros(models))

    def forward(self, blocks: Blocks) -> Tensor:
        """Filter outputs [T, N, M]."""
        return correlate(self.weight, blocks) + self.bias


def correlate(weight: Tensor, blocks: Blocks) -> Tensor:
    """Correlate the blocks' recordings with filters [K, F, M]; gives [T, N, M]."""
    outputs: Tensor = _Correlate.apply(weight, blocks)  # type: ignore[no-untyped-call]
    return outputs
