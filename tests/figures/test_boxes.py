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


def test_labels_of_different_ranges_are_drawn_as_shares() -> None:
    """A target of 0..16 beside one of -1..1 does not hide it; the unit stands behind its name."""
    labels = {"german": pl.DataFrame({"pain": [0.0, 4.0, 8.0, 16.0], "dominance": [-1.0, -0.5, 0.0, 1.0]})}
    ranges, titles = {"pain": (0.0, 16.0)}, {"pain": "pain (PSPI)"}
    drawn = boxes(described(["german"]), labels, cultures=CULTURES, corpus="openface", ranges=ranges, titles=titles)
    axes = drawn.axes[2]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["pain (PSPI)", "dominance"]
    assert axes.get_ylabel() == "label (share of its range)"
    pain, dominance = (body.get_paths()[0].get_extents() for body in axes.collections[:2])
    assert (pain.ymin, pain.ymax) == pytest.approx((0, 1), abs=1e-9)
    assert (dominance.ymin, dominance.ymax) == pytest.approx((0, 1), abs=1e-9)
    alone = {"german": labels["german"].select("pain")}
    drawn = boxes(described(["german"]), alone, cultures=CULTURES, corpus="openface", ranges=ranges)
    assert drawn.axes[2].get_ylabel() == "label (0 to 16)"
