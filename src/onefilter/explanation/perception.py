"""Does the filter see what people see? Signs of weights against what the literature expects of each action unit.

The expectations (config/perception.tsv) come from work on how people express and perceive emotion, not from the data;
each says whether its source studied perception, production or theory. With s_f the expected sign (+1 or -1) of feature
f and w_f its weight (the filter summed over lags, or its pattern),

    share = mean_f [sign w_f = s_f],        weighted = sum_f s_f w_f / sum_f |w_f|.

There are two null hypotheses. *Sign flips*: each expected sign is flipped with probability one half. The share then is
binomial (its p is exact), the weighted agreement is compared with all 2^n flips, or `FLIPS` random ones. That takes the
features' signs for independent, which those of correlated features are not: it is exact and answers another question.
*Refits*: faces and labels have nothing to do with each other (`onefilter.explanation.refit`). The verdict rests on the
refits. Where there are no labels to refit on, as for a model that was trained elsewhere, signs that a coin would give
in every second case (`BY_COIN`) agree no more than by chance, and of others there is no verdict.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from onefilter.errors import nearest
from onefilter.names import PUBLISHED_FEATURES, TARGET_NAME
from onefilter.tables import Columns
from onefilter.text import Form, read_table, shown

Floats = npt.NDArray[np.float64]

PERCEPTION_COLUMNS: Final = ("unit", "feature", "target", "sign", "source")
STUDIED: Final = ("perception", "production", "theory", "unclear")
"""What a source studied: how faces are judged, what faces do, neither (a manual, a model of words), or nobody knows."""
FORM: Final = Form(PERCEPTION_COLUMNS, optional=("studied",), comments=True, repair="correct it")
"""How the table of expectations is written."""
SIGNS: Final = {"+": 1, "-": -1}
SIGN_COLUMNS: Final[Columns] = {
    **dict.fromkeys(("target", "weights", "order"), str),
    **dict.fromkeys(("features", "agreeing"), int),
    **dict.fromkeys(("share", "p", "weighted", "weighted_p"), float),
    "model_corpus": str,
    "studied": str,
    "null": str,
    **dict.fromkeys(("by_chance", "p_refit", "weighted_p_refit"), float),
    **dict.fromkeys(("verdict", "unit"), str),
}
"""Agreement of one model's signs: the `Agreement` of its filter or pattern under one label order, beside its `Chance`.
``studied`` counts what the expectations' sources studied; refits have labels of other units, and ``unit`` says what
these are."""
NO_LABELS: Final = "sign flips only: no labels that this model was trained on"
AGREES, BY_CHANCE, UNKNOWN = "agrees", "no more than by chance", "not testable"
LEVEL: Final = 0.05
"""Of the verdict."""
BY_COIN: Final = 0.5
"""Signs that agree no more often than this say nothing, whatever they are compared with."""
FLIPS: Final = 10_000
ALL_FLIPS: Final = 14
"""Up to this many features all sign flips are tried."""


@dataclass(frozen=True)
class Agreement:
    """How far signs agree.

    Attributes:
        features: Number of features that are compared.
        agreeing: How many have the expected sign.
        share: The same as a share.
        p: Probability of as many or more if signs were arbitrary.
        weighted: Agreement weighted by the size of the weights, -1..1.
        weighted_p: Probability of as much or more if signs were arbitrary.
    """

    features: int
    agreeing: int
    share: float
    p: float
    weighted: float
    weighted_p: float


@dataclass(frozen=True)
class Chance:
    """How far signs agree by chance.

    Attributes:
        null: What was compared with.
        by_chance: How many signs agree on average in refits; NaN without refits, as the next two.
        p_refit: Probability of as many or more if faces and labels had nothing to do with each other.
        weighted_p_refit: Probability of as much weighted agreement or more.
        verdict: `AGREES`, `BY_CHANCE` or `UNKNOWN`: whether ``p_refit`` is at most `LEVEL`.
        unit: Whose labels are exchanged in refits.
    """

    null: str = NO_LABELS
    by_chance: float = math.nan
    p_refit: float = math.nan
    weighted_p_refit: float = math.nan
    verdict: str = UNKNOWN
    unit: str = ""

    @classmethod
    def without_labels(cls, found: Agreement) -> Self:
        """Say what can be said where nothing can be refitted: that signs agree as often as a coin does, or nothing."""
        return cls(verdict=BY_CHANCE if found.p >= BY_COIN else UNKNOWN)


def agreement(weights: Mapping[str, float], expected: Mapping[str, int], *, seed: int) -> Agreement | None:
    """Compare weights with expected signs, on the features that both have.

    Args:
        weights: By feature; a weight of zero agrees with nothing.
        expected: By feature, +1 or -1.
        seed: Of the random sign flips.

    Returns:
        None if no feature is in both.
    """
    names = [name for name in expected if name in weights]
    if not names:
        return None
    signs = np.array([expected[name] for name in names], dtype=float)
    values = np.array([weights[name] for name in names], dtype=float)
    agreeing = int((np.sign(values) == signs).sum())
    count = len(names)
    p = sum(math.comb(count, more) for more in range(agreeing, count + 1)) / 2**count
    total = float(np.abs(values).sum())
    if total == 0:
        return Agreement(count, agreeing, agreeing / count, p, 0.0, 1.0)
    weighted = float(signs @ values) / total
    if count <= ALL_FLIPS:
        flips = 1.0 - 2.0 * ((np.arange(2**count)[:, None] >> np.arange(count)) & 1)
        weighted_p = float(np.mean((flips * signs) @ values / total >= weighted - 1e-12))
    else:
        flips = np.random.default_rng(seed).choice([-1.0, 1.0], size=(FLIPS, count))
        # The observed signs are one of the possible ones and are counted: p is never 0.
        weighted_p = float(((flips @ values / total >= weighted - 1e-12).sum() + 1) / (FLIPS + 1))
    return Agreement(count, agreeing, agreeing / count, p, weighted, weighted_p)


def chance(found: Agreement, refitted: Mapping[str, Floats], expected: Mapping[str, int], *, unit: str) -> Chance:
    """Compare an agreement with those of filters that were fitted on labels of others.

    Args:
        found: The agreement.
        refitted: Per feature its weight in each refit [N], up to a positive factor.
        expected: By feature, +1 or -1; features that both have are compared.
        unit: Whose labels are exchanged in refits.
    """
    names = [name for name in expected if name in refitted]
    signs = np.array([expected[name] for name in names], dtype=float)
    values = np.stack([refitted[name] for name in names], axis=1)
    agreeing = (np.sign(values) == signs).sum(axis=1)
    total = np.abs(values).sum(axis=1)
    weighted = np.divide(values @ signs, total, out=np.zeros_like(total), where=total > 0)
    count = len(values)
    # The labels as they are are one possible order and are counted: p is never 0.
    p = float(((agreeing >= found.agreeing).sum() + 1) / (count + 1))
    weighted_p = float(((weighted >= found.weighted - 1e-12).sum() + 1) / (count + 1))
    verdict = AGREES if p <= LEVEL else BY_CHANCE
    return Chance(f"{count} refits on labels of others", float(agreeing.mean()), p, weighted_p, verdict, unit)


def read_perception(path: Path) -> pd.DataFrame:
    """Read the table of expectations.

    Returns:
        Columns of `PERCEPTION_COLUMNS`, ``sign`` being +1 or -1, and ``studied``, one of `STUDIED`.

    Raises:
        InputError: For the first row that is at fault.
    """
    source = read_table(path, FORM)
    table = source.frame()
    table["studied"] = table["studied"].replace("", STUDIED[-1])
    seen: set[tuple[str, str]] = set()
    for place, entry in table.iterrows():
        row = int(str(place))
        for column, known in (("feature", PUBLISHED_FEATURES), ("sign", tuple(SIGNS)), ("studied", STUDIED)):
            if entry[column] not in known:
                what = f"unknown {column} {shown(entry[column])}{nearest(entry[column], known)}"
                raise source.error(what, row=row, column=column)
        if re.fullmatch(TARGET_NAME, entry["target"]) is None:
            raise source.error(f"{shown(entry['target'])} is not the name of a target", row=row, column="target")
        if not entry["source"]:
            raise source.error("is empty", row=row, column="source", remedy="say who found this")
        key = (entry["feature"], entry["target"])
        if key in seen:
            raise source.error(f"{key[0]} is listed twice for {key[1]}", row=row, column="feature", remedy="keep one")
        seen.add(key)
    return table.assign(sign=table["sign"].map(SIGNS)).reset_index(drop=True)
