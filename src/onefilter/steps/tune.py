"""Step of the rule `tune`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from onefilter.evaluation.postprocessing import Chain, score
from onefilter.evaluation.postprocessing import tune as tune_chain
from onefilter.files import write_table
from onefilter.steps import step
from onefilter.steps.score import delayed


@step
def tune(
    *,
    predictions: str,
    labels: str,
    chains: str,
    target: str,
    corpus: str,
    delay: float,
    hop: float,
    settings: Mapping[str, Any],
) -> None:
    """Write the post-processing of every model of one target, found on development (widths and shifts in seconds)."""
    models, recordings = delayed(predictions, labels, target, delay=round(delay / hop))
    rows = []
    for column, model in enumerate(models):
        pairs = [(outputs[:, column], truth) for outputs, truth in recordings.values()]
        chain = tune_chain(
            pairs,
            medians=[round(width / hop) for width in settings["medians"]],
            largest_shift=round(settings["largest_shift"] / hop),
        )
        rows.append(
            {
                "model": model,
                "median": chain.median * hop if chain.median > 1 else 0.0,
                "centre": chain.centre,
                "scale": chain.scale,
                "pivot": chain.pivot,
                "shift": chain.shift * hop,
                "devel_ccc_raw": score(pairs, Chain()),
                "devel_ccc": score(pairs, chain),
            }
        )
    write_table(Path(chains), pl.DataFrame(rows).with_columns(corpus=pl.lit(corpus)))
