"""Step of the rule `score`."""

from pathlib import Path

import numpy as np
import polars as pl

from onefilter.evaluation.concordance import moments
from onefilter.evaluation.prediction import at_annotators_time
from onefilter.evaluation.scores import score as score_split
from onefilter.files import write_table
from onefilter.steps import step
from onefilter.tables import by_recording, split_of


@step
def score(
    *,
    predictions: list[str],
    labels: list[str],
    scores: str,
    target: str,
    corpus: str,
    delay: float,
    hop: float,
    seed: int,
) -> None:
    """Write the scores of all models of one target on all labelled splits."""
    tables = []
    for predicted, labelled in zip(predictions, labels, strict=True):
        table = pl.read_parquet(predicted)
        models = [name for name in table.columns if name not in {"recording", "time"}]
        outputs = by_recording(table, models)
        truth = by_recording(pl.read_parquet(labelled), [target])
        sums = {
            model: np.stack(
                [
                    moments(
                        at_annotators_time(outputs[name][:, column], round(delay / hop))[: len(values)], values[:, 0]
                    )
                    for name, values in truth.items()
                ]
            )
            for column, model in enumerate(models)
        }
        culture, partition = split_of(labelled)
        tables.append(score_split(sums, target=target, culture=culture, partition=partition, seed=seed))
    write_table(
        Path(scores), pl.concat([pl.from_pandas(table) for table in tables]).with_columns(corpus=pl.lit(corpus))
    )
