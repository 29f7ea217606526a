"""Other people's systems: which files are theirs, and their predictions beside labels."""

from onefilter.workflow.step import perform

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from workflow.scripts.align_systems import align_systems

from onefilter.corpus.series import open_series
from onefilter.corpus.systems import find_systems
from onefilter.errors import InputError
from onefilter.settings import System, read_settings

SCORED = ("german-devel", "german-test")
TIME = np.arange(40) / 10
TABLE = pd.DataFrame(
    [(f"{partition}{number}", "german", partition) for partition in ("train", "devel", "test") for number in range(2)],
    columns=["recording", "culture", "partition"],
)


def predict(folder: Path, names: list[str], header: str = "timestamp,valence,arousal") -> None:
    """Write predictions: the time itself, and its negative."""
    folder.mkdir(exist_ok=True)
    for name in names:
        rows = "".join(f"{time:.1f},{time / 4:.6f},{-time / 4:.6f}\n" for time in TIME)
        (folder / f"{name}.csv").write_text(f"{header}\n{rows}")


def find(folder: Path, **told: Any) -> dict[str, Any]:
    """Find one system."""
    return find_systems(
        {"theirs": System(folder=str(folder), **told)}, TABLE, scored=SCORED, targets=["arousal", "pain"]
    )


def test_whole_splits_are_found(tmp_path: Path) -> None:
    """A split may be missing as a whole; what the run does not predict is left."""
    predict(tmp_path / "a", ["test0", "test1", "train0"])
    found = find(tmp_path / "a")["theirs"]
    assert list(found.files) == ["test0", "test1"]
    assert found.targets == ["arousal"]


@pytest.mark.parametrize(
    ("names", "header", "told", "expected"),
    [
        (["test0"], "timestamp,valence,arousal", {}, "holds 1 of the 2 recordings of german-test, not test1; add the"),
        (["train0"], "timestamp,valence,arousal", {}, "holds no recording that is scored; scored are german-"),
        (["test0", "test1", "tset1"], "timestamp,valence,arousal", {},
         r"tset1\.csv: is of no recording of the table \(did you mean 'test1'\?\); call the files"),
        (["test0", "test1"], "timestamp,joy,anger", {},
         r"test0\.csv, row 1: has no target of this run: joy, anger here, arousal, pain there; name the columns"),
        (["test0", "test1"], "timestamp,valence,arousal", {"format": "avec"},
         r"test0\.csv: is written as plain, and its format is said to be avec; say format: plain"),
    ],
)  # fmt: skip
def test_bad_folders(tmp_path: Path, names: list[str], header: str, told: dict[str, str], expected: str) -> None:
    """One line that says which file or recording."""
    predict(tmp_path / "a", names, header)
    with pytest.raises(InputError, match=expected):
        find(tmp_path / "a", **told)
    expected = r"systems\.theirs\.folder: .*nowhere: is no folder; name the folder that holds one CSV per recording"
    with pytest.raises(InputError, match=expected):
        find(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "name", ["seed-1", "ridge", "constant", "adopted", "seed-2-last", "one-filter", "annotators", "post-processed"]
)
def test_names_of_the_runs_own(name: str) -> None:
    """A system cannot be called as a model of the run is, or as what figures and tables show beside it."""
    with pytest.raises(InputError, match=f"systems.{name}: is what this run calls .* its own; choose another name"):
        read_settings({"systems": {name: {"folder": "x"}}})


def align(folder: Path, files: dict[str, dict[str, str]], systems: dict[str, Any]) -> pl.DataFrame:
    """Run the step on one recording with 30 labels."""
    labels = pl.DataFrame({"recording": "test0", "unit": "recording test0", "time": TIME[:30], "arousal": 0.0})
    labels.write_parquet(folder / "labels.parquet")
    given = {
        "labels": [str(folder / "labels.parquet")],
        "files": files,
        "targets": {system: ["arousal"] for system in files},
        "systems": systems,
        "scales": {"arousal": {"written": [-10.0, 10.0], "range": [-1.0, 1.0]}},
        "aligned": str(folder / "aligned.parquet"),
    }
    perform(align_systems, given, log=folder / "log")
    return pl.read_parquet(folder / "aligned.parquet")


