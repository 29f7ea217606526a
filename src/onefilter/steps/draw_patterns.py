"""Step of the rule `draw_patterns`."""

from pathlib import Path

import pandas as pd

from onefilter.figures.patterns import filter_beside_pattern
from onefilter.figures.style import save
from onefilter.model.card import name_among
from onefilter.model.file import read_model
from onefilter.steps import step


@step
def draw_patterns(
    *, patterns: str, best: str, planted: list[str], figure: str, culture: str, corpus: str, dpi: int
) -> None:
    """Draw one target's filter beside its pattern, and on the twin beside what was planted."""
    table = pd.read_parquet(patterns)
    card = read_model(Path(best)).card
    loadings = pd.read_csv(planted[0], sep="\t") if planted else None
    chosen = name_among(card, table["model"].unique().tolist())
    drawn = filter_beside_pattern(table, loadings, best=chosen, target=card.target, culture=culture, corpus=corpus)
    save(drawn, Path(figure), dpi=dpi)
