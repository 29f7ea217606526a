"""Model files: what goes in comes out, and nothing else is read."""

import json
import pickle
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from annotated_types import Ge, Le
from safetensors import safe_open
from safetensors.numpy import save_file

from onefilter.errors import InputError
from onefilter.model.card import LONGEST, Card, Layer, Stack, check_tool
from onefilter.model.fields import Range
from onefilter.model.file import read_any_model, read_model, write_model
from onefilter.names import PUBLISHED_FEATURES
from onefilter.settings import Features, Network
from onefilter.settings import Target as TargetSettings
from tests.examples.model import CARD, model
from tests.examples.stand_ins import STAND_INS


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
        read_model(Path("x" * 5000))
    with pytest.raises(InputError, match="no such model file"):
        read_model(path)
    path.write_bytes(pickle.dumps({"weight": [1, 2, 3]}))
    with pytest.raises(InputError, match="is not a safetensors file"):
        read_model(path)
    for text, what in STAND_INS:
        path.write_bytes(text)
        with pytest.raises(InputError, match=what):
            read_model(path)
    path.write_bytes(b"")
    with pytest.raises(InputError, match="is not a safetensors file"):
        read_model(path)
    for head in (b"PK\3\4", b"\x89HDF\r\n\x1a\n"):
        path.write_bytes(head + bytes(1000))
        with pytest.raises(InputError, match="looks like a Keras file; bring it by `onefilter import-keras`"):
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
        ({"format": 5}, r"has format 5, this version reads 1 to 4; install a newer onefilter"),
        (
            {"activation": "tanh"},
            r"metadata: activation: 'tanh' is not known, known are linear, relu; give a \.safetensors file",
        ),
        ({"alignment": "center"}, r"metadata: alignment: 'center' is not known, known are centred, causal; give a"),
        ({"failed_frames": "omit"}, r"failed_frames: 'omit' is not known, known are keep, drop; give a"),
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
    del card["source"], card["checksum"]
    save_file(tensors, path, metadata={"onefilter": json.dumps(card | {"format": 1})})
    again = read_model(path)
    assert (again.card.format, again.card.source) == (1, "")
    np.testing.assert_array_equal(again.weight, model().weight)


