"""Transfer: what a filter that was fitted to some cultures is worth in each.

Ridge filters, which need no gradient descent, are fitted to each culture that has recordings to train and develop on,
to all of them, and to all but one (leave one culture out), and tested on each. The difference from the filter that was
fitted to the tested culture itself is what transfer costs; how well that one does is how predictable the culture's
labels are at all. With every CCC come r and C_b (CCC = r C_b): what is lost in r is lost in the mapping, what is lost
in C_b is a matter of scale and offset.

The filters of two cultures are also compared with each other: do they say the same of the same faces, and does the same
move them? With C the covariance of the lagged features of all test recordings and w a filter, outputs correlate with
w1^T C w2 / sqrt(w1^T C w1 w2^T C w2), and a feature's share of an output's variance is sum_k w_kf (C w)_kf / w^T C w
(`onefilter.explanation.ranking`). Both stand between what shuffled weights give and what the filters of two halves of
one culture give, which differ by who was recorded alone.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import combinations
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy

from onefilter.concordance import measures
from onefilter.evaluation.bootstrap import UNKNOWN, Draws, simultaneous
from onefilter.evaluation.scores import by_unit, seed_of
from onefilter.tables import Columns
from onefilter.training.ridge import Ridge, equations, filter_moments, fit_ridge

Floats = npt.NDArray[np.float64]
Pairs = Sequence[tuple[Floats, Floats]]

TRANSFER_COLUMNS: Final[Columns] = {
    **dict.fromkeys(("target", "normalise", "trained_on", "culture"), str),
    **dict.fromkeys(("ccc", "low", "high", "pearson", "bias_correction", "difference"), float),
    **dict.fromkeys(("alone_low", "alone_high", "difference_low", "difference_high"), float), "unit": str,
}  # fmt: skip
"""``difference``: from the filter that was fitted to the tested culture itself; 0 for that filter, NaN where there are
no training recordings. Its interval ``alone`` is to be read alone, the other holds together with those of all other
filters on that culture."""
ALIKE_COLUMNS: Final[Columns] = {
    **dict.fromkeys(("target", "normalise", "first", "second"), str),
    **dict.fromkeys(("output_r", "output_null", "output_halves", "share_r", "share_null", "share_halves"), float),
    "unit": str,
}  # fmt: skip
"""How alike two cultures' filters are: ``output_r`` is the correlation of their outputs, ``share_r`` Spearman's of
their features' shares (Kendall's W of two rankings is (1 + share_r) / 2). ``null``: what 95 % of filters with shuffled
weights stay below; ``halves``: the mean over the two cultures of the same between filters of two random halves of the
culture's training units."""
SHUFFLED: Final = 200
"""Number of filters whose weights are shuffled."""
ALL: Final = "all"
BUT: Final = "all but "


def trainings(cultures: Sequence[str]) -> dict[str, list[str]]:
    """List what is trained on what: each culture, all, and all but one."""
    found = {culture: [culture] for culture in cultures}
    if len(cultures) > 1:
        found[ALL] = list(cultures)
    if len(cultures) > 2:
        found |= {f"{BUT}{left_out}": [each for each in cultures if each != left_out] for left_out in cultures}
    return found


def fit_everywhere(data: Mapping[tuple[str, str], Pairs], *, taps: int, left: int, delay: int) -> dict[str, Ridge]:
    """Fit to every set of cultures.

    Args:
        data: By culture and partition, recordings as pairs of features [T, F] and labels [T].
        taps: The filters' length in steps.
        left: Steps of the past that they see.
        delay: Annotation delay in steps.

    Returns:
        The filters by what they were fitted to, as `trainings` names it.

    Raises:
        ValueError: If no culture has recordings to train and to develop on.
    """
    cultures = [culture for culture, partition in data if partition == "train" and (culture, "devel") in data]
    if not cultures:
        raise ValueError("no culture has recordings to train and to develop on")
    found = {}
    for name, members in trainings(cultures).items():
        train, devel = (
            [pair for culture in members for pair in data[culture, partition]] for partition in ("train", "devel")
        )
        found[name] = fit_ridge(train, devel, taps=taps, left=left, delay=delay)
    return found


def transfer(
    data: Mapping[tuple[str, str], Pairs],
    units: Mapping[tuple[str, str], Sequence[str]],
    filters: Mapping[str, Ridge],
    *,
    left: int,
    delay: int,
    seed: int,
) -> pd.DataFrame:
    """Test filters on each culture.

    Args:
        data: As in `fit_everywhere`.
        units: By culture and partition, the unit of resampling of each recording.
        filters: As `fit_everywhere` gives them.
        left: Steps of the past that they see.
        delay: Annotation delay in steps.
        seed: Of the bootstrap.

    Returns:
        Columns of `TRANSFER_COLUMNS` but ``target``, ``normalise`` and ``unit``.
    """
    tested = [culture for culture, partition in data if partition == "test"]
    sums: dict[tuple[str, str], Floats] = {}
    for name, found in filters.items():
        for culture in tested:
            parts = filter_moments(data[culture, "test"], found.weight, found.bias, left=left, delay=delay)
            sums[name, culture] = by_unit(parts, units[culture, "test"])
    rows = []
    for culture in tested:
        rows += _rows({name: table for (name, on), table in sums.items() if on == culture}, culture, seed=seed)
    return pd.DataFrame(rows)


