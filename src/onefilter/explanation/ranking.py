"""Ranking features by their share of the prediction's variance, and how far rankings agree between seeds.

A feature's share is cov(R_f, y) / var(y) over the steps of a culture's recordings (`onefilter.explanation.relevance`).
It follows from sums over steps, so intervals resample units (`onefilter.corpus.people`), whose sums add up.

Agreement of m rankings of n features is Kendall's coefficient of concordance, with the correction for ties,

    W = 12 S / (m^2 (n^3 - n) - m sum_j T_j),
    S = sum_f (rank sum_f - mean rank sum)^2,    T_j = sum over ties of ranking j (t^3 - t),

1 if all agree and about 1 / m if rankings have nothing to do with each other. Filters that have nothing to do with each
other rank features alike nevertheless, because they see the same faces: what is large and moves contributes. W is
therefore given beside its *null*, the W of as many filters whose weights are shuffled over taps and features. Its
interval resamples units and is shifted by the resampling bias.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl
import scipy

from onefilter.corpus.people import kind_of
from onefilter.evaluation.bootstrap import DRAWS, LEAST, UNKNOWN, expanded, resampled
from onefilter.evaluation.scores import seed_of
from onefilter.explanation.relevance import SHARE_SUMS, covariance_shares
from onefilter.model.card import Model
from onefilter.tables import Columns, check, groups_of, read_frame, read_results

Floats = npt.NDArray[np.float64]

RELEVANCE_COLUMNS: Final[Columns] = {
    "culture": str, "partition": str, "recording": str, "unit": str, "model": str, "feature": str,
    "steps": int, **dict.fromkeys((*SHARE_SUMS[1:], "absolute"), float),
}  # fmt: skip
"""One row per recording, model and feature: the sums of `SHARE_SUMS`, and of `|R[k, f](t)|` over steps and lags."""
SHUFFLED_SUMS: Final[Columns] = {"culture": str, "draw": int, "feature": str, **dict.fromkeys(SHARE_SUMS, float)}
"""Sums of shuffled filters over some recordings of a culture, one row per draw and feature."""
SHUFFLED_COLUMNS: Final[Columns] = {"culture": str, "draw": int, "feature": str, "share": float}
"""Shares of shuffled filters over all recordings of a culture, one row per draw and feature."""
RANKING_COLUMNS: Final[Columns] = {
    **dict.fromkeys(("target", "culture", "model", "feature"), str),
    **dict.fromkeys(("rank", "share", "share_low", "share_high", "signed", "absolute"), float),
    "unit": str, "units": int,
}  # fmt: skip
"""``share``: of the prediction's variance; ``signed``: mean contribution per step; ``absolute``: share of all
contributions, whatever their sign, against a face of zeros; ``unit``: what was resampled."""
AGREEMENT_COLUMNS: Final[Columns] = {
    "target": str, "among": str, "of": str, "rankings": int, "features": int,
    **dict.fromkeys(("kendall_w", "low", "high", "null", "null_high"), float), "unit": str, "units": int,
}  # fmt: skip
"""``null``, ``null_high``: mean and 95 % quantile of W among as many shuffled filters."""
AGREEMENT_DRAWS: Final = 1000
SHUFFLED: Final = 40
"""Number of shuffled filters."""


def kendall_w(values: npt.ArrayLike) -> Floats:
    """Kendall's W of rankings by value: [..., m, n] to [...]."""
    table = np.asarray(values, dtype=np.float64)
    m, n = table.shape[-2:]
    ranks = scipy.stats.rankdata(table, axis=-1)
    sums = ranks.sum(axis=-2)
    spread = ((sums - sums.mean(axis=-1, keepdims=True)) ** 2).sum(axis=-1)
    # sum of t^3 - t over ties is what the sum of squared ranks lacks, times 12.
    ties = ((n**3 - n) / 12 - ((ranks - (n + 1) / 2) ** 2).sum(axis=-1)) * 12
    whole = m**2 * (n**3 - n) - m * ties.sum(axis=-1)
    return np.asarray(np.where(whole > 0, 12 * spread / np.where(whole > 0, whole, 1), 1.0))


def shares(absolute: Floats) -> Floats:
    """Each feature's share of the whole, [..., F] to [..., F]; zero where there is nothing to share."""
    whole = absolute.sum(axis=-1, keepdims=True)
    return np.asarray(np.divide(absolute, whole, out=np.zeros_like(absolute), where=whole > 0))


