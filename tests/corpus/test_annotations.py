"""Reading labels and turns, and bringing labels to hop times."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from onefilter.corpus.annotations import align, read_labels, read_turns
from onefilter.errors import InputError

TARGETS = ["arousal", "valence"]


def write(tmp_path: Path, text: str) -> Path:
    """Write a file."""
    path = tmp_path / "file.csv"
    path.write_text(text, encoding="utf-8")
    return path


def labels(tmp_path: Path, **changes: str) -> Path:
    """Write 20 labels; `r7="..."` replaces row 7."""
    lines = ["timestamp,arousal,valence", *(f"{step / 10:.1f},{step / 50},-{step / 100}" for step in range(20))]
    for name, line in changes.items():
        lines[int(name[1:]) - 1] = line
    return write(tmp_path, "\n".join(lines) + "\n")


def test_reads_labels(tmp_path: Path) -> None:
    """Columns come by name, blanks and a byte order mark do not matter."""
    path = write(tmp_path, "\ufeffvalence, timestamp, arousal\r\n0.5, 0, 0.25\r\n-0.5, 0.1, 0\r\n")
    table = read_labels(path, TARGETS)
    assert table.to_dict(as_series=False) == {"timestamp": [0, 0.1], "arousal": [0.25, 0], "valence": [0.5, -0.5]}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"r7": "0.5,1.5,0"}, r"row 7, column arousal: label 1\.5 lies outside -1\.\.1"),
        ({"r7": "0.5,nan,0"}, r"row 7, column arousal: has no label \('nan'\); no label is made up: end"),
        ({"r7": "0.5,0"}, r"row 7: has 2 fields where the header has 3"),
        ({"r7": "0,5,0,1,0,2"}, r"row 7: has 6 fields .* decimal commas"),
        ({"r7": "0.4,0,0"}, r"row 7, column timestamp: time steps by 0 s, elsewhere by 0\.1 s"),
        ({"r21": "3.9,0,0"}, r"row 21, column timestamp: time steps by 2\.1 s, elsewhere by 0\.1 s"),
        ({"r1": "timestamp,arousal,liking"}, r"row 1: lacks the column valence"),
        ({"r1": "valence,arousal,valence"}, r"row 1: lacks the column timestamp"),
        ({"r1": "timestamp,arousal,valence,valence"}, r"row 1: has the column valence twice"),
        ({"r7": "0.5,,0"}, r"row 7, column arousal: has no label \(the cell is empty\)"),
        ({"r21": "1.9"}, r"row 21: is cut off: has 1 fields where the header has 3"),
    ],
)
def test_names_mistakes_in_labels(tmp_path: Path, changes: dict[str, str], expected: str) -> None:
    """The first mistake is named with its place."""
    with pytest.raises(InputError, match=expected):
        read_labels(labels(tmp_path, **changes), TARGETS)


def test_constant_labels(tmp_path: Path) -> None:
    """Nothing can be learned from labels that never change."""
    path = write(tmp_path, "timestamp,arousal,valence\n0,0.1,0\n0.1,0.2,0\n")
    with pytest.raises(InputError, match="column valence: all labels are 0"):
        read_labels(path, TARGETS)


@pytest.mark.parametrize(
    ("text", "expected"), [("", "is empty"), ("timestamp,arousal,valence\n", "holds a header and no labels")]
)
def test_empty_labels(tmp_path: Path, text: str, expected: str) -> None:
    """Empty files are called empty."""
    with pytest.raises(InputError, match=expected):
        read_labels(write(tmp_path, text), TARGETS)


def test_missing_labels(tmp_path: Path) -> None:
    """A file that is not there is named."""
    with pytest.raises(InputError, match=r"none\.csv: cannot be read"):
        read_labels(tmp_path / "none.csv", TARGETS)


def test_other_encodings(tmp_path: Path) -> None:
    """A spreadsheet's Latin-1 is named, its UTF-16 is read."""
    path = tmp_path / "turns.csv"
    path.write_bytes("begin,end,für\n1,2,3\n".encode("latin-1"))
    with pytest.raises(InputError, match="row 1: is not UTF-8 text"):
        read_turns(path)
    path.write_bytes("begin,end\n1,2\n".encode("utf-16"))
    assert read_turns(path).rows() == [(1, 2)]


def test_turns(tmp_path: Path) -> None:
    """There may be no turn; a turn ends after it begins."""
    assert read_turns(write(tmp_path, "begin,end\n")).height == 0
    assert read_turns(write(tmp_path, "begin,end\n0.5,1.25\n")).rows() == [(0.5, 1.25)]
    with pytest.raises(InputError, match="row 3, column end: the turn ends at 1 s, before it begins at 2 s"):
        read_turns(write(tmp_path, "begin,end\n0.5,1.25\n2,1\n"))
    with pytest.raises(InputError, match=r"row 2, column end: 1e\+13 lies outside .*; count seconds from"):
        read_turns(write(tmp_path, "begin,end\n0,1e13\n"))


def test_align_takes_labels_as_they_are_where_times_coincide(tmp_path: Path) -> None:
    """At 10 Hz nothing is interpolated; hops behind the last label get none."""
    table = read_labels(labels(tmp_path), TARGETS)
    time = np.arange(25) / 10
    values = align(table, time, TARGETS, file=tmp_path)
    np.testing.assert_array_equal(values, table.select(TARGETS).to_numpy())


def test_align_interpolates_between_labels(tmp_path: Path) -> None:
    """A line stays a line at other hops."""
    table = read_labels(labels(tmp_path), TARGETS)
    values = align(table, np.linspace(0.02, 1.18, 30), TARGETS, file=tmp_path)
    np.testing.assert_allclose(values[:, 0], (np.arange(30) * 0.04 + 0.02) / 5, atol=1e-12)


@pytest.mark.parametrize("end", [0.5, 3.2])
def test_labels_of_another_recording(tmp_path: Path, end: float) -> None:
    """Labels that end more than a second before or after the video belong to another one."""
    table = pl.DataFrame({"timestamp": np.arange(20) / 10, "arousal": np.zeros(20), "valence": np.zeros(20)})
    with pytest.raises(InputError, match=rf"row 21, column timestamp: labels end at 1\.9 s, the video at {end:g} s"):
        align(table, np.arange(0, end + 0.01, 0.1), TARGETS, file=tmp_path)
