"""Faces: what each action unit does, and what the face looks like when affect is low and when it is high."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from onefilter.corpus.simulated import AFFECT_UNIT
from onefilter.face import BOX, MUSCLES, PAINT, STRONGEST, TINTED_BEHIND, ZONES, Part, face
from onefilter.features.description import OVERALL
from onefilter.figures.style import CULTURES, DOWN, INK, UP, WIDTH, leave_as_laid_out, new_figure
from onefilter.names import AU_NAMES, AUS

Floats = npt.NDArray[np.float64]

LARGEST: Final = 3.0
"""The largest change of an intensity that faces are drawn with; the others are in proportion."""
_ROW: Final = 4
"""Units in a row of the table of units."""
_CELL: Final = 1.52
"""Height of a unit in it (inches)."""
_LEGEND: Final = (
    "Left: at rest (0 of 5), coloured where the muscle is.\nRight: the unit alone at its strongest (5 of 5).\n"
    "Drawn after the manual of the Facial Action Coding\nSystem; the face is nobody's."
)


def action_units() -> Figure:
    """Draw the 17 action units (the draft's Table 2): at rest, tinted where the unit works, and at its strongest."""
    high = 0.4 + _CELL * -(-len(AUS) // _ROW)
    figure = new_figure(high, corpus="", title="The action units, from rest to their strongest")
    wide = (WIDTH - 0.1) / _ROW
    for place, unit in enumerate(AUS):
        x, y = 0.05 + wide * (place % _ROW), 0.7 + _CELL * (place // _ROW)
        rest, strong = (_panel(figure, x + half * 0.47 * wide, y, 0.47 * wide, _CELL - 0.38) for half in (0, 1))
        draw_face(rest, np.zeros(len(AUS)), width=0.8, tints={unit: (CULTURES[1], 1.0)})
        draw_face(strong, STRONGEST * (np.array(AUS) == unit), width=0.8)
        for text, up, how in ((f"{unit} {AU_NAMES[unit]}", 10, {"fontsize": 7, "fontweight": "bold"}),
                              (MUSCLES[unit], 3, {"fontsize": 5.5})):  # fmt: skip
            rest.annotate(text, (0, 1), xycoords="axes fraction", xytext=(2, up), textcoords="offset points", color=INK,
                          **how)  # fmt: skip
    figure.text(0.265, 0.5 * _CELL / high, _LEGEND, fontsize=7, color=INK, linespacing=1.5, va="center")
    return figure


def _panel(figure: Figure, x: float, y: float, wide: float, high: float) -> Axes:
    """Put axes where they belong (inches from the left and from above): faces keep their shape, columns do not."""
    leave_as_laid_out(figure)
    width, height = figure.get_size_inches()
    return figure.add_axes((x / width, 1 - (y + high) / height, wide / width, high / height))


@dataclass(frozen=True)
class Contrast:
    """A mean face, and what is different where affect is higher.

    Attributes:
        title: Whose faces, in words.
        mean: Mean intensities [17].
        change: By what they are higher for one step of affect [17]; not finite where that is unknown.
        step: One step of affect, as a number of units.
        unit: The unit of affect, in words.
    """

    title: str
    mean: Floats
    change: Floats
    step: float
    unit: str

    @property
    def times(self) -> float:
        """How many steps up and down faces are drawn, so that the largest change is `LARGEST`; 0 if none is known."""
        largest = np.abs(self.known).max()
        return float(LARGEST / largest) if largest > 0 else 0.0

    @property
    def known(self) -> Floats:
        """The change, 0 where it is unknown [17]."""
        return np.nan_to_num(self.change, nan=0.0, posinf=0.0, neginf=0.0)

    def at(self, side: int) -> Floats:
        """Give the intensities of a face [17]: -1 is the low one, 0 the mean, 1 the high one."""
        return np.clip(self.mean + side * self.times * self.known, 0.0, STRONGEST)


_SCALE: Final = (
    f"Exaggerated: the largest change of each row is drawn as {LARGEST:g}; intensities stay within 0 to 5.\n"
    "Red: stronger than in the mean face. Blue: weaker."
)


def affect_faces(
    patterns: pd.DataFrame, planted: pd.DataFrame | None, described: pd.DataFrame, *, best: str, target: str,
    read: Sequence[str], cultures: Sequence[str], corpus: str,
) -> Figure:  # fmt: skip
    """Draw the mean face plus and minus a pattern: what the filter hears as low and as high affect.

    Below it, on the twin, the same with what was planted in each culture.

    Args:
        patterns: Columns of `onefilter.explanation.patterns.PATTERN_COLUMNS`.
        planted: Columns of `onefilter.corpus.simulated.LOADING_COLUMNS`; None for other corpora.
        described: Columns of `onefilter.features.description.STATISTICS_COLUMNS`; mean faces are taken from it.
        best: The chosen model.
        target: What is predicted.
        read: The cultures on whose recordings the pattern was estimated.
        cultures: In the order of the rows.
        corpus: Where the data come from.
    """
    contrasts = [_estimated(patterns[patterns["model"] == best], described, read)]
    if planted is not None:
        present = [culture for culture in cultures if culture in set(described["culture"])]
        contrasts += [_planted(planted, described, target, culture) for culture in present]
    figure = new_figure(1.9 * len(contrasts) + 0.95, corpus=corpus, title=f"The face of low and of high {target}")
    for row, contrast in enumerate(contrasts):
        for place, side in enumerate((-1, 0, 1)):
            axes = _panel(figure, 0.1 + 1.45 * place, 0.55 + 1.9 * row, 1.32, 1.84)
            draw_face(axes, contrast.at(side), width=1.32, tints=dict(_tints(contrast.at(side) - contrast.mean)))
            if row == 0:
                axes.set_title((f"low {target}", "mean face", f"high {target}")[place], loc="center")
        _bars(_panel(figure, 4.85, 0.75 + 1.9 * row, 2.15, 1.2), contrast)
    figure.text(0.01, 0.01, _SCALE, fontsize=6.5, color=INK, va="bottom")
    return figure


def _estimated(pattern: pd.DataFrame, described: pd.DataFrame, read: Sequence[str]) -> Contrast:
    """Take the linear pattern at the step itself: what an AU's mean is higher by for one sd of the filter's output."""
    distance = pattern["lag"].abs()
    now = pattern[distance == distance.min()].set_index("feature")
    change = (now["linear"] * now["output_sd"]).reindex([f"{unit}_mean" for unit in AUS])
    whose = read[0] if len(read) == 1 else OVERALL
    name = whose.capitalize() if len(read) == 1 else "all cultures"
    return Contrast(f"pattern of the filter, {name}", _mean_face(described, whose), change.to_numpy(dtype=float), 1.0,
                    "sd of its output")  # fmt: skip


def _planted(planted: pd.DataFrame, described: pd.DataFrame, target: str, culture: str) -> Contrast:
    """Take the loadings planted in a culture."""
    own = planted[(planted["culture"] == culture) & (planted["source"] == target)].set_index("action_unit")["loading"]
    change = own.reindex(AUS).to_numpy(dtype=float)
    return Contrast(f"planted in the twin, {culture.capitalize()}", _mean_face(described, culture), change, AFFECT_UNIT,
                    f"of {target}")  # fmt: skip


def _mean_face(described: pd.DataFrame, culture: str) -> Floats:
    """Give a culture's mean intensities [17]."""
    own = described[described["culture"] == culture].set_index("variable")["mean"]
    mean = own.reindex([f"{unit}_mean" for unit in AUS], fill_value=0.0).to_numpy(dtype=float)
    return np.asarray(np.clip(mean, 0.0, STRONGEST))


def _tints(change: Floats) -> Iterator[tuple[str, tuple[str, float]]]:
    """Tint what is stronger than in the mean face, and what is weaker."""
    for unit, value in zip(AUS, change, strict=True):
        yield unit, (UP if value > 0 else DOWN, abs(float(value)) / LARGEST)


def _bars(axes: Axes, contrast: Contrast) -> None:
    """Draw the change itself, and say how many times as much the faces show."""
    places = np.arange(len(AUS))
    axes.barh(places, contrast.known, color=np.where(contrast.known >= 0, UP, DOWN), height=0.7)
    axes.axvline(0, color=INK, linewidth=0.5)
    axes.set_yticks(places, AUS, fontsize=5)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelsize=6)
    axes.invert_yaxis()
    axes.locator_params(axis="x", nbins=4)
    far = f"faces: mean ± {contrast.times * contrast.step:.2g} {contrast.unit}" if contrast.times else "no pattern"
    axes.set_title(f"{contrast.title}\n{far}", fontsize=7)
    axes.set_xlabel(f"intensity (0 to 5) per {contrast.step:g} {contrast.unit}", fontsize=6.5)


def draw_face(
    axes: Axes,
    intensities: Sequence[float] | Floats,
    *,
    width: float,
    tints: Mapping[str, tuple[str, float]] | None = None,
) -> None:
    """Draw a face that fills axes.

    Args:
        axes: Empty ones.
        intensities: Of the 17 units, 0..5, in the order of `AUS`.
        width: About how wide the face will be (inches); lines are drawn accordingly.
        tints: By unit, the colour of its zone, and how strong it is (0..1).

    Raises:
        ValueError: If the intensities are not 17 numbers within their bounds.
    """
    drawn = face()
    points, opacities = drawn.points(intensities), drawn.opacities(intensities)
    left, top, across, down = BOX
    axes.set(xlim=(left, left + across), ylim=(top + down, top), aspect="equal")
    axes.set_axis_off()
    paths: dict[str, Path] = {}
    for part, opacity in zip(drawn.parts, opacities, strict=True):
        if part.kind == TINTED_BEHIND and tints:
            extent = (left, left + across, top + down, top)
            axes.imshow(glow(tints), extent=extent, zorder=1, clip_path=(paths["head"], axes.transData))
        paths[part.name] = path_of(points, part)
        if opacity > 0:
            fill, line, thick = PAINT[part.kind]
            patch = PathPatch(paths[part.name], facecolor=fill, edgecolor=line, linewidth=72 * thick * width / across,
                              alpha=opacity, capstyle="round", joinstyle="round")  # fmt: skip
            axes.add_artist(patch)  # As `add_patch` does, but for limits, which are set.
            if part.within:
                patch.set_clip_path(paths[part.within], axes.transData)


def path_of(points: Floats, part: Part) -> Path:
    """Give a part as a path of matplotlib's; the arguments are those of `onefilter.face.svg_path`."""
    corners = points[list(part.index)]
    codes = [Path.MOVETO, *[Path.CURVE4] * (len(corners) - 1)]
    return Path([*corners, corners[0]], [*codes, Path.CLOSEPOLY]) if part.closed else Path(corners, codes)


def glow(tints: Mapping[str, tuple[str, float]]) -> Floats:
    """Colour zones of the skin, softly, as an image [height, width, 4] of `BOX`.

    Args:
        tints: By unit, the colour of its zone, and how strong it is (0..1).
    """
    left, top, across, down = BOX
    y, x = np.mgrid[top + 1 : top + down : 2, left + 1 : left + across : 2]
    paint, cover = np.zeros((*x.shape, 3)), np.zeros(x.shape)
    for unit, (colour, strength) in tints.items():
        middle, height, wide, high = ZONES[unit]
        distance = ((np.abs(x) - middle) / wide) ** 2 + ((y - height) / high) ** 2
        alpha = 0.75 * min(strength, 1.0) * np.clip(1 - distance / 1.3, 0, 1) ** 2
        paint += alpha[..., None] * (to_rgb(colour) - paint)
        cover += alpha * (1 - cover)
    # What lies over another colour was mixed with it, and both with nothing.
    return np.concatenate([np.clip(paint / np.maximum(cover, 1e-9)[..., None], 0, 1), cover[..., None]], axis=-1)
