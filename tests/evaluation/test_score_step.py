"""The steps `tune_postprocessing` and `score_predictions`: what they write, and what they say about bad tables."""

from onefilter.workflow.step import perform

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from workflow.scripts.score_predictions import score_predictions
from workflow.scripts.summarise_scores import summarise_scores
from workflow.scripts.tune_postprocessing import tune_postprocessing

from onefilter.concordance import concordance

MODELS = ("seed-1", "seed-2", "ridge")


def write(
    folder: Path, *, recordings: int = 3, change: Callable[[dict[str, pl.DataFrame]], None] | None = None
) -> None:
    """Write predictions and labels of two splits: labels 0.5 s later, predictions half as large."""
    rng = np.random.default_rng(1)
    for split in ("german-devel", "german-test"):
        parts = []
        for number in range(recordings):
            walk = np.cumsum(rng.normal(size=100)) / 30
            columns: dict[str, Any] = {"recording": [f"r{number}"] * 100, "time": np.arange(100) / 10}
            outputs = {model: 0.5 * np.roll(walk, -5) + size * rng.normal(size=100) for model, size in
                       zip(MODELS, (0.01, 0.2, 0.1), strict=True)}  # fmt: skip
            unit = {"unit": [f"recording r{number}"] * 100}
            parts.append((pl.DataFrame({**columns, **outputs}), pl.DataFrame({**columns, **unit, "valence": walk})))
        tables = {
            kind: pl.concat([part[place] for part in parts]) for place, kind in enumerate(("predictions", "labels"))
        }
        if change is not None and split == "german-test":
            change(tables)
        for kind, table in tables.items():
            (folder / kind).mkdir(exist_ok=True)
            table.write_parquet(folder / kind / f"{split}.parquet")


def run(folder: Path) -> None:
    """Tune on development, score both splits."""
    shared: dict[str, Any] = {"target": "valence", "corpus": "simulated", "delay": 0.5, "hop": 0.1}
    tuning = {
        "predictions": [str(folder / "predictions/german-devel.parquet")],
        "labels": [str(folder / "labels/german-devel.parquet")],
        "chains": str(folder / "chains.tsv"),
        "settings": {"medians": [0.5], "largest_shift": 1.0},
    }
    perform(tune_postprocessing, {**shared, **tuning}, log=folder / "tune.log")
    scoring = {
        "predictions": [str(folder / f"predictions/german-{part}.parquet") for part in ("devel", "test")],
        "labels": [str(folder / f"labels/german-{part}.parquet") for part in ("devel", "test")],
        "systems": [str(path) for path in sorted(folder.glob("systems/*.parquet"))],
        "chains": [str(folder / "chains.tsv")],
        "scores": str(folder / "scores.tsv"),
        "sums": str(folder / "sums.parquet"),
        "devel": ["german-devel"],
        "trained": True,
        "seed": 1,
    }
    perform(score_predictions, {**shared, **scoring}, log=folder / "score.log")


def test_other_systems_are_scored_as_they_were_given(tmp_path: Path) -> None:
    """Raw, not moved by the delay, on the split that they predicted; nothing of the models changes."""
    write(tmp_path)
    run(tmp_path)
    alone = pd.read_csv(tmp_path / "scores.tsv", sep="\t")
    labels = pl.read_parquet(tmp_path / "labels/german-test.parquet")
    (tmp_path / "systems").mkdir()
    theirs = labels.select("recording", "time", (pl.col("valence") + 0.1).alias("theirs.valence"),
                           pl.lit(0.0).alias("theirs.arousal"))  # fmt: skip
    theirs.write_parquet(tmp_path / "systems/german-test.parquet")
    run(tmp_path)
    table = pd.read_csv(tmp_path / "scores.tsv", sep="\t")
    mine = table[table["method"] == "theirs"]
    assert mine[["partition", "processing"]].to_numpy().tolist() == [["test", "raw"]]
    label = labels["valence"].to_numpy()
    assert mine["ccc"].iloc[0] == pytest.approx(concordance(label + 0.1, label), abs=1e-12)
    pd.testing.assert_frame_equal(table[table["method"] != "theirs"].reset_index(drop=True), alone)


