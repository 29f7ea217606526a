"""Draw the face of low and of high affect: the mean face minus and plus the pattern of one target's filter."""

from onefilter.workflow.step import bind

from pathlib import Path

from onefilter.corpus.simulated import LOADING_COLUMNS
from onefilter.explanation.patterns import PATTERN_COLUMNS
from onefilter.features.description import STATISTICS_COLUMNS
from onefilter.figures.faces import affect_faces
from onefilter.figures.style import save
from onefilter.model.card import name_among
from onefilter.model.file import read_model
from onefilter.tables import read_results


def draw_faces(
    patterns: Path,
    described: Path,
    best: Path,
    loadings: Path | None,
    figure: Path,
    vector: Path,
    read: list[str],
    cultures: list[str],
    corpus: str,
    dpi: int,
) -> None:
    """Draw the face of low and of high affect, and on the twin the same of what was planted in each culture."""
    table = read_results(patterns, PATTERN_COLUMNS)
    planted = read_results(loadings, LOADING_COLUMNS) if loadings is not None else None
    card = read_model(best).card
    drawn = affect_faces(
        table,
        planted,
        read_results(described, STATISTICS_COLUMNS),
        best=name_among(card, table["model"].unique().tolist()),
        target=card.target,
        read=list(dict.fromkeys(split.rpartition("-")[0] for split in read)),
        cultures=cultures,
        corpus=corpus,
    )
    save(drawn, figure, vector, dpi=dpi)


bind(draw_faces)
