"""Snakemake as ``python -m snakemake``, run by forks of a process that has loaded it and what it loads for a run.

The first argument is the program that serves the steps (`onefilter.workflow.forkserver.PROGRAM`). The package of the
copy in which Snakemake runs is loaded by each fork.
"""

import os
import shlex
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

for library in ("boto3", "docutils.parsers.rst.directives.images", "numpy", "pandas", "polars", "pydantic",
                "snakemake.cli", "snakemake_executor_plugin_slurm", "sqlmodel"):  # fmt: skip
    import_module(library)

if __name__ == "__main__":
    for name in [name for name in sys.modules if name.partition(".")[0] == "onefilter"]:
        del sys.modules[name]
    sys.path[:0] = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    forkserver = import_module("onefilter.workflow.forkserver")
    vars(forkserver).update(PROGRAM=shlex.split(sys.argv[1]))
    start = forkserver.start

    def start_and_wait(scripts: Sequence[Path]) -> str:
        """Let no step begin before it can be a fork."""
        prefix: str = start(scripts)
        forkserver.wait(shlex.split(prefix))
        return prefix

    vars(forkserver).update(start=start_and_wait, WORTHWHILE=1)
    sys.exit(import_module("snakemake.cli").main(sys.argv[2:]))
