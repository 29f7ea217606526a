"""Step of the rule `summarise`."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl

from onefilter.evaluation.scores import RAW, SCORES
from onefilter.evaluation.scores import summarise as summarise_scores
from onefilter.files import write_table, write_text
from onefilter.steps import step


@step
def summarise(*, scores: list[str], sums: list[str], summary: str, metrics: str, corpus: str, seed: int) -> None:
    """Write the score table over seeds, and the raw scores of it as JSON."""
    table = summarise_scores(
        pd.concat([pd.read_csv(path, sep="\t") for path in scores], ignore_index=True),
        pd.concat([pd.read_parquet(path) for path in sums], ignore_index=True),
        seed=seed,
    )
    write_table(Path(summary), pl.from_pandas(table).with_columns(corpus=pl.lit(corpus)))
    tree: dict[str, Any] = {"corpus": corpus}
    for row in table[table["processing"] == RAW].to_dict("records"):
        split = tree.setdefault(row["target"], {}).setdefault(f"{row['culture']}-{row['partition']}", {})
        split[row["method"]] = {
            **{name: {part: _number(row[f"{name}_{part}"]) for part in ("mean", "sd", "best")} for name in SCORES},
            "ccc_interval": [_number(row["ccc_low"]), _number(row["ccc_high"])],
        }
    write_text(Path(metrics), json.dumps(tree, indent=2) + "\n")


def _number(value: float) -> float | None:
    """Round for reading; JSON has no NaN."""
    return None if pd.isna(value) else round(value, 6)
