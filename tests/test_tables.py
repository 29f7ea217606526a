"""The tables that pass from step to step."""

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from onefilter import files, tables
from onefilter.errors import DamagedError, InputError
from onefilter.files import write_table, writing_recordings
from onefilter.tables import (
    Columns,
    by_culture,
    by_recording,
    by_split,
    frames_of,
    inputs,
    pairs,
    pairs_by_split,
    read_frame,
    read_results,
    recordings_of,
    units_of,
)

COLUMNS: Columns = {"recording": str, "culture": str, "frames": int, "failed": float, "holds": bool}


def test_text_stays_text(tmp_path: Path) -> None:
    """Names of digits keep their zeros, NA and null are names; numbers, gaps and truth come back as they were."""
    first = pd.DataFrame(
        {
            "recording": ["001", "002"],
            "culture": "no",
            "frames": [3, 4],
            "failed": [0.5, np.nan],
            "holds": [True, False],
        }
    )
    second = first.assign(recording=["NA", "vp_03"], culture=["null", "nan"])
    paths = [tmp_path / "a.tsv", tmp_path / "b.tsv"]
    for path, table in zip(paths, (first, second), strict=True):
        write_table(path, table)
    read = read_results(paths, COLUMNS)
    assert read["recording"].tolist() == ["001", "002", "NA", "vp_03"]
    assert read["culture"].tolist() == ["no", "no", "null", "nan"]
    assert read["frames"].tolist() == [3, 4, 3, 4]
    assert read["failed"].isna().tolist() == [False, True] * 2
    assert read["holds"].tolist() == [True, False] * 2


def test_empty_cells_are_missing(tmp_path: Path) -> None:
    """In text as in numbers."""
    path = tmp_path / "a.tsv"
    path.write_text("recording\tculture\tframes\tfailed\tholds\nr\t\t1\t\ttrue\n", encoding="utf-8")
    assert read_results(path, COLUMNS)[["culture", "failed"]].isna().all(axis=None)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\xfa", b"recording\n1\n"])
def test_damaged_tables(tmp_path: Path, content: bytes) -> None:
    """What cannot be read is one line that names the file."""
    path = tmp_path / "a.tsv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"a\.tsv: (cannot be read|lacks the column culture).*; run again .delete the"):
        read_results(path, COLUMNS)


def test_text_of_many_rows_is_held_once(tmp_path: Path) -> None:
    """Names that stand in every row of a .parquet are categories, whoever wrote it; values and order are the same."""
    written = pd.DataFrame({"recording": [f"r{row % 7}" for row in range(70_000)], "frames": range(70_000)})
    write_table(tmp_path / "whole.parquet", written)
    with writing_recordings(tmp_path / "parts.parquet") as write:
        for begin in range(0, 70_000, 10_000):
            write(pl.from_pandas(written[begin : begin + 10_000]))
    for name in ("whole", "parts"):
        read = read_results(tmp_path / f"{name}.parquet", {"recording": str, "frames": int})
        pd.testing.assert_frame_equal(read.astype({"recording": "str"}), written)
        assert read["recording"].memory_usage(deep=True) < 5 * len(written)


def test_kinds_of_numbers_that_pyarrow_does_not_know(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it raises for a damaged description of a column is no `ValueError`."""

    def refuse(_: Path) -> None:
        raise pa.ArrowNotImplementedError("Integers with less than 8 bits not implemented")

    monkeypatch.setattr("onefilter.tables.pq.ParquetFile", refuse)
    with pytest.raises(InputError, match=r"a\.parquet: cannot be read .Integers with less than 8 bits"):
        read_results(tmp_path / "a.parquet", {"culture": str})


def test_damaged_text_within_a_table(tmp_path: Path) -> None:
    """A page of Parquet may be read whose text is none: found where it is read, not where it is used."""
    path = tmp_path / "a.parquet"
    table = pl.DataFrame({"culture": ["german"]})
    table.write_parquet(path, compression="uncompressed", use_pyarrow=False, statistics=False)
    assert read_results(path, {"culture": str})["culture"].tolist() == ["german"]
    content = path.read_bytes()
    assert content.count(b"german") == 1
    path.write_bytes(content.replace(b"german", b"ger\xffan"))
    with pytest.raises(InputError, match=r"a\.parquet: cannot be read \(.*UTF8.*; run again .delete the file first"):
        read_results(path, {"culture": str})


@pytest.mark.parametrize("values", [[b"german", b"chinese"], [b"german", None], [1, 2], [["german"], None]])
def test_what_should_be_text_and_is_not(tmp_path: Path, values: list[object]) -> None:
    """Bytes of a damaged table's schema, above all."""
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"culture": values}), path)
    with pytest.raises(InputError, match=r"a\.parquet, column culture: holds .* instead of text; run again"):
        read_results(path, {"culture": str})
    pq.write_table(pa.table({"culture": ["german", None]}), path)
    assert read_results(path, {"culture": str})["culture"].isna().tolist() == [False, True]


