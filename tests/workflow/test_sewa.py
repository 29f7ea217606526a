"""SEWA's path without SEWA: the twin in the challenge's layout through config/sewa.yaml."""

import shutil
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

from onefilter.corpus.avec import RECORDINGS
from tests.examples.avec import write_avec
from tests.examples.workflow import Project, copy_project

SPLITS = {f"{culture}-{partition}": count for (culture, partition), count in RECORDINGS["2018"].items()}
SIZES = ", ".join(f"{split}: {{recordings: {n}, duration: {10 * n}}}" for split, n in SPLITS.items())
TWIN = f"""
pathvars: {{results: twin, logs: twin/logs, benchmarks: twin/benchmarks}}
corpus: {{simulated: {{splits: {{{SIZES}}}}}}}
"""
SHORT = """
network: {taps: 41}
training: {seeds: [1, 2], epochs: 20}
figures: {dpi: 60}
"""


@pytest.fixture(scope="module")
def sewa(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose data/sewa holds the twin, 200 recordings of 10 s, as the challenge of 2018 lays it out."""
    project = copy_project(tmp_path_factory.mktemp("sewa"))
    (project.folder / "twin.yaml").write_text(TWIN, encoding="utf-8")
    tables = [f"twin/{kind}/{split}.parquet" for kind in ("features", "labels") for split in SPLITS]
    result = project.snakemake(*tables, overlay="twin.yaml")
    assert result.returncode == 0, result.stdout + result.stderr
    for path in (project.folder / "twin/corpus/openface").iterdir():
        labels, turns = (project.folder / f"twin/corpus/{kind}/{path.name}" for kind in ("labels", "turns"))
        folder = project.folder / "data/sewa"
        write_avec(folder, path.stem, frames=path, labels=labels, turns=turns, header=False)
    text = (project.folder / "config/sewa.yaml").read_text(encoding="utf-8")
    (project.folder / "short.yaml").write_text(f"{text}{SHORT}", encoding="utf-8")
    made = [f"results/sewa/{name}" for name in ("scores/published.tsv", "claims.tsv")]
    made += [f"results/sewa/{kind}/{split}.parquet" for kind in ("features", "labels") for split in SPLITS]
    result = project.snakemake(*made, overlay="short.yaml")
    assert result.returncode == 0, result.stdout + result.stderr
    return project


def test_same_features_and_labels_by_either_road(sewa: Project) -> None:
    """OpenFace's files and the challenge's give the same tables, all 200 recordings, to the last bit."""
    for kind in ("features", "labels"):
        for split in SPLITS:
            theirs, ours = (
                pl.read_parquet(sewa.folder / folder / f"{kind}/{split}.parquet") for folder in ("twin", "results/sewa")
            )
            # The challenge does not say who talks with whom.
            assert ours.drop("unit").equals(theirs.drop("unit")), (kind, split)
    log = (sewa.folder / "results/sewa/logs/compute_features/german-train.log").read_text(encoding="utf-8")
    assert "an unknown share of the frames without a face" in log


def test_scores_stand_beside_the_published_ones(sewa: Project) -> None:
    """On this corpus the table of systems has our rows."""
    table = pd.read_csv(sewa.folder / "results/sewa/scores/published.tsv", sep="\t")
    ours = table[table["source"] == "onefilter, this run"]
    assert ours[["german_devel", "german_test", "hungarian_test", "chinese_test"]].notna().all(axis=None)
    assert set(table["corpus"]) == {"avec"}


def test_claims_about_people_are_tested(sewa: Project) -> None:
    """On the twin they are not; here, where nobody can tell it from SEWA, they are."""
    claims = pd.read_csv(sewa.folder / "results/sewa/claims.tsv", sep="\t").set_index("id")
    assert set(claims["status"][["alike", "medians", "smile-published", "valence-across"]]) <= {"holds", "fails"}
    assert claims["status"]["medians"] == "holds"
    page = (sewa.folder / "results/sewa/claims.html").read_text(encoding="utf-8")
    assert "belong to other configurations" in page


def test_numbers_that_are_not_sewas_are_found(sewa: Project) -> None:
    """Held against SEWA's numbers, ten seconds of nobody do not have the published durations and scores."""
    target = "results/sewa/claims.tsv"
    for name in ("claims.tsv", "claims.html", "expected.tsv"):
        (sewa.folder / "results/sewa" / name).unlink()
    overlay = sewa.folder / "expecting.yaml"
    text = (sewa.folder / "short.yaml").read_text(encoding="utf-8")
    overlay.write_text(text.replace("expected/sewa.tsv", "expected/sewa-published.tsv"), encoding="utf-8")
    # Only what is expected is under test here; the models of the short run serve.
    expected = sewa.folder / "config/expected/sewa-published.tsv"
    table = pd.read_csv(expected, sep="\t", dtype=str)
    log = (sewa.folder / "results/sewa/logs/verify_claims.log").read_text(encoding="utf-8")
    assert "belong to other configurations than this run's" in log
    configuration = log.partition("than this run's (")[2].partition(")")[0]
    shutil.copy(expected, sewa.folder / "expected.tsv")
    table["configuration"] = configuration
    table.to_csv(expected, sep="\t", index=False)
    try:
        result = sewa.snakemake(target, overlay=overlay.name)
    finally:
        shutil.copy(sewa.folder / "expected.tsv", expected)
    assert result.returncode != 0
    assert "corpus/german-train/duration: expected 5592 ± 204, got 340; most likely caused by a change" in result.stderr
    assert "of 34 numbers are not as expected; fix what changed them" in result.stderr
    assert "scores/arousal/german-test/one-filter/ccc_best: expected 0.606 ± 0.12, got" in result.stderr
    assert "Traceback" not in result.stderr
    for name in ("claims.tsv", "claims.html", "expected.tsv"):
        assert not (sewa.folder / "results/sewa" / name).exists(), "half-written"


def test_a_missing_recording_stops_the_run(sewa: Project) -> None:
    """Before anything is computed, in one line."""
    with sewa.without("data/sewa/visual_features/Devel_DE_07.csv"):
        result = sewa.snakemake("--dry-run", overlay="short.yaml")
    assert result.returncode != 0
    assert "holds 13 of the 14 german recordings of partition devel; add the missing ones" in result.stdout
    assert "Traceback" not in result.stdout + result.stderr


def test_dropping_failed_frames_is_refused(sewa: Project) -> None:
    """The layout does not say which frames failed."""
    text = (sewa.folder / "short.yaml").read_text(encoding="utf-8")
    Path(sewa.folder / "drop.yaml").write_text(f"{text}\nfeatures: {{failed_frames: drop}}\n", encoding="utf-8")
    result = sewa.snakemake("--dry-run", overlay="drop.yaml")
    assert result.returncode != 0
    assert "do not say which frames failed, so none can be dropped; set features.failed_frames: keep" in result.stdout
