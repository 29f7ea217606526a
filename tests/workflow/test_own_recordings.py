"""A user's own recordings: the same rules, other inputs, and every mistake answered."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl
import pytest
import yaml

from onefilter.corpus.formats.openface import read_openface
from onefilter.corpus.twin import TARGETS
from onefilter.features.statistics import FEATURES
from onefilter.model.file import read_model
from onefilter.names import SIGNALS
from tests.examples.openface import Write
from tests.examples.workflow import ROOT, Project, after_features

COLUMNS = ("recording", "culture", "partition", "openface", "turns", "labels", "fps", "face")


def own(project: Project, name: str, rows: list[dict[str, str]]) -> str:
    """Point the project's own.yaml at some recordings, in a results tree of their own; give the overlay's name."""
    table = "\n".join("\t".join(row.get(column, "") for column in COLUMNS) for row in rows)
    (project.folder / f"{name}.tsv").write_text("\t".join(COLUMNS) + "\n" + table + "\n", encoding="utf-8")
    config = yaml.safe_load((ROOT / "config/own.yaml").read_text(encoding="utf-8"))
    config["corpus"]["recordings"], config["figures"] = f"{name}.tsv", {"dpi": 60}
    config["pathvars"] = {"results": name, "logs": f"{name}/logs", "benchmarks": f"{name}/benchmarks"}
    (project.folder / f"{name}.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    return f"{name}.yaml"


def brute_force(path: Path, fps: float | None) -> npt.NDArray[np.float64]:
    """Compute features [hops, 37] of a file window by window, with Python's own parsing of text."""
    table = pd.read_csv(path, skipinitialspace=True)
    table.columns = table.columns.str.strip()
    values = table[["confidence", *(f"{unit}_r" for unit in SIGNALS[1:])]].to_numpy(dtype=float)
    time = (table["frame"] - table["frame"].iloc[0]) / fps if fps else table["timestamp"]
    stamps = np.array([round(stamp * 1_000_000) for stamp in time])
    rows = []
    for now in range(0, stamps[-1] + 1, 100_000):
        inside = values[(stamps >= now - 500_000) & (stamps < now + 500_000)]
        # The deviation of a constant is 0; summing and dividing would leave 1e-17.
        constant = np.ptp(inside, axis=0) == 0
        rows.append([*inside.mean(axis=0), *np.where(constant, 0.0, inside.std(axis=0)), 0.0])
    return np.array(rows)


def test_real_recordings(project: Project, real_files: list[Path]) -> None:
    """Three real files of three layouts: features, statistics, predictions by brute force, and all figures."""
    rates = {path.stem: "30" if "pyfeat" in path.name else "" for path in real_files}
    rows = [
        {
            "recording": path.stem, "culture": "german", "partition": "unlabelled", "openface": str(path),
            "fps": rates[path.stem],
        }
        for path in real_files
    ]  # fmt: skip
    result = project.snakemake(overlay=own(project, "real", rows))
    assert result.returncode == 0, result.stdout + result.stderr
    results = project.folder / "real"

    features = pl.read_parquet(results / "features/german-unlabelled.parquet")
    expected = {path.stem: brute_force(path, float(rates[path.stem] or 0) or None) for path in real_files}
    for name, table in expected.items():
        ours = features.filter(pl.col("recording") == name).select(FEATURES).to_numpy()
        np.testing.assert_allclose(ours, table, atol=1e-12)

    described = pd.read_csv(results / "statistics/described.tsv", sep="\t").set_index(["culture", "variable"])
    joined = np.concatenate(list(expected.values()))
    for column, name in enumerate(FEATURES):
        row = described.loc[("german", name), :].to_dict()
        np.testing.assert_allclose(row["mean"], joined[:, column].mean(), atol=1e-10)
        np.testing.assert_allclose(row["median"], np.median(joined[:, column]), atol=1e-10)
        np.testing.assert_allclose(row["zeros"], (joined[:, column] == 0).mean(), atol=1e-12)

    for target in TARGETS:
        model = read_model(project.folder / f"results/models/{target}/best.safetensors")
        predictions = pl.read_parquet(results / f"predictions/{target}/german-unlabelled.parquet")
        for name, table in expected.items():
            ours = predictions.filter(pl.col("recording") == name)["adopted"].to_numpy()
            padded = np.pad(table, ((model.card.left, model.taps - 1 - model.card.left), (0, 0)))
            by_hand = [np.sum(model.filter * padded[t : t + model.taps]) + model.offset for t in range(len(table))]
            np.testing.assert_allclose(ours, by_hand, atol=1e-9)

    figures = {path.stem for path in (results / "figures").iterdir()}
    kinds = ("filters", "relevance", "patterns", "faces")
    assert figures == {
        "boxes", "heatmap", "units", "audit", "predictions-german-unlabelled", "ranking", "relevance",
        *(f"{kind}-{t}" for kind in kinds for t in TARGETS),
    }  # fmt: skip
    assert not (results / "scores").exists()
    sentences = pd.read_csv(results / "audit/sentences.tsv", sep="\t").set_index(["culture", "sentence", "order"])
    assert sentences.at[("all", "rest", "published"), "holds"] == 1
    claims = pd.read_csv(results / "claims.tsv", sep="\t").set_index("id")["status"]
    assert claims["only-low-published"] == "holds"
    assert claims["valence-across"] == claims["perception-valence"] == "not testable here"
    assert claims["real-time"] == "not testable here"  # nobody said how fast OpenFace is
    tracking = pd.read_csv(results / "tracking/german-unlabelled.tsv", sep="\t").set_index("recording")
    assert tracking.loc["openfacer_lara__of2x_aus_40col", "frames"] == 2203


