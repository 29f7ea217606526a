"""Ranking and agreement."""

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from onefilter.explanation.ranking import (
    AGREEMENT_COLUMNS,
    RANKING_COLUMNS,
    RELEVANCE_COLUMNS,
    SHUFFLED_COLUMNS,
    UnitSums,
    agree,
    cultures_of,
    kendall_w,
    null_of_w,
    rank,
    read_sums,
    shares,
    shuffled,
)
from onefilter.explanation.relevance import SHARE_SUMS
from onefilter.files import writing_recordings
from tests.examples.explanation import network


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


def table(cultures: dict[str, float], models: int = 3, *, recordings: int = 12, together: int = 2) -> pd.DataFrame:
    """Contributions of six features that fall in size; `cultures` says how much noise each seed's sizes have.

    `together` recordings make a unit.
    """
    rng = np.random.default_rng(1)
    rows: list[tuple[object, ...]] = []
    for culture, noise in cultures.items():
        for model in range(1, models + 1):
            size = np.exp(-0.5 * np.arange(6.0) + noise * rng.normal(size=6))
            for number in range(recordings):
                place = (culture, "test", f"r{number}", f"dyad {number // together}", f"seed-{model}")
                rows += recording(place, rng.normal(1, 1, (100, 6)) * size)
    return pd.DataFrame(rows, columns=list(RELEVANCE_COLUMNS))


def recording(place: tuple[str, ...], parts: np.ndarray) -> list[tuple[object, ...]]:
    """Sum up the contributions [T, F] in one recording; the offset is 0.3."""
    prediction = parts.sum(axis=1) + 0.3
    return [
        (*place, f"f{index}", len(part), part.sum(), part @ prediction, prediction.sum(), (prediction**2).sum(),
         np.abs(part).sum())
        for index, part in enumerate(parts.T)
    ]  # fmt: skip


def sums_of(rows: pd.DataFrame) -> list[UnitSums]:
    """Add the rows of one culture up by unit, with pandas."""
    keys = ["model", "unit", "feature"]
    names = [list(dict.fromkeys(rows[key])) for key in keys]
    summed = rows.groupby(keys)[[*SHARE_SUMS, "absolute"]].sum().reindex(pd.MultiIndex.from_product(names))
    values = summed.to_numpy(dtype=float).reshape(*map(len, names), -1)
    return [UnitSums(rows["culture"].iloc[0], names[0], names[2], names[1], values)]


def unrelated(cultures: Sequence[str], *, draws: int = 20) -> pd.DataFrame:
    """Shares of filters that have nothing to do with each other."""
    rng = np.random.default_rng(2)
    rows = [
        (culture, draw, f"f{index}", rng.normal())
        for culture in cultures
        for draw in range(draws)
        for index in range(6)
    ]
    return pd.DataFrame(rows, columns=list(SHUFFLED_COLUMNS))


