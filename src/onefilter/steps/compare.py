"""Step of the rule `compare`."""

from pathlib import Path

import pandas as pd
import polars as pl

from onefilter.evaluation.differences import differences as compare_scores
from onefilter.evaluation.differences import findings as describe
from onefilter.figures.document import document
from onefilter.files import write_table, write_text
from onefilter.steps import step


@step
def compare(
    *, scores: list[str], sums: list[str], differences: str, findings: str, corpus: str, culture: str, seed: int
) -> None:
    """Write what differs between cultures, models, development and test, as a table and in sentences."""
    table = compare_scores(
        pd.concat([pd.read_parquet(path) for path in sums], ignore_index=True),
        pd.concat([pd.read_csv(path, sep="\t") for path in scores], ignore_index=True),
        culture=culture,
        seed=seed,
    )
    sentences = describe(table)
    readable = table.assign(differs=table["differs"].map({0: "no", 1: "yes"}))
    write_table(Path(differences), pl.from_pandas(table).with_columns(corpus=pl.lit(corpus)))
    write_text(
        Path(findings),
        document(
            "What differs, and what does not", corpus=corpus, paragraphs=sentences, tables={"All differences": readable}
        ),
    )
