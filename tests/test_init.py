"""A study begun from a folder: what is recognised, paired, divided, left out, and whether a run takes it."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from onefilter.commands.init import begin_study
from onefilter.corpus.annotations import Scale
from onefilter.corpus.annotators import sources_of
from onefilter.corpus.folder import Study, look_at
from onefilter.corpus.own import read_recordings
from onefilter.errors import InputError
from onefilter.workflow.plan import make_plan
from tests.examples.configuration import default, merged
from tests.examples.openface import Write

SECONDS = 4


def labels(path: Path, header: str = "timestamp,dominance,pain", *, seed: int = 1, top: float = 1.0) -> Path:
    """Write labels at 10 Hz, as long as the videos here; the last column goes up to `top`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count = len(header.split(","))
    rows = [header]
    for place in range(SECONDS * 10):
        value = top * ((place * 7 + seed) % 10) / 9
        rows.append(",".join([f"{place / 10:.1f}", *["0.1" if place % 2 else "-0.2"] * (count - 2), f"{value:.3f}"]))
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path, write_openface: Write, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Six recordings of three people, named in all the ways that are understood; the folder is where we are."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    place = Path("data/ward")
    places = {
        "p01_s1": "p01_s1.csv", "p01_s2": "p01_s2_openface.csv", "p02_s1": "openface/p02_s1.csv",
        "p02_s2": "processed/p02_s2.csv", "p03_s1": "p03_s1/openface.csv", "p03_s2": "p03_s2.csv",
    }  # fmt: skip
    for seed, path in enumerate(places.values()):
        written = write_openface(frames=SECONDS * 50, seed=seed)
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.move(written, place / path)
    labels(place / "p01_s1_labels.csv", seed=1)
    labels(place / "labels/p01_s2.csv", seed=2)
    labels(place / "annotations/p02_s1.csv", seed=3)
    labels(place / "p02_s2-ratings.csv", seed=4)
    labels(place / "p03_s1/labels.csv", seed=5)
    (place / "turns").mkdir()
    (place / "turns/p01_s1.csv").write_text("begin,end\n0.5,2\n", encoding="utf-8")
    (place / "p03_s1/turns.csv").write_text("begin,end\n1,2\n", encoding="utf-8")
    return place


def look(folder: Path, **scales: Scale) -> Study:
    """Look at the folder."""
    return look_at(folder, culture="danish", scales=scales, seed=1)


def test_names_that_belong_together(folder: Path) -> None:
    """Every way to name labels and turns is understood; who has none has none."""
    study = look(folder)
    found = {
        each.recording: (Path(each.openface).name, each.labels and str(Path(each.labels).relative_to(folder)),
                         each.turns and str(Path(each.turns).relative_to(folder)))
        for each in study.recordings
    }  # fmt: skip
    assert found == {
        "p01_s1": ("p01_s1.csv", "p01_s1_labels.csv", "turns/p01_s1.csv"),
        "p01_s2": ("p01_s2_openface.csv", "labels/p01_s2.csv", ""),
        "p02_s1": ("p02_s1.csv", "annotations/p02_s1.csv", ""),
        "p02_s2": ("p02_s2.csv", "p02_s2-ratings.csv", ""),
        "p03_s1": ("openface.csv", "p03_s1/labels.csv", "p03_s1/turns.csv"),
        "p03_s2": ("p03_s2.csv", "", ""),
    }
    assert study.targets == ["dominance", "pain"]
    assert study.remarks == []


def test_people_are_in_one_partition(folder: Path) -> None:
    """The names tell people: each is in one partition, all partitions are there, and it is drawn the same again."""
    study = look(folder)
    assert study.told_by == "person"
    people: dict[str, set[str]] = {}
    for each in study.recordings:
        people.setdefault(each.recording[:3], set()).add(each.partition)
    assert people["p03"] - {"unlabelled"} == {next(iter(people["p03"] - {"unlabelled"}))}
    assert [len(people[name]) for name in ("p01", "p02")] == [1, 1]
    assert set().union(*people.values()) == {"train", "devel", "test", "unlabelled"}
    assert look(folder).recordings == study.recordings


