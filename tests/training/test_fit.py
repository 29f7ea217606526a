"""Training all seeds together: does each model become what it would be alone, and is it the published recipe?"""

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import polars
import pytest
import torch
from benchmarks.plain import PlainOneFilter, fit_plain

from onefilter.corpus.simulated import simulate
from onefilter.features.statistics import FEATURES
from onefilter.features.windows import extract
from onefilter.model.card import past
from onefilter.names import AUS
from onefilter.settings import Features
from onefilter.training.fit import Fit, fit
from onefilter.training.learning import Learning, State
from onefilter.training.network import OneFilterNetworks
from onefilter.training.ridge import score_filter
from tests.examples.training import DELAY, DEVEL, TAPS, TRAIN, corpus, settings, written_out


def run(seeds: list[int], epochs: int = 30, *, delay: int = DELAY, **changes: Any) -> Fit:
    """Fit with the published settings but for `changes`."""
    torch.set_num_threads(1)
    return fit_with(TRAIN, DEVEL, delay=delay, seeds=seeds, epochs=epochs, **changes)


def fit_with(train: Any, devel: Any, *, delay: int, resume: Any = None, on_round: Any = None, **changes: Any) -> Fit:
    """Fit on other recordings."""
    network, training = settings(**changes)
    return fit(train, devel, delay=delay, network=network, training=training, resume=resume, on_round=on_round)


