"""Put the verdicts on all worlds beside those that must come out."""

from onefilter.workflow.step import bind, logger

from pathlib import Path

from onefilter.files import write_table
from onefilter.tables import read_results
from onefilter.verification.worlds import WORLD_COLUMNS


def compare_worlds(verdicts: list[Path], table: Path, corpus: str) -> None:
    """Write all verdicts in one table, and say which are not as they must be."""
    found = read_results(verdicts, WORLD_COLUMNS)
    wrong = found[found["verdict"] != found["expected"]]
    for row in wrong.to_dict("records"):
        logger.warning("%s: %s expected %r, found %r", row["world"], row["question"], row["expected"], row["verdict"])
    logger.info("%d of %d verdicts are as they must be", len(found) - len(wrong), len(found))
    write_table(table, found[list(WORLD_COLUMNS)], corpus=corpus)


bind(compare_worlds)
