"""Summarise the scores over seeds."""

from onefilter.workflow.step import bind

import json
from pathlib import Path
from typing import Any

import pandas as pd

from onefilter.evaluation.agreement import AGREEMENT_COLUMNS, with_ceilings
from onefilter.evaluation.scores import RAW, read_scores, summarise
from onefilter.files import write_table, write_text
from onefilter.tables import read_results


def summarise_scores(
    agreeing: list[Path],
    scores: list[Path],
    sums: list[Path],
    summary: Path,
    metrics: Path,
    devel: list[str],
    seed: int,
    corpus: str,
) -> None:
    """Write the score table over seeds, and as JSON, for `dvc metrics`, the raw CCC of the chosen network alone."""
    table = summarise(*read_scores(scores, sums), devel=devel, seed=seed)
    table = with_ceilings(table, read_results(agreeing, AGREEMENT_COLUMNS))
    write_table(summary, table, corpus=corpus)
    tree: dict[str, Any] = {"corpus": corpus}
    for row in table[(table["processing"] == RAW) & (table["method"] == "one-filter")].to_dict("records"):
        tree.setdefault(row["target"], {})[f"{row['culture']}-{row['partition']}"] = _number(row["ccc_best"])
    write_text(metrics, json.dumps(tree, indent=2) + "\n")


def _number(value: float) -> float | None:
    """Round for reading; JSON has no NaN."""
    return None if pd.isna(value) else round(value, 6)


bind(summarise_scores)