def alike(
    data: Mapping[tuple[str, str], Pairs],
    units: Mapping[tuple[str, str], Sequence[str]],
    filters: Mapping[str, Ridge],
    *,
    left: int,
    delay: int,
    seed: int,
) -> pd.DataFrame:
    """Compare the filters that were fitted to single cultures, every two of them; arguments as in `transfer`.

    Returns:
        Columns of `ALIKE_COLUMNS` but ``target``, ``normalise`` and ``unit``; no rows of fewer than two cultures.
    """
    cultures = [culture for culture in filters if (culture, "train") in data]
    if len(cultures) < 2:
        return pd.DataFrame(columns=["first", "second", *_MEASURED])
    taps = len(filters[cultures[0]].weight)
    tested = [pair for (_, partition), own in data.items() if partition == "test" for pair in own]
    covariance = equations(tested, taps=taps, left=left, delay=delay).covariance
    rng = np.random.default_rng(seed)
    halves = {}
    for culture in cultures:
        # With the whole's penalty, so that halves differ from each other by their people alone.
        chosen = (filters[culture].penalty,)
        fitted = [
            fit_ridge(half, data[culture, "devel"], taps=taps, left=left, delay=delay, penalties=chosen).weight
            for half in _halves(data[culture, "train"], units[culture, "train"], rng)
        ]
        halves[culture] = _resemblance(fitted[0], fitted[1][..., None], covariance)[:, 0] if fitted else UNTOLD
    rows = []
    for first, second in combinations(cultures, 2):
        one, other = filters[first].weight, filters[second].weight
        shuffled = np.stack([rng.permutation(other.ravel()).reshape(other.shape) for _ in range(SHUFFLED)], axis=2)
        found = _resemblance(one, other[..., None], covariance)[:, 0]
        null = np.quantile(_resemblance(one, shuffled, covariance), 0.95, axis=1)
        apart = (halves[first] + halves[second]) / 2
        numbers = np.stack([found, null, apart], axis=1).ravel().tolist()
        rows.append({"first": first, "second": second, **dict(zip(_MEASURED, numbers, strict=True))})
    return pd.DataFrame(rows)


_MEASURED: Final = ("output_r", "output_null", "output_halves", "share_r", "share_null", "share_halves")
UNTOLD: Final = np.full(2, np.nan)
"""What cannot be told of one unit, which has no halves."""


def _halves(recordings: Pairs, units: Sequence[str], rng: np.random.Generator) -> list[Pairs]:
    """Divide recordings by unit into two random halves; none of a single unit."""
    names = list(dict.fromkeys(units))
    if len(names) < 2:
        return []
    chosen = {names[place] for place in rng.permutation(len(names))[: len(names) // 2]}
    return [
        [pair for pair, unit in zip(recordings, units, strict=True) if (unit in chosen) == inside]
        for inside in (True, False)
    ]


def _resemblance(one: Floats, others: Floats, covariance: Floats) -> Floats:
    """Give output_r and share_r of a filter [K, F] and each of others [K, F, M]: [2, M]."""
    taps, width, count = others.shape
    flat = np.column_stack([one.ravel(), others.reshape(taps * width, count)])
    moved = covariance @ flat
    variance = np.einsum("im,im->m", flat, moved)
    outputs = flat[:, 0] @ moved[:, 1:] / np.sqrt(variance[0] * variance[1:])
    shares = (flat * moved).reshape(taps, width, -1).sum(axis=0) / variance
    ranks = scipy.stats.rankdata(shares, axis=0)
    ranks -= ranks.mean(axis=0)
    norms = np.sqrt(np.square(ranks).sum(axis=0))
    return np.stack([outputs, ranks[:, 0] @ ranks[:, 1:] / (norms[0] * norms[1:])])


def _rows(tables: Mapping[str, Floats], culture: str, *, seed: int) -> list[dict[str, object]]:
    """Score all filters on one culture; draws are paired."""
    count = len(next(iter(tables.values())))
    split_seed = seed_of(culture, "test", seed=seed)
    own = tables.get(culture)
    others = [name for name in tables if name != culture and own is not None]
    drawn = {name: Draws.of(partial(_gain, tables[name], own), count, seed=split_seed) for name in others}
    family = {name: draws for name, draws in drawn.items() if draws is not None}
    joint = dict(zip(family, simultaneous(list(family.values())), strict=True))
    rows = []
    for name, table in tables.items():
        whole = {key: float(value) for key, value in measures(table.sum(axis=0)).items()}
        alone = Draws.of(partial(_ccc, table), count, seed=split_seed)
        bounds = UNKNOWN if alone is None else alone.interval()
        apart = joint.get(name, UNKNOWN)
        single = family[name].interval() if name in family else UNKNOWN
        gain = np.nan if own is None else float(_gain(table, own, np.ones((1, count)))[0])
        rows.append(
            {
                "trained_on": name,
                "culture": culture,
                "ccc": whole["ccc"],
                "low": bounds.low,
                "high": bounds.high,
                "pearson": whole["pearson"],
                "bias_correction": whole["bias_correction"],
                "difference": gain,
                "alone_low": single.low,
                "alone_high": single.high,
                "difference_low": apart.low,
                "difference_high": apart.high,
            }
        )
    return rows


def _ccc(table: Floats, counts: Floats) -> Floats:
    """CCC of drawn units."""
    return measures(counts @ table)["ccc"]


def _gain(first: Floats, second: Floats | None, counts: Floats) -> Floats:
    """Difference in CCC of two filters on drawn units."""
    assert second is not None
    return np.asarray(_ccc(first, counts) - _ccc(second, counts))
