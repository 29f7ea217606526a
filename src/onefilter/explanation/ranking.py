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

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl
import scipy

from onefilter.evaluation.bootstrap import DRAWS, LEAST, UNKNOWN, expanded, resampled
from onefilter.evaluation.scores import seed_of
from onefilter.explanation.relevance import SHARE_SUMS, covariance_shares
from onefilter.model.card import Model
from onefilter.names import kind_of
from onefilter.tables import Columns, Read, check, groups_of, read_results

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
SUMS_HELD: Final = 64 << 20
"""Bytes of sums that are held: those of ten models and 37 features over about 3,700 units."""
_SUMMED: Final = [*SHARE_SUMS, "absolute"]
_ABSOLUTE: Final = len(SHARE_SUMS)
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


@dataclass(frozen=True)
class UnitSums:
    """What some models' rankings in one culture follow from.

    Attributes:
        culture: Whose recordings.
        models: M names.
        features: F names.
        units: U names (`onefilter.corpus.people`).
        sums: [M, U, F, 6], the sums of `SHARE_SUMS` and of ``absolute`` over each unit's recordings.
    """

    culture: str
    models: list[str]
    features: list[str]
    units: list[str]
    sums: Floats

    def shares(self) -> Floats:
        """Give each feature's share of each model's prediction, over all recordings, [M, F]."""
        return covariance_shares(self.sums.sum(axis=1)[..., :_ABSOLUTE])


def cultures_of(paths: Sequence[Path]) -> list[str]:
    """Name the cultures that tables of relevance are about, in order of appearance.

    Raises:
        InputError: If a table cannot be read.
    """
    return _names(paths, ["culture"])["culture"]


