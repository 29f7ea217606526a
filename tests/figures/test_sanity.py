"""Checks of explanations."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from onefilter.corpus.twin import TARGETS
from onefilter.explanation.sanity import SANITY_COLUMNS
from onefilter.figures.sanity import explanation_checks
from tests.examples.layout import CULTURES, LAYOUT, Drawing


def draw_sanity(corpus: str) -> Figure:
    """Curves of three targets."""
    rows: list[tuple[object, ...]] = []
    for target in TARGETS:
        for order in ("most relevant first", "least relevant first", "random order"):
            spread = 0.1 if order == "random order" else np.nan
            rows += [(target, "deletion", order, "german", k, 0.6 - k / 70, spread, 0.3 + spread) for k in range(38)]
        rows.append((target, "randomisation", "", "", np.nan, 0.7, 0.5, 0.8))
    return explanation_checks(pd.DataFrame(rows, columns=list(SANITY_COLUMNS)), cultures=CULTURES, corpus=corpus)


@pytest.mark.slow
@pytest.mark.parametrize("check", LAYOUT)
def test_layout(check: Callable[[Drawing], None]) -> None:
    """Nothing is clipped or hidden; it says so if its data are simulated."""
    check(draw_sanity)
