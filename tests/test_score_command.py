"""`onefilter score`: values computed again with NumPy, planted truths, and what is refused."""

import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from onefilter.commands.score import score_folders
from onefilter.concordance import avec_concordance, moments
from onefilter.errors import InputError

Floats = npt.NDArray[np.float64]
TARGETS = ("arousal", "valence", "liking")
STEPS = {
    **{f"Devel_DE_{number:02}": 50 + number**2 for number in range(1, 8)},
    **{f"Devel_HU_{number:02}": 80 - number**2 for number in range(1, 7)},
}


def write_avec(folder: Path, values: Mapping[str, Floats], *, header: bool = True, quote: str = "'") -> Path:
    """Write recordings [T, 3] as the challenges do."""
    folder.mkdir()
    for name, table in values.items():
        lines = [";".join(["name", "timestamp", *TARGETS])] if header else []
        lines += [f"{quote}{name}{quote};{step / 10:.6f};" + ";".join(map(repr, row.tolist()))
                  for step, row in enumerate(table)]  # fmt: skip
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def write_plain(
    folder: Path, values: Mapping[str, Floats], *, targets: Sequence[str] = ("pain",), clock: str = "time",
    separator: str = ",", step: float = 0.1, begin: float = 0.0,
) -> Path:  # fmt: skip
    """Write recordings [T, targets] with a header of one's own."""
    folder.mkdir()
    for name, table in values.items():
        lines = [separator.join([clock, *targets])]
        lines += [
            separator.join([f"{begin + step * at:.6g}", *map(repr, row.tolist())]) for at, row in enumerate(table)
        ]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def run(labels: Path, *systems: str, out: Path | None = None, table: Path | None = None, only: str = "*",
        delay: Sequence[str] = (), html: Path | None = None) -> None:  # fmt: skip
    """Score as the command does."""
    score_folders(labels, systems, table=table, only=only, delay=delay, html=html, out=out, force=False)


def ccc(predictions: Floats, labels: Floats) -> float:
    """Lin's coefficient from NumPy's covariance matrix."""
    matrix = np.cov(predictions, labels, bias=True)
    return float(2 * matrix[0, 1] / (np.trace(matrix) + (predictions.mean() - labels.mean()) ** 2))


def organisers(labels: Floats, predictions: Floats) -> float:
    """CCC by the challenge's formula: a mean of products over n, variances over n - 1."""
    x, y = labels - labels.mean(), predictions - predictions.mean()
    spread = labels.var(ddof=1) + predictions.var(ddof=1)
    return float(2 * (x * y).mean() / (spread + (labels.mean() - predictions.mean()) ** 2))


@pytest.fixture
def truth() -> dict[str, Floats]:
    """Labels of thirteen recordings of two cultures."""
    rng = np.random.default_rng(3)
    return {name: rng.normal(size=3) * 0.2 + 0.05 * rng.normal(size=(steps, 3)).cumsum(axis=0)
            for name, steps in STEPS.items()}  # fmt: skip


def noisy(truth: Mapping[str, Floats], size: float, *, more: int = 0) -> dict[str, Floats]:
    """Predictions with errors of this size, and so many steps beyond the last label."""
    rng = np.random.default_rng(7)
    return {
        name: np.concatenate([0.8 * values + size * rng.normal(size=values.shape) + 0.02, rng.normal(size=(more, 3))])
        for name, values in truth.items()
    }


