"""The cost of live intensities: OpenFace does not post-process what it writes while it runs."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from onefilter.figures.style import FAINT, colour_of, new_figure
from onefilter.names import SIMULATED


def live_skew(skew: pd.DataFrame, *, cultures: Sequence[str]) -> Figure:
    """Draw, per target, the CCC with each step of the post-processing undone, and how far predictions move.

    Args:
        skew: Columns of `onefilter.live.skew.SKEW_COLUMNS`; the rule computes them on the twin only.
        cultures: In the order of colours.
    """
    targets = list(dict.fromkeys(skew["target"]))
    names = list(dict.fromkeys(skew["variant"]))
    present = [culture for culture in cultures if culture in set(skew["culture"])]
    title = "What is post-processing worth?"
    figure = new_figure(1.5 * len(targets) + 0.9, corpus=SIMULATED, title=title)
    panels = figure.subplots(len(targets), 2, sharey=True, sharex="col", squeeze=False)
    places = np.arange(len(names))[::-1]
    for (left, right), target in zip(panels, targets, strict=True):
        for index, culture in enumerate(present):
            own = skew[(skew["target"] == target) & (skew["culture"] == culture)].set_index("variant").loc[names]
            middle = places + 0.2 * ((len(present) - 1) / 2 - index)
            colour = colour_of(culture, cultures)
            left.hlines(middle, own["low"], own["high"], color=colour, linewidth=1)
            left.plot(own["ccc"], middle, "o", color=colour, markersize=3, label=culture.capitalize())
            right.plot(own["deviation"], middle, "o", color=colour, markersize=3)
            right.plot(own["bias"].abs(), middle, "|", color=colour, markersize=6)
        left.axvline(0, color=FAINT, linewidth=0.5, zorder=0)
        left.set_yticks(places, names)
        left.set_title(f"{target}: CCC", fontsize=8)
        right.set_title(f"{target}: how far predictions move", fontsize=8)
    panels[-1][0].set_xlabel("CCC, recordings concatenated")
    panels[-1][1].set_xlabel("dot: root mean square, bar: |mean| of the difference")
    handles, labels = panels[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper right", ncols=len(present))
    return figure
