"""Step of the rule `audit`."""

from pathlib import Path

import pandas as pd
import polars as pl

from onefilter.files import write_table
from onefilter.steps import logger, step
from onefilter.verification.audit import SENTENCES
from onefilter.verification.audit import audit as audit_labels


@step
def audit(*, described: str, labels: str, sentences: str, corpus: str) -> None:
    """Write the features' statistics under both label orders, and which of the draft's sentences hold under which."""
    table, tested = audit_labels(pd.read_csv(described, sep="\t", float_precision="round_trip"))
    tested.insert(2, "text", [SENTENCES[name].text for name in tested["sentence"]])
    tested.insert(3, "measured", [SENTENCES[name].measured for name in tested["sentence"]])
    for name, group in tested[tested["culture"] == "all"].groupby("sentence", sort=False):
        held = [str(row["order"]) for row in group.to_dict("records") if row["holds"]]
        logger.info("%s Holds with names as %s.", SENTENCES[str(name)].text, " and as ".join(held) or "neither")
    write_table(Path(labels), pl.from_pandas(table).with_columns(corpus=pl.lit(corpus)))
    write_table(Path(sentences), pl.from_pandas(tested).with_columns(corpus=pl.lit(corpus)))