@pytest.mark.parametrize(("header", "quote"), [(True, "'"), (False, "'"), (True, '"'), (False, '"'), (True, "")])
def test_the_challenges_numbers(tmp_path: Path, truth: dict[str, Floats], header: bool, quote: str) -> None:
    """Every score of every group is that of NumPy; predictions after the last label are left out."""
    predicted = noisy(truth, 0.1, more=20)
    labels = write_avec(tmp_path / "labels", truth, header=header, quote=quote)
    run(labels, f"mine={write_avec(tmp_path / 'mine', predicted)}", out=tmp_path / "scores.tsv")
    scores = pd.read_csv(tmp_path / "scores.tsv", sep="\t")
    assert scores["target"].unique().tolist() == list(TARGETS)
    for row in scores.to_dict("records"):
        mark = {"german": "DE", "hungarian": "HU", "all": ""}[row["culture"]]
        names = [name for name in truth if mark in name]
        place = TARGETS.index(row["target"])
        own = [(predicted[name][: len(truth[name]), place], truth[name][:, place]) for name in names]
        p, y = (np.concatenate(parts) for parts in zip(*own, strict=True))
        means = [(np.full(len(one), one.mean()), np.full(len(other), other.mean())) for one, other in own]
        mean_p, mean_y = (np.concatenate(parts) for parts in zip(*means, strict=True))
        expected = {
            "recordings": len(names),
            "ccc": ccc(p, y),
            "ccc_after_delay": ccc(p, y),
            "ccc_avec2019": organisers(y, p),
            "ccc_by_recording": np.mean([ccc(*pair) for pair in own]),
            "ccc_within": ccc(p - mean_p, y - mean_y),
            "ccc_between": ccc(mean_p, mean_y),
            "pearson": np.corrcoef(p, y)[0, 1],
            "bias_correction": ccc(p, y) / np.corrcoef(p, y)[0, 1],
            "rmse": np.sqrt(np.mean((p - y) ** 2)),
        }
        assert {name: row[name] for name in expected} == pytest.approx(expected, abs=1e-9)
        assert row["ccc_low"] <= row["ccc"] <= row["ccc_high"]
    assert list(zip(scores["culture"], scores["partition"], strict=True))[:3] == [
        ("german", "devel"), ("hungarian", "devel"), ("all", "devel")
    ]  # fmt: skip
    single = pd.read_csv(tmp_path / "scores-recordings.tsv", sep="\t")
    assert len(single) == 39
    for name, values in truth.items():
        found = single[(single["target"] == "valence") & (single["recording"] == name)]
        assert found["steps"].tolist() == [len(values)]
        assert found["ccc"].item() == pytest.approx(ccc(predicted[name][: len(values), 1], values[:, 1]))


def test_the_organisers_formula_by_hand() -> None:
    """Two steps 0, 1 predicted as 0, 2: 2 (1 / 2) / (1 / 2 + 2 + 1 / 4), and not 2 (1 / 2) / (1 / 4 + 1 + 1 / 4)."""
    sums = moments([0.0, 2.0], [0.0, 1.0])
    assert avec_concordance(sums) == pytest.approx(1 / 2.75)
    assert avec_concordance(moments([3.0, 3.0], [3.0, 3.0])) == 0.0


