"""Simulate the twin: every recording's files, and the loadings planted in it."""

from onefilter.workflow.step import PROGRESS, bind, logger

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pandas as pd
import polars as pl

from onefilter.corpus.people import with_units
from onefilter.corpus.recordings import table_of
from onefilter.corpus.simulated import CULTURES, planted, simulate_row
from onefilter.corpus.twin import FILES, simulated_recordings
from onefilter.files import replacing, write_table, writing_recordings
from onefilter.manifest import write_manifest
from onefilter.settings import Simulated

_AT_ONCE: Final = 256
"""Recordings that are handed out at once."""


def simulate_recordings(
    affect: Path, loadings: Path, table: Path, manifest: Path, twin: Simulated, threads: int
) -> None:
    """Write the twin: OpenFace CSVs, turns, annotations and labels, the truth behind them, tables of all files."""
    recordings = table_of(simulated_recordings(twin, folder=table.parent))
    files = {path: "simulate_recordings" for kind in FILES for path in recordings[kind]}
    for folder in {Path(file).parent for file in files}:
        folder.mkdir(parents=True, exist_ok=True)

    def write(place: int) -> pl.DataFrame:
        entry = recordings.iloc[place].to_dict()
        found = simulate_row(entry, seed=twin.seed, world=twin.world)
        write_table(Path(entry["turns"]), found.turns)
        _write(Path(entry["openface"]), _stamped(pl.from_pandas(found.frames)), digits=2)
        _write(Path(entry["annotations"]), pl.from_pandas(found.annotations), digits=6)
        _write(Path(entry["labels"]), pl.from_pandas(found.labels), digits=6)
        truth = pl.from_pandas(found.affect).rename({"timestamp": "time"})
        return truth.insert_column(0, pl.lit(entry["recording"]).alias("recording"))

    with writing_recordings(affect) as keep, ThreadPoolExecutor(threads) as pool:
        for done, truth in enumerate(_in_order(pool, write, len(recordings)), start=1):
            keep(truth)
            if done % 50 == 0 or done == len(recordings):
                logger.log(PROGRESS, "simulated %d of %d recordings", done, len(recordings))
    found = {culture: planted(culture, seed=twin.seed, world=twin.world) for culture in CULTURES}
    melted = pd.concat(found, names=["culture", "action_unit"]).melt(
        var_name="source", value_name="loading", ignore_index=False
    )
    write_table(loadings, melted.reset_index())
    write_table(table, with_units(recordings))
    write_manifest(manifest, files)


def _in_order(pool: Executor, write: Callable[[int], pl.DataFrame], count: int) -> Iterator[pl.DataFrame]:
    """Let a pool work on so many recordings, few of which wait at a time."""
    for begin in range(0, count, _AT_ONCE):
        yield from pool.map(write, range(begin, min(begin + _AT_ONCE, count)))


def _stamped(frames: pl.DataFrame) -> pl.DataFrame:
    """Print the times of frames as OpenFace does: with three decimals, where all else has two."""
    stamps = [f"{milliseconds // 1000}.{milliseconds % 1000:03d}" for milliseconds in range(0, 20 * len(frames), 20)]
    return frames.with_columns(pl.Series("timestamp", stamps))


def _write(path: Path, table: pl.DataFrame, *, digits: int) -> None:
    """Write a CSV whose numbers have so many decimals."""
    with replacing(path) as temporary:
        table.write_csv(temporary, float_precision=digits)


bind(simulate_recordings)
