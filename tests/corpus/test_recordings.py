"""The recordings table."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onefilter.corpus.layouts import LAYOUTS
from onefilter.corpus.own import read_recordings
from onefilter.corpus.recordings import COLUMNS, REQUIRED, Recording, table_of
from onefilter.corpus.twin import LONGEST, SHORTEST, TwinRecording, durations, simulated_recordings
from onefilter.errors import InputError
from onefilter.settings import Corpus, Simulated, TwinSplit

CULTURES = ["german", "hungarian"]
HEADER = "recording\tculture\tpartition\topenface\tlabels"


def read(tmp_path: Path, *lines: str, header: str = HEADER) -> list[dict[str, str]]:
    """Write and read a table."""
    path = tmp_path / "recordings.tsv"
    path.write_text("\n".join(["# a comment", header, "", *lines]) + "\n", encoding="utf-8")
    return [{str(key): str(value) for key, value in row.items()} for row in
            read_recordings(path, cultures=CULTURES).to_dict("records")]  # fmt: skip


def test_reads_a_table(tmp_path: Path) -> None:
    """Columns that are not there are empty; comments and blank lines do not count."""
    rows = read(tmp_path, "a\tgerman\ttrain\ta.csv\tl.csv", "# another", "b\thungarian\tunlabelled\tb.csv\t")
    assert [row["recording"] for row in rows] == ["a", "b"]
    assert rows[1] == {"recording": "b", "culture": "hungarian", "partition": "unlabelled", "openface": "b.csv",
                       "turns": "", "annotations": "", "labels": "", "fps": "", "face": "", "speaker": "", "person": "",
                       "dyad": "", "format": "", "video": ""}  # fmt: skip


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "a\tgermn\ttrain\ta.csv\tl.csv",
            r"row 5, column culture: unknown culture 'germn' \(did you mean 'german'\?\)",
        ),
        (
            "a\tgerman\tdev\ta.csv\tl.csv",
            r"row 5, column partition: unknown partition 'dev' \(did you mean 'devel'\?\)",
        ),
        ("a\t\ttrain\ta.csv\tl.csv", r"row 5, column culture: is empty; fill it in"),
        ("x\tgerman\ttrain\ta.csv\tl.csv", r"row 5, column recording: recording 'x' is listed twice"),
        (
            "y\tgerman\ttrain\t{culture}.csv\tl.csv",
            r"row 5, column openface: '\{culture\}\.csv' has braces in it, which",
        ),
        (
            "y\tgerman\ttrain\ta.csv\t~/l.csv",
            r"row 5, column labels: '~/l\.csv' begins with ~, which stands for no fol",
        ),
        (
            "y\tgerman\ttrain\ta\x1b[2J.csv\tl.csv",
            r"row 5, column openface: 'a\\x1b\[2J\.csv' has characters in it that",
        ),
        ("y\tgerman\ttrain\t" + "a" * 5000 + "\tl.csv", r"row 5, column openface: 'a+…' is no path: it is longer than"),
        ("a\tgerman\ttrain\t\tl.csv", r"row 5, column video: there is neither openface nor video"),
        ("a\tgerman\ttrain\ta.csv\t", r"row 5, column labels: partition train needs labels"),
        (
            "X\tgerman\ttrain\ta.csv\tl.csv",
            r"row 5, column recording: recording 'X' differs from 'x' in capitals only; give every recording a name",
        ),
        (".\tgerman\ttrain\ta.csv\tl.csv", r"row 5, column recording: '\.' is a folder's name"),
        ("..\tgerman\ttrain\ta.csv\tl.csv", r"row 5, column recording: '\.\.' is a folder's name"),
        ("a/b\tgerman\ttrain\ta.csv\tl.csv", r"row 5, column recording: 'a/b' is not a name of your own"),
        ("a\tgerman\ttrain\ta.csv", r"row 5: has 4 fields where the header has 5; separate fields by one tab"),
    ],
)
def test_names_mistakes(tmp_path: Path, line: str, expected: str) -> None:
    """The row, counted as an editor does, the column and the nearest known word."""
    with pytest.raises(InputError, match=expected):
        read(tmp_path, "x\tgerman\ttrain\tx.csv\tl.csv", line)


NUMBERS = {
    "fps": "frame rate; write frames per second as a number in 4..250, or leave it empty$",
    "face": r"face_id; write a whole number \(0, 1, …\), or leave it empty$",
}


@pytest.mark.parametrize(
    ("name", "value"),
    [*(("fps", cell) for cell in ("fast", "-1", "nan", "0", "30,0", "3.9", "251", "1e9")), ("face", "1.5")],
)
def test_numbers(tmp_path: Path, name: str, value: str) -> None:
    """Frame rate and face are numbers or empty."""
    header = f"recording\tculture\tpartition\topenface\t{name}"
    with pytest.raises(InputError, match=f"row 4, column {name}: '{value}' is not a {NUMBERS[name]}"):
        read(tmp_path, f"a\tgerman\tunlabelled\ta.csv\t{value}", header=header)


def test_headers(tmp_path: Path) -> None:
    """Columns are known, and some are needed."""
    with pytest.raises(InputError, match=r"unknown column 'label' \(did you mean 'labels'\?\)"):
        read(tmp_path, header="recording\tculture\tpartition\topenface\tlabel")
    with pytest.raises(InputError, match="lacks the column partition"):
        read(tmp_path, header="recording\tculture\topenface")
    with pytest.raises(InputError, match="row 2: has the column openface twice; remove or rename one of them"):
        read(tmp_path, header="recording\tculture\tpartition\topenface\topenface")
    with pytest.raises(InputError, match="lists no recording"):
        read(tmp_path)


def test_files(tmp_path: Path) -> None:
    """A table that is not there, empty, or no text."""
    path = tmp_path / "recordings.tsv"
    with pytest.raises(InputError, match="cannot be read"):
        read_recordings(path, cultures=CULTURES)
    path.write_bytes(b"")
    with pytest.raises(InputError, match="is empty"):
        read_recordings(path, cultures=CULTURES)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="is damaged UTF-16 text"):
        read_recordings(path, cultures=CULTURES)


@given(recordings=st.integers(1, 80), share=st.floats(0, 1), seed=st.integers(0, 2**32 - 1))
def test_durations_add_up(recordings: int, share: float, seed: int) -> None:
    """Whatever the total, it is dealt out to a tenth of a second, within the bounds."""
    total = round(recordings * (SHORTEST + share * (LONGEST - SHORTEST)), 1)
    lengths = durations(recordings, total, seed=seed, split="german-train")
    assert len(lengths) == recordings
    assert round(float(lengths.sum()), 6) == total
    assert lengths.min() >= SHORTEST
    assert lengths.max() <= LONGEST


def test_durations_that_do_not_fit() -> None:
    """Too much or too little for so many recordings."""
    for total in (5.0, 1000.0):
        with pytest.raises(ValueError, match="do not fit"):
            durations(2, total, seed=1, split="x")


def twin(sizes: Mapping[str, tuple[int, float] | None]) -> Simulated:
    """Give a twin's settings: number and duration of recordings per split."""
    splits = {
        split: None if size is None else TwinSplit(recordings=size[0], duration=size[1])
        for split, size in sizes.items()
    }
    return Simulated(seed=1, splits=splits)


