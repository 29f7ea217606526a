"""The draft's checkable statements, each as a small function of what a run has found.

A claim function takes the `Evidence` and the claim's tolerance and arguments and gives a `Finding`: the number, whether
it is on the right side of the tolerance, and one sentence of detail; or it raises `NotTestable` with the reason. A
claim that fails is a result. A number that is not finite is an error, because then nothing was tested.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from onefilter.corpus.layouts import LAYOUTS
from onefilter.errors import InputError, nearest
from onefilter.evaluation.scores import RAW
from onefilter.features.description import OVERALL
from onefilter.model.fields import brief, plain
from onefilter.names import SIMULATED
from onefilter.verification.audit import SENTENCES, under
from onefilter.yaml_files import read_yaml

HOLDS, FAILS, NOT_TESTABLE = "holds", "fails", "not testable here"
CLAIM_KEYS: Final = ("id", "statement", "where", "function", "tolerance", "corpora")
_KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    **dict.fromkeys(("id", "statement", "where", "function"), (str,)),
    "tolerance": (int, float),
    "corpora": (list,),
    "arguments": (dict,),
}
_LARGEST: Final = 1e300
"""No tolerance is larger; whole numbers beyond are none that can be calculated with."""
_WORDS: Final = {str: "text", int: "a number", list: "a list", dict: "a table of names and values"}
CLAIM_COLUMNS: Final = ("id", "statement", "where", "status", "number", "tolerance", "detail", "corpus")


class NotTestable(Exception):
    """Why a claim cannot be tested on this run."""


@dataclass(frozen=True)
class Evidence:
    """What a run has found.

    Attributes:
        described: Statistics per culture and variable.
        distances: Distances between cultures' distributions.
        summary: Scores over seeds; empty if nothing is labelled.
        perception: Agreement of signs with expectations.
        ladder: Scores of the depth ladder; empty if it was not made.
        seconds_per_second: Computing time that one second of video takes.
    """

    described: pd.DataFrame
    distances: pd.DataFrame
    summary: pd.DataFrame
    perception: pd.DataFrame
    ladder: pd.DataFrame
    seconds_per_second: float


@dataclass(frozen=True)
class Finding:
    """What a claim function found.

    Attributes:
        number: What was measured.
        holds: Whether that is within the claim's tolerance.
        detail: One sentence: what the number is.
    """

    number: float
    holds: bool
    detail: str


def distributions_alike(evidence: Evidence, tolerance: float) -> Finding:
    """The AU means are distributed alike in all cultures: Kolmogorov-Smirnov distances are small."""
    table = evidence.distances[evidence.distances["variable"].str.fullmatch(r"AU\d\d_mean")]
    if table.empty:
        raise NotTestable("there is one culture only")
    row = table.sort_values("ks").iloc[-1]
    detail = f"largest Kolmogorov-Smirnov distance: {row['variable']}, {row['first']} and {row['second']}"
    return Finding(float(row["ks"]), row["ks"] <= tolerance, detail)


def sentence(evidence: Evidence, tolerance: float, *, name: str, order: str) -> Finding:
    """A sentence on single features, with the names of one label order (`onefilter.verification.audit`)."""
    rule = SENTENCES[name]
    number = rule.number(under(evidence.described, OVERALL, order))  # type: ignore[arg-type]
    holds = number >= tolerance if rule.above else number <= tolerance
    return Finding(float(number), holds, f"{rule.measured}, names in {order} order")


def predicts_across_cultures(evidence: Evidence, tolerance: float, *, target: str) -> Finding:
    """One filter predicts the target in every culture: all intervals of the chosen model's CCC lie above tolerance."""
    table = evidence.summary
    if not table.empty:
        chosen = (table["target"] == target) & (table["method"] == "one-filter") & (table["processing"] == RAW)
        table = table[chosen & (table["partition"] == "test")]
    if table.empty:
        raise NotTestable(f"no test recording is labelled with {target}")
    if table["culture"].nunique() < 2:
        raise NotTestable("there is one culture only")
    if table["ccc_best"].isna().any():
        raise NotTestable("several models and no development split to choose one on")
    if (table["recordings"] < 2).any():
        raise NotTestable("a test split has one recording, so there is no interval")
    row = table.sort_values("ccc_low").iloc[0]
    detail = (
        f"lowest lower bound of the CCC's interval, {row['culture']}: {row['ccc_best']:.2f}"
        f" [{row['ccc_low']:.2f}, {row['ccc_high']:.2f}]"
    )
    return Finding(float(row["ccc_low"]), row["ccc_low"] > tolerance, detail)


def agrees_with_perception(evidence: Evidence, tolerance: float, *, target: str, weights: str) -> Finding:
    """Signs agree with human perception more often than arbitrary signs would: p is at most the tolerance."""
    table = evidence.perception
    if not table.empty:
        table = table[(table["target"] == target) & (table["weights"] == weights) & (table["order"] == "stored")]
    if table.empty:
        raise NotTestable(f"no model of {target} has features of which the literature expects a sign")
    row = table.iloc[0]
    if row["model_corpus"] == SIMULATED:
        raise NotTestable(
            "the model was trained on simulated people, whose loadings follow the same literature:"
            f" {row['agreeing']:.0f} of {row['features']:.0f} signs agree, p {row['p']:.2g}"
        )
    detail = f"{row['agreeing']:.0f} of {row['features']:.0f} signs agree ({row['share']:.0%}); the number is p"
    return Finding(float(row["p"]), row["p"] <= tolerance, detail)


