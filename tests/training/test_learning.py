"""The loss, its gradient, and scoring on development recordings."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from onefilter.concordance import concordance
from onefilter.model.prediction import at_annotators_time
from onefilter.training.learning import concordance_loss, held_concordance, sums_of
from onefilter.training.sequences import held, sequences
from onefilter.training.spectral import Blocks, cut
from tests.examples.training import written_out


def arrange_models(blocks: Blocks, predictions: torch.Tensor) -> torch.Tensor:
    """Cut predictions [T, N, M] as the network gives them, [I, M, S]."""
    return torch.stack([blocks.arrange(model) for model in predictions.unbind(2)], dim=1)


@given(steps=st.integers(2, 30), recordings=st.integers(1, 4), models=st.integers(1, 3), seed=st.integers(0, 10_000))
def test_loss_and_gradient(steps: int, recordings: int, models: int, seed: int) -> None:
    """Value and closed-form gradient agree with autograd of the formula, masked or not."""
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    predictions = draw(steps, recordings, models).requires_grad_()
    labels = draw(steps, recordings)
    mask = (torch.rand(steps, recordings, generator=generator, dtype=torch.float64) < 0.7).double()
    mask[:2] = 1
    blocks = cut(torch.zeros(recordings, steps, 1, dtype=torch.float64), taps=4, left=1)
    ours = concordance_loss(
        arrange_models(blocks, predictions), blocks.arrange(labels), blocks.arrange(mask), recordings=recordings
    )
    theirs = written_out(predictions, labels, mask)
    torch.testing.assert_close(ours, theirs)
    signal = draw(recordings, models)
    (our_gradient,) = torch.autograd.grad(ours, predictions, signal)
    (their_gradient,) = torch.autograd.grad(theirs, predictions, signal)
    torch.testing.assert_close(our_gradient, their_gradient, atol=1e-10, rtol=1e-8)


def test_pooled_loss() -> None:
    """Taken as one recording, all steps are scored together."""
    generator = torch.Generator().manual_seed(1)
    predictions, labels = (torch.randn(5, shape, 20, generator=generator) for shape in (3, 1))
    loss = concordance_loss(predictions, labels[:, 0], torch.ones(5, 20), recordings=1)
    for model in range(3):
        expected = 1 - concordance(predictions[:, model].flatten().numpy(), labels.flatten().numpy())
        assert abs(float(loss[0, model]) - expected) < 1e-5


def test_loss_of_a_constant_prediction() -> None:
    """A constant has CCC 0, so its loss is 1, and the gradient is finite."""
    predictions = torch.full((1, 1, 10), 0.3, requires_grad=True)
    loss = concordance_loss(predictions, torch.linspace(0, 1, 10)[None], torch.ones(1, 10), recordings=1)
    torch.testing.assert_close(loss, torch.ones(1, 1))
    (gradient,) = torch.autograd.grad(loss.sum(), predictions)
    assert torch.isfinite(gradient).all()


def test_development_score_is_the_evaluations() -> None:
    """Scoring inside training gives what the evaluation room gives on the same predictions."""
    rng = np.random.default_rng(1)
    lengths, delay = (40, 25, 33), 7
    recordings = [(rng.normal(size=(length, 2)), rng.normal(0.1, 0.2, length)) for length in lengths]
    data = held(recordings, taps=3, delay=delay)
    predictions = rng.normal(0.1, 0.3, (max(lengths), len(lengths), 2))
    sums = sums_of(arrange_models(data.blocks, torch.from_numpy(predictions).float()), data)
    ours = held_concordance(sums, data)
    for model in range(2):
        moved = [at_annotators_time(predictions[:length, index, model], delay) for index, length in enumerate(lengths)]
        expected = concordance(np.concatenate(moved), np.concatenate([labels for _, labels in recordings]))
        assert abs(float(ours[model]) - expected) < 1e-5


@pytest.mark.parametrize("delay", [0, 5])
def test_a_large_mean_does_not_hide_a_small_deviation(delay: int) -> None:
    """At a mean of .9 and a deviation of .001, squares in single precision were off by .03."""
    rng = np.random.default_rng(1)
    labels = [rng.normal(0.9, 0.001, 4000) for _ in range(6)]
    data = held([(np.zeros((4000, 2)), label) for label in labels], taps=3, delay=delay)
    noise = rng.normal(0, 0.0005, (4000, 6, 1))
    shifted = np.stack([np.concatenate([label[delay:], np.full(delay, 0.9)]) for label in labels], axis=1)[:, :, None]
    predictions = shifted + noise
    ours = held_concordance(sums_of(arrange_models(data.blocks, torch.from_numpy(predictions).float()), data), data)
    moved = [at_annotators_time(predictions[:, index, 0], delay) for index in range(6)]
    expected = concordance(np.concatenate(moved), np.concatenate(labels))
    assert abs(float(ours[0]) - expected) < 1e-3


def test_sequences_as_published() -> None:
    """Labels move to the front, zeros stand behind; short recordings are repeated, or masked."""
    features = [np.arange(6.0)[:, None], np.arange(4.0)[:, None] + 10]
    recordings = [(feature, feature[:, 0]) for feature in features]
    published = sequences(recordings, taps=1, delay=2, fill="repeat", tail="zeros")
    assert published.labels.tolist() == [[2, 3, 4, 5, 0, 0], [12, 13, 0, 0, 12, 13]]
    assert published.mask.tolist() == [[1] * 6, [1] * 6]
    dropped = sequences(recordings, taps=1, delay=2, fill="mask", tail="drop")
    assert dropped.labels.tolist() == [[2, 3, 4, 5, 0, 0], [12, 13, 0, 0, 0, 0]]
    assert dropped.mask.tolist() == [[1, 1, 1, 1, 0, 0], [1, 1, 0, 0, 0, 0]]
    both = sequences(recordings, taps=1, delay=2, fill="repeat", tail="drop")
    assert both.mask.tolist() == [[1, 1, 1, 1, 0, 0], [1, 1, 0, 0, 1, 1]]
