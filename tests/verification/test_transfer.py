"""Transfer between cultures: planted mappings that are the same, turned around, or of another scale."""

from collections.abc import Mapping

import numpy as np
import pytest
from scipy import stats

from onefilter.concordance import concordance
from onefilter.features.normalisation import normalise
from onefilter.model.prediction import at_annotators_time, correlate
from onefilter.training.ridge import fit_ridge
from onefilter.verification.transfer import (
    ALIKE_COLUMNS,
    TRANSFER_COLUMNS,
    Pairs,
    alike,
    fit_everywhere,
    trainings,
    transfer,
)

TAPS, LEFT, DELAY = 5, 2, 3


def recordings(slope: float, *, count: int, seed: int, scale: float = 1.0) -> Pairs:
    """Labels that follow the first of three features by this slope, three steps later."""
    rng = np.random.default_rng(seed)
    pairs = []
    for _ in range(count):
        x = scale * rng.normal(size=(150, 3))
        y = slope * np.concatenate([np.zeros(DELAY), x[:-DELAY, 0]]) / scale + 0.3 * rng.normal(size=150)
        pairs.append((x, y))
    return pairs


def study(slopes: dict[str, float], **scales: float) -> dict[tuple[str, str], Pairs]:
    """Cultures that differ in their slopes and in the scale of their features."""
    return {
        (culture, partition): recordings(slope, count=8, seed=10 * place + part, scale=scales.get(culture, 1.0))
        for place, (culture, slope) in enumerate(slopes.items())
        for part, partition in enumerate(("train", "devel", "test"))
    }


def units_of(data: Mapping[tuple[str, str], Pairs]) -> dict[tuple[str, str], list[str]]:
    """Everybody is alone."""
    return {split: [f"person {number}" for number in range(len(pairs))] for split, pairs in data.items()}


Cells = dict[tuple[str, str], dict[str, float]]


def run(data: Mapping[tuple[str, str], Pairs]) -> Cells:
    """Transfer everything. By what was trained on and the tested culture, the numbers."""
    filters = fit_everywhere(data, taps=TAPS, left=LEFT, delay=DELAY)
    table = transfer(data, units_of(data), filters, left=LEFT, delay=DELAY, seed=1)
    assert set(table.columns) == set(TRANSFER_COLUMNS) - {"target", "normalise", "unit"}
    keys = zip(table["trained_on"], table["culture"], strict=True)
    rows = table.drop(columns=["trained_on", "culture"]).to_dict("records")
    return {key: {str(name): float(value) for name, value in row.items()} for key, row in zip(keys, rows, strict=True)}


def test_what_is_trained_on_what() -> None:
    """Each, all, and all but one where that is something else."""
    assert trainings(["a"]) == {"a": ["a"]}
    assert trainings(["a", "b"]) == {"a": ["a"], "b": ["b"], "all": ["a", "b"]}
    assert trainings(["a", "b", "c"])["all but b"] == ["a", "c"]


def test_mappings_that_turn_around_do_not_transfer() -> None:
    """The difference is below zero, and what is lost is r; a culture of the same mapping loses nothing."""
    table = run(study({"german": 1.0, "hungarian": 1.0, "chinese": -1.0}))
    there = table["german", "chinese"]
    assert there["pearson"] < -0.5
    assert there["difference_high"] < -0.5
    assert table["chinese", "chinese"]["ccc"] > 0.5
    near = table["german", "hungarian"]
    assert near["difference_low"] <= 0 <= near["difference_high"] or abs(near["difference"]) < 0.02
    for row in table.values():
        assert row["ccc"] == pytest.approx(row["pearson"] * row["bias_correction"])
    assert table["german", "german"]["difference"] == 0
    assert table["all but chinese", "chinese"]["ccc"] < 0


def test_scores_are_those_of_the_filter() -> None:
    """Joined by hand."""
    data = study({"german": 1.0, "hungarian": 0.5})
    table = run(data)
    found = fit_ridge(data["german", "train"], data["german", "devel"], taps=TAPS, left=LEFT, delay=DELAY)
    p, y = [], []
    for x, label in data["hungarian", "test"]:
        p.append(at_annotators_time(correlate(x, found.weight, left=LEFT) + found.bias, DELAY))
        y.append(label)
    assert table["german", "hungarian"]["ccc"] == pytest.approx(concordance(np.concatenate(p), np.concatenate(y)))
    assert table["german", "hungarian"]["difference"] == pytest.approx(
        table["german", "hungarian"]["ccc"] - table["hungarian", "hungarian"]["ccc"]
    )