def test_what_is_written_runs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The table and the overlay make a plan; the terminal ends with the command; a second time needs --force."""
    begin_study(folder, table=None, overlay=None, culture="danish", scales=[], force=False)
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "6 recordings, 5 with labels (dominance, pain), 2 with turns"
    assert said[-1].endswith("snakemake --configfile config/ward.yaml --cores all")
    overlay = yaml.safe_load(Path("config/ward.yaml").read_text(encoding="utf-8"))
    plan = make_plan(merged(overlay, default()))
    assert plan.targets == ["dominance", "pain"]
    assert plan.trained
    assert set(plan.splits) == {f"danish-{part}" for part in ("train", "devel", "test", "unlabelled")}
    assert plan.chosen("ladder") == plan.chosen("transfer") == ["dominance"]
    table = Path("config/ward.tsv").read_text(encoding="utf-8")
    assert "# partition: A PROPOSAL" in table
    assert "The names seem to tell each person: p01, p02, p03." in table
    assert read_recordings(Path("config/ward.tsv"), cultures=["danish"])["person"].eq("").all()
    with pytest.raises(InputError, match=r"ward\.tsv: exists, and is not a file .*; give another name, or --force"):
        begin_study(folder, table=None, overlay=None, culture="danish", scales=[], force=False)
    assert Path("config/ward.tsv").read_text(encoding="utf-8") == table
    begin_study(folder, table=None, overlay=None, culture="danish", scales=[], force=True)
    assert Path("config/ward.tsv").read_text(encoding="utf-8") == table


def test_without_labels_the_last_models_are_applied(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All are unlabelled, the overlay names the models of the last run, and `make reproduce` comes first."""
    for path in [*folder.rglob("*labels*"), folder / "annotations", folder / "p02_s2-ratings.csv"]:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    begin_study(folder, table=Path("mine.tsv"), overlay=Path("my.yaml"), culture="own", scales=[], force=False)
    said = capsys.readouterr().out.splitlines()
    assert said[-2].strip().startswith("make reproduce")
    overlay = yaml.safe_load(Path("my.yaml").read_text(encoding="utf-8"))
    for path in overlay["model_files"].values():
        Path(path).parent.mkdir(parents=True)
        Path(path).touch()
    plan = make_plan(merged(overlay, default()))
    assert plan.splits == ["own-unlabelled"]
    assert plan.targets == ["arousal", "valence", "liking"]