def test_own_targets_and_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Any name and scale, tabs or commas, timestamp or time; a target that only labels have is left out and said."""
    rng = np.random.default_rng(1)
    truth = {f"p{number}": 16 * rng.random((40, 2)) for number in range(4)}
    labels = write_plain(tmp_path / "labels", truth, targets=("pain", "dominance"), clock="timestamp", separator="\t")
    mine = {name: values[:, :1] for name, values in truth.items()}
    system = write_plain(tmp_path / "mine", mine)
    run(labels, f"my model={system}", html=tmp_path / "scores.html", out=tmp_path / "scores.csv")
    scores = pd.read_csv(tmp_path / "scores.csv")
    assert scores[["target", "culture", "partition", "system", "unit"]].to_numpy().tolist() == [
        ["pain", "all", "all", "my model", "recording"]
    ]
    assert scores["ccc"].tolist() == pytest.approx([1.0])
    printed = capsys.readouterr().out
    assert "my model has no column dominance: not scored." in printed
    assert "AVEC" not in printed
    assert "1.000" in printed
    page = (tmp_path / "scores.html").read_text(encoding="utf-8")
    assert page.count("<h2>") == 2  # Nothing to compare with.
    assert "<td>pain</td><td>all</td><td>my model</td>" in page


def test_the_delay_moves_predictions(tmp_path: Path, truth: dict[str, Floats]) -> None:
    """What annotators mark 0.5 s later is predicted perfectly: 1 after the delay, less with the zeros before."""
    early = {name: np.concatenate([values[5:], np.zeros((5, 3))]) for name, values in truth.items()}
    labels = write_avec(tmp_path / "labels", truth)
    run(labels, f"mine={write_avec(tmp_path / 'mine', early)}", delay=["0.5"], out=tmp_path / "scores.tsv")
    scores = pd.read_csv(tmp_path / "scores.tsv", sep="\t")
    assert scores["ccc_after_delay"].tolist() == pytest.approx([1.0] * 9)
    moved = {name: np.concatenate([np.zeros(5), values[5:, 0]]) for name, values in truth.items()}
    whole = ccc(np.concatenate(list(moved.values())), np.concatenate([values[:, 0] for values in truth.values()]))
    row = scores[(scores["culture"] == "all") & (scores["target"] == "arousal")]
    assert row["ccc"].tolist() == pytest.approx([whole])


def test_delays_of_systems_and_targets(tmp_path: Path, truth: dict[str, Floats]) -> None:
    """The nearest is taken: of a system's target, of a target, of a system, of all."""
    shift = {"arousal": 3, "valence": 5, "liking": 0}
    early = {name: np.stack([np.concatenate([column[late:], np.zeros(late)]) for column, late in
                             zip(values.T, shift.values(), strict=True)], axis=1)
             for name, values in truth.items()}  # fmt: skip
    labels, mine = write_avec(tmp_path / "labels", truth), write_avec(tmp_path / "mine", early)
    given = ["mine:liking=0", "mine=0.3", "valence=0.5", "2"]
    run(labels, f"mine={mine}", f"late={labels}", delay=[*given, "late=0", "late:valence=0"], out=tmp_path / "s.tsv")
    scores = pd.read_csv(tmp_path / "s.tsv", sep="\t")
    assert scores["ccc_after_delay"].tolist() == pytest.approx([1.0] * 18)
    assert (scores["ccc"] < 1 - 1e-9).tolist() == [row["system"] == "mine" and row["target"] != "liking"
                                                   for row in scores.to_dict("records")]  # fmt: skip


def test_units_cultures_and_partitions_of_a_table(tmp_path: Path) -> None:
    """Of two who talk with each other, both are in the unit: intervals are those of half as many."""
    rng = np.random.default_rng(2)
    pairs = {f"{half}{number}": rng.normal(size=(30, 1)) for number in range(10) for half in "ab"}
    for number in range(10):
        pairs[f"b{number}"] = pairs[f"a{number}"]
    labels = write_plain(tmp_path / "labels", pairs)
    errors = {name: rng.normal(size=(30, 1)) * (1 + int(name[1:]) % 3) for name in pairs if name[0] == "a"}
    mine = {name: values + errors[f"a{name[1:]}"] for name, values in pairs.items()}
    system = write_plain(tmp_path / "mine", mine)
    head = "recording\tculture\tpartition\tperson\tdyad\tnotes\n"
    lines = {name: f"{name}\tdanish\ttest\t{name}\td{name[1:]}\tx\n" for name in (*pairs, "without_labels")}
    table = tmp_path / "people.tsv"
    table.write_text(head + "".join(lines.values()), encoding="utf-8")
    half = tmp_path / "half"
    run(labels, f"mine={system}", table=table, out=tmp_path / "dyads.tsv")
    run(labels, f"mine={system}", out=tmp_path / "recordings.tsv")
    write_plain(half, {name: values for name, values in pairs.items() if name[0] == "a"})
    run(half, f"mine={system}", only="a*", out=tmp_path / "half.tsv")
    dyads, recordings, alone = (
        pd.read_csv(tmp_path / f"{name}.tsv", sep="\t").iloc[0] for name in ("dyads", "recordings", "half")
    )
    assert dyads[["culture", "partition", "recordings", "units", "unit"]].tolist() == ["danish", "test", 20, 10, "dyad"]
    assert recordings[["culture", "partition", "units", "unit"]].tolist() == ["all", "all", 20, "recording"]
    assert dyads["ccc"] == pytest.approx(recordings["ccc"])
    wide, narrow = (row["ccc_high"] - row["ccc_low"] for row in (dyads, recordings))
    assert 1.2 < wide / narrow < 1.9  # The square root of 2, and a little for so few.
    assert alone["ccc_high"] - alone["ccc_low"] == pytest.approx(wide, rel=0.1)
    # Two people whose partners nobody knows are units of their own, which is said.
    table.write_text(head + "".join(line.replace("\td9\t", "\t\t") for line in lines.values()), encoding="utf-8")
    run(labels, f"mine={system}", table=table, out=tmp_path / "mixed.tsv")
    mixed = pd.read_csv(tmp_path / "mixed.tsv", sep="\t").iloc[0]
    assert mixed[["units", "unit"]].tolist() == [11, "dyad or person"]


