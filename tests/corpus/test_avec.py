"""SEWA's layout: the twin written in it must come back the same."""

from onefilter.workflow.step import perform

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from workflow.scripts.compute_features import compute_features
from workflow.scripts.simulate_recordings import simulate_recordings

from onefilter.corpus.annotations import read_labels, read_turns
from onefilter.corpus.avec import LABELS, RECORDINGS, TURNS, avec_recordings, in_dyads
from onefilter.corpus.formats.avec import frame_times, read_avec
from onefilter.corpus.formats.openface import read_openface
from onefilter.corpus.recordings import Recording, table_of
from onefilter.corpus.twin import TARGETS
from onefilter.errors import InputError
from onefilter.features.statistics import FEATURES
from onefilter.features.windows import extract
from onefilter.names import SIGNALS
from onefilter.settings import Features, Simulated, TwinSplit
from tests.examples.avec import write_avec

Twin = tuple[Path, Path, Path]


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Twin:
    """One recording of the twin, as long as SEWA's longest: OpenFace file, labels, turns."""
    folder = tmp_path_factory.mktemp("twin")
    splits = dict.fromkeys(Simulated().splits) | {"german-train": TwinSplit(recordings=1, duration=176.8)}
    simulate_recordings(
        affect=folder / "affect.parquet",
        loadings=folder / "planted.tsv",
        table=folder / "recordings.tsv",
        manifest=folder / "manifest.tsv",
        twin=Simulated(splits=splits),
        threads=1,
    )
    frames, labels, turns = (folder / kind / "Train_DE_01.csv" for kind in ("openface", "labels", "turns"))
    return frames, labels, turns


def write(folder: Path, twin: Twin, name: str = "Train_DE_01", *, header: bool = True, like: str | None = None) -> Path:
    """Write the twin's recording in the challenge's layout; give its visual features."""
    frames, labels, turns = twin
    write_avec(folder, name, frames=frames, labels=labels, turns=turns, header=header, like=like)
    return folder / "visual_features" / f"{name}.csv"


@pytest.mark.slow
def test_the_writer_prints_as_numpy_does(tmp_path: Path, twin: Twin) -> None:
    """Quotes, semicolons, `0.`, exponents, and times that are rounded away: what makes this layout hard is there."""
    lines = write(tmp_path, twin).read_text().splitlines()
    assert lines[0].startswith("name;frameTime;confidence;AU01_r;AU02_r;AU04_r")
    assert lines[1].startswith("'Train_DE_01';0.;")
    assert any("e+02" in line for line in lines)
    stamps = np.array([float(line.split(";")[1]) for line in lines[1:]])
    assert (np.diff(stamps) <= 0).sum() > 100, "no time was rounded: nothing is tested"
    label = (tmp_path / "labels/Train_DE_01.csv").read_text().splitlines()[1]
    assert label.startswith("'Train_DE_01';0.00;0.;")


@pytest.mark.slow
@pytest.mark.parametrize("header", [True, False])
def test_same_features_as_from_openface(tmp_path: Path, twin: Twin, header: bool) -> None:
    """Frames, features, labels and turns are the same to the last bit, by either road."""
    path = write(tmp_path, twin, header=header)
    mine, theirs = read_avec(path), read_openface(twin[0])
    assert mine.columns == theirs.columns
    for column in ("timestamp", *SIGNALS):
        np.testing.assert_array_equal(mine[column].to_numpy(), theirs[column].to_numpy(), err_msg=column)
    assert mine["success"].null_count() == mine.height
    turns = read_turns(tmp_path / "turns/Train_DE_01.csv", form=TURNS)
    assert turns.equals(read_turns(twin[2]))
    tables = [extract(frames, turns, Features()).features for frames in (mine, theirs)]
    assert tables[0].equals(tables[1])
    labels = read_labels(tmp_path / "labels/Train_DE_01.csv", TARGETS, form=LABELS)
    assert labels.equals(read_labels(twin[1], TARGETS))


@pytest.mark.slow
def test_frames_without_a_header(tmp_path: Path, twin: Twin) -> None:
    """Headers may be missing everywhere."""
    path = write(tmp_path, twin)
    expected = read_avec(path)
    path.write_text(path.read_text().partition("\n")[2])
    assert read_avec(path).equals(expected)


@pytest.mark.slow
@pytest.mark.parametrize("header", [True, False])
def test_empty_lines_among_frames(tmp_path: Path, twin: Twin, header: bool) -> None:
    """They are passed over, and counted."""
    path = write(tmp_path, twin, header=header)
    expected, text = read_avec(path), path.read_text()
    for above in ("", "\n", ";;\n\n", "sep=;\n\n"):
        path.write_text(above + text.replace("\n", "\n\n;;;\n", 3))
        assert read_avec(path).equals(expected)
        lines = text.split("\n")
        lines[8] = lines[8].replace(lines[8].split(";")[1], "99", 1)
        path.write_text(above + "\n".join(lines).replace("\n", "\n\n;;;\n", 3))
        with pytest.raises(InputError, match=rf"row {15 + above.count(chr(10))}, column frameTime: time is 99"):
            read_avec(path)


