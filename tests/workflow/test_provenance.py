"""Which files a rule depends on."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from onefilter.workflow.provenance import _imports_of, sources
from tests.examples.configuration import ROOT

SCRIPTS = ROOT / "workflow/scripts"


def names(start: str | Path) -> set[str]:
    """Give source files relative to the package."""
    return {str(path.relative_to(ROOT / "src/onefilter")) for path in sources(start)}


def test_follows_imports() -> None:
    """What a step imports is there, directly or not; what it does not import is not."""
    train = names(SCRIPTS / "train_networks.py")
    assert {"training/fit.py", "training/spectral.py", "workflow/step.py", "names.py", "__init__.py"} <= train
    assert not {"figures/curves.py", "corpus/openface.py", "workflow/plan.py", "workflow/check.py"} & train
    predict = names(SCRIPTS / "predict_affect.py")
    assert "model/prediction.py" in predict
    assert not {"training/spectral.py", "figures/style.py", "settings.py"} & predict


def parsed(path: Path) -> set[str]:
    """Give the names that a file's import statements mention, by Python's own parser."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


WRITTEN = """
import a.b, c as d  # no e
import f
from g.h import (  # why
    i as j,  # because
    k,
)
if True:
    from l import m, n as o
\tfrom p import(q)
important = "import r"
# import s
def t(): "from u import v"
from w import x
"""


def test_finds_what_pythons_parser_finds(tmp_path: Path) -> None:
    """In every file of the project; and however statements are written."""
    for path in [*SCRIPTS.glob("*.py"), *(ROOT / "src").rglob("*.py")]:
        assert set(_imports_of(path)) == parsed(path), path
    path = tmp_path / "written.py"
    path.write_text(WRITTEN.replace("\t", "    "))
    expected = {"a.b", "c", "f", "g.h", "g.h.i", "g.h.k", "l", "l.m", "l.n", "p", "p.q", "w", "w.x"}
    assert set(_imports_of(path)) == parsed(path) == expected


def test_only_what_trains_loads_torch() -> None:
    """Loading Lightning takes longer than most steps do, and a change of the training reruns what loads it."""
    loading = {path.stem for path in SCRIPTS.glob("*.py") if "training/fit.py" in names(path)}
    assert loading == {"train_networks", "train_ladder", "select_features", "try_world", "measure_latency"}


def test_follows_templates() -> None:
    """A page's template is there, and what it includes; other pages' are not."""
    parts = {f"figures/templates/{name}" for name in ("document.html.j2", "document.css", "document.js")}
    found = names("onefilter.figures.document")
    assert {name for name in found if not name.endswith(".py")} == parts
    everything = {f"figures/templates/{path.name}" for path in (ROOT / "src/onefilter/figures/templates").iterdir()}
    explorer, paper = (
        {name for name in names(f"onefilter.figures.{page}") if not name.endswith(".py")}
        for page in ("explorer", "paper")
    )
    assert paper == {"figures/templates/paper.html.j2", "figures/templates/paper.css"}
    assert explorer == everything - parts - paper
    assert {"live/page.html", "live/page.js", "live/page.css"} <= names("onefilter.live.web")
    assert "live/page.html" not in names("onefilter.live.session")


@pytest.mark.parametrize("step", ["compute_features", "train_networks", "draw_filters", "draw_ladder"])
def test_agrees_with_what_python_loads(step: str) -> None:
    """Running a script in a fresh interpreter loads no file of the package that is not listed."""
    code = (
        f"import workflow.scripts.{step}, sys;"
        "print(*(m.__file__ for n, m in sys.modules.items() if n.split('.')[0] == 'onefilter'), sep='\\n')"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = {str(Path(name).relative_to(ROOT / "src/onefilter")) for name in result.stdout.split()}
    assert "workflow/step.py" in loaded
    assert loaded <= names(SCRIPTS / f"{step}.py")


def test_unknown_module() -> None:
    """A rule cannot depend on a module that does not exist."""
    with pytest.raises(ModuleNotFoundError):
        sources("onefilter.nothing")


def rules() -> dict[str, str]:
    """Give the rules by name, with what is written below it."""
    found = {}
    for path in (ROOT / "workflow/rules").glob("*.smk"):
        pattern = r"^rule (\w+):(.*?)(?=^(?:use )?rule |\Z)"
        for name, body in re.findall(pattern, path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE):
            found[name] = body
    return found


def test_every_rule_has_its_script() -> None:
    """Rules and scripts have the same names, every rule is complete and lists its own code."""
    for name, body in rules().items():
        assert f'code=library("{name}")' in body, name
        assert f"../scripts/{name}.py" in body, name
        assert body.lstrip().startswith('"""'), f"{name} has no docstring"
        for word in ("log:", "output:"):
            assert word in body, (name, word)
    assert set(rules()) == {path.stem for path in SCRIPTS.glob("*.py")}


def test_every_rule_of_a_run_has_a_group_on_a_cluster() -> None:
    """A job of its own costs half a minute of waiting; what is made on demand only is sent alone."""
    profile = yaml.safe_load((ROOT / "profiles/slurm/config.yaml").read_text(encoding="utf-8"))
    alone = set(rules()) - set(profile["groups"])
    assert set(profile["groups"]) <= set(rules())
    assert alone == {
        "try_world", "compare_worlds", "train_ladder", "draw_ladder", "select_features", "draw_selection",
        "measure_transfer", "draw_transfer", "measure_sensitivity", "draw_sensitivity",
        "measure_latency", "draw_latency", "live_skew", "draw_skew", "run_openface",
    }  # fmt: skip


def test_the_shared_rules_stay_short() -> None:
    """What has logic is in the plan, which is typed and tested."""
    common = (ROOT / "workflow/rules/common.smk").read_text(encoding="utf-8")
    assert len(common.splitlines()) <= 80
    assert not any(re.search(r"^if ", path.read_text(), re.MULTILINE) for path in (ROOT / "workflow/rules").glob("*"))
