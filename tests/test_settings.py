"""The settings: every key is described, bounded, written down and used; mistakes are answered in one line."""

import ast
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from onefilter.corpus.layouts import LAYOUTS
from onefilter.errors import InputError
from onefilter.settings import Configuration, Corpus, Settings, read_settings
from onefilter.training.ladder import NETWORKS
from onefilter.workflow.documentation import allowed, documents, keys
from tests.examples.configuration import ROOT, default, merged

CODE = [*(ROOT / "src").rglob("*.py"), *(ROOT / "workflow/scripts").glob("*.py")]
RULES = [ROOT / "Snakefile", *(ROOT / "workflow/rules").glob("*.smk")]


@pytest.mark.parametrize("name", ["config.yaml", "tiny.yaml", "own.yaml", "sewa.yaml", "published.yaml"])
def test_configurations_are_valid(name: str) -> None:
    """Each overlay makes a whole, valid configuration with the default one."""
    overlay = yaml.safe_load((ROOT / "config" / name).read_text(encoding="utf-8"))
    read_settings(merged(overlay, default()))


def test_config_yaml_gives_the_defaults() -> None:
    """config.yaml says what is true without it; so does an empty configuration."""
    assert read_settings(default()) == read_settings({}) == Configuration()


def test_what_is_written_from_the_settings_is_up_to_date() -> None:
    """config.yaml, the tables of config/README.md and the JSON schemas: `make settings` would change nothing."""
    for path, text in documents(ROOT).items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: run `make settings`"


def test_every_key_is_described_and_bounded() -> None:
    """Keys have a meaning; numbers have bounds on both sides, lists a length, texts a pattern or words."""
    for path, field in keys():
        assert field.description, path
        words = allowed(field)
        assert words, path
        if re.search(r"\b(number|integer)\b", words):
            assert re.search("[≥>]", words), path
            assert re.search("[≤<]", words), path


def test_every_key_is_used() -> None:
    """Every key's name is read as an attribute by the package or a script, or looked up by a rule."""
    read = {
        node.attr
        for path in CODE
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
    }
    rules = "".join(path.read_text(encoding="utf-8") for path in RULES)
    looked_up = {part for dpath in re.findall(r'dpath="([^"]*)"', rules) for part in dpath.split("/")}
    looked_up |= {part for chain in re.findall(r"PLAN\.settings\.([\w.]+)", rules) for part in chain.split(".")}
    # Steps write what they took where the configuration says that Snakemake hands on (`onefilter.workflow.step`).
    written = {"benchmarks", *re.findall(r"<(results|logs)>", rules)}
    for path, _ in keys():
        name = path.rpartition(".")[2]
        assert name in read | looked_up | written | {"A", "B", "C", "D"}, path


def functions() -> list[tuple[Path, ast.FunctionDef]]:
    """Give all functions of the package and the scripts."""
    return [
        (path, node)
        for path in CODE
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    ]


def test_no_function_takes_a_group_of_keys_that_it_never_reads() -> None:
    """A function with a parameter of a settings type reads it, or hands it on."""
    groups = {model.__name__ for model in _groups(Configuration)}
    found = 0
    for path, function in functions():
        for argument in [*function.args.args, *function.args.kwonlyargs]:
            if argument.annotation is None or ast.unparse(argument.annotation) not in groups:
                continue
            if all(isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) for line in function.body):
                continue  # An abstract method.
            found += 1
            names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
            assert argument.arg in names, f"{path.name}: {function.name} never reads {argument.arg}"
    assert found > 10


def _groups(model: type[Settings]) -> set[type[Settings]]:
    """Give all groups of keys."""
    found = {model}
    for field in model.model_fields.values():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Settings):
            found |= _groups(field.annotation)
    return found