@pytest.mark.parametrize("rate", [30000 / 1001, 30, 25, 50])
def test_rounded_times_are_restored(rate: float) -> None:
    """Whatever the frame rate, times rounded to four digits come back as OpenFace prints them."""
    true = np.round(np.arange(int(170 * rate)) / rate, 3)
    digits = np.maximum(3 - np.floor(np.log10(np.maximum(true, 1e-9))), -3)
    printed = np.where(true > 0, np.round(true * 10**digits) / 10**digits, 0.0)
    assert (np.diff(printed) <= 0).any()
    np.testing.assert_array_equal(frame_times(printed, path=Path("x.csv"), rows=range(2, 2 + len(printed))), true)


def test_missing_frames_are_not_counted_over() -> None:
    """A recording that lacks a second is refused at the row where it is missing."""
    true = np.delete(np.round(np.arange(8000) / 50, 3), slice(3000, 3050))
    printed = np.array([float(f"{value:.3e}") for value in true])
    with pytest.raises(InputError, match=r"row 3002, column frameTime: time is 61 s, but frame 3001 .* is at 60 s"):
        frame_times(printed, path=Path("x.csv"), rows=range(2, 2 + len(printed)))


def _set(text: str, row: int, column: int, value: str) -> str:
    lines = text.splitlines()
    fields = lines[row - 1].split(";")
    fields[column] = value
    lines[row - 1] = ";".join(fields)
    return "\n".join(lines) + "\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: _set(text, 7, 3, "6.5"), "row 7, column AU01_r: 6.5 lies outside 0..5"),
        (lambda text: _set(text, 9, 4, "nan"), "row 9, column AU02_r: 'nan' is not a finite number"),
        (lambda text: _set(text, 9, 1, "1e300"), r"row 9, column frameTime: time 1e\+300 s lies outside 0..86400"),
        (lambda text: _set(text, 9, 2, "1.5"), "row 9, column confidence: 1.5 lies outside 0..1"),
        (
            lambda text: _set(text, 5, 0, "'Train_DE_02'"),
            "row 5, column name: the row is of 'Train_DE_02', the file of",
        ),
        (lambda text: text.replace(";", ","), "row 1: begins with 1 fields separated by ';', not with 20"),
        (lambda text: text[:-40], "is cut off: has 1[0-9] fields where the header has 20"),
        (lambda text: text.partition("\n")[0] + "\n", "holds a header and no frames"),
    ],
)
def test_bad_cells_are_named(tmp_path: Path, twin: Twin, change: "object", message: str) -> None:
    """File, row, column, value, remedy."""
    path = write(tmp_path, twin)
    path.write_text(change(path.read_text()))  # type: ignore[operator]
    with pytest.raises(InputError, match=message):
        read_avec(path)


@pytest.mark.slow
def test_bad_labels_count_rows_from_the_file(tmp_path: Path, twin: Twin) -> None:
    """With and without a header, the row is the one an editor shows."""
    for header, row in ((True, 12), (False, 11)):
        write(tmp_path, twin, header=header)
        path = tmp_path / "labels/Train_DE_01.csv"
        path.write_text(_set(path.read_text(), row, 3, "1.5"))
        with pytest.raises(InputError, match=f"row {row}, column valence: label 1.5 lies outside"):
            read_labels(path, TARGETS, form=LABELS)


def folder_of(folder: Path, counts: dict[str, int], *, unlabelled: tuple[str, ...] = ()) -> Path:
    """Make empty files with the challenge's names."""
    for prefix, count in counts.items():
        for number in range(1, count + 1):
            for kind in ("visual_features", "labels", "turns"):
                if kind == "labels" and prefix in unlabelled:
                    continue
                path = folder / kind / f"{prefix}_{number:02d}.csv"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
    return folder


GERMAN = {"Train_DE": 34, "Devel_DE": 14, "Test_DE": 16}
OF_2018 = {**GERMAN, "Test_HU": 66, "Test_CN": 70}
OF_2019 = {**GERMAN, "Train_HU": 34, "Devel_HU": 14, "Test_HU": 18, "Test_CN": 70}


def test_both_splits(tmp_path: Path) -> None:
    """2018 tests on all Hungarians, with either year's files; 2019 divides them."""
    for number, (files, split) in enumerate(((OF_2018, "2018"), (OF_2019, "2018"), (OF_2019, "2019"))):
        found = avec_recordings(folder_of(tmp_path / str(number), files), split=split)  # type: ignore[arg-type]
        table = table_of(found)
        sizes = table.groupby(["culture", "partition"]).size().to_dict()
        assert sizes == RECORDINGS[split]  # type: ignore[index]
        assert table["recording"].is_unique
        assert len(table) == 200