def alone(seed: int, epochs: int, l1: float) -> tuple[torch.Tensor, torch.Tensor, list[float]]:
    """Train one model by the recipe written out: torch's convolution, autograd's gradient, RMSprop's formula."""
    networks = OneFilterNetworks(taps=TAPS, features=4, seeds=[seed])
    weights = [
        networks.convolution.weight.detach()[:, :, 0].T[None].clone(),
        networks.convolution.bias.detach().clone(),
        networks.head_weight.detach().clone(),
        networks.head_bias.detach().clone(),
    ]
    squares = [torch.zeros_like(weight) for weight in weights]
    longest = max(len(label) for _, label in TRAIN)
    inputs, labels = [], []
    for features, label in TRAIN:
        index = np.arange(longest) % len(label)
        inputs.append(features[index])
        labels.append(np.concatenate([label[DELAY:], np.zeros(DELAY)])[index])
    x = torch.tensor(np.stack(inputs), dtype=torch.float32).transpose(1, 2)
    y = torch.tensor(np.stack(labels, axis=1), dtype=torch.float32)
    scores = []
    for _ in range(epochs):
        for weight in weights:
            weight.requires_grad_()
        padded = torch.nn.functional.pad(x, ((TAPS - 1) // 2, TAPS - 1 - (TAPS - 1) // 2))
        filtered = torch.nn.functional.conv1d(padded, weights[0], weights[1])
        predictions = (filtered * weights[2] + weights[3]).permute(2, 0, 1)
        losses = written_out(predictions, y, torch.ones_like(y))
        scores.append(1 - float(losses.detach().mean()))
        gradients = torch.autograd.grad(losses.mean() + l1 * weights[0].abs().sum(), weights)
        squares = [0.9 * square + 0.1 * gradient**2 for square, gradient in zip(squares, gradients, strict=True)]
        weights = [
            (weight - 1e-3 * gradient / (square.sqrt() + 1e-7)).detach()
            for weight, gradient, square in zip(weights, gradients, squares, strict=True)
        ]
    return weights[0][0].T, weights[2], scores


@pytest.mark.slow
@pytest.mark.parametrize("seed", [5, 8])
def test_each_model_learns_as_if_alone(seed: int) -> None:
    """Three seeds at once through the spectral path: one seed by the written-out recipe, 1e-4 after 50 epochs."""
    together = run([5, 6, 8], epochs=50)
    index = [5, 6, 8].index(seed)
    weight, head, scores = alone(seed, 50, 0.01)
    assert float((together.curves[:50, 0, index] - np.array(scores)).__abs__().max()) < 1e-4
    # The best epoch's weights are what fit keeps; train up to it.
    weight, head, _ = alone(seed, int(together.best_epoch[index]), 0.01)
    assert float((together.best.weight[:, :, index] - weight).abs().max()) < 1e-4
    assert float((together.best.head_weight[index] - head).abs().max()) < 1e-4


def test_other_seeds_change_nothing() -> None:
    """Adding seeds changes a model by no more than the order of float sums."""
    small, large = run([3]), run([1, 2, 3, 4])
    assert float((small.best.weight[:, :, 0] - large.best.weight[:, :, 2]).abs().max()) < 1e-5
    np.testing.assert_allclose(small.curves[:, :, 0], large.curves[:, :, 2], atol=1e-5)


def test_the_same_run_twice_is_bit_identical() -> None:
    """Same seeds, same threads: the same bits."""
    first, second = run([1, 2]), run([1, 2])
    assert torch.equal(first.best.weight, second.best.weight)
    np.testing.assert_array_equal(first.curves, second.curves)


def test_keeps_the_best_development_epoch() -> None:
    """The first epoch after the start with the highest development score; its weights reproduce that score."""
    result = run([1, 2, 3], epochs=60)
    for model in range(3):
        curve = result.curves[1:, 1, model]
        assert result.best_epoch[model] == int(np.argmax(curve)) + 1
        assert result.best_score[model] == curve.max()
    assert result.curves.shape == (61, 2, 3)
    assert np.isfinite(result.curves).all()


@pytest.mark.slow
def test_learns_the_planted_filter() -> None:
    """With a label made of two features, training finds them and scores high."""
    result = run([1, 2], epochs=800, l1=0.0, learning_rate=3e-3)
    assert result.best_score.max() > 0.85
    folded = (result.best.weight * result.best.head_weight)[:, :, int(result.best_score.argmax())].sum(0)
    assert folded[0] > 0 > folded[1]
    assert folded[:2].abs().min() > folded[2:].abs().max()


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [
        {"activation": "relu"}, {"head": False}, {"fill": "mask"}, {"tail": "drop"}, {"taps": 8}, {"l1": 0.0},
        {"loss": "pooled"}, {"dropout": 0.2}, {"optimiser": "adam"}, {"optimiser": "sgd"}, {"delay": 2}, {"rho": 0.99},
        {"learning_rate": 2e-3}, {"epsilon": 1e-2}, {"ahead": 0},
    ],
)  # fmt: skip
def test_every_choice_changes_the_result(changes: dict[str, Any]) -> None:
    """No setting is ignored, and none breaks training."""
    plain, changed = run([1]), run([1], **changes)
    assert changed.best_score[0] != plain.best_score[0]
    assert np.isfinite(changed.curves).all()


@pytest.mark.parametrize("left", [0, 3, 4, 8])
def test_how_far_a_filter_looks(left: int) -> None:
    """The score that is kept is that of a filter that sees `left` steps of the past, by the plain correlation."""
    result = run([1], ahead=TAPS - 1 - left)
    weight = (result.best.weight * result.best.head_weight)[:, :, 0].numpy().astype(float)
    offset = float(result.best.bias[0] * result.best.head_weight[0] + result.best.head_bias[0])
    assert score_filter(DEVEL, weight, offset, left=left, delay=DELAY) == pytest.approx(result.best_score[0], abs=1e-5)
    assert past(TAPS, TAPS - 1 - left) == left
    if left == past(TAPS):
        np.testing.assert_array_equal(result.curves, run([1]).curves)


@pytest.mark.slow
def test_a_causal_filter_knows_nothing_of_the_future() -> None:
    """Where the label follows the features at once, one that sees the present learns it, one that cannot does not."""
    rng = np.random.default_rng(1)
    recordings = [(features, features[:, 0]) for features in rng.normal(size=(4, 120, 4))]
    scores = {
        delay: fit_with(
            recordings[:2], recordings[2:], delay=delay, seeds=[1], epochs=400, ahead=0, l1=0.0, learning_rate=1e-2
        ).best_score[0]
        for delay in (0, 3)
    }
    assert scores[0] > 0.95
    # The label of three steps later is noise that nothing of the past tells.
    assert scores[3] < 0.3


def test_without_a_head_there_is_none() -> None:
    """Head weight stays 1 and head bias 0."""
    result = run([1, 2], head=False)
    assert result.best.head_weight.tolist() == [1.0, 1.0]
    assert result.best.head_bias.tolist() == [0.0, 0.0]


def test_initial_weights_are_kerass() -> None:
    """Glorot uniform: within the limit, nearly reaching it, mean near 0; the published 2,963 weights."""
    networks = OneFilterNetworks(taps=80, features=37, seeds=[1, 2])
    assert sum(weight.numel() for weight in networks.parameters()) == 2 * 2963
    limit = np.sqrt(6 / (80 * 37 + 80))
    weight = networks.convolution.weight.detach()
    assert 0.99 * limit < float(weight.abs().max()) <= limit
    assert float(weight.mean().abs()) < 0.05 * limit
    assert float((weight[:, :, 0] - weight[:, :, 1]).abs().max()) > limit
    assert not networks.convolution.bias.any()
    assert float(networks.head_weight.detach().abs().max()) <= np.sqrt(3)


def test_a_round_is_reported() -> None:
    """Who wants to know hears of every round and of the end."""
    heard: list[int] = []
    run([1], epochs=120, on_round=lambda learning: heard.append(int(learning.epoch)))
    assert heard == [50, 100, 120]


@pytest.mark.slow
@pytest.mark.parametrize("rounds", [2, 3])
@pytest.mark.parametrize("changes", [{}, {"optimiser": "adam", "dropout": 0.1}])
def test_interrupted_and_resumed(changes: dict[str, Any], rounds: int) -> None:
    """Stopped after 100 or all of 130 epochs and continued: bit for bit the models of the uninterrupted run."""
    states: list[State] = []

    def interrupt(learning: Learning) -> None:
        states.append(learning.state())
        if len(states) == rounds:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        run([1, 2], epochs=130, on_round=interrupt, **changes)
    whole = run([1, 2], epochs=130, **changes)
    resumed = run([1, 2], epochs=130, resume=states[-1], **changes)
    assert int(states[-1]["epoch"]) == (100 if rounds == 2 else 130)
    for name in ("weight", "bias", "head_weight", "head_bias"):
        assert torch.equal(getattr(whole.best, name), getattr(resumed.best, name)), name
    np.testing.assert_array_equal(whole.curves, resumed.curves)
    np.testing.assert_array_equal(whole.best_epoch, resumed.best_epoch)


def test_divergence_names_seed_and_epoch() -> None:
    """A loss that is not finite stops training."""
    with pytest.raises(FloatingPointError) as caught:
        run([7, 9], epochs=200, optimiser="sgd", learning_rate=1e30)
    seed, epoch = caught.value.args
    assert seed == 7
    assert 0 < epoch < 50


def test_dropout_is_the_same_for_all_seeds() -> None:
    """A model under dropout does not depend on how many are trained beside it."""
    small, large = run([3], dropout=0.3), run([1, 3], dropout=0.3)
    np.testing.assert_allclose(small.curves[:, 1, 0], large.curves[:, 1, 1], atol=1e-5)


def tensors(recordings: list[tuple[Any, Any]], shift: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Stack recordings of one length as a plain network takes them: features [N, F, T], labels [N, T]."""
    features = np.stack([features.T for features, _ in recordings])
    labels = np.stack([np.concatenate([label[shift:], np.zeros(shift)]) for _, label in recordings])
    return torch.from_numpy(features).float(), torch.from_numpy(labels).float()


@pytest.mark.slow
def test_agrees_with_plain_lightning_over_the_whole_training() -> None:
    """`nn.Conv1d`, one seed at a time, Lightning's loops: weights to 1e-4 after 50 epochs, scores to 1e-3 over 2000."""
    torch.set_num_threads(1)
    train, devel = corpus(1, (60,) * 5), corpus(2, (60,) * 3)
    for epochs, compared in ((50, (11, 12)), (2000, (12,))):
        together = fit_with(train, devel, delay=DELAY, seeds=[11, 12], epochs=epochs)
        for seed in compared:
            index = seed - 11
            plain = PlainOneFilter(4, TAPS, seed=seed, l1=0.01, delay=DELAY)
            fit_plain(plain, tensors(train, DELAY), tensors(devel, 0), epochs=epochs)
            assert abs(max(plain.scores) - together.best_score[index]) < 1e-3
            if epochs == 50:
                np.testing.assert_allclose(together.curves[1:, 1, index], plain.scores, atol=1e-4)
                weight = plain.best["convolution.weight"][0].T
                assert float((weight - together.best.weight[:, :, index]).abs().max()) < 1e-4


@pytest.mark.slow
def test_agrees_with_plain_lightning_on_the_twin() -> None:
    """The same at full kernel and features on a tiny twin: scores to 1e-3 over 500 epochs.

    Weights agree but for a few: where one crosses zero, rounding decides on which side L1 pushes it, and it may be a
    step or two of RMSprop (1e-3) off for a while. They are compared after the last epoch, because rounding also decides
    which of two equally good epochs is the best. Seeds 1 and 5 are seeds that learn on these three recordings; where L1
    takes the filter to zero, as that of seed 2, or nearly so (3 and 4), its score is a matter of rounding throughout.
    """
    torch.set_num_threads(1)
    seeds = (1, 5)
    train, devel = ([twin(f"{name}{number}") for number in range(count)] for name, count in (("t", 3), ("d", 2)))
    together = fit_with(train, devel, delay=28, taps=80, seeds=list(seeds), epochs=500)
    for index, seed in enumerate(seeds):
        plain = PlainOneFilter(37, 80, seed=seed, l1=0.01, delay=28)
        fit_plain(plain, tensors(train, 28), tensors(devel, 0), epochs=500)
        assert together.best_score[index] > 0.5
        assert abs(max(plain.scores) - together.best_score[index]) < 1e-3
        assert float(np.median(np.abs(together.curves[1:, 1, index] - plain.scores))) < 1e-3
        gap = (plain.convolution.weight.detach()[0].T - together.last.weight[:, :, index]).abs()
        assert float((gap > 1e-3).float().mean()) < 5e-3
        assert float(gap.mean()) < 1e-2 * float(together.last.weight[:, :, index].abs().mean())


def twin(name: str) -> tuple[Any, Any]:
    """Simulate 30 seconds of a German: features [300, 37] and valence [300]."""
    recording = simulate(name, "german", 30.0, seed=4)
    frames = polars.from_pandas(recording.frames).rename({f"{unit}_r": unit for unit in AUS})
    turns = polars.from_pandas(recording.turns)
    windows = extract(frames, turns, Features())
    return windows.features.select(FEATURES).to_numpy(), recording.labels["valence"].to_numpy()


@pytest.mark.slow
def test_trains_inside_an_allocation_of_a_cluster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Several tasks of SLURM are not taken for several processes to wait for; nor does `srun` on the path matter."""
    for name, value in (("SLURM_NTASKS", "4"), ("SLURM_JOB_NAME", "train"), ("SLURM_PROCID", "0")):
        monkeypatch.setenv(name, value)
    (tmp_path / "srun").write_text("#!/bin/sh\n")
    (tmp_path / "srun").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert shutil.which("srun") == str(tmp_path / "srun")
    plain = run([1], epochs=3)
    np.testing.assert_array_equal(plain.curves[:, 0], run([1], epochs=3).curves[:, 0])
