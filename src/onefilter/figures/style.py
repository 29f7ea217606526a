"""One visual language for all figures: colours, sizes, and the notice on what is simulated."""

import io
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.text import Text

from onefilter.files import write_bytes
from onefilter.names import twin_notice

WIDTH: Final = 7.2
"""Width of every figure (inches): two journal columns; text stays readable at one."""
INK: Final = "#333333"
"""Labels as annotators gave them, axes and text."""
FAINT: Final = "#999999"
CULTURES: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442", "#000000")
"""Okabe and Ito's colours, safe for colour-blind readers; cultures take them in the configuration's order."""
OVERALL: Final = "#777777"
SIGNED: Final = "RdBu_r"
"""Colour map of weights: red pushes affect up, blue down."""
UP: Final = "#b2182b"
DOWN: Final = "#2166ac"
"""The ends of `SIGNED`."""
UNSIGNED: Final = "YlGnBu"

FINEST: Final = 150
"""Pixels per inch of what an SVG holds as pixels."""
_RC: Final[Any] = {
    "font.size": 8,
    "font.family": "DejaVu Sans",
    "axes.titlesize": 9,
    "axes.labelsize": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "axes.linewidth": 0.6,
    "axes.titlelocation": "left",
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 7,
    "lines.linewidth": 1.0,
    "figure.constrained_layout.use": True,
    "svg.hashsalt": "onefilter",
    "svg.fonttype": "none",  # Text stays text.
}


def new_figure(height: float, *, corpus: str, title: str) -> Figure:
    """Make an empty figure of `WIDTH` and this height (inches), with a title and a notice on simulated data.

    Args:
        height: Inches.
        corpus: Where the data come from; the figure says so if they are simulated.
        title: One line.
    """
    mpl.rcParams.update(_RC)
    figure = Figure(figsize=(WIDTH, height))
    figure.suptitle(title, x=0.01, ha="left", fontsize=10, fontweight="bold")
    figure.supxlabel(twin_notice(corpus), x=0.99, ha="right", fontsize=7, color="#B00020", fontstyle="italic")
    return figure


def colour_of(culture: str, cultures: Sequence[str]) -> str:
    """Give a culture's colour; anything that is not one of the cultures is grey."""
    return CULTURES[list(cultures).index(culture)] if culture in cultures else OVERALL


def legible(colour: str, *, contrast: float = 4.5) -> str:
    """Darken a colour until text in it can be read on white: a contrast of 4.5, WCAG's level AA."""
    shade = np.array(mpl.colors.to_rgb(colour))
    while 1.05 / (_luminance(shade) + 0.05) < contrast:
        shade = shade * 0.97
    red, green, blue = map(float, shade)
    return mpl.colors.to_hex((red, green, blue))


def _luminance(shade: npt.NDArray[np.float64]) -> float:
    """Give the relative luminance of red, green and blue in 0..1 (WCAG 2)."""
    linear = np.where(shade <= 0.04045, shade / 12.92, ((shade + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def zero_line(axes: Axes) -> None:
    """Draw a thin line at zero."""
    axes.axhline(0, color=FAINT, linewidth=0.5, zorder=0)


def save(figure: Figure, *paths: Path, dpi: int, software: str | None = None) -> None:
    """Save a figure whole or not at all; the same figure gives the same bytes.

    Args:
        figure: What.
        *paths: Where to; the ending says the format.
        dpi: Pixels per inch; what an SVG holds as pixels has `FINEST` at most.
        software: The program that the files name as their maker.
    """
    _take_literally(figure)
    # All formats share the first one's layout, which is found once; savefig would draw everything to find it.
    pixels = [min(dpi, FINEST) if path.suffix == ".svg" else dpi for path in paths]
    _lay_out(figure, dpi=pixels[0])
    for path, own in zip(paths, pixels, strict=True):
        metadata = {
            ".pdf": {"Creator": software, "Producer": None, "CreationDate": None},
            ".svg": {"Creator": software, "Date": None},
        }.get(path.suffix, {"Software": software})
        content = io.BytesIO()
        with _no_layout():
            figure.savefig(content, format=path.suffix.removeprefix("."), dpi=own, metadata=metadata)
        write_bytes(path, content.getvalue())


def _lay_out(figure: Figure, *, dpi: int) -> None:
    """Put everything where it is to be at so many pixels per inch, and leave it there."""
    engine = figure.get_layout_engine()
    if engine is not None:
        figure.set_dpi(dpi)
        engine.execute(figure)
    leave_as_laid_out(figure)


def leave_as_laid_out(figure: Figure) -> None:
    """Let everything stay where it is; the layout engine "none" would draw all for it once more."""
    with _no_layout():
        figure.set_layout_engine(None)


def _no_layout() -> AbstractContextManager[None]:
    """Let no layout engine mean none, and not the one that `style` asks for."""
    return mpl.rc_context({"figure.constrained_layout.use": False})


def _take_literally(figure: Figure) -> None:
    """Let $ be no formula in what names of files, recordings and cultures say; only ticks of log scales are powers."""
    powers = {
        id(text)
        for axes in figure.axes
        for axis in (axes.xaxis, axes.yaxis)
        if axis.get_scale() == "log"
        for text in axis.findobj(Text)
        if text is not axis.label
    }
    for text in _texts(figure):
        if id(text) not in powers:
            text.set_parse_math(False)


def _texts(artist: Artist) -> Iterator[Text]:
    """Go through all that is written, but for the ticks of axes that are not drawn, which would be made for it."""
    if isinstance(artist, Text):
        yield artist
    for child in artist.get_children():
        if not (isinstance(child, Axis) and not child.axes.axison):
            yield from _texts(child)
