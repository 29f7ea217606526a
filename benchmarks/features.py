"""Feature extraction of a whole corpus against what reading its bytes costs.

    .venv/bin/python benchmarks/features.py results/corpus/openface

Two processes with one polars thread each share the files, as two jobs of the rule `features` do. Reported are medians
over rounds in which both ways take turns.
"""

import os

os.environ["POLARS_MAX_THREADS"] = "1"  # before polars is imported

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import polars as pl

from onefilter.corpus.formats.openface import read_openface
from onefilter.features.windows import extract
from onefilter.files import write_table
from onefilter.settings import Features

WORKERS = 2


def read_all(paths: list[Path], number: int) -> None:
    """Read every column with polars alone."""
    for path in paths:
        pl.read_csv(path)


def read_needed(paths: list[Path], number: int) -> None:
    """Read the 20 columns that features need with polars alone."""
    columns = ["timestamp", "confidence", "success"]
    for path in paths:
        names = [name for name in pl.read_csv(path, n_rows=0).columns if name.endswith("_r")]
        pl.scan_csv(path).select(*columns, *names).collect()


def extract_and_write(paths: list[Path], number: int, folder: Path) -> None:
    """Read, check, compute features, write one Parquet file."""
    tables = [extract(read_openface(path), None, Features()).features for path in paths]
    write_table(folder / f"{number}.parquet", pl.concat(tables))


def timed(pool: ProcessPoolExecutor, work: Callable[[list[Path], int], None], parts: list[list[Path]]) -> float:
    """Seconds until all parts are done."""
    begun = time.perf_counter()
    list(pool.map(work, parts, range(len(parts))))
    return time.perf_counter() - begun


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of OpenFace CSVs")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    paths = sorted(options.folder.glob("*.csv"))
    parts = [paths[number::WORKERS] for number in range(WORKERS)]
    size = sum(path.stat().st_size for path in paths)
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
        ways: dict[str, Callable[[list[Path], int], None]] = {
            "polars reads all columns": read_all,
            "polars reads 20 columns": read_needed,
            "CSV in, Parquet out": partial(extract_and_write, folder=Path(folder)),
        }
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(options.rounds + 1):
            for name, work in ways.items():
                seconds[name].append(timed(pool, work, parts))
    print(f"{len(paths)} recordings, {size / 1e6:.0f} MB, {WORKERS} processes, medians of {options.rounds} rounds")
    base = statistics.median(seconds["polars reads all columns"][1:])
    for name, values in seconds.items():
        median = statistics.median(values[1:])  # the first round warms up
        print(f"{name:<26}{median:6.2f} s  {median / base:5.2f} x")


if __name__ == "__main__":
    main()