def test_normalisation_undoes_a_scale() -> None:
    """Features of ten times the size lose C_b, not r; relative to the recording they lose neither."""
    data = study({"german": 1.0, "hungarian": 1.0}, hungarian=10.0)
    plain = run(data)["german", "hungarian"]
    assert plain["pearson"] > 0.8
    assert plain["bias_correction"] < 0.5
    relative = {}
    for (culture, partition), pairs in data.items():
        inputs = {str(number): x for number, (x, _) in enumerate(pairs)}
        moved = normalise(inputs, {name: name for name in inputs})
        relative[culture, partition] = [(moved[str(number)], y) for number, (_, y) in enumerate(pairs)]
    assert run(relative)["german", "hungarian"]["bias_correction"] > 0.9


def test_nothing_to_train_on() -> None:
    """A culture without development recordings cannot be trained on."""
    data = study({"german": 1.0})
    with pytest.raises(ValueError, match="no culture has recordings to train and to develop on"):
        run({key: pairs for key, pairs in data.items() if key[1] != "devel"})


def test_normalise_by_group() -> None:
    """Mean 0 and deviation 1 in each group as a whole; what never changes is 0; nothing leaks between groups."""
    rng = np.random.default_rng(1)
    inputs = {name: rng.normal(place, 1 + place, (50, 3)) for place, name in enumerate("abc")}
    inputs["c"][:, 2] = 7.0
    found = normalise(inputs, {"a": "x", "b": "x", "c": "y"})
    joined = np.concatenate([found["a"], found["b"]])
    np.testing.assert_allclose(joined.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(joined.std(axis=0), 1)
    assert abs(found["a"].mean()) > 0.1
    np.testing.assert_allclose(found["c"][:, :2].std(axis=0), 1)
    assert (found["c"][:, 2] == 0).all()
    alone = normalise({"c": inputs["c"]}, {"c": "y"})
    np.testing.assert_array_equal(alone["c"], found["c"])


def test_filters_of_cultures_are_compared() -> None:
    """The same mapping gives what two halves of one culture give, one that turns around the opposite."""
    data = study({"german": 1.0, "hungarian": 1.0, "chinese": -1.0})
    filters = fit_everywhere(data, taps=TAPS, left=LEFT, delay=DELAY)
    table = alike(data, units_of(data), filters, left=LEFT, delay=DELAY, seed=1)
    assert set(table.columns) == set(ALIKE_COLUMNS) - {"target", "normalise", "unit"}
    rows = {(row["first"], row["second"]): row for row in table.to_dict("records")}
    assert list(rows) == [("german", "hungarian"), ("german", "chinese"), ("hungarian", "chinese")]
    same, turned = rows["german", "hungarian"], rows["german", "chinese"]
    assert min(same["output_r"], same["output_halves"]) > 0.95 > same["output_null"]
    assert turned["output_r"] < -0.95
    # Contribution by contribution, over all steps with a label.
    tested = [x for (_, partition), pairs in data.items() if partition == "test" for x, _ in pairs]
    outputs, shares = [], []
    for culture in ("german", "chinese"):
        weight = filters[culture].weight
        parts = [
            np.concatenate([correlate(x[:, [f]], weight[:, [f]], left=LEFT)[: len(x) - DELAY] for x in tested])
            for f in range(3)
        ]
        outputs.append(np.sum(parts, axis=0))
        shares.append([np.cov(part, outputs[-1])[0, 1] for part in parts])
    assert turned["output_r"] == pytest.approx(np.corrcoef(outputs[0], outputs[1])[0, 1], abs=1e-9)
    assert turned["share_r"] == pytest.approx(stats.spearmanr(shares[0], shares[1]).statistic, abs=1e-9)


def test_one_culture_or_one_person_has_nothing_to_compare() -> None:
    """No rows; no halves."""
    data = study({"german": 1.0})
    filters = fit_everywhere(data, taps=TAPS, left=LEFT, delay=DELAY)
    assert alike(data, units_of(data), filters, left=LEFT, delay=DELAY, seed=1).empty
    data = study({"german": 1.0, "hungarian": 1.0})
    alone = {split: ["person 1"] * len(pairs) for split, pairs in data.items()}
    filters = fit_everywhere(data, taps=TAPS, left=LEFT, delay=DELAY)
    table = alike(data, alone, filters, left=LEFT, delay=DELAY, seed=1)
    assert table[["output_halves", "share_halves"]].isna().all(axis=None)
    assert table["output_r"].notna().all()
