"""The audit of the features' names."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from matplotlib.figure import Figure

from onefilter.features.description import describe
from onefilter.features.statistics import FEATURES
from onefilter.figures.audit import label_audit
from onefilter.verification.audit import audit
from tests.examples.layout import LAYOUT, Drawing


def draw_audit(corpus: str) -> Figure:
    """All columns, the largest values of intensities."""
    rng = np.random.default_rng(1)
    columns, _ = audit(
        describe({"german": pl.DataFrame(rng.uniform(0, 5, (50, len(FEATURES))), schema=list(FEATURES))}, FEATURES)
    )
    return label_audit(columns, corpus=corpus)


@pytest.mark.slow
@pytest.mark.parametrize("check", LAYOUT)
def test_layout(check: Callable[[Drawing], None]) -> None:
    """Nothing is clipped or hidden; it says so if its data are simulated."""
    check(draw_audit)
