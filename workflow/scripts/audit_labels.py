"""Audit the labels: the features' statistics under the stored and under the published order of names."""

from onefilter.workflow.step import bind, logger

from pathlib import Path

from onefilter.features.description import STATISTICS_COLUMNS
from onefilter.files import write_table
from onefilter.tables import read_results
from onefilter.verification.audit import SENTENCES, audit


def audit_labels(described: Path, labels: Path, sentences: Path, corpus: str) -> None:
    """Write the features' statistics under both label orders, and which of the draft's sentences hold under which."""
    table, tested = audit(read_results(described, STATISTICS_COLUMNS))
    tested.insert(2, "text", [SENTENCES[name].text for name in tested["sentence"]])
    tested.insert(3, "measured", [SENTENCES[name].measured for name in tested["sentence"]])
    for name, group in tested[tested["culture"] == "all"].groupby("sentence", sort=False):
        held = [str(row["order"]) for row in group.to_dict("records") if row["holds"]]
        logger.info("%s Holds with names as %s.", SENTENCES[str(name)].text, " and as ".join(held) or "neither")
    write_table(labels, table, corpus=corpus)
    write_table(sentences, tested, corpus=corpus)


bind(audit_labels)
