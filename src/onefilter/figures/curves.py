"""Learning curves."""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from onefilter.figures.style import CULTURES, FAINT, INK, legible, new_figure

BINS: Final = 60
"""Number of stretches of epochs, equally long on the logarithmic axis, over which curves are summarised."""
TRAIN: Final = FAINT
DEVEL: Final = CULTURES[0]
CHOSEN: Final = INK


def learning_curves(curves: pd.DataFrame, *, corpus: str) -> Figure:
    """Draw the learning curves over all seeds, and the epochs that were chosen.

    Scores swing from epoch to epoch, so a line per seed would be a block of ink. The curves are the median, and the
    range from the 5th to the 95th percentile, of all seeds and epochs in a short stretch.

    Args:
        curves: One row per target, epoch and seed: columns ``target``, ``epoch``, ``seed``, ``train``, ``devel`` (both
            CCC), ``chosen``.
        corpus: Where the training data come from.
    """
    figure = new_figure(2.8, corpus=corpus, title="Learning curves: CCC by epoch, median and 5–95 % range over seeds")
    targets = list(dict.fromkeys(curves["target"]))
    panels = figure.subplots(1, len(targets), sharey=True, squeeze=False)[0]
    for axes, target in zip(panels, targets, strict=True):
        table = curves[curves["target"] == target]
        _range(axes, table, "train", TRAIN)
        _range(axes, table, "devel", DEVEL)
        chosen = table[table["chosen"]]
        axes.plot(
            chosen["epoch"],
            chosen["devel"],
            "o",
            markersize=4,
            color=CHOSEN,
            markeredgecolor="white",
            markeredgewidth=0.5,
        )
        axes.set_xscale("log")
        axes.set_xlim(1, table["epoch"].max())
        axes.set_xlabel("epoch (log scale)")
        axes.set_title(target)
    panels[0].set_ylim(-0.1, 1)
    panels[0].set_ylabel("CCC")
    for position, (text, colour) in enumerate(
        (("training", INK), ("development", DEVEL), ("● chosen epoch of a seed", CHOSEN))
    ):
        panels[-1].annotate(
            text, (0.04, 0.98 - 0.09 * position), xycoords="axes fraction", va="top", fontsize=7, color=legible(colour)
        )
    return figure


def _range(axes: Axes, table: pd.DataFrame, column: str, colour: str) -> None:
    """Draw median and range of one kind of score."""
    scored = table[table["epoch"] > 0]
    edges = np.unique(np.round(np.geomspace(1, scored["epoch"].max() + 1, BINS)))
    stretch = np.searchsorted(edges, scored["epoch"], side="right")
    groups = scored.groupby(stretch)
    middle = groups["epoch"].median()
    low, median, high = (groups[column].quantile(share) for share in (0.05, 0.5, 0.95))
    axes.fill_between(middle, low, high, color=colour, alpha=0.25, linewidth=0)
    axes.plot(middle, median, color=colour)
