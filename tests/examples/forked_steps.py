"""The server of a run's steps, itself a fork of a process that has loaded the libraries that steps import.

The package of the copy in which Snakemake runs is loaded by each fork.
"""

import os
import runpy
import sys
import threading
from importlib import import_module

for library in ("h5py", "jinja2", "matplotlib.pyplot", "pandas", "polars", "pyarrow.parquet", "pydantic",
                "pytorch_lightning", "scipy.linalg", "scipy.signal", "scipy.stats", "torch", "yaml"):  # fmt: skip
    import_module(library)

if __name__ == "__main__":
    for name in [name for name in sys.modules if name.partition(".")[0] == "onefilter"]:
        del sys.modules[name]
    sys.path[:0] = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    # The thread that watches over whoever asked for this fork holds nothing.
    threading.active_count = lambda: 1
    runpy.run_module("onefilter.workflow.forkserver", run_name="__main__", alter_sys=True)
