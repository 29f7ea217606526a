"""A small study on a SLURM cluster: jobs are cancelled and killed, and every result is the same as a local run's."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import pytest

from onefilter.manifest import MANIFEST, differences
from tests.examples import forks
from tests.examples.slurm import cluster, missing
from tests.examples.workflow import PARTS, ROOT, SMALL

ONE_TARGET = (
    SMALL.replace("chinese-test: {recordings: 2, duration: 80}", "chinese-test: null")
    .replace("hungarian-test: {recordings: 2, duration: 80}", "hungarian-test: null")
    .replace("ladder: {", "ladder: {targets: [arousal], ")
    .replace("selection: {", "selection: {targets: [arousal], ")
    .replace("latency: {", "latency: {targets: [arousal], ")
    + "targets: {valence: null, liking: null}\n"
)
Found = TypeVar("Found")
PATIENCE = 1200
"""Seconds after which the cluster counts as stuck, on a loaded machine, too."""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose path is short enough for a socket."""
    path = Path(tempfile.mkdtemp(prefix="slurm-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


def copy(folder: Path) -> Path:
    """Copy the project."""
    folder.mkdir()
    for part in PARTS:
        (shutil.copytree if (ROOT / part).is_dir() else shutil.copy)(ROOT / part, folder / part)
    (folder / "small.yaml").write_text(ONE_TARGET)
    return folder


class Run:
    """Snakemake in a copy of the project; what it says goes to a file, so that it never waits for a reader."""

    def __init__(self, project: Path, environment: Mapping[str, str], *arguments: str) -> None:
        """Start it."""
        self._said = project / "said.txt"
        with self._said.open("w") as out:
            self._process = subprocess.Popen(
                [*forks.snakemake(), *arguments, "--configfile", "small.yaml"],
                cwd=project, env={**environment, "PYTHONPATH": str(project / "src")},
                stdout=out, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def wait_for(self, look: Callable[[], Found]) -> Found:
        """Look until there is something; the run must not end before."""
        end = time.monotonic() + PATIENCE
        while not (found := look()):
            assert self._process.poll() is None, self._said.read_text()
            assert time.monotonic() < end
            time.sleep(0.1)
        return found

    def end(self, *, code: int = 0) -> str:
        """Wait for its end, which must be a good one, or as it is said; give what it said."""
        try:
            found = self._process.wait(PATIENCE)
        finally:
            self._process.kill()
        assert found == code, self._said.read_text()
        return self._said.read_text()

    def kill(self) -> None:
        """Kill Snakemake itself, which has no time to cancel its jobs."""
        notes = (self._said.parent / ".snakemake/onefilter.lock").read_text()
        os.kill(int(notes.split()[0]), signal.SIGKILL)
        self._process.wait(PATIENCE)


def profile(project: Path, resource: str) -> str:
    """Write a profile that asks for something further; give its folder."""
    text = (project / "profiles/slurm/config.yaml").read_text()
    folder = project / "profiles/own"
    folder.mkdir()
    (folder / "config.yaml").write_text(text.replace("default-resources:\n", f"default-resources:\n  {resource}\n"))
    return str(folder)


def running(environment: Mapping[str, str]) -> set[str]:
    """Numbers of the jobs that run."""
    command = ["squeue", "--noheader", "--states=RUNNING", "--format=%i"]
    return set(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split())


def processes(job: str, environment: Mapping[str, str]) -> list[int]:
    """Processes of a job that are Python's."""
    command = ["scontrol", "listpids", job]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout
    numbers = [line.split()[0] for line in said.splitlines()[1:]]
    return [int(number) for number in numbers if b"python" in _command_of(number)]


def _command_of(number: str) -> bytes:
    try:
        return Path(f"/proc/{number}/cmdline").read_bytes()
    except OSError:
        return b""


@pytest.mark.slow
@pytest.mark.skipif(missing() is not None, reason=str(missing()))
def test_cluster(folder: Path) -> None:
    """One job is cancelled and one killed, both are sent again; every result is the same as a local run's.

    Before, jobs that cannot be sent are refused, and so is a run beside jobs of one that was killed.
    """
    here, there = copy(folder / "local"), copy(folder / "remote")
    local = Run(here, os.environ, "--cores", "2")
    with cluster(folder / "cluster", cpus=2) as environment:
        nowhere = profile(there, "slurm_partition: nope")
        refused = Run(there, environment, "--profile", nowhere).end(code=1).splitlines()[-1]
        assert refused.startswith("slurm_partition: nope: SLURM takes no such jobs (")
        run = Run(there, environment, "--profile", "profiles/slurm")
        run.wait_for(lambda: running(environment))
        run.kill()
        refused = Run(there, environment, "--profile", "profiles/slurm").end(code=1)
        remedy = re.search(r"jobs of a run that was killed still work .*type `(scancel [0-9 ]+)`", refused)
        assert remedy is not None, refused
        subprocess.run(shlex.split(remedy[1]), env=environment, check=True)
        run = Run(there, environment, "--profile", "profiles/slurm")
        first = run.wait_for(lambda: running(environment))
        subprocess.run(["scancel", *first], env=environment, check=True)
        second = run.wait_for(lambda: running(environment) - first)
        killed = run.wait_for(lambda: [number for job in second for number in processes(job, environment)])
        for number in killed:
            os.kill(number, signal.SIGKILL)
        assert run.end().count("Trying to restart job") >= 2
        assert "Nothing to be done" in Run(there, environment, "--profile", "profiles/slurm").end()
    local.end()
    assert list(differences(here / "results" / MANIFEST, there / "results" / MANIFEST)) == []