def test_differences_are_paired_and_hold_together(tmp_path: Path, truth: dict[str, Floats]) -> None:
    """A system does not differ from its copy; it does from a much worse one, and the difference is that of scores."""
    folders = {"good": noisy(truth, 0.02), "copy": noisy(truth, 0.02), "bad": noisy(truth, 2.0)}
    systems = [f"{name}={write_avec(tmp_path / name, values)}" for name, values in folders.items()]
    run(write_avec(tmp_path / "labels", truth), *systems, out=tmp_path / "scores.tsv")
    scores = pd.read_csv(tmp_path / "scores.tsv", sep="\t").set_index(["target", "culture", "system"])["ccc"]
    found = pd.read_csv(tmp_path / "scores-differences.tsv", sep="\t")
    assert len(found) == 3 * 3 * 3
    assert set(zip(found["first"], found["second"], strict=True)) == {
        ("good", "copy"),
        ("good", "bad"),
        ("copy", "bad"),
    }
    for row in found.to_dict("records"):
        culture = row["split"].removesuffix("-devel")
        values = [scores[row["target"], culture, row[place]] for place in ("first", "second")]
        assert row["difference"] == pytest.approx(values[0] - values[1])
        assert row["family_low"] <= row["low"] <= row["high"] <= row["family_high"]
        if row["second"] == "copy":
            assert (row["low"], row["high"], row["differs"]) == (0.0, 0.0, 0.0)
        elif culture == "all":
            assert row["differs"] == 1.0


def replaced(name: str, old: str, new: str) -> Callable[[Path], None]:
    """Give a change of one file."""

    def change(folder: Path) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def with_cell(name: str, time: str, cell: str) -> Callable[[Path], None]:
    """Give a change of the only value at a time."""

    def change(folder: Path) -> None:
        lines = (folder / name).read_text(encoding="utf-8").splitlines()
        changed = [f"{time},{cell}" if line.startswith(f"{time},") else line for line in lines]
        assert changed != lines
        (folder / name).write_text("\n".join(changed), encoding="utf-8")

    return change


MISTAKES: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (
        lambda folder: (folder / "b.csv").unlink(),
        "mine: has no predictions of b (3 recordings have labels, 2",
    ),
    "extra": (lambda folder: (folder / "b.csv").rename(folder / "d.csv"), "has no predictions of b"),
    "other": (lambda folder: (folder / "d.csv").write_text("time,pain\n0,1\n"), "labels: has no labels of d"),
    "twice": (lambda folder: (folder / "b.tsv").write_text("time,pain\n0,1\n"), "is a second file of b, beside b.csv"),
    "NaN": (with_cell("b.csv", "0.3", "nan"), "mine/b.csv, row 5, column pain: 'nan' is not a finite number"),
    "empty": (lambda folder: (folder / "a.csv").write_text(""), "mine/a.csv: is empty; it needs"),
    "no rows": (lambda folder: cut(folder / "a.csv", 0), "mine/a.csv: holds a header and no values; correct"),
    "column": (replaced("b.csv", "pain", "pian"), "mine/b.csv, row 1: lacks the column pain, which the first"),
    "targets": (replaced("a.csv", "pain", "pian"), "mine/a.csv, row 1: has no target of a.csv: pian here, pain there"),
    "clock": (replaced("b.csv", "time", "moment"), "mine/b.csv, row 1: lacks the column timestamp"),
    "time": (replaced("b.csv", "\n0.3,", "\n0.36,"), "mine/b.csv, row 5, column time: 0.36 s, where b.csv has a label"),
    "short": (
        lambda folder: cut(folder / "b.csv", 10),
        "mine/b.csv, row 11, column time: has 10 predictions for 20 labels: it ends at 0.9 s, they at 1.9 s",
    ),
    "name": (
        lambda folder: (folder / "b.csv").write_text("name;timestamp;pain\n'b';0;1\n'c';0.1;1\n"),
        "mine/b.csv, row 3, column name: the row is of 'c', the file of 'b'",
    ),
}


