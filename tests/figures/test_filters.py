"""The figure of a trained filter."""

import re
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


def test_shows_the_mean_of_the_folded_filters() -> None:
    """Smoothed over 11 taps; signs are those of the folded filters, not of the weights behind a negative head."""
    image = draw_filters("simulated").axes[0].get_images()[0].get_array()
    assert image is not None
    rng = np.random.default_rng(1)
    folded = -1.5 * np.mean([rng.normal(size=(80, 37)).astype(np.float32) for _ in range(3)], axis=0)
    smooth = np.stack([folded[max(tap - 5, 0) : tap + 6].mean(axis=0) for tap in range(80)])
    np.testing.assert_allclose(np.asarray(image), smooth.T, atol=1e-6)


def test_says_how_far_seeds_agree() -> None:
    """Both agreements are printed, of filters that have nothing in common; one model agrees with nobody."""
    (text,) = [text.get_text() for axes in draw_filters("simulated").axes for text in axes.texts]
    assert re.search(r"seeds agree: r [−]?0\.0\d by tap, [−]?0\.0\d smoothed", text)
    alone = filters({"adopted": model()}, best="adopted", corpus="simulated")
    assert not [text for axes in alone.axes for text in axes.texts]