def test_shares_and_ranks_by_hand() -> None:
    """Covariances over all steps of a culture's recordings; rank 1 is the largest share; the units are named."""
    rng = np.random.default_rng(3)
    parts = [rng.normal(1, 1, (steps, 6)) * [3, 1, 2, 0.1, 0, -1] for steps in (40, 100, 70)]
    rows = [
        row
        for number, part in enumerate(parts)
        for row in recording(("de", "test", f"r{number}", "person a", "m"), part)
    ]
    found = rank(sums_of(pd.DataFrame(rows, columns=list(RELEVANCE_COLUMNS))), target="valence", seed=1)
    assert list(found.columns) == list(RANKING_COLUMNS)
    whole = np.concatenate(parts)
    prediction = whole.sum(axis=1)
    expected = np.array([np.cov(part, prediction)[0, 1] for part in whole.T]) / prediction.var(ddof=1)
    np.testing.assert_allclose(found["share"], expected, atol=1e-12)
    assert found["share"].sum() == pytest.approx(1)
    np.testing.assert_array_equal(found["rank"], stats.rankdata(-expected, method="ordinal"))
    np.testing.assert_allclose(found["signed"], whole.mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(found["absolute"], np.abs(whole).sum(axis=0) / np.abs(whole).sum())
    assert set(found["unit"]) == {"person"}
    assert found["share_low"].isna().all()


def test_intervals_resample_units() -> None:
    """A recording that comes twice in its unit says nothing new; as a unit of its own it would seem to."""
    once = table({"de": 0.0}, models=1, together=1)
    twice = pd.concat([once, once.assign(recording=once["recording"] + " again")])
    bounds = ["share", "share_low", "share_high"]
    alone = rank(sums_of(once), target="valence", seed=1)
    np.testing.assert_allclose(rank(sums_of(twice), target="valence", seed=1)[bounds], alone[bounds], atol=1e-12)
    apart = rank(sums_of(twice.assign(unit="recording " + twice["recording"])), target="valence", seed=1)
    width = (apart["share_high"] - apart["share_low"]) / (alone["share_high"] - alone["share_low"])
    # Half of the variance, and Student's t is nearer to the normal distribution.
    assert width.mean() == pytest.approx(np.sqrt(11 / 23) * stats.t.ppf(0.975, 23) / stats.t.ppf(0.975, 11), rel=0.1)
    assert (alone["share_low"] < alone["share"]).all()
    assert (alone["share"] < alone["share_high"]).all()
    assert alone[["unit", "units"]].drop_duplicates().to_numpy().tolist() == [["dyad", 12]]


def test_agreement_among_seeds_beside_its_null() -> None:
    """Little noise, full agreement; a culture of noise alone agrees as shuffled filters do; bounds lie in 0 ... 1."""
    noisy = table({"de": 0.0, "cn": 3.0})
    others = unrelated(["de", "cn"])
    each = [agree(sums_of(own), others, target="valence", seed=1) for _, own in noisy.groupby("culture", sort=False)]
    found = pd.concat(each)
    assert list(found.columns) == list(AGREEMENT_COLUMNS)
    assert found[["among", "of", "rankings", "unit", "units"]].to_numpy().tolist() == [
        ["seeds", "de", 3, "dyad", 6], ["seeds", "cn", 3, "dyad", 6],
    ]  # fmt: skip
    calm, wild = found.to_dict("records")
    assert calm["kendall_w"] > 0.9 > calm["null_high"] > calm["null"]
    assert wild["kendall_w"] < wild["null_high"]
    assert (found["low"] <= found["kendall_w"]).all()
    assert (found["kendall_w"] <= found["high"]).all()
    assert found[["low", "high"]].to_numpy().min() >= 0
    assert found[["low", "high"]].to_numpy().max() <= 1


def test_null_of_w_against_all_groups() -> None:
    """Its mean is that of all groups of different filters; for unrelated rankings that is 1 / m."""
    others = np.random.default_rng(1).normal(size=(7, 9))
    every = [float(kendall_w(others[list(group)])) for group in itertools.combinations(range(7), 3)]
    drawn = null_of_w(others, 3, seed=1, draws=20_000)
    assert set(np.round(drawn, 9)) == set(np.round(every, 9))
    assert drawn.mean() == pytest.approx(np.mean(every), abs=0.005)
    many = np.random.default_rng(2).normal(size=(400, 9))
    assert null_of_w(many, 3, seed=1).mean() == pytest.approx(1 / 3, abs=0.02)


def test_adds_up_while_it_reads(tmp_path: Path) -> None:
    """Whatever memory holds, sums are those of pandas; units may be anywhere, also in several tables."""
    whole = table({"german": 0.5, "chinese": 0.5}, recordings=5)
    # Recording by recording, as a step writes them; the last unit of each culture has one recording.
    whole = whole.sort_values(["culture", "recording"], ascending=[False, True], kind="stable", ignore_index=True)
    place = whole["recording"].isin(["r0", "r3"])
    paths = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    for path, own in zip(paths, (whole[place], whole[~place]), strict=True):
        with writing_recordings(path) as write:
            for _, each in own.groupby(["culture", "recording"], sort=False):
                write(pl.from_pandas(each.reset_index(drop=True)))
    assert cultures_of(paths) == ["german", "chinese"]
    read = pd.concat([whole[place], whole[~place]])
    models = list(dict.fromkeys(whole["model"]))
    for culture in ("german", "chinese"):
        (expected,) = sums_of(read[read["culture"] == culture])
        for held in (1 << 30, 2 * expected.sums[0].nbytes, 1):
            parts = read_sums(paths, culture, held=held)
            for _ in range(2):
                assert [name for part in parts for name in part.models] == models
                np.testing.assert_allclose(np.concatenate([part.sums for part in parts]), expected.sums, rtol=1e-14)
            assert {tuple(part.units) for part in parts} == {tuple(expected.units)}
            assert {tuple(part.features) for part in parts} == {tuple(expected.features)}
            ranked = rank(parts, target="valence", seed=1)
            pd.testing.assert_frame_equal(ranked, rank([expected], target="valence", seed=1))
            others = unrelated([culture])
            agreeing = agree(parts, others, target="valence", seed=1)
            pd.testing.assert_frame_equal(agreeing, agree([expected], others, target="valence", seed=1))
        (one,) = read_sums(paths, culture, only=lambda names: names[-1])
        assert one.models == models[-1:]
        np.testing.assert_allclose(one.sums[0], expected.sums[-1], rtol=1e-14)
        np.testing.assert_allclose(one.shares()[0], rank([one], target="valence", seed=1)["share"])


def test_shuffled_filters_have_the_same_weights_elsewhere() -> None:
    """Weights are those of one filter after the other, in another order; the same seed gives the same."""
    models = [network("linear", seed=1), network("linear", seed=2)]
    found = shuffled(models, seed=1, draws=5)
    for number, other in enumerate(found):
        own = models[number % 2].weight
        np.testing.assert_array_equal(np.sort(other.weight.ravel()), np.sort(own.ravel()))
        assert (other.weight != own).any()
    np.testing.assert_array_equal(found[3].weight, shuffled(models, seed=1, draws=5)[3].weight)


def test_little_to_compare() -> None:
    """One model: nothing to agree on. One unit: no interval."""
    assert agree(sums_of(table({"de": 0.1}, models=1)), unrelated(["de"]), target="valence", seed=1).empty
    alone = sums_of(table({"de": 0.1}, recordings=2))
    assert agree(alone, unrelated(["de"]), target="valence", seed=1)[["low", "high"]].isna().all(axis=None)


def test_nothing_to_share() -> None:
    """A filter of zeros has shares of zero."""
    np.testing.assert_array_equal(shares(np.zeros((2, 3))), 0)
    assert shares(np.array([1.0, 3.0])) == pytest.approx([0.25, 0.75])
