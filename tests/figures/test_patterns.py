"""The filter beside its pattern."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

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
        (name, lag, feature, rng.normal(), rng.normal(), 0.3, 0.1)
        for name in ("seed-1", "seed-2")
        for lag in (-0.1, 0.0, 0.1)
        for feature in FEATURES
    ]
    columns = ["model", "lag", "feature", "filter", "linear", "feature_sd", "output_sd"]
    planted = pd.DataFrame(PLANTED, columns=["culture", "unit", "source", "loading"])
    return filter_beside_pattern(
        pd.DataFrame(rows, columns=columns), planted if corpus == "simulated" else None,
        best="seed-1", target="valence", culture="german", corpus=corpus,
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
