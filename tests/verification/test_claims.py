"""Claims: each function on evidence where it holds, where it fails, and where it cannot be tested."""

import math
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import yaml

from onefilter.concordance import moments
from onefilter.errors import InputError
from onefilter.evaluation.scores import RUNG_COLUMNS
from onefilter.features.description import compare_distributions, describe, distance_table
from onefilter.features.statistics import FEATURES
from onefilter.verification.claims import CLAIM_COLUMNS, FAILS, HOLDS, NOT_TESTABLE, check_claims, read_claims, verify
from onefilter.verification.statements import FUNCTIONS, Evidence, NotTestable, Pace

CONSTANT = {"target": "valence", "than": "constant"}
CLAIMS = yaml.safe_load((Path(__file__).parents[2] / "config/claims.yaml").read_text(encoding="utf-8"))


def features(*, scale: float = 1.0, seed: int = 1, people: float = 0.0) -> pl.DataFrame:
    """Features of one culture: small values with rare large ones; ten persons, who may differ."""
    rng = np.random.default_rng(seed)
    own = np.repeat(np.exp(people * rng.standard_normal((10, len(FEATURES)))), 50, axis=0)
    values = np.clip(scale * own * rng.exponential(0.3, (500, len(FEATURES))), 0, 5)
    units = [f"person {seed}-{number // 50}" for number in range(500)]
    return pl.DataFrame(values, schema=list(FEATURES)).with_columns(unit=pl.Series(units))


def distances(cultures: dict[str, pl.DataFrame]) -> pd.DataFrame:
    """Compare cultures in every feature."""
    return distance_table([each for name in FEATURES for each in compare_distributions(cultures, name, seed=1)])


def summary() -> pd.DataFrame:
    """Scores of one filter on two test splits."""
    row = {"target": "valence", "method": "one-filter", "processing": "raw", "partition": "test", "recordings": 9}
    return pd.DataFrame(
        [
            {**row, "culture": culture, "ccc_after_delay_best": ccc}
            for culture, ccc in (("german", 0.5), ("hungarian", 0.3))
        ]
    )


def differences(low: float = 0.2, **changes: object) -> pd.DataFrame:
    """Network minus constant and minus turn, on development and two test splits."""
    row = {"target": "valence", "kind": "models", "first": "one filter", "unit": "dyad"}
    rows = [
        {**row, "second": second, "split": split, "difference": bound + 0.1, "family_low": bound,
         "family_high": bound + 0.2, **(changes if split.endswith("test") else {})}
        for second in ("constant", "turn")
        for split, bound in (("german-devel", np.nan), ("german-test", 0.4), ("hungarian-test", low))
    ]  # fmt: skip
    return pd.DataFrame(rows)


def perception(p: float, corpus: str = "avec", *, refit: float = math.nan) -> pd.DataFrame:
    """Agreement of one filter."""
    row = {"target": "valence", "weights": "filter", "order": "stored", "features": 9, "agreeing": 8, "share": 8 / 9}
    return pd.DataFrame([{**row, "p": p, "p_refit": refit, "model_corpus": corpus}])


def rungs(deep: float, *, people: int = 20, spread: float = 0.01) -> pd.DataFrame:
    """Moments of the ladder's networks: A correlates with labels so well, the others with .5."""
    rng = np.random.default_rng(1)
    rows = []
    for culture in ("german", "hungarian"):
        for number in range(people):
            label, noise = rng.normal(size=300), rng.normal(size=300)
            for network, r in (("A", deep), ("B", 0.4), ("C", 0.5), ("D", 0.5)):
                for seed in (1, 2):
                    found = r * label + np.sqrt(1 - r**2) * noise + spread * rng.normal(size=300) * rng.exponential()
                    place = (network, "valence", culture, "test", f"r{number}", f"dyad {number // 2}")
                    rows.append((*place, seed, *moments(found, label)))
    return pd.DataFrame(rows, columns=list(RUNG_COLUMNS))


def ladder(*, epoch: int = 100) -> pd.DataFrame:
    """Best epochs of the ladder's networks."""
    return pd.DataFrame({"network": ["A", "B", "C"], "epoch": [epoch, 100, 299], "epochs": [300, 300, 300]})


