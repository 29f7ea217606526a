"""Which files of a package a script or module runs, so that editing the library reruns the rules that depend on it."""

import hashlib
import re
from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

_IMPORTS: Final = re.compile(r"^[ \t]*(?:from[ \t]+(\w[\w.]*)[ \t]+)?import\b[ \t]*(\([^)]*\)|[^\n]+)", re.MULTILINE)
_COMMENTS: Final = re.compile("#.*")


def sources(start: str | Path) -> list[Path]:
    """List the package's files that running a script, or importing a module, loads; found by walking imports.

    Nothing but the package itself is imported, so this is quick and free of side effects. Files of other kinds are
    listed too: those that a module names by their path beside it, ``"templates/document.html.j2"`` say, and those that
    such a file names.

    Args:
        start: A script, or the full name of a module, e.g. ``onefilter.training.fit``.

    Returns:
        Sorted paths; a module's own file and those of the packages around it are among them, a script is not.

    Raises:
        ModuleNotFoundError: If there is no such module.
    """
    if isinstance(start, Path):
        package, waiting = __name__.partition(".")[0], list(_imports_of(start))
    elif file_of(start) is None:
        raise ModuleNotFoundError(start)
    else:
        package, waiting = start.partition(".")[0], [start]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in seen or name.partition(".")[0] != package or (path := file_of(name)) is None:
            continue
        seen.add(name)
        waiting += [name.rpartition(".")[0]] if "." in name else []
        waiting += _imports_of(path)
    modules = {path for name in seen if (path := file_of(name)) is not None}
    return sorted(modules.union(*(_named(path, path.parent) for path in modules)))


@cache
def file_of(name: str) -> Path | None:
    """Find the file of a module inside its package without importing it; None if it is no module."""
    package, _, rest = name.partition(".")
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return None
    place = Path(spec.origin).parent.joinpath(*rest.split(".")) if rest else Path(spec.origin).parent
    candidates = (place / "__init__.py", place.with_suffix(".py"))
    return next((path for path in candidates if path.is_file()), None)


@cache
def _imports_of(path: Path) -> tuple[str, ...]:
    """Names that a file's import statements mention; ``from a import b`` may mean a module a.b.

    Statements are found by how they begin: to parse every file would take a fifth of a dry run.
    """
    found: list[str] = []
    for module, names in _IMPORTS.findall(path.read_text(encoding="utf-8")):
        own = [name.split()[0] for name in _COMMENTS.sub("", names).strip("()\n ").split(",") if name.strip()]
        found += [module, *(f"{module}.{name}" for name in own)] if module else own
    return tuple(found)


@cache
def _named(path: Path, folder: Path) -> frozenset[Path]:
    """Find the files in a folder, other than modules, that a text names in quotes, and the files that those name."""
    words = re.findall(r"""["']([\w./-]+\.\w+)["']""", path.read_text(encoding="utf-8"))
    found = {folder / word for word in words if not word.endswith(".py") and (folder / word).is_file()} - {path}
    return frozenset(found.union(*(_named(other, folder) for other in found)))


def digest(files: Iterable[Path]) -> str:
    """Sum up the contents of some files in sixteen letters, whatever their times say.

    They are no inputs of jobs: planning 10,000 recordings took a fifth longer so (docs/benchmarks.md). Nor are they
    digested by `onefilter.workflow.contents`, which notes what it knows in a file: they are few, and their place, which
    differs from machine to machine, does not count.
    """
    return hashlib.sha256("".join(map(_content_of, files)).encode()).hexdigest()[:16]


@cache
def _content_of(path: Path) -> str:
    """Give what tells a file's content."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def near(path: Path | str) -> str:
    """Write a path as it is written from the working directory, if it lies below."""
    return str(Path(path).relative_to(Path.cwd()) if Path(path).is_relative_to(Path.cwd()) else path)
