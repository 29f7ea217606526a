"""Ranking features by their relevance, and how far rankings agree between seeds and between cultures.

A feature's share is its part of all contributions, whatever their sign, over the recordings of a culture:

    share_f = sum_t sum_k |R[k, f](t)| / sum_t sum_kf |R[k, f](t)|.

Agreement of m rankings of n features is Kendall's coefficient of concordance, with the correction for ties,

    W = 12 S / (m^2 (n^3 - n) - m sum_j T_j),
    S = sum_f (rank sum_f - mean rank sum)^2,    T_j = sum over ties of ranking j (t^3 - t),

1 if all agree and about 1 / m if rankings have nothing to do with each other. Intervals resample recordings and are
shifted by the resampling bias.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata

from onefilter.evaluation.bootstrap import DRAWS, UNKNOWN, expanded, resample
from onefilter.evaluation.scores import seed_of
from onefilter.tables import Columns

Floats = npt.NDArray[np.float64]

RELEVANCE_COLUMNS: Final[Columns] = {
    "culture": str, "partition": str, "recording": str, "steps": int, "model": str, "feature": str,
    "signed": float, "absolute": float,
}  # fmt: skip
"""One row per recording, model and feature; sums over steps and lags."""
RANKING_COLUMNS: Final[Columns] = {
    **dict.fromkeys(("target", "culture", "model", "feature"), str),
    **dict.fromkeys(("rank", "share", "share_low", "share_high", "signed"), float),
}
"""``signed``: mean contribution per step."""
AGREEMENT_COLUMNS: Final[Columns] = {
    "target": str, "among": str, "of": str, "rankings": int, "features": int,
    "kendall_w": float, "low": float, "high": float,
}  # fmt: skip
AGREEMENT_DRAWS: Final = 1000


def kendall_w(values: npt.ArrayLike) -> Floats:
    """Kendall's W of rankings by value: [..., m, n] to [...]."""
    table = np.asarray(values, dtype=np.float64)
    m, n = table.shape[-2:]
    ranks = rankdata(table, axis=-1)
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


def rank(table: pd.DataFrame, *, target: str, seed: int) -> pd.DataFrame:
    """Rank the features in every culture, model by model.

    Args:
        table: Columns of `RELEVANCE_COLUMNS` of one target.
        target: Which.
        seed: Of the resampling.

    Returns:
        Columns of `RANKING_COLUMNS`; rank 1 has the largest share.
    """
    rows = []
    for (culture, model), group in table.groupby(["culture", "model"], sort=False):
        absolute, features = _wide(group, "absolute")
        signed, _ = _wide(group, "signed")
        steps = group.groupby("recording", sort=False)["steps"].first().to_numpy(dtype=float).sum()
        own = shares(absolute.sum(axis=0))
        ranks = rankdata(-own, method="ordinal")
        recordings = len(absolute)
        drawn = None
        if recordings > 1:
            drawn = shares(resample(recordings, draws=DRAWS, seed=seed_of(str(culture), "all", seed=seed)) @ absolute)
        for index, feature in enumerate(features):
            bounds = UNKNOWN
            if drawn is not None:
                values = drawn[:, index]
                bounds = expanded(values, [(float(values.var()), recordings)])
            rows.append(
                {
                    "target": target,
                    "culture": culture,
                    "model": model,
                    "feature": feature,
                    "rank": int(ranks[index]),
                    "share": own[index],
                    "share_low": bounds.low,
                    "share_high": bounds.high,
                    "signed": signed[:, index].sum() / steps,
                }
            )
    return pd.DataFrame(rows, columns=list(RANKING_COLUMNS))


def agree(table: pd.DataFrame, *, target: str, best: str, seed: int) -> pd.DataFrame:
    """Say how far rankings agree: between seeds in each culture, and between cultures for the chosen model.

    Args:
        table: Columns of `RELEVANCE_COLUMNS` of one target.
        target: Which.
        best: The chosen model.
        seed: Of the resampling.

    Returns:
        Columns of `AGREEMENT_COLUMNS`.
    """
    rows = []
    models = list(table["model"].unique())
    cultures = list(table["culture"].unique())
    absolute: dict[tuple[str, str], Floats] = {}
    for (culture, model), group in table.groupby(["culture", "model"], sort=False):
        absolute[str(culture), str(model)] = _wide(group, "absolute")[0]
    if len(models) > 1:
        for culture in cultures:
            rows.append(
                {"target": target, "among": "seeds", "of": culture}
                | _agreement({model: absolute[culture, model] for model in models}, [culture] * len(models), seed=seed)
            )
    if len(cultures) > 1:
        rows.append(
            {"target": target, "among": "cultures", "of": best}
            | _agreement({culture: absolute[culture, best] for culture in cultures}, cultures, seed=seed)
        )
    return pd.DataFrame(rows, columns=list(AGREEMENT_COLUMNS))


def _agreement(tables: Mapping[str, Floats], cultures: Sequence[str], *, seed: int) -> dict[str, float]:
    """Kendall's W with its interval; raters of the same culture share their resamples of recordings."""
    observed = np.stack([shares(table.sum(axis=0)) for table in tables.values()])
    low = high = np.nan
    sizes = [len(table) for table in tables.values()]
    if min(sizes) > 1:
        drawn = np.stack(
            [
                shares(resample(len(table), draws=AGREEMENT_DRAWS, seed=seed_of(culture, "all", seed=seed)) @ table)
                for table, culture in zip(tables.values(), cultures, strict=True)
            ],
            axis=1,
        )
        values = kendall_w(drawn)
        # Noise makes rankings agree less, and a resample has more of it than the sample: that bias is taken off.
        values = np.clip(values + kendall_w(observed) - values.mean(), 0.0, 1.0)
        low, high = expanded(values, [(float(values.var()), min(sizes))])
    return {
        "rankings": len(tables),
        "features": observed.shape[1],
        "kendall_w": float(kendall_w(observed)),
        "low": low,
        "high": high,
    }


def _wide(group: pd.DataFrame, column: str) -> tuple[Floats, list[str]]:
    """Lay a column out as [recordings, features], both in order of appearance."""
    features = list(dict.fromkeys(group["feature"]))
    return group[column].to_numpy(dtype=float).reshape(-1, len(features)), features
