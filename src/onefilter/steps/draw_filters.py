"""Step of the rule `draw_filters`."""

from pathlib import Path

from onefilter.figures.filters import filters
from onefilter.figures.style import save
from onefilter.model.file import read_model
from onefilter.steps import step


@step
def draw_filters(*, models: list[str], best: str, figure: str, dpi: int) -> None:
    """Draw the folded filter of one target's best model beside the other seeds'."""
    trained = {Path(path).stem: read_model(Path(path)) for path in models}
    card = read_model(Path(best)).card
    name = next(name for name, model in trained.items() if model.card == card)
    save(filters(trained, best=name, corpus=card.corpus), Path(figure), dpi=dpi)