def cut(path: Path, rows: int) -> None:
    """Keep the header and so many rows."""
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(lines[: rows + 1]) + "\n", encoding="utf-8")


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Labels and predictions of three recordings."""
    rng = np.random.default_rng(1)
    values = {name: rng.random((20, 1)) for name in "abc"}
    for folder in ("labels", "mine"):
        write_plain(tmp_path / folder, values)
    return tmp_path


def refusal(study: Path, *systems: str, table: Path | None = None, only: str = "*", delay: Sequence[str] = ()) -> str:
    """Give the line by which it is refused."""
    with pytest.raises(InputError) as caught:
        run(study / "labels", *(systems or (f"mine={study / 'mine'}",)), table=table, only=only, delay=delay)
    line = str(caught.value)
    assert "\n" not in line
    assert ";" in line  # What to do.
    return line


@pytest.mark.parametrize("kind", MISTAKES)
def test_mistakes_in_predictions(study: Path, kind: str) -> None:
    """One line with file, row, column, value and remedy."""
    change, expected = MISTAKES[kind]
    change(study / "mine")
    assert expected in refusal(study)


@pytest.mark.parametrize(
    ("step", "begin", "expected"),
    [
        (0.2, 0.0, "row 3, column time: 0.2 s, where a.csv has a label at 0.1 s (predictions step by 0.2 s"),
        (0.04, 0.0, "resample the predictions to the labels' times, one every 0.1 s"),
        (100.0, 0.0, "they look like milliseconds: divide the times by 1000"),
        (0.1, 0.1, "row 2, column time: 0.1 s, where a.csv has a label at 0 s; let time begin as labels do: add -0.1"),
    ],
)  # fmt: skip
def test_other_rates(study: Path, step: float, begin: float, expected: str) -> None:
    """Times agree within half a step or are refused; the likely reason is named."""
    values = {name: np.random.default_rng(1).random((20, 1)) for name in "abc"}
    folder = write_plain(study / "other", values, step=step, begin=begin)
    assert expected in refusal(study, f"other={folder}")


@pytest.mark.parametrize(
    ("step", "delay", "expected"),
    [
        (100.0, "4", "every 100 s (are their times milliseconds? Then divide them by 1000), and a delay of 4 s is"),
        (0.1, "0.033", "every 0.1 s, and a delay of 0.033 s is less than half of that; give a longer --delay"),
    ],
)  # fmt: skip
def test_a_delay_that_moves_nothing(tmp_path: Path, step: float, delay: str, expected: str) -> None:
    """It would be said to have moved predictions."""
    values = {name: np.random.default_rng(1).random((20, 1)) for name in "abc"}
    mine, theirs = (write_plain(tmp_path / name, values, step=step) for name in ("labels", "mine"))
    with pytest.raises(InputError) as refused:
        run(mine, f"mine={theirs}", delay=[delay])
    assert expected in str(refused.value)


def test_times_within_half_a_step_are_read(study: Path) -> None:
    """Stamps of 0.04 s later are the labels' own."""
    values = {name: np.random.default_rng(1).random((20, 1)) for name in "abc"}
    folder = write_plain(study / "late", values, begin=0.04)
    run(study / "labels", f"late={folder}", out=study / "scores.tsv")
    assert (study / "scores.tsv").is_file()


