"""Statistics per culture, and the corpus table."""

from pathlib import Path

import matplotlib.cbook
import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import stats

from onefilter.features.description import (
    OVERALL,
    compare_distributions,
    copies,
    corpus_table,
    describe,
    distance_table,
)


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
            "recording": ["a", "b", "c", "d"],
            "person": ["x", "x", None, ""],
            "dyad": ["1", "1", "", None],
            "culture": ["german"] * 3 + ["chinese"],
            "partition": ["train", "train", "devel", "test"],
            "duration": [5500.0, 92.04, 59.6, 12046.0],
        }
    )
    table = corpus_table(recordings)
    assert table["minutes"].tolist() == ["93:12", "1:00", "200:46"]
    assert table["recordings"].tolist() == [2, 1, 1]
    assert table["persons"].tolist() == [1, 1, 1]
    assert table["dyads"].tolist() == [1, 0, 0]


def people(shift: float, *, count: int, hops: int, prefix: str, seed: int) -> pl.DataFrame:
    """Values of people who differ from one another, hop by hop."""
    rng = np.random.default_rng(seed)
    own = np.repeat(rng.normal(size=count), hops)
    units = [f"person {prefix}{number}" for number in np.repeat(np.arange(count), hops)]
    return pl.DataFrame({"a_mean": shift + own + 0.3 * rng.normal(size=count * hops), "unit": units})


def test_distances_are_those_of_a_peer_library() -> None:
    """Kolmogorov-Smirnov and Wasserstein as SciPy computes them; the null by moving people by hand."""
    tables = {
        "a": people(0.0, count=6, hops=40, prefix="a", seed=1),
        "b": people(0.7, count=5, hops=30, prefix="b", seed=2),
    }
    (found,) = compare_distributions(tables, "a_mean", seed=3)
    first, second = (table["a_mean"].to_numpy() for table in tables.values())
    assert found.ks == pytest.approx(stats.ks_2samp(first, second).statistic)
    assert found.wasserstein == pytest.approx(stats.wasserstein_distance(first, second))
    both = pl.concat(tables.values())
    units = both["unit"].unique(maintain_order=True).to_list()
    rng = np.random.default_rng([3, 6, 5])
    for value in found.null[:20]:
        chosen = [units[place] for place in rng.permutation(11)[:6]]
        one = both.filter(pl.col("unit").is_in(chosen))["a_mean"].to_numpy()
        other = both.filter(~pl.col("unit").is_in(chosen))["a_mean"].to_numpy()
        # On a grid of 128 steps a distance is found to within two of them.
        assert value == pytest.approx(stats.ks_2samp(one, other).statistic, abs=2 / 128)
        assert value <= stats.ks_2samp(one, other).statistic + 1e-12
    assert found.unit == "person"


@pytest.mark.slow
def test_people_are_what_is_exchanged() -> None:
    """Halves of one population look different in 5 % of studies, not in nearly all, as if hops were independent."""
    found = []
    for study in range(200):
        tables = {name: people(0.0, count=8, hops=40, prefix=name, seed=2 * study + place)
                  for place, name in enumerate("ab")}  # fmt: skip
        comparisons = compare_distributions(tables, "a_mean", seed=study)
        naive = stats.ks_2samp(tables["a"]["a_mean"].to_numpy(), tables["b"]["a_mean"].to_numpy()).pvalue
        found.append((distance_table(comparisons)["p"].iloc[0] <= 0.05, naive <= 0.05))
    share, naive = np.mean(found, axis=0)
    assert 0.02 <= share <= 0.09
    assert naive > 0.9


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
