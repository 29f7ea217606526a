"""Many one-filter convolutions at once, in the frequency domain, by overlap-save.

M models look at the same N recordings of T steps and F features. Model m's filter W of K taps, which sees `left` steps
of the past, gives with zeros outside the recording (design section 4)

    z[t, n, m] = sum_k sum_f W[k, f, m] x[t + k - left, n, f] + b[m],

which is a correlation. Cut the zero-padded recordings into blocks of L steps that overlap by K - 1; then a circular
correlation of length L is exact in its first S = L - K + 1 steps, and per frequency q it is a small matrix product,

    Z[q, i, m] = sum_f X[q, i, f] conj(V[q, f, m]),          V the spectrum of W padded to L, i a block of a recording,

one batched matrix product for all blocks and models. The inputs' spectra X never change during training, so they are
computed once. The gradient has the same form: with G the spectrum of the loss' gradient g[i, m, s],

    dLoss/dW[k, f, m] = sum_i sum_s g[i, m, s] x[i, s + k, f] = irfft( sum_i conj(G[q, i, m]) X[q, i, f] )[k],
    dLoss/db[m] = sum_i G[0, i, m].

Outputs stay in blocks, [blocks x recordings, M, S] with time last, because that is how transforms leave and take them;
`Blocks.arrange` brings labels into the same form and `Blocks.join` brings outputs out of it. Complex products are
written as real ones of twice the size, which the matrix library does faster (docs/benchmarks.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
    """Inputs cut into blocks and transformed, ready for products. I = blocks x recordings, Q = frequencies.

    Attributes:
        spectra: Real and imaginary parts [Q, I, 2F] of the spectra, first all real, then all imaginary.
        transposed: The same as [Q, 2F, I], for the gradient.
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

    def to(self, device: torch.device) -> "Blocks":
        """Bring the spectra to a device."""
        return replace(self, spectra=self.spectra.to(device), transposed=self.transposed.to(device))

    def arrange(self, values: Tensor) -> Tensor:
        """Cut values [T, N] as the outputs are cut: [I, S], zeros behind the end."""
        blocks = -(-self.steps // self.stride)
        padded = values.new_zeros(blocks * self.stride, self.recordings)
        padded[: self.steps] = values
        arranged: Tensor = padded.unflatten(0, (blocks, self.stride)).transpose(1, 2).flatten(0, 1).contiguous()
        return arranged

    def join(self, outputs: Tensor) -> Tensor:
        """Bring outputs [I, M, S] back to [T, N, M]."""
        pieces: Tensor = outputs.unflatten(0, (-1, self.recordings))  # [blocks, N, M, S]
        return pieces.permute(0, 3, 1, 2).flatten(0, 1)[: self.steps]


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
    pieces = padded.unfold(1, length, stride).transpose(0, 1).flatten(0, 1)  # [I, F, L]
    spectra = torch.fft.rfft(pieces).permute(2, 0, 1)  # [Q, I, F]
    joined = torch.cat([spectra.real, spectra.imag], dim=2)
    return Blocks(joined, joined.transpose(1, 2).contiguous(), length, taps, recordings, steps)


def joined(several: Sequence[Blocks]) -> Blocks:
    """Make blocks of all recordings of blocks of some, which were cut alike."""

    def together(values: Sequence[Tensor], dim: int) -> Tensor:
        """Put recordings beside recordings, within each place of a block."""
        pieces = [each.unflatten(dim, (-1, blocks.recordings)) for each, blocks in zip(values, several, strict=True)]
        return torch.cat(pieces, dim=dim + 1).flatten(dim, dim + 1)

    first, recordings = several[0], sum(blocks.recordings for blocks in several)
    if not first.spectra.numel():
        return replace(first, recordings=recordings)
    spectra = together([blocks.spectra for blocks in several], 1)
    transposed = together([blocks.transposed for blocks in several], 2)
    return replace(first, spectra=spectra, transposed=transposed, recordings=recordings)


def whole(inputs: Tensor) -> Blocks:
    """Leave inputs [N, T, F] whole: one block for each recording, and no spectra."""
    recordings, steps, _ = inputs.shape
    return Blocks(inputs.new_empty(0), inputs.new_empty(0), steps, 1, recordings, steps)


class _Correlate(torch.autograd.Function):
    """z[i, m, s] of the module's equation, with its gradient written out (inputs are data and get none)."""

    @staticmethod
    def forward(ctx: Any, weight: Tensor, bias: Tensor, blocks: Blocks) -> Tensor:
        models = weight.shape[2]
        spectrum = torch.view_as_real(torch.fft.rfft(weight, n=blocks.length, dim=0))  # V: [Q, F, M, 2]
        real, imag = spectrum[..., 0], spectrum[..., 1]
        # X conj(V): the real parts of X meet (Re V, -Im V), the imaginary ones (Im V, Re V).
        matrix = weight.new_empty(len(spectrum), 2, weight.shape[1], models, 2)
        matrix[:, 0, :, :, 0] = real
        torch.neg(imag, out=matrix[:, 0, :, :, 1])
        matrix[:, 1, :, :, 0] = imag
        matrix[:, 1, :, :, 1] = real
        product = torch.bmm(blocks.spectra, matrix.flatten(3).flatten(1, 2))  # [Q, I, 2M]
        product = torch.view_as_complex(product.unflatten(2, (models, 2)))
        outputs: Tensor = torch.fft.irfft(product.permute(1, 2, 0), n=blocks.length)[:, :, : blocks.stride]
        outputs += bias[:, None]
        ctx.blocks = blocks
        return outputs

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, None]:
        (grad,) = grads
        blocks: Blocks = ctx.blocks
        models, features = grad.shape[1], blocks.spectra.shape[2] // 2
        spectrum = torch.fft.rfft(grad, n=blocks.length).permute(2, 0, 1).contiguous()  # G: [Q, I, M]
        product = torch.bmm(blocks.transposed, torch.view_as_real(spectrum).flatten(2))  # [Q, 2F, 2M]
        parts = torch.view_as_complex(product.unflatten(2, (models, 2)))
        # conj(G) X = conj(A - iB) with A = sum Re(X) G and B = sum Im(X) G.
        correlation = torch.sub(parts[:, :features], parts[:, features:], alpha=1j).conj()
        weight_grad = torch.fft.irfft(correlation, n=blocks.length, dim=0)[: blocks.taps]
        return weight_grad, spectrum[0].real.sum(0), None


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
        """Filter outputs in blocks, [I, M, S]."""
        return correlate(self.weight, self.bias, blocks)


def correlate(weight: Tensor, bias: Tensor, blocks: Blocks) -> Tensor:
    """Correlate the blocks with filters [K, F, M] and add biases [M]; gives [I, M, S]."""
    outputs: Tensor = _Correlate.apply(weight, bias, blocks)  # type: ignore[no-untyped-call]
    return outputs
