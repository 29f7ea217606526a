"""CCC against the number of features."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from onefilter.corpus.twin import TARGETS
from onefilter.explanation.selection import BY_RELEVANCE, FORWARD, RANDOM, SELECTION_COLUMNS
from onefilter.figures.selection import ccc_by_feature_count
from tests.examples.layout import CULTURES, LAYOUT, Drawing


def draw_selection(corpus: str) -> Figure:
    """Two targets, four splits."""
    rng = np.random.default_rng(1)
    rows = [
        (target, method, k, 0, culture, partition, ccc, ccc - 0.1, ccc + 0.1, "", int(k == 9 and method == "relevance"),
         "dyad")
        for target in TARGETS[:2]
        for culture, partition in (("german", "devel"), ("german", "test"), ("hungarian", "test"), ("chinese", "test"))
        for method, ks in ((BY_RELEVANCE, range(1, 38)), (RANDOM, range(1, 38)), (FORWARD, range(1, 38)),
                           ("published seven", (7,)))
        for k in ks
        for ccc in [float(0.6 * k / (k + 3) + 0.02 * rng.normal())]
    ]  # fmt: skip
    return ccc_by_feature_count(pd.DataFrame(rows, columns=list(SELECTION_COLUMNS)), cultures=CULTURES, corpus=corpus)


@pytest.mark.slow
@pytest.mark.parametrize("check", LAYOUT)
def test_layout(check: Callable[[Drawing], None]) -> None:
    """Nothing is clipped or hidden; it says so if its data are simulated."""
    check(draw_selection)
