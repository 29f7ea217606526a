"""Find the post-processing of one target's predictions."""

from onefilter.workflow.step import bind

from pathlib import Path

import pandas as pd

from onefilter.evaluation.pairing import model_names, paired
from onefilter.evaluation.postprocessing import CHAIN_COLUMNS, Chain, chain_row, score, tune
from onefilter.files import write_table
from onefilter.model.card import steps_of
from onefilter.settings import Postprocessing


def tune_postprocessing(
    predictions: list[Path],
    labels: list[Path],
    chains: Path,
    target: str,
    delay: float,
    hop: float,
    settings: Postprocessing,
    corpus: str,
) -> None:
    """Write the post-processing of every model of one target, found on development (widths and shifts in seconds)."""
    rows = []
    models = model_names(predictions[0])
    # One batch of all models is held in memory, or all batches of one model.
    for group in [models] if len(predictions) == 1 else [[model] for model in models]:
        recordings = [
            (outputs, truth)
            for tables in zip(predictions, labels, strict=True)
            for _, outputs, truth in paired(*tables, target, delay=steps_of(delay, hop), models=group)
        ]
        for column, model in enumerate(group):
            pairs = [(outputs[:, column], truth) for outputs, truth in recordings]
            chain = tune(
                pairs,
                medians=[steps_of(width, hop) for width in settings.medians],
                largest_shift=steps_of(settings.largest_shift, hop),
            )
            scores = {"devel_ccc_raw": score(pairs, Chain()), "devel_ccc": score(pairs, chain)}
            rows.append({"model": model, **chain_row(chain, hop=hop), **scores})
    write_table(chains, pd.DataFrame(rows, columns=list(CHAIN_COLUMNS)), corpus=corpus)


bind(tune_postprocessing)
