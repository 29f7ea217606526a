"""A study with other targets than the default run's, from a folder of files to tables, figures and a model's card."""

import html
import re
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import yaml

from onefilter.corpus.simulated import simulate
from onefilter.model.file import read_any_model
from tests.examples.workflow import copy_project

PEOPLE, SESSIONS = 4, 2
SHORT = "network: {taps: 41}\ntraining: {seeds: [1, 2], epochs: 20}\nfigures: {dpi: 60, excerpts: 1}\n"
"""What makes the run a short one; the overlay of `init` is laid over it."""


def laboratory(folder: Path) -> None:
    """Write the twin's files as a laboratory has them: sessions of people, one unlabelled, pain from 0 to 16."""
    for name in (f"p{who + 1:02d}_s{session + 1}" for who in range(PEOPLE) for session in range(SESSIONS)):
        found = simulate(name, "german", 30.0, seed=3)
        for kind in ("labels", "turns"):
            (folder / kind).mkdir(parents=True, exist_ok=True)
        found.frames.assign(timestamp=found.frames["timestamp"].round(3)).to_csv(folder / f"{name}.csv", index=False)
        found.turns.to_csv(folder / f"turns/{name}.csv", index=False)
        own = {"timestamp": found.labels["timestamp"], "dominance": found.labels["arousal"]}
        own["pain"] = ((found.labels["valence"] + 1) * 8).round(4)
        pd.DataFrame(own).to_csv(folder / f"labels/{name}.csv", index=False)
    (folder / f"labels/p{PEOPLE:02d}_s1.csv").unlink()


def test_from_a_folder_to_the_report(tmp_path: Path) -> None:
    """`init` and one command: dominance and pain are trained, scored and drawn; pain is brought from 0..16 to -1..1."""
    project = copy_project(tmp_path)
    laboratory(tmp_path / "data/ward")
    begun = project.onefilter("init", "data/ward", "--scale", "pain=0..16")
    assert begun.returncode == 0, begun.stderr
    assert "8 recordings, 7 with labels (dominance, pain), 8 with turns" in begun.stdout
    overlay = tmp_path / "config/ward.yaml"
    given = yaml.safe_load(overlay.read_text(encoding="utf-8"))
    short = yaml.safe_load(SHORT)
    overlay.write_text(yaml.safe_dump({**short, **given, "training": short["training"] | given["training"]}))
    result = project.snakemake(overlay="config/ward.yaml")
    assert result.returncode == 0, result.stdout + result.stderr
    results = tmp_path / "results/ward"
    # It ends with where the page is, which says what is known of this study, and no more.
    assert "page     results/ward/paper.html" in result.stderr.splitlines()[-2:]
    page = html.unescape((results / "paper.html").read_text(encoding="utf-8"))
    assert not re.search("German (development|test|training|recordings)", page)
    assert "Who is in them is not known" in page
    assert "Labels are given; who rated" in page

    partition = pd.read_csv(tmp_path / "config/ward.tsv", sep="\t", comment="#", index_col="recording")["partition"]
    tested = partition[partition == "test"].index
    aligned = pl.read_parquet(results / "labels/own-test.parquet").cast({"recording": pl.String})
    for name in tested:
        written = pd.read_csv(tmp_path / f"data/ward/labels/{name}.csv")
        ours = aligned.filter(pl.col("recording") == name)
        np.testing.assert_allclose(ours["pain"], written["pain"][: len(ours)] / 8 - 1, atol=1e-9)
        np.testing.assert_allclose(ours["dominance"], written["dominance"][: len(ours)], atol=1e-9)

    summary = pd.read_csv(results / "scores/summary.tsv", sep="\t")
    assert set(summary["target"]) == {"dominance", "pain"}
    assert set(summary["partition"]) == {"devel", "test"}
    assert summary[summary["method"] == "one-filter"]["ccc_mean"].between(-1, 1).all()
    for target in ("dominance", "pain"):
        card = read_any_model(results / f"models/{target}/best.safetensors").card
        assert (card.target, card.corpus, card.delay) == (target, "openface", 2.5)
    drawn = {path.stem for path in (results / "figures").iterdir()}
    kinds = ("filters", "relevance", "patterns", "faces")
    assert {f"{kind}-{target}" for kind in kinds for target in ("dominance", "pain")} <= drawn
    assert {"scores", "curves", "boxes", "predictions-own-test", "predictions-own-unlabelled"} <= drawn
    assert not [name for name in drawn if name.endswith(("arousal", "valence", "liking"))]

    made_on_demand = ("draw_ladder", "draw_selection", "draw_transfer", "draw_sensitivity", "draw_latency", "worlds")
    planned = project.snakemake("--dry-run", *made_on_demand, overlay="config/ward.yaml")
    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert "ladder/dominance-A.tsv" in planned.stdout + planned.stderr

    # A file on another scale stops the run with the line that would read it.
    del given["targets"]["pain"]["scale"]
    (tmp_path / "unscaled.yaml").write_text(yaml.safe_dump({**short, **given}))
    refused = project.snakemake("results/ward/labels/own-devel.parquet", overlay="unscaled.yaml")
    assert refused.returncode != 0
    assert "column pain: label" in refused.stderr
    assert "`targets.pain.scale: [0, 16]`" in refused.stderr
    assert "Traceback" not in refused.stderr