def test_time_and_scale(tmp_path: Path) -> None:
    """A system's own delay moves it; numbers of label files are brought to the range, also beyond its ends."""
    predict(tmp_path / "a", ["test0"])
    file = {"test0": str(tmp_path / "a/test0.csv")}
    usual = {"format": None, "scale": "range", "delay": 0.0}
    systems = {"now": usual, "late": usual | {"delay": 0.5}, "scaled": usual | {"scale": "labels"}}
    found = align(tmp_path, dict.fromkeys(systems, file), systems)
    truth = -TIME[:30] / 4
    np.testing.assert_allclose(found["now.arousal"], truth, atol=1e-6)
    np.testing.assert_allclose(found["late.arousal"], [0.0] * 5 + list(truth[:25]), atol=1e-6)
    np.testing.assert_allclose(found["scaled.arousal"], truth / 10, atol=1e-6)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda text: "\n".join(text.splitlines()[:20]), "has 19 predictions for 30 labels: it ends at 1.8 s"),
        (lambda text: text.replace("\n0.3,", "\n0.7,"), "row 5, column timestamp: 0.7 s, where test0 has"),
        (lambda text: text.replace("-0.050000", "31"), "row 4, column arousal: prediction 31 is far outside -10..10"),
        (lambda text: text.replace("-0.050000", "low"), "row 4, column arousal: 'low' is not a finite number"),
    ],
)  # fmt: skip
def test_bad_predictions(
    tmp_path: Path, change: Callable[[str], str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another length, another rate, no number: file, row, column."""
    predict(tmp_path / "a", ["test0"])
    path = tmp_path / "a/test0.csv"
    path.write_text(change(path.read_text()))
    reading = {"format": None, "scale": "labels", "delay": 0.0}
    with pytest.raises(SystemExit):
        align(tmp_path, {"theirs": {"test0": str(path)}}, {"theirs": reading})
    said = capsys.readouterr().err
    assert expected in said
    assert "test0.csv" in said


@pytest.mark.parametrize(
    ("systems", "expected"),
    [
        ({"a": "folder"}, r"systems\.a: 'folder' should be keys and values; known are folder, format, trained_on"),
        (None, "systems: null should be keys and values; write names and what belongs to each"),
        ({"a b": {"folder": "x"}}, "systems: the name 'a b' should be letters a-z and A-Z, digits, hyphens"),
    ],
)
def test_mistakes_in_the_configuration(systems: Any, expected: str) -> None:
    """What is no system says what one is."""
    with pytest.raises(InputError, match=expected):
        read_settings({"systems": systems})


def test_a_file_of_the_challenges_without_a_header(tmp_path: Path) -> None:
    """It has five columns then; with fewer, nobody knows which targets they are."""
    path = tmp_path / "test0.csv"
    path.write_text("'test0';0.0;0.1\n")
    with pytest.raises(InputError, match=r"row 1: has 3 fields and no header: .* AVEC have 5; write a header above"):
        open_series(path)


def test_a_column_that_the_first_recording_lacks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Which targets a system predicts does not follow from which file is looked at first."""
    predict(tmp_path / "a", ["test0"])
    usual = {"format": None, "scale": "range", "delay": 0.0}
    labels = pl.DataFrame({"recording": "test0", "unit": "recording test0", "time": TIME[:30], "arousal": 0.0})
    labels.write_parquet(tmp_path / "labels.parquet")
    given = {
        "labels": [str(tmp_path / "labels.parquet")],
        "files": {"now": {"test0": str(tmp_path / "a/test0.csv")}},
        "targets": {"now": ["arousal"]},
        "systems": {"now": usual},
        "scales": {key: {"written": [-10.0, 10.0], "range": [-1.0, 1.0]} for key in ("arousal", "valence")},
        "aligned": str(tmp_path / "aligned.parquet"),
    }
    with pytest.raises(SystemExit):
        perform(align_systems, given, log=tmp_path / "log")
    assert "test0.csv, row 1: has the column valence, which the first recording's file lacks" in capsys.readouterr().err


@pytest.mark.parametrize("above", ["", "\n", ",,,\n\n", "sep=,\n\n", "sep=,,,\n", '"",""\n'])
@pytest.mark.parametrize("first", ["time,joy\n", "timestamp,joy\n", "name;timestamp;joy\n", ""])
def test_what_is_above_the_header(tmp_path: Path, above: str, first: str) -> None:
    """Empty lines and a line for spreadsheets are passed over, and counted."""
    path = tmp_path / "a.csv"
    rows = ["0,0.5", "0.1,0.25"]
    if first in {"", "name;timestamp;joy\n"}:
        cells = ["0.5", "0.25"] if first else ["0.5;0;0", "0.25;0;0"]
        rows = [f"'a';{time};{own}" for time, own in zip(("0.0", "0.1"), cells, strict=True)]
    path.write_text(above + first + "\n\n".join(rows) + "\n", encoding="utf-8")
    table = open_series(path)
    assert [row for row, _ in table] == [above.count("\n") + bool(first) + row for row in (1, 3)]
    assert table.numbers(("timestamp",) if "timestamp" in table.header else ("time",))[
        "timestamp" if "timestamp" in table.header else "time"
    ] == [0.0, 0.1]
