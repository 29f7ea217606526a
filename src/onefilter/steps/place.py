"""Step of the rule `place`."""

from pathlib import Path

import pandas as pd
import polars as pl

from onefilter.files import write_table
from onefilter.steps import step
from onefilter.verification.systems import beside, read_systems


@step
def place(*, systems: str, summary: list[str], published: str, corpus: str) -> None:
    """Write our scores beside the published ones of the same corpus."""
    scores = pd.read_csv(summary[0], sep="\t") if summary else pd.DataFrame()
    table = beside(read_systems(Path(systems)), scores, corpus=corpus)
    write_table(Path(published), pl.from_pandas(table).with_columns(corpus=pl.lit(corpus)))
