"""Compare the signs of filters and patterns with human perception."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from onefilter.explanation.patterns import PATTERN_COLUMNS
from onefilter.explanation.perception import SIGN_COLUMNS, agreement, read_perception
from onefilter.files import write_table
from onefilter.model.card import Model, name_among
from onefilter.model.file import read_model
from onefilter.names import PUBLISHED_FEATURES
from onefilter.tables import read_results
from onefilter.verification.audit import ORDERS, names_of
from onefilter.workflow.step import bind, logger


def compare_perception(
    models: list[Path], patterns: list[Path], expectations: Path, perception: Path, seed: int
) -> None:
    """Write how far the signs of filters and patterns agree with human perception, under both label orders."""
    table = read_perception(expectations)
    rows = []
    for path, tabulated in zip(models, patterns, strict=True):
        model = read_model(path)
        target = model.card.target
        signs = table[table["target"] == target]
        expected = dict(zip(signs["feature"], signs["sign"], strict=True))
        weights = _weights(model, read_results(tabulated, PATTERN_COLUMNS))
        for order in ORDERS:
            names = dict(zip(PUBLISHED_FEATURES, names_of(order), strict=True))
            for kind, values in weights.items():
                renamed = {names[name]: value for name, value in values.items() if name in names and np.isfinite(value)}
                found = agreement(renamed, expected, seed=seed)
                if found is None:
                    continue
                place = {"target": target, "weights": kind, "order": order}
                rows.append(place | asdict(found) | {"model_corpus": model.card.corpus})
                logger.info(
                    "%s, %s, names as %s: %d of %d signs as expected (p %.2g)",
                    target, kind, order, found.agreeing, found.features, found.p,
                )  # fmt: skip
    write_table(perception, pd.DataFrame(rows, columns=list(SIGN_COLUMNS)))


def _weights(model: Model, patterns: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Give what has signs, by feature: the filter summed over lags, and the pattern at no lag."""
    card = model.card
    own = name_among(card, patterns["model"].unique().tolist())
    now = patterns[(patterns["lag"].abs() < card.hop / 2) & (patterns["model"] == own)]
    return {
        "filter": dict(zip(card.features, model.filter.sum(axis=0).tolist(), strict=True)),
        "pattern": dict(zip(now["feature"], now["linear"], strict=True)),
    }


bind(compare_perception)
