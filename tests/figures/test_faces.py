"""Faces: the table of units, and low and high affect."""

from onefilter.workflow.step import perform

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path as FilePath

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from workflow.scripts.draw_faces import draw_faces as draw_faces_step

from onefilter.explanation.patterns import PATTERN_COLUMNS
from onefilter.face import BOX, MUSCLES, ZONES, face, svg_path
from onefilter.features.statistics import FEATURES
from onefilter.figures.faces import LARGEST, Contrast, action_units, affect_faces, draw_face, glow, path_of
from onefilter.figures.style import CULTURES as COLOURS
from onefilter.figures.style import DOWN, UP, save
from onefilter.files import write_table
from onefilter.model.file import write_model
from onefilter.names import AU_NAMES, AUS
from tests.examples import features as examples
from tests.examples.layout import CULTURES, LAYOUT, Drawing, nothing_is_clipped, texts, tick_labels_keep_apart
from tests.examples.model import CARD, model

CHANGES = {"AU12": 0.3, "AU06": 0.2, "AU04": -0.15}
"""Intensity per standard deviation of the output of the chosen model."""


units = cache(action_units)
"""The table of units, drawn once."""


def patterns(*, scale: float = 1.0) -> pd.DataFrame:
    """Two models, three lags; only the chosen model's means at the step itself are as `CHANGES` say."""
    rows = [
        (name, lag, feature, 1.0, value, value, value, 0.3, 0.5)
        for name in ("seed-1", "seed-2")
        for lag in (-0.1, 0.0, 0.1)
        for feature in FEATURES
        for value in [2 * scale * CHANGES.get(feature.removesuffix("_mean"), 0.0) * (name == "seed-2") * (lag == 0)]
    ]
    read = ("model", "lag", "feature", "filter", "linear", "positive", "negative", "feature_sd", "output_sd")
    return pd.DataFrame(rows, columns=list(read)).reindex(columns=list(PATTERN_COLUMNS))


def described() -> pd.DataFrame:
    """Mean intensities of 1 in each culture, of 2 in all together."""
    rows = [(name, f"{unit}_mean", 2.0 if name == "all" else 1.0) for name in (*CULTURES, "all") for unit in AUS]
    return pd.DataFrame(rows, columns=["culture", "variable", "mean"])


def planted() -> pd.DataFrame:
    """Loadings of two cultures."""
    rows = [("german", "AU12", "valence", 0.4), ("german", "AU01", "arousal", 0.9), ("chinese", "AU15", "valence", 0.2)]
    return pd.DataFrame(rows, columns=["culture", "action_unit", "source", "loading"])


def draw_faces(corpus: str, *, read: tuple[str, ...] = ("german",), scale: float = 1.0) -> Figure:
    """Pattern and, on the twin, what was planted in three cultures."""
    return affect_faces(
        patterns(scale=scale), planted() if corpus == "simulated" else None, described(),
        best="seed-2", target="valence", read=read, cultures=CULTURES, corpus=corpus,
    )  # fmt: skip


def tint_of(axes: Axes, unit: str) -> str | None:
    """Give the colour in the middle of a unit's zone, if it is tinted."""
    x, y = (round(value / 2) for value in np.array(ZONES[unit][:2]) - BOX[:2])
    red, green, blue, alpha = np.asarray(axes.images[0].get_array())[y, x]
    return to_hex((red, green, blue)) if alpha > 0.05 else None


def same(one: Path, other: Path) -> bool:
    """Tell whether two paths have the same points."""
    first, second = np.asarray(one.vertices), np.asarray(other.vertices)
    return first.shape == second.shape and bool(np.allclose(first, second))


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
        assert tint_of(rest, unit) == COLOURS[1].lower()
        assert not strong.images
        head = path_of(face().points(5.0 * (np.array(AUS) == unit)), face().part("head"))
        assert any(same(patch.get_path(), head) for patch in strong.patches)


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
            assert any(same(path, lips) for path in drawn)
            found = (tint_of(axes, "AU12"), tint_of(axes, "AU04"))
            assert found == {-1: (DOWN, UP), 0: (None, None), 1: (UP, DOWN)}[side]


