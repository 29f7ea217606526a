"""Training on a GPU: asked for and not there, and the same results where there is one."""

from typing import Any

import numpy as np
import pytest
import torch

from onefilter.errors import InputError
from onefilter.training.fit import Fit, accelerator_of, fit
from onefilter.training.ladder import DEEP, fit_deep
from tests.examples.training import DELAY, DEVEL, TRAIN, settings

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")


def trained(accelerator: str, *, subsets: Any = None, **changes: Any) -> Fit:
    """Fit the small recordings."""
    network, training = settings(**{"seeds": [1, 2, 3], "epochs": 60, **changes}, accelerator=accelerator)
    return fit(TRAIN, DEVEL, delay=DELAY, network=network, training=training, subsets=subsets)


@pytest.mark.parametrize(("built", "expected"), [(None, "was built without CUDA"), ("13.0", "no GPU or no driver")])
def test_cuda_that_is_not_there(monkeypatch: pytest.MonkeyPatch, built: str | None, expected: str) -> None:
    """One line, before anything is read or trained."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.version, "cuda", built)
    with pytest.raises(InputError, match=f"training.accelerator: cuda, but .*{expected}.*; set .* to cpu or auto"):
        trained("cuda")


def test_what_auto_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A GPU where there is one; the processor is taken where nothing else is asked for."""
    for there, expected in ((False, "cpu"), (True, "cuda")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda there=there: there)
        assert accelerator_of(settings(accelerator="auto")[1]) == expected
        assert accelerator_of(settings()[1]) == "cpu"


def test_a_gpu_without_enough_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line."""

    def full(*_: Any, **__: Any) -> None:
        raise torch.OutOfMemoryError

    monkeypatch.setattr("pytorch_lightning.Trainer.fit", full)
    with pytest.raises(InputError, match=r"do not fit into the GPU's memory; set training\.accelerator: cpu"):
        trained("cpu")


@needs_gpu
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"dropout": 0.3},
        {"loss": "pooled", "fill": "mask", "tail": "drop", "optimiser": "adam"},
        {"activation": "relu", "head": False},
        {"subsets": [[0], [0, 1], [1, 3]]},
    ],
)
def test_a_gpu_gives_the_same(changes: dict[str, Any]) -> None:
    """Weights and scores agree with the processor's within the rounding of single precision."""
    ours, theirs = trained("cpu", **changes), trained("cuda", **changes)
    np.testing.assert_allclose(theirs.curves, ours.curves, atol=1e-4)
    assert float((theirs.last.weight - ours.last.weight).abs().max()) < 1e-3
    assert theirs.best.weight.device.type == "cpu"


@needs_gpu
def test_a_training_goes_on_where_it_was_interrupted() -> None:
    """From the processor to a GPU, too."""
    states: list[Any] = []
    network, training = settings(seeds=[1, 2], epochs=100)
    whole = fit(
        TRAIN, DEVEL, delay=DELAY, network=network, training=training, on_round=lambda each: states.append(each.state())
    )
    on_gpu = training.model_copy(update={"accelerator": "cuda"})
    rest = fit(TRAIN, DEVEL, delay=DELAY, network=network, training=on_gpu, resume=states[0])
    np.testing.assert_allclose(rest.curves, whole.curves, atol=1e-4)


@needs_gpu
def test_the_ladder_on_a_gpu() -> None:
    """Deep networks, too."""
    found = []
    for accelerator in ("cpu", "cuda"):
        training = settings(seeds=[1, 2], epochs=5, accelerator=accelerator)[1]
        found.append(fit_deep(TRAIN, DEVEL, layers=DEEP["B"], delay=DELAY, training=training))
    np.testing.assert_allclose(found[1].best_score, found[0].best_score, atol=1e-4)
    np.testing.assert_allclose(found[1].predict(TRAIN[0][0]), found[0].predict(TRAIN[0][0]), atol=1e-4)
