"""Score tables: per target, split, model and processing; then over seeds.

Two ways to score a split, both in use: *concatenated*, one CCC over all its recordings joined end to end (the headline
number, as published), and *by recording*, the mean of the recordings' own CCCs. Two kinds of predictions: *raw*, as the
model gives them, and *post-processed* (`onefilter.evaluation.postprocessing`). Everything is computed from moments,
six sums per recording (`onefilter.concordance.moments`).
"""

import zlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from onefilter.concordance import MEASURES, measures
from onefilter.errors import DamagedError
from onefilter.evaluation.bootstrap import Interval, interval, interval_over_seeds
from onefilter.model.card import method_of
from onefilter.tables import Columns, read_results

Floats = npt.NDArray[np.float64]

RAW: Final = "raw"
PROCESSED: Final = "post-processed"
SUMS: Final = ("n", "p", "y", "pp", "yy", "py")
"""Names of the moments: n, sum p, sum y, sum p^2, sum y^2, sum p y."""
_ROUNDING: Final = 1 + 1e-6
_LARGEST: Final = 1e30
"""No sum, and no error, is larger."""
CELL: Final = ("target", "culture", "partition", "model", "processing")
"""What one score belongs to."""
MOMENT_COLUMNS: Final[Columns] = {**dict.fromkeys((*CELL, "recording"), str), **dict.fromkeys(SUMS, float)}
SCORES: Final = ("ccc", "ccc_by_recording", "pearson", "rmse")
"""What is reported: three measures of the concatenated recordings, and the mean CCC of single recordings."""
SCORE_COLUMNS: Final[Columns] = {
    **dict.fromkeys(("target", "culture", "partition", "method", "model", "processing"), str),
    "recordings": int,
    **dict.fromkeys(("ccc", "ccc_low", "ccc_high"), float),
    **dict.fromkeys(("ccc_by_recording", "ccc_by_recording_low", "ccc_by_recording_high", "pearson", "rmse"), float),
}
SUMMARY_COLUMNS: Final[Columns] = {
    **dict.fromkeys(("target", "culture", "partition", "method", "processing"), str),
    **dict.fromkeys(("models", "recordings"), int),
    **{f"{score}_{part}": float for score in SCORES for part in ("mean", "sd", "best")},
    **dict.fromkeys(("ccc_mean_low", "ccc_mean_high", "ccc_low", "ccc_high"), float),
    "best_model": str,
}
LADDER_COLUMNS: Final[Columns] = {
    "network": str, "weights": int, "target": str, "culture": str, "partition": str, "seed": int, "ccc": float,
}  # fmt: skip
"""Scores of the depth ladder's networks."""


