"""The list of the draft's checkable statements, and their verdicts.

What each is tested with is a function of `onefilter.verification.statements`. A claim that fails is a result. A number
that is not finite is an error, because then nothing was tested.
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd

from onefilter.corpus.layouts import LAYOUTS
from onefilter.errors import InputError, nearest
from onefilter.model.fields import brief, plain
from onefilter.verification.statements import FUNCTIONS, Evidence, NotTestable
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
        if finding.about is None and corpus not in claim["corpora"]:
            status, detail = NOT_TESTABLE, f"a statement about people, not about {corpus} ones; {detail}"
        rows.append(row | {"status": status, "number": finding.number, "detail": detail})
    return pd.DataFrame(rows, columns=list(CLAIM_COLUMNS))