def shuffled(models: Sequence[Model], *, seed: int, draws: int = SHUFFLED) -> list[Model]:
    """Shuffle the weights of filters over taps and features, of one filter after the other.

    Args:
        models: Trained one-filter models of the same features and taps.
        seed: Of the shuffling.
        draws: Number of shuffled filters.
    """
    rng = np.random.default_rng(seed)
    taken = [models[number % len(models)] for number in range(draws)]
    return [replace(each, weight=rng.permutation(each.weight.ravel()).reshape(each.weight.shape)) for each in taken]


def cultures_of(paths: Sequence[Path]) -> list[str]:
    """Name the cultures that tables of relevance, or of shuffled filters' sums, are about, in order of appearance.

    Raises:
        InputError: If a table cannot be read.
    """
    return list(
        dict.fromkeys(
            name for path in paths for name in read_frame(path, ["culture"])["culture"].unique(maintain_order=True)
        )
    )


def read_relevance(
    paths: Sequence[Path], *, culture: str | None = None, only: Callable[[list[str]], str] | None = None
) -> pd.DataFrame:
    """Read relevance from several tables: columns of `RELEVANCE_COLUMNS`, names as categories.

    A name on every row would take most of the memory.

    Args:
        paths: The tables.
        culture: Whose rows are read; None reads all.
        only: Chooses, by the names of all models, the one whose rows are read; None reads all.

    Raises:
        InputError: If a table cannot be read, or lacks a column.
    """
    parts = []
    for path in paths:
        for part in groups_of(path):
            check(part.head(1).to_pandas(), RELEVANCE_COLUMNS, file=path)
            if culture is not None:
                part = part.filter(pl.col("culture") == culture)
            if only is not None:
                models = part["model"].unique(maintain_order=True).to_list()
                part = part.filter(pl.col("model") == only(models))
            parts.append(part.select(list(RELEVANCE_COLUMNS)).with_columns(pl.col(pl.String).cast(pl.Categorical)))
    return pl.concat(parts).to_pandas() if parts else pd.DataFrame(columns=list(RELEVANCE_COLUMNS))


def read_shuffled(paths: Sequence[Path]) -> pd.DataFrame:
    """Add the sums of shuffled filters up, and give their shares: columns of `SHUFFLED_COLUMNS`.

    Args:
        paths: Tables with the columns of `SHUFFLED_SUMS`.

    Raises:
        InputError: If a table cannot be read, or lacks a column.
    """
    keys, columns = ["culture", "draw", "feature"], list(SHARE_SUMS)
    table = read_results(paths, SHUFFLED_SUMS).groupby(keys, sort=False)[columns].sum().reset_index()
    sums = table[columns].to_numpy(dtype=float).reshape(-1, table["feature"].nunique(), len(columns))
    return table[keys].assign(share=covariance_shares(sums).ravel())


def rank(table: pd.DataFrame, *, target: str, seed: int) -> pd.DataFrame:
    """Rank the features in every culture, model by model.

    Args:
        table: Columns of `RELEVANCE_COLUMNS` of one target.
        target: Which.
        seed: Of the resampling.

    Returns:
        Columns of `RANKING_COLUMNS`; rank 1 has the largest share.
    """
    parts = []
    for (culture, model), group in _groups(table, ["culture", "model"]):
        sums, features = sums_by_unit(group)
        units, whole = len(sums), sums.sum(axis=0)
        own = covariance_shares(whole)
        bounds = [UNKNOWN] * len(features)
        if units >= LEAST:
            drawn = _resampled(sums, str(culture), draws=DRAWS, seed=seed)
            bounds = [expanded(values, [(float(values.var()), units)]) for values in drawn.T]
        part = {
            "target": target,
            "culture": culture,
            "model": model,
            "feature": features,
            "rank": scipy.stats.rankdata(-own, method="ordinal"),
            "share": own,
            "share_low": [bound.low for bound in bounds],
            "share_high": [bound.high for bound in bounds],
            "signed": whole[:, 1] / whole[:, 0],
            "absolute": shares(group.groupby("feature", sort=False)["absolute"].sum().to_numpy()),
            "unit": kind_of(group["unit"].unique()),
            "units": units,
        }
        parts.append(pd.DataFrame(part, columns=list(RANKING_COLUMNS)))
    return pd.concat(parts, ignore_index=True)


