"""Snakemake as ``python -m snakemake``, run by forks of a process that has loaded it and what it loads for a run.

The first argument is the program that serves the steps (`onefilter.workflow.forkserver.PROGRAM`).
"""

import runpy
import shlex
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

for library in ("boto3", "docutils.parsers.rst.directives.images", "numpy", "pandas", "polars", "pydantic",
                "snakemake.cli", "snakemake_executor_plugin_slurm", "sqlmodel", "onefilter.workflow.check",
                "onefilter.workflow.damage", "onefilter.workflow.plan", "onefilter.workflow.terminal"):  # fmt: skip
    import_module(library)
package = runpy.run_path(str(Path(__file__).with_name("package.py")))

if __name__ == "__main__":
    package["use_package"]()
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
