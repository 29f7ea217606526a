"""The tiny run, held against its expected numbers."""

from pathlib import Path

import pandas as pd

from tests.examples.workflow import Project


def results(project: Project) -> Path:
    """Where the tiny run's results are."""
    return project.folder / "results"


def test_all_numbers_are_as_expected(project: Project) -> None:
    """Every number that config/expected/simulated.tsv expects of the tiny run was computed and held."""
    checked = pd.read_csv(results(project) / "expected.tsv", sep="\t")
    wanted = pd.read_csv(project.folder / "config/expected/simulated.tsv", sep="\t")
    assert checked["key"].tolist() == wanted.loc[wanted["run"] == "tiny", "key"].tolist()
    assert len(checked) > 100
    assert checked["ok"].all()
    assert ((checked["got"] - checked["expected"]).abs() <= checked["tolerance"]).all()
    page = (results(project) / "claims.html").read_text(encoding="utf-8")
    assert f"{len(checked)} numbers are expected of this run; {len(checked)} are as expected." in page
    assert "Simulated twin: no statement about people." in page


def test_a_miss_is_named_and_nothing_is_half_written(project: Project) -> None:
    """Key, expected, got, tolerance, likely rule; then the outputs are gone and come back once it is mended."""
    path = project.folder / "config/expected/simulated.tsv"
    text = path.read_text(encoding="utf-8")
    table = pd.read_csv(path, sep="\t", dtype=str)
    row = table.index[(table["run"] == "tiny") & table["key"].str.startswith("scores/valence/german-test/ridge")][0]
    table.loc[row, "value"] = "0.999"
    table.to_csv(path, sep="\t", index=False)
    result = project.snakemake("results/claims.tsv")
    path.write_text(text, encoding="utf-8")
    assert result.returncode != 0
    assert "scores/valence/german-test/ridge/ccc_mean: expected 0.999 ± 0.002, got 0." in result.stderr
    assert "most likely caused by a change of the rule fit_references" in result.stderr
    assert "1 of 1" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (results(project) / "claims.tsv").exists()
    result = project.snakemake("results/claims.tsv")
    assert result.returncode == 0, result.stdout + result.stderr


def test_mistakes_in_claims_stop_verification(project: Project) -> None:
    """A duplicate id: one line, before anything is computed."""
    path = project.folder / "config/claims.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("id: medians", "id: alike"), encoding="utf-8")
    result = project.snakemake("results/claims.tsv")
    path.write_text(text, encoding="utf-8")
    assert result.returncode != 0
    assert "config/claims.yaml: claim alike is listed twice; give every claim an id of its own" in result.stderr
    assert "Traceback" not in result.stderr


def test_another_configuration_is_not_held_against_them(project: Project) -> None:
    """Who changes a setting gets new numbers and no complaint."""
    text = (project.folder / "small.yaml").read_text(encoding="utf-8")
    other = f"{text}\nevaluation: {{postprocessing: {{largest_shift: 1.0}}}}\n"
    (project.folder / "other.yaml").write_text(other, encoding="utf-8")
    result = project.snakemake("results/claims.tsv", overlay="other.yaml")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "belong to other configurations than this run's" in result.stderr
    assert pd.read_csv(results(project) / "expected.tsv", sep="\t").empty
