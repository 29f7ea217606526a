"""The server of a run's steps, itself a fork of a process that has loaded what steps import."""

import runpy
import threading
from importlib import import_module
from pathlib import Path

for library in ("h5py", "jinja2", "matplotlib.pyplot", "pandas", "polars", "pyarrow.parquet", "pydantic",
                "pytorch_lightning", "scipy.linalg", "scipy.signal", "scipy.stats", "torch", "yaml"):  # fmt: skip
    import_module(library)
package = runpy.run_path(str(Path(__file__).with_name("package.py")))
for room in ("corpus", "evaluation", "explanation", "features", "figures", "model", "training", "verification"):
    for module in sorted((package["OURS"] / room).rglob("[a-z]*.py")):
        import_module(".".join([package["OURS"].name, *module.relative_to(package["OURS"]).with_suffix("").parts]))

if __name__ == "__main__":
    package["use_package"]()
    # The thread that watches over whoever asked for this fork holds nothing.
    threading.active_count = lambda: 1
    runpy.run_module("onefilter.workflow.forkserver", run_name="__main__", alter_sys=True)