def parts(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Take a model file apart into its card and its tensors."""
    with safe_open(path, framework="numpy") as content:
        names = list(content.keys())
        return json.loads(content.metadata()["onefilter"]), {name: content.get_tensor(name) for name in names}


def edit(path: Path, card: Mapping[str, Any] | None = None, tensors: Mapping[str, Any] | None = None) -> None:
    """Change a model file as a format without a checksum lets anybody do; None takes a tensor away."""
    write_model(path, model())
    entries, arrays = parts(path)
    entries.pop("checksum")
    arrays = {name: array for name, array in {**arrays, **(tensors or {})}.items() if array is not None}
    save_file(arrays, path, metadata={"onefilter": json.dumps(entries | {"format": 2} | dict(card or {}))})


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"hop": 1e-6}, "hop: 1e-06 lies outside 0.01..10"),
        ({"hop": "0.1"}, "hop: '0.1' is not a number"),
        ({"hop": True}, "hop: True is not a number"),
        ({"window": 0}, "window: 0 lies outside 0.001..60"),
        ({"window": 1e9}, "window: 1000000000.0 lies outside 0.001..60"),
        ({"delay": float("nan")}, "delay: nan is not a finite number"),
        ({"delay": float("inf")}, "delay: inf is not a finite number"),
        ({"delay": 10**400}, "delay: a huge number is not a finite number"),
        ({"delay": -1}, "delay: -1 lies outside 0..20"),
        ({"left": None}, "left: None is not a whole number"),
        ({"left": 39.0}, "left: 39.0 is not a whole number"),
        ({"left": -1}, "left: -1 lies outside"),
        ({"seed": 2**64}, "seed: a huge number lies outside"),
        ({"epoch": []}, "epoch: a list of 0 is not a whole number"),
        ({"target": "time"}, "target: 'time' is not the name of a target: small letters and _, as in valence"),
        ({"target": "tracked"}, "target: 'tracked' is not the name of a target"),
        ({"target": "segment"}, "valence, but not recording, time, timestamp, tracked, segment"),
        ({"target": "[/bold]"}, r"target: '\[/bold\]' is not the name of a target"),
        ({"target": "a" * 41}, "target: 'a+' is longer than 40 characters"),
        ({"alignment": "x"}, "alignment: 'x' is not known, known are centred, causal"),
        ({"alignment": ["centred"]}, "alignment: a list of 1 is not text"),
        ({"features": "turn"}, "features: 'turn' is not a list"),
        ({"features": []}, r"features: a list of 0 has 0 entries, not 1 to 1000"),
        ({"features": ["turn"] * 37}, "features: a list of 37 lists 'turn' twice"),
        ({"features": [*PUBLISHED_FEATURES[:-1], 5]}, "features: 5 is not text"),
        ({"features": [*PUBLISHED_FEATURES[:-1], "<b>"]}, "features: '<b>' is not the name of a feature"),
        ({"corpus": "\x1b]0;x\x07"}, r"corpus: '\\x1b\]0;x\\x07' is not the name of a corpus"),
        ({"corpus": " "}, "corpus: ' ' is not the name of a corpus"),
        ({"source": "a\nb"}, "source: .* is not a line of text"),
        ({"scores": {"german-devel": float("nan")}}, "scores: nan is not a finite number"),
        ({"scores": {"german-devel": 2}}, "scores: 2 lies outside"),
        ({"scores": [1]}, "scores: a list of 1 is not a table"),
        ({"format": True}, "format: True is not a whole number"),
        ({"format": 0}, "format: 0 lies outside"),
        ({"format": 10**30}, "has format a huge number, this version reads 1 to 4; install a newer onefilter"),
        ({"extra": 1}, "metadata is not that of a onefilter model"),
    ],
)  # fmt: skip
def test_every_field_of_a_card_is_checked(tmp_path: Path, change: dict[str, object], expected: str) -> None:
    """Types, bounds, finite numbers, known words, names once: the field, the value, what it may be, in one line."""
    path = tmp_path / "x.safetensors"
    edit(path)
    read_model(path)
    edit(path, change)
    with pytest.raises(InputError, match=expected) as caught:
        read_model(path)
    assert len(str(caught.value)) < 500 + len(str(path))
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"weight": np.zeros((80, 37))}, "tensor weight is F64, not F32"),
        ({"weight": np.zeros((80, 36), np.float32)}, "weights of shape 80 x 36 do not fit 37 features"),
        ({"weight": np.zeros((0, 37), np.float32)}, "weights of shape 0 x 37 do not fit"),
        ({"weight": np.zeros((LONGEST + 1, 37), np.float32)}, "weights of shape 1001 x 37 do not fit"),
        ({"weight": np.zeros(2960, np.float32)}, "lacks the tensor weight with 2 dimensions"),
        ({"weight": np.zeros((2001, 2000), np.float32)}, "holds [0-9]+ numbers in 6 tensors, at most 4000000"),
        ({"filter": np.zeros((80, 37), np.float32)}, "tensor filter does not agree with the weights"),
        ({"filter": np.zeros((1, 37), np.float32)}, "tensor filter does not agree with the weights"),
        ({"offset": np.array(3, np.float32)}, "tensor offset does not agree with the weights"),
        ({"filter": None}, "lacks the tensor filter"),
        ({"more": np.zeros(1, np.float32)}, "has a tensor more, which no model has"),
        ({"x\x1b" * 200: np.zeros(1, np.float32)}, "has a tensor 'x"),
    ],
)
def test_tensors_must_agree(tmp_path: Path, change: dict[str, object], expected: str) -> None:
    """Types, sizes, and what is there twice; nothing that nobody would look at."""
    path = tmp_path / "x.safetensors"
    edit(path, tensors=change)
    with pytest.raises(InputError, match=expected):
        read_model(path)


def test_layers_must_agree(tmp_path: Path) -> None:
    """A layer without taps, one that is neither with nor without a ReLU, and one that is missing."""
    path = tmp_path / "x.safetensors"
    layers = (Layer(np.ones((3, 37, 2)), np.zeros(2), relu=True), Layer(np.ones((1, 2, 1)), np.zeros(1), relu=False))
    stack = Stack(replace(CARD, left=1), layers)
    write_model(path, stack)
    assert read_any_model(path).card == stack.card
    card, tensors = parts(path)
    card.pop("checksum")
    for name, change, expected in (
        ("layer.0.relu", np.array(0.5, np.float32), "layer 0 does not fit"),
        ("layer.1.weight", np.zeros((0, 2, 1), np.float32), "layer 1 does not fit"),
        ("layer.3.weight", np.ones((1, 1, 1), np.float32), r"lacks the tensor layer\.2\.weight"),
    ):
        changed = json.dumps(card | {"format": 2})
        save_file({**tensors, name: change}, path, metadata={"onefilter": changed})
        with pytest.raises(InputError, match=expected):
            read_any_model(path)


def test_layers_whose_predictions_would_be_no_numbers(tmp_path: Path) -> None:
    """Weights that are numbers, and products of them that are none."""
    large = [Layer(np.full((1, 37 if not place else 1, 1), 1e20), np.zeros(1), relu=False) for place in range(17)]
    path = tmp_path / "x.safetensors"
    for count, fits in ((1, True), (17, False)):
        write_model(path, Stack(replace(CARD, left=0), tuple(large[:count])))
        if fits:
            assert isinstance(read_any_model(path), Stack)
            continue
        with pytest.raises(InputError, match="its weights are so large that predictions are no numbers"):
            read_any_model(path)


def test_the_checksum_finds_what_was_changed(tmp_path: Path) -> None:
    """One weight or one number of the card; what was written as format 2 stays readable without a checksum."""
    path = tmp_path / "x.safetensors"
    write_model(path, model())
    card, tensors = parts(path)
    assert (card["format"], len(card["checksum"])) == (3, 64)
    for entries, arrays in (
        (card | {"delay": 2.7}, tensors),
        (card, {**tensors, "head_bias": np.array(0.5, np.float32), "offset": np.array(0.125, np.float32)}),
        (card | {"checksum": None}, tensors),
    ):
        save_file(arrays, path, metadata={"onefilter": json.dumps(entries)})
        with pytest.raises(InputError, match="is damaged or was edited: its checksum does not fit; copy or make it"):
            read_model(path)
    save_file(tensors, path, metadata={"onefilter": json.dumps(card)})
    assert read_model(path).card == CARD
    write_model(path, replace(model(), card=replace(CARD, format=2)))
    assert "checksum" not in parts(path)[0]
    assert read_model(path).card.format == 2


def test_the_tool_is_in_the_file_if_it_is_not_openface(tmp_path: Path) -> None:
    """What earlier versions could say is written as they wrote it, to the byte; another tool needs format 4."""
    path = tmp_path / "x.safetensors"
    write_model(path, model())
    assert "tool" not in parts(path)[0]
    assert read_model(path).card.tool == "openface"
    write_model(path, replace(model(), card=replace(CARD, tool="py-feat")))
    card, tensors = parts(path)
    assert (card["format"], card["tool"]) == (4, "py-feat")
    again = read_model(path)
    assert (again.card.format, again.card.tool) == (4, "py-feat")
    first = path.read_bytes()
    write_model(path, again)
    assert path.read_bytes() == first
    save_file(tensors, path, metadata={"onefilter": json.dumps(card | {"tool": "openface"})})
    with pytest.raises(InputError, match="its checksum does not fit"):
        read_model(path)
    save_file(tensors, path, metadata={"onefilter": json.dumps({n: v for n, v in card.items() if n != "tool"})})
    with pytest.raises(InputError, match="metadata is not that of a onefilter model"):
        read_model(path)


def test_another_tool_is_refused() -> None:
    """By name and with what its units are, and how to say that it is meant."""
    scales = {"openface": "intensities of 0..5", "py-feat": "probabilities of 0..1"}
    check_tool(CARD, "openface", file="a.csv", scales=scales, permit="--other-tool")
    with pytest.raises(InputError, match=(
        r"^a\.csv: is of py-feat \(probabilities of 0\.\.1\), and the valence model was trained on openface"
        r" \(intensities of 0\.\.5\): what a value means differs; train on files of py-feat, or say --other-tool"
    )):  # fmt: skip
        check_tool(CARD, "py-feat", file="a.csv", scales=scales, permit="--other-tool")


def test_deep_metadata(tmp_path: Path) -> None:
    """JSON that is nested 100,000 deep is refused like any other."""
    path = tmp_path / "x.safetensors"
    save_file({"weight": np.zeros((2, 2), np.float32)}, path, metadata={"onefilter": "[" * 100_000})
    with pytest.raises(InputError, match="metadata is not JSON"):
        read_model(path)


def test_cards_have_the_bounds_of_the_configuration() -> None:
    """What a run may be configured to is what a model file may say, and nothing beyond it."""
    for group, key, name in (
        (Features, "window", "window"), (Features, "hop", "hop"), (TargetSettings, "delay", "delay"),
    ):  # fmt: skip
        (bounds,) = [bound for bound in Card.__annotations__[name].__metadata__ if isinstance(bound, Range)]
        given = group.model_fields[key].metadata
        assert [bounds.low] == [bound.ge for bound in given if isinstance(bound, Ge)]
        assert [bounds.high] == [bound.le for bound in given if isinstance(bound, Le)]
    assert [bound.le for bound in Network.model_fields["taps"].metadata if isinstance(bound, Le)] == [LONGEST]