def labelled(project: Project, folder: Path) -> list[dict[str, str]]:
    """Take the twin's files as one's own, labelled, in files of one's own."""
    rows = []
    for name in ("Train_DE_01", "Train_DE_02", "Devel_DE_01", "Test_HU_01"):
        for kind in ("openface", "turns", "labels"):
            target = folder / kind / f"{name}.csv"
            target.parent.mkdir(exist_ok=True, parents=True)
            shutil.copy(project.folder / f"results/corpus/{kind}/{name}.csv", target)
        partition, code, _ = name.split("_")
        rows.append(
            {
                "recording": name,
                "culture": {"DE": "german", "HU": "hungarian"}[code],
                "partition": partition.lower(),
                **{kind: str(folder / kind / f"{name}.csv") for kind in ("openface", "turns", "labels")},
            }
        )
    return rows


def test_one_changed_recording_reruns_its_split(project: Project, tmp_path: Path) -> None:
    """Another file for one Hungarian recording: Hungarian features, predictions and figures; no training."""
    rows = labelled(project, tmp_path)
    overlay = own(project, "mine", rows)
    result = project.snakemake(overlay=overlay)
    assert result.returncode == 0, result.stdout + result.stderr
    assert project.planned(overlay) == set()
    path = tmp_path / "openface/Test_HU_01.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",0.98,1,", ",0.97,1,", 1), encoding="utf-8")
    expected = set().union(*(after_features("hungarian:test", target) for target in TARGETS))
    assert project.planned(overlay) == expected


def test_features_agree_whether_simulated_or_ones_own(project: Project, tmp_path: Path) -> None:
    """The twin's files give the same features through the recordings table as through the simulation."""
    overlay = own(project, "again", labelled(project, tmp_path))
    result = project.snakemake("again/features/hungarian-test.parquet", overlay=overlay)
    assert result.returncode == 0, result.stderr
    ours = pl.read_parquet(project.folder / "again/features/hungarian-test.parquet")
    twin = pl.read_parquet(project.folder / "results/features/hungarian-test.parquet")
    ours, twin = (table.cast({"recording": pl.String}).drop("unit") for table in (ours, twin))
    assert ours.equals(twin.filter(pl.col("recording") == "Test_HU_01"))


Change = Callable[[Path], None]


def edit(kind: str, name: str, change: Callable[[list[str]], None]) -> Change:
    """Edit the lines of one file."""

    def apply(folder: Path) -> None:
        path = folder / kind / f"{name}.csv"
        lines = path.read_text(encoding="utf-8").splitlines()
        change(lines)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    return apply


def break_cell(lines: list[str]) -> None:
    """Put -nan(ind) into a cell."""
    fields = lines[11].split(",")
    fields[13] = "-nan(ind)"
    lines[11] = ",".join(fields)


def too_large(lines: list[str]) -> None:
    """Put a label out of range."""
    lines[4] = "0.3,2.5,0,0"