def test_test_recordings_may_be_unlabelled(tmp_path: Path) -> None:
    """The challenges kept test labels back."""
    folder = folder_of(tmp_path, OF_2018, unlabelled=("Test_HU", "Test_CN"))
    table = table_of(avec_recordings(folder, split="2018"))
    sizes = table.groupby(["culture", "partition"]).size()
    assert sizes["hungarian", "unlabelled"] == 66
    assert sizes["german", "test"] == 16
    assert (table.loc[table["partition"] == "unlabelled", "labels"] == "").all()


def test_a_culture_may_be_missing_as_a_whole(tmp_path: Path) -> None:
    """Germans alone are enough."""
    assert len(avec_recordings(folder_of(tmp_path, GERMAN), split="2019")) == 64


@pytest.mark.parametrize(
    ("files", "split", "message"),
    [
        ({}, "2018", "visual_features: holds no CSV; put the challenge's files there"),
        ({**GERMAN, "Train_DE": 33}, "2018", "holds 33 of the 34 german recordings of partition train"),
        ({**OF_2018, "Test_CN": 69}, "2018", "holds 69 of the 70 chinese recordings"),
        (OF_2018, "2019", "named as in 2018, which does not tell the partitions of 2019"),
        ({**OF_2018, "Devel_CN": 3}, "2018", "holds chinese recordings named Devel, which the split of 2018 has not"),
        ({**GERMAN, "Train_FR": 1}, "2018", "Train_FR_01.csv is not named like Train_DE_01.csv"),
    ],
)
def test_incomplete_folders_are_refused(tmp_path: Path, files: dict[str, int], split: str, message: str) -> None:
    """What is missing is said, with what to do."""
    with pytest.raises(InputError, match=message):
        avec_recordings(folder_of(tmp_path, files), split=split)  # type: ignore[arg-type]


def test_missing_turns_and_labels_are_refused(tmp_path: Path) -> None:
    """The 37th feature needs turns, training needs labels."""
    folder = folder_of(tmp_path, GERMAN)
    (folder / "turns/Devel_DE_03.csv").unlink()
    with pytest.raises(InputError, match=r"turns/Devel_DE_03.csv: is missing"):
        avec_recordings(folder, split="2018")
    (folder / "turns/Devel_DE_03.csv").touch()
    (folder / "labels/Train_DE_30.csv").unlink()
    with pytest.raises(InputError, match=r"labels/Train_DE_30.csv: is missing"):
        avec_recordings(folder, split="2018")


def test_the_reader_says_when_a_file_is_missing(tmp_path: Path) -> None:
    """One line."""
    with pytest.raises(InputError, match="cannot be read"):
        read_avec(tmp_path / "Train_DE_09.csv")


@pytest.mark.slow
def test_steps_of_the_pipeline_take_the_layout(tmp_path: Path, twin: Twin) -> None:
    """The step `compute_features` gives the same table from either layout; how many frames failed is unknown."""
    path = write(tmp_path, twin)
    entry = {"recording": "Train_DE_01", "culture": "german", "partition": "unlabelled"}
    tables = []
    for source, frames, turns in (("avec", path, tmp_path / "turns/Train_DE_01.csv"), ("openface", twin[0], twin[2])):
        out = tmp_path / f"{source}.parquet"
        given = {
            "recordings": [entry | {"openface": str(frames), "turns": str(turns), "unit": "person x"}],
            "corpus": source,
            "windows": Features().model_dump(),
            "names": list(FEATURES),
            "features": str(out),
            "tracking": str(tmp_path / f"{source}.tsv"),
        }
        perform(compute_features, given, log=tmp_path / "log")
        tables.append(pl.read_parquet(out))
        log = (tmp_path / "log").read_text()
        assert ("an unknown share of the frames" in log) == (source == "avec")
        share = 100 * tables[-1]["turn"].to_numpy().mean()
        assert f"{share:.1f} % of the time turn" in log
        assert "s are turns (" in log
    assert tables[0].equals(tables[1])


def test_dyads_are_inferred_from_equal_lengths(tmp_path: Path) -> None:
    """Two of a kind are a pair, three are not told apart, and partitions do not mix."""
    frames = {"Train_DE_01": 5, "Train_DE_02": 7, "Train_DE_03": 5, "Train_DE_04": 6, "Train_DE_05": 6,
              "Train_DE_06": 6, "Devel_DE_01": 7}  # fmt: skip
    recordings = []
    for name, count in frames.items():
        path = tmp_path / f"{name}.csv"
        path.write_text("x\n" * count, encoding="utf-8")
        partition = name.partition("_")[0].lower()
        row = {"recording": name, "culture": "german", "partition": partition, "openface": str(path), "labels": "l.csv"}
        recordings.append(Recording.from_row(row))
    found = {recording.recording: recording.dyad for recording in in_dyads(recordings)}
    assert found == dict.fromkeys(frames, "") | dict.fromkeys(("Train_DE_01", "Train_DE_03"), "inferred_german_train_5")
