"""Box plots of features and violins of labels."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from matplotlib.figure import Figure

from onefilter.corpus.twin import TARGETS
from onefilter.figures.boxes import boxes
from tests.examples.features import described
from tests.examples.layout import CULTURES, LAYOUT, Drawing


def draw_boxes(corpus: str) -> Figure:
    """Box plots with violins."""
    rng = np.random.default_rng(2)
    labels = {culture: pl.DataFrame({target: rng.normal(0.1, 0.2, 200) for target in TARGETS}) for culture in CULTURES}
    return boxes(described(CULTURES), labels, cultures=CULTURES, corpus=corpus)


def draw_boxes_without_labels(corpus: str) -> Figure:
    """Box plots of one unlabelled culture."""
    return boxes(described(["german"]), {}, cultures=CULTURES, corpus=corpus)


@pytest.mark.slow
@pytest.mark.parametrize("check", LAYOUT)
@pytest.mark.parametrize("draw", [draw_boxes, draw_boxes_without_labels])
def test_layout(draw: Drawing, check: Callable[[Drawing], None]) -> None:
    """Nothing is clipped or hidden; it says so if its data are simulated."""
    check(draw)
