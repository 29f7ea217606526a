"""Step of the rule `skew`."""

import zlib
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

from onefilter.concordance import moments
from onefilter.corpus.recordings import table_of
from onefilter.corpus.simulated import simulate
from onefilter.corpus.twin import simulated_recordings
from onefilter.evaluation.bootstrap import interval
from onefilter.evaluation.scores import concatenated
from onefilter.features.windows import extract
from onefilter.files import write_table
from onefilter.live.skew import SKEW_COLUMNS, VARIANTS, shares_of_zeros, variants
from onefilter.model.file import read_models
from onefilter.model.prediction import at_annotators_time, predict
from onefilter.settings import Simulated
from onefilter.steps import logger, step
from onefilter.tables import Floats


@step
def skew(*, models: list[str], skew: str, simulated: Mapping[str, Any], seed: int) -> None:
    """Predict the twin's test recordings from post-processed and from live intensities; write what differs."""
    read = read_models([Path(path) for path in models])
    card = next(iter(read.values())).card
    table = table_of(simulated_recordings(Simulated.model_validate(simulated), folder=Path()))
    tested = table[table["partition"] == "test"]
    trained = table[table["partition"] == "train"].to_dict("records")
    quantiles = shares_of_zeros(
        simulate(row["recording"], row["culture"], row["duration"], seed=simulated["seed"]) for row in trained
    )
    sums: dict[tuple[str, str, str], list[Floats]] = {}
    moved: dict[tuple[str, str, str], list[Floats]] = {}
    for number, row in enumerate(tested.to_dict("records"), start=1):
        recording = simulate(row["recording"], row["culture"], row["duration"], seed=simulated["seed"])
        turns = pl.from_pandas(recording.turns)
        predictions: dict[tuple[str, str], Floats] = {}
        written = variants(recording, quantiles=quantiles, seed=zlib.crc32(row["recording"].encode()) + seed)
        for variant, frames in written.items():
            features = extract(
                frames, turns, window=card.window, hop=card.hop,
                alignment="causal" if card.alignment == "causal" else "centred",
                failed_frames="drop" if card.failed_frames == "drop" else "keep",
            ).features  # fmt: skip
            for target, model in read.items():
                labels = recording.labels[target].to_numpy()
                predicted = predictions[target, variant] = predict(model, features)
                late = at_annotators_time(predicted, round(model.card.delay / card.hop))[: len(labels)]
                key = (target, row["culture"], variant)
                sums.setdefault(key, []).append(moments(late, labels))
                moved.setdefault(key, []).append(predicted - predictions[target, VARIANTS[0]])
        if number % 50 == 0:
            logger.info("%d of %d recordings", number, len(tested))
    rows = []
    for (target, culture, variant), parts in sums.items():
        table_of_sums = np.stack(parts)
        score = partial(concatenated, table_of_sums)
        low, high = interval(score, len(parts), seed=seed)
        difference = np.concatenate(moved[target, culture, variant])
        ccc = float(score(np.ones((1, len(parts))))[0])
        deviation = float(np.sqrt(np.mean(difference**2)))
        rows.append((target, culture, "test", variant, ccc, low, high, float(difference.mean()), deviation))
    result = pd.DataFrame(rows, columns=list(SKEW_COLUMNS))
    write_table(Path(skew), pl.from_pandas(result).with_columns(corpus=pl.lit("simulated")))
