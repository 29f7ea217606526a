"""Measure how far annotators agree."""

from onefilter.workflow.step import bind

from pathlib import Path

from onefilter.evaluation.agreement import ANNOTATOR_COLUMNS, agreement, read_annotators
from onefilter.evaluation.scores import SUMS
from onefilter.files import write_table


def measure_agreement(annotators: list[Path], agreeing: Path, lags: Path, seed: int, corpus: str) -> None:
    """Write the CCC of every annotator with the mean of the others, and who lags and counts by how much where."""
    table = read_annotators(annotators)
    write_table(agreeing, agreement(table, seed=seed), corpus=corpus)
    told = ["culture", "partition", *(name for name in ANNOTATOR_COLUMNS if name not in SUMS)]
    write_table(lags, table[told], corpus=corpus)


bind(measure_agreement)
