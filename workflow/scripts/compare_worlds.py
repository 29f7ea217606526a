"""Put the verdicts on all worlds beside those that must come out."""

from onefilter.workflow.step import bind, logger

from pathlib import Path

from onefilter.errors import InputError
from onefilter.files import write_table
from onefilter.tables import read_results
from onefilter.verification.worlds import WORLD_COLUMNS


def compare_worlds(verdicts: list[Path], table: Path, corpus: str) -> None:
    """Write all verdicts in one table.

    Raises:
        InputError: If some are not as they must be; each is logged.
    """
    found = read_results(verdicts, WORLD_COLUMNS)
    wrong = found[found["verdict"] != found["expected"]]
    for row in wrong.to_dict("records"):
        logger.error("%s: %s expected %r, found %r", row["world"], row["question"], row["expected"], row["verdict"])
    if len(wrong):
        raise InputError(
            f"{len(wrong)} of {len(found)} verdicts are not those that were planted",
            file=verdicts[0].parent,
            remedy="fix what changed them; the verdict on each world is in a table of its own there",
        )
    logger.info("%d verdicts are as they must be", len(found))
    write_table(table, found[list(WORLD_COLUMNS)], corpus=corpus)


bind(compare_worlds)
