"""Programs that tests start often, as forks of a process that has loaded them."""

import shlex
import sys
from functools import cache
from pathlib import Path

from onefilter.workflow import forkserver


@cache
def command(name: str) -> tuple[str, ...]:
    """Start a server for ``forked_<name>.py``, once for each process of pytest; give the command that runs it."""
    script = Path(__file__).with_name(f"forked_{name}.py")
    prefix = shlex.split(forkserver.start([script] * forkserver.WORTHWHILE))
    forkserver.wait(prefix)
    return *prefix, sys.executable, str(script)


def snakemake() -> tuple[str, ...]:
    """Give the command that runs Snakemake, whose steps are forks of another such process."""
    return *command("snakemake"), shlex.join(command("steps"))