def test_tints() -> None:
    """On both sides alike, strongest in the middle of a zone, nothing outside; colours mix where zones overlap."""
    image = glow({"AU12": (UP, 1.0), "AU15": (DOWN, 0.5)})
    np.testing.assert_allclose(image, image[:, ::-1])
    for unit, strength in (("AU12", 0.75), ("AU15", 0.375)):
        x, y = (round(value / 2) for value in np.array(ZONES[unit][:2]) - BOX[:2])
        assert image[y, x, 3] == pytest.approx(strength, abs=0.02)
    assert (image[:20, :, 3] == 0).all()
    both = glow({"AU25": (UP, 1.0), "AU23": (DOWN, 1.0)})[104, 47]
    np.testing.assert_array_less(np.minimum(to_rgb(UP), to_rgb(DOWN)), both[:3] + 1e-9)
    np.testing.assert_array_less(both[:3], np.maximum(to_rgb(UP), to_rgb(DOWN)) + 1e-9)
    assert 0.75 < both[3] < 1


def test_a_pattern_that_could_not_be_estimated() -> None:
    """An output that is constant has none: the mean face, and the words."""
    figure = draw_faces("openface", scale=float("nan"))
    assert "pattern of the filter, German\nno pattern" in texts(figure)


def test_both_ways_of_drawing_show_the_same_points() -> None:
    """A path of matplotlib's and one of an SVG's."""
    points = face().points(np.linspace(0, 5, 17))
    for part in face().parts:
        path = path_of(points, part)
        corners = np.asarray(path.vertices)
        own = corners[:-1] if part.closed else corners
        numbers = np.array(svg_path(points, part).translate(str.maketrans("MCZ", "   ")).split(), dtype=float)
        np.testing.assert_allclose(numbers.reshape(-1, 2), own, atol=0.0051)
        assert (np.asarray(path.codes)[-1] == Path.CLOSEPOLY) == part.closed


def test_what_is_no_intensity() -> None:
    """Refused before anything is drawn."""
    axes = Figure().subplots()
    with pytest.raises(ValueError, match="17 intensities of 0 to 5"):
        draw_face(axes, np.full(17, 6.0), width=1.0)
    assert not axes.patches


@pytest.mark.slow
def test_the_step_draws_what_is_in_its_files(tmp_path: FilePath) -> None:
    """The same bytes as the figure function's, for the seed that was chosen and the cultures that were read."""
    statistics = examples.described(CULTURES)
    tables = {"patterns.parquet": patterns(), "described.tsv": statistics, "planted.tsv": planted()}
    for name, table in tables.items():
        write_table(tmp_path / name, table)
    write_model(tmp_path / "best.safetensors", model(replace(CARD, seed=2)))
    named = {
        "patterns": str(tmp_path / "patterns.parquet"), "described": str(tmp_path / "described.tsv"),
        "best": str(tmp_path / "best.safetensors"), "read": ["german-train"], "cultures": CULTURES, "dpi": 60,
        "corpus": "simulated", "loadings": str(tmp_path / "planted.tsv"), "figure": str(tmp_path / "drawn.png"),
        "vector": str(tmp_path / "drawn.svg"),
    }  # fmt: skip
    perform(draw_faces_step, named, log=tmp_path / "log")
    expected = affect_faces(
        patterns(), planted(), statistics,
        best="seed-2", target="valence", read=["german"], cultures=CULTURES, corpus="simulated",
    )  # fmt: skip
    save(expected, tmp_path / "expected.png", dpi=60)
    assert (tmp_path / "drawn.png").read_bytes() == (tmp_path / "expected.png").read_bytes()
    (tmp_path / "planted.tsv").write_text("culture\taction_unit\tsource\ngerman\tAU12\tvalence\n", encoding="utf-8")
    with pytest.raises(SystemExit):
        perform(draw_faces_step, named, log=tmp_path / "log")
    assert "planted.tsv: lacks the column loading" in (tmp_path / "log").read_text(encoding="utf-8")
