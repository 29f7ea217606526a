"""Agreement of annotators."""

from collections.abc import Callable

import pandas as pd
import pytest
from matplotlib.figure import Figure

from onefilter.corpus.twin import TARGETS
from onefilter.evaluation.agreement import AGREEMENT_COLUMNS, EVERYBODY, WHOLE
from onefilter.figures.annotators import annotators_by_culture
from tests.examples.layout import CULTURES, LAYOUT, Drawing


def draw_annotators(corpus: str) -> Figure:
    """Three targets, six annotators; the last culture has no intervals, and its annotators are many."""
    rows = []
    for target in TARGETS:
        for place, culture in enumerate(CULTURES):
            names = [f"A{number}" for number in range(30 if place else 6)]
            for number, name in enumerate([*names, EVERYBODY]):
                ccc, size = 0.3 + 0.02 * (number % 20), float("nan") if place else 0.1
                rows.append((target, culture, WHOLE, name, 6, 20, 10, "dyad", ccc, ccc - size, ccc + size))
            rows.append((target, culture, "test", EVERYBODY, 6, 20, 10, "dyad", 0.9, 0.8, 1.0))
    table = pd.DataFrame(rows, columns=list(AGREEMENT_COLUMNS))
    return annotators_by_culture(table, cultures=CULTURES, corpus=corpus)


@pytest.mark.slow
@pytest.mark.parametrize("check", LAYOUT)
def test_layout(check: Callable[[Drawing], None]) -> None:
    """Nothing is clipped or hidden; it says so if its data are simulated."""
    check(draw_annotators)


def test_few_are_named() -> None:
    """Six of one culture, not thirty of another; the mean is written."""
    texts = [text.get_text() for text in draw_annotators("openface").axes[0].texts]
    assert texts[:7] == ["A0", "A1", "A2", "A3", "A4", "A5", "0.42"]
    assert len(texts) == 7 + 2
