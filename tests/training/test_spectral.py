"""The spectral convolution against a direct one."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from onefilter.training.spectral import block_length, correlate, cut


def direct(inputs: torch.Tensor, weight: torch.Tensor, left: int) -> torch.Tensor:
    """Torch's own convolution: inputs [N, T, F], weight [K, F, M] -> [T, N, M]."""
    taps = len(weight)
    padded = torch.nn.functional.pad(inputs.transpose(1, 2), (left, taps - 1 - left))
    return torch.nn.functional.conv1d(padded, weight.permute(2, 1, 0)).permute(2, 0, 1)


@given(
    taps=st.integers(1, 40),
    steps=st.integers(1, 200),
    features=st.integers(1, 5),
    models=st.integers(1, 4),
    recordings=st.integers(1, 3),
    place=st.floats(0, 1),
    extra=st.one_of(st.none(), st.integers(0, 60)),
    seed=st.integers(0, 1000),
)
def test_agrees_with_direct_convolution(
    taps: int, steps: int, features: int, models: int, recordings: int, place: float, extra: int | None, seed: int
) -> None:
    """Outputs and gradients, for any sizes, tap offset and block length."""
    torch.manual_seed(seed)
    left = round(place * (taps - 1))
    inputs = torch.randn(recordings, steps, features, dtype=torch.float64)
    weight = torch.randn(taps, features, models, dtype=torch.float64, requires_grad=True)
    bias = torch.randn(models, dtype=torch.float64, requires_grad=True)
    blocks = cut(inputs, taps, left=left, length=None if extra is None else taps + extra)
    ours, theirs = blocks.join(correlate(weight, bias, blocks)), direct(inputs, weight, left) + bias
    torch.testing.assert_close(ours, theirs, atol=1e-10, rtol=1e-10)
    signal = torch.randn_like(theirs)
    our_gradients = torch.autograd.grad(ours, (weight, bias), signal)
    their_gradients = torch.autograd.grad(theirs, (weight, bias), signal)
    torch.testing.assert_close(our_gradients, their_gradients, atol=1e-9, rtol=1e-9)


@given(taps=st.integers(1, 20), steps=st.integers(1, 100), recordings=st.integers(1, 4))
def test_arrange_and_join_are_inverse(taps: int, steps: int, recordings: int) -> None:
    """What is cut into blocks comes back in order; behind the end are zeros."""
    values = torch.rand(steps, recordings) + 1
    blocks = cut(torch.zeros(recordings, steps, 1), taps, left=0)
    arranged = blocks.arrange(values)
    torch.testing.assert_close(blocks.join(arranged[:, None])[:, :, 0], values)
    assert int((arranged > 0).sum()) == values.numel()


def test_float_error_at_the_papers_size() -> None:
    """Single precision: 3e-5 of the prediction's scale, gradients to 1e-5 of theirs (design section 4)."""
    torch.manual_seed(1)
    inputs = torch.randn(4, 1768, 37)
    weight = (torch.randn(80, 37, 2) / (80 * 37) ** 0.5).requires_grad_()
    exact = direct(inputs.double(), weight.double(), 39)
    blocks = cut(inputs, 80, left=39)
    ours = blocks.join(correlate(weight, torch.zeros(2), blocks))
    assert float((ours - exact).detach().abs().max()) < 3e-5
    (gradient,) = torch.autograd.grad(ours.square().mean(), weight, retain_graph=True)
    (reference,) = torch.autograd.grad(exact.square().mean(), weight)
    assert float((gradient - reference).abs().max() / reference.abs().max()) < 1e-5


@pytest.mark.parametrize(("steps", "taps"), [(1768, 80), (1768, 1), (60, 80), (80, 80), (5000, 5), (1, 1)])
def test_block_length_leaves_room(steps: int, taps: int) -> None:
    """A block holds the kernel, and the longest useful one is one block for all."""
    length = block_length(steps, taps)
    assert length > taps