def test_names_that_belong_to_rooms() -> None:
    """The settings explain every layout of a corpus, and name the networks of the ladder."""
    assert [name for name, layout in LAYOUTS.items() if not layout.knows_failed_frames] == ["avec"]
    assert all(f"({name})" in str(Corpus.model_fields["source"].description) for name in LAYOUTS)
    assert tuple(type(Configuration().ladder.networks).model_fields) == NETWORKS


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"fetures": {}}, r"unknown key 'fetures' \(did you mean 'features'\?\)"),
        (
            {"features": {"windw": 1}},
            r"unknown key 'features\.windw' \(did you mean 'window'\?\); known in features are",
        ),
        ({"targets": {"valence": {"dely": 1}}}, r"unknown key 'targets\.valence\.dely' \(did you mean 'delay'\?\)"),
        (
            {"targets": {"Valence": {"delay": 1.0}}},
            r"targets: the name 'Valence' should be small letters a-z and underscores",
        ),
        ({"model_files": {"valence": "{x}.h5"}}, r"model_files\.valence: '\{x\}\.h5' should be a path without braces"),
        ({"pathvars": {"results": "a{b}"}}, r"pathvars\.results: 'a\{b\}' should be a path without braces"),
        ({"targets": {"segment": {"delay": 1}}}, r"targets\.segment: is a column of the tables that hold targets"),
        ({"features": {"window": 0}}, r"features\.window: 0 should be greater than or equal to 0\.001; it is"),
        (
            {"training": {"learning_rate": "1e-3"}},
            r"'1e-3' should be a valid number \(YAML takes it for text: write 0\.001\)",
        ),
        ({"training": {"epochs": "1e3"}}, r"'1e3' should be a valid integer \(YAML takes it for text: write 1000\)"),
        ({"features": {"window": "1s"}}, r"features\.window: '1s' should be a valid number"),
        (
            {"features": {"alignment": "center"}},
            r"features\.alignment: 'center' should be 'centred' or 'causal' \(did you mean 'centred'",
        ),
        ({"training": {"seeds": [1, 2, 1]}}, r"training\.seeds: 1 is listed twice"),
        ({"training": {"seeds": []}}, r"training\.seeds: \[\] list should have at least 1 item, not 0"),
        ({"training": {"seeds": [1.0]}}, r"training\.seeds\.0: 1\.0 should be a valid integer"),
        (
            {"training": {"accelerator": "gpu"}},
            r"training\.accelerator: 'gpu' should be 'auto', 'cpu' or 'cuda'.*; it is: Where networks are trained",
        ),
        ({"corpus": {"batch": 0}}, r"corpus\.batch: 0 should be greater than or equal to 1; it is: Number of record"),
        ({"training": {"epochs": 0}}, r"training\.epochs: 0 should be greater than or equal to 1"),
        ({"targets": {"liking": {"delay": float("nan")}}}, r"targets\.liking\.delay: nan should be a finite number"),
        ({"targets": {"pain": {}}}, r"key 'targets\.pain\.delay' is missing; it is: How long annotators lag"),
        ({"cultures": ["german", "hungarian", "chinese", "all"]}, r"cultures\.3: 'all' is the name for all cultures"),
        ({"corpus": {"simulated": {"splits": {"french-test": {"recordings": 1, "duration": 60}}}}}, "french-test"),
        ({"corpus": {"avec": {"split": 2018}}}, r"corpus\.avec\.split: 2018 should be '2018' or '2019'"),
        ({"features": None}, r"features: null should be keys and values; known are statistics"),
        ({"network": {False: 1}}, r"network: the name false is no text; known are features, taps, .*; YAML reads no"),
        ({"targets": {False: {"delay": 1.0}}}, r"targets: the name false is no text; YAML reads no, yes, on, off"),
        ({"model_files": {1.5: "x"}}, r"model_files: the name 1\.5 is no text"),
        (
            {"corpus": {"recordings": date(2020, 1, 2)}},
            r"corpus\.recordings: 2020-01-02 should be a .*dates and numbers",
        ),
        ({"cultures": ["german", False]}, r"cultures\.1: false should be a valid string; YAML reads no, yes"),
        ({"cultures": ["new zealand"]}, r"cultures\.0: 'new zealand' should be letters, or words of letters joined"),
        ({"cultures": ["x" * 5000 + "1"]}, r"cultures\.0: 'x{50,60}… should be letters"),
        ({"corpus": {"simulated": {"seed": 1.0}}}, r"corpus\.simulated\.seed: 1\.0 should be a valid integer"),
        ({"network": {"taps": 80.0}}, r"network\.taps: 80\.0 should be a valid integer"),
        ({"evaluation": {"postprocessing": {"medians": [1.0, float("nan")]}}}, r"medians\.1: nan should be a finite"),
        ({"latency": {"ahead": [float("nan")] * 2}}, r"latency\.ahead\.0: nan should be a valid integer"),
        ({1: 2}, r"config: the name 1 is no text; known are pathvars"),
    ],
)
def test_mistakes_are_answered(change: dict[Any, Any], expected: str) -> None:
    """One line: the key, what is wrong, what is allowed, the nearest known key."""
    with pytest.raises(InputError, match=expected) as caught:
        read_settings(merged(change, default()))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("config", [[1], "x", None, 1.0])