PACE = Pace(latency=0.5, computing=1e-3, openface=40.0, video=30.0)


@cache
def alike() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two cultures that are alike: their statistics, and their distances."""
    cultures = {"german": features(), "hungarian": features(seed=2)}
    return describe(cultures, FEATURES), distances(cultures)


def evidence(**changes: Any) -> Evidence:
    """Evidence in which everything holds; changes may be functions that compute it."""
    described, apart = alike()
    everything: dict[str, Any] = {
        "described": described.copy(),
        "distances": apart.copy(),
        "summary": summary(),
        "differences": differences(),
        "perception": perception(0.01, refit=0.01),
        "ladder": ladder(),
        "rungs": rungs(0.5),
        "pace": PACE,
    }
    return Evidence(**{name: each() if callable(each) else each for name, each in (everything | changes).items()})


@pytest.mark.parametrize(
    ("function", "arguments", "tolerance", "good", "bad", "number"),
    [
        (
            "distributions_alike", {}, 0.2, {},
            {"distances": lambda: distances({"a": features(), "b": features(scale=4, seed=2)})}, None,
        ),
        (
            "better_across_cultures", {"target": "valence", "than": "constant"}, 0.0, {},
            {"differences": differences(-0.01)}, -0.01,
        ),
        (
            "better_across_cultures", {"target": "valence", "than": "turn"}, 0.0, {},
            {"differences": differences(0.0)}, 0.0,
        ),
        ("agrees_with_perception", {"target": "valence", "weights": "filter"}, 0.05, {},
         {"perception": perception(0.5)}, 0.5),
        # Arbitrary signs would not agree so well; filters on labels of others do.
        ("agrees_with_perception", {"target": "valence", "weights": "filter"}, 0.05, {},
         {"perception": perception(0.01, refit=0.3)}, 0.3),
        ("real_time", {}, 1.0, {}, {"pace": replace(PACE, latency=4.5)}, 4.5 + 1 / 40 + 1e-3),
        # On time, and ever further behind.
        ("real_time", {}, 1.0, {}, {"pace": replace(PACE, openface=20.0)}, 0.5 + 1 / 20 + 1e-3),
        ("shallow_is_enough", {}, 0.05, {}, {"rungs": rungs(0.8)}, None),
        (
            "sentence", {"name": "medians", "order": "stored"}, 0.5, {},
            {"described": describe({"german": features(scale=5)}, FEATURES)}, None,
        ),
    ],
)  # fmt: skip
def test_holds_and_fails(
    function: str,
    arguments: dict[str, str],
    tolerance: float,
    good: dict[str, Any],
    bad: dict[str, Any],
    number: float | None,
) -> None:
    """Each function tells good evidence from bad and gives the number it went by."""
    assert FUNCTIONS[function](evidence(**good), tolerance, **arguments).holds
    finding = FUNCTIONS[function](evidence(**bad), tolerance, **arguments)
    assert not finding.holds
    assert finding.detail
    if number is not None:
        assert finding.number == pytest.approx(number)


@pytest.mark.parametrize(
    ("function", "arguments", "changes", "reason"),
    [
        ("distributions_alike", {}, {"distances": lambda: distances({"a": features()})}, "one culture only"),
        (
            "distributions_alike", {},
            {"distances": lambda: distances({"a": features(people=2.0), "b": features(people=2.0, seed=2)})},
            "too few people to tell",
        ),
        (
            "better_across_cultures", CONSTANT | {"trained_on": "german"}, {"trained_on": ["german", "hungarian"]},
            "trained on german and hungarian recordings",
        ),
        ("better_across_cultures", CONSTANT, {"differences": pd.DataFrame()}, "no test recording of valence"),
        ("better_across_cultures", {"target": "liking", "than": "turn"}, {}, "no test recording of liking"),
        ("better_across_cultures", CONSTANT, {"differences": differences()[:2]}, "one culture only"),
        ("better_across_cultures", CONSTANT, {"differences": differences(family_low=math.nan)}, "fewer than 6 units"),
        ("real_time", {}, {"pace": replace(PACE, openface=None)}, "how many frames OpenFace takes .* is not known"),
        ("shallow_is_enough", {}, {"ladder": ladder(epoch=290)}, "A was still improving: its best epoch is 290 of 300"),
        ("shallow_is_enough", {}, {"rungs": rungs(0.55, people=12, spread=2.0)}, "too few people to tell"),
        ("shallow_is_enough", {}, {"rungs": rungs(0.5).assign(partition="devel")}, "no test recording"),
        ("agrees_with_perception", {"target": "arousal", "weights": "filter"}, {}, "no model of arousal"),
        ("agrees_with_perception", {"target": "valence", "weights": "filter"},
         {"perception": perception(0.01, "simulated")}, "simulated people.*8 of 9"),
        # Nothing can be refitted, and arbitrary signs are not what correlated features have.
        ("agrees_with_perception", {"target": "valence", "weights": "filter"},
         {"perception": perception(0.01)}, r"8 of 9 signs agree .* its labels are not here \(p 0.01\)"),
        ("shallow_is_enough", {}, {"ladder": pd.DataFrame()}, "verification.ladder: true"),
    ],
)  # fmt: skip
def test_says_what_cannot_be_tested(
    function: str, arguments: dict[str, str], changes: dict[str, Any], reason: str
) -> None:
    """Missing evidence is not a failed claim."""
    with pytest.raises(NotTestable, match=reason):
        FUNCTIONS[function](evidence(**changes), 0.1, **arguments)


def test_a_constant_does_not_predict() -> None:
    """Fed with its own rows, the claim fails: a constant is no better than a constant."""
    none = differences(difference=0.0, family_low=0.0, family_high=0.0)
    assert not FUNCTIONS["better_across_cultures"](evidence(differences=none), 0.0, **CONSTANT).holds


@pytest.mark.slow
def test_halves_of_one_culture_are_not_two() -> None:
    """People who differ make distances; whose people they are must not matter for the p to be large."""
    found = [
        distances({"a": features(people=1.0, seed=2 * seed), "b": features(people=1.0, seed=2 * seed + 1)})
        for seed in range(10, 16)
    ]
    assert all(table["p_family"].min() > 0.01 for table in found)
    assert min(table["ks"].max() for table in found) > 0.2
    apart = distances({"a": features(people=0.3), "b": features(people=0.3, scale=3, seed=2)})
    assert apart.loc[apart["variable"] == "AU12_mean", "p_family"].max() < 0.01


@pytest.mark.slow
def test_the_projects_claims() -> None:
    """All of config/claims.yaml can be tested; on the twin, statements about people cannot."""
    claims = check_claims(CLAIMS, file="claims.yaml")
    table = verify(claims, evidence(), corpus="avec", file="claims.yaml").set_index("id")
    assert tuple(table.reset_index().columns) == CLAIM_COLUMNS
    assert table.at["valence-across", "status"] == HOLDS
    assert table.at["arousal-across", "status"] == NOT_TESTABLE
    assert table.at["medians", "status"] == HOLDS
    twin = verify(claims, evidence(), corpus="simulated", file="claims.yaml").set_index("id")
    assert twin.at["medians", "status"] == NOT_TESTABLE
    assert twin["number"]["medians"] == table["number"]["medians"]
    assert "not about simulated ones" in twin["detail"]["medians"]
    assert set(twin["status"]) == {HOLDS, NOT_TESTABLE}
    assert twin.index[twin["status"] == HOLDS].tolist() == ["perception-valence", "real-time"]
    worse = verify(claims, evidence(differences=differences(-0.2)), corpus="avec", file="claims.yaml").set_index("id")
    assert worse.at["valence-across", "status"] == FAILS


def test_a_broken_number_is_an_error() -> None:
    """Not a result."""
    broken = evidence(pace=replace(PACE, computing=math.nan))
    claims = [claim for claim in CLAIMS if claim["id"] == "real-time"]
    with pytest.raises(InputError, match=r"claim real-time: its number is nan .* broken"):
        verify(claims, broken, corpus="avec", file="claims.yaml")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "alike"}, "claim alike is listed twice; give every claim an id of its own"),
        ({"function": "sentense"}, "claim x: unknown function 'sentense' .did you mean 'sentence'"),
        ({"corpora": ["sewa"]}, "claim x: unknown corpus 'sewa'"),
        ({"tolerance": "much"}, "claim x: tolerance 'much' is not a number"),
        ({"colour": "red"}, "claim x has the unknown key 'colour'"),
        ({"where": None}, "claim x lacks 'where'"),
    ],
)
def test_mistakes_in_the_list(change: dict[str, Any], message: str) -> None:
    """Named before anything is computed."""
    claim = {**CLAIMS[0], "id": "x", **change}
    claim = {key: value for key, value in claim.items() if value is not None}
    with pytest.raises(InputError, match=message):
        check_claims([CLAIMS[0], claim], file="claims.yaml")


def test_arguments_that_do_not_fit() -> None:
    """A wrong argument is a mistake in the list, not a crash."""
    claim = {**CLAIMS[1], "arguments": {"name": "medians", "ordre": "stored"}}
    with pytest.raises(InputError, match="claim medians: sentence does not take"):
        verify([claim], evidence(), corpus="avec", file="claims.yaml")
    with pytest.raises(InputError, match="is not a list of claims"):
        check_claims({"id": 1}, file="claims.yaml")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- {[1, 2]: 1}", "row 1: is not YAML that can be read .found unhashable key"),
        ("- id: x\n\t- y", "row 2: is not YAML"),
        ("[" * 2000, "is not YAML that can be read .maximum recursion"),
        ("- {id: 2020-13-45}", "is not YAML that can be read .month must be"),
        ("- {tolerance: !!bool x}", "is not YAML that can be read"),
        ("- {{id: {}}}".format("9" * 5000), "is not YAML that can be read .Exceeds the limit"),
        ("- 1", "is not a list of claims"),
    ],
)
def test_claims_that_cannot_be_read(tmp_path: Path, text: str, expected: str) -> None:
    """One line with the row, if it is known."""
    path = tmp_path / "claims.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=expected):
        read_claims(path)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"id": [1]}, "claim number 2: id a list of 1 is not text"),
        ({"id": "a\ud800"}, "is not one line of text"),
        ({"tolerance": True}, "tolerance True is not a number"),
        ({"tolerance": math.inf}, "tolerance inf is not a number"),
        ({"tolerance": math.nan}, "tolerance nan is not a number"),
        ({"tolerance": 10**400}, "tolerance a huge number is not a number"),
        ({"function": ["sentence"]}, "is not text"),
        ({"corpora": "openface"}, "corpora 'openface' is not a list"),
        ({"corpora": [["openface"]]}, "unknown corpus a list of 1"),
        ({"arguments": {"name": "a\x1b"}}, "is not one line of text"),
        ({1: 2}, "has the unknown key 1"),
    ],
)
def test_claims_of_another_kind(changes: dict[Any, Any], expected: str) -> None:
    """What YAML can hold where text, a number or a list belongs."""
    with pytest.raises(InputError, match=expected):
        check_claims([CLAIMS[0], {**CLAIMS[1], **changes}], file="claims.yaml")


@pytest.mark.slow
def test_a_deeper_network_that_is_clearly_better_is_enough() -> None:
    """Whatever another one, which may be better or worse, leaves open; and what was resampled is said."""
    rng = np.random.default_rng(1)
    rows = []
    for culture in ("german", "hungarian"):
        for number in range(20):
            label, noise = rng.normal(size=300), rng.normal(size=300)
            for network, r in (("A", 0.62), ("B", rng.choice([0.15, 0.999])), ("C", 0.5), ("D", 0.5)):
                for seed in (1, 2):
                    found = r * label + np.sqrt(1 - r**2) * noise + 0.01 * rng.normal(size=300)
                    place = (network, "valence", culture, "test", f"r{number}", f"dyad {number}")
                    rows.append((*place, seed, *moments(found, label)))
    unclear = evidence(rungs=pd.DataFrame(rows, columns=list(RUNG_COLUMNS)))
    (claim,) = [claim for claim in CLAIMS if claim["id"] == "shallow"]
    row = verify([claim], unclear, corpus="avec", file="claims.yaml").iloc[0]
    assert row["status"] == FAILS
    assert re.match(r"network A minus the one filter, .* over dyads$", row["detail"])