def test_what_is_left_out_is_said(folder: Path, write_openface: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """Copies, several faces, files that cannot be read or paired: a line each in the table, and the rest is there."""

    def two_faces(columns: list[str], table: list[list[str]]) -> None:
        for row in table[::2]:
            row[columns.index("face_id")] = "1"

    def no_face(columns: list[str], table: list[list[str]]) -> None:
        for row in table:
            row[columns.index("success")] = "0"

    shutil.copy(folder / "p01_s1.csv", folder / "p01_s1 copy.csv")
    shutil.move(write_openface(two_faces, frames=200, seed=50), folder / "p07.csv")
    (folder / "empty.csv").write_text("")
    (folder / "notes.csv").write_text("who,when\nanna,now\n")
    (folder / "blob.csv").write_bytes(b"\x89HDF\r\n")
    (folder / "feat.csv").write_text("FaceRectX,AU01,AU11,happiness\n1,2,3,4\n")
    (folder / "{x}.csv").write_text("a,b\n")
    (folder / "comma.csv").write_text("timestamp;pain\n0,0;0,5\n0,1;0,4\n")
    (folder / "comma2.csv").write_text("timestamp;pain\n0.0;0,5\n0.1;0,4\n")
    (folder / "commas.csv").write_text(",,\n;;\n")
    (folder / "hint.csv").write_text("sep=;\ntimestamp;pain\n0.0;0,5\n")
    (folder / "head.csv").write_text("timestamp,pain\n")
    (folder / "quote.csv").write_text('timestamp,"pain\n0,0.5\n')
    shutil.move(write_openface(no_face, frames=200, seed=51), folder / "p08.csv")
    shutil.move(write_openface(frames=30, seed=52), folder / "short.csv")
    labels(folder / "labels/p09.csv", seed=6)
    labels(folder / "labels/p01_s1.csv", seed=7)  # a second one, beside p01_s1_labels.csv
    labels(folder / "p03_s2_labels.csv", "timestamp,dominance,pain", seed=9, top=3)
    begin_study(folder, table=None, overlay=None, culture="own", scales=[], force=False)
    comments = [line for line in Path("config/ward.tsv").read_text(encoding="utf-8").splitlines() if line[0] == "#"]
    for part in (
        "p01_s1 copy.csv: is a copy of data/ward/p01_s1.csv", "p07.csv, row 3, column face_id: shows 2 faces",
        "empty.csv: is empty", "notes.csv: is none of OpenFace's files", "blob.csv: is an HDF5 file",
        "feat.csv, row 1: is the output of py-feat", "{x}.csv: has braces in it",
        "commas.csv: is empty", "hint.csv, row 3, column pain: '0,5' is not a finite number",
        "comma.csv, row 2, column timestamp: '0,0' is not a finite number; write decimal points",
        "comma2.csv, row 2, column pain: '0,5' is not a finite number; write decimal points",
        "head.csv: holds a header and no labels",
        "quote.csv: a quote", "p08.csv: shows no face", "short.csv: ends at 0.58 s, within the first window of 1 s",
        "not paired: data/ward/labels/p09.csv: no recording is called 'p09'",
        "p01_s1_labels.csv: has the same name as data/ward/labels/p01_s1.csv",
        "p03_s2 is unlabelled: data/ward/p03_s2_labels.csv, row",
    ):  # fmt: skip
        assert [line for line in comments if part in line], part
    table = read_recordings(Path("config/ward.tsv"), cultures=["own"]).set_index("recording")
    assert list(table.index) == ["p01_s1", "p01_s2", "p02_s1", "p02_s2", "p03_s1", "p03_s2"]
    assert table.at["p03_s2", "partition"] == "unlabelled"
    assert "by --scale TARGET=LOW..HIGH" in capsys.readouterr().out


def test_labels_on_another_scale(folder: Path) -> None:
    """Nothing is guessed: labels up to 16 are left out until the scale is given, which the overlay then says."""
    for place, path in enumerate(sorted(folder.rglob("*labels.csv"))):
        labels(path, seed=place, top=16)
    assert len([remark for remark in look(folder).remarks if "`targets.pain.scale: [0, 16]`" in remark]) == 2
    begin_study(folder, table=None, overlay=None, culture="own", scales=["pain=0..16"], force=False)
    overlay = yaml.safe_load(Path("config/ward.yaml").read_text(encoding="utf-8"))
    assert overlay["targets"]["pain"] == {"delay": 2.5, "scale": [0, 16]}
    assert make_plan(merged(overlay, default())).scales["pain"] == {"written": [0.0, 16.0], "range": [-1.0, 1.0]}


def test_files_as_spreadsheets_save_them(folder: Path) -> None:
    """UTF-16, semicolons and a first line that names the separator: what is read is recognised, too."""
    text = (folder / "p01_s1_labels.csv").read_text(encoding="utf-8")
    (folder / "p01_s1_labels.csv").write_text("sep=;\n" + text.replace(",", ";"), encoding="utf-8")
    turns = folder / "turns/p01_s1.csv"
    turns.write_text(turns.read_text(encoding="utf-8").replace(",", "\t"), encoding="utf-16")
    study = look(folder)
    first = study.recordings[0]
    assert (first.recording, Path(first.labels).name, Path(first.turns).name) == (
        "p01_s1", "p01_s1_labels.csv", "p01_s1.csv",
    )  # fmt: skip
    assert study.remarks == []


def test_recordings_of_one_name_in_two_folders(tmp_path: Path, write_openface: Write) -> None:
    """They get the folder's name before theirs, and the labels of their own folder."""
    for seed, day in enumerate(("monday", "tuesday")):
        (tmp_path / "x" / day).mkdir(parents=True)
        shutil.move(write_openface(frames=SECONDS * 50, seed=seed), tmp_path / "x" / day / "anna.csv")
        labels(tmp_path / "x" / day / "anna_labels.csv", seed=seed)
    study = look(tmp_path / "x")
    assert [(each.recording, Path(each.labels).parent.name) for each in study.recordings] == [
        ("monday_anna", "monday"), ("tuesday_anna", "tuesday"),
    ]  # fmt: skip
    assert {each.partition for each in study.recordings} == {"train", "devel"}
    assert study.told_by == "recording"


@pytest.mark.parametrize("name", ["p01_s1.csv", "labels/p01_s2.csv", "turns/p01_s1.csv", "notes.csv", "link.csv"])
def test_what_is_looked_at_is_not_written(folder: Path, name: str) -> None:
    """Neither as a table nor as an overlay, whether it belongs to the study or not; a table of its own may be."""
    (folder / "notes.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    (folder / "link.csv").symlink_to(folder.resolve() / "labels/p01_s2.csv")
    files = {path: path.read_bytes() for path in folder.rglob("*.csv")}
    given: dict[str, Any] = {"culture": "own", "scales": [], "force": True}
    for table, overlay in ((folder / name, None), (Path("config/x.tsv"), folder / name)):
        with pytest.raises(InputError, match=rf"{name}: is an input too; write to another file"):
            begin_study(folder, table=table, overlay=overlay, **given)
    assert {path: path.read_bytes() for path in folder.rglob("*.csv")} == files
    (folder / "link.csv").unlink()
    for _ in range(2):
        begin_study(folder, table=folder / "table.csv", overlay=Path("config/x.yaml"), **given)


@pytest.mark.parametrize("above", [",,,\n", '"",""\r\n', "\n", "sep=,\n\n", ";;\n\n"])
def test_what_is_above_and_in_the_first_row(folder: Path, above: str) -> None:
    """Rows of empty cells above the header, and quoted cells of several lines below it, leave nothing out."""
    plain = look(folder)
    for path in folder.rglob("*.csv"):
        text = path.read_text(encoding="utf-8")
        if "begin" not in text and "AU01" not in text:
            first, *rows = text.splitlines()
            text = "\n".join([f"{first},note", *(f'{row},"a\nb"' for row in rows), ""])
        path.write_text(above + text, encoding="utf-8")
    study = look(folder)
    assert (study.recordings, study.targets) == (plain.recordings, plain.targets)
    assert study.remarks == plain.remarks


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"culture": "danish 2"}, r"--culture: 'danish 2' should be letters"),
        ({"scales": ["pain=16"]}, r"--scale: 'pain=16' is no scale; write a target"),
        ({"scales": ["pain=9..1"]}, r"--scale: 'pain=9\.\.1' is no scale"),
        ({"scales": ["joy=0..1"]}, r"--scale: 'joy' is not labelled; the labels have dominance, pain"),
        ({"folder": Path("nowhere")}, r"nowhere: is no folder"),
        (
            {"folder": Path("config")},
            r"config: holds no OpenFace file and no video that can be used; it needs files ending",
        ),
        ({"table": Path("data/ward/p01_s1.csv")}, r"p01_s1\.csv: is an input too; write to another file"),
    ],
)
def test_mistakes(folder: Path, change: dict[str, object], expected: str) -> None:
    """One line, and nothing is written."""
    given: dict[str, object] = {"table": None, "overlay": None, "culture": "own", "scales": [], "force": False}
    with pytest.raises(InputError, match=expected):
        begin_study(**({"folder": folder} | given | change))  # type: ignore[arg-type]
    assert not list(Path("config").iterdir())


