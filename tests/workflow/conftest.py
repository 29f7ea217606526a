"""A copy of the project in which a small corpus has been run through all rules once."""

import os
import shutil
from pathlib import Path

import pytest
from filelock import FileLock

from tests.examples.workflow import TINY, Project, copy_project


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy in which everything has been made once, by whichever of the test processes comes first."""
    base = tmp_path_factory.getbasetemp()
    # Each process of pytest-xdist has a folder of its own below the one that they share.
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    folder = shared / "prepared"
    with FileLock(shared / "prepared.lock"):
        if not (folder / "done").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            copied = copy_project(folder)
            (folder / "small.yaml").write_text(TINY, encoding="utf-8")
            result = copied.snakemake()
            assert result.returncode == 0, result.stdout + result.stderr
            (folder / "done").touch()
    return folder


@pytest.fixture(scope="module")
def project(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A module's own copy of the prepared run; tests must leave it as it is."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(prepared, folder, dirs_exist_ok=True, symlinks=True)
    return Project(folder)
