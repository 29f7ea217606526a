"""Differences between cultures, models and partitions, and the sentences made from them."""

import numpy as np
import pandas as pd
import pytest

from onefilter.concordance import moments
from onefilter.evaluation.bootstrap import interval
from onefilter.evaluation.differences import DIFFERENCE_COLUMNS, differences, verdicts
from onefilter.evaluation.scores import (
    AFTER_DELAY,
    ALL,
    MOMENT_COLUMNS,
    PROCESSED,
    RAW,
    SUMS,
    concatenated,
    score,
    seed_of,
)
from onefilter.figures.sentences import findings, predicted
from tests.examples.scores import SPLITS, added_up, in_words, study

MODELS = {"seed-1": 0.5, "seed-2": 1.0, "seed-1-last": 0.5, "seed-2-last": 1.4, "ridge": 0.5, "constant": 20.0}


@pytest.fixture(scope="module")
def table() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Differences, scores and moments: Hungarian is predicted worse, the constant everywhere."""
    sums = study(MODELS, per_split={("hungarian", "test"): 3.0})
    scores = score(sums, chosen_on={}, seed=1)
    return differences(added_up(sums), target="valence", devel=["german-devel"], seed=1), scores, sums


def test_values_are_differences_of_scores(table: tuple[pd.DataFrame, ...]) -> None:
    """Every difference can be read off the score table."""
    rows, scores, _ = table
    assert list(rows.columns) == list(DIFFERENCE_COLUMNS)
    own = scores.set_index(["culture", "partition", "model", "processing"])["ccc"].sort_index()
    names = {"last epoch": ("seed-1-last", RAW), "post-processed": ("seed-1", PROCESSED)}
    for row in rows.to_dict("records"):
        if row["kind"] == "cultures":
            expected = own[row["first"], "test", "seed-1", RAW] - own[row["second"], "test", "seed-1", RAW]
        elif row["kind"] == "models":
            culture, partition = row["split"].split("-")
            model, processing = names.get(row["second"], (row["second"], RAW))
            expected = own[culture, partition, "seed-1", RAW] - own[culture, partition, model, processing]
        else:
            devel, test = own["german", "devel"], own["german", "test"]
            seeds, last = ["seed-1", "seed-2"], ["seed-1-last", "seed-2-last"]
            raw = [part.xs(RAW, level="processing") for part in (devel, test)]
            gain = {
                "score": [part["seed-1"] for part in raw],
                "choice of the epoch": [part[seeds].mean() - part[last].mean() for part in raw],
                "choice of the seed": [part["seed-1"] - part[seeds].mean() for part in raw],
            }[row["split"]]
            expected = gain[0] - gain[1]
        assert row["difference"] == pytest.approx(expected, abs=1e-12), row
        if row["kind"] == "models" and row["split"] == "german-devel":
            assert np.isnan([row["low"], row["family_high"], row["differs"]]).all()
            continue
        assert row["family_low"] <= row["low"] <= row["difference"] <= row["high"] <= row["family_high"]
        assert row["differs"] == (row["family_low"] > 0 or row["family_high"] < 0)
        assert row["unit"] == "dyad"
    counts = rows["kind"].value_counts().to_dict()
    assert counts == {"cultures": 3, "models": 4 * 4, "optimism": 3}


def test_models_are_compared_recording_by_recording(table: tuple[pd.DataFrame, ...]) -> None:
    """The interval is that of the paired difference."""
    rows, _, sums = table
    cell = sums[(sums["culture"] == "chinese") & (sums["processing"] == RAW) & (sums["steps"] == ALL)]
    one, other = (cell.loc[cell["model"] == name, list(SUMS)].to_numpy() for name in ("seed-1", "ridge"))
    expected = interval(
        lambda counts: concatenated(one, counts) - concatenated(other, counts),
        12,
        seed=seed_of("chinese", "test", seed=1),
    )
    row = rows[(rows["kind"] == "models") & (rows["split"] == "chinese-test") & (rows["second"] == "ridge")].iloc[0]
    assert (row["low"], row["high"]) == pytest.approx(expected)


def test_other_systems() -> None:
    """Each is compared with the network, with the others and with the constant; the network's own families stay."""
    sums = study({**MODELS, "good": 0.1, "poor": 8.0}, per_split={})
    rows = differences(added_up(sums), target="valence", devel=["german-devel"], seed=1)
    own = rows[rows["kind"] == "systems"]
    pairs = [("one filter", "good"), ("one filter", "poor"), ("one filter", "constant"), ("good", "poor"),
             ("good", "constant"), ("poor", "constant")]  # fmt: skip
    told = own[own["split"] == "german-test"]
    assert list(zip(told["first"], told["second"], strict=True)) == [pair for pair in pairs if pair != pairs[2]]
    verdict = dict(zip(zip(told["first"], told["second"], strict=True), told["differs"], strict=True))
    assert verdict["one filter", "good"] == verdict["one filter", "poor"] == verdict["good", "poor"] == 1
    assert told.set_index(["first", "second"])["difference"]["one filter", "good"] < 0
    assert own[own["split"] == "german-devel"]["differs"].isna().all()
    page = in_words(rows)
    assert "The filter scores lower than good in" in page
    assert "The filter scores higher than poor in" in page
    assert "The system good scores higher than a constant in" in page
    rest = rows[rows["kind"] != "systems"].reset_index(drop=True)
    without = sums[~sums["model"].isin(["good", "poor"])]
    alone = differences(added_up(without), target="valence", devel=["german-devel"], seed=1)
    pd.testing.assert_frame_equal(rest, alone)