def test_a_split_that_does_not_fit() -> None:
    """The configuration's key is named."""
    with pytest.raises(InputError, match=r"corpus\.simulated\.splits\.german-test: 5 s do not fit into 2 recordings"):
        simulated_recordings(twin({"german-test": (2, 5)}), folder=Path("f"))


def test_the_twins_table() -> None:
    """Counts and totals are the draft's; names are SEWA's."""
    sizes = {"german-train": (34, 5592), "german-devel": None, "chinese-test": (70, 12046)}
    table = table_of(simulated_recordings(twin(sizes), folder=Path("f")))
    assert tuple(table.columns) == (*COLUMNS, "duration", "side")
    assert table.groupby("culture", sort=False)["duration"].sum().round(6).to_dict() == {
        "german": 5592,
        "chinese": 12046,
    }
    assert table["recording"].iloc[0] == "Train_DE_01"
    assert table["recording"].iloc[-1] == "Test_CN_70"
    assert table["duration"].max() == LONGEST
    assert table["openface"].iloc[0] == "f/openface/Train_DE_01.csv"


def test_rows_are_recordings() -> None:
    """A row comes back as the same recording; names stay text, what is empty is missing."""
    row = dict.fromkeys(COLUMNS, "") | {
        "recording": "001", "culture": "german", "partition": "unlabelled", "openface": "a.csv",
        "fps": "29.970", "face": "2",
    }  # fmt: skip
    recording = Recording.from_row(row)
    assert (recording.recording, recording.fps, recording.face, recording.turns) == ("001", 29.97, 2, "")
    assert recording.to_row() == row | {"fps": "29.97"}
    assert Recording.from_row({**row, "fps": "", "duration": 12.0}).fps is None
    mine = TwinRecording.from_row({**row, "duration": 12.5})
    assert mine.to_row() == row | {"fps": "29.97", "duration": 12.5, "side": 0}
    assert TwinRecording.from_row(mine.to_row()) == mine
    assert Recording.from_row({**row, "fps": "30"}).to_row()["fps"] == "30"


