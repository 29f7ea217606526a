"""The tables that pass from step to step."""

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from onefilter.errors import InputError
from onefilter.files import write_table
from onefilter.tables import Columns, read_results

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
    with pytest.raises(InputError, match=r"a\.tsv: (cannot be read|lacks the column culture).*; delete the file"):
        read_results(path, COLUMNS)


def test_damaged_text_within_a_table(tmp_path: Path) -> None:
    """A page of Parquet may be read whose text is none: found where it is read, not where it is used."""
    path = tmp_path / "a.parquet"
    table = pl.DataFrame({"culture": ["german"]})
    table.write_parquet(path, compression="uncompressed", use_pyarrow=False, statistics=False)
    assert read_results(path, {"culture": str})["culture"].tolist() == ["german"]
    content = path.read_bytes()
    assert content.count(b"german") == 1
    path.write_bytes(content.replace(b"german", b"ger\xffan"))
    with pytest.raises(InputError, match=r"a\.parquet: cannot be read \(.*UTF8.*; delete the file"):
        read_results(path, {"culture": str})
