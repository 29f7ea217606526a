"""Draw the features' shares of the prediction's variance, ranked, and one culture against the others."""

from onefilter.workflow.step import bind

from pathlib import Path

from onefilter.explanation.ranking import RANKING_COLUMNS
from onefilter.figures.ranking import culture_comparison, feature_ranking
from onefilter.figures.style import save
from onefilter.model.card import name_among
from onefilter.model.file import read_model
from onefilter.tables import read_results


def draw_ranking(
    ranking: Path,
    best: list[Path],
    bars: Path,
    bars_vector: Path,
    against: Path | None,
    against_vector: Path | None,
    cultures: list[str],
    corpus: str,
    dpi: int,
) -> None:
    """Draw the features' shares, ranked, and one culture against the others where there are several."""
    table = read_results(ranking, RANKING_COLUMNS)
    chosen = {}
    for path in best:
        card = read_model(path).card
        own = table.loc[table["target"] == card.target, "model"].unique().tolist()
        chosen[card.target] = name_among(card, own)
    save(feature_ranking(table, best=chosen, cultures=cultures, corpus=corpus), bars, bars_vector, dpi=dpi)
    if against is not None and against_vector is not None:
        save(culture_comparison(table, best=chosen, cultures=cultures, corpus=corpus), against, against_vector, dpi=dpi)


bind(draw_ranking)
