"""Learning curves."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from onefilter.corpus.twin import TARGETS
from onefilter.figures.curves import learning_curves
from tests.examples.layout import LAYOUT, Drawing


def draw_curves(corpus: str) -> Figure:
    """Two seeds, three targets."""
    table = pd.DataFrame(
        {
            "epoch": [*range(101)] * 2,
            "seed": [1] * 101 + [2] * 101,
            "train": np.tile(np.linspace(0, 0.7, 101), 2),
            "devel": np.tile(np.linspace(0, 0.5, 101), 2),
            "chosen": [epoch == 77 for epoch in range(101)] * 2,
        }
    )
    tables = [table.assign(target=target) for target in TARGETS]
    return learning_curves(pd.concat(tables, ignore_index=True), corpus=corpus)


@pytest.mark.slow
@pytest.mark.parametrize("check", LAYOUT)
def test_layout(check: Callable[[Drawing], None]) -> None:
    """Nothing is clipped or hidden; it says so if its data are simulated."""
    check(draw_curves)


def test_a_panel_per_target() -> None:
    """Targets in the order of the table, each with its own two chosen epochs."""
    panels = draw_curves("openface").axes
    assert [axes.get_title(loc="left") for axes in panels] == list(TARGETS)
    for axes in panels:
        chosen = axes.lines[-1]
        np.testing.assert_array_equal(chosen.get_xdata(), [77, 77])
