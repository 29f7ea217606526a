"""Summarise the scores over seeds."""

from onefilter.workflow.step import bind, logger

import json
from pathlib import Path
from typing import Any

import pandas as pd

from onefilter.evaluation.agreement import AGREEMENT_COLUMNS, with_ceilings
from onefilter.evaluation.bootstrap import LEAST
from onefilter.evaluation.scores import RAW, read_scores, summarise
from onefilter.files import write_table, write_text
from onefilter.names import several
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
    parts = [summarise(*read_scores(*each), devel=devel, seed=seed) for each in zip(scores, sums, strict=True)]
    table = with_ceilings(pd.concat(parts, ignore_index=True), read_results(agreeing, AGREEMENT_COLUMNS))
    few = _few(table, devel)
    if few:
        logger.warning("too few people for intervals, which need %d: %s", LEAST, ", ".join(few))
    write_table(summary, table, corpus=corpus)
    tree: dict[str, Any] = {"corpus": corpus}
    for row in table[(table["processing"] == RAW) & (table["method"] == "one-filter")].to_dict("records"):
        tree.setdefault(row["target"], {})[f"{row['culture']}-{row['partition']}"] = _number(row["ccc_best"])
    write_text(metrics, json.dumps(tree, indent=2) + "\n")


def _few(table: pd.DataFrame, devel: list[str]) -> list[str]:
    """List the splits, but those that models are chosen on, that have too few units for an interval."""
    splits = table.drop_duplicates(["culture", "partition"]).to_dict("records")
    return [
        f"{name} {row['units']} {row['unit'] if row['units'] == 1 else several(row['unit'])}"
        for row in splits
        if (name := f"{row['culture']}-{row['partition']}") not in devel and row["units"] < LEAST
    ]


def _number(value: float) -> float | None:
    """Round for reading; JSON has no NaN."""
    return None if pd.isna(value) else round(value, 6)


bind(summarise_scores)
