"""Ranked features, and cultures compared."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from onefilter.corpus.twin import TARGETS
from onefilter.explanation.ranking import RANKING_COLUMNS
from onefilter.features.statistics import FEATURES
from onefilter.figures.ranking import SHOWN, culture_comparison, feature_ranking
from tests.examples.layout import CULTURES, LAYOUT, Drawing


def shares_table() -> pd.DataFrame:
    """Shares of all features in three cultures."""
    rng = np.random.default_rng(1)
    rows = [
        (target, culture, "seed-1", feature, 1, share, 0.9 * share, 1.1 * share, share, share, "dyad", 7)
        for target in TARGETS
        for culture in CULTURES
        for feature, share in zip(FEATURES, rng.dirichlet(np.full(37, 0.4)) - 0.01, strict=True)
    ]
    return pd.DataFrame(rows, columns=list(RANKING_COLUMNS))


def draw_ranking(corpus: str) -> Figure:
    """Bars of three targets."""
    return feature_ranking(shares_table(), best=dict.fromkeys(TARGETS, "seed-1"), cultures=CULTURES, corpus=corpus)


def draw_cultures(corpus: str) -> Figure:
    """Culture against culture."""
    return culture_comparison(shares_table(), best=dict.fromkeys(TARGETS, "seed-1"), cultures=CULTURES, corpus=corpus)


@pytest.mark.slow
@pytest.mark.parametrize("check", LAYOUT)
@pytest.mark.parametrize("draw", [draw_ranking, draw_cultures])
def test_layout(draw: Drawing, check: Callable[[Drawing], None]) -> None:
    """Nothing is clipped or hidden; it says so if its data are simulated."""
    check(draw)


def test_features_are_ranked_by_their_mean_share() -> None:
    """The first panel names arousal's features, the largest share first."""
    table = shares_table()
    own = table[table["target"] == TARGETS[0]].groupby("feature")["share"].mean().sort_values(ascending=False)
    labels = [label.get_text() for label in draw_ranking("openface").axes[0].get_yticklabels()]
    assert labels == [name.replace("_", " ") for name in own.index[:SHOWN]]


def test_says_what_was_resampled() -> None:
    """Intervals are over the units of the table."""
    assert draw_ranking("openface").axes[0].get_xlabel() == "share (95 % over dyads)"


def test_shares_below_zero_are_shown() -> None:
    """A feature that holds the prediction back has its point in the comparison of cultures, too."""
    table = shares_table()
    drawn = draw_cultures("openface").axes[0].get_lines()
    own = table[(table["target"] == TARGETS[0]) & (table["culture"] == CULTURES[0])]
    places = [np.asarray(line.get_xdata()) for line in drawn]
    points = [values for values in places if len(values) == len(FEATURES)]
    assert len(points) == 2
    np.testing.assert_allclose(points[0], own["share"])
    assert own["share"].min() < 0
