"""Locks that a run left when it was killed: found by what no kill leaves behind, and taken away."""

import fcntl
import os
import shutil
from pathlib import Path
from typing import TextIO

_HELD: list[TextIO] = []
"""Kept open as long as this process lives; the system closes it whatever happens to the process."""


def clear_stale_locks(folder: Path, *, tell: bool = True) -> str:
    """Take away the locks that Snakemake keeps in a folder, if the run that made them is gone.

    Every run holds a file lock from here on, which ends with its process. If nobody else holds it, no other run is
    there, and Snakemake's own locks, which are files that outlive a killed run, are stale.

    Args:
        folder: Where Snakemake keeps its notes, ``.snakemake``.
        tell: Whether a person listens; the processes of jobs find their own run's lock.

    Returns:
        What a person should know of it, one line; nothing if there is nothing to know.
    """
    if _HELD:
        return ""
    folder.mkdir(exist_ok=True)
    try:
        held = (folder / "onefilter.lock").open("a+")
    except OSError:  # Somebody else's folder: Snakemake itself will say what it may not do there.
        return ""
    locks = folder / "locks"
    there = locks.is_dir() and any(locks.iterdir())
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        held.seek(0)
        process = held.read().strip()
        held.close()
        # A dry run, too, holds the lock for a moment, but keeps nobody from working.
        return (
            f"another run works in this folder (process {process}); wait for it, or stop it\n" if there and tell else ""
        )
    _HELD.append(held)
    held.truncate(0)
    print(os.getpid(), file=held, flush=True)
    if there:
        try:
            shutil.rmtree(locks)
        except OSError:  # Not ours to take away: Snakemake will say that the folder is locked.
            return ""
    return "an earlier run was killed; this one goes on from what it left\n" if there else ""
