"""Score tables."""

import numpy as np
import pandas as pd
import pytest

from onefilter.evaluation.concordance import concordance, moments
from onefilter.evaluation.scores import SCORE_COLUMNS, best_model, score, summarise


def table() -> tuple[pd.DataFrame, dict[str, list[tuple[np.ndarray, np.ndarray]]]]:
    """Score two models on three recordings."""
    rng = np.random.default_rng(1)
    labels = [rng.normal(size=length) for length in (30, 50, 20)]
    pairs = {
        name: [(label + noise * rng.normal(size=len(label)), label) for label in labels]
        for name, noise in (("seed-1", 0.5), ("seed-2", 2.0))
    }
    sums = {name: np.stack([moments(p, y) for p, y in parts]) for name, parts in pairs.items()}
    return score(sums, target="valence", culture="german", partition="devel", seed=1), pairs


def test_scores_both_ways() -> None:
    """Concatenated and by recording, against joining by hand."""
    scores, pairs = table()
    assert tuple(scores.columns) == SCORE_COLUMNS
    for row in scores.to_dict("records"):
        parts = pairs[row["model"]]
        p, y = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        assert row["ccc"] == pytest.approx(concordance(p, y))
        assert row["ccc_by_recording"] == pytest.approx(np.mean([concordance(*pair) for pair in parts]))
        assert row["pearson"] == pytest.approx(np.corrcoef(p, y)[0, 1])
        assert row["rmse"] == pytest.approx(np.sqrt(np.mean((p - y) ** 2)))
        assert row["ccc_low"] <= row["ccc"] <= row["ccc_high"]
        assert row["recordings"] == 3


def test_summary_over_seeds() -> None:
    """Mean and sample deviation over seeds; the best development seed's own values everywhere."""
    devel, _ = table()
    test = devel.assign(partition="test", ccc=[0.2, 0.9])
    summary = summarise(pd.concat([devel, test])).set_index("partition")
    assert best_model(devel) == "seed-1"
    assert summary["best_model"].tolist() == ["seed-1", "seed-1"]
    assert summary.at["test", "ccc_best"] == 0.2
    assert summary.at["test", "ccc_mean"] == pytest.approx(0.55)
    assert summary.at["test", "ccc_sd"] == pytest.approx(0.7 / np.sqrt(2))
    assert summary.at["devel", "models"] == 2


def test_a_single_model_is_the_best_one() -> None:
    """Where there is nothing to choose, development is not needed."""
    devel, _ = table()
    summary = summarise(devel[devel["model"] == "seed-2"].assign(partition="test"))
    assert summary["best_model"].tolist() == ["seed-2"]
    assert summary["ccc_best"].tolist() == devel.loc[devel["model"] == "seed-2", "ccc"].tolist()


def test_summary_without_development() -> None:
    """Nothing is chosen where nothing may be chosen on."""
    devel, _ = table()
    summary = summarise(devel.assign(partition="test"))
    assert summary["best_model"].isna().all()
    assert summary["ccc_best"].isna().all()
    assert summary["ccc_mean"].notna().all()
