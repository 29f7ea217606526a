"""The figure of a trained filter."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from onefilter.figures.filters import filters
from tests.examples.layout import LAYOUT, Drawing
from tests.examples.model import model


def draw_filters(corpus: str) -> Figure:
    """Three seeds."""
    rng = np.random.default_rng(1)
    models = {
        f"seed-{seed}": replace(model(), weight=rng.normal(size=(80, 37)).astype(np.float32)) for seed in (1, 2, 10)
    }
    return filters(models, best="seed-10", corpus=corpus)


@pytest.mark.slow
@pytest.mark.parametrize("check", LAYOUT)
def test_layout(check: Callable[[Drawing], None]) -> None:
    """Nothing is clipped or hidden; it says so if its data are simulated."""
    check(draw_filters)


def test_shows_the_folded_filter() -> None:
    """Signs are those of the folded filter, not of the weights behind a negative head."""
    image = draw_filters("simulated").axes[0].get_images()[0].get_array()
    assert image is not None
    rng = np.random.default_rng(1)
    weight = [rng.normal(size=(80, 37)).astype(np.float32) for _ in range(3)][2]
    np.testing.assert_allclose(np.asarray(image), -1.5 * weight.T, rtol=1e-6)
