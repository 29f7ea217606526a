"""Score the predictions of one target."""

from onefilter.workflow.step import bind

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl

from onefilter.concordance import moments
from onefilter.errors import InputError
from onefilter.evaluation.pairing import model_names, paired, system_of, target_of
from onefilter.evaluation.postprocessing import CHAIN_COLUMNS, Chain, apply, chains_of
from onefilter.evaluation.scores import AFTER_DELAY, ALL, MOMENT_COLUMNS, PROCESSED, RAW, read_split, score
from onefilter.files import write_table, writing_recordings
from onefilter.model.card import steps_of
from onefilter.tables import Floats, by_split, columns_of, rated, read_results, recordings_of, split_of, units_of


def score_predictions(
    predictions: list[Path],
    labels: list[Path],
    systems: list[Path],
    chains: Path | None,
    scores: Path,
    sums: Path,
    target: str,
    delay: float,
    hop: float,
    devel: list[str],
    trained: bool,
    seed: int,
    corpus: str,
) -> None:
    """Write the scores of all models and systems of one target on all splits, and the sums they are computed from."""
    others = {path.name: path for path in systems}
    tuned = chains_of(read_results(chains, CHAIN_COLUMNS), hop=hop) if chains is not None else {}
    late = steps_of(delay, hop)
    for paths in by_split(labels).values():
        _check_labels(paths, target)
    with writing_recordings(sums) as write:
        for predicted, labelled in zip(predictions, labels, strict=True):
            models, recordings = _predicted(predicted, labelled, others.get(labelled.name), target, delay=late)
            units, place = units_of(labelled), (target, *split_of(labelled))
            for recording, outputs, truth in recordings:
                if not len(rated(truth[late:])):
                    raise _too_short(labelled, recording, len(truth), late)
                rows = [
                    (*place, *cell, recording, units[recording], steps, *moments(values[begin:], truth[begin:]))
                    for cell, values in _processed(outputs, models, tuned)
                    for steps, begin in ((ALL, 0), (AFTER_DELAY, late))
                ]
                table = pl.DataFrame(rows, schema=dict(MOMENT_COLUMNS), orient="row")
                write(table.with_columns(corpus=pl.lit(corpus)))
    # The epoch, the seed and the penalty of what is trained are chosen on development, and all post-processing.
    chosen_on = {RAW: devel if trained else [], PROCESSED: devel}
    cells = (cell for split in by_split(labels) for cell in read_split(sums, *split))
    write_table(scores, pd.concat([score(cell, chosen_on=chosen_on, seed=seed) for cell in cells]), corpus=corpus)


def _processed(outputs: Floats, models: list[str], tuned: dict[str, Chain]) -> Iterator[tuple[tuple[str, str], Floats]]:
    """Give every model's predictions of one recording, raw and, where it was tuned, post-processed."""
    for model, values in zip(models, outputs.T, strict=True):
        yield (model, RAW), apply(Chain(), values)
        if model in tuned:
            yield (model, PROCESSED), apply(tuned[model], values)


def _predicted(
    predictions: Path, labels: Path, systems: Path | None, target: str, *, delay: int
) -> tuple[list[str], Iterator[tuple[str, Floats, Floats]]]:
    """Name what predicts a target, and read its predictions; other systems' are at the annotators' time already."""
    models = model_names(predictions)
    own = paired(predictions, labels, target, delay=delay, models=models)
    names = [name for name in columns_of(systems) if target_of(name) == target] if systems is not None else []
    if systems is None or not names:
        return models, own
    beside = paired(systems, labels, target, delay=0, models=names)
    together = (
        (name, np.concatenate([outputs, more], axis=1), truth)
        for (name, outputs, truth), (_, more, _) in zip(own, beside, strict=True)
    )
    return [*models, *map(system_of, names)], together


def _too_short(path: Path, recording: str, length: int, delay: int) -> InputError:
    """Say that a recording ends before the annotators have answered to anything in it."""
    return InputError(
        f"{recording} has {length} labels, none of them rated after the {delay} steps that annotators are late",
        file=path,
        remedy="set its partition to unlabelled, or give the target a shorter delay",
    )


def _check_labels(paths: list[Path], target: str) -> None:
    """Refuse a split's labels that never change."""
    spans = [
        (known.min(), known.max())
        for path in paths
        for _, values in recordings_of(path, [target])
        if len(known := rated(values[:, 0]))
    ]
    split = "-".join(split_of(paths[0]))
    low, high = min(low for low, _ in spans), max(high for _, high in spans)
    if low == high:
        raise InputError(
            f"all labels of {split} are {low:g}, so no concordance is defined",
            file=paths[0],
            column=target,
            remedy="fix the labels, or set the partition to unlabelled",
        )


bind(score_predictions)
