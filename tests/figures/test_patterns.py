"""The filter beside its pattern."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from onefilter.explanation.patterns import PATTERN_COLUMNS
from onefilter.features.statistics import FEATURES
from onefilter.figures.patterns import filter_beside_pattern
from tests.examples.layout import LAYOUT, Drawing

PLANTED = [
    ("german", "AU12", "valence", 0.3),
    ("german", "AU04", "valence", -0.2),
    ("german", "AU04", "arousal", 0.7),
    ("chinese", "AU12", "valence", 0.9),
]


def draw_patterns(corpus: str) -> Figure:
    """Two models, three lags; planted loadings on the twin."""
    rng = np.random.default_rng(1)
    rows = [
        (name, lag, feature, rng.normal(), *[0.0] * 3, 0.3, 0.1, r, r - 0.1, r + 0.2, "dyad", 17)
        for name in ("seed-1", "seed-2")
        for lag in (-0.1, 0.0, 0.1)
        for feature, r in zip(FEATURES, rng.uniform(-0.7, 0.7, len(FEATURES)), strict=True)
    ]
    planted = pd.DataFrame(PLANTED, columns=["culture", "action_unit", "source", "loading"])
    return filter_beside_pattern(
        pd.DataFrame(rows, columns=list(PATTERN_COLUMNS)), planted if corpus == "simulated" else None,
        best="seed-1", target="valence", cultures=["german"], corpus=corpus,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("check", LAYOUT)
def test_layout(check: Callable[[Drawing], None]) -> None:
    """Nothing is clipped or hidden; it says so if its data are simulated."""
    check(draw_patterns)


def test_shows_the_loadings_of_its_culture_and_target() -> None:
    """Bars of AU12's and AU04's means only: other targets and cultures have other loadings."""
    widths = [float(bar.get_width()) for bar in draw_patterns("simulated").axes[2].patches]  # type: ignore[attr-defined]
    shown = {name: width for name, width in zip(FEATURES, widths, strict=True) if not np.isnan(width)}
    assert shown == {"AU12_mean": 0.3, "AU04_mean": -0.2}
    assert len(draw_patterns("openface").axes) == 2


def test_the_chosen_models_correlations_have_intervals() -> None:
    """A line per feature from low to high, around the bar; the units are named."""
    axes = draw_patterns("openface").axes[1]
    (lines,) = axes.collections
    ends = np.array([segment[:, 0] for segment in lines.get_segments()])  # type: ignore[attr-defined]
    widths = np.array([bar.get_width() for bar in axes.patches])  # type: ignore[attr-defined]
    np.testing.assert_allclose(ends - widths[:, None], np.tile([-0.1, 0.2], (len(FEATURES), 1)), atol=1e-12)
    assert "95 % interval over 17 dyads" in axes.texts[0].get_text()
