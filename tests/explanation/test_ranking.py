"""Ranking and agreement."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from onefilter.explanation.ranking import (
    AGREEMENT_COLUMNS,
    RANKING_COLUMNS,
    RELEVANCE_COLUMNS,
    agree,
    kendall_w,
    rank,
    shares,
)


@given(hnp.arrays(np.float64, st.tuples(st.integers(2, 6), st.integers(2, 8)), elements=st.integers(0, 5).map(float)))
def test_kendalls_w_by_friedman(table: np.ndarray) -> None:
    """W is Friedman's chi-squared over m (n - 1), ties corrected: SciPy's, or by hand for fewer than three raters."""
    m, n = table.shape
    ranks = np.stack([stats.rankdata(row) for row in table])
    ties = sum(sum(t**3 - t for t in np.unique(row, return_counts=True)[1]) for row in table)
    denominator = m**2 * (n**3 - n) - m * ties
    if denominator == 0:
        assert kendall_w(table) == 1
        return
    by_hand = 12 * ((ranks.sum(axis=0) - m * (n + 1) / 2) ** 2).sum() / denominator
    np.testing.assert_allclose(kendall_w(table), by_hand, atol=1e-12)
    if m >= 3 and n >= 3:
        friedman = stats.friedmanchisquare(*table.T).statistic
        np.testing.assert_allclose(kendall_w(table), friedman / (m * (n - 1)), atol=1e-9)


def test_agreement_at_its_ends() -> None:
    """The same rankings agree fully, opposite ones not at all; a batch gives each its own."""
    same = np.tile(np.arange(9.0), (4, 1))
    opposite = np.stack([np.arange(9.0), -np.arange(9.0)])
    assert kendall_w(same) == 1
    assert kendall_w(opposite) == 0
    np.testing.assert_allclose(kendall_w(np.stack([same[:2], opposite])), [1, 0])


def table(cultures: dict[str, float], models: int = 3, *, recordings: int = 12) -> pd.DataFrame:
    """Relevance that falls from feature to feature; `cultures` says how much noise each has."""
    rng = np.random.default_rng(1)
    rows = []
    for culture, noise in cultures.items():
        for model in range(1, models + 1):
            for number in range(recordings):
                absolute = np.exp(-np.arange(6.0)) * np.exp(noise * rng.normal(size=6))
                rows += [
                    (culture, "test", f"r{number}", 100, f"seed-{model}", f"f{index}", -value, value)
                    for index, value in enumerate(absolute)
                ]
    return pd.DataFrame(rows, columns=list(RELEVANCE_COLUMNS))


def test_shares_and_ranks_by_hand() -> None:
    """Sums over recordings, divided by their sum; rank 1 is the largest; intervals hold the value."""
    own = table({"german": 0.3, "chinese": 0.3})
    ranking = rank(own, target="valence", seed=1)
    assert list(ranking.columns) == list(RANKING_COLUMNS)
    cell = own[(own["culture"] == "chinese") & (own["model"] == "seed-2")]
    expected = cell.groupby("feature")["absolute"].sum() / cell["absolute"].sum()
    found = ranking[(ranking["culture"] == "chinese") & (ranking["model"] == "seed-2")].set_index("feature")
    np.testing.assert_allclose(found["share"], expected.loc[found.index])
    assert found["rank"].tolist() == [1, 2, 3, 4, 5, 6]
    assert (found["share_low"] < found["share"]).all()
    assert (found["share"] < found["share_high"]).all()
    np.testing.assert_allclose(found["signed"], -cell.groupby("feature")["absolute"].sum().loc[found.index] / 1200)


def test_agreement_among_seeds_and_cultures() -> None:
    """Little noise, full agreement; a culture of noise alone breaks it; intervals stay within 0 ... 1."""
    calm = agree(table({"german": 0.1, "chinese": 0.1}), target="valence", best="seed-1", seed=1)
    assert list(calm.columns) == list(AGREEMENT_COLUMNS)
    assert calm[["among", "of"]].to_numpy().tolist() == [
        ["seeds", "german"], ["seeds", "chinese"], ["cultures", "seed-1"],
    ]  # fmt: skip
    np.testing.assert_allclose(calm["kendall_w"], 1)
    wild = agree(table({"german": 0.1, "chinese": 6.0}), target="valence", best="seed-1", seed=1)
    wild = wild.set_index(["among", "of"])
    assert wild["kendall_w"]["seeds", "chinese"] < 0.9 < wild["kendall_w"]["seeds", "german"]
    assert (wild["low"] <= wild["kendall_w"]).all()
    assert (wild["kendall_w"] <= wild["high"]).all()
    assert wild[["low", "high"]].to_numpy().min() >= 0
    assert wild[["low", "high"]].to_numpy().max() <= 1


def test_little_to_compare() -> None:
    """One model and one culture: nothing to agree on. One recording: no interval."""
    assert agree(table({"german": 0.1}, models=1), target="valence", best="seed-1", seed=1).empty
    alone = table({"german": 0.1, "chinese": 0.1}, recordings=1)
    assert agree(alone, target="valence", best="seed-1", seed=1)[["low", "high"]].isna().all(axis=None)
    assert rank(alone, target="valence", seed=1)["share_low"].isna().all()


def test_nothing_to_share() -> None:
    """A filter of zeros has shares of zero."""
    np.testing.assert_array_equal(shares(np.zeros((2, 3))), 0)
    assert shares(np.array([1.0, 3.0])) == pytest.approx([0.25, 0.75])
