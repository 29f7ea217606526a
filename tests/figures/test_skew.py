"""The cost of live intensities."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from onefilter.corpus.twin import TARGETS
from onefilter.figures.skew import live_skew
from onefilter.live.skew import VARIANTS
from onefilter.names import TWIN_NOTICE
from tests.examples.layout import CULTURES, Drawing, nothing_is_clipped, texts, tick_labels_keep_apart


def draw_skew(_corpus: str) -> Figure:
    """Two targets, three cultures; always the twin."""
    rng = np.random.default_rng(1)
    rows = [
        (target, culture, variant, ccc, ccc - 0.1, ccc + 0.1, 0.1, -0.02)
        for target in TARGETS[:2]
        for culture in CULTURES
        for variant in VARIANTS
        for ccc in [float(rng.uniform(0, 0.6))]
    ]
    columns = ["target", "culture", "variant", "ccc", "low", "high", "deviation", "bias"]
    return live_skew(pd.DataFrame(rows, columns=columns), cultures=CULTURES)


@pytest.mark.slow
@pytest.mark.parametrize("check", [nothing_is_clipped, tick_labels_keep_apart])
def test_layout(check: Callable[[Drawing], None]) -> None:
    """Nothing is clipped or hidden."""
    check(draw_skew)


def test_says_that_it_is_simulated() -> None:
    """The rule knows no other corpus than the twin."""
    assert TWIN_NOTICE in texts(draw_skew("simulated"))
