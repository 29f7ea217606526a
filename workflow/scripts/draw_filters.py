"""Draw the folded filters of one target: their mean over seeds, and how far the seeds agree."""

from onefilter.workflow.step import bind

from pathlib import Path

from onefilter.figures.filters import filters
from onefilter.figures.style import save
from onefilter.model.card import name_among
from onefilter.model.file import read_model


def draw_filters(models: list[Path], best: Path, figure: Path, vector: Path, dpi: int) -> None:
    """Draw the folded filters of one target: their mean over seeds, and how far the seeds agree."""
    trained = {path.stem: read_model(path) for path in models}
    card = read_model(best).card
    save(filters(trained, best=name_among(card, list(trained)), corpus=card.corpus), figure, vector, dpi=dpi)


bind(draw_filters)
