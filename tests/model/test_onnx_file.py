"""Exported models, run by onnxruntime, against our own prediction."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import polars as pl
import pytest

from onefilter.commands.export import export
from onefilter.errors import InputError
from onefilter.model.card import Model, Stack
from onefilter.model.file import write_model
from onefilter.model.onnx_file import export_onnx
from onefilter.model.prediction import predict
from tests.examples.live import CARD, deep, network

MODELS: dict[str, Model | Stack] = {
    "published": network(CARD, 80, 39, seed=1),
    "causal": network(CARD, 20, 19, seed=2, width=7),
    "ahead": network(CARD, 5, 0, seed=3),
    "relu": network(CARD, 9, 4, seed=4, activation="relu"),
    "deep": deep(CARD, seed=5),
}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("steps", [1, 30, 400])
def test_runs_elsewhere(name: str, steps: int) -> None:
    """The same predictions, to single precision, for any number of steps."""
    model = MODELS[name]
    session = onnxruntime.InferenceSession(export_onnx(model), providers=["CPUExecutionProvider"])
    inputs = np.random.default_rng(1).random((steps, len(model.card.features)))
    (found,) = session.run(["affect"], {"features": inputs.astype(np.float32)})
    expected = predict(model, pl.DataFrame(inputs, schema=list(model.card.features)))
    assert found.shape == (steps,)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5 * max(1, np.abs(expected).max()))


def test_says_what_it_is() -> None:
    """Names, shapes, and the model file's own card."""
    session = onnxruntime.InferenceSession(export_onnx(MODELS["causal"]), providers=["CPUExecutionProvider"])
    (given,), (made,) = session.get_inputs(), session.get_outputs()
    assert (given.name, given.shape, made.name, made.shape) == ("features", ["steps", 7], "affect", ["steps"])
    card = json.loads(session.get_modelmeta().custom_metadata_map["onefilter"])
    assert card["features"] == list(MODELS["causal"].card.features)
    assert (card["window"], card["left"], card["target"]) == (1.0, 19, "valence")


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Writes a file that loads, and says what it wants."""
    source, out = tmp_path / "m.safetensors", tmp_path / "m.onnx"
    write_model(source, replace(network(CARD, 80, 39, seed=1)))
    export(source, onnx=out)
    assert capsys.readouterr().out == (
        f"{out}: features [steps, 37] -> affect [steps] (valence); windows of 1 s, centred, one every 0.1 s\n"
    )
    onnxruntime.InferenceSession(out, providers=["CPUExecutionProvider"])
    with pytest.raises(InputError, match=r"m\.pb: unknown ending '\.pb'; use \.onnx"):
        export(source, onnx=tmp_path / "m.pb")
    with pytest.raises(InputError, match="cannot be written"):
        export(source, onnx=source / "m.onnx")


def test_without_onnx(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to install."""
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(InputError, match=r"pip install 'onefilter\[onnx\]'"):
        export_onnx(MODELS["published"])
