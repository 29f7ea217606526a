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
        rows += [(target, "randomisation", "", culture, np.nan, r, 0.2, 0.8)
                 for culture, r in (("chinese", 0.9), ("german", 0.36))]  # fmt: skip
    return explanation_checks(pd.DataFrame(rows, columns=list(SANITY_COLUMNS)), cultures=CULTURES, corpus=corpus)


@pytest.mark.slow
@pytest.mark.parametrize("check", LAYOUT)
def test_layout(check: Callable[[Drawing], None]) -> None:
    """Nothing is clipped or hidden; it says so if its data are simulated."""
    check(draw_sanity)


def test_says_how_shuffled_filters_rank_in_the_culture_that_is_shown() -> None:
    """Curves are the German ones, and so is r."""
    assert [text.get_text() for text in draw_sanity("openface").axes[0].texts] == [
        "shuffled filters rank alike: r 0.36"
    ]