def test_columns_follow_from_the_model() -> None:
    """The table has a column per field, each with a description."""
    assert COLUMNS == ("recording", "culture", "partition", "openface", "turns", "annotations", "labels", "fps", "face",
                       "speaker", "person", "dyad", "format", "video")  # fmt: skip
    assert COLUMNS[:3] == REQUIRED
    assert all(field.description for field in Recording.model_fields.values())


def test_layouts_find_their_recordings(tmp_path: Path) -> None:
    """The settings of the corpus are all that a layout needs."""
    path = tmp_path / "own.tsv"
    path.write_text("recording\tculture\tpartition\topenface\n001\tgerman\tunlabelled\ta.csv\n", encoding="utf-8")
    corpus = Corpus(recordings=str(path), simulated=twin({"german-test": (1, 60)}))
    own = LAYOUTS["openface"].recordings(corpus, cultures=CULTURES, folder=tmp_path)
    assert own.to_dict("records") == [dict.fromkeys(COLUMNS, "") | {
        "recording": "001", "culture": "german", "partition": "unlabelled", "openface": "a.csv"}]  # fmt: skip
    made = LAYOUTS["simulated"].recordings(corpus, cultures=CULTURES, folder=tmp_path / "corpus")
    assert made["turns"].tolist() == [str(tmp_path / "corpus/turns/Test_DE_01.csv")]


FULL = "recording\tculture\tpartition\topenface\tlabels\tturns\tface\tspeaker"


@pytest.mark.parametrize(
    ("first", "second", "column"),
    [
        ("a.csv\tl.csv\t\t\t", "a.csv\tm.csv\t\t\t", "openface"),
        ("a.csv\tl.csv\t\t\t", "./x/../a.csv\tm.csv\t\t\t", "openface"),
        ("a.csv\tl.csv\t\t\t", "link.csv\tm.csv\t\t\t", "openface"),
        ("a.csv\tl.csv\t\t\t", "hard.csv\tm.csv\t\t\t", "openface"),
        ("a.csv\tl.csv\t\t1\t", "a.csv\tm.csv\t\t\t", "openface"),
        ("a.csv\tl.csv\t\t\t", "a.csv\tm.csv\t\t1\t", "openface"),
        ("a.csv\tl.csv\t\t\t", "b.csv\t./l.csv\t\t\t", "labels"),
        ("a.csv\tl.csv\tt.csv\t\tA", "b.csv\tm.csv\tt.csv\t\tA", "turns"),
        ("a.csv\tl.csv\tt.csv\t\t", "b.csv\tm.csv\tt.csv\t\tA", "turns"),
    ],
)
def test_one_file_under_two_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: str, second: str, column: str
) -> None:
    """However its path is spelled, a file belongs to one recording."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x").mkdir()
    (tmp_path / "a.csv").touch()
    (tmp_path / "link.csv").symlink_to("a.csv")
    (tmp_path / "hard.csv").hardlink_to("a.csv")
    with pytest.raises(InputError, match=rf"row 5, column {column}: '.*' is the file of recording 'r' already"):
        read(tmp_path, f"r\tgerman\ttrain\t{first}", f"s\tgerman\ttest\t{second}", header=FULL)


@pytest.mark.parametrize("mark", [",", ";"])
def test_other_separators(tmp_path: Path, mark: str) -> None:
    """What a spreadsheet makes of the table is read."""
    expected = read(tmp_path, "a\tgerman\ttrain\ta.csv\tl.csv")
    assert (
        read(tmp_path, f"a{mark}german{mark}train{mark}a.csv{mark}l.csv", header=HEADER.replace("\t", mark)) == expected
    )


def test_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same content under another name is the same recording; the same length is not."""
    monkeypatch.chdir(tmp_path)
    for name, content in {"a": "x1", "b": "x2", "c": "x1", "l": "y1", "m": "y2", "n": "y1", "e": "", "f": ""}.items():
        (tmp_path / f"{name}.csv").write_text(content)
    header = f"{HEADER}\tface"

    def rows(first: str, second: str) -> int:
        return len(read(tmp_path, f"r\tgerman\ttrain\t{first}", f"s\tgerman\ttest\t{second}", header=header))

    assert rows("a.csv\tl.csv\t", "b.csv\tm.csv\t") == 2
    assert rows("a.csv\tl.csv\t0", "c.csv\tm.csv\t1") == 2
    assert rows("e.csv\tl.csv\t", "f.csv\tnone.csv\t") == 2
    with pytest.raises(
        InputError, match=r"row 5, column openface: recordings 'r' and 's' have the same openface: 'a\.csv"
    ):
        rows("a.csv\tl.csv\t0", "c.csv\tm.csv\t")
    with pytest.raises(InputError, match=r"column labels: .* 'l\.csv' and 'n\.csv' hold the same bytes; give every"):
        rows("a.csv\tl.csv\t0", "c.csv\tn.csv\t1")


