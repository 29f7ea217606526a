"""Put our scores beside the published ones of the same corpus."""

from onefilter.workflow.step import bind

from pathlib import Path

from onefilter.evaluation.scores import SUMMARY_COLUMNS
from onefilter.files import write_table
from onefilter.settings import System
from onefilter.tables import read_results
from onefilter.verification.published import beside, read_systems


def compare_published(
    systems: Path,
    summary: list[Path],
    published: Path,
    trained_on: list[str],
    others: dict[str, System | None],
    corpus: str,
) -> None:
    """Write our scores, if there are any, beside the published ones of the same corpus."""
    found = read_results(summary, SUMMARY_COLUMNS)
    table = beside(
        read_systems(systems),
        found,
        corpus=corpus,
        trained_on=", ".join(trained_on),
        others={name: ", ".join(system.trained_on) for name, system in others.items() if system is not None},
    )
    write_table(published, table, corpus=corpus)


bind(compare_published)
