"""What the features look like: per culture and overall (draft: Table 1, box plots and the statistics heat map)."""

import hashlib
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import polars as pl

from onefilter.tables import Columns, recordings_of

SUMMARY_STATISTICS: Final = (
    "median", "mean", "std", "min", "max",
    "lower_quartile", "upper_quartile", "lower_whisker", "upper_whisker", "zeros",
)  # fmt: skip
"""Names of the statistics; ``zeros`` is the share of exact zeros, whiskers are Tukey's."""
STATISTICS_COLUMNS: Final[Columns] = {
    "culture": str, "variable": str, "count": int, **dict.fromkeys(SUMMARY_STATISTICS, float),
}  # fmt: skip
DISTANCE_COLUMNS: Final[Columns] = {"variable": str, "first": str, "second": str, "ks": float, "wasserstein": float}
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


def _describe(values: "np.typing.NDArray[np.float64]") -> dict[str, float]:
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


def distances(tables: dict[str, pl.DataFrame], variables: Sequence[str]) -> pd.DataFrame:
    """Measure how differently variables are distributed in any two cultures.

    Args:
        tables: Per culture, a frame with the variables as columns, one row per hop.
        variables: Which columns to compare.

    Returns:
        Columns of `DISTANCE_COLUMNS`: ``ks`` is Kolmogorov and Smirnov's distance (0..1), ``wasserstein`` the first
        Wasserstein distance (in the variable's unit). Hops are not independent, so no test is made of them.
    """
    rows = []
    for variable in variables:
        ordered = {culture: np.sort(table[variable].to_numpy()) for culture, table in tables.items()}
        for first, second in combinations(ordered, 2):
            both = np.sort(np.concatenate([ordered[first], ordered[second]]))
            shares = [
                np.searchsorted(ordered[name], both, side="right") / len(ordered[name]) for name in (first, second)
            ]
            gap = np.abs(shares[0] - shares[1])
            rows.append((variable, first, second, float(gap.max()), float(gap[:-1] @ np.diff(both))))
    return pd.DataFrame(rows, columns=list(DISTANCE_COLUMNS))


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
