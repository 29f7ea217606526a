"""Snakemake as ``python -m snakemake``, run by forks of a process that has loaded it: the tests start it 150 times.

The package of the copy in which it runs is loaded by each fork.
"""

import os
import sys

import boto3  # noqa: F401  # smart_open, which Snakemake loads, loads it.
import docutils.parsers.rst.directives.images  # noqa: F401
import numpy  # noqa: F401  # ICN001
import pandas  # noqa: F401
import polars  # noqa: F401
import pydantic  # noqa: F401
import snakemake.cli
import snakemake_executor_plugin_slurm  # noqa: F401
import sqlmodel  # noqa: F401

if __name__ == "__main__":
    for name in [name for name in sys.modules if name.partition(".")[0] == "onefilter"]:
        del sys.modules[name]
    sys.path[:0] = os.environ["PYTHONPATH"].split(os.pathsep)
    sys.exit(snakemake.cli.main(sys.argv[1:]))
