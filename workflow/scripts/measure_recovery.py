"""Measure what of the planted truth is found again."""

from onefilter.workflow.step import bind, logger

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import polars as pl

from onefilter.concordance import measures, moments
from onefilter.corpus.simulated import LOADING_COLUMNS, frames_of, mean_loadings, simulate_row
from onefilter.errors import DamagedError
from onefilter.evaluation.scores import RAW, Cells, read_moments, seed_of
from onefilter.explanation.patterns import PATTERN_COLUMNS
from onefilter.features.windows import extract
from onefilter.files import write_table
from onefilter.model.card import Model, Stack, name_among
from onefilter.model.file import read_any_model, read_model
from onefilter.model.prediction import at_annotators_time, predict
from onefilter.names import kind_of
from onefilter.settings import Simulated
from onefilter.tables import Floats, by_split, read_results, recordings_of, split_of
from onefilter.verification.recovery import RECOVERY_COLUMNS, covers, loadings_recovered, recovery_rows

DYADS = 20
"""Pairs of people of each culture whom nobody has seen, against whom intervals are held."""
DURATION = 120.0
"""Seconds that they are recorded."""
Tables = dict[str, Floats]


def measure_recovery(
    planted: Path,
    affect: Path,
    labels: list[Path],
    sums: list[Path],
    patterns: list[Path],
    linear: list[Path],
    best: list[Path],
    recovery: Path,
    cultures: list[str],
    twin: Simulated,
    turns: Literal["person", "dyad"],
    seed: int,
    corpus: str,
) -> None:
    """Write, target by target, what of the planted loadings, affect and scores is found."""
    models = {model.card.target: model for model in map(read_any_model, best)}
    loadings = read_results(planted, LOADING_COLUMNS)
    fresh = _fresh(models, [culture for culture, _ in by_split(labels)], twin, turns)
    parts = []
    for path, tabulated, filtered in zip(sums, patterns, linear, strict=True):
        model = models[path.stem]
        target = model.card.target
        found = loadings_recovered(
            mean_loadings(loadings, source=target, cultures=cultures),
            *_explained(read_model(filtered), read_results(tabulated, PATTERN_COLUMNS)),
        )
        rows = {name: (value, 1.0) for name, value in found.items()}
        cells = read_moments(path).whole
        parts.append(recovery_rows(target, "+".join(cultures), rows, cells.unit))
        for split, labelled in by_split(labels).items():
            parts.append(_scored(model, cells, affect, labelled, fresh[target, split[0]], seed=seed))
    whole = pd.concat(parts, ignore_index=True)
    write_table(recovery, whole[list(RECOVERY_COLUMNS)], corpus=corpus)
    for row in whole[whole["quantity"] == "pattern r"].to_dict("records"):
        logger.info("%s: the pattern correlates with what was planted by %.2f", row["target"], row["found"])


def _explained(model: Model, patterns: pd.DataFrame) -> tuple[dict[str, float], dict[str, float]]:
    """Give the pattern at no lag as correlations, and the filter's sums over lags in units of the output."""
    name = name_among(model.card, patterns["model"].unique().tolist())
    now = patterns[(patterns["lag"].abs() < model.card.hop / 2) & (patterns["model"] == name)]
    sd = now["feature_sd"].to_numpy(dtype=float)
    scaled = now["linear"].to_numpy(dtype=float) * now["output_sd"].to_numpy(dtype=float)
    pattern = np.divide(scaled, sd, out=np.zeros_like(sd), where=sd > 0)
    names = now["feature"].tolist()
    weights = dict(zip(model.card.features, model.filter.sum(axis=0), strict=True))
    return (
        dict(zip(names, pattern.tolist(), strict=True)),
        {feature: float(weights[feature] * size) for feature, size in zip(names, sd, strict=True)},
    )


def _scored(
    model: Model | Stack, cells: Cells, affect: Path, labelled: list[Path], fresh: Floats, *, seed: int
) -> pd.DataFrame:
    """Put the network's score beside the oracle's, and say whether its interval covers the score on other people."""
    card = model.card
    culture, partition = split_of(labelled[0])
    name = name_among(card, list(dict.fromkeys(model for _, _, model, _ in cells.sums)))
    network = cells.sums[culture, partition, name, RAW]
    oracle = sum(_oracle(affect, labelled, card.target, delay=card.delay_steps))
    found = {
        "ccc against the oracle": (_ccc(network.sum(axis=0)), _ccc(np.asarray(oracle))),
        "coverage": (covers(network, fresh, seed=seed_of(culture, partition, seed=seed)), 0.95),
    }
    return recovery_rows(card.target, culture, found, kind_of(cells.units[culture, partition]))


def _ccc(sums: Floats) -> float:
    return float(measures(sums)["ccc"])


def _oracle(affect: Path, labelled: list[Path], target: str, *, delay: int) -> Iterator[Floats]:
    """Score whoever knows the affect that shows, recording by recording; tables have them in the same order."""
    known = recordings_of(affect, [target])
    for path in labelled:
        for name, values in recordings_of(path, [target]):
            seen = next((truth[:, 0] for other, truth in known if other == name), None)
            if seen is None:
                raise DamagedError(f"lacks {name}, which {path} has", file=affect)
            length = min(len(seen), len(values))
            yield moments(at_annotators_time(seen, delay)[:length], values[:length, 0])


def _fresh(
    models: Mapping[str, Model | Stack], cultures: list[str], twin: Simulated, turns: Literal["person", "dyad"]
) -> dict[tuple[str, str], Floats]:
    """Score the models on people whom nobody has seen: moments of dyads by target and culture."""
    found: dict[tuple[str, str], list[Floats]] = {}
    card = next(iter(models.values())).card
    for culture in cultures:
        for number in range(2 * DYADS):
            row: dict[str, Any] = {"recording": f"new-{number}", "person": f"new-{number}", "culture": culture}
            row |= {"dyad": f"new-{number // 2}", "side": number % 2, "duration": DURATION}
            recording = simulate_row(row, seed=twin.seed, world=twin.world, turns=turns)
            features = extract(frames_of(recording), pl.from_pandas(recording.turns), card).features
            for target, model in models.items():
                labels = recording.labels[target].to_numpy()
                late = at_annotators_time(predict(model, features), model.card.delay_steps)
                length = min(len(late), len(labels))
                found.setdefault((target, culture), []).append(moments(late[:length], labels[:length]))
    return {key: np.stack(parts).reshape(DYADS, 2, -1).sum(axis=1) for key, parts in found.items()}


bind(measure_recovery)
