"""What the features look like: per culture and overall (draft: Table 1, box plots and the statistics heat map)."""

import hashlib
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl

from onefilter.names import kind_of
from onefilter.tables import Columns, recordings_of

Floats = npt.NDArray[np.float64]

SUMMARY_STATISTICS: Final = (
    "median", "mean", "std", "min", "max",
    "lower_quartile", "upper_quartile", "lower_whisker", "upper_whisker", "zeros",
)  # fmt: skip
"""Names of the statistics; ``zeros`` is the share of exact zeros, whiskers are Tukey's."""
LOOKED_AT: Final = 2_000_000
"""A culture of twice as many hops or more is described by every second, third, … of them, so many at the least: those
of 1,100 recordings of SEWA's length. Neighbouring hops share most of their frames."""
STATISTICS_COLUMNS: Final[Columns] = {
    "culture": str, "variable": str, "count": int, **dict.fromkeys(SUMMARY_STATISTICS, float),
}  # fmt: skip
DISTANCE_COLUMNS: Final[Columns] = {
    "variable": str, "first": str, "second": str,
    **dict.fromkeys(("ks", "wasserstein", "ks_null", "p", "p_family"), float), "unit": str,
}  # fmt: skip
PERMUTATIONS: Final = 1000
_BINS: Final = 128
_AT_ONCE: Final = 1 << 16
"""Values that are looked up at once."""
CORPUS_COLUMNS: Final[Columns] = {
    **dict.fromkeys(("culture", "partition"), str), **dict.fromkeys(("recordings", "persons", "dyads"), int),
    "duration": float, "minutes": str,
}  # fmt: skip
OVERALL: Final = "all"
"""The name of all cultures together."""


def describe(tables: dict[str, pl.DataFrame], variables: Sequence[str]) -> pd.DataFrame:
    """Describe variables per culture and overall.

    Args:
        tables: Per culture, a frame with the variables as columns, one row per hop.
        variables: Which columns to describe.

    Returns:
        Columns of `STATISTICS_COLUMNS`, one row per culture (then `OVERALL`) and variable.
    """
    everything = {**tables, OVERALL: pl.concat([table.select(variables) for table in tables.values()])}
    rows = [
        {"culture": culture, "variable": variable, **_describe(table[variable].to_numpy())}
        for culture, table in everything.items()
        for variable in variables
    ]
    return pd.DataFrame(rows, columns=list(STATISTICS_COLUMNS))


def _describe(values: Floats) -> dict[str, float]:
    """Ten numbers of one variable; whiskers reach the last value within 1.5 interquartile ranges of the box."""
    ordered = np.sort(values)
    lower, median, upper = np.quantile(ordered, [0.25, 0.5, 0.75])
    reach = 1.5 * (upper - lower)
    return {
        "count": len(ordered),
        "median": median,
        "mean": ordered.mean(),
        "std": ordered.std(),
        "min": ordered[0],
        "max": ordered[-1],
        "lower_quartile": lower,
        "upper_quartile": upper,
        # Never inside the box, also where interpolation put a quartile beyond the last value within reach.
        "lower_whisker": min(ordered[np.searchsorted(ordered, lower - reach, side="left")], lower),
        "upper_whisker": max(ordered[np.searchsorted(ordered, upper + reach, side="right") - 1], upper),
        "zeros": float(np.mean(ordered == 0)),
    }


class Comparison(NamedTuple):
    """How differently one variable is distributed in two cultures.

    Attributes:
        variable: Its name.
        first: One culture.
        second: The other.
        ks: Kolmogorov and Smirnov's distance (0..1).
        wasserstein: The first Wasserstein distance (in the variable's unit).
        own: ``ks`` as it is compared with the null.
        null: The same if units (`onefilter.corpus.people`) are assigned to the two cultures at random [permutations].
        unit: What a unit is.
    """

    variable: str
    first: str
    second: str
    ks: float
    wasserstein: float
    own: float
    null: Floats
    unit: str


def compare_distributions(tables: dict[str, pl.DataFrame], variable: str, *, seed: int) -> list[Comparison]:
    """Measure how differently a variable is distributed in any two cultures, and in what is none.

    Hops are not independent, nor are two who talk with each other: what is exchanged between cultures is the unit.

    Args:
        tables: Per culture, a frame with the variable and ``unit`` as columns, one row per hop.
        variable: Which column to compare.
        seed: Of the permutations; the same for all variables, so that these stay paired.
    """
    ordered = {culture: np.sort(table[variable].to_numpy()) for culture, table in tables.items()}
    comparisons = []
    for first, second in combinations(ordered, 2):
        ks, wasserstein, edges = _distances(ordered[first], ordered[second])
        below = [_below(tables[name], variable, edges) for name in (first, second)]
        own, null = _exchanged(*below, seed=seed)
        unit = kind_of(tables[first]["unit"].unique().to_list())
        comparisons.append(Comparison(variable, first, second, ks, wasserstein, own, null, unit))
    return comparisons