def read_scores(scores: Sequence[Path], sums: Sequence[Path]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read scores and what they were computed from, one file per target each.

    Returns:
        Columns of `SCORE_COLUMNS`, and of `MOMENT_COLUMNS`.

    Raises:
        InputError: If a file cannot be read, or a score is missing, there twice, or of recordings that are not there: a
            table that was cut at the end of a line is read without any other sign.
    """
    tables, moments = [], []
    for path, source in zip(scores, sums, strict=True):
        tables.append(read_results(path, SCORE_COLUMNS))
        moments.append(read_results(source, MOMENT_COLUMNS))
        _check_cells(tables[-1], moments[-1], file=path, source=source)
    return pd.concat(tables, ignore_index=True), pd.concat(moments, ignore_index=True)


def _check_cells(scores: pd.DataFrame, moments: pd.DataFrame, *, file: Path, source: Path) -> None:
    """Hold a target's scores against what they were computed from."""
    counts = moments.groupby(list(CELL), sort=False)["recording"].nunique()
    keys = list(scores[list(CELL)].itertuples(index=False, name=None))
    found = dict(zip(keys, scores["recordings"], strict=True))
    expected = {key: int(count) for key, count in counts.items()}
    if len(moments) != sum(expected.values()) or set(moments["target"]) != {source.stem}:
        raise DamagedError("does not hold the sums of each recording once", file=source)
    if not _are_moments(moments[list(SUMS)].to_numpy(dtype=float)):
        raise DamagedError("holds sums that no numbers have", file=source)
    for name in (name for name, kind in SCORE_COLUMNS.items() if kind is float):
        low, high = (0, _LARGEST) if name == "rmse" else (-1.001, 1.001)
        if not (scores[name].isna() | scores[name].between(low, high)).all():
            raise DamagedError(f"holds what is no {name}", file=file, column=name)
    if len(keys) != len(found) or found != expected:
        what = f"holds {len(keys)} scores that do not fit the {len(expected)} of {source.name}"
        raise DamagedError(what, file=file)


def _are_moments(sums: Floats) -> bool:
    """Tell whether these [R, 6] can be sums: finite, no variance negative, and no CCC beyond 1."""
    if not (np.abs(sums) <= _LARGEST).all():
        return False
    n, p, y, pp, yy, _ = sums.T
    with np.errstate(all="ignore"):
        ccc = measures(sums)["ccc"]
    spread = min((n * pp * _ROUNDING - p**2).min(initial=0), (n * yy * _ROUNDING - y**2).min(initial=0))
    return bool((n >= 1).all() and spread >= 0 and not (np.abs(ccc) > _ROUNDING).any())


def seed_of(culture: str, partition: str, *, seed: int) -> int:
    """Give a split its own bootstrap seed; all models and targets share it, so that their draws are paired."""
    return seed + zlib.crc32(f"{culture}-{partition}".encode())


def concatenated(sums: Floats, counts: Floats) -> Floats:
    """CCC of drawn recordings joined end to end: moments [R, 6] and counts [D, R] to [D]."""
    return measures(counts @ sums)["ccc"]


def _mean(values: Floats, counts: Floats) -> Floats:
    """Mean of drawn recordings' values [R]."""
    return counts @ values / len(values)


def score(moments: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """Score every model on every split.

    Args:
        moments: Columns of `MOMENT_COLUMNS`, one row per recording, model and processing.
        seed: Of the bootstrap.

    Returns:
        Columns of `SCORE_COLUMNS`, in order of appearance; intervals are 95 % ones over recordings.
    """
    rows = []
    for key, group in moments.groupby(list(CELL), sort=False):
        target, culture, partition, model, processing = map(str, key)
        sums = group[list(SUMS)].to_numpy(dtype=float)
        whole, single = measures(sums.sum(axis=0)), measures(sums)["ccc"]
        split_seed = seed_of(culture, partition, seed=seed)
        joined = interval(partial(concatenated, sums), len(sums), seed=split_seed)
        apart = interval(partial(_mean, single), len(sums), seed=split_seed)
        rows.append(
            {
                "target": target,
                "culture": culture,
                "partition": partition,
                "method": method_of(model),
                "model": model,
                "processing": processing,
                "recordings": len(sums),
                **{measure: float(whole[measure]) for measure in MEASURES},
                "ccc_low": joined.low,
                "ccc_high": joined.high,
                "ccc_by_recording": float(single.mean()),
                "ccc_by_recording_low": apart.low,
                "ccc_by_recording_high": apart.high,
            }
        )
    return pd.DataFrame(rows, columns=list(SCORE_COLUMNS))


def summarise(scores: pd.DataFrame, moments: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """Summarise over the models (seeds) of each method: mean, sample standard deviation, and the best on development.

    Args:
        scores: Columns of `SCORE_COLUMNS`, any number of targets and splits.
        moments: What they were computed from, columns of `MOMENT_COLUMNS`.
        seed: Of the bootstrap.

    Returns:
        Columns of `SUMMARY_COLUMNS`, one row per target, split, method and processing, in order of appearance. The
        interval of the mean resamples recordings and seeds, that of the best model recordings. Without a development
        split several models have no best one: its columns are empty.
    """
    rows = []
    keys = ["target", "culture", "partition", "method", "processing"]
    tables = dict(list(moments.groupby(["target", "culture", "partition", "processing"], sort=False)))
    for key, group in scores.groupby(keys, sort=False):
        target, culture, partition, method, processing = map(str, key)
        best = chosen_model(scores, target=target, method=method)
        sums = _stacked(tables[target, culture, partition, processing], list(group["model"]))
        split_seed = seed_of(culture, partition, seed=seed)
        mean = _mean_interval(sums, seed=split_seed)
        row: dict[str, object] = {
            "target": target,
            "culture": culture,
            "partition": partition,
            "method": method,
            "processing": processing,
            "models": len(group),
            "recordings": int(group["recordings"].iloc[0]),
            "ccc_mean_low": mean.low,
            "ccc_mean_high": mean.high,
            "best_model": best,
        }
        chosen = group[group["model"] == best]
        for name in SCORES:
            row[f"{name}_mean"] = group[name].mean()
            row[f"{name}_sd"] = group[name].std(ddof=1)
            row[f"{name}_best"] = chosen[name].iloc[0] if len(chosen) else np.nan
        for bound in ("ccc_low", "ccc_high"):
            row[bound] = chosen[bound].iloc[0] if len(chosen) else np.nan
        rows.append(row)
    return pd.DataFrame(rows, columns=list(SUMMARY_COLUMNS))


def _stacked(table: pd.DataFrame, models: list[str]) -> Floats:
    """Moments of several models on the same recordings, [M, R, 6]."""
    return np.stack([table.loc[table["model"] == model, list(SUMS)].to_numpy(dtype=float) for model in models])


def _mean_interval(sums: Floats, *, seed: int) -> Interval:
    """Interval of the mean CCC over models, recordings and models resampled."""
    models, recordings, _ = sums.shape
    return interval_over_seeds(
        lambda counts: np.stack([concatenated(table, counts) for table in sums], axis=1), recordings, models, seed=seed
    )


def chosen_model(scores: pd.DataFrame, *, target: str, method: str) -> str | None:
    """Name the model of a method that is best on development, raw; the only one where there is no choice.

    None where there are several and no development split: nothing may be chosen on test recordings.
    """
    same = scores[(scores["target"] == target) & (scores["method"] == method) & (scores["processing"] == RAW)]
    models = same["model"].unique().tolist()
    if len(models) == 1:
        return str(models[0])
    devel = same[same["partition"] == "devel"]
    return best_model(devel) if len(devel) else None


def best_model(devel: pd.DataFrame) -> str:
    """Name the model with the highest concatenated CCC on development (averaged over cultures if there are several)."""
    return str(devel.groupby("model", sort=False)["ccc"].mean().idxmax())
