"""CCC against latency."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from onefilter.corpus.twin import TARGETS
from onefilter.figures.latency import ccc_by_latency
from tests.examples.layout import CULTURES, LAYOUT, Drawing


def draw_latency(corpus: str) -> Figure:
    """Two targets, three cultures, both kinds of windows, three latencies."""
    rng = np.random.default_rng(1)
    rows = [
        (target, alignment, seconds, 2.8, culture, "test", ccc, ccc - 0.1, ccc + 0.1)
        for target in TARGETS[:2]
        for culture in CULTURES
        for alignment in ("centred", "causal")
        for seconds in (4.5, 0.5, 2.0)
        for ccc in [float(rng.uniform(0, 0.6))]
    ]
    columns = ["target", "alignment", "latency", "delay", "culture", "partition", "ccc", "low", "high"]
    return ccc_by_latency(pd.DataFrame(rows, columns=columns), cultures=CULTURES, corpus=corpus)


@pytest.mark.slow
@pytest.mark.parametrize("check", LAYOUT)
def test_layout(check: Callable[[Drawing], None]) -> None:
    """Nothing is clipped or hidden; it says so if its data are simulated."""
    check(draw_latency)


def test_lines_go_from_the_shortest_latency_to_the_longest() -> None:
    """In any order of the table."""
    lines = [line for line in draw_latency("openface").axes[0].lines if str(line.get_label()).endswith("windows")]
    assert len(lines) == 2
    for line in lines:
        np.testing.assert_array_equal(line.get_xdata(), [0.5, 2.0, 4.5])
