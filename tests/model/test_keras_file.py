"""Keras files, written here with h5py in every variant, against direct evaluation in NumPy."""

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from onefilter.cli import app
from onefilter.errors import InputError
from onefilter.model.card import Model, Stack
from onefilter.model.file import read_any_model, read_model, write_model
from onefilter.model.keras_file import import_keras
from onefilter.model.prediction import predict
from onefilter.names import PUBLISHED_FEATURES
from tests.examples.keras import Floats, Layers, activation, conv, dense, draw, write
from tests.examples.openface import Write


def directly(layers: list[tuple[Floats, Floats, bool]], inputs: Floats) -> Floats:
    """Evaluate convolutions step by step: tap k looks at step t + k - (K - 1) // 2."""
    values = inputs
    for kernel, bias, relu in layers:
        taps, left = len(kernel), (len(kernel) - 1) // 2
        rows = []
        for t in range(len(values)):
            total = bias.copy()
            for k in range(taps):
                if 0 <= t + k - left < len(values):
                    total = total + values[t + k - left] @ kernel[k]
            rows.append(np.maximum(total, 0) if relu else total)
        values = np.stack(rows)
    return values[:, 0]


def inputs(names: tuple[str, ...] = PUBLISHED_FEATURES, steps: int = 40) -> tuple[Floats, pl.DataFrame]:
    """Features of one recording; the frame holds all 37."""
    table = pl.DataFrame(np.abs(np.random.default_rng(9).normal(size=(steps, 37))), schema=list(PUBLISHED_FEATURES))
    return table.select(names).to_numpy(), table