def agree(table: pd.DataFrame, unrelated: pd.DataFrame, *, target: str, seed: int) -> pd.DataFrame:
    """Say how far the rankings of different seeds agree in each culture, beside shuffled filters' agreement.

    One filter in several cultures is not compared: its rankings agree because the filter is the same.

    Args:
        table: Columns of `RELEVANCE_COLUMNS` of one target.
        unrelated: Columns of `SHUFFLED_COLUMNS` of the same.
        target: Which.
        seed: Of the resampling.

    Returns:
        Columns of `AGREEMENT_COLUMNS`; no row for one model alone.
    """
    rows = []
    models = list(table["model"].unique())
    for (culture,), group in _groups(table, ["culture"]):
        if len(models) < 2:
            break
        tables = [sums_by_unit(part)[0] for _, part in _groups(group, ["model"])]
        observed = np.stack([covariance_shares(sums.sum(axis=0)) for sums in tables])
        units = len(tables[0])
        low = high = np.nan
        if units >= LEAST:
            drawn = [_resampled(sums, str(culture), draws=AGREEMENT_DRAWS, seed=seed) for sums in tables]
            values = kendall_w(np.stack(drawn, axis=1))
            # Noise makes rankings agree less, and a resample has more of it than the sample: that bias is taken off.
            values = np.clip(values + kendall_w(observed) - values.mean(), 0.0, 1.0)
            low, high = expanded(values, [(float(values.var()), units)])
        own = unrelated[unrelated["culture"] == culture]
        null = null_of_w(own["share"].to_numpy(dtype=float).reshape(-1, observed.shape[1]), len(models), seed=seed)
        rows.append(
            {
                "target": target,
                "among": "seeds",
                "of": culture,
                "rankings": len(models),
                "features": observed.shape[1],
                "kendall_w": float(kendall_w(observed)),
                "low": low,
                "high": high,
                "null": float(null.mean()),
                "null_high": float(np.quantile(null, 0.95)),
                "unit": kind_of(group["unit"].unique()),
                "units": units,
            }
        )
    return pd.DataFrame(rows, columns=list(AGREEMENT_COLUMNS))


def _groups(table: pd.DataFrame, columns: list[str]) -> Iterator[tuple[tuple[str, ...], pd.DataFrame]]:
    """Give the groups of a long table one by one, in order of appearance; pandas would copy all of it first."""
    for key in table[columns].drop_duplicates().itertuples(index=False, name=None):
        chosen = [table[column] == value for column, value in zip(columns, key, strict=True)]
        yield key, table[np.logical_and.reduce(chosen)]


def null_of_w(unrelated: Floats, rankings: int, *, seed: int, draws: int = AGREEMENT_DRAWS) -> Floats:
    """Draw W of so many filters that have nothing to do with each other.

    Args:
        unrelated: Shares of shuffled filters [N, F], N at least `rankings`.
        rankings: Number of filters in each draw; they are all different ones.
        seed: Of the draws.
        draws: Number of draws.

    Returns:
        [draws].
    """
    rng = np.random.default_rng(seed)
    chosen = np.argsort(rng.random((draws, len(unrelated))), axis=1)[:, :rankings]
    return kendall_w(unrelated[chosen])


def _resampled(sums: Floats, culture: str, *, draws: int, seed: int) -> Floats:
    """Give the shares in each resample of units [draws, F]; models of the same culture share their resamples."""

    def shares(counts: Floats) -> Floats:
        return covariance_shares((counts @ sums.reshape(len(sums), -1)).reshape(len(counts), *sums.shape[1:]))

    return resampled(shares, len(sums), draws=draws, seed=seed_of(culture, "all", seed=seed))


def sums_by_unit(group: pd.DataFrame) -> tuple[Floats, list[str]]:
    """Add the sums of one culture and model up by unit, [units, F, 5], features in order of appearance."""
    features = list(dict.fromkeys(group["feature"]))
    values = group[list(SHARE_SUMS)].to_numpy(dtype=float).reshape(-1, len(features), len(SHARE_SUMS))
    codes, names = pd.factorize(group["unit"].to_numpy()[:: len(features)])
    sums = np.zeros((len(names), *values.shape[1:]))
    np.add.at(sums, codes, values)
    return sums, features
