"""Claims: each function on evidence where it holds, where it fails, and where it cannot be tested."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import yaml

from onefilter.errors import InputError
from onefilter.features.description import describe, distances
from onefilter.features.statistics import FEATURES
from onefilter.verification.claims import (
    CLAIM_COLUMNS,
    FAILS,
    FUNCTIONS,
    HOLDS,
    NOT_TESTABLE,
    Evidence,
    NotTestable,
    check_claims,
    read_claims,
    verify,
)

CLAIMS = yaml.safe_load((Path(__file__).parents[2] / "config/claims.yaml").read_text(encoding="utf-8"))


def features(*, scale: float = 1.0, seed: int = 1) -> pl.DataFrame:
    """Features of one culture: small values with rare large ones."""
    rng = np.random.default_rng(seed)
    values = np.clip(scale * rng.exponential(0.3, (500, len(FEATURES))), 0, 5)
    return pl.DataFrame(values, schema=list(FEATURES))


def summary(low: float = 0.2, **changes: object) -> pd.DataFrame:
    """Scores of one filter on two test splits."""
    row = {"target": "valence", "method": "one-filter", "processing": "raw", "partition": "test", "recordings": 9}
    rows = [
        {**row, "culture": culture, "ccc_best": bound + 0.1, "ccc_low": bound, "ccc_high": bound + 0.2, **changes}
        for culture, bound in (("german", 0.4), ("hungarian", low))
    ]
    return pd.DataFrame(rows)


def perception(p: float, corpus: str = "avec") -> pd.DataFrame:
    """Agreement of one filter."""
    row = {"target": "valence", "weights": "filter", "order": "stored", "features": 9, "agreeing": 8, "share": 8 / 9}
    return pd.DataFrame([{**row, "p": p, "model_corpus": corpus}])


def ladder(deep: float) -> pd.DataFrame:
    """Scores of the ladder's networks, two seeds each, the training culture's development aside."""
    rows = [(network, "test", ccc) for network, ccc in (("A", deep), ("B", 0.4), ("C", 0.5), ("C", 0.52), ("D", 0.3))]
    return pd.DataFrame([*rows, ("A", "devel", 0.99)], columns=["network", "partition", "ccc"])


def evidence(**changes: Any) -> Evidence:
    """Evidence in which everything holds."""
    cultures = {"german": features(), "hungarian": features(seed=2)}
    everything: dict[str, Any] = {
        "described": describe(cultures, FEATURES),
        "distances": distances(cultures, FEATURES),
        "summary": summary(),
        "perception": perception(0.01),
        "ladder": ladder(0.52),
        "seconds_per_second": 3e-4,
    }
    return Evidence(**(everything | changes))


@pytest.mark.parametrize(
    ("function", "arguments", "tolerance", "good", "bad", "number"),
    [
        (
            "distributions_alike", {}, 0.2, {},
            {"distances": distances({"a": features(), "b": features(scale=4)}, FEATURES)}, None,
        ),
        ("predicts_across_cultures", {"target": "valence"}, 0.0, {}, {"summary": summary(-0.01)}, -0.01),
        ("agrees_with_perception", {"target": "valence", "weights": "filter"}, 0.05, {},
         {"perception": perception(0.3)}, 0.3),
        ("real_time", {}, 1.0, {}, {"seconds_per_second": 1.2}, 10.0),
        ("shallow_is_enough", {}, 0.05, {}, {"ladder": ladder(0.6)}, 0.09),
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
        ("distributions_alike", {}, {"distances": distances({"a": features()}, FEATURES)}, "one culture only"),
        ("predicts_across_cultures", {"target": "valence"}, {"summary": pd.DataFrame()}, "no test recording"),
        ("predicts_across_cultures", {"target": "liking"}, {}, "no test recording is labelled with liking"),
        ("predicts_across_cultures", {"target": "valence"}, {"summary": summary()[:1]}, "one culture only"),
        ("predicts_across_cultures", {"target": "valence"}, {"summary": summary(recordings=1)}, "one recording"),
        ("predicts_across_cultures", {"target": "valence"}, {"summary": summary(ccc_best=math.nan)}, "no development"),
        ("agrees_with_perception", {"target": "arousal", "weights": "filter"}, {}, "no model of arousal"),
        ("agrees_with_perception", {"target": "valence", "weights": "filter"},
         {"perception": perception(0.01, "simulated")}, "simulated people.*8 of 9"),
        ("shallow_is_enough", {}, {"ladder": pd.DataFrame()}, "verification.ladder: true"),
    ],
)  # fmt: skip
def test_says_what_cannot_be_tested(
    function: str, arguments: dict[str, str], changes: dict[str, Any], reason: str
) -> None:
    """Missing evidence is not a failed claim."""
    with pytest.raises(NotTestable, match=reason):
        FUNCTIONS[function](evidence(**changes), 0.1, **arguments)


def test_real_time_is_deterministic() -> None:
    """Times differ from run to run, the bound that is reported does not."""
    numbers = {FUNCTIONS["real_time"](evidence(seconds_per_second=s), 1).number for s in (1.1e-4, 4e-4, 9.9e-4)}
    assert numbers == {1e-3}


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
    assert twin.at["real-time", "status"] == HOLDS
    worse = verify(claims, evidence(summary=summary(-0.2)), corpus="avec", file="claims.yaml").set_index("id")
    assert worse.at["valence-across", "status"] == FAILS


def test_a_broken_number_is_an_error() -> None:
    """Not a result."""
    broken = evidence(summary=summary(math.nan, ccc_best=0.1))
    claims = [claim for claim in CLAIMS if claim["id"] == "valence-across"]
    table = broken.summary.assign(ccc_low=math.nan)
    with pytest.raises(InputError, match=r"claim valence-across: its number is nan .* broken"):
        verify(claims, replace(broken, summary=table), corpus="avec", file="claims.yaml")


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
