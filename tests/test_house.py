"""The house: short functions, no parameter in vain, tests apart from each other, documents that name what is there."""

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CODE = [*(ROOT / "src").rglob("*.py"), *(ROOT / "workflow/scripts").glob("*.py"), *(ROOT / "benchmarks").glob("*.py")]
TESTS = list((ROOT / "tests").rglob("*.py"))
LONGEST = 60
"""Lines of a function, docstring included."""


def functions(path: Path) -> list[ast.FunctionDef]:
    """Give all functions and methods of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def test_no_function_is_long() -> None:
    """What needs more lines has parts that have names."""
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name} ({node.end_lineno - node.lineno + 1} lines)"
        for path in [*CODE, *TESTS]
        for node in functions(path)
        if node.end_lineno is not None and node.end_lineno - node.lineno >= LONGEST
    ]
    assert long == []


def test_no_function_takes_what_it_never_reads() -> None:
    """Functions of modules; methods and callbacks take what those who call them give."""
    unread = []
    for path in [*(ROOT / "src").rglob("*.py"), *(ROOT / "workflow/scripts").glob("*.py")]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in tree.body:
            if not isinstance(node, ast.FunctionDef) or node.name == "_log_warning":
                continue
            read = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
            parameters = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            unread += [f"{path.name}: {node.name}({one.arg})" for one in parameters if one.arg not in read]
    assert unread == []


def test_tests_do_not_import_each_other() -> None:
    """What several tests need is in tests/examples."""
    for path in TESTS:
        found = re.findall(r"^from (tests\.\S+) import", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert all(module.startswith("tests.examples") for module in found), f"{path.name}: {found}"


@pytest.mark.parametrize(
    "name", ["README.md", "CONTRIBUTING.md", "docs/method.md", "docs/decisions.md", "docs/live.md"]
)
def test_documents_name_files_that_are_there(name: str) -> None:
    """Paths in code type that begin with a folder of the project."""
    text = (ROOT / name).read_text(encoding="utf-8")
    for path in re.findall(r"`((?:src|tests|workflow|config|docs|profiles|benchmarks)/[\w./-]+)`", text):
        there = (ROOT / path).exists() or "X" in Path(path).name or "verb_object" in path
        assert there, f"{name} names {path}"


def test_equations_lead_to_functions() -> None:
    """Every function that docs/method.md names is there."""
    text = (ROOT / "docs/method.md").read_text(encoding="utf-8")
    rooms = {path.name for path in (ROOT / "src/onefilter").iterdir() if path.is_dir()} | {"concordance"}
    found = 0
    for name in re.findall(r"`((?:\w+\.)+\w+)`", text):
        parts = name.split(".")
        if parts[0] not in rooms:
            continue
        found += 1
        for place in range(len(parts), 0, -1):
            try:
                thing = import_module("onefilter." + ".".join(parts[:place]))
            except ModuleNotFoundError:
                continue
            for part in parts[place:]:
                assert hasattr(thing, part), f"there is no {name}"
                thing = getattr(thing, part)
            break
        else:
            pytest.fail(f"there is no {name}")
    assert found > 30