def test_what_is_no_configuration(config: Any) -> None:
    """A list or a word is no mapping of keys to values."""
    with pytest.raises(InputError, match="is no configuration; write keys and values"):
        read_settings(config)


@pytest.mark.parametrize("culture", ["swiss-german", "Deutsch", "français", "中文", "no"])
def test_names_of_cultures(culture: str) -> None:
    """Any letters, and hyphens between them."""
    assert read_settings(merged({"cultures": [culture]}, default())).cultures == [culture]


def test_a_key_that_is_left_out_has_its_default() -> None:
    """An older configuration keeps running when a key is added."""
    older = default()
    del older["features"]["hop"], older["ladder"]
    assert read_settings(older) == Configuration()


def test_the_order_of_names_does_not_depend_on_overlays() -> None:
    """Snakemake lays the configuration under an overlay, whose names then come first."""
    config = default()
    config["targets"] = {name: config["targets"][name] for name in ("liking", "valence", "arousal")}
    splits = config["corpus"]["simulated"]["splits"]
    config["corpus"]["simulated"]["splits"] = dict(reversed(splits.items()))
    assert list(read_settings(config).targets) == ["arousal", "valence", "liking"]
    assert list(read_settings(config).corpus.simulated.splits) == list(splits)
    further = {"pain": {"delay": 1.0}, **config["targets"], "anger": {"delay": 1.0}}
    assert list(read_settings({**config, "targets": further}).targets)[3:] == ["pain", "anger"]


def test_the_identity_of_a_run() -> None:
    """It changes with what results depend on, and with nothing else."""
    own = Configuration().identity
    assert read_settings(merged({"figures": {"dpi": 50}, "pathvars": {"results": "x"}}, default())).identity == own
    means = {"training": {"accelerator": "auto"}, "corpus": {"batch": 10}}
    assert read_settings(merged(means, default())).identity == own
    assert read_settings(merged({"features": {"window": 2.0}}, default())).identity != own
    assert re.fullmatch("[0-9a-f]{12}", own)


def test_lists_that_stand_for_millions() -> None:
    """A few anchors of YAML hold 9^10 entries, which no message writes out."""
    entries: list[Any] = ["x"] * 9
    for _ in range(9):
        entries = [entries] * 9
    with pytest.raises(InputError, match=r"network.taps: \[\[\[.* should be a valid integer") as found:
        read_settings({"network": {"taps": entries}})
    assert len(str(found.value)) < 200
    with pytest.raises(InputError, match=r"training.loss: \[\[\[.* should be 'sequence' or 'pooled'"):
        read_settings({"training": {"loss": entries}})
