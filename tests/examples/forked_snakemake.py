"""Snakemake as ``python -m snakemake``, run by forks of a process that has loaded it and what it loads for a run.

The package of the copy in which it runs is loaded by each fork.
"""

import os
import sys
from importlib import import_module

for library in ("boto3", "docutils.parsers.rst.directives.images", "numpy", "pandas", "polars", "pydantic",
                "snakemake.cli", "snakemake_executor_plugin_slurm", "sqlmodel"):  # fmt: skip
    import_module(library)

if __name__ == "__main__":
    for name in [name for name in sys.modules if name.partition(".")[0] == "onefilter"]:
        del sys.modules[name]
    sys.path[:0] = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    sys.exit(import_module("snakemake.cli").main(sys.argv[1:]))