def half(lines: list[str]) -> None:
    """Leave half of the labels."""
    del lines[len(lines) // 2 :]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (edit("openface", "Devel_DE_01", break_cell), "Devel_DE_01.csv, row 12, column AU12_r: '-nan(ind)' is not a"),
        (edit("labels", "Devel_DE_01", too_large), "Devel_DE_01.csv, row 5, column arousal: label 2.5 lies outside"),
        (edit("labels", "Devel_DE_01", half), "labels end at"),
        (lambda folder: (folder / "turns/Devel_DE_01.csv").write_text("begin,end\n5,1\n"), "row 2, column end"),
        (lambda folder: (folder / "openface/Devel_DE_01.csv").write_text(""), "Devel_DE_01.csv: is empty"),
    ],
)
def test_mistakes_in_files(project: Project, tmp_path: Path, change: Change, expected: str) -> None:
    """The rule stops with one line, without a traceback, and leaves no half-written table."""
    rows = labelled(project, tmp_path)
    change(tmp_path)
    overlay = own(project, tmp_path.name.strip("_"), rows)
    table = f"{tmp_path.name.strip('_')}/labels/german-devel.parquet"
    result = project.snakemake(table, overlay=overlay)
    output = result.stdout + result.stderr
    assert result.returncode != 0
    assert expected in output
    assert "Traceback" not in output
    assert not (project.folder / table).exists()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"culture": "germn"}, "column culture: unknown culture 'germn' (did you mean 'german'?)"),
        ({"partition": "validation"}, "column partition: unknown partition 'validation'"),
        ({"recording": "Train_DE_01"}, "recording 'Train_DE_01' is listed twice"),
        ({"openface": "nowhere.csv"}, "nowhere.csv"),
    ],
)
def test_mistakes_in_the_table(project: Project, tmp_path: Path, change: dict[str, str], expected: str) -> None:
    """Snakemake stops before any rule runs."""
    rows = labelled(project, tmp_path)
    rows[1] |= change
    result = project.snakemake("--dry-run", overlay=own(project, "wrong", rows))
    output = result.stdout + result.stderr
    assert result.returncode != 0
    assert expected in output
    assert "Traceback" not in output


def test_no_training_recordings(project: Project, tmp_path: Path) -> None:
    """Without models and without training recordings there is nothing to do."""
    rows = [row for row in labelled(project, tmp_path) if row["partition"] != "train"]
    overlay = own(project, "untrained", rows)
    path = project.folder / overlay
    config = yaml.safe_load(path.read_text(encoding="utf-8")) | {"model_files": None}
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    result = project.snakemake("--dry-run", overlay=overlay)
    assert result.returncode != 0
    assert "no german recording has the partition train: nothing can be trained" in result.stdout + result.stderr


def test_window_longer_than_a_recording(project: Project, tmp_path: Path, write_openface: Write) -> None:
    """The recording is named."""
    short = write_openface(frames=30, name="short.csv")
    rows = [{"recording": "short", "culture": "german", "partition": "unlabelled", "openface": str(short)}]
    result = project.snakemake(overlay=own(project, "short", rows))
    assert result.returncode != 0
    assert "short.csv: the window of 1 s is longer than the recording (0.6 s)" in result.stderr
    assert read_openface(short).height == 30


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"features": {"window": 0.5}}, "best.safetensors: was trained with window 1.0, this run has 0.5"),
        ({"targets": {"valence": {"delay": 2.0}}}, "best.safetensors: was trained with delay 2.8, this run has 2.0"),
        (
            {"model_files": {"valence": "results/models/arousal/best.safetensors"}},
            "best.safetensors: was trained with target arousal, this run has valence",
        ),
    ],
)
def test_models_that_do_not_fit(
    project: Project, tmp_path: Path, write_openface: Write, change: dict[str, dict[str, object]], expected: str
) -> None:
    """A model is refused where its features, its delay or its target are not this run's."""
    recording = write_openface(frames=300, name="mine.csv")
    rows = [{"recording": "mine", "culture": "german", "partition": "unlabelled", "openface": str(recording)}]
    name = f"misfit-{tmp_path.name.strip('_')}"
    overlay = own(project, name, rows)
    path = project.folder / overlay
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    for key, value in change.items():
        config[key] = {**config.get(key, {}), **value}
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    result = project.snakemake(f"{name}/predictions/valence/german-unlabelled.parquet", overlay=overlay)
    assert result.returncode != 0
    assert expected in result.stderr
    assert "Traceback" not in result.stderr
    assert not (project.folder / name / "predictions").exists() or not any(
        (project.folder / name / "predictions").rglob("*.parquet")
    )
