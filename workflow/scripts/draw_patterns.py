"""Draw one target's filter beside its pattern, and on the twin beside what was planted."""

from pathlib import Path

from onefilter.figures.patterns import filter_beside_pattern

from onefilter.corpus.simulated import LOADING_COLUMNS
from onefilter.explanation.patterns import PATTERN_COLUMNS
from onefilter.figures.style import save
from onefilter.model.card import name_among
from onefilter.model.file import read_model
from onefilter.tables import read_table
from onefilter.workflow.step import bind


def draw_patterns(
    patterns: Path, best: Path, loadings: Path | None, figure: Path, culture: str, corpus: str, dpi: int
) -> None:
    """Draw one target's filter beside its pattern, and on the twin beside the loadings planted in one culture."""
    table = read_table(patterns, PATTERN_COLUMNS)
    card = read_model(best).card
    planted = None
    if loadings is not None:
        truth = read_table(loadings, LOADING_COLUMNS)
        own = truth[(truth["culture"] == culture) & (truth["source"] == card.target)]
        planted = dict(zip(own["unit"], own["loading"], strict=True))
    chosen = name_among(card, table["model"].unique().tolist())
    drawn = filter_beside_pattern(table, best=chosen, target=card.target, planted=planted, corpus=corpus)
    save(drawn, figure, dpi=dpi)


bind(draw_patterns)
