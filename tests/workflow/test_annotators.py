"""A study with three annotators per recording, from their files to scores with a floor and a ceiling."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
import yaml

from onefilter.corpus.simulated import simulate
from onefilter.evaluation.agreement import EVERYBODY
from tests.examples.workflow import Project, copy_project

SPLITS = {"train": 3, "devel": 2, "test": 2}
LATE = {"A": 0.0, "B": 0.3, "C": 1.2}
"""How much later than A each answers (seconds)."""
GAP = (12.0, 15.0)
"""When C does not rate (seconds)."""
OVERLAY = {
    "pathvars": {"results": "results/own", "logs": "results/own/logs", "benchmarks": "results/own/benchmarks"},
    "corpus": {"source": "openface", "recordings": "own.tsv"},
    "cultures": ["own"],
    "targets": {"arousal": None, "valence": {"delay": 2.8}, "liking": None},
    "systems": {
        "good": {"folder": "data/good", "trained_on": ["own"]},
        "poor": {"folder": "data/poor", "format": "avec"},
    },
    "gold": {"largest_lag": 2.0, "fuse": "ewe"},
    "network": {"taps": 41},
    "training": {"cultures": ["own"], "seeds": [1, 2], "epochs": 20},
    "figures": {"dpi": 60, "excerpts": 1},
    "worlds": {"target": "valence"},
}
WANTED = ("scores/summary.tsv", "scores/findings.html", "statistics/described.tsv", "figures/annotators.png",
          "figures/boxes.png", "figures/predictions-own-test.png", "figures/scores.png",
          "gold/annotators.tsv", "paper.html", "scores/published.tsv", "metrics.json")  # fmt: skip


def rated(folder: Path, name: str) -> None:
    """Write one recording's files: A at 10 Hz in seconds, B at 25 Hz in milliseconds, C at 4 Hz, with a gap."""
    found = simulate(name, "german", 40.0, seed=3)
    frames = found.frames.assign(timestamp=found.frames["timestamp"].round(3))
    frames.to_csv(folder / f"{name}.csv", index=False)
    label, stamps = found.labels["valence"].to_numpy(), found.labels["timestamp"].to_numpy()
    rng = np.random.default_rng(len(name))
    for who, rate in (("A", 10.0), ("B", 25.0), ("C", 4.0)):
        time = np.arange(0, 39.5, 1 / rate)
        values = np.interp(time - LATE[who], stamps, label) + 0.01 * rng.normal(size=len(time))
        table = pd.DataFrame({"time": time.round(3), "valence": values.round(4)})
        if who == "B":
            table = table.assign(time=(1000 * table["time"]).round()).rename(columns={"time": "time_ms"})
        if who == "C":
            table = table[(time < GAP[0]) | (time > GAP[1])]
        table.to_csv(folder / f"{name}_{who}.csv", index=False)
    if name.startswith("train"):
        return
    # Two systems of other people: one knows the label, one nothing; the second is written as the challenges do, and has
    # the test recordings only.
    for kind in ("good", "poor"):
        (folder / kind).mkdir(exist_ok=True)
    good = pd.DataFrame({"timestamp": stamps, "valence": 0.9 * label})
    good.to_csv(folder / "good" / f"{name}.csv", index=False)
    if name.startswith("devel"):
        return
    rows = [f"'{name}';{time:.1f};{0.2 * np.sin(time):.4f}" for time in stamps]
    (folder / "poor" / f"{name}.csv").write_text("\n".join(["name;timestamp;valence", *rows]) + "\n")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Run the study."""
    made = copy_project(tmp_path_factory.mktemp("annotators"))
    folder = made.folder / "data"
    folder.mkdir()
    lines = ["recording\tculture\tpartition\topenface\tannotations"]
    for partition, count in SPLITS.items():
        for number in range(count):
            name = f"{partition}{number}"
            rated(folder, name)
            lines.append(f"{name}\town\t{partition}\tdata/{name}.csv\tdata/{name}_<annotator>.csv")
    (made.folder / "own.tsv").write_text("\n".join(lines) + "\n")
    (made.folder / "own.yaml").write_text(yaml.safe_dump(OVERLAY))
    result = made.snakemake(*(f"results/own/{name}" for name in WANTED), overlay="own.yaml")
    assert result.returncode == 0, result.stdout + result.stderr
    return made


def test_from_files_to_scores(project: Project) -> None:
    """Lags are found, C has its gap, nobody is copied, and every score has a floor and a ceiling."""
    results = project.folder / "results/own"
    told = pd.read_csv(results / "gold/annotators.tsv", sep="\t")
    lags = told.groupby("annotator")["lag"].mean()
    for who, late in LATE.items():
        assert lags[who] == pytest.approx(late - np.mean(list(LATE.values())), abs=0.2)
    assert told.groupby("annotator")["rated"].mean()["C"] < 0.95
    np.testing.assert_allclose(told.groupby("recording")["weight"].sum(), 1.0)
    agreeing = pd.read_csv(results / "gold/agreement.tsv", sep="\t")
    assert set(agreeing["annotator"]) == {*LATE, EVERYBODY}
    summary = pd.read_csv(results / "scores/summary.tsv", sep="\t")
    expected = agreeing[(agreeing["annotator"] == EVERYBODY) & (agreeing["partition"] == "test")]["ccc"].iloc[0]
    assert summary.loc[summary["partition"] == "test", "ceiling"].eq(expected).all()
    assert expected > 0.8
    assert {"one-filter", "constant"} <= set(summary["method"])
    labels = pl.read_parquet(results / "labels/own-test.parquet")
    assert labels["valence"].is_nan().sum() == 0  # A and B rated while C did not.
    assert "ceiling" in (results / "scores/findings.html").read_text(encoding="utf-8")
    assert "The recordings were rated by" in (results / "paper.html").read_text(encoding="utf-8")


def test_other_peoples_systems(project: Project) -> None:
    """They are in the tables beside floor and ceiling, in the findings and on the page, with what they know."""
    results = project.folder / "results/own"
    summary = pd.read_csv(results / "scores/summary.tsv", sep="\t")
    test = summary[(summary["partition"] == "test") & (summary["processing"] == "raw")].set_index("method")
    assert test["ccc_best"]["good"] > 0.9 > 0.2 > test["ccc_best"]["poor"]
    assert test["ceiling"].nunique() == 1
    differing = pd.read_csv(results / "scores/differences.tsv", sep="\t")
    own = differing[(differing["kind"] == "systems") & (differing["split"] == "own-test")]
    assert set(zip(own["first"], own["second"], strict=True)) == {
        ("one filter", "good"), ("one filter", "poor"), ("good", "poor"), ("good", "constant"), ("poor", "constant"),
    }  # fmt: skip
    for page in ("scores/findings.html", "paper.html"):
        text = (results / page).read_text(encoding="utf-8")
        assert "good" in text
        assert "poor" in text
    shown = project.onefilter("scores", "results/own")
    assert re.search(r"valence +own devel .* 0\.9\d +– ", shown.stdout), shown.stdout + shown.stderr
    published = pd.read_csv(results / "scores/published.tsv", sep="\t")
    assert published.loc[published["system"] == "good", "trained_on"].eq("own").all()


def test_moments_that_too_few_rated_are_left_out(project: Project) -> None:
    """With three annotators asked for, the gap is one of labels; training and scores do without it."""
    (project.folder / "strict.yaml").write_text(
        yaml.safe_dump(OVERLAY | {"gold": {"least": 3}, "pathvars": {"results": "results/strict"}})
    )
    wanted = ("scores/summary.tsv", "figures/boxes.png", "figures/relevance-valence.png", "sanity/valence.tsv",
              "perception/valence.parquet")  # fmt: skip
    result = project.snakemake(*(f"results/strict/{name}" for name in wanted), overlay="strict.yaml")
    assert result.returncode == 0, result.stdout + result.stderr
    results = project.folder / "results/strict"
    labels = pl.read_parquet(results / "labels/own-train.parquet")
    time, missing = labels["time"].to_numpy(), labels["valence"].is_nan().to_numpy()
    assert time[missing].min() == pytest.approx(GAP[0], abs=0.3)
    assert time[missing].max() == pytest.approx(GAP[1], abs=0.3)
    assert missing.mean() > 0.05
    described = pd.read_csv(results / "statistics/described.tsv", sep="\t")
    rated = described[(described["culture"] == "own") & (described["variable"] == "valence")]["count"].iloc[0]
    everything = sum(
        int(pl.read_parquet(results / f"labels/own-{name}.parquet")["valence"].is_not_nan().sum()) for name in SPLITS
    )
    assert rated == everything
    summary = pd.read_csv(results / "scores/summary.tsv", sep="\t")
    assert np.isfinite(summary["ccc_mean"]).all()


def test_bad_annotators(project: Project) -> None:
    """Each one line: somebody who shares no moment with the others, and a constant where weights are asked for."""
    path = project.folder / "data/test0_C.csv"
    good = path.read_text()
    refusals = []
    wanted = ["results/own/gold/own-test.parquet", "results/own/gold/own-devel.parquet"]
    for text in ("time,valence\n60,0.1\n60.2,0.2\n", "time,valence\n" + "".join(f"{t / 4},0.2\n" for t in range(150))):
        path.write_text(text)
        refusals.append(project.snakemake(*wanted, overlay="own.yaml"))
        path.write_text(good)
    for refusal, expected in zip(
        refusals, ("ratings end at 60.2 s, the video at", "all ratings are 0.2: no weight is defined"), strict=True
    ):
        assert refusal.returncode != 0
        assert expected in refusal.stderr
        assert "data/test0_C.csv" in refusal.stderr
        assert "Traceback" not in refusal.stderr
