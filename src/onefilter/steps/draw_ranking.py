"""Step of the rule `draw_ranking`."""

from pathlib import Path

import pandas as pd

from onefilter.figures.ranking import culture_comparison, feature_ranking
from onefilter.figures.style import save
from onefilter.model.card import name_among
from onefilter.model.file import read_model
from onefilter.steps import step


@step
def draw_ranking(
    *, ranking: str, best: list[str], bars: str, against: list[str], cultures: list[str], corpus: str, dpi: int
) -> None:
    """Draw the features' shares, ranked, and one culture against the others where there are several."""
    table = pd.read_csv(ranking, sep="\t")
    cards = [read_model(Path(path)).card for path in best]
    chosen = {
        card.target: name_among(card, table.loc[table["target"] == card.target, "model"].unique().tolist())
        for card in cards
    }
    save(feature_ranking(table, best=chosen, cultures=cultures, corpus=corpus), Path(bars), dpi=dpi)
    for path in against:
        save(culture_comparison(table, best=chosen, cultures=cultures, corpus=corpus), Path(path), dpi=dpi)
