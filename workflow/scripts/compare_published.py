"""Put our scores beside the published ones of the same corpus."""

from pathlib import Path

from onefilter.evaluation.scores import SUMMARY_COLUMNS
from onefilter.files import write_table
from onefilter.tables import read_results
from onefilter.verification.systems import beside, read_systems
from onefilter.workflow.step import bind


def compare_published(systems: Path, summary: list[Path], published: Path, trained_on: list[str], corpus: str) -> None:
    """Write our scores, if there are any, beside the published ones of the same corpus."""
    found = read_results(summary, SUMMARY_COLUMNS)
    table = beside(read_systems(systems), found, corpus=corpus, trained_on=", ".join(trained_on))
    write_table(published, table, corpus=corpus)


bind(compare_published)