def real_time(evidence: Evidence, tolerance: float) -> Finding:
    """Features and prediction take less time than the video lasts."""
    # The measured time changes from run to run; the power of ten above it does not, and results stay the same.
    bound = 10.0 ** math.ceil(math.log10(evidence.seconds_per_second))
    detail = "upper bound (power of ten) of the seconds of computing per second of video: features and one prediction"
    return Finding(bound, bound <= tolerance, detail)


def shallow_is_enough(evidence: Evidence, tolerance: float) -> Finding:
    """No deeper network is better than one filter by more than the tolerance, averaged over test splits and seeds."""
    table = evidence.ladder
    if table.empty:
        raise NotTestable("the depth ladder was not made; set verification.ladder: true")
    test = table[table["partition"] == "test"]
    if test.empty:
        raise NotTestable("no test recording is labelled")
    means = test.groupby("network")["ccc"].mean()
    deeper = means[[name for name in ("A", "B") if name in means]]
    gain = float(deeper.max() - means["C"])
    detail = f"mean test CCC of network {deeper.idxmax()} minus that of the one filter ({means['C']:.2f})"
    return Finding(gain, gain <= tolerance, detail)


FUNCTIONS: Final[Mapping[str, Callable[..., Finding]]] = {
    function.__name__: function
    for function in (
        distributions_alike,
        sentence,
        predicts_across_cultures,
        agrees_with_perception,
        real_time,
        shallow_is_enough,
    )
}


def read_claims(path: Path) -> list[dict[str, Any]]:
    """Read the list of claims and check it (`check_claims`).

    Raises:
        InputError: If the file cannot be read, is no YAML, or a claim is at fault.
    """
    return check_claims(read_yaml(path, missing="restore config/claims.yaml"), file=str(path))


def check_claims(claims: Any, *, file: str) -> list[dict[str, Any]]:
    """Check the list of claims before anything is computed.

    Raises:
        InputError: If it is not a list, an id is listed twice, a key is missing, unknown or of another kind, or a
            function is unknown.
    """
    if not isinstance(claims, list) or not all(isinstance(claim, dict) for claim in claims):
        raise InputError("is not a list of claims", file=file, remedy="begin each with `- id:`")
    seen: set[str] = set()
    for number, claim in enumerate(claims, start=1):
        name = plain(claim["id"]) if isinstance(claim.get("id"), str) else f"number {number}"
        fault = _fault(claim)
        if fault is not None:
            raise InputError(f"claim {name}{fault[0]}", file=file, remedy=fault[1])
        if claim["id"] in seen:
            raise InputError(f"claim {name} is listed twice", file=file, remedy="give every claim an id of its own")
        seen.add(claim["id"])
    return claims


def _fault(claim: Mapping[Any, Any]) -> tuple[str, str] | None:
    """Say what is wrong with one claim and what to do, if anything is."""
    keys = f"a claim has {', '.join(CLAIM_KEYS)}"
    for key in CLAIM_KEYS:
        if key not in claim:
            return f" lacks {key!r}", keys
    for key, value in claim.items():
        if key not in _KINDS:
            return f" has the unknown key {brief(key)}", keys
        if not isinstance(value, _KINDS[key]) or isinstance(value, bool):
            return f": {key} {brief(value)} is not {_WORDS[_KINDS[key][0]]}", "correct it"
        for text in value.values() if isinstance(value, dict) else [value] if isinstance(value, str) else []:
            if not isinstance(text, str) or not text.isprintable():
                return f": {key}: {brief(text)} is not one line of text", "correct it"
    for what, names, known in (("function", [claim["function"]], FUNCTIONS), ("corpus", claim["corpora"], LAYOUTS)):
        for name in names:
            if not isinstance(name, str) or name not in known:
                near = nearest(name[:60], known) if isinstance(name, str) else ""
                return f": unknown {what} {brief(name)}{near}", f"known are {', '.join(known)}"
    if not abs(claim["tolerance"]) <= _LARGEST:
        return f": tolerance {brief(claim['tolerance'])} is not a number", "give one that is finite"
    return None


def verify(claims: Sequence[Mapping[str, Any]], evidence: Evidence, *, corpus: str, file: str) -> pd.DataFrame:
    """Test all claims.

    Args:
        claims: Checked claims.
        evidence: What the run has found.
        corpus: Where its data come from.
        file: Where the claims are listed, for messages.

    Returns:
        Columns of `CLAIM_COLUMNS`, one row per claim. A claim that is not about this corpus is not testable here; its
        number is shown all the same.

    Raises:
        InputError: If a claim's number is not finite, or its arguments do not fit its function.
    """
    rows = []
    for claim in claims:
        row = {key: claim[key] for key in ("id", "statement", "where", "tolerance")} | {"corpus": corpus}
        try:
            finding = FUNCTIONS[claim["function"]](evidence, claim["tolerance"], **claim.get("arguments", {}))
        except NotTestable as reason:
            rows.append(row | {"status": NOT_TESTABLE, "number": math.nan, "detail": str(reason)})
            continue
        except (TypeError, KeyError) as error:
            raise InputError(
                f"claim {claim['id']}: {claim['function']} does not take {claim.get('arguments', {})} ({error})",
                file=file,
                remedy="correct its arguments",
            ) from error
        if not math.isfinite(finding.number):
            raise InputError(
                f"claim {claim['id']}: its number is {finding.number} ({finding.detail})",
                file=file,
                remedy="the run's results are broken: delete them and run again",
            )
        status, detail = HOLDS if finding.holds else FAILS, finding.detail
        if corpus not in claim["corpora"]:
            status, detail = NOT_TESTABLE, f"a statement about people, not about {corpus} ones; {detail}"
        rows.append(row | {"status": status, "number": finding.number, "detail": detail})
    return pd.DataFrame(rows, columns=list(CLAIM_COLUMNS))
