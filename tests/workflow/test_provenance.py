"""Which files a rule depends on."""

import re
from pathlib import Path

import pytest
from onefilter.provenance import sources

ROOT = Path(__file__).parents[1]


def names(module: str) -> set[str]:
    """Give source files relative to the package."""
    return {str(path.relative_to(ROOT / "src/onefilter")) for path in sources(module)}


def test_follows_imports() -> None:
    """What a step imports is there, directly or not; what it does not import is not."""
    train = names("onefilter.steps.train")
    assert {"steps/train.py", "training/fit.py", "training/spectral.py", "names.py", "__init__.py"} <= train
    assert not {"figures/curves.py", "corpus/openface.py", "steps/predict.py"} & train
    assert "training/spectral.py" not in names("onefilter.steps.predict")


def test_follows_templates() -> None:
    """A page's template is there, and what it includes; other pages' are not."""
    parts = {f"figures/templates/{name}" for name in ("document.html.j2", "document.css")}
    found = names("onefilter.figures.document")
    assert {name for name in found if not name.endswith(".py")} == parts
    everything = {f"figures/templates/{path.name}" for path in (ROOT / "src/onefilter/figures/templates").iterdir()}
    explorer = {name for name in names("onefilter.figures.explorer") if not name.endswith(".py")}
    assert explorer == everything - parts
    assert "live/page.html" in names("onefilter.live.web")
    assert "live/page.html" not in names("onefilter.live.session")


def test_agrees_with_what_python_loads() -> None:
    """Importing a step in a fresh interpreter loads no file of the package that is not listed."""
    import subprocess
    import sys

    for step in ("features", "train", "draw_filters"):
        code = (
            f"import onefilter.steps.{step}, sys;"
            "print(*(m.__file__ for n, m in sys.modules.items() if n.split('.')[0] == 'onefilter'), sep='\\n')"
        )
        loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
        assert loaded
        assert {str(Path(name).relative_to(ROOT / "src/onefilter")) for name in loaded} <= names(
            f"onefilter.steps.{step}"
        )


def test_unknown_module() -> None:
    """A rule cannot depend on a step that does not exist."""
    with pytest.raises(ModuleNotFoundError):
        sources("onefilter.steps.nothing")


def test_every_rule_has_its_script_and_step() -> None:
    """Rules, scripts and steps have the same names, and every rule lists its own code."""
    rules = {}
    for path in (ROOT / "workflow/rules").glob("*.smk"):
        for name, body in re.findall(r"rule (\w+):(.*?)(?=\n *rule |\Z)", path.read_text(encoding="utf-8"), re.DOTALL):
            rules[name] = body
    for name, body in rules.items():
        assert f'code=library("{name}")' in body, name
        assert f"../scripts/{name}.py" in body, name
        assert '"""' in body.split("input:")[0], f"{name} has no docstring"
        for word in ("log:", "benchmark:", "output:"):
            assert word in body, (name, word)
    scripts = {path.stem for path in (ROOT / "workflow/scripts").glob("*.py")}
    steps = {path.stem for path in (ROOT / "src/onefilter/steps").glob("*.py")} - {"__init__"}
    assert set(rules) == scripts == steps


def test_scripts_are_one_call() -> None:
    """A docstring, one import of the package, one call, little else."""
    for path in (ROOT / "workflow/scripts").glob("*.py"):
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        imports = [line for line in lines if line.startswith("from onefilter")]
        assert len(imports) == 1, path.name
        assert f"{path.stem}(" in lines, path.name
