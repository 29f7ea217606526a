"""Which files of a package a module runs, so that editing the library reruns the rules that depend on it."""

import ast
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path


def sources(module: str) -> list[Path]:
    """List the package's files that importing `module` runs, found by walking its import statements.

    Nothing but the package itself is imported, so this is quick and free of side effects. Files of other kinds are
    listed too: those that a module names by their path beside it, ``"templates/document.html.j2"`` say, and those that
    such a file names.

    Args:
        module: Full name, e.g. ``onefilter.steps.train``.

    Returns:
        Sorted paths; the module's own file and those of the packages around it are among them.

    Raises:
        ModuleNotFoundError: If there is no such module.
    """
    package = module.partition(".")[0]
    if _file(module) is None:
        raise ModuleNotFoundError(module)
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in seen or _file(name) is None:
            continue
        seen.add(name)
        waiting += [name.rpartition(".")[0]] if "." in name else []
        waiting += [found for found in _imports(name) if found.partition(".")[0] == package]
    modules = {path for name in seen if (path := _file(name)) is not None}
    return sorted(modules.union(*(_named(path, path.parent) for path in modules)))


@cache
def _file(name: str) -> Path | None:
    """Find the file of a module inside its package without importing it."""
    package, _, rest = name.partition(".")
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return None
    place = Path(spec.origin).parent.joinpath(*rest.split(".")) if rest else Path(spec.origin).parent
    candidates = (place / "__init__.py", place.with_suffix(".py"))
    return next((path for path in candidates if path.is_file()), None)


@cache
def _imports(name: str) -> tuple[str, ...]:
    """Names that a module's import statements mention; ``from a import b`` may mean a module a.b."""
    path = _file(name)
    tree = ast.parse(path.read_text(encoding="utf-8")) if path is not None else ast.Module([], [])
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return tuple(found)


@cache
def _named(path: Path, folder: Path) -> frozenset[Path]:
    """Find the files in a folder, other than modules, that a text names in quotes, and the files that those name."""
    words = re.findall(r"""["']([\w./-]+\.\w+)["']""", path.read_text(encoding="utf-8"))
    found = {folder / word for word in words if not word.endswith(".py") and (folder / word).is_file()} - {path}
    return frozenset(found.union(*(_named(other, folder) for other in found)))
