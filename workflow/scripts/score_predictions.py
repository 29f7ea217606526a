"""Score the predictions of one target."""

from onefilter.workflow.step import bind

from pathlib import Path

import numpy as np
import pandas as pd

from onefilter.concordance import moments
from onefilter.errors import InputError
from onefilter.evaluation.pairing import paired, system_of, target_of
from onefilter.evaluation.postprocessing import CHAIN_COLUMNS, Chain, apply, chains_of
from onefilter.evaluation.scores import AFTER_DELAY, ALL, MOMENT_COLUMNS, PROCESSED, RAW, SUMS, score
from onefilter.files import write_table
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
    tables = []
    for predicted, labelled in zip(predictions, labels, strict=True):
        rows: list[tuple[object, ...]] = []
        models, recordings = paired(predicted, labelled, target, delay=late)
        if labelled.name in others:
            models, recordings = _with_systems(models, recordings, others[labelled.name], labelled, target)
        units = units_of(labelled)
        for column, model in enumerate(models):
            for processing, chain in {RAW: Chain(), PROCESSED: tuned.get(model)}.items():
                if chain is None:
                    continue
                place = (target, *split_of(labelled), model, processing)
                for recording, (outputs, truth) in recordings.items():
                    if not len(rated(truth[late:])):
                        raise _too_short(labelled, recording, len(truth), late)
                    processed = apply(chain, outputs[:, column])
                    for steps, begin in ((ALL, 0), (AFTER_DELAY, late)):
                        values = moments(processed[begin:], truth[begin:])
                        rows.append((*place, recording, units[recording], steps, *values))
        tables.append(pd.DataFrame(rows, columns=list(MOMENT_COLUMNS)).astype(dict.fromkeys(SUMS, float)))
    table = pd.concat(tables, ignore_index=True)
    write_table(sums, table, corpus=corpus)
    # The epoch, the seed and the penalty of what is trained are chosen on development, and all post-processing.
    chosen_on = {RAW: devel if trained else [], PROCESSED: devel}
    write_table(scores, score(table, chosen_on=chosen_on, seed=seed), corpus=corpus)


def _with_systems(
    models: list[str], recordings: dict[str, tuple[Floats, Floats]], systems: Path, labels: Path, target: str
) -> tuple[list[str], dict[str, tuple[Floats, Floats]]]:
    """Put other systems' predictions of a target, which are at the annotators' time, beside those of the models."""
    names = [name for name in columns_of(systems) if target_of(name) == target]
    if not names:
        return models, recordings
    _, found = paired(systems, labels, target, delay=0, models=names)
    together = {
        name: (np.concatenate([outputs, found[name][0]], axis=1), truth)
        for name, (outputs, truth) in recordings.items()
    }
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
