"""How far annotators agree: against joining by hand, and against what was planted."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from onefilter.concordance import concordance
from onefilter.corpus.gold import Floats, agreement_sums, others
from onefilter.evaluation.agreement import (
    AGREEMENT_COLUMNS,
    ANNOTATOR_COLUMNS,
    EVERYBODY,
    WHOLE,
    agreement,
    agreements,
    ceiling,
    read_annotators,
    sums_of,
    with_ceilings,
)
from onefilter.evaluation.bootstrap import interval
from onefilter.evaluation.differences import differences, verdicts
from onefilter.evaluation.scores import SUMMARY_COLUMNS, score, seed_of, summarise
from onefilter.figures.sentences import findings
from onefilter.files import write_table
from tests.examples.scores import SPLITS, added_up, study

NAMES = ("A1", "A2", "A3")


def ratings_of(recordings: int, *, sd: float, seed: int, steps: int = 60) -> list[Floats]:
    """Draw ratings of three annotators; the last has rated half of each recording, and every third not at all."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(recordings):
        ratings = rng.normal(size=steps) + sd * rng.normal(size=(3, steps))
        ratings[2, steps // 2 :] = np.nan
        found.append(ratings[:2] if number % 3 == 2 else ratings)
    return found


def tabulated(recordings: list[Floats], culture: str, partition: str, *, dyads: bool = False) -> pd.DataFrame:
    """Lay ratings out as the step does."""
    rows = []
    for number, ratings in enumerate(recordings):
        unit = f"dyad {culture}{number // 2 if dyads else number}"
        for name, sums in zip(NAMES, agreement_sums(ratings), strict=False):
            rows.append((str(number), unit, "valence", name, 0.0, 1.0, 1.0, *sums))
    return pd.DataFrame(rows, columns=list(ANNOTATOR_COLUMNS)).assign(culture=culture, partition=partition)


def test_against_joining_by_hand() -> None:
    """Each annotator's CCC over all that both rated, the mean over annotators, intervals over units."""
    recordings = ratings_of(16, sd=0.5, seed=1)
    table = tabulated(recordings, "german", "test", dyads=True)
    found = agreement(table, seed=3)
    assert list(found.columns) == list(AGREEMENT_COLUMNS)
    own = found[found["partition"] == "test"].set_index("annotator")
    expected = []
    for place, name in enumerate(NAMES):
        joined = [np.stack([each[place], others(each)[place]]) for each in recordings if len(each) > place]
        one, other = np.concatenate(joined, axis=1)
        both = ~np.isnan(one) & ~np.isnan(other)
        expected.append(concordance(one[both], other[both]))
        assert own.loc[name, "ccc"] == pytest.approx(expected[-1])
        assert own.loc[name, "recordings"] == len(joined)
    everybody = own.loc[EVERYBODY]
    assert everybody["ccc"] == pytest.approx(np.mean(expected))
    assert (everybody["annotators"], everybody["units"], everybody["unit"]) == (3, 8, "dyad")
    _, sums = sums_of(table, list(dict.fromkeys(table["unit"])))
    bounds = interval(lambda counts: ceiling(sums, counts), 8, seed=seed_of("german", "test", seed=3))
    assert (everybody["low"], everybody["high"]) == pytest.approx(tuple(bounds))
    assert everybody["low"] < everybody["ccc"] < everybody["high"]


def test_an_annotator_who_is_not_drawn() -> None:
    """Counts for nothing in that draw, rather than as one who does not agree."""
    sums = np.zeros((2, 2, 6))
    sums[:, 0] = agreement_sums(np.random.default_rng(1).normal(size=(2, 30)) + np.arange(30.0))
    sums[0, 1] = sums[0, 0]
    drawn = agreements(sums, np.array([[0.0, 2.0], [1.0, 1.0]]))
    assert np.isnan(drawn[0, 1])
    assert ceiling(sums, np.array([[0.0, 2.0]]))[0] == drawn[0, 0]
    assert ceiling(sums, np.zeros((1, 2)))[0] == 0


def test_planted_agreement_by_culture_and_partition() -> None:
    """Annotators with noise: the closed form; cultures and partitions are told apart, and joined."""
    tables = [
        tabulated([each[:2] for each in ratings_of(60, sd=sd, seed=seed, steps=200)], culture, partition)
        for seed, (culture, partition, sd) in enumerate(
            [("german", "train", 0.5), ("german", "test", 0.5), ("chinese", "test", 1.5)]
        )
    ]
    found = agreement(pd.concat(tables), seed=1)
    own = found[found["annotator"] == EVERYBODY].set_index(["culture", "partition"])["ccc"]
    for culture, partition, sd in (("german", "train", 0.5), ("german", WHOLE, 0.5), ("chinese", WHOLE, 1.5)):
        # Two annotators: m = 1, and the equation of the gold standard is c / v.
        assert own[culture, partition] == pytest.approx(1 / (1 + sd**2), abs=0.02)


def test_nobody_shares_a_moment() -> None:
    """One annotator alone: there is no agreement, and no ceiling."""
    table = tabulated([each[:1] for each in ratings_of(8, sd=1.0, seed=1)], "german", "test")
    assert agreement(table, seed=1).empty
    assert agreement(read_annotators([]), seed=1).empty


def test_read_from_files(tmp_path: Path) -> None:
    """Culture and partition are those of the file's name."""
    table = tabulated(ratings_of(6, sd=1.0, seed=1), "german", "test")
    path = tmp_path / "chinese-devel.002.parquet"
    write_table(path, table[list(ANNOTATOR_COLUMNS)])
    assert set(zip(*read_annotators([path])[["culture", "partition"]].to_numpy().T, strict=True)) == {
        ("chinese", "devel")
    }


def test_the_ceiling_beside_scores_and_among_differences() -> None:
    """Every score has its split's ceiling; the network is compared with it, paired by unit; other rows stay."""
    sums = study({"seed-1": 0.3, "ridge": 0.6}, per_split={("chinese", "test"): 6.0})
    scored = score(sums, chosen_on={"raw": ["german-devel"]}, seed=1)
    tables = [
        tabulated([each[:2] for each in ratings_of(12, sd=0.7, seed=place)], *split)
        for place, split in enumerate(SPLITS)
        if split != ("hungarian", "test")
    ]
    annotators = pd.concat(tables, ignore_index=True)
    agreeing = agreement(annotators, seed=1)
    summary = with_ceilings(summarise(scored, added_up(sums), devel=["german-devel"], seed=1), agreeing)
    assert list(summary.columns) == list(SUMMARY_COLUMNS)
    known = summary.set_index(["culture", "partition"])["ceiling"].groupby(level=[0, 1]).first()
    everybody = agreeing[agreeing["annotator"] == EVERYBODY].set_index(["culture", "partition"])["ccc"]
    assert known["german", "test"] == everybody["german", "test"]
    assert summary.loc[summary["culture"] == "hungarian", "ceiling"].isna().all()

    without = differences(added_up(sums), target="valence", devel=["german-devel"], seed=1)
    table = differences(added_up(sums), target="valence", devel=["german-devel"], seed=1, annotators=annotators)
    own = table[table["kind"] == "ceiling"].set_index("split")
    pd.testing.assert_frame_equal(table[table["kind"] != "ceiling"].reset_index(drop=True), without)
    assert list(own.index) == ["german-devel", "german-test", "chinese-test"]
    assert np.isnan(own["low"].to_dict()["german-devel"])
    row = scored[(scored["model"] == "seed-1") & (scored["processing"] == "raw")].set_index(["culture", "partition"])
    expected = row.loc[("german", "test"), "ccc"] - everybody["german", "test"]
    assert own.loc["german-test", "difference"] == pytest.approx(expected)
    assert own.loc["german-test", "differs"] == 1
    assert own["difference"].to_dict()["chinese-test"] < 0
    (text,) = [each for each in verdicts(table) if "ceiling" in each]
    assert "minus annotators it has no interval on german-devel" in text
    assert "is above zero on german-test" in text
    assert "no bound, but what a person reaches" in findings(table)