@pytest.mark.parametrize("kind", ["Sequential", "Sequential with a name", "Model"])
@pytest.mark.parametrize("suffix", ["", "_1"])
@pytest.mark.parametrize(("rectified", "separate"), [(False, False), (True, False), (True, True)])
@pytest.mark.parametrize("taps", [80, 50, 7])
def test_one_filter_in_every_variant(
    tmp_path: Path, kind: str, suffix: str, rectified: bool, separate: bool, taps: int
) -> None:
    """The published shape: one filter, activation on the layer or behind it, dropout, a unit per step."""
    kernel, bias, head, offset = draw(taps, 37, 1), draw(1, seed=2), draw(1, 1, seed=3), draw(1, seed=4)
    on_layer = "relu" if rectified and not separate else "linear"
    regulariser = {"class_name": "L1L2", "config": {"l1": 0.01, "l2": 0.0}}
    layers: Layers = [conv("conv1d_1", kernel, bias, activation=on_layer, kernel_regularizer=regulariser)]
    layers += [activation("relu" if rectified else "linear")] if separate else []
    layers += [("Dropout", {"name": "dropout_1", "rate": 0.5}, {}), dense("time_distributed_1", head, offset)]
    path = write(tmp_path / "model.h5", layers, kind=kind, suffix=suffix)
    model = import_keras(path, target="valence", delay=2.8)
    assert isinstance(model, Model)
    card = model.card
    assert (card.window, card.hop, card.alignment, card.delay) == (0.08, 0.1, "centred", 2.8)
    assert card.features == PUBLISHED_FEATURES
    assert (card.left, model.taps) == ((taps - 1) // 2, taps)
    assert card.activation == ("relu" if rectified else "linear")
    assert "L1 0.01 on the kernel" in card.source
    values, table = inputs()
    expected = directly([(kernel, bias, rectified), (head[None], offset, False)], values)
    np.testing.assert_allclose(predict(model, table), expected, atol=1e-5)
    write_model(tmp_path / "m.safetensors", model)
    again = read_model(tmp_path / "m.safetensors")
    assert again.card == card
    np.testing.assert_allclose(predict(again, table), expected, atol=1e-5)


def test_without_a_head_and_with_fewer_features(tmp_path: Path) -> None:
    """Network D has no unit behind it; the 7-feature models need names."""
    kernel, bias = draw(80, 7, 1), draw(1, seed=2)
    path = write(tmp_path / "model.h5", [conv("conv1d_1", kernel, bias)])
    names = tuple(PUBLISHED_FEATURES[index] for index in (0, 3, 5, 6, 7, 9, 36))
    model = import_keras(path, target="valence", delay=2.8, features=names)
    assert isinstance(model, Model)
    assert (model.head_weight, model.head_bias) == (1.0, 0.0)
    values, table = inputs(names)
    np.testing.assert_allclose(predict(model, table), directly([(kernel, bias, False)], values), atol=1e-5)
    with pytest.raises(InputError, match=r"reads 7 features, not the 37 that are stored; name them, one per line"):
        import_keras(path, target="valence", delay=2.8)
    with pytest.raises(InputError, match="reads 7 features, --features names 37"):
        import_keras(path, target="valence", delay=2.8, features=PUBLISHED_FEATURES)
    with pytest.raises(InputError, match="unknown feature 'AU12_maen'"):
        import_keras(path, target="valence", delay=2.8, features=[*names[:-1], "AU12_maen"])


def test_deeper_stacks(tmp_path: Path) -> None:
    """Several convolutions become a stack that predicts, is kept and read again, and says what it is."""
    shapes = [(5, 37, 6), (4, 6, 3), (3, 3, 1)]
    kernels = [draw(*shape, seed=number) for number, shape in enumerate(shapes)]
    biases = [draw(shape[2], seed=10 + number) for number, shape in enumerate(shapes)]
    layers: Layers = [
        conv(f"conv1d_{number}", kernel, bias, activation="relu")
        for number, (kernel, bias) in enumerate(zip(kernels, biases, strict=True), start=1)
    ]
    head, offset = draw(1, 1, seed=3), draw(1, seed=4)
    layers.append(dense("dense_1", head, offset, distributed=False))
    path = write(tmp_path / "model.h5", layers, kind="Model")
    model = import_keras(path, target="arousal", delay=4.0)
    assert isinstance(model, Stack)
    values, table = inputs()
    parts = [(kernel, bias, True) for kernel, bias in zip(kernels, biases, strict=True)]
    expected = directly([*parts, (head[None], offset, False)], values)
    np.testing.assert_allclose(predict(model, table), expected, atol=1e-4)
    write_model(tmp_path / "m.safetensors", model)
    np.testing.assert_allclose(predict(read_any_model(tmp_path / "m.safetensors"), table), expected, atol=1e-4)
    with pytest.raises(InputError, match="has 4 layers, so there is no single filter to look at"):
        read_model(tmp_path / "m.safetensors")
    result = CliRunner().invoke(app, ["inspect", str(tmp_path / "m.safetensors")])
    assert "6 filters of 5 taps and ReLU" in result.output
    assert "Keras file model.h5" in result.output


def test_from_the_command_line(tmp_path: Path, write_openface: Write) -> None:
    """Import, inspect, predict: a published model on one's own OpenFace file, in three lines."""
    kernel, bias, head, offset = draw(80, 37, 1), draw(1, seed=2), draw(1, 1, seed=3), draw(1, seed=4)
    file = write(tmp_path / "p.h5", [conv("c", kernel, bias), dense("t", head, offset)])
    out = tmp_path / "M.safetensors"
    names = tmp_path / "names.txt"
    names.write_text("# stored order\n" + "\n".join(PUBLISHED_FEATURES) + "\n", encoding="utf-8")
    arguments = ["import-keras", str(file), "--target", "valence", "--delay", "2.8", "--features", str(names)]
    result = CliRunner().invoke(app, [*arguments, "-o", str(out)])
    assert result.exit_code == 0, result.output
    assert "Keras file p.h5" in result.output
    assert "0.08 s centred, one every 0.1 s" in result.output
    recording = write_openface(frames=600)
    result = CliRunner().invoke(app, ["predict", str(recording), "--model", str(out), "-o", str(tmp_path / "y.csv")])
    assert result.exit_code == 0, result.output
    predicted = pl.read_csv(tmp_path / "y.csv")
    assert predicted.columns == ["time", "valence", "tracked"]
    assert predicted.height == 120
    for change, message in (
        (["--target", "val/ence"], "--target: 'val/ence' is not the name of a target"),
        (["-o", str(tmp_path / "M.pkl")], "unknown ending '.pkl'"),
    ):
        failed = CliRunner().invoke(app, [*arguments, "-o", str(out), *change])
        assert isinstance(failed.exception, InputError)
        assert message in str(failed.exception)


def broken(**config: Any) -> Layers:
    """One convolution with other settings."""
    return [conv("c", draw(5, 37, 1), draw(1), **config)]


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (broken(padding="causal"), "layer c has padding causal, which cannot be imported: only same can"),
        (broken(strides=[2]), "layer c has strides 2"),
        (broken(dilation_rate=[3]), "layer c has dilation_rate 3"),
        (broken(activation="tanh"), "layer c has the activation 'tanh', which cannot be imported: linear and relu can"),
        ([conv("c", draw(5, 5, 37, 1), draw(1))], "kernel of shape 5x5x37x1, but a Conv1D has 3 dimensions"),
        ([("Conv2D", {"name": "c2"}, {"kernel": draw(3, 3, 37, 1)})], "layer c2 is a Conv2D, which cannot be imported"),
        ([("LSTM", {"name": "l"}, {})], "layer l is a LSTM, which cannot be imported"),
        ([conv("c", draw(5, 37, 1), draw(3))], "layer c has 3 biases for 1 filters"),
        ([conv("c", np.full((5, 37, 1), np.nan), draw(1))], "layer c has weights that are not finite"),
        ([conv("c", draw(5, 37, 2), draw(2))], "ends in 2 numbers per step, not in one"),
        ([conv("c", draw(5, 37, 4), draw(4)), dense("d", draw(3, 1), draw(1))], "layer d reads 3 numbers where c"),
        ([activation("relu"), *broken()], "layer activation_1 is an activation of the inputs"),
        ([("Dropout", {"name": "d"}, {})], "has no layer with weights"),
        ([(*conv("c", draw(5, 37, 1), draw(1))[:2], {})], "holds no weights for layer c"),
    ],
)
def test_what_cannot_be_imported_is_named(tmp_path: Path, layers: Layers, message: str) -> None:
    """The layer, what it is, what can be."""
    path = write(tmp_path / "model.h5", layers)
    with pytest.raises(InputError, match=message):
        import_keras(path, target="valence", delay=2.8)


