"""What holds for every figure: nothing is clipped or hidden, and it says so if its data are simulated."""

from collections.abc import Callable
from itertools import pairwise

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from onefilter.names import SIMULATED, TWIN_NOTICE

CULTURES = ["german", "hungarian", "chinese"]
Drawing = Callable[[str], Figure]
"""From a corpus to a figure."""


def texts(figure: Figure) -> list[str]:
    """Give all texts that are drawn."""
    return [
        artist.get_text()
        for artist in figure.findobj(Text)
        if isinstance(artist, Text) and artist.get_text() and artist.get_visible()
    ]


def rendered(figure: Figure) -> FigureCanvasAgg:
    """Render a figure, so that everything has its place."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return canvas


def nothing_is_clipped(draw: Drawing) -> None:
    """Check that everything that is drawn lies within the figure (inches)."""
    figure = draw(SIMULATED)
    drawn = figure.get_tightbbox(rendered(figure).get_renderer())
    width, height = figure.get_size_inches()
    assert drawn.x0 >= 0
    assert drawn.y0 >= 0
    assert drawn.x1 <= width + 0.005
    assert drawn.y1 <= height + 0.005


def tick_labels_keep_apart(draw: Drawing) -> None:
    """Check that neighbouring labels of an axis do not overlap; rotated ones are left to the eye."""
    figure = draw(SIMULATED)
    canvas = rendered(figure)
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            ticks = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
            labels = [tick.label1 for tick in ticks if tick.label1.get_visible() and tick.label1.get_text()]
            if any(label.get_rotation() % 90 for label in labels):
                continue
            boxes = [label.get_window_extent(canvas.get_renderer()) for label in labels]
            for first, second in pairwise(boxes):
                overlap = (
                    min(first.x1, second.x1) - max(first.x0, second.x0),
                    min(first.y1, second.y1) - max(first.y0, second.y0),
                )
                assert min(overlap) <= 1, [label.get_text() for label in labels]


def says_what_is_simulated(draw: Drawing) -> None:
    """Check that figures of the twin have the notice, and no others."""
    assert TWIN_NOTICE in texts(draw(SIMULATED))
    assert TWIN_NOTICE not in texts(draw("openface"))


LAYOUT = (nothing_is_clipped, tick_labels_keep_apart, says_what_is_simulated)