def read_sums(
    paths: Sequence[Path], culture: str, *, only: Callable[[list[str]], str] | None = None, held: int = SUMS_HELD
) -> Iterable[UnitSums]:
    """Add one culture's relevance up by unit while it is read, so many models at a time as memory is meant to hold.

    Args:
        paths: Tables with the columns of `RELEVANCE_COLUMNS`.
        culture: Whose rows are read.
        only: Chooses, by the names of all models, the one whose rows are read; None reads all.
        held: Bytes of sums that are held; one model's are held in any case.

    Returns:
        Models in order of appearance. If they are too many to be held they are read each time that somebody goes
        through them.

    Raises:
        InputError: If a table cannot be read, or lacks a column.
    """
    names = _names(paths, ["unit", "model", "feature"], culture=culture)
    models, features, units = names["model"], names["feature"], names["unit"]
    if only is not None:
        models = [only(models)]
    most = max(1, held // (8 * len(_SUMMED) * max(len(units) * len(features), 1)))

    def read() -> Iterator[UnitSums]:
        for begin in range(0, len(models), most):
            part = models[begin : begin + most]
            yield UnitSums(culture, part, features, units, _added_up(paths, culture, part, units, features))

    return list(read()) if most >= len(models) else Read(read)


def _names(paths: Sequence[Path], columns: list[str], *, culture: str | None = None) -> dict[str, list[str]]:
    """Name what stands in some columns of tables of relevance, of one culture or all, in order of appearance."""
    found: dict[str, dict[str, None]] = {column: {} for column in columns}
    for path in paths:
        for part in groups_of(path, list(dict.fromkeys(["culture", *columns]))):
            own = part if culture is None else part.filter(pl.col("culture") == culture)
            for column, names in found.items():
                names.update(dict.fromkeys(own[column].unique(maintain_order=True)))
    return {column: list(names) for column, names in found.items()}


def _added_up(paths: Sequence[Path], culture: str, models: list[str], units: list[str], features: list[str]) -> Floats:
    """Add the rows of some models up, [M, U, F, 6]."""
    sums = np.zeros((len(models), len(units), len(features), len(_SUMMED)))
    rows = sums.reshape(-1, len(_SUMMED))
    for path in paths:
        for part in groups_of(path):
            check(part.head(1).to_pandas(), RELEVANCE_COLUMNS, file=path)
            own = part.filter((pl.col("culture") == culture) & pl.col("model").is_in(models))
            model, unit, feature = (
                own[column].cast(pl.Enum(names)).to_physical().to_numpy().astype(np.int64)
                for column, names in (("model", models), ("unit", units), ("feature", features))
            )
            values = own.select(_SUMMED).to_numpy().astype(np.float64)
            np.add.at(rows, (model * len(units) + unit) * len(features) + feature, values)
    return sums


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


def rank(parts: Iterable[UnitSums], *, target: str, seed: int) -> pd.DataFrame:
    """Rank one culture's features, model by model.

    Args:
        parts: Sums of all models in the culture, some at a time.
        target: What they predict.
        seed: Of the resampling.

    Returns:
        Columns of `RANKING_COLUMNS`; rank 1 has the largest share.
    """
    return pd.concat(
        [
            _ranked(part, model, sums, target=target, seed=seed)
            for part in parts
            for model, sums in zip(part.models, part.sums, strict=True)
        ],
        ignore_index=True,
    )


def _ranked(part: UnitSums, model: str, sums: Floats, *, target: str, seed: int) -> pd.DataFrame:
    """Rank the features by one model, whose sums are [U, F, 6]."""
    units, whole = len(sums), sums.sum(axis=0)
    own = covariance_shares(whole[:, :_ABSOLUTE])
    bounds = [UNKNOWN] * len(part.features)
    if units >= LEAST:
        drawn = _resampled(sums, part.culture, draws=DRAWS, seed=seed)
        bounds = [expanded(values, [(float(values.var()), units)]) for values in drawn.T]
    columns = {
        "target": target,
        "culture": part.culture,
        "model": model,
        "feature": part.features,
        "rank": scipy.stats.rankdata(-own, method="ordinal"),
        "share": own,
        "share_low": [bound.low for bound in bounds],
        "share_high": [bound.high for bound in bounds],
        "signed": whole[:, 1] / whole[:, 0],
        "absolute": shares(whole[:, _ABSOLUTE]),
        "unit": kind_of(part.units),
        "units": units,
    }
    return pd.DataFrame(columns, columns=list(RANKING_COLUMNS))


def agree(parts: Iterable[UnitSums], unrelated: pd.DataFrame, *, target: str, seed: int) -> pd.DataFrame:
    """Say how far the rankings of different seeds agree in one culture, beside shuffled filters' agreement.

    One filter in several cultures is not compared: its rankings agree because the filter is the same.

    Args:
        parts: Sums of all models in the culture, some at a time.
        unrelated: Columns of `SHUFFLED_COLUMNS` of the same target.
        target: Which.
        seed: Of the resampling.

    Returns:
        One row of `AGREEMENT_COLUMNS`; none for one model alone.
    """
    found, drawn = [], []
    for part in parts:
        found += list(part.shares())
        if len(part.units) >= LEAST:
            drawn += [_resampled(sums, part.culture, draws=AGREEMENT_DRAWS, seed=seed) for sums in part.sums]
    if len(found) < 2:
        return pd.DataFrame(columns=list(AGREEMENT_COLUMNS))
    observed, units = np.stack(found), len(part.units)
    low = high = np.nan
    if drawn:
        values = kendall_w(np.stack(drawn, axis=1))
        # Noise makes rankings agree less, and a resample has more of it than the sample: that bias is taken off.
        values = np.clip(values + kendall_w(observed) - values.mean(), 0.0, 1.0)
        low, high = expanded(values, [(float(values.var()), units)])
    own = unrelated[unrelated["culture"] == part.culture]
    null = null_of_w(own["share"].to_numpy(dtype=float).reshape(-1, observed.shape[1]), len(observed), seed=seed)
    row = {
        "target": target,
        "among": "seeds",
        "of": part.culture,
        "rankings": len(observed),
        "features": observed.shape[1],
        "kendall_w": float(kendall_w(observed)),
        "low": low,
        "high": high,
        "null": float(null.mean()),
        "null_high": float(np.quantile(null, 0.95)),
        "unit": kind_of(part.units),
        "units": units,
    }
    return pd.DataFrame([row], columns=list(AGREEMENT_COLUMNS))


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
    """Give the shares in each resample of units [draws, F], from one model's sums [U, F, 6].

    Models of the same culture share their resamples.
    """
    summed = np.ascontiguousarray(sums[..., :_ABSOLUTE])

    def shares(counts: Floats) -> Floats:
        return covariance_shares((counts @ summed.reshape(len(sums), -1)).reshape(len(counts), *summed.shape[1:]))

    return resampled(shares, len(sums), draws=draws, seed=seed_of(culture, "all", seed=seed))
