"""Which package a fork uses: the one that its server has loaded, or another that lies in the fork's path."""

import os
import sys
from pathlib import Path

import onefilter

OURS = Path(onefilter.__file__).parent


def use_package() -> None:
    """Put ``PYTHONPATH`` first, and forget what is loaded if the package there is another one."""
    folders = list(filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep)))
    sys.path[:0] = folders
    other = next((path for path in (Path(folder, OURS.name) for folder in folders) if path.is_dir()), OURS)
    if _files(other) != _files(OURS):
        for name in [name for name in sys.modules if name.partition(".")[0] == OURS.name]:
            del sys.modules[name]


def _files(package: Path) -> set[tuple[str, int, int]]:
    """Give size and time of all files; copies keep both."""
    return {
        (str(path.relative_to(package)), path.stat().st_size, path.stat().st_mtime_ns)
        for path in package.rglob("*")
        if path.is_file() and path.parent.name != "__pycache__"
    }
