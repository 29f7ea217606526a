"""Faces: the table of units, and low and high affect."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse, PathPatch
from matplotlib.path import Path

from onefilter.face import MUSCLES, ZONES, face, svg_path
from onefilter.features.statistics import FEATURES
from onefilter.figures.faces import LARGEST, Contrast, action_units, affect_faces, draw_face, path_of
from onefilter.figures.style import DOWN, UP
from onefilter.names import AU_NAMES, AUS
from tests.examples.layout import CULTURES, LAYOUT, Drawing, nothing_is_clipped, texts, tick_labels_keep_apart

CHANGES = {"AU12": 0.3, "AU06": 0.2, "AU04": -0.15}
"""Intensity per standard deviation of the output of the chosen model."""


units = cache(action_units)
"""The table of units, drawn once."""


def patterns(*, scale: float = 1.0) -> pd.DataFrame:
    """Two models, three lags; only the chosen model's means at the step itself are as `CHANGES` say."""
    rows = [
        (name, lag, feature, 1.0, value, 0.3, 0.5)
        for name in ("seed-1", "seed-2")
        for lag in (-0.1, 0.0, 0.1)
        for feature in FEATURES
        for value in [2 * scale * CHANGES.get(feature.removesuffix("_mean"), 0.0) * (name == "seed-2") * (lag == 0)]
    ]
    return pd.DataFrame(rows, columns=["model", "lag", "feature", "filter", "linear", "feature_sd", "output_sd"])


def described() -> pd.DataFrame:
    """Mean intensities of 1 in each culture, of 2 in all together."""
    rows = [(name, f"{unit}_mean", 2.0 if name == "all" else 1.0) for name in (*CULTURES, "all") for unit in AUS]
    return pd.DataFrame(rows, columns=["culture", "variable", "mean"])


def planted() -> pd.DataFrame:
    """Loadings of two cultures."""
    rows = [("german", "AU12", "valence", 0.4), ("german", "AU01", "arousal", 0.9), ("chinese", "AU15", "valence", 0.2)]
    return pd.DataFrame(rows, columns=["culture", "unit", "source", "loading"])


