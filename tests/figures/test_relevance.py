"""Contributions over time."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from onefilter.features.statistics import FEATURES
from onefilter.figures.relevance import relevance_over_time
from tests.examples.layout import LAYOUT, Drawing


def draw_relevance(corpus: str) -> Figure:
    """Three minutes, all features."""
    rng = np.random.default_rng(1)
    time = np.arange(600) / 10
    prediction = rng.normal(size=600).cumsum() / 50
    contributions = pd.DataFrame(rng.normal(size=(600, 37)), index=time, columns=list(FEATURES))
    return relevance_over_time(
        contributions, prediction, prediction[:560], target="valence", recording="Test_DE_01", corpus=corpus
    )


@pytest.mark.slow
@pytest.mark.parametrize("check", LAYOUT)
def test_layout(check: Callable[[Drawing], None]) -> None:
    """Nothing is clipped or hidden; it says so if its data are simulated."""
    check(draw_relevance)


def test_contributions_are_shown_around_their_means() -> None:
    """What a feature always adds is not shown: the heat map is the same with and without it."""
    rng = np.random.default_rng(1)
    moved = pd.DataFrame(rng.normal(size=(50, 2)), index=np.arange(50) / 10, columns=["AU12_mean", "turn"])
    shown = []
    for constant in (0.0, 5.0):
        figure = relevance_over_time(
            moved + constant, np.zeros(50), None, target="valence", recording="a", corpus="openface"
        )
        shown.append(np.asarray(figure.axes[0].get_images()[0].get_array()))
        assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["AU12 mean", "turn"]
    np.testing.assert_allclose(shown[0], (moved - moved.mean()).to_numpy().T, atol=1e-12)
    np.testing.assert_allclose(shown[1], shown[0], atol=1e-12)
