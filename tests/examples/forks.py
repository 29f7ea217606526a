"""Programs that tests start often, as forks of a process that has loaded them."""

import fcntl
import os
import secrets
import shlex
import shutil
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

from onefilter.workflow import forkserver

_RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID") or secrets.token_hex()
"""What processes of pytest that share their work have in common."""
_HELD: list[int] = []
"""Kept open: a server ends when no process of pytest holds the other end of its standard input."""


@cache
def command(name: str) -> tuple[str, ...]:
    """Start a server for ``forked_<name>.py``, one for all processes of pytest; give the command that runs it."""
    script = Path(__file__).with_name(f"forked_{name}.py")
    folder = Path(tempfile.gettempdir(), f"onefilter-{_RUN[:16]}-{name}")
    with script.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            _HELD.append(os.open(folder / "tests", os.O_WRONLY | os.O_NONBLOCK))
        except OSError:
            _serve(script, folder)
    return *forkserver.prefix(folder / "socket"), sys.executable, str(script)


def _serve(script: Path, folder: Path) -> None:
    """Start a server, and wait until it listens."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    os.mkfifo(folder / "tests")
    reader = os.open(folder / "tests", os.O_RDONLY | os.O_NONBLOCK)
    _HELD.append(os.open(folder / "tests", os.O_WRONLY))
    server = forkserver.launch(folder / "socket", [script], stdin=reader)
    os.close(reader)
    while not (folder / "socket").exists() and server.poll() is None:
        time.sleep(0.02)
    server.returncode = 0  # It may outlive this process, and is nobody's to wait for.


def snakemake() -> tuple[str, ...]:
    """Give the command that runs Snakemake, whose steps are forks of another such process."""
    return *command("snakemake"), shlex.join(command("steps"))