def test_annotators_are_paired(folder: Path) -> None:
    """Files of several annotators have one name in the table; those that are at fault are left out with a line."""
    for number, path in enumerate(("p03_s2_rater1.csv", "p03_s2_rater2.csv"), start=1):
        labels(folder / path, top=number / 10)
    (folder / "labels/p01_s2.csv").unlink()
    for number, who in enumerate(("coder_A", "coder_B"), start=3):
        labels(folder / who / "p01_s2.csv", top=number / 10)
    (folder / "p02_s2-ratings.csv").unlink()
    late = labels(folder / "p02_s2_annotator1.csv", top=0.6)
    late.write_text(late.read_text().replace("\n0.1,", "\n1000.1,"))
    found = look(folder)
    cells = {each.recording: each.annotations for each in found.recordings}
    assert cells["p03_s2"] == "data/ward/p03_s2_rater<annotator>.csv"
    assert cells["p01_s2"] == "data/ward/coder_<annotator>/p01_s2.csv"
    assert cells["p02_s2"] == cells["p01_s1"] == ""
    partitions = {each.recording: each.partition for each in found.recordings}
    assert partitions["p02_s2"] == "unlabelled"
    assert "unlabelled" not in (partitions["p03_s2"], partitions["p01_s2"])
    (remark,) = [each for each in found.remarks if "without annotators" in each]
    assert "column timestamp: time goes from 1000.1 back to 0.2" in remark


def test_annotators_have_no_files_of_others(folder: Path, write_openface: Write) -> None:
    """Of a recording with a longer name, OpenFace, finished labels; nor is every folder of such a name a rater's."""
    study = Path("data/raters/coder1")
    for number, name in enumerate(("a", "a_2")):
        (study / "openface").mkdir(parents=True, exist_ok=True)
        shutil.move(write_openface(frames=SECONDS * 50, seed=30 + number), study / f"openface/{name}.csv")
    labels(study / "labels/a.csv", top=0.9)
    for who in "12":
        labels(study / f"rater{who}/a.csv", top=int(who) / 10)
        labels(study / f"notes/a_2_coder-{who}.csv", top=0.3 + int(who) / 10)
    found = look(study)
    cells = {each.recording: each.annotations for each in found.recordings}
    assert cells == {
        "a": "data/raters/coder1/rater<annotator>/a.csv",
        "a_2": "data/raters/coder1/notes/a_2_coder-<annotator>.csv",
    }
    for cell in cells.values():
        assert [source.annotator for source in sources_of(cell, found.targets)] == ["1", "2"]
    labels(study / "notes/a_2_coder-anna_b.csv", top=0.7)
    again = look(study)
    assert [each.annotations for each in again.recordings] == [cells["a"], ""]
    assert any("a_2_coder-anna_b.csv: " in each and "would stand for it, too" in each for each in again.remarks)


