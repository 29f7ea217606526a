"""What has become of the twin's files since they were made."""

import os
import re
from pathlib import Path

import pytest

from onefilter.manifest import MANIFEST, write_manifest
from onefilter.workflow.contents import Contents, Left
from tests.examples.workflow import Project, copy_project

FILES = ("openface/a.csv", "openface/b.csv", "turns/a.csv")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Write some files and their manifest."""
    for name in FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"of {name}\n")
    write_manifest(tmp_path / MANIFEST, {str(tmp_path / name): "simulate_recordings" for name in FILES})
    return tmp_path


def left(corpus: Path) -> Left:
    """Look at the files."""
    return Left.of(corpus / MANIFEST, Contents(corpus / "notes.json"))


def touch(path: Path, *, later: int) -> None:
    """Let a file be so many seconds younger than the manifest."""
    made = path.parents[1] / MANIFEST
    os.utime(path, ns=(0, made.stat().st_mtime_ns + later * 10**9))


def test_as_they_were(corpus: Path) -> None:
    """Nothing is lost, nothing is read; nor where files are only younger, or there is no manifest."""
    for later in (-1, 1):
        touch(corpus / FILES[0], later=later)
        assert left(corpus) == Left(corpus / MANIFEST, frozenset(), ())
    assert (corpus / "notes.json").read_text().count("a.csv") == 1
    assert left(corpus).forget() == ""
    (corpus / MANIFEST).unlink()
    assert left(corpus) == Left(corpus / MANIFEST, frozenset(), ())


def test_altered(corpus: Path) -> None:
    """Another length is noticed whatever the time says, another letter if the file is younger."""
    first, second, third = (corpus / name for name in FILES)
    first.write_text("longer than it was\n")
    touch(first, later=-1)
    second.write_text(second.read_text().replace("b", "c"))
    touch(second, later=1)
    assert left(corpus).altered == {str(first), str(second)}
    third.write_text("")
    touch(third, later=-1)
    first.unlink()
    assert left(corpus) == Left(corpus / MANIFEST, frozenset(), (str(first), str(third)))


def test_lost(corpus: Path) -> None:
    """The manifest is removed, which makes its rule run again."""
    for name in FILES[1:]:
        (corpus / name).unlink()
    lost = corpus / "openface/b.csv"
    assert left(corpus).forget() == f"{lost} and 1 more: missing or empty; the recordings are simulated again\n"
    assert not (corpus / MANIFEST).exists()
    assert left(corpus).forget() == ""


@pytest.mark.slow
def test_the_next_run_notices(tmp_path: Path) -> None:
    """An edited file reruns its split, until it is as it was; a lost or emptied one brings all back."""
    project = copy_project(tmp_path)
    wanted = [f"results/labels/german-{partition}.parquet" for partition in ("devel", "test")]
    assert project.snakemake(*wanted).returncode == 0
    path = tmp_path / "results/corpus/openface/Devel_DE_01.csv"
    before = path.read_text()

    def planned(project: Project = project) -> str:
        said = project.snakemake("--dry-run", *wanted)
        return said.stdout + said.stderr

    assert "Nothing to be done" in planned()
    path.write_text(before.replace(",0.98,", ",0.97,", 1))
    assert re.search(r"compute_features +1\n", planned())
    assert "simulate_recordings" not in planned()
    assert project.snakemake(*wanted).returncode == 0
    assert "Nothing to be done" in planned()
    path.write_text(before)
    assert re.search(r"compute_features +1\n", planned())
    path.write_text("")
    said = planned()
    assert f"results/corpus/openface/{path.name}: missing or empty; the recordings are simulated again" in said
    assert re.search(r"simulate_recordings +1\n", said)
    assert project.snakemake(*wanted).returncode == 0
    assert path.read_text() == before
    assert "Nothing to be done" in planned()