def test_raw_and_post_processed_side_by_side(tmp_path: Path) -> None:
    """Development never gets worse; sums give the scores again; what is simulated says so."""
    write(tmp_path)
    run(tmp_path)
    table = pd.read_csv(tmp_path / "scores.tsv", sep="\t")
    assert set(table["corpus"]) == {"simulated"}
    scores = {
        (row["partition"], row["model"], row["processing"]): float(row["ccc"]) for row in table.to_dict("records")
    }
    for model in MODELS:
        assert scores["devel", model, "post-processed"] >= scores["devel", model, "raw"] - 1e-9
    # Half-size predictions are what scaling corrects, on test recordings too.
    assert scores["test", "seed-1", "post-processed"] > scores["test", "seed-1", "raw"] + 0.1
    sums = pd.read_parquet(tmp_path / "sums.parquet")
    assert len(sums) == 2 * 3 * 3 * 2 * 2
    predicted = pl.read_parquet(tmp_path / "predictions/german-test.parquet").to_pandas()
    labels = pl.read_parquet(tmp_path / "labels/german-test.parquet")["valence"].to_numpy()
    moved = predicted.groupby("recording", sort=False)["seed-2"].shift(5, fill_value=0.0)
    assert scores["test", "seed-2", "raw"] == pytest.approx(concordance(moved, labels), abs=1e-12)


def test_test_labels_do_not_change_the_chain(tmp_path: Path) -> None:
    """Post-processing tuned with other test labels is the same to the byte."""
    chains = []
    for name, factor in (("a", 1.0), ("b", -3.0)):
        (tmp_path / name).mkdir()

        def change(tables: dict[str, pl.DataFrame], factor: float = factor) -> None:
            tables["labels"] = tables["labels"].with_columns(pl.col("valence") * factor)

        write(tmp_path / name, change=change)
        run(tmp_path / name)
        chains.append((tmp_path / name / "chains.tsv").read_bytes())
    assert chains[0] == chains[1]


def shorten(tables: dict[str, pl.DataFrame]) -> None:
    """Cut the last recording's predictions."""
    tables["predictions"] = tables["predictions"].head(-10)


def lose(tables: dict[str, pl.DataFrame]) -> None:
    """Leave a recording out."""
    tables["predictions"] = tables["predictions"].filter(pl.col("recording") != "r1")


def spoil(kind: str, column: str, value: float = np.nan) -> Callable[[dict[str, pl.DataFrame]], None]:
    """Put a number where it must not be; of labels, NaN may be."""

    def change(tables: dict[str, pl.DataFrame]) -> None:
        row = pl.int_range(pl.len()) == 104
        tables[kind] = tables[kind].with_columns(pl.when(row).then(value).otherwise(column).alias(column))

    return change


def flatten(tables: dict[str, pl.DataFrame]) -> None:
    """Make all labels the same."""
    tables["labels"] = tables["labels"].with_columns(valence=pl.lit(0.25))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (shorten, "predictions/german-test.parquet: r2 has 90 predictions for 100 labels"),
        (lose, "predictions/german-test.parquet: has no predictions for r1; predict this split again"),
        (spoil("predictions", "seed-2"), "predictions/german-test.parquet, column seed-2: r1 has nan at step 4"),
        (spoil("labels", "valence", np.inf), "labels/german-test.parquet, column valence: r1 has inf at step 4"),
        (flatten, "all labels of german-test are 0.25, so no concordance is defined; fix the labels"),
    ],
)
def test_bad_tables_are_named(tmp_path: Path, change: Callable[[Any], None], message: str) -> None:
    """File, recording, step, value; nothing is written."""
    write(tmp_path, change=change)
    with pytest.raises(SystemExit):
        run(tmp_path)
    log = (tmp_path / "score.log").read_text(encoding="utf-8")
    assert message in log
    assert "Traceback" not in log
    assert not (tmp_path / "scores.tsv").exists()
    assert not (tmp_path / "sums.parquet").exists()


def test_one_recording_is_scored_without_interval(tmp_path: Path) -> None:
    """Summing them up says so, once for all targets."""
    write(tmp_path, recordings=1)
    run(tmp_path)
    scores = pd.read_csv(tmp_path / "scores.tsv", sep="\t")
    assert scores["ccc"].notna().all()
    assert scores[["ccc_low", "ccc_high"]].isna().all(axis=None)
    (tmp_path / "sums.parquet").rename(tmp_path / "valence.parquet")
    summing: dict[str, Any] = {
        "agreeing": [], "scores": [str(tmp_path / "scores.tsv")], "sums": [str(tmp_path / "valence.parquet")],
        "summary": str(tmp_path / "summary.tsv"), "metrics": str(tmp_path / "metrics.json"),
        "devel": ["german-devel"], "seed": 1, "corpus": "simulated",
    }  # fmt: skip
    perform(summarise_scores, summing, log=tmp_path / "summary.log")
    told = (tmp_path / "summary.log").read_text(encoding="utf-8")
    assert "too few people for intervals, which need 6: german-test 1 recording\n" in told