def test_mistakes_in_what_is_asked_for(study: Path) -> None:
    """Names, folders, patterns, the table and the delay."""
    mine = study / "mine"
    assert "is not NAME=FOLDER; write" in refusal(study, str(mine))
    assert "two systems are called 'mine'" in refusal(study, f"mine={mine}", f"mine={mine}")
    assert "nowhere: is no folder" in refusal(study, f"mine={study / 'nowhere'}")
    assert "CSVs, none of which --only x* lets through; change the pattern" in refusal(study, only="x*")
    assert "no delay of pain in 0..20 s; write" in refusal(study, delay=["pain=21"])
    assert "no delay of all predictions in 0..20 s again; write" in refusal(study, delay=["1", "1"])
    assert "--delay pian=… is of no system and no target (did you mean 'pain'?)" in refusal(study, delay=["pian=1"])
    assert "lasts 1.9 s, and predictions are moved by 2 s" in refusal(study, delay=["2"])
    table = study / "people.tsv"
    table.write_text("recording\tperson\na\t1\nb\t2\n", encoding="utf-8")
    assert "people.tsv: lacks recording 'c'; add a row" in refusal(study, table=table)
    table.write_text("recording\tperson\na\t1\nb\t2\na\t2\n", encoding="utf-8")
    assert "row 4, column recording: recording 'a' is listed twice" in refusal(study, table=table)
    table.write_text("recording\tperson\tculture\na\t1\tx\nb\t2\tx\nc\t2\ty\n", encoding="utf-8")
    assert "row 4, column person: person 2 is in two cultures" in refusal(study, table=table)


