"""Score the predictions of one target."""

from pathlib import Path

import numpy as np
import pandas as pd

from onefilter.concordance import moments
from onefilter.errors import InputError
from onefilter.evaluation.pairing import paired
from onefilter.evaluation.postprocessing import CHAIN_COLUMNS, Chain, apply, chains_of
from onefilter.evaluation.scores import MOMENT_COLUMNS, PROCESSED, RAW, SUMS, score
from onefilter.files import write_table
from onefilter.model.card import steps_of
from onefilter.tables import Floats, read_results, split_of
from onefilter.workflow.step import bind, logger


def score_predictions(
    predictions: list[Path],
    labels: list[Path],
    chains: Path | None,
    scores: Path,
    sums: Path,
    target: str,
    delay: float,
    hop: float,
    seed: int,
    corpus: str,
) -> None:
    """Write the scores of all models of one target on all labelled splits, and the sums they are computed from."""
    tuned = chains_of(read_results(chains, CHAIN_COLUMNS), hop=hop) if chains is not None else {}
    rows: list[tuple[object, ...]] = []
    for predicted, labelled in zip(predictions, labels, strict=True):
        models, recordings = paired(predicted, labelled, target, delay=steps_of(delay, hop))
        _check_labels(labelled, target, [truth for _, truth in recordings.values()])
        for column, model in enumerate(models):
            for processing, chain in {RAW: Chain(), PROCESSED: tuned.get(model)}.items():
                if chain is None:
                    continue
                for recording, (outputs, truth) in recordings.items():
                    values = moments(apply(chain, outputs[:, column]), truth)
                    rows.append((target, *split_of(labelled), model, processing, recording, *values))
    table = pd.DataFrame(rows, columns=list(MOMENT_COLUMNS)).astype(dict.fromkeys(SUMS, float))
    write_table(sums, table, corpus=corpus)
    write_table(scores, score(table, seed=seed), corpus=corpus)


def _check_labels(path: Path, target: str, labels: list[Floats]) -> None:
    """Refuse labels that never change; say where there is too little for an interval."""
    if len(labels) == 1:
        logger.warning("%s has one recording: its scores get no interval", path.stem)
    if np.ptp(np.concatenate(labels)) == 0:
        raise InputError(
            f"all labels of {path.stem} are {labels[0][0]:g}, so no concordance is defined",
            file=path,
            column=target,
            remedy="fix the labels, or set the partition to unlabelled",
        )


bind(score_predictions)
