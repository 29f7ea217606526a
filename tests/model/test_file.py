"""Model files: what goes in comes out, and nothing else is read."""

import json
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from onefilter.errors import InputError
from onefilter.model.file import read_model, write_model
from onefilter.names import PUBLISHED_FEATURES
from tests.examples.model import CARD, model


def test_round_trip(tmp_path: Path) -> None:
    """Weights to the bit, metadata to the letter; the same model gives the same bytes."""
    path, again = tmp_path / "a/model.safetensors", tmp_path / "b.safetensors"
    write_model(path, model())
    read = read_model(path)
    assert read.card == CARD
    np.testing.assert_array_equal(read.weight, model().weight)
    assert (read.bias, read.head_weight, read.head_bias) == (0.25, -1.5, 0.125)
    write_model(again, read)
    assert path.read_bytes() == again.read_bytes()
    assert [entry.name for entry in path.parent.iterdir()] == ["model.safetensors"]


def test_folding() -> None:
    """Filter and offset are what a linear model computes."""
    one = model()
    window = np.random.default_rng(2).normal(size=(80, 37))
    unfolded = one.head_weight * (np.sum(one.weight * window) + one.bias) + one.head_bias
    np.testing.assert_allclose(np.sum(one.filter * window) + one.offset, unfolded, rtol=1e-6)


def test_lags_and_latency() -> None:
    """From 3.9 s behind to 4.0 s ahead; half a window and 40 hops behind the face (design sections 4 and 10)."""
    one = model()
    assert one.lags[0] == pytest.approx(-3.9)
    assert one.lags[-1] == pytest.approx(4.0)
    assert one.latency == pytest.approx(4.5)
    assert one.latency - one.card.delay == pytest.approx(1.7)
    assert model(replace(CARD, alignment="causal")).latency == pytest.approx(4.0)


def test_refuses_what_is_no_model(tmp_path: Path) -> None:
    """No pickle, no other tensors, no broken file; each by name, in one line."""
    path = tmp_path / "x.safetensors"
    with pytest.raises(InputError, match="no such model file"):
        read_model(path)
    path.write_bytes(pickle.dumps({"weight": [1, 2, 3]}))
    with pytest.raises(InputError, match="is not a safetensors file"):
        read_model(path)
    path.write_bytes(b"")
    with pytest.raises(InputError, match="is not a safetensors file"):
        read_model(path)
    save_file({"weight": np.zeros((2, 2), np.float32)}, path)
    with pytest.raises(InputError, match="not a onefilter model"):
        read_model(path)
    write_model(path, model())
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match="is not a safetensors file"):
        read_model(path)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"format": 3}, r"has format 3, this version reads 1 to 2; install a newer onefilter"),
        ({"activation": "tanh"}, r"unknown activation 'tanh', known are linear, relu; give a \.safetensors file"),
        ({"alignment": "center"}, r"unknown alignment 'center', known are centred, causal; give a"),
        ({"failed_frames": "omit"}, r"unknown failed_frames 'omit', known are keep, drop; give a"),
        ({"features": PUBLISHED_FEATURES[:-1]}, r"weights of shape 80 x 37 do not fit 36 features"),
        ({"left": 80}, r"do not fit 37 features and 80 steps of past"),
    ],
)
def test_refuses_cards_that_do_not_fit(tmp_path: Path, change: dict[str, object], expected: str) -> None:
    """Version, activation, kind of windows, number of features and offset must go together."""
    path = tmp_path / "x.safetensors"
    write_model(path, replace(model(), card=replace(CARD, **change)))  # type: ignore[arg-type]
    with pytest.raises(InputError, match=expected):
        read_model(path)


def test_refuses_broken_metadata_and_values(tmp_path: Path) -> None:
    """Metadata that is no JSON or lacks fields; tensors that are missing or not finite."""
    path = tmp_path / "x.safetensors"
    save_file({"weight": np.zeros((2, 2), np.float32)}, path, metadata={"onefilter": "{"})
    with pytest.raises(InputError, match="metadata is not JSON"):
        read_model(path)
    save_file({"weight": np.zeros((2, 2), np.float32)}, path, metadata={"onefilter": json.dumps({"target": "x"})})
    with pytest.raises(InputError, match="metadata is not that of"):
        read_model(path)
    write_model(path, replace(model(), bias=float("nan")))
    with pytest.raises(InputError, match="tensor bias is not finite"):
        read_model(path)


def test_the_first_format_is_read(tmp_path: Path) -> None:
    """Files of format 1 have no source and are read as before."""
    path = tmp_path / "x.safetensors"
    write_model(path, model())
    with safe_open(path, framework="numpy") as content:
        card = json.loads(content.metadata()["onefilter"])
        tensors = {name: content.get_tensor(name) for name in content.keys()}  # noqa: SIM118
    del card["source"]
    save_file(tensors, path, metadata={"onefilter": json.dumps(card | {"format": 1})})
    again = read_model(path)
    assert (again.card.format, again.card.source) == (1, "")
    np.testing.assert_array_equal(again.weight, model().weight)
