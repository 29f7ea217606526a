"""Numbers that are expected of a run: key, value, tolerance, and the rule whose change most likely moves them.

A key names a number of the results, ``scores/valence/german-test/one-filter/ccc_best`` say. Expectations belong to one
configuration; a run with another one is not compared with them. When several numbers miss, those that come first in the
pipeline are the likely cause of those behind.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import pandas as pd

from onefilter.errors import InputError, nearest
from onefilter.evaluation.scores import SUMMARY_COLUMNS
from onefilter.text import Form, number, read_table, shown

EXPECTED_COLUMNS: Final = ("run", "configuration", "key", "value", "tolerance", "rule", "source")
NUMBERS: Final = ("value", "tolerance")
FORM: Final = Form(EXPECTED_COLUMNS, comments=True, missing="set verification.expected")
"""How expected numbers are written."""
CHECKED_COLUMNS: Final = ("key", "expected", "got", "tolerance", "ok", "rule", "source")
PIPELINE: Final = (
    "simulate_recordings", "compute_features", "align_labels", "describe_corpus", "train_networks", "fit_references",
    "predict_affect", "tune_postprocessing", "score_predictions", "estimate_patterns",
)  # fmt: skip
"""Rules in the order of the data, as far as expected numbers depend on them."""


def read_expected(path: Path) -> pd.DataFrame:
    """Read expected numbers, columns of `EXPECTED_COLUMNS`.

    Raises:
        InputError: For the first row that is at fault.
    """
    source = read_table(path, FORM)
    table = source.frame()
    seen: set[tuple[str, str]] = set()
    for place, entry in table.iterrows():
        row = int(str(place))
        for column in NUMBERS:
            if number(entry[column]) is None:
                raise source.error(
                    f"{shown(entry['key'])}: {shown(entry[column])} is not a number", row=row, column=column
                )
        if entry["rule"] not in PIPELINE:
            raise source.error(
                f"unknown rule {shown(entry['rule'])}{nearest(entry['rule'], PIPELINE)}",
                row=row,
                column="rule",
                remedy=f"known are {', '.join(PIPELINE)}",
            )
        if (entry["run"], entry["key"]) in seen:
            raise source.error(f"{shown(entry['key'])} is listed twice", row=row, column="key", remedy="keep one")
        seen.add((entry["run"], entry["key"]))
    return table.assign(**{column: table[column].map(float) for column in NUMBERS}).reset_index(drop=True)


def numbers_of(
    *,
    corpus: pd.DataFrame,
    described: pd.DataFrame,
    chains: Sequence[pd.DataFrame],
    summary: pd.DataFrame,
    recovery: pd.DataFrame,
) -> dict[str, float]:
    """Give every number of a run that can be expected, by key.

    Args:
        corpus: Table 1, one row per split.
        described: Statistics per culture and variable.
        chains: Post-processing, one table per target (column ``target`` added).
        summary: Scores over seeds; may be empty.
        recovery: What of the planted truth was found; may be empty.
    """
    numbers: dict[str, float] = {}
    for row in corpus.to_dict("records"):
        for name in ("recordings", "persons", "dyads", "duration"):
            numbers[f"corpus/{row['culture']}-{row['partition']}/{name}"] = float(row[name])
    for row in described.to_dict("records"):
        for name in ("median", "mean", "std", "min", "max", "zeros"):
            numbers[f"statistics/{row['culture']}/{row['variable']}/{name}"] = float(row[name])
    for table in chains:
        for row in table.to_dict("records"):
            numbers[f"postprocessing/{row['target']}/{row['model']}/devel_ccc"] = float(row["devel_ccc"])
    values = [name for name in SUMMARY_COLUMNS if name.startswith(("ccc", "pearson", "bias", "rmse"))]
    for row in summary.to_dict("records"):
        place = f"scores/{row['target']}/{row['culture']}-{row['partition']}/{row['method']}"
        place += "" if row["processing"] == "raw" else f"/{row['processing']}"
        numbers |= {f"{place}/{name}": float(row[name]) for name in values}
    for row in recovery.to_dict("records"):
        numbers[f"recovery/{row['target']}/{row['culture']}/{row['quantity']}"] = float(row["found"])
    return numbers


def compare_expected(expected: pd.DataFrame, numbers: Mapping[str, float], *, file: str) -> pd.DataFrame:
    """Compare a run's numbers with the expected ones.

    Args:
        expected: Rows of one run, columns of `EXPECTED_COLUMNS`.
        numbers: By key.
        file: Where the expectations are listed, for messages.

    Returns:
        Columns of `CHECKED_COLUMNS`.

    Raises:
        InputError: If a key does not exist any more.
    """
    rows = []
    for row in expected.to_dict("records"):
        key = str(row["key"])
        if key not in numbers:
            raise InputError(
                f"expects {key}, which this run does not compute{nearest(key, numbers)}",
                file=file,
                column="key",
                remedy="rename or remove it",
            )
        got = numbers[key]
        rows.append(
            {
                "key": key,
                "expected": row["value"],
                "got": got,
                "tolerance": row["tolerance"],
                "ok": int(abs(got - row["value"]) <= row["tolerance"]),
                "rule": row["rule"],
                "source": row["source"],
            }
        )
    return pd.DataFrame(rows, columns=list(CHECKED_COLUMNS))


def misses(checked: pd.DataFrame) -> list[str]:
    """Say in one line each what missed: key, expected, got, tolerance, and the rule that most likely caused it."""
    missed = checked[checked["ok"] == 0]
    if missed.empty:
        return []
    first = min(missed["rule"], key=PIPELINE.index)
    return [
        f"{row['key']}: expected {row['expected']:g} ± {row['tolerance']:g}, got {row['got']:.6g};"
        f" most likely caused by a change of the rule {first}"
        for row in missed.to_dict("records")
    ]
