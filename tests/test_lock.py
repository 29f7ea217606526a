"""What is installed: requirements.lock fits every machine, and pyproject.toml."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def pins(text: str) -> dict[str, list[tuple[Requirement, int]]]:
    """Give the lock's entries by normalised name, each with how many hashes it has. A backslash continues an entry."""
    entries: dict[str, list[tuple[Requirement, int]]] = {}
    written = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for entry in filter(None, written.replace("\\\n", " ").splitlines()):
        requirement = Requirement(HASH.sub("", entry).strip())
        entries.setdefault(canonicalize_name(requirement.name), []).append((requirement, len(HASH.findall(entry))))
    return entries


def named(toml: dict[str, Any]) -> list[Requirement]:
    """Give everything that pyproject.toml names: for building, always, in every extra, in every group."""
    project = toml["project"]
    lists = [toml["build-system"]["requires"], project["dependencies"]]
    lists += [*project["optional-dependencies"].values(), *toml["dependency-groups"].values()]
    return [Requirement(line) for names in lists for line in names]


def suspicious(text: str) -> list[str]:
    """Give what ties a file of requirements to one machine: local versions, files and addresses, indexes."""
    patterns = (
        r"[=<>]=?\s*[\w.]+\+\w+",  # a local version
        r"[\w\])]\s+@\s",  # a direct reference
        r"\w+://",
        r"(?m)^\s*(?:-i|-f|--(?:extra-)?index-url|--find-links|--trusted-host|-e|--editable)\b",
    )
    return [match.group() for pattern in patterns for match in re.finditer(pattern, text)]


LOCK = (ROOT / "requirements.lock").read_text()
TOML = tomllib.loads((ROOT / "pyproject.toml").read_text())
NAMED = named(TOML)


def test_lock_is_for_any_machine() -> None:
    """No local version, no address, no index: neither in the lock nor in what pyproject.toml names."""
    assert suspicious(LOCK) == []
    assert [str(requirement) for requirement in NAMED if suspicious(str(requirement)) or requirement.url] == []
    assert {"uv", "index", "find-links"} & TOML["tool"].keys() == set()


@pytest.mark.parametrize(
    "line",
    [
        "torch==2.13.0+cpu \\",
        "torch @ file:///wheels/torch.whl",
        "polars @ git+ssh://somewhere/polars",
        "--extra-index-url https://example.org/simple",
        "-f wheels",
        "-e .",
    ],
)
def test_what_ties_to_one_machine_is_found(line: str) -> None:
    """The search that the test above relies on finds each of them."""
    assert suspicious(f"numpy==2.4.6 \\\n    --hash=sha256:{'0' * 64}\n{line}\n")


def test_each_entry_is_exact_and_has_hashes() -> None:
    """Each entry is one version with its hashes, once per kind of machine."""
    for name, entries in pins(LOCK).items():
        for requirement, hashes in entries:
            assert [specifier.operator for specifier in requirement.specifier] == ["=="], name
            assert hashes > 0, f"{name} has no hash"
        markers = [str(requirement.marker) for requirement, _ in entries]
        assert len(set(markers)) == len(markers), f"{name} is there twice for the same machines"


def test_what_pyproject_names_is_locked_within_its_bounds() -> None:
    """What is installed is what pyproject.toml asks for, in every extra."""
    locked = pins(LOCK)
    for wanted in NAMED:
        entries = locked.get(canonicalize_name(wanted.name))
        assert entries, f"{wanted.name} is not in requirements.lock; make lock"
        for requirement, _ in entries:
            version = next(iter(requirement.specifier)).version
            assert wanted.specifier.contains(version), f"{wanted} does not admit the lock's {version}; make lock"


def test_pyproject_gives_lower_bounds_and_no_exact_versions() -> None:
    """A library says what it needs at least; exact versions are in the lock alone."""
    for wanted in NAMED:
        operators = {specifier.operator for specifier in wanted.specifier}
        assert ">=" in operators, f"{wanted} has no lower bound"
        assert not operators & {"==", "===", "~="}, f"{wanted}: exact versions are the lock's"


def test_torchvision_stays_out() -> None:
    """No build of torchvision fits every build of PyTorch, and torchmetrics imports it where it finds it."""
    assert "torch" in pins(LOCK)
    assert "torchvision" not in pins(LOCK)


def test_cuda_is_for_linux_alone() -> None:
    """The default build of PyTorch needs these on Linux; a CPU build there, and every build elsewhere, does not."""
    entries = pins(LOCK)
    cuda = [name for name in entries if name.startswith(("nvidia-", "cuda-")) or name == "triton"]
    assert cuda
    for name in cuda:
        for requirement, _ in entries[name]:
            assert requirement.marker, f"{name} has no marker"
            for system in ("darwin", "win32"):
                assert not requirement.marker.evaluate({"sys_platform": system}), f"{name} on {system}"