def test_labels_or_annotators(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A label is given or made of annotators, not both; one file may hold several recordings, a copy of it may not."""
    monkeypatch.chdir(tmp_path)
    for name in ("one", "copy"):
        (tmp_path / f"{name}.csv").write_text("time,ann,bob\n0,1,1\n")
    header = f"{HEADER}\tannotations"
    good = "r\tgerman\ttrain\ta.csv\t\tone.csv"
    with pytest.raises(InputError, match=r"row 4, column annotations: has labels, and annotations .*; leave one"):
        read(tmp_path, "r\tgerman\ttrain\ta.csv\tl.csv\tone.csv", header=header)
    assert len(read(tmp_path, good, "s\tgerman\ttest\tb.csv\t\tone.csv", header=header)) == 2
    with pytest.raises(InputError, match=r"row 4, column annotations: unknown placeholder '<anotator>' \(did you mean"):
        read(tmp_path, good.replace("one", "<anotator>"), header=header)
    with pytest.raises(InputError, match=r"row 5, column annotations: .* 'one\.csv' and 'copy\.csv' hold the same"):
        read(tmp_path, good, "s\tgerman\ttest\tb.csv\t\tcopy.csv", header=header)


def test_names_of_annotators_stand_for_their_own_files(tmp_path: Path) -> None:
    """Not for another recording's, and for no labels, turns or OpenFace files."""
    header = f"{HEADER}\tannotations"
    first = "r\tgerman\ttrain\ta.csv\t\tn/r_<annotator>.csv"
    second = "s\tgerman\ttest\tb.csv\t\tn/r_s_<annotator>.csv"
    with pytest.raises(
        InputError,
        match=r"row 4, column annotations: 'n/r_<annotator>\.csv' stands for 'n/r_s_<annotator>\.csv', too, which"
        r" recording 's' has as its annotations; write what all annotators' names begin with into it, rater<annotator>",
    ):
        read(tmp_path, first, second, header=header)
    own = second.replace("r_s_", "s_")
    assert len(read(tmp_path, first, own, header=header)) == 2
    with pytest.raises(InputError, match=r"stands for 'n/r_o\.csv', too, which recording 'r' has as its openface"):
        read(tmp_path, first.replace("a.csv", "n/r_o.csv"), own, header=header)


def test_several_people_in_one_file(tmp_path: Path) -> None:
    """Another face and another speaker are another recording."""
    rows = read(tmp_path, "r\tgerman\ttrain\ta.csv\tl.csv\tt.csv\t0\tA", "s\tgerman\ttest\ta.csv\tm.csv\tt.csv\t1\tB",
                header=FULL)  # fmt: skip
    assert [row["speaker"] for row in rows] == ["A", "B"]
    with pytest.raises(InputError, match="row 4, column speaker: chooses among turns, and there are none; give the tu"):
        read(tmp_path, "r\tgerman\ttrain\ta.csv\tl.csv\t\t\tA", header=FULL)


def test_damaged_tables(tmp_path: Path) -> None:
    """NUL bytes and other encodings are one line."""
    path = tmp_path / "recordings.tsv"
    for content, expected in (
        (b"\0" * 100_000, "row 1: holds NUL bytes"),
        (b"rec\xe4\n", "row 1: is not UTF-8 text"),
        (HEADER.encode() + b"\na\tgerman\ttrain\ta\0.csv\tl.csv\n", "row 2: holds NUL bytes"),
    ):
        path.write_bytes(content)
        with pytest.raises(InputError, match=expected):
            read_recordings(path, cultures=CULTURES)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            ["a\tgerman\ttrain\ta.csv\tl.csv\tP1\t", "b\tgerman\ttest\tb.csv\tm.csv\tP1\t"],
            r"row 3, column person: person P1 is in train and in test \(recordings a and b\)",
        ),
        (
            ["a\tgerman\ttrain\ta.csv\tl.csv\tP1\tD", "b\tgerman\tdevel\tb.csv\tm.csv\tP2\tD"],
            r"row 3, column dyad: dyad D is in train and in devel",
        ),
        (
            ["a\tgerman\ttrain\ta.csv\tl.csv\tP1\t", "b\tchinese\ttrain\tb.csv\tm.csv\tP1\t"],
            r"row 3, column person: person P1 is in two cultures, german and chinese",
        ),
    ],
)
def test_people_are_checked(tmp_path: Path, lines: list[str], expected: str) -> None:
    """Leaks are refused by name, with the row of the table."""
    path = tmp_path / "own.tsv"
    header = "recording\tculture\tpartition\topenface\tlabels\tperson\tdyad"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=expected):
        read_recordings(path, cultures=["german", "hungarian", "chinese"])
