"""Step of the rule `simulate`."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl

from onefilter.corpus.simulated import CULTURES, planted
from onefilter.corpus.simulated import simulate as simulate_recording
from onefilter.corpus.twin import TwinRecording
from onefilter.files import whole, write_table
from onefilter.steps import logger, step


@step
def simulate(*, recordings: list[dict[str, Any]], planted_loadings: str, table: str, seed: int, threads: int) -> None:
    """Write the twin: OpenFace CSVs, turns and labels of all recordings, and the loadings planted in it."""
    jobs = [(TwinRecording.from_row(entry), seed) for entry in recordings]
    with ThreadPoolExecutor(threads) as pool:
        for done, _ in enumerate(pool.map(_write, jobs), start=1):
            if done % 50 == 0 or done == len(jobs):
                logger.info("simulated %d of %d recordings", done, len(jobs))
    loadings = pd.concat(
        {culture: planted(culture, seed=seed) for culture in CULTURES}, names=["culture", "unit"]
    ).melt(var_name="source", value_name="loading", ignore_index=False)
    write_table(Path(planted_loadings), pl.from_pandas(loadings.reset_index()))
    write_table(Path(table), pl.from_pandas(pd.DataFrame(recordings)))


def _write(job: tuple[TwinRecording, int]) -> None:
    """Simulate one recording and write its three files, as OpenFace and annotators would."""
    entry, seed = job
    recording = simulate_recording(entry.recording, entry.culture, entry.duration, seed=seed)
    frames = pl.from_pandas(recording.frames)
    # OpenFace prints time with three decimals and everything else with two.
    stamps = [f"{milliseconds // 1000}.{milliseconds % 1000:03d}" for milliseconds in range(0, 20 * len(frames), 20)]
    frames = frames.with_columns(pl.Series("timestamp", stamps))
    with whole(Path(entry.openface)) as path:
        frames.write_csv(path, float_precision=2)
    write_table(Path(entry.turns), pl.from_pandas(recording.turns))
    with whole(Path(entry.labels)) as path:
        pl.from_pandas(recording.labels).write_csv(path, float_precision=6)
