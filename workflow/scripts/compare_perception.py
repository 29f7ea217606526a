"""Compare the signs of filters and patterns with what the literature expects."""

from onefilter.workflow.step import bind, logger

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from onefilter.explanation.patterns import PATTERN_COLUMNS
from onefilter.explanation.perception import SIGN_COLUMNS, STUDIED, Chance, agreement, chance, read_perception
from onefilter.explanation.refit import REFIT_COLUMNS
from onefilter.files import write_table
from onefilter.model.card import Model, name_among
from onefilter.model.file import read_model
from onefilter.names import PUBLISHED_FEATURES
from onefilter.tables import Floats, read_results
from onefilter.verification.audit import ORDERS, names_of

Signs = dict[str, tuple[Mapping[str, float], Mapping[str, Floats]]]
"""By kind of weights: their values by feature, and those of refits [N] if there are any."""


def compare_perception(
    models: list[Path], patterns: list[Path], refits: list[Path], expectations: Path, perception: Path, seed: int
) -> None:
    """Write how far the signs of filters and patterns agree with the literature, under both label orders.

    ``refits`` are signs by chance, one table per target; there is none for models that were trained elsewhere.
    """
    table = read_perception(expectations)
    by_target = {path.stem: path for path in refits}
    units = {path.stem: str(read_results(path, REFIT_COLUMNS)["unit"].iloc[0]) for path in refits}
    rows = []
    for path, tabulated in zip(models, patterns, strict=True):
        model = read_model(path)
        target = model.card.target
        signs = table[table["target"] == target].set_index("feature")
        weights = _weights(model, read_results(tabulated, PATTERN_COLUMNS), by_target.get(target))
        for order in ORDERS:
            names = dict(zip(PUBLISHED_FEATURES, names_of(order), strict=True))
            for kind, (values, refitted) in weights.items():
                renamed = {names[name]: value for name, value in values.items() if name in names and np.isfinite(value)}
                expected = {name: int(sign) for name, sign in signs["sign"].items() if name in renamed}
                found = agreement(renamed, expected, seed=seed)
                if found is None:
                    continue
                others = {names[name]: value for name, value in refitted.items() if names.get(name) in expected}
                by_chance = Chance.without_labels(found)
                if others:
                    by_chance = chance(found, others, expected, unit=units[target])
                studied = signs.loc[list(expected), "studied"].value_counts()
                counts = ", ".join(f"{name} {studied[name]}" for name in STUDIED if name in studied)
                place = {"target": target, "weights": kind, "order": order, "studied": counts}
                rows.append(place | asdict(found) | asdict(by_chance) | {"model_corpus": model.card.corpus})
                logger.info(
                    "%s, %s, names as %s: %d of %d signs as expected, %s (p %.2g, by refits %.2g)",
                    target, kind, order, found.agreeing, found.features, by_chance.verdict, found.p, by_chance.p_refit,
                )  # fmt: skip
    write_table(perception, pd.DataFrame(rows, columns=list(SIGN_COLUMNS)))


def _weights(model: Model, patterns: pd.DataFrame, refits: Path | None) -> Signs:
    """Give what has signs: the filter summed over lags, the pattern at no lag, and both of the ridge filter."""
    card = model.card
    own = name_among(card, patterns["model"].unique().tolist())
    now = patterns[(patterns["lag"].abs() < card.hop / 2) & (patterns["model"] == own)]
    found = {
        "filter": dict(zip(card.features, model.filter.sum(axis=0).tolist(), strict=True)),
        "pattern": dict(zip(now["feature"], now["linear"], strict=True)),
    }
    if refits is None:
        return {kind: (values, {}) for kind, values in found.items()}
    drawn = {
        (str(kind), str(feature)): group.to_numpy()
        for (kind, feature), group in read_results(refits, REFIT_COLUMNS)
        .sort_values("draw", kind="stable")
        .groupby(["weights", "feature"], sort=False)["value"]
    }
    others = {kind: {name: drawn[kind, name][1:] for name in card.features} for kind in found}
    # What was refitted is a ridge filter; its own signs are held against the refits, too.
    ridge = {kind: {name: float(drawn[kind, name][0]) for name in card.features} for kind in found}
    return {
        **{kind: (values, others[kind]) for kind, values in found.items()},
        **{f"ridge {kind}": (values, others[kind]) for kind, values in ridge.items()},
    }


bind(compare_perception)
