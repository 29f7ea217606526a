"""The depth ladder."""

from typing import Any

import numpy as np
import pytest
import torch

from onefilter.concordance import concordance
from onefilter.model.prediction import at_annotators_time
from onefilter.training.ladder import DEEP, DeepFit, DeepLearning, DeepNetworks, count_weights, fit_deep
from onefilter.training.network import OneFilterNetworks
from onefilter.training.sequences import Parts, held, sequences
from tests.examples.training import DELAY, DEVEL, TRAIN, settings

SMALL = ((3, 5), (2, 4))


def deep(seeds: list[int], epochs: int = 30, *, devel: Any = DEVEL, on_epoch: Any = None, **changes: Any) -> DeepFit:
    """Fit small networks of several layers with the published settings but for `changes`."""
    torch.set_num_threads(1)
    _, training = settings(seeds=seeds, epochs=epochs, **{"l1": 0.0, **changes})
    return fit_deep(TRAIN, devel, layers=SMALL, delay=DELAY, training=training, on_epoch=on_epoch)


def test_numbers_of_weights() -> None:
    """The published ones: A 406,001 and C 2,963; counted and made."""
    assert count_weights("A", features=37, taps=80) == 406_001
    assert count_weights("C", features=37, taps=80) == 2_963
    assert count_weights("D", features=37, taps=80) == 2_961
    for name, layers in DEEP.items():
        made = DeepNetworks(layers, features=37, seeds=[1, 2])
        assert sum(weight.numel() for weight in made.parameters()) == 2 * count_weights(name, features=37, taps=80)
    shallow = OneFilterNetworks(taps=80, features=37, seeds=[1])
    assert sum(weight.numel() for weight in shallow.parameters()) == count_weights("C", features=37, taps=80)


def test_layers_by_hand() -> None:
    """A network of two layers, written out for one model and one step after the other."""
    networks = DeepNetworks(SMALL, features=4, seeds=[3, 5])
    inputs = torch.randn(1, 4, 20, generator=torch.Generator().manual_seed(1))
    outputs = networks(inputs)[0].detach().numpy()
    for model in range(2):
        values = inputs[0].numpy().astype(float)
        for layer, (kernels, biases) in enumerate(zip(networks.kernels, networks.biases, strict=True)):
            kernel, bias = kernels[model].detach().numpy().astype(float), biases[model].detach().numpy()
            taps, left = kernel.shape[2], (kernel.shape[2] - 1) // 2
            padded = np.pad(values, ((0, 0), (left, taps - 1 - left)))
            values = (
                np.stack([[np.sum(k * padded[:, t : t + taps]) for t in range(20)] for k in kernel]) + bias[:, None]
            )
            if layer < len(networks.kernels) - 1:
                values = np.maximum(values, 0)
        np.testing.assert_allclose(outputs[model], values[0], atol=1e-5)


def test_seeds_do_not_meet() -> None:
    """A model trained beside another is the model trained alone."""
    both, alone = deep([1, 2]), deep([2])
    assert both.best_score[1] == pytest.approx(alone.best_score[0], abs=1e-5)
    np.testing.assert_allclose(both.predict(DEVEL[0][0])[:, 1], alone.predict(DEVEL[0][0])[:, 0], atol=1e-4)


def test_learns_and_keeps_the_best_epoch() -> None:
    """Scores rise well above the start; the kept weights give the kept score on recordings of one length."""
    heard: list[int] = []

    def hear(epoch: int, best: float) -> None:
        heard.append(epoch)

    recordings = [(x[:50], y[:50]) for x, y in DEVEL]
    result = deep([1, 2], epochs=200, devel=recordings, on_epoch=hear)
    assert heard == list(range(1, 201))
    assert result.best_score.max() > 0.5
    for model in range(2):
        moved = [at_annotators_time(result.predict(x)[:, model], DELAY) for x, _ in recordings]
        score = concordance(np.concatenate(moved), np.concatenate([y for _, y in recordings]))
        assert score == pytest.approx(result.best_score[model], abs=1e-4)


@pytest.mark.parametrize(
    "changes",
    [
        {"loss": "pooled"}, {"dropout": 0.3}, {"optimiser": "adam"}, {"optimiser": "sgd"}, {"l1": 0.1}, {"rho": 0.5},
        {"learning_rate": 1e-2}, {"epsilon": 1e-2}, {"fill": "mask"}, {"tail": "drop"},
    ],
)  # fmt: skip
def test_no_setting_is_ignored(changes: dict[str, Any]) -> None:
    """Deep networks heed every setting of the training, as networks of one filter do."""
    plain, changed = deep([1], epochs=5), deep([1], epochs=5, **changes)
    assert not np.array_equal(plain.predict(DEVEL[0][0]), changed.predict(DEVEL[0][0]))


def test_what_l1_weighs() -> None:
    """The loss grows by l1 times the sum of all kernels' absolute values, written out."""
    _, training = settings(seeds=[1], l1=0.25)
    losses = []
    for weight in (0.0, training.l1):
        networks = DeepNetworks(SMALL, features=4, seeds=[1])
        train = sequences(TRAIN, taps=1, delay=DELAY, fill="repeat", tail="zeros", in_blocks=False)
        devel = held(DEVEL, taps=1, delay=DELAY, in_blocks=False)
        own = training.model_copy(update={"l1": weight})
        learning = DeepLearning(networks, Parts([train], 1), Parts([devel], 1), settings=own, on_epoch=None)
        losses.append(float(learning.training_step(None, 0).detach()))
    size = sum(float(kernel.detach().abs().sum()) for kernel in networks.kernels)
    assert losses[1] - losses[0] == pytest.approx(0.25 * size, rel=1e-5)
