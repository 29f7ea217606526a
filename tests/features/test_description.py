"""Statistics per culture, and the corpus table."""

from pathlib import Path

import matplotlib.cbook
import numpy as np
import pandas as pd
import polars as pl

from onefilter.features.description import OVERALL, copies, corpus_table, describe


def test_describes_each_culture_and_all_together() -> None:
    """Against pandas, and matplotlib's own box plot statistics."""
    rng = np.random.default_rng(1)
    tables = {
        name: pl.DataFrame({"a": np.maximum(rng.normal(0, 1, size), 0)}) for name, size in (("x", 501), ("y", 80))
    }
    described = describe(tables, ["a"]).set_index("culture")
    joined = np.concatenate([table["a"].to_numpy() for table in tables.values()])
    for name, values in {**{key: table["a"].to_numpy() for key, table in tables.items()}, OVERALL: joined}.items():
        row = dict(described.loc[name])
        box = matplotlib.cbook.boxplot_stats(values)[0]
        expected = {
            "count": len(values),
            "median": np.median(values),
            "mean": values.mean(),
            "std": values.std(),
            "min": values.min(),
            "max": values.max(),
            "lower_quartile": box["q1"],
            "upper_quartile": box["q3"],
            "lower_whisker": box["whislo"],
            "upper_whisker": box["whishi"],
            "zeros": (values == 0).sum() / len(values),
        }
        for statistic, value in expected.items():
            np.testing.assert_allclose(float(row[statistic]), value, atol=1e-12, err_msg=statistic)


def test_constant_variable() -> None:
    """A constant has a box without height."""
    row = describe({"x": pl.DataFrame({"a": [2.0, 2.0, 2.0]})}, ["a"]).iloc[0]
    assert row[["median", "min", "max", "lower_whisker", "upper_whisker"]].tolist() == [2.0] * 5
    assert row["std"] == 0


def test_corpus_table() -> None:
    """Recordings and minutes per split, in order of appearance; 93:12 as the draft writes it."""
    recordings = pd.DataFrame(
        {
            "culture": ["german"] * 3 + ["chinese"],
            "partition": ["train", "train", "devel", "test"],
            "duration": [5500.0, 92.04, 59.6, 12046.0],
        }
    )
    table = corpus_table(recordings)
    assert table["minutes"].tolist() == ["93:12", "1:00", "200:46"]
    assert table["recordings"].tolist() == [2, 1, 1]


def test_copies_are_found(tmp_path: Path) -> None:
    """Two recordings with the same numbers, in one split or in two."""
    values = np.random.default_rng(1).random((4, 5))
    paths = [tmp_path / "german-train.parquet", tmp_path / "german-test.parquet"]
    for path, names in zip(paths, ({"001": 0, "b": 1}, {"c": 2, "d": 0, "e": 0}), strict=True):
        parts = [pl.DataFrame({"recording": [name] * 5, "a": values[row]}) for name, row in names.items()]
        pl.concat(parts).write_parquet(path)
    assert copies(paths, ["a"]) == [
        ("001 (german-train)", "d (german-test)"), ("001 (german-train)", "e (german-test)"),
    ]  # fmt: skip
    assert copies(paths[:1], ["a"]) == []
