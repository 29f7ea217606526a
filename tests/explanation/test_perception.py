"""Agreement with human perception."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from onefilter.corpus.twin import TARGETS
from onefilter.errors import InputError
from onefilter.explanation.perception import (
    AGREES,
    BY_CHANCE,
    NO_LABELS,
    STUDIED,
    UNKNOWN,
    Chance,
    agreement,
    chance,
    read_perception,
)

ROOT = Path(__file__).parents[2]


def test_against_all_sign_flips() -> None:
    """Share, weighted agreement and both p-values, by going through every flip by hand."""
    rng = np.random.default_rng(1)
    weights = {f"f{i}": float(value) for i, value in enumerate(rng.normal(size=8))}
    expected = {f"f{i}": 1 if rng.random() < 0.7 else -1 for i in range(8)}
    found = agreement(weights | {"other": 9.0}, expected, seed=1)
    assert found is not None
    values, signs = np.array(list(weights.values())), np.array(list(expected.values()))
    observed = [np.sum(np.sign(values) == signs), signs @ values / np.abs(values).sum()]
    as_good = np.zeros(2)
    for flips in itertools.product((-1, 1), repeat=8):
        flipped = signs * np.array(flips)
        as_good += [
            np.sum(np.sign(values) == flipped) >= observed[0],
            flipped @ values / np.abs(values).sum() >= observed[1] - 1e-12,
        ]
    assert (found.features, found.agreeing) == (8, observed[0])
    assert found.weighted == pytest.approx(observed[1])
    assert (found.p, found.weighted_p) == pytest.approx(tuple(as_good / 2**8))
    assert found.p == pytest.approx(stats.binomtest(found.agreeing, 8, alternative="greater").pvalue)


def test_perfect_and_opposite() -> None:
    """All signs right is unlikely by chance, all wrong is as far as it gets."""
    expected = {f"f{i}": (-1) ** i for i in range(10)}
    right = agreement({name: 0.1 * sign for name, sign in expected.items()}, expected, seed=1)
    wrong = agreement({name: -0.1 * sign for name, sign in expected.items()}, expected, seed=1)
    assert right is not None
    assert wrong is not None
    assert (right.share, right.weighted, right.p, right.weighted_p) == pytest.approx((1, 1, 2**-10, 2**-10))
    assert (wrong.share, wrong.weighted, wrong.p, wrong.weighted_p) == pytest.approx((0, -1, 1, 1))


def test_many_features_by_random_flips() -> None:
    """Beyond 14 features flips are drawn; the p-value is near the normal approximation and never 0."""
    rng = np.random.default_rng(3)
    values, signs = rng.normal(0.3, 1, 30), np.ones(30)
    expected = {f"f{i}": 1 for i in range(30)}
    found = agreement({f"f{i}": float(v) for i, v in enumerate(values)}, expected, seed=1)
    assert found is not None
    normal = stats.norm.sf(signs @ values / np.sqrt(values @ values))
    assert found.weighted_p == pytest.approx(normal, abs=0.02)
    sure = agreement(dict.fromkeys(expected, 1.0), expected, seed=1)
    assert sure is not None
    assert 0 < sure.weighted_p < 1e-3


def test_chance_by_counting() -> None:
    """Refits that agree as much or more, counted one by one, and the labels as they are with them."""
    rng = np.random.default_rng(2)
    names = [f"f{index}" for index in range(5)]
    expected = dict(zip(names, (1, -1, 1, 1, -1), strict=True))
    refitted = rng.normal(size=(199, 5))
    for weights in (np.array([1.0, -1, 1, 1, 1]), np.array([3.0, 1, 0.5, -1, -1])):
        found = agreement(dict(zip(names, weights.tolist(), strict=True)), expected, seed=1)
        assert found is not None
        answer = chance(found, dict(zip(names, refitted.T, strict=True)), expected, unit="dyad")
        as_many, as_much, agreeing = 1, 1, []
        for row in refitted:
            signed = row * list(expected.values())
            agreeing.append(int((signed > 0).sum()))
            as_many += agreeing[-1] >= found.agreeing
            as_much += signed.sum() / np.abs(row).sum() >= found.weighted
        assert (answer.p_refit, answer.weighted_p_refit) == (as_many / 200, as_much / 200)
        assert answer.by_chance == pytest.approx(np.mean(agreeing))
        assert answer.verdict == (AGREES if as_many / 200 <= 0.05 else BY_CHANCE)
        assert answer.null == "199 refits on labels of others"


def test_no_verdict_without_labels() -> None:
    """What was trained elsewhere is not judged by sign flips."""
    assert (Chance().verdict, Chance().null) == (UNKNOWN, NO_LABELS)
    names = [f"f{place}" for place in range(9)]
    for right, verdict in ((4, BY_CHANCE), (5, BY_CHANCE), (6, UNKNOWN), (9, UNKNOWN)):
        weights = {name: 1.0 if place < right else -1.0 for place, name in enumerate(names)}
        told = agreement(weights, dict.fromkeys(names, 1), seed=1)
        assert told is not None
        # A coin gives 5 of 9 or more in every second case.
        assert Chance.without_labels(told).verdict == verdict
    assert np.isnan([Chance().p_refit, Chance().weighted_p_refit, Chance().by_chance]).all()


def test_zero_weights_agree_with_nothing() -> None:
    """A filter that sees nothing agrees with nobody; without common features there is no answer."""
    found = agreement({"f": 0.0, "g": 0.0}, {"f": 1, "g": -1}, seed=1)
    assert found is not None
    assert (found.agreeing, found.p, found.weighted, found.weighted_p) == (0, 1.0, 0.0, 1.0)
    assert agreement({"f": 1.0}, {"g": 1}, seed=1) is None


def test_the_projects_table() -> None:
    """Every row has a source and says what it studied; smiles are pleasant, frowns are not."""
    table = read_perception(ROOT / "config/perception.tsv")
    signs = table.set_index(["feature", "target"])["sign"]
    assert signs["AU12_mean", "valence"] == 1
    assert signs["AU04_mean", "valence"] == -1
    assert set(table["target"]) == set(TARGETS)
    assert (table["source"].str.len() > 20).all()
    assert (table["unit"] == table["feature"].str[:4]).all()
    assert set(table["studied"]) <= set(STUDIED) - {"unclear"}
    assert (table["source"].str.startswith("EMFACS") == (table["studied"] == "theory")).all()


def test_what_is_not_said_is_unclear(tmp_path: Path) -> None:
    """Tables without the column are read; words that are none of the four are refused."""
    path = tmp_path / "perception.tsv"
    path.write_text("unit\tfeature\ttarget\tsign\tsource\nAU12\tAU12_mean\tvalence\t+\tx\n", encoding="utf-8")
    assert read_perception(path)["studied"].tolist() == ["unclear"]
    path.write_text(
        "unit\tfeature\ttarget\tsign\tstudied\tsource\nAU12\tAU12_mean\tvalence\t+\tpercepton\tx\n", encoding="utf-8"
    )
    with pytest.raises(InputError, match=r"row 2, column studied: unknown studied 'percepton' .did you mean 'perc"):
        read_perception(path)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("AU12\tAU12_maen\tvalence\t+\tx", "row 2, column feature: unknown feature 'AU12_maen' .did you mean 'AU12_m"),
        ("AU12\tAU12_mean\tvalence\t0\tx", "row 2, column sign: unknown sign '0'"),
        ("AU12\tAU12_mean\tvalence\t+\t ", "row 2, column source: is empty; say who found this"),
        ("AU12\tAU12_mean\tVal ence\t+\tx", "row 2, column target: 'Val ence' is not the name of a target"),
        ("AU12\tAU12_mean\tvalence\t+", "row 2: has 4 fields where the header has 5"),
    ],
)
def test_mistakes_in_the_table(tmp_path: Path, row: str, message: str) -> None:
    """File, row, column, value."""
    path = tmp_path / "perception.tsv"
    path.write_text(f"unit\tfeature\ttarget\tsign\tsource\n{row}\n", encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_perception(path)


def test_repeated_rows(tmp_path: Path) -> None:
    """One expectation per feature and target."""
    path = tmp_path / "perception.tsv"
    row = "AU12\tAU12_mean\tvalence\t+\tx\n"
    path.write_text(f"unit\tfeature\ttarget\tsign\tsource\n{row}{row}", encoding="utf-8")
    with pytest.raises(InputError, match="row 3, column feature: AU12_mean is listed twice for valence"):
        read_perception(path)
