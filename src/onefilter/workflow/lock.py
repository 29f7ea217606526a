"""Locks that a run left when it was killed: found by what no kill leaves behind, and taken away."""

import fcntl
import shutil
from pathlib import Path
from typing import TextIO

_HELD: list[TextIO] = []
"""Kept open as long as this process lives; the system closes it whatever happens to the process."""


def clear_stale_locks(folder: Path) -> bool:
    """Take away the locks that Snakemake keeps in a folder, if the run that made them is gone.

    Every run holds a file lock from here on, which ends with its process. If nobody else holds it, no other run is
    there, and Snakemake's own locks, which are files that outlive a killed run, are stale.

    Args:
        folder: Where Snakemake keeps its notes, ``.snakemake``.

    Returns:
        Whether there were stale locks.
    """
    if _HELD:
        return False
    folder.mkdir(exist_ok=True)
    try:
        held = (folder / "onefilter.lock").open("w")
    except OSError:  # Somebody else's folder: Snakemake itself will say what it may not do there.
        return False
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        held.close()
        return False
    _HELD.append(held)
    locks = folder / "locks"
    stale = locks.is_dir() and any(locks.iterdir())
    if stale:
        try:
            shutil.rmtree(locks)
        except OSError:  # Not ours to take away: Snakemake will say that the folder is locked.
            return False
    return stale