def test_branches_are_refused(tmp_path: Path) -> None:
    """A model that is no chain is not guessed at."""
    path = write(tmp_path / "model.h5", [*broken(), dense("d", draw(1, 1), draw(1))], kind="Model")
    with h5py.File(path, "a") as content:
        config = json.loads(content.attrs["model_config"])
        config["config"]["layers"][-1]["inbound_nodes"] = [[["input_1", 0, 0, {}], ["c", 0, 0, {}]]]
        content.attrs["model_config"] = json.dumps(config)
    with pytest.raises(InputError, match="layer d reads input_1, c, so it is no chain"):
        import_keras(path, target="valence", delay=2.8)


def test_bad_files_are_refused(tmp_path: Path) -> None:
    """Not HDF5, no weights, no model, nonsense, nothing: by name."""

    def refused(message: str) -> None:
        with pytest.raises(InputError, match=message):
            import_keras(path, target="valence", delay=2.8)

    path = tmp_path / "model.h5"
    refused("no such file; `dvc pull` fetches the published ones")
    path.write_text("hello", encoding="utf-8")
    refused("is not an HDF5 file")
    with h5py.File(path, "w") as content:
        content.create_group("model_weights")
    refused("has no model_config: it holds weights without a model")
    with h5py.File(path, "w") as content:
        content.attrs["model_config"] = b"{}"
    refused("holds no model_weights")
    for nonsense in (b"{", b"[]", b'{"class_name": "Sequential"}', b'{"class_name": "Sequential", "config": [1]}'):
        with h5py.File(path, "w") as content:
            content.attrs["model_config"] = nonsense
            content.create_group("model_weights")
        refused("model_config cannot be understood")
    write(path, broken(), extra={"class_name": "RNN"})
    refused("is a RNN, not a chain of layers")
