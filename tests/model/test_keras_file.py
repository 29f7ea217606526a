"""Keras files, written here with h5py in every variant, against direct evaluation in NumPy."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from onefilter.cli import app
from onefilter.errors import InputError
from onefilter.explanation.selection import PUBLISHED
from onefilter.model.card import Model, Stack
from onefilter.model.file import read_any_model, read_model, write_model
from onefilter.model.keras_file import PUBLISHED_SETS, import_keras
from onefilter.model.prediction import predict
from onefilter.names import PUBLISHED_FEATURES
from tests.examples.keras import (
    Floats,
    Layers,
    activation,
    conv,
    dense,
    described_by_keras_3,
    draw,
    write,
    write_keras_3,
    zip_keras_3,
)
from tests.examples.openface import Write
from tests.examples.stand_ins import STAND_INS


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
    with pytest.raises(
        InputError,
        match=r"reads 7 features, not the 37 that are stored; say which by --features: published-7, or a file",
    ):
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
        (broken(data_format="channels_first"), "layer c has data_format channels_first, .*only channels_last can"),
        (broken(groups=37), "layer c has groups 37, which cannot be imported: only 1 can"),
        (broken(kernel_size=[7]), "layer c has kernel_size 7, and its weights are for 5: the file contradicts"),
        (broken(filters=2), "layer c has filters 2, and its weights are for 1"),
        (broken(use_bias=False), "holds biases, which it says that it has not, for layer c"),
        ([dense("d", draw(37, 1), draw(1), units=2)], "layer d has units 2, and its weights are for 1"),
        (broken(strides="a" * 1000), "layer c has strides 'a+…', which"),
        (broken(activation={"class_name": "x"}), "layer c has the activation a table of 1"),
        (broken(kernel_regularizer=[1]), "model_config cannot be understood"),
        ([conv("c", np.full((5, 37, 1), 1e30), draw(1))], "layer c has weights that are not finite, or beyond 1e"),
        ([("Conv1D", {"name": "c"}, {"kernel": draw(5, 37, 1)})], "holds no biases for layer c"),
        ([("TimeDistributed", {"name": "t", "layer": {}}, {})], "model_config cannot be understood .KeyError"),
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


@pytest.mark.parametrize("kind", ["GaussianNoise", "GaussianDropout", "ActivityRegularization", "SpatialDropout1D"])
def test_layers_that_do_nothing_when_predicting(tmp_path: Path, kind: str) -> None:
    """Noise of training, wherever it stands."""
    plain, noisy = (tmp_path / name for name in ("plain.h5", "noisy.h5"))
    head = dense("d", draw(1, 1), draw(1))
    write(plain, [*broken(), head])
    write(noisy, [(kind, {"name": "first"}, {}), *broken(), (kind, {"name": "second"}, {}), head])
    expected, found = (import_keras(path, target="valence", delay=2.8) for path in (plain, noisy))
    assert isinstance(expected, Model)
    assert isinstance(found, Model)
    np.testing.assert_array_equal(found.weight, expected.weight)
    assert (found.bias, found.head_weight) == (expected.bias, expected.head_weight)


def test_a_plain_relu_is_an_activation(tmp_path: Path) -> None:
    """One that is cut off above, leaks or begins elsewhere is not."""
    relu: dict[str, Any] = {"name": "re_lu", "max_value": None, "negative_slope": 0.0, "threshold": 0.0}
    path = write(tmp_path / "model.h5", [*broken(), ("ReLU", relu, {})])
    assert import_keras(path, target="valence", delay=2.8).card.activation == "relu"
    for setting in ("max_value", "negative_slope", "threshold"):
        write(path, [*broken(), ("ReLU", relu | {setting: 6.0}, {})])
        with pytest.raises(InputError, match="layer re_lu is a ReLU, which cannot be imported"):
            import_keras(path, target="valence", delay=2.8)


def test_branches_are_refused(tmp_path: Path) -> None:
    """A model that is no chain is not guessed at."""
    path = write(tmp_path / "model.h5", [*broken(), dense("d", draw(1, 1), draw(1))], kind="Model")
    with h5py.File(path, "a") as content:
        config = json.loads(content.attrs["model_config"])
        config["config"]["layers"][-1]["inbound_nodes"] = [[["input_1", 0, 0, {}], ["c", 0, 0, {}]]]
        content.attrs["model_config"] = json.dumps(config)
    with pytest.raises(InputError, match=r"^[^;]*: layer d reads input_1, c, so it is no chain; give[^;]*$"):
        import_keras(path, target="valence", delay=2.8)


def test_bad_files_are_refused(tmp_path: Path) -> None:
    """Not HDF5, no weights, no model, nonsense, nothing: by name."""

    def refused(message: str) -> None:
        with pytest.raises(InputError, match=message):
            import_keras(path, target="valence", delay=2.8)

    path = tmp_path / "model.h5"
    refused("no such file; `dvc pull` fetches the published ones")
    path.write_text("hello", encoding="utf-8")
    refused("is neither an HDF5 file nor a .keras zip")
    for text, what in STAND_INS:
        path.write_bytes(text)
        refused(what)
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


def without_bias(name: str, kernel: Floats) -> Any:
    """A convolution that has no bias and says so."""
    kind, config, _ = conv(name, kernel, draw(kernel.shape[2]), use_bias=False)
    return kind, config, {"kernel": kernel}


@pytest.mark.parametrize("kind", ["Sequential", "Functional"])
@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("distributed", [False, True])
def test_keras_3(tmp_path: Path, kind: str, zipped: bool, distributed: bool) -> None:
    """Chains as Keras 3 saves them, in both containers; layers of one kind are told apart by their number."""
    first, second, bias = draw(7, 37, 4), draw(4, 4, 1, seed=2), draw(4, seed=3)
    head, offset = draw(1, 1, seed=4), draw(1, seed=5)
    layers: Layers = [
        conv("mine", first, bias, activation="relu", kernel_regularizer=None),
        ("Dropout", {"name": "dropout", "rate": 0.2}, {}),
        without_bias("another", second),
        dense("out", head, offset, distributed=distributed),
    ]
    write_one = zip_keras_3 if zipped else write_keras_3
    path = write_one(tmp_path / ("m.keras" if zipped else "m.h5"), layers, kind=kind)
    model = import_keras(path, target="valence", delay=2.8, window=1.0, hop=0.2, corpus="ours")
    assert (model.card.window, model.card.hop, model.card.corpus) == (1.0, 0.2, "ours")
    values, table = inputs()
    expected = directly([(first, bias, True), (second, np.zeros(1), False), (head[None], offset, False)], values)
    np.testing.assert_allclose(predict(model, table), expected, atol=1e-4)


def test_keras_3_branches_are_refused(tmp_path: Path) -> None:
    """A layer that reads two, and a model that ends before its last layer."""
    layers: Layers = [*broken(), dense("d", draw(1, 1), draw(1))]
    config = described_by_keras_3(layers, "Functional")
    node = config["config"]["layers"][2]["inbound_nodes"][0]
    node["kwargs"]["mask"] = config["config"]["layers"][1]["inbound_nodes"][0]["args"][0]
    other = described_by_keras_3(layers, "Functional")
    other["config"]["output_layers"] = [["c", 0, 0]]
    for changed, message in ((config, "layer d reads c, input_layer, so it is no chain"), (other, "does not end in")):
        text = json.dumps(changed).encode()
        path = zip_keras_3(tmp_path / "m.keras", layers, more={"config.json": text})
        with pytest.raises(InputError, match=message):
            import_keras(path, target="valence", delay=2.8)


def test_zips_are_read_with_care(tmp_path: Path) -> None:
    """Strange members, bombs, doubles, what is missing or damaged: one line each, and nothing is unpacked."""
    path = tmp_path / "m.keras"

    def refused(message: str) -> None:
        with pytest.raises(InputError, match=message):
            import_keras(path, target="valence", delay=2.8)

    zip_keras_3(path, broken(), more={"../../evil.py": b"x"})
    refused(r"has a member \.\./\.\./evil\.py, which Keras does not write")
    zip_keras_3(path, broken(), more={"assets/words.txt": b"x"})
    import_keras(path, target="valence", delay=2.8)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("config.json", b"{}")
    refused(r"has 2 members config\.json, not one")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", b"{}")
        archive.writestr("model.weights.h5", bytes(65_000_000))
    assert path.stat().st_size < 100_000
    refused(r"model\.weights\.h5 is larger than 64 MB when unpacked")
    zip_keras_3(path, broken(), more={"config.json": b"[" * 100_000})
    refused("model_config cannot be understood")
    zip_keras_3(path, broken(), more={"model.weights.h5": b"no"})
    refused("is neither an HDF5 file nor a .keras zip")
    zip_keras_3(path, [("Conv1D", {"name": "c"}, {})])
    refused("holds no layers")
    zip_keras_3(path, [*broken(), ("Dense", {"name": "dense"}, {})])
    refused("holds no weights for layer dense, only for conv1d; give")
    content = zip_keras_3(path, broken()).read_bytes()
    path.write_bytes(content[: len(content) // 2])
    refused("is damaged .*; download or copy it again")
    assert [entry.name for entry in tmp_path.iterdir()] == ["m.keras"]


def test_numbers_come_from_the_file_itself(tmp_path: Path) -> None:
    """External storage, virtual data sets, links, huge shapes, other types: refused before anything is read."""
    secret = tmp_path / "secret"
    secret.write_bytes(np.ones(5 * 37, np.float32).tobytes())
    donor = write(tmp_path / "donor.h5", broken())
    virtual = h5py.VirtualLayout(shape=(5, 37, 1), dtype="f4")
    virtual[:] = h5py.VirtualSource(str(donor), "model_weights/c/c/kernel:0", shape=(5, 37, 1))
    layer = "model_weights/c/c"
    ways: dict[str, Callable[[Any], object]] = {
        "lie in other files": lambda group: group.create_dataset(
            "kernel:0", (5, 37, 1), "f4", external=[(str(secret), 0, 740)]
        ),
        "lie in other files,": lambda group: group.create_virtual_dataset("kernel:0", virtual),
        "kernel:0 is a link": lambda group: group.__setitem__("kernel:0", h5py.SoftLink(f"/{layer}/bias:0")),
        "kernel:0 is a link to": lambda group: group.__setitem__(
            "kernel:0", h5py.ExternalLink(str(donor), f"/{layer}/kernel:0")
        ),
        "holds 37000000000 numbers": lambda group: group.create_dataset("kernel:0", (10**9, 37, 1), "f4"),
        "holds no data": lambda group: group.create_dataset("kernel:0", (5, 37, 1), "f4"),
        "is not an array of plain numbers .int32": lambda group: group.create_dataset("kernel:0", (5, 37, 1), "i4"),
        "has two arrays kernel": lambda group: (
            group.create_dataset("kernel:0", data=np.ones((5, 37, 1), "f4")),
            group.create_dataset("kernel:1", data=np.ones((5, 37, 1), "f4")),
        ),
        "are not grouped as Keras does": lambda group: (
            group.__delitem__("bias:0"),
            [group.__setitem__(f"kernel{number}", group) for number in range(20)],
        ),
    }
    path = tmp_path / "model.h5"
    for message, change in ways.items():
        write(path, broken())
        with h5py.File(path, "a") as content:
            del content[f"{layer}/kernel:0"]
            change(content[layer])
        with pytest.raises(InputError, match=message):
            import_keras(path, target="valence", delay=2.8)


def test_only_the_named_layers_are_read(tmp_path: Path) -> None:
    """What else lies in the file does not matter, and is not opened."""
    path = write(tmp_path / "model.h5", broken())
    with h5py.File(path, "a") as content:
        content["model_weights/other/kernel"] = h5py.ExternalLink(str(tmp_path / "nowhere.h5"), "/x")
        content.create_dataset("optimizer_weights/huge", (10**9, 37, 1), "f4")
    import_keras(path, target="valence", delay=2.8)


def test_texts_that_are_longer_than_the_file(tmp_path: Path) -> None:
    """HDF5 would take gigabytes of memory for them, or never come back."""
    content = write(tmp_path / "model.h5", broken()).read_bytes()
    heap, name = content.index(b"GCOL"), content.index(b"model_config\0")
    length = content.index(heap.to_bytes(8, "little"), name) - 4
    for place, size, message in (
        (heap + 8, 2**32, "a heap beyond its end"),
        (heap + 24, 2**64 - 1, "a heap beyond its end"),
        (heap + 5, 2**64 - 1, "a heap beyond its end"),
        (length, 2**64 - 1, "model_config is longer than the file"),
    ):
        changed = bytearray(content)
        changed[place : place + 8] = size.to_bytes(8, "little")
        (tmp_path / "model.h5").write_bytes(changed)
        with pytest.raises(InputError, match=message):
            import_keras(tmp_path / "model.h5", target="valence", delay=2.8)


def test_published_inputs_by_name(tmp_path: Path) -> None:
    """Seven, and every other column with and without the turn at its end, as the study's code selects them."""
    assert PUBLISHED_SETS["published-7"] == PUBLISHED
    assert {name: len(set(known)) for name, known in PUBLISHED_SETS.items()} == {
        "published-37": 37, "published-7": 7, "published-19-meanonly": 19, "published-19-stdonly": 19,
    }  # fmt: skip
    out = tmp_path / "M.safetensors"
    for width, name, listed in ((7, "published-7", ""), (19, "published-19-stdonly", "published-19-meanonly, ")):
        file = write(tmp_path / "p.h5", [conv("c", draw(80, width, 1), draw(1))])
        arguments = ["import-keras", str(file), "--target", "valence", "--delay", "2.8", "-o", str(out), "--force"]
        failed = CliRunner().invoke(app, arguments)
        assert f"--features: {listed}{name}, or a file" in str(failed.exception)
        options = ["--features", name, "--window", "1", "--hop", "0.2", "--trained-on", "ours"]
        result = CliRunner().invoke(app, [*arguments, *options])
        assert result.exit_code == 0, result.output
        card = read_model(out).card
        assert card.features == PUBLISHED_SETS[name]
        assert (card.window, card.hop, card.corpus) == (1.0, 0.2, "ours")
        for change, message in (
            (["--window", "0"], "window: 0.0 lies outside 0.001..60; say it as the model was trained"),
            (["--window", "nan"], "window: nan is not a finite number"),
            (["--trained-on", "a\x1bb"], "is not the name of a corpus"),
            (["--target", "time"], "--target: 'time' is not the name of a target"),
            (["--features", "published-8"], "give published-37, published-7,"),
        ):
            failed = CliRunner().invoke(app, [*arguments, *options, *change])
            assert isinstance(failed.exception, InputError)
            assert message in str(failed.exception)


@pytest.mark.parametrize("version", ["earliest", "v108", "latest"])
@pytest.mark.parametrize("fixed", [False, True])
def test_every_way_of_keeping_the_description(tmp_path: Path, version: str, fixed: bool) -> None:
    """HDF5 keeps texts in a heap or in their place, and attributes in three versions."""
    good, path = write(tmp_path / "good.h5", broken()), tmp_path / "model.h5"
    with h5py.File(good) as source, h5py.File(path, "w", libver=version) as content:
        text = source.attrs["model_config"]
        content.attrs["model_config"] = np.bytes_(text.encode()) if fixed else text
        source.copy("model_weights", content)
    np.testing.assert_array_equal(
        import_keras(path, target="valence", delay=2.8).weight,  # type: ignore[union-attr]
        import_keras(good, target="valence", delay=2.8).weight,  # type: ignore[union-attr]
    )
