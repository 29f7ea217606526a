"""Step of the rule `draw_patterns`."""

from pathlib import Path

import pandas as pd

from onefilter.figures.relevance import patterns as draw
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
    loadings = None
    for path in planted:
        truth = pd.read_csv(path, sep="\t")
        own = truth[(truth["culture"] == culture) & (truth["source"] == card.target)]
        loadings = dict(zip(own["unit"], own["loading"], strict=True))
    chosen = name_among(card, table["model"].unique().tolist())
    drawn = draw(table, best=chosen, target=card.target, planted=loadings, corpus=corpus)
    save(drawn, Path(figure), dpi=dpi)