def _distances(first: Floats, second: Floats) -> tuple[float, float, Floats]:
    """Compare two samples in order: Kolmogorov and Smirnov's distance, Wasserstein's, and edges of bins of both."""
    both = np.concatenate([first, second])
    both.sort()
    gap = np.empty_like(both)
    for begin in range(0, len(both), _AT_ONCE):
        part = both[begin : begin + _AT_ONCE]
        below = [np.searchsorted(sample, part, side="right") / len(sample) for sample in (first, second)]
        np.abs(below[0] - below[1], out=gap[begin : begin + _AT_ONCE])
    ks, wasserstein = float(gap.max()), float(gap[:-1] @ np.diff(both))
    edges = np.quantile(both, np.linspace(0, 1, _BINS + 1)[1:-1], overwrite_input=True)
    return ks, wasserstein, np.unique(edges)


def _below(table: pl.DataFrame, variable: str, edges: Floats) -> Floats:
    """Count per unit how many values are at most each edge, and how many there are: [units, edges + 1]."""
    groups = table.group_by("unit", maintain_order=True)
    counts = [np.searchsorted(np.sort(group[variable].to_numpy()), edges, side="right") for _, group in groups]
    sizes = [len(group) for _, group in groups]
    return np.column_stack([np.stack(counts), sizes]).astype(np.float64)


def _exchanged(first: Floats, second: Floats, *, seed: int) -> tuple[float, Floats]:
    """Give the distance of two groups of units, and of groups of these sizes that are drawn from both at random."""
    units = np.concatenate([first, second])
    rng = np.random.default_rng([seed, len(first), len(second)])
    one = np.empty((1 + PERMUTATIONS, units.shape[1]))
    one[0] = first.sum(axis=0)
    rows = max(1, _AT_ONCE // len(units))
    for begin in range(1, len(one), rows):
        chosen = np.zeros((min(rows, len(one) - begin), len(units)))
        for row in chosen:
            row[rng.permutation(len(units))[: len(first)]] = 1
        one[begin : begin + rows] = chosen @ units
    other = units.sum(axis=0) - one
    gaps = np.abs(one[:, :-1] / one[:, -1:] - other[:, :-1] / other[:, -1:]).max(axis=1, initial=0.0)
    return float(gaps[0]), gaps[1:]


def distance_table(comparisons: Sequence[Comparison]) -> pd.DataFrame:
    """Lay out comparisons with what they would be if nobody's culture were known.

    Returns:
        Columns of `DISTANCE_COLUMNS`: ``ks_null`` is the 95 % quantile of the null's distances, ``p`` the probability
        of a distance as large, ``p_family`` of one as large among all pairs of cultures and all features of the same
        statistic (Westfall and Young 1993: the largest of each permutation).
    """
    largest: dict[str, Floats] = {}
    for each in comparisons:
        family = each.variable.rpartition("_")[2]
        largest[family] = np.maximum(largest.get(family, 0.0), each.null)
    rows = [
        (
            *each[:5],
            float(np.quantile(each.null, 0.95)),
            _probability(each.null, each.own),
            _probability(largest[each.variable.rpartition("_")[2]], each.own),
            each.unit,
        )
        for each in comparisons
    ]
    return pd.DataFrame(rows, columns=list(DISTANCE_COLUMNS))


def _probability(null: Floats, value: float) -> float:
    """Probability of a value as large; what was found is one of the permutations."""
    return float((1 + np.sum(null >= value - 1e-12)) / (1 + len(null)))


def copies(features: Sequence[Path], names: Sequence[str]) -> list[tuple[str, str]]:
    """Find recordings whose features agree in every number: copies of one file under two names.

    Args:
        features: Tables of features, one per split.
        names: The features to compare.

    Returns:
        Pairs of recordings, each with its split in brackets.
    """
    first: dict[bytes, str] = {}
    pairs = []
    for path in features:
        for recording, values in recordings_of(path, names):
            name = f"{recording} ({path.stem})"
            earlier = first.setdefault(hashlib.sha256(np.ascontiguousarray(values).tobytes()).digest(), name)
            if earlier != name:
                pairs.append((earlier, name))
    return pairs


def corpus_table(recordings: pd.DataFrame) -> pd.DataFrame:
    """Sum up the corpus as the draft's Table 1 does.

    Args:
        recordings: Columns ``recording``, ``person``, ``dyad``, ``culture``, ``partition`` and ``duration`` (seconds),
            one row per recording.

    Returns:
        Columns of `CORPUS_COLUMNS`, one row per split in order of appearance; ``minutes`` reads mmm:ss. A recording
        without a person counts as one, a recording without a dyad as none.
    """
    person = recordings["person"].where(recordings["person"].fillna("") != "", "recording " + recordings["recording"])
    dyad = recordings["dyad"].where(recordings["dyad"].fillna("") != "")
    grouped = recordings.assign(person=person, dyad=dyad).groupby(["culture", "partition"], sort=False)
    table = grouped.agg(
        recordings=("recording", "size"),
        persons=("person", "nunique"),
        dyads=("dyad", "nunique"),
        duration=("duration", "sum"),
    ).reset_index()
    table["minutes"] = [f"{int(seconds) // 60}:{int(seconds) % 60:02d}" for seconds in table["duration"].round()]
    return table[list(CORPUS_COLUMNS)]