def test_finds_what_was_planted(table: tuple[pd.DataFrame, ...]) -> None:
    """Hungarian differs from the others, German does not differ from Chinese; the constant is worse everywhere."""
    rows, _, _ = table
    cultures = rows[rows["kind"] == "cultures"].set_index(["first", "second"])["differs"]
    assert cultures.to_dict() == {
        ("german", "hungarian"): 1.0, ("german", "chinese"): 0.0, ("hungarian", "chinese"): 1.0,
    }  # fmt: skip
    assert rows.loc[rows["second"] == "constant", "differs"].tolist()[1:] == [1, 1, 1]


def test_sentences_come_from_the_intervals(table: tuple[pd.DataFrame, ...]) -> None:
    """What is said agrees with what is in the table, and turns around with it."""
    rows, _, _ = table
    text = " ".join(verdicts(rows))
    assert "german minus hungarian is above zero (+" in text
    assert "german minus chinese is not told apart from zero (" in text
    assert "hungarian minus chinese is below zero (−" in text
    assert "minus constant it has no interval on german-devel (" in text
    assert "and is above zero on german-test (" in text
    assert "Intervals resample dyads." in findings(rows)
    page = in_words(rows)
    assert "Its score is higher in German than in Hungarian recordings" in page
    turned = rows.assign(differs=1 - rows["differs"])
    assert "german minus chinese is not told apart" not in " ".join(verdicts(turned))


def test_one_recording_is_said(table: tuple[pd.DataFrame, ...]) -> None:
    """A split of one recording has differences and no intervals, and the text says so."""
    _, _, sums = table
    alone = sums[(sums["culture"] != "chinese") | (sums["recording"] == "0")]
    rows = differences(added_up(alone), target="valence", devel=["german-devel"], seed=1)
    chinese = rows[(rows["split"] == "chinese-test") | (rows["second"] == "chinese")]
    assert chinese["difference"].notna().all()
    assert chinese[["low", "high", "differs"]].isna().all(axis=None)
    assert "german minus chinese has no interval (" in " ".join(verdicts(rows))


def test_nothing_chosen_nothing_compared() -> None:
    """Several models and no development: none may be picked by its test score."""
    sums = study({"seed-1": 1.0, "seed-2": 1.0}, per_split={})
    test_only = sums[sums["partition"] == "test"]
    assert differences(added_up(test_only), target="valence", devel=["german-devel"], seed=1).empty
    # One model needs no choosing, and without last epochs there is no optimism to report.
    one = test_only[test_only["model"] == "seed-1"]
    assert set(differences(added_up(one), target="valence", devel=["german-devel"], seed=1)["kind"]) == {
        "cultures",
        "models",
    }


@pytest.mark.parametrize("size", [1.0, 1.1, 1.3])
def test_a_constant_of_any_size_predicts_nothing(size: float) -> None:
    """Where labels begin at zero, zeros in front of predictions favour larger constants, and say nothing of faces."""
    rng, late, rows = np.random.default_rng(3), 30, []
    for culture, partition in SPLITS:
        for number in range(12):
            label = 0.3 * np.minimum(np.arange(200) / 60, 1) + 0.05 * rng.normal(size=200).cumsum() / 10
            for model, value in (("seed-1", 0.25 * size), ("constant", 0.25), ("turn", 0.25 * size * (1 + 1e-9))):
                outputs = np.concatenate([np.zeros(late), np.full(200 - late, value)])
                place = ("valence", culture, partition, model, RAW, str(number), f"dyad {culture}{number}")
                rows += [(*place, steps, *moments(outputs[begin:], label[begin:]))
                         for steps, begin in ((ALL, 0), (AFTER_DELAY, late))]  # fmt: skip
    sums = pd.DataFrame(rows, columns=list(MOMENT_COLUMNS))
    table = differences(added_up(sums), target="valence", devel=["german-devel"], seed=1)
    own = table[(table["kind"] == "models") & table["split"].str.endswith("-test")]
    assert (own["difference"].abs() < 1e-9).all()
    assert own["differs"].eq(0).all()
    assert not predicted(table, "valence")
    assert "predicts" not in in_words(table)
    # Over all steps, the size of a constant would have decided.
    whole = score(sums, chosen_on={}, seed=1).set_index(["culture", "partition", "model"])["ccc"]
    assert (abs(whole["german", "test", "seed-1"] - whole["german", "test", "constant"]) > 1e-3) == (size != 1.0)
