"""Draw one target's filter beside its pattern, and on the twin beside what was planted."""

from onefilter.workflow.step import bind

from pathlib import Path

from onefilter.corpus.simulated import LOADING_COLUMNS
from onefilter.explanation.patterns import PATTERN_COLUMNS
from onefilter.figures.patterns import filter_beside_pattern
from onefilter.figures.style import save
from onefilter.model.card import name_among
from onefilter.model.file import read_model
from onefilter.tables import read_results


def draw_patterns(
    patterns: Path,
    best: Path,
    loadings: Path | None,
    figure: Path,
    vector: Path,
    cultures: list[str],
    corpus: str,
    dpi: int,
) -> None:
    """Draw one target's filter beside its pattern, and on the twin beside the loadings planted where it was trained."""
    table = read_results(patterns, PATTERN_COLUMNS)
    planted = read_results(loadings, LOADING_COLUMNS) if loadings is not None else None
    card = read_model(best).card
    drawn = filter_beside_pattern(
        table,
        planted,
        best=name_among(card, table["model"].unique().tolist()),
        target=card.target,
        cultures=cultures,
        corpus=corpus,
    )
    save(drawn, figure, vector, dpi=dpi)


bind(draw_patterns)
