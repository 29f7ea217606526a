"""Can jobs be sent where a profile sends them, and are there some already? Asked before the first step."""

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from onefilter.errors import InputError

SCHEDULERS: Final = {"slurm": "sbatch"}
"""By Snakemake's executor, the command that it sends jobs with."""
ANSWERS: Final = {"slurm": ("sinfo", "--noheader")}
"""By executor, a command that the scheduler answers at once."""
_WISHES: Final = {"slurm_account": "account", "slurm_partition": "partition", "qos": "qos", "constraint": "constraint"}
"""By what a profile calls it, the option of ``sbatch`` that says where a job is to run."""
_LIMITS: Final = {"runtime": "time", "mem_mb": "mem"}
"""The same for what it takes, in minutes and MB."""
_OURS: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
"""How the names of Snakemake's jobs end: every run draws an identifier."""
_WORKING: Final = "PENDING,CONFIGURING,RUNNING,SUSPENDED"
"""States of jobs that have not ended."""
_ENDING: Final = "COMPLETING"
"""The state of jobs that were cancelled, or have ended, and whose processes may still be there."""
_LAST: Final = 120
"""Seconds within which the processes of such jobs end: SLURM kills them after 30, unless it is told otherwise."""
PATIENCE: Final = 60
"""Seconds within which a scheduler answers, if it does."""


def check_scheduler(executor: str, *, shared: bool = True) -> None:
    """Check that jobs can be sent where a profile sends them.

    Snakemake would wait without a word for a scheduler that is not there. Executors without a shared file system take
    along what rules name; recordings are read by the paths in a table, and the twin's are named by one manifest.

    Args:
        executor: What runs jobs, by Snakemake's name.
        shared: Whether its jobs see the files of this machine.

    Raises:
        InputError: If they do not, or the scheduler's command is not there, or gets no answer.
    """
    if not shared:
        raise InputError(
            "its jobs do not see the files of this machine, from which recordings are read",
            file=f"executor: {executor}",
            remedy="use one for a shared file system: slurm, or cluster-generic for other schedulers (docs/cluster.md)",
        )
    command = SCHEDULERS.get(executor)
    if command is not None and shutil.which(command) is None:
        raise InputError(
            f"there is no {command} on this machine",
            file=f"executor: {executor}",
            remedy="start it where the scheduler's commands are (a login node), or leave --profile away",
        )
    asked = ANSWERS.get(executor)
    if asked is not None and shutil.which(asked[0]) is not None and not _answers(asked):
        raise InputError(
            f"{asked[0]} gets no answer from the scheduler",
            file=f"executor: {executor}",
            remedy=f"see what `{' '.join(asked)}` says, start again when it lists partitions, or leave --profile away",
        )


def _answers(command: Sequence[str]) -> bool:
    """Tell whether a scheduler answers to a command within a minute."""
    return _asked(command).returncode == 0


def jobs_left(folder: Path, *, states: str = _WORKING) -> list[str]:
    """List the numbers of SLURM's jobs that some run has sent from a folder and that have not ended."""
    said = _asked(["squeue", "--me", "--noheader", f"--states={states}", "--format=%i|%j|%Z"]).stdout
    rows = [line.split("|", 2) for line in said.splitlines() if line.count("|") >= 2]
    return [number for number, name, place in rows if _OURS.search(name) and _is_same(Path(place), folder)]


def check_jobs_left(executor: str, folder: Path) -> None:
    """Check that no job of an earlier run, which was killed, works or waits in a folder: it would be done twice.

    Those that were cancelled have time to end.

    Args:
        executor: What runs jobs, by Snakemake's name.
        folder: Where this run works.

    Raises:
        InputError: If there is one.
    """
    if executor == "slurm" and (jobs := jobs_left(folder)):
        raise left_behind(jobs)
    if executor == "slurm":
        wait_for_end(folder)


def wait_for_end(folder: Path) -> None:
    """Wait for jobs of earlier runs in a folder that were cancelled: ``scancel`` does not."""
    end = time.monotonic() + _LAST
    told = False
    while jobs_left(folder, states=_ENDING) and time.monotonic() < end:
        if not told:
            print("jobs of an earlier run are ending; this one begins when they have", file=sys.stderr, flush=True)
            told = True
        time.sleep(0.5)


def left_behind(jobs: Sequence[str]) -> InputError:
    """Say that jobs of an earlier run are there."""
    return InputError(
        "jobs of a run that was killed still work or wait in this folder",
        remedy=f"wait until they have ended (`squeue --me`), or type `scancel {' '.join(jobs)}`; then run again",
    )


def check_wishes(executor: str, resources: Iterable[Mapping[str, Any]]) -> None:
    """Check that SLURM takes jobs for the accounts and partitions that a profile names.

    It is asked without sending anything: of a group of jobs that cannot be sent, Snakemake does not say why.

    Args:
        executor: What runs jobs, by Snakemake's name.
        resources: Of the jobs to send.

    Raises:
        InputError: If it refuses.
    """
    if executor != "slurm":
        return
    asked: dict[tuple[tuple[str, str], ...], list[Mapping[str, Any]]] = {}
    for each in resources:
        asked.setdefault(tuple((name, str(each[name])) for name in _WISHES if each.get(name)), []).append(each)
    for wishes, own in asked.items():
        # Some administrators refuse jobs that do not say how long they take, and in how much memory.
        limits = [f"--{option}={most}" for name, option in _LIMITS.items() if (most := _most(own, name))]
        answers = [_asked(["sbatch", "--test-only", *options, *limits, "--wrap=true"]) for options in _options(wishes)]
        if all(answer.returncode for answer in answers):
            named = ", ".join(f"{name}: {value}" for name, value in wishes) or "no slurm_partition, no slurm_account"
            first = next(iter(answers[0].stderr.splitlines()), "no reason given")
            raise InputError(
                f"SLURM takes no such jobs ({' '.join([*limits, first.removeprefix('sbatch: error: ')])})",
                file=named,
                remedy="correct it in the profile (`sinfo` lists partitions, `sacctmgr show associations` accounts)",
            )


def _most(resources: Iterable[Mapping[str, Any]], name: str) -> int:
    """Give the largest number that some jobs want of something; what is not known before they run counts as 0."""
    return max((value for each in resources if isinstance(value := each.get(name), int)), default=0)


def _options(wishes: Iterable[tuple[str, str]]) -> Iterator[list[str]]:
    """Give the options of ``sbatch``, for each of several accounts, of which one is enough."""
    known = dict(wishes)
    for account in re.split(r"[,\s]+", known.get("slurm_account", "")):
        own = known | {"slurm_account": account}
        yield [f"--{option}={own[name]}" for name, option in _WISHES.items() if own.get(name)]


def _asked(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a scheduler's command; where it is not there, or gives no answer within a minute, it has failed."""
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(command, 1, "", str(error))


def _is_same(one: Path, other: Path) -> bool:
    """Tell whether two paths are one folder."""
    try:
        return one.samefile(other)
    except OSError:
        return False