def test_names_that_yaml_reads_as_something_else(folder: Path) -> None:
    """A target may be called no; the overlay that is written can be read."""
    for path in [*folder.rglob("*label*"), *folder.rglob("*rating*")]:
        if path.is_file():
            labels(path, header="timestamp,no,on", seed=len(path.name), top=0.01 * len(str(path)))
    begin_study(folder, table=None, overlay=None, culture="own", scales=[], force=False)
    targets = yaml.safe_load(Path("config/ward.yaml").read_text(encoding="utf-8"))["targets"]
    assert {target for target, entry in targets.items() if entry} == {"no", "on"}


def test_one_column_per_annotator(folder: Path, write_openface: Write) -> None:
    """Targets are what the columns have in common; one such column alone is a label with an odd name."""
    study = Path("data/wide")
    (study / "annotators").mkdir(parents=True)
    for number, name in enumerate("ab"):
        shutil.move(write_openface(frames=SECONDS * 50, seed=50 + number), study / f"{name}.csv")
    labels(study / "annotators/a.csv", header="timestamp,pain_A1,pain_A2,joy_A1,joy_A2", top=0.4)
    labels(study / "annotators/b.csv", header="timestamp,pain_A1", top=0.5)
    found = look(study)
    assert found.targets == ["pain", "joy"]
    assert [each.annotations for each in found.recordings] == ["data/wide/annotators/a.csv", ""]


def test_times_in_milliseconds(folder: Path, write_openface: Write) -> None:
    """Of annotators, where the column says so; finished labels have seconds."""
    study = Path("data/ms")
    study.mkdir(parents=True)
    shutil.move(write_openface(frames=SECONDS * 50, seed=40), study / "a.csv")
    for who in "12":
        path = labels(study / f"a_rater{who}.csv", top=int(who) / 10)
        header, *rows = path.read_text().replace("timestamp", "timestamp_ms").splitlines()
        rows = [f"{1000 * float(row.partition(',')[0]):.0f},{row.partition(',')[2]}" for row in rows]
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    (study / "b_labels.csv").write_text("timestamp_ms,pain\n0,1\n", encoding="utf-8")
    found = look(study)
    assert [each.annotations for each in found.recordings] == ["data/ms/a_rater<annotator>.csv"]
    assert found.targets == ["dominance", "pain"]
    assert any("b_labels.csv: is none of OpenFace's files" in each for each in found.remarks)


def test_videos(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A video is a recording where OpenFace has not gone through it; it has labels and turns as others do."""
    for name in ("p04_s1.mp4", "videos/p05_s1.MOV", "p01_s1.avi"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(f"video {name}".encode())
    (folder / "p04_s1_again.mp4").write_bytes((folder / "p04_s1.mp4").read_bytes())
    labels(folder / "p04_s1_labels.csv", seed=7)
    (folder / "turns/p05_s1.csv").write_text("begin,end\n1,2\n", encoding="utf-8")
    found = {each.recording: each for each in look(folder).recordings}
    assert Path(found["p01_s1"].openface).name == "p01_s1.csv"
    assert not found["p01_s1"].video
    assert Path(found["p04_s1"].video).name == "p04_s1.mp4"
    assert Path(found["p04_s1"].labels).name == "p04_s1_labels.csv"
    assert Path(found["p05_s1"].video).name == "p05_s1.MOV"
    assert found["p05_s1"].turns
    assert found["p05_s1"].openface == ""
    begin_study(folder, table=None, overlay=None, culture="danish", scales=[], force=False)
    said = capsys.readouterr().out
    assert "p04_s1_again.mp4: is a copy of" in said
    assert said.startswith("8 recordings, 2 of them videos on which OpenFace is still to be started, 6 with labels")
    assert said.index("install OpenFace 2.2") < said.index("wrote config/ward.tsv")
    assert "  openface: {program: FeatureExtraction}" in Path("config/ward.yaml").read_text(encoding="utf-8")
    plan = make_plan(merged(yaml.safe_load(Path("config/ward.yaml").read_text(encoding="utf-8")), default()))
    assert set(plan.videos) == {"p04_s1", "p05_s1"}
    with pytest.raises(InputError, match=r"ward\.tsv: recording p01_s1 has no video, .*; fill in the column video"):
        plan.video_of("p01_s1")
    assert plan.unseen == [str(folder / "p04_s1.mp4"), str(folder / "videos/p05_s1.MOV")]