def test_another_scale_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Percent where labels reach 1, say; predictions that go a little too far are on the same."""
    rng = np.random.default_rng(1)
    felt = {name: rng.uniform(-1, 1, size=(40, 1)) for name in "ab"}
    write_plain(tmp_path / "labels", felt)
    for system, factor in (("near", 2.0), ("percent", 100.0)):
        write_plain(tmp_path / system, {name: factor * values for name, values in felt.items()})
    run(tmp_path / "labels", *(f"{system}={tmp_path / system}" for system in ("near", "percent")))
    said = capsys.readouterr().out
    assert "percent predicts pain up to 9" in said
    assert "on another scale" in said
    assert "near predicts" not in said


def test_moments_that_nobody_rated(tmp_path: Path) -> None:
    """Empty cells of labels are left out at the time that they have; rows that are left out cannot be moved across."""
    rng = np.random.default_rng(1)
    seen = {name: rng.normal(size=(60, 1)).cumsum(axis=0) for name in "ab"}
    felt = {name: np.vstack([np.zeros((20, 1)), values[:-20]]) for name, values in seen.items()}
    write_plain(tmp_path / "mine", seen)
    write_plain(tmp_path / "labels", felt)
    for path in (tmp_path / "labels").iterdir():
        lines = path.read_text().splitlines()
        lines[31:41] = [line.partition(",")[0] + "," for line in lines[31:41]]
        path.write_text("\n".join(lines) + "\n")
    out = tmp_path / "out.tsv"
    run(tmp_path / "labels", f"mine={tmp_path / 'mine'}", delay=["2"], out=out)
    assert pd.read_csv(out, sep="\t")["ccc"].tolist() == [pytest.approx(1)]
    assert pd.read_csv(tmp_path / "out-recordings.tsv", sep="\t")["steps"].tolist() == [50, 50]
    for folder in ("labels", "mine"):
        for path in (tmp_path / folder).iterdir():
            lines = path.read_text().splitlines()
            path.write_text("\n".join(lines[:31] + lines[41:]) + "\n")
    expected = r"a\.csv, row 32, column time: has no label between 2\.9 s and 4 s, .* by 2 s; keep the rows"
    with pytest.raises(InputError, match=expected):
        run(tmp_path / "labels", f"mine={tmp_path / 'mine'}", delay=["2"])
    run(tmp_path / "labels", f"mine={tmp_path / 'mine'}")
    for path in (tmp_path / "labels").iterdir():
        path.write_text(re.sub(r",.*", ",", path.read_text()).replace("time,", "time,pain"))
    with pytest.raises(InputError, match=r"labels/a\.csv, column pain: no moment is rated; leave the recording out"):
        run(tmp_path / "labels", f"mine={tmp_path / 'mine'}")


@pytest.mark.parametrize("folder", ["labels", "mine"])
def test_columns_that_are_there_twice(study: Path, folder: str) -> None:
    """None of them is taken, also of a table of people."""
    table = study / "people.tsv"
    table.write_text("recording\tperson\tperson\na\t1\t2\nb\t2\t2\nc\t3\t3\n", encoding="utf-8")
    assert "people.tsv, row 1: has the column person twice; remove or rename one" in refusal(study, table=table)
    path = study / folder / "a.csv"
    path.write_text(re.sub(r"(?m)^([^,]*),(.*)$", r"\1,\2,\2", path.read_text()))
    assert f"{folder}/a.csv, row 1: has the column pain twice; remove or rename one of them" in refusal(study)


def test_mistakes_in_labels(study: Path) -> None:
    """Labels that never change, go back in time, or are one."""
    for name in "abc":
        (study / "labels" / f"{name}.csv").write_text("time,pain\n0,1\n0.1,1\n", encoding="utf-8")
    assert "labels, column pain: all labels are 1: no concordance is defined" in refusal(study)
    (study / "labels/b.csv").write_text("time,pain\n0,1\n0.1,2\n0.1,1\n", encoding="utf-8")
    assert "labels/b.csv, row 4, column time: time goes from 0.1 s to 0.1 s" in refusal(study)
    (study / "labels/b.csv").write_text("time,pain\n0,1\n", encoding="utf-8")
    assert "labels/b.csv: holds one label" in refusal(study)


def test_nothing_is_written_over(study: Path) -> None:
    """Neither an input nor what is there, unless the user insists."""
    table = study / "scores.tsv"
    table.write_text("mine\n", encoding="utf-8")
    with pytest.raises(InputError, match="exists"):
        run(study / "labels", f"mine={study / 'mine'}", out=table)
    with pytest.raises(InputError, match="is an input too"):
        run(study / "labels", f"mine={study / 'mine'}", out=study / "labels/a.csv")
    assert table.read_text(encoding="utf-8") == "mine\n"
    page = study / "page.html"
    for _ in range(2):
        run(study / "labels", f"mine={study / 'mine'}", html=page)
    page.write_text("<!doctype html><title>my own page</title>", encoding="utf-8")
    with pytest.raises(InputError, match=r"page\.html: exists"):
        run(study / "labels", f"mine={study / 'mine'}", html=page)


@pytest.mark.slow
def test_standard_output_that_cannot_be_written(study: Path) -> None:
    """A full disk is one line."""
    systems = ["--labels", str(study / "labels"), "--predictions", f"mine={study / 'mine'}"]
    with Path("/dev/full").open("w") as full:
        result = subprocess.run([sys.executable, "-m", "onefilter.cli", "score", *systems], stdout=full,
                                stderr=subprocess.PIPE, text=True, check=False)  # fmt: skip
    assert result.returncode == 1
    assert result.stderr == "onefilter: standard output: cannot be written (No space left on device)\n"


@pytest.mark.slow
def test_the_command_line(study: Path) -> None:
    """As it is typed: a table, or one line on standard error."""
    command = [sys.executable, "-m", "onefilter.cli", "score", "--labels", str(study / "labels"), "--predictions"]
    given = [f"mine={study / 'mine'}", "-o", str(study / "s.tsv")]
    done = subprocess.run([*command, *given], capture_output=True, text=True, check=True)
    assert done.stdout.count("mine ") == 1
    assert f"written   {study / 's-recordings.tsv'}" in done.stdout
    wrong = subprocess.run([*command, "mine"], capture_output=True, text=True, check=False)
    assert (wrong.returncode, wrong.stdout, wrong.stderr.count("\n")) == (1, "", 1)


@pytest.mark.parametrize("ending", [".tsv", ".csv"])
def test_its_own_tables_are_written_over(study: Path, ending: str) -> None:
    """As all that onefilter wrote; what somebody wrote into, or beside, is kept."""
    out, system = study / f"out{ending}", f"mine={study / 'mine'}"
    run(study / "labels", system, f"late={study / 'mine'}", out=out)
    written = {path: path.read_text() for path in study.glob(f"out*{ending}")}
    assert len(written) == 3
    run(study / "labels", system, f"late={study / 'mine'}", out=out)
    assert {path: path.read_text() for path in written} == written
    for path, text in written.items():
        for change in (f"{text}my own note\n", f"x{text}"):
            path.write_text(change)
            with pytest.raises(InputError, match=rf"{path.name}: exists, and is not a file that onefilter writes over"):
                run(study / "labels", system, f"late={study / 'mine'}", out=out)
        path.write_text(text)
