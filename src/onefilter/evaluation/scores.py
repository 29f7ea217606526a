"""Score tables: per target, split and model; then over seeds.

Two ways to score a split, both in use: *concatenated*, one CCC over all its recordings joined end to end (the headline
number, as published), and *by recording*, the mean of the recordings' own CCCs.
"""

import zlib
from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from onefilter.evaluation.bootstrap import interval
from onefilter.evaluation.concordance import MEASURES, measures
from onefilter.training.model_file import method_of

Floats = npt.NDArray[np.float64]

SCORES: Final = ("ccc", "ccc_by_recording", "pearson", "rmse")
"""What is reported: three measures of the concatenated recordings, and the mean CCC of single recordings."""
SCORE_COLUMNS: Final = (
    "target", "culture", "partition", "method", "model", "recordings", *SCORES, "ccc_low", "ccc_high",
)  # fmt: skip
SUMMARY_COLUMNS: Final = (
    "target", "culture", "partition", "method", "models", "recordings",
    *(f"{score}_{part}" for score in SCORES for part in ("mean", "sd", "best")),
    "ccc_low", "ccc_high", "best_model",
)  # fmt: skip


def score(sums: Mapping[str, Floats], *, target: str, culture: str, partition: str, seed: int) -> pd.DataFrame:
    """Score all models of a target on one split.

    Args:
        sums: Per model, the recordings' moments [R, 6].
        target: Of the models.
        culture: Of the split.
        partition: Of the split.
        seed: Of the bootstrap; the same resamples serve all models, so that they can be compared.

    Returns:
        Columns of `SCORE_COLUMNS`, one row per model; the interval is a 95 % one over recordings.
    """
    rows = []
    for model, table in sums.items():
        whole = measures(table.sum(axis=0))
        low, high = interval(
            table,
            lambda drawn: measures(drawn)["ccc"],
            seed=seed + zlib.crc32(f"{culture}-{partition}".encode()),
        )
        rows.append(
            {
                "target": target,
                "culture": culture,
                "partition": partition,
                "method": method_of(model),
                "model": model,
                "recordings": len(table),
                "ccc_by_recording": float(measures(table)["ccc"].mean()),
                **{measure: float(whole[measure]) for measure in MEASURES},
                "ccc_low": low,
                "ccc_high": high,
            }
        )
    return pd.DataFrame(rows, columns=list(SCORE_COLUMNS))


def summarise(scores: pd.DataFrame) -> pd.DataFrame:
    """Summarise over the models (seeds) of each method: mean, sample standard deviation, and the best on development.

    Args:
        scores: Columns of `SCORE_COLUMNS`, any number of targets and splits.

    Returns:
        Columns of `SUMMARY_COLUMNS`, one row per target, split and method, in order of appearance. Without a
        development split several models have no best one: its columns are empty.
    """
    rows = []
    keys = ["target", "culture", "partition", "method"]
    for (target, culture, partition, method), group in scores.groupby(keys, sort=False):
        same = scores[(scores["target"] == target) & (scores["method"] == method)]
        devel = same[same["partition"] == "devel"]
        # A single model needs no choosing.
        best = best_model(devel) if len(devel) else _only(same["model"].unique().tolist())
        row: dict[str, object] = {
            "target": target,
            "culture": culture,
            "partition": partition,
            "method": method,
            "models": len(group),
            "recordings": int(group["recordings"].iloc[0]),
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


def _only(models: list[str]) -> str | None:
    return models[0] if len(models) == 1 else None


def best_model(devel: pd.DataFrame) -> str:
    """Name the model with the highest concatenated CCC on development (averaged over cultures if there are several)."""
    return str(devel.groupby("model", sort=False)["ccc"].mean().idxmax())
