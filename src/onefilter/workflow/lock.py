"""Locks that a run left when it was killed: found by what no kill leaves behind, and taken away."""

import fcntl
import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TextIO

from onefilter.errors import InputError
from onefilter.workflow.scheduler import jobs_left, left_behind, wait_for_end

_UNKNOWN: Final = "unknown"
_WORKS: Final = " works on "
"""In the file that runs share, what is between the number of a process and the name of its machine."""
MOMENT: Final = 20
"""Seconds in which processes of a run that was killed, or of a job that was cancelled, usually end."""
_HELD: list[TextIO] = []
"""Kept open as long as this process lives; the system closes it whatever happens to the process."""


def clear_stale_locks(folder: Path, *, tell: bool = True) -> str:
    """Take away the locks that Snakemake keeps in a folder, if the run that made them is gone.

    Every run, also a dry one, shares a file lock from here on, which ends with its process. Whoever can have it alone
    for a moment knows that no other run is there: Snakemake's own locks, which are files that outlive a killed run, are
    stale. Jobs take nothing away: on another machine, a file lock may know nothing of their run's.

    Args:
        folder: Where Snakemake keeps its notes, ``.snakemake``.
        tell: Whether a person listens, and not the run whose job this process is.

    Returns:
        What a person should know of it, one line; nothing if there is nothing to know.

    Raises:
        InputError: If nothing can be written there.
    """
    if _HELD:
        return ""
    try:
        folder.mkdir(exist_ok=True)
        held = (folder / "onefilter.lock").open("a+")
    except OSError as error:
        raise InputError(
            f"cannot be written ({error.strerror}), and Snakemake keeps its notes there",
            file=folder,
            remedy="make it a folder that you may write to, or work in a copy of the project",
        ) from error
    if not tell:
        _share(held, tell=False)
        return ""
    locks = folder / "locks"
    there = locks.is_dir() and any(locks.iterdir())
    if not _is_alone(held):
        if not there:
            # Only a dry run looks on: this run shares the lock with it, and keeps it when that has ended.
            _share(held, tell=True)
            return ""
        held.seek(0)
        if told := _others(held.read().splitlines(), folder.resolve().parent, lambda: _is_alone(held)):
            held.close()
            return told
    held.truncate(0)
    if there:
        try:
            shutil.rmtree(locks)
        except OSError:  # Not ours to take away: Snakemake will say that the folder is locked.
            there = False
    _share(held, tell=True)
    return "an earlier run was killed; this one goes on from what it left\n" if there else ""


def _is_alone(held: TextIO) -> bool:
    """Hold a file lock alone, if nobody else holds it."""
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _share(held: TextIO, *, tell: bool) -> None:
    """Hold a file lock together with others, and note in the file who does."""
    fcntl.flock(held, fcntl.LOCK_SH)
    _HELD.append(held)
    if tell:
        print(os.getpid(), file=held, flush=True)


def work() -> None:
    """Note that this process does not only look on; refuse to, if another one works in the folder already.

    Snakemake's own locks say so, too, until somebody takes them away by ``--unlock`` while a run works.

    Raises:
        InputError: If another run works in this folder.
    """
    for held in _HELD:
        held.seek(0)
        lines = [line.partition(_WORKS) for line in held.read().splitlines()]
        others = [process for process, _, node in lines if node == platform.node() and process != str(os.getpid())]
        process = _first_alive(others)
        if process != _UNKNOWN:
            raise InputError(f"another run works in this folder (process {process})", remedy="wait for it, or stop it")
        print(f"{os.getpid()}{_WORKS}{platform.node()}", file=held, flush=True)


def _others(lines: Sequence[str], folder: Path, is_alone: Callable[[], bool]) -> str:
    """Say who holds the lock; nothing if they were jobs that have ended meanwhile.

    Args:
        lines: What the runs have noted that hold or held it.
        folder: Where they work.
        is_alone: Whether they do not any longer.

    Raises:
        InputError: If only jobs of a run do that was killed on this machine.
    """
    noted = [line.partition(_WORKS) for line in lines if line.strip()]
    away = {process: node for process, _, node in noted if node not in ("", platform.node())}
    process = _first_alive([process for process, *_ in noted if process not in away])
    if process != _UNKNOWN:
        return f"another run works in this folder (process {process}); wait for it, or stop it\n"
    if not away:
        if jobs := jobs_left(folder):
            raise left_behind(jobs)
        wait_for_end(folder)
        if _wait(is_alone):
            return ""
    named = "".join(f", begun as process {process} on {node}," for process, node in list(away.items())[-1:])
    return f"another run{named} or jobs that it has left work in this folder; wait for them, or stop them\n"


def _wait(is_alone: Callable[[], bool]) -> bool:
    """Give what works for nobody some time to end; say whether it has."""
    if is_alone():
        return True
    print(f"something that an earlier run left still works; waiting up to {MOMENT} s for its end", file=sys.stderr)
    end = time.monotonic() + MOMENT
    while not (alone := is_alone()) and time.monotonic() < end:
        time.sleep(0.2)
    return alone


def _first_alive(processes: list[str]) -> str:
    """Name the first of some processes that is still there."""
    return next((each for each in processes if _is_alive(int(each))), _UNKNOWN)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except PermissionError:  # Somebody else's.
        return True
    except OSError:
        return False
    return True
