"""A copy of the project in which a small corpus has been run through all rules once."""

import pytest

from tests.examples.workflow import Project, copy_project


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy in which everything has been made once; tests must leave it as it is."""
    copied = copy_project(tmp_path_factory.mktemp("project"))
    result = copied.snakemake()
    assert result.returncode == 0, result.stdout + result.stderr
    return copied
