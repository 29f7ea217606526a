"""What several tests need: OpenFace files written by hand, and the real ones beside the repository."""

import gc
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from tests.examples.openface import Write, header, rows

pytest.register_assert_rewrite("tests.examples.layout")

# Machines differ in speed; CI draws the same examples every time, developers draw new ones.
settings.register_profile("developer", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "developer")

# Shells let what they start in the background ignore Ctrl-C, and so would all programs that tests start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

REAL_FILES = Path(__file__).parents[2] / "shared/openface"


@pytest.fixture
def write_openface(tmp_path: Path) -> Write:
    """Write an OpenFace file; `change` may edit its header and rows first."""

    def write(
        change: Callable[[list[str], list[list[str]]], None] | None = None,
        *,
        version: str = "2.2",
        separator: str = ",",
        newline: str = "\n",
        frames: int = 100,
        fps: float = 50,
        name: str = "recording.csv",
        seed: int = 1,
    ) -> Path:
        columns = header(version)
        table, _ = rows(columns, frames=frames, fps=fps, seed=seed)
        columns = list(columns)
        if change is not None:
            change(columns, table)
        lines = [separator.join(columns), *(separator.join(row) for row in table)]
        path = tmp_path / name
        path.write_bytes((newline.join(lines) + newline).encode())
        return path

    return write


@pytest.fixture
def real_files() -> list[Path]:
    """The real OpenFace files; skips, saying so, where they are not beside the repository."""
    files = sorted(REAL_FILES.glob("*.csv"))
    if not files:
        pytest.skip(f"no real OpenFace files in {REAL_FILES}")
    return files


def pytest_collection_finish() -> None:
    """Let the collector of garbage pass over what all tests have loaded: that took a fifth of their time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 50)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that run the pipeline, which take longest: short ones fill what is left of two processes."""
    items.sort(key=lambda item: "workflow" not in item.path.parts)