def frame(name: str, steps: int) -> pl.DataFrame:
    """One recording's features."""
    values = np.random.default_rng(steps).random((steps, 2))
    return pl.DataFrame({"recording": [name] * steps, "a": values[:, 0], "b": values[:, 1]})


@pytest.mark.parametrize("group", [1, 7, 12, 1000])
def test_recording_by_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, group: int) -> None:
    """What is written and read one by one is the whole table, however many rows are kept together."""
    monkeypatch.setattr(files, "_GROUP", group)
    frames, path = [frame("001", 5), frame("é", 7), frame("x", 1), frame("last", 12)], tmp_path / "a.parquet"
    with writing_recordings(path) as write:
        for each in frames:
            write(each)
    assert read_frame(path).equals(pl.concat(frames))
    assert [each.to_dict(as_series=False) for each in frames_of(path)] == [
        each.to_dict(as_series=False) for each in frames
    ]
    whole = by_recording(read_frame(path), ["b", "a"])
    for name, values in recordings_of(path, ["b", "a"]):
        np.testing.assert_array_equal(values, whole.pop(name))
    assert not whole


def test_only_some_recordings_are_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row group holds whole recordings, and no more of them than are needed for its rows."""
    monkeypatch.setattr(files, "_GROUP", 10)
    path = tmp_path / "a.parquet"
    with writing_recordings(path) as write:
        for number in range(9):
            write(frame(f"r{number}", 4))
    table = pq.ParquetFile(path)
    assert [table.metadata.row_group(number).num_rows for number in range(table.num_row_groups)] == [12, 12, 12]


def test_nothing_is_left_of_what_was_not_finished(tmp_path: Path) -> None:
    """A recording that is refused leaves the table as it was."""
    path = tmp_path / "a.parquet"
    path.write_bytes(b"before")

    def refuse() -> None:
        with writing_recordings(path) as write:
            write(frame("r", 3))
            message = "no face"
            raise InputError(message)

    with pytest.raises(InputError, match="no face"):
        refuse()
    assert path.read_bytes() == b"before"
    assert [each.name for each in tmp_path.iterdir()] == ["a.parquet"]


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_cut_tables_are_one_line(tmp_path: Path, share: float) -> None:
    """Read one by one, too."""
    path = tmp_path / "a.parquet"
    with writing_recordings(path) as write:
        write(frame("r", 300))
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(InputError, match=r"a\.parquet: cannot be read .*; run again .delete the file first, if it"):
        list(frames_of(path))


@pytest.mark.parametrize("held", [1 << 30, 0])
def test_features_beside_labels_batch_by_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: int) -> None:
    """Several tables are as one, held or read each time; what lies behind the last label is left out."""
    monkeypatch.setattr(tables, "HELD", held)
    features, labels = [], []
    for number, length in enumerate((5, 4, 6)):
        values = np.arange(length) + 10.0 * number
        names = [f"r{number}"] * length
        features.append(pl.DataFrame({"recording": names, "a": values, "b": 0.0}))
        labels.append(pl.DataFrame({"recording": names, "y": -values}).head(length - number))

    def write(kind: str, frames: list[pl.DataFrame], groups: list[list[int]]) -> list[Path]:
        paths = [tmp_path / f"{kind}{len(groups)}-train.{place:03d}.parquet" for place in range(len(groups))]
        for path, group in zip(paths, groups, strict=True):
            pl.concat([frames[place] for place in group]).write_parquet(path)
        return paths

    found = []
    for groups in ([[0, 1, 2]], [[0, 1], [2]]):
        seen, labelled = write("f", features, groups), write("l", labels, groups)
        assert by_split(seen) == {(f"f{len(groups)}", "train"): seen}
        both = pairs(seen, labelled, "y", ["a"])
        assert isinstance(both, list) == (held > 0)
        found.append(list(both))
        assert len(list(both)) == 3
        assert [len(values) for values in inputs(seen, ["a"])] == [5, 4, 6]
    assert [len(values) for _, values in found[0]] == [5, 3, 4]
    for (one, own), (other, labelled_values) in zip(*found, strict=True):
        np.testing.assert_array_equal(one[:, 0], -own)
        np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(own, labelled_values)
    with pytest.raises(InputError, match=r"has no features of r2 where .* has its labels"):
        list(pairs(seen[:1], labelled[1:], "y", ["a"]))


def test_pairs_by_split(tmp_path: Path) -> None:
    """Culture and partition come from the names."""
    paths = [tmp_path / f"german-{name}.parquet" for name in ("train.001", "train.002", "test")]
    for number, path in enumerate(paths):
        pl.DataFrame({"recording": ["r"], "a": [float(number)], "y": [0.5]}).write_parquet(path)
    found = pairs_by_split(paths, paths, "y", ["a"])
    assert {split: [float(one[0, 0]) for one, _ in both] for split, both in found.items()} == {
        ("german", "train"): [0.0, 1.0], ("german", "test"): [2.0],
    }  # fmt: skip


def test_some_rows_of_a_culture(tmp_path: Path) -> None:
    """Where there are too many, every second or third one is read."""
    paths = [tmp_path / f"{culture}-test.parquet" for culture in ("german", "chinese")]
    for path, length in zip(paths, (10, 4), strict=True):
        pl.DataFrame({"y": np.arange(length)}).write_parquet(path)
    assert {name: len(table) for name, table in by_culture(paths, ["y"]).items()} == {"german": 10, "chinese": 4}
    assert by_culture(paths, ["y"], most=4)["german"]["y"].to_list() == [0, 2, 4, 6, 8]
    assert len(by_culture(paths, ["y"], most=4)["chinese"]) == 4


@pytest.mark.parametrize("write", ["at once", "by recording"])
@pytest.mark.parametrize("place", [0.2, 0.4, 0.6])
def test_numbers_that_were_changed_are_none(tmp_path: Path, write: str, place: float) -> None:
    """A few bits of a table are others, anywhere in its pages: whoever reads it, and however, is told."""
    path = tmp_path / "german-train.parquet"
    rng = np.random.default_rng(1)
    table = pl.DataFrame({"recording": ["a"] * 3000, "unit": ["person a"] * 3000, "x": rng.normal(size=3000)})
    if write == "at once":
        write_table(path, table)
    else:
        with writing_recordings(path) as add:
            add(table)
    assert read_frame(path).equals(table)
    content = bytearray(path.read_bytes())
    content[int(place * len(content))] ^= 0x10
    path.write_bytes(content)
    for read in (
        lambda: read_frame(path),
        lambda: read_results(path, {"x": float}),
        lambda: list(recordings_of(path, ["x"])),
    ):
        with pytest.raises(InputError, match=r"german-train\.parquet: .*run again"):
            read()


def test_a_description_that_was_changed(tmp_path: Path) -> None:
    """One byte of what a Parquet says of itself is another: it is read, or refused in one line, and nothing panics."""
    path = tmp_path / "german-train.parquet"
    write_table(path, pl.DataFrame({"recording": ["a", "b"], "unit": ["person a", "person b"], "part": [1.0, 2.0]}))
    content = path.read_bytes()
    # The last eight bytes are the description's length and a mark.
    begin = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    refused: list[str] = []
    for place in range(begin, len(content) - 8):
        path.write_bytes(content[:place] + bytes([0xFF if place % 2 else 0]) + content[place + 1 :])
        for read in (read_frame, lambda path: read_results(path, {"part": float})):
            try:
                read(path)
            except InputError as error:
                refused.append(str(error))
    assert len(refused) > 100
    assert all(len(said.splitlines()) == 1 for said in refused)


@pytest.mark.parametrize("name", ["a.tsv", "a.parquet"])
def test_a_unit_of_no_kind(tmp_path: Path, name: str) -> None:
    """Whoever changed a unit by hand is told in which file it is."""
    path = tmp_path / name
    write_table(path, pl.DataFrame({"recording": ["a", "b"], "unit": ["dyad 1", "dyed 1"]}))
    expected = rf"{name}, column unit: 'dyed 1' is no unit of resampling: neither a dyad.*; run again .delete the file"
    with pytest.raises(DamagedError, match=expected):
        read_results(path, {"recording": str, "unit": str})
    if name == "a.parquet":
        with pytest.raises(DamagedError, match=expected):
            units_of(path)
