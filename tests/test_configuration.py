"""The configuration: schema, defaults and documentation agree, and typos are answered."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from onefilter.configuration import check, check_model_files, check_trainable, read_schema
from onefilter.corpus.recordings import Recording
from onefilter.errors import InputError

ROOT = Path(__file__).parents[1]
SCHEMA = read_schema(ROOT / "workflow/schemas/config.schema.yaml")


def default() -> dict[str, Any]:
    """Read the default configuration."""
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))
    return loaded


def merged(overlay: dict[str, Any], base: dict[str, Any]) -> dict[str, Any]:
    """Lay one configuration over another, as Snakemake does."""
    result = dict(base)
    for key, value in overlay.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(value, result[key]) if both else value
    return result


def nodes(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Walk through the schema's objects and leaves."""
    yield path, schema
    for key, child in schema.get("properties", {}).items():
        yield from nodes(child, f"{path}.{key}".strip("."))
    if isinstance(schema.get("additionalProperties"), dict):
        yield from nodes(schema["additionalProperties"], f"{path}.*".strip("."))


def leaves() -> list[tuple[str, dict[str, Any]]]:
    """Give the schema's leaves."""
    return [
        (path, node) for path, node in nodes(SCHEMA) if "object" not in node.get("type", ()) or path == "model_files"
    ]


@pytest.mark.parametrize("name", ["config.yaml", "tiny.yaml", "own.yaml"])
def test_configurations_are_valid(name: str) -> None:
    """Each overlay makes a whole, valid configuration with the default one."""
    overlay = yaml.safe_load((ROOT / "config" / name).read_text(encoding="utf-8"))
    check(merged(overlay, default()), SCHEMA)


def test_every_key_is_described_and_bounded() -> None:
    """Objects are closed; leaves have a description, bounds, and the default that config.yaml gives."""
    for path, node in nodes(SCHEMA):
        assert node.get("description"), path
        if "object" in node.get("type", ()):
            assert "additionalProperties" in node, path
    for path, node in leaves():
        kind = str(node.get("type"))
        if path.endswith("model_files.*"):
            continue
        if kind in {"integer", "number"}:
            assert {"minimum", "exclusiveMinimum"} & set(node), path
            assert {"maximum", "exclusiveMaximum"} & set(node), path
        elif kind == "array":
            assert {"minItems", "maxItems"} <= set(node), path
        elif kind == "string":
            assert {"pattern", "minLength"} & set(node), path
        if "*" not in path:
            value: Any = default()
            for key in path.split("."):
                value = value[key]
            assert node.get("default", "none") == value, path


def test_every_key_is_documented() -> None:
    """config/README.md lists every key with the schema's description."""
    text = (ROOT / "config/README.md").read_text(encoding="utf-8")
    for path, node in leaves():
        row = next((line for line in text.splitlines() if line.startswith(f"| `{path}` |")), None)
        assert row is not None, path
        assert node["description"] in row, path


def test_the_recordings_table_is_documented() -> None:
    """Code and config/README.md name the same columns with the same words."""
    text = (ROOT / "config/README.md").read_text(encoding="utf-8")
    for name, field in Recording.model_fields.items():
        assert f"| `{name}` | {field.description} |" in text, name


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"fetures": {}}, r"unknown key 'fetures' \(did you mean 'features'\?\)"),
        (
            {"features": {"windw": 1}},
            r"unknown key 'features\.windw' \(did you mean 'window'\?\); known in features are",
        ),
        ({"targets": {"valance": {"delay": 1}}}, r"targets: 'valance' is not .* \(did you mean 'valence'\?\)"),
        ({"targets": {"valence": {"dely": 1}}}, r"unknown key 'targets\.valence\.dely' \(did you mean 'delay'\?\)"),
        ({"features": {"window": 0}}, r"features\.window: 0 is less than or equal to the minimum of 0; it is: Length"),
        ({"features": {"window": "1s"}}, r"features\.window: '1s' is not of type 'number'"),
        ({"features": {"alignment": "center"}}, r"features\.alignment: 'center' is not one of"),
        ({"features": {"hop": 0.3}}, r"targets\.arousal\.delay 4\.0 s is not a whole number of hops of 0\.3 s"),
        ({"training": {"seeds": [1, 2, 1]}}, r"training\.seeds: 1 stands there twice"),
        ({"training": {"seeds": []}}, r"training\.seeds: \[\] should be non-empty"),
        (
            {"network": {"features": ["AU12mean"]}},
            r"network\.features: unknown feature 'AU12mean' \(did you mean 'AU12_mean'",
        ),
        (
            {"cultures": ["german", "hungarian"]},
            r"splits: chinese-test belongs to no culture .*; add chinese to cultures",
        ),
        ({"targets": {"liking": {"delay": float("nan")}}}, r"targets\.liking\.delay: nan is not a finite number"),
        ({"targets": dict.fromkeys(("arousal", "valence", "liking"))}, r"targets: none is left"),
        ({"targets": {"valence": None}}, r"ladder\.targets: valence is not among the targets arousal, liking"),
        ({"network": {"ahead": 80}}, r"network\.ahead: 80 of 80 taps cannot look ahead; give 0 to 79, or more network"),
        ({"network": {"taps": 30}}, r"latency\.ahead: 30 of 30 taps cannot look ahead"),
        ({"cultures": ["german", "hungarian", "chinese", "all"]}, r"cultures\.3: 'all' does not match"),
        ({"training": {"epochs": 0}}, r"training\.epochs: 0 is less than the minimum of 1"),
        ({"corpus": {"simulated": {"splits": {"french-test": {"recordings": 1, "duration": 60}}}}}, "french-test"),
    ],
)
def test_mistakes_are_answered(change: dict[str, Any], expected: str) -> None:
    """One line: the key, what is wrong, the nearest known key."""
    with pytest.raises(InputError, match=expected) as caught:
        check(merged(change, default()), SCHEMA)
    assert "\n" not in str(caught.value)


def test_missing_key() -> None:
    """A key that is not there is named."""
    broken = default()
    del broken["features"]["hop"]
    with pytest.raises(InputError, match=r"key 'features\.hop' is missing|features\.hop is missing"):
        check(broken, SCHEMA)


def test_model_files_that_are_not_there(tmp_path: Path) -> None:
    """The target and the path are named, and how to get models."""
    present = tmp_path / "a.safetensors"
    present.touch()
    config = merged({"model_files": {"arousal": str(present), "valence": "nowhere.safetensors"}}, default())
    with pytest.raises(InputError, match=r"model_files\.valence: there is no nowhere\.safetensors; `make reproduce`"):
        check_model_files(config)
    check_model_files(default())


def test_nothing_to_train_on() -> None:
    """Either labelled recordings of the training culture, or trained models for every target."""
    pairs = [("german", "train"), ("german", "devel")]
    check_trainable(pairs, config=default())
    with pytest.raises(InputError, match=r"no german recording has the partition devel.*set model_files"):
        check_trainable(pairs[:1], config=default())
    with pytest.raises(InputError, match="no german recording has the partition train"):
        check_trainable([("hungarian", "train"), ("hungarian", "devel")], config=default())
    some = merged({"model_files": {"arousal": "a.safetensors"}}, default())
    with pytest.raises(InputError, match="model_files gives no model for valence, liking"):
        check_trainable([], config=some)
    one = merged({"targets": {"valence": None, "liking": None}, "model_files": {"arousal": "a.safetensors"}}, default())
    check_trainable([], config=one)
    every = merged({"model_files": dict.fromkeys(default()["targets"], "a.safetensors")}, default())
    check_trainable([], config=every)
