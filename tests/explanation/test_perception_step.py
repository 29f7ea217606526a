"""The step that compares signs with the literature: names in both orders, refits where there are any."""

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from workflow.scripts.compare_perception import compare_perception

from onefilter.explanation.patterns import PATTERN_COLUMNS
from onefilter.explanation.perception import BY_CHANCE, NO_LABELS, SIGN_COLUMNS, UNKNOWN
from onefilter.model.file import write_model
from onefilter.names import PUBLISHED_FEATURES
from onefilter.tables import read_results
from onefilter.verification.audit import PUBLISHED
from tests.examples.explanation import network

EXPECTED = {"AU12_mean": 1, "AU06_mean": 1, "AU04_mean": -1}


def compared(folder: Path, *, refits: bool) -> pd.DataFrame:
    """Run the step on a model of all features, with 99 refits or without."""
    rng = np.random.default_rng(1)
    model = network("linear", features=37)
    names = list(model.card.features)
    write_model(folder / "best.safetensors", model)
    patterns = {name: np.zeros(len(names)) for name in PATTERN_COLUMNS if name not in ("model", "feature", "unit")}
    pl.DataFrame(
        {"model": "adopted", "feature": names, "unit": "dyad", **patterns, "linear": rng.normal(size=37)}
    ).with_columns(units=pl.lit(3)).write_parquet(folder / "patterns.parquet")
    rows = [
        (draw, weights, name, value, "dyad")
        for draw in range(100)
        for weights in ("filter", "pattern")
        for name, value in zip(names, rng.normal(size=37), strict=True)
    ]
    target = model.card.target
    refitted = folder / f"{target}.parquet"
    pl.DataFrame(rows, schema=["draw", "weights", "feature", "value", "unit"], orient="row").write_parquet(refitted)
    lines = ["unit\tfeature\ttarget\tsign\tstudied\tsource"]
    lines += [f"{name[:4]}\t{name}\t{target}\t{'+' if sign > 0 else '-'}\ttheory\tx" for name, sign in EXPECTED.items()]
    (folder / "perception.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    compare_perception(
        [folder / "best.safetensors"], [folder / "patterns.parquet"], [refitted] * refits,
        folder / "perception.tsv", folder / "agreement.tsv", 1,
    )  # fmt: skip
    return read_results(folder / "agreement.tsv", SIGN_COLUMNS)


def test_refits_under_both_orders(tmp_path: Path) -> None:
    """Signs of the column that a name means, counted refit by refit; the ridge filter's own are draw 0."""
    table = compared(tmp_path, refits=True)
    found = {(row["weights"], row["order"]): row for row in table.to_dict("records")}
    assert len(found) == len(table) == 8
    drawn = pd.read_parquet(tmp_path / "valence.parquet").pivot_table(
        index=["weights", "draw"], columns="feature", values="value"
    )
    for order, called in (("stored", PUBLISHED_FEATURES), ("published", PUBLISHED)):
        stored = [PUBLISHED_FEATURES[called.index(name)] for name in EXPECTED]
        for kind in ("filter", "pattern"):
            agreeing = (np.sign(drawn.loc[kind][stored]) == list(EXPECTED.values())).sum(axis=1)
            own = found[f"ridge {kind}", order]
            assert own["agreeing"] == agreeing[0]
            assert own["p_refit"] == pytest.approx(((agreeing[1:] >= agreeing[0]).sum() + 1) / 100)
            assert found[kind, order]["by_chance"] == pytest.approx(agreeing[1:].mean())
    assert set(table["studied"]) == {"theory 3"}
    assert set(table["unit"]) == {"dyad"}


def test_a_model_from_elsewhere_has_no_verdict(tmp_path: Path) -> None:
    """No refits, no ridge filter, no p of refits; the exact p of sign flips is there, and the table says why."""
    found = compared(tmp_path, refits=False)
    assert set(zip(found["weights"], found["order"], strict=True)) == {
        (kind, order) for kind in ("filter", "pattern") for order in ("stored", "published")
    }
    assert set(found["null"]) == {NO_LABELS}
    # Of three signs, two agree by chance in every second case.
    assert found["verdict"].tolist() == [BY_CHANCE if p >= 0.5 else UNKNOWN for p in found["p"]]
    assert set(found["verdict"]) == {BY_CHANCE, UNKNOWN}
    assert found["p_refit"].isna().all()
    assert found["p"].between(0, 1).all()
