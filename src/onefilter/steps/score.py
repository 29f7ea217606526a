"""Step of the rule `score`."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl

from onefilter.concordance import moments
from onefilter.errors import InputError
from onefilter.evaluation import postprocessing
from onefilter.evaluation.scores import MOMENT_COLUMNS, PROCESSED, RAW, SUMS
from onefilter.evaluation.scores import score as score_models
from onefilter.files import write_table
from onefilter.model.prediction import at_annotators_time
from onefilter.steps import logger, step
from onefilter.tables import Floats, by_recording, split_of


@step
def score(
    *,
    predictions: list[str],
    labels: list[str],
    chains: list[str],
    scores: str,
    sums: str,
    target: str,
    corpus: str,
    delay: float,
    hop: float,
    seed: int,
) -> None:
    """Write the scores of all models of one target on all labelled splits, and the sums they are computed from."""
    tuned = read_chains(chains[0], hop=hop) if chains else {}
    rows: list[dict[str, object]] = []
    for predicted, labelled in zip(predictions, labels, strict=True):
        culture, partition = split_of(labelled)
        models, recordings = delayed(predicted, labelled, target, delay=round(delay / hop))
        if len(recordings) == 1:
            logger.warning("%s-%s has one recording: its scores get no interval", culture, partition)
        everything = np.concatenate([truth for _, truth in recordings.values()])
        if np.ptp(everything) == 0:
            raise InputError(
                f"all labels of {culture}-{partition} are {everything[0]:g}, so no concordance is defined",
                file=labelled,
                column=target,
                remedy="mend the labels, or set the partition to unlabelled",
            )
        for column, model in enumerate(models):
            processings = {RAW: postprocessing.Chain()} | ({PROCESSED: tuned[model]} if model in tuned else {})
            for processing, chain in processings.items():
                for recording, (outputs, truth) in recordings.items():
                    values = moments(postprocessing.apply(chain, outputs[:, column]), truth)
                    cell = (target, culture, partition, model, processing, recording)
                    rows.append(dict(zip(MOMENT_COLUMNS, (*cell, *values), strict=True)))
    table = pd.DataFrame(rows, columns=list(MOMENT_COLUMNS)).astype(dict.fromkeys(SUMS, float))
    scored = score_models(table, seed=seed)
    write_table(Path(sums), pl.from_pandas(table).with_columns(corpus=pl.lit(corpus)))
    write_table(Path(scores), pl.from_pandas(scored).with_columns(corpus=pl.lit(corpus)))


def delayed(
    predictions: str, labels: str, target: str, *, delay: int
) -> tuple[list[str], dict[str, tuple[Floats, Floats]]]:
    """Read one split's predictions at the annotators' time, beside its labels.

    Returns:
        Names of the models; per recording, predictions [T, models] and labels [T].

    Raises:
        InputError: If a recording has no predictions, fewer than labels, or a value is not finite.
    """
    table = pl.read_parquet(predictions)
    models = [name for name in table.columns if name not in {"recording", "time"}]
    outputs = by_recording(table, models)
    recordings = {}
    for name, values in by_recording(pl.read_parquet(labels), [target]).items():
        truth = values[:, 0]
        if name not in outputs:
            raise InputError(f"has no predictions for {name}", file=predictions, remedy="predict this split again")
        _check(predictions, name, outputs[name], models)
        _check(labels, name, values, [target])
        if len(outputs[name]) < len(truth):
            raise InputError(
                f"{name} has {len(outputs[name])} predictions for {len(truth)} labels",
                file=predictions,
                remedy=f"compute features, predictions and {labels} from the same recording",
            )
        columns = [at_annotators_time(column, delay)[: len(truth)] for column in outputs[name].T]
        recordings[name] = (np.stack(columns, axis=1), truth)
    return models, recordings


def _check(path: str, recording: str, values: Floats, columns: list[str]) -> None:
    """Refuse values that are not finite."""
    wrong = ~np.isfinite(values)
    if wrong.any():
        step_number, column = (int(index) for index in np.argwhere(wrong)[0])
        raise InputError(
            f"{recording} has {values[step_number, column]} at step {step_number}",
            file=path,
            column=columns[column],
            remedy="delete the file and run again; if it comes back, mend the recording it is made from",
        )


def read_chains(path: str, *, hop: float) -> Mapping[str, postprocessing.Chain]:
    """Read each model's chain of post-processing; widths and shifts stand there in seconds."""
    return {
        row["model"]: postprocessing.Chain(
            median=round(row["median"] / hop) if row["median"] else 1,
            centre=row["centre"],
            scale=row["scale"],
            pivot=row["pivot"],
            shift=round(row["shift"] / hop),
        )
        for row in pl.read_csv(path, separator="\t").to_dicts()
    }
