"""The heat map of the features' statistics."""

from collections.abc import Callable

import pytest
from matplotlib.figure import Figure

from onefilter.figures.heatmap import heatmap
from tests.examples.features import described
from tests.examples.layout import CULTURES, LAYOUT, Drawing, texts


def draw_heatmap(corpus: str) -> Figure:
    """Statistics of three cultures."""
    return heatmap(described(CULTURES), cultures=CULTURES, corpus=corpus)


@pytest.mark.slow
@pytest.mark.parametrize("check", LAYOUT)
def test_layout(check: Callable[[Drawing], None]) -> None:
    """Nothing is clipped or hidden; it says so if its data are simulated."""
    check(draw_heatmap)


def test_shows_the_numbers() -> None:
    """Cells are annotated with the table's values."""
    shown = texts(draw_heatmap("simulated"))
    table = described(CULTURES)
    value = table[(table["culture"] == "german") & (table["variable"] == "AU12_mean")]["mean"].iloc[0]
    assert f"{value:.2f}" in shown
