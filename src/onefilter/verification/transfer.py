"""Transfer: what a filter that was fitted to some cultures is worth in each.

Ridge filters, which need no gradient descent, are fitted to each culture that has recordings to train and develop on,
to all of them, and to all but one (leave one culture out), and tested on each. The difference from the filter that was
fitted to the tested culture itself is what transfer costs; how well that one does is how predictable the culture's
labels are at all. With every CCC come r and C_b (CCC = r C_b): what is lost in r is lost in the mapping, what is lost
in C_b is a matter of scale and offset.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from onefilter.concordance import measures
from onefilter.evaluation.bootstrap import UNKNOWN, Draws, simultaneous
from onefilter.evaluation.scores import by_unit, seed_of
from onefilter.tables import Columns
from onefilter.training.ridge import filter_moments, fit_ridge

Floats = npt.NDArray[np.float64]
Pairs = Sequence[tuple[Floats, Floats]]

TRANSFER_COLUMNS: Final[Columns] = {
    **dict.fromkeys(("target", "normalise", "trained_on", "culture"), str),
    **dict.fromkeys(("ccc", "low", "high", "pearson", "bias_correction", "difference"), float),
    **dict.fromkeys(("difference_low", "difference_high"), float), "unit": str,
}  # fmt: skip
"""``difference``: from the filter that was fitted to the tested culture itself, with an interval that holds together
with those of all other filters on that culture; 0 for that filter, NaN where there are no training recordings."""
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


def transfer(
    data: Mapping[tuple[str, str], Pairs],
    units: Mapping[str, Sequence[str]],
    *,
    taps: int,
    left: int,
    delay: int,
    seed: int,
) -> pd.DataFrame:
    """Fit to every set of cultures, and test on each culture.

    Args:
        data: By culture and partition, recordings as pairs of features [T, F] and labels [T].
        units: By culture, the unit of resampling of each test recording.
        taps: The filters' length in steps.
        left: Steps of the past that they see.
        delay: Annotation delay in steps.
        seed: Of the bootstrap.

    Returns:
        Columns of `TRANSFER_COLUMNS` but ``target``, ``normalise`` and ``unit``.

    Raises:
        ValueError: If no culture has recordings to train and to develop on.
    """
    tested = [culture for culture, partition in data if partition == "test"]
    cultures = [culture for culture, partition in data if partition == "train" and (culture, "devel") in data]
    if not cultures:
        raise ValueError("no culture has recordings to train and to develop on")
    sums: dict[tuple[str, str], Floats] = {}
    for name, members in trainings(cultures).items():
        train, devel = (
            [pair for culture in members for pair in data[culture, partition]] for partition in ("train", "devel")
        )
        found = fit_ridge(train, devel, taps=taps, left=left, delay=delay)
        for culture in tested:
            parts = filter_moments(data[culture, "test"], found.weight, found.bias, left=left, delay=delay)
            sums[name, culture] = by_unit(parts, units[culture])
    rows = []
    for culture in tested:
        rows += _rows({name: table for (name, on), table in sums.items() if on == culture}, culture, seed=seed)
    return pd.DataFrame(rows)


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
