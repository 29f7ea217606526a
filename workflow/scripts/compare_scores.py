"""Compare the scores of cultures, of models, and of development with test."""

from onefilter.workflow.step import bind

from pathlib import Path

import pandas as pd

from onefilter.evaluation.agreement import read_annotators
from onefilter.evaluation.differences import differences
from onefilter.evaluation.scores import read_scores
from onefilter.figures.document import document
from onefilter.figures.sentences import findings
from onefilter.files import write_table, write_text


def compare_scores(
    annotators: list[Path],
    scores: list[Path],
    sums: list[Path],
    differing: Path,
    found: Path,
    devel: list[str],
    seed: int,
    corpus: str,
) -> None:
    """Write what differs between cultures, models, annotators, development and test, as a table and as a page."""
    rated = read_annotators(annotators)
    tables = []
    for scored, summed in zip(scores, sums, strict=True):
        _, moments = read_scores(scored, summed)
        tables.append(differences(moments, target=summed.stem, devel=devel, seed=seed, annotators=rated))
    table = pd.concat(tables, ignore_index=True)
    write_table(differing, table, corpus=corpus)
    readable = table.assign(differs=table["differs"].map({0: "no", 1: "yes"}))
    text = document(
        "What differs, and what does not",
        corpus=corpus,
        paragraphs=[findings(table)],
        tables={"All differences": readable},
    )
    write_text(found, text)


bind(compare_scores)