def draw_faces(corpus: str, *, read: tuple[str, ...] = ("german",), scale: float = 1.0) -> Figure:
    """Pattern and, on the twin, what was planted in three cultures."""
    return affect_faces(
        patterns(scale=scale), planted() if corpus == "simulated" else None, described(),
        best="seed-2", target="valence", read=read, cultures=CULTURES, corpus=corpus,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("check", LAYOUT)
def test_layout(check: Callable[[Drawing], None]) -> None:
    """Nothing is clipped or hidden; it says so if its data are simulated."""
    check(draw_faces)


@pytest.mark.slow
@pytest.mark.parametrize("check", [nothing_is_clipped, tick_labels_keep_apart])
def test_layout_of_the_units(check: Callable[[Drawing], None]) -> None:
    """Nothing is clipped; there are no data, so nothing is simulated."""
    check(lambda _: units())


@pytest.mark.slow
def test_every_unit_is_named_and_drawn() -> None:
    """Twice: at rest with its zone, and at its strongest without; muscles are named."""
    figure = units()
    shown = texts(figure)
    assert len(figure.axes) == 2 * len(AUS)
    for place, unit in enumerate(AUS):
        assert f"{unit} {AU_NAMES[unit]}" in shown
        assert MUSCLES[unit] in shown
        rest, strong = figure.axes[2 * place : 2 * place + 2]
        middles = {tuple(patch.get_center()) for patch in rest.patches if isinstance(patch, Ellipse)}
        x, y = ZONES[unit][:2]
        assert middles == {(x, y), (-x, y)}
        assert not [patch for patch in strong.patches if isinstance(patch, Ellipse)]
        head = path_of(face().points(5.0 * (np.array(AUS) == unit)), face().part("head"))
        assert any(np.array_equal(patch.get_path().vertices, head.vertices) for patch in strong.patches)


def test_a_contrast() -> None:
    """The largest change is `LARGEST`, others in proportion, within 0 to 5; how far that is is said."""
    change = np.zeros(17)
    change[[0, 1, 2]] = 0.5, -0.25, np.nan
    found = Contrast("x", np.full(17, 0.5), change, 0.1, "of x")
    assert found.times == LARGEST / 0.5
    np.testing.assert_allclose(found.at(1)[:4], [3.5, 0, 0.5, 0.5])
    np.testing.assert_allclose(found.at(-1)[:4], [0, 2.0, 0.5, 0.5])
    np.testing.assert_array_equal(found.at(0), 0.5)
    none = Contrast("x", np.ones(17), np.full(17, np.nan), 0.1, "of x")
    assert none.times == 0
    np.testing.assert_array_equal(none.at(1), none.mean)


def test_rows_show_the_pattern_and_what_was_planted() -> None:
    """The chosen model's means at lag 0; loadings of their culture and target; the scale beside each."""
    figure = draw_faces("simulated")
    bars = [axes for axes in figure.axes if axes.get_xlabel()]
    assert [axes.get_title(loc="left") for axes in bars] == [
        "pattern of the filter, German\nfaces: mean ± 10 sd of its output",
        "planted in the twin, German\nfaces: mean ± 0.75 of valence",
        "planted in the twin, Hungarian\nno pattern",
        "planted in the twin, Chinese\nfaces: mean ± 1.5 of valence",
    ]
    widths = [{unit: bar.get_width() for unit, bar in zip(AUS, axes.patches, strict=True) if bar.get_width()}  # type: ignore[attr-defined]
              for axes in bars]  # fmt: skip
    assert widths[0] == pytest.approx(CHANGES)
    assert widths[1:] == [{"AU12": 0.4}, {}, {"AU15": 0.2}]
    assert any("the largest change of each row is drawn as 3" in text for text in texts(figure))
    assert len(draw_faces("openface").axes) == 4


def test_faces_are_the_means_plus_and_minus_the_pattern() -> None:
    """Low, mean and high; red where a unit is stronger than in the mean face, blue where it is weaker."""
    for read, mean in ((("german",), 1.0), (("german", "chinese"), 2.0)):
        figure = draw_faces("openface", read=read)
        change = np.array([CHANGES.get(unit, 0.0) for unit in AUS])
        for axes, side in zip(figure.axes, (-1, 0, 1), strict=False):
            expected = np.clip(mean + side * change * LARGEST / 0.3, 0, 5)
            lips = path_of(face().points(expected), face().part("upper lip"))
            drawn = [patch.get_path() for patch in axes.patches if isinstance(patch, PathPatch)]
            assert any(path.vertices.shape == lips.vertices.shape and np.allclose(path.vertices, lips.vertices)
                       for path in drawn)  # fmt: skip
            colours = {tuple(patch.get_center()): to_hex(patch.get_facecolor()) for patch in axes.patches
                       if isinstance(patch, Ellipse) and (patch.get_alpha() or 0) > 0}  # fmt: skip
            smile, frown = (colours.get(ZONES[unit][:2]) for unit in ("AU12", "AU04"))
            assert (smile, frown) == {-1: (DOWN, UP), 0: (None, None), 1: (UP, DOWN)}[side]


def test_a_pattern_that_could_not_be_estimated() -> None:
    """An output that is constant has none: the mean face, and the words."""
    figure = draw_faces("openface", scale=float("nan"))
    assert "pattern of the filter, German\nno pattern" in texts(figure)


def test_both_ways_of_drawing_show_the_same_points() -> None:
    """A path of matplotlib's and one of an SVG's."""
    points = face().points(np.linspace(0, 5, 17))
    for part in face().parts:
        path = path_of(points, part)
        own = path.vertices[:-1] if part.closed else path.vertices
        numbers = np.array(svg_path(points, part).translate(str.maketrans("MCZ", "   ")).split(), dtype=float)
        np.testing.assert_allclose(numbers.reshape(-1, 2), own, atol=0.0051)
        assert (path.codes[-1] == Path.CLOSEPOLY) == part.closed


def test_what_is_no_intensity() -> None:
    """Refused before anything is drawn."""
    axes = Figure().subplots()
    with pytest.raises(ValueError, match="17 intensities of 0 to 5"):
        draw_face(axes, np.full(17, 6.0), width=1.0)
    assert not axes.patches
