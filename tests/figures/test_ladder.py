"""CCC by depth."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from onefilter.corpus.twin import TARGETS
from onefilter.figures.ladder import ccc_by_depth
from tests.examples.layout import CULTURES, LAYOUT, Drawing


def draw_ladder(corpus: str) -> Figure:
    """Four networks, two targets, three cultures, three seeds."""
    rng = np.random.default_rng(1)
    rows = [
        (network, weights, target, culture, "test", seed, float(rng.uniform(0.2, 0.6)))
        for network, weights in (("A", 406_001), ("B", 607), ("C", 2963), ("D", 2961))
        for target in TARGETS[:2]
        for culture in CULTURES
        for seed in (1, 2, 3)
    ]
    columns = ["network", "weights", "target", "culture", "partition", "seed", "ccc"]
    return ccc_by_depth(pd.DataFrame(rows, columns=columns), cultures=CULTURES, corpus=corpus)


@pytest.mark.slow
@pytest.mark.parametrize("check", LAYOUT)
def test_layout(check: Callable[[Drawing], None]) -> None:
    """Nothing is clipped or hidden; it says so if its data are simulated."""
    check(draw_ladder)


def test_deepest_first() -> None:
    """Networks are ordered by their number of weights."""
    labels = [label.get_text() for label in draw_ladder("openface").axes[0].get_xticklabels()]
    assert labels == ["A\n406,001", "C\n2,963", "D\n2,961", "B\n607"]
