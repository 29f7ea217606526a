"""How training went."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from onefilter.figures.style import CULTURES, FAINT, INK, new_figure


def curves(tables: Mapping[str, pd.DataFrame], *, corpus: str) -> Figure:
    """Draw the learning curves: training and development CCC of every seed, and the epochs that were chosen.

    Args:
        tables: Per target, columns ``epoch``, ``seed``, ``train``, ``devel``, ``chosen``.
        corpus: Where the training data come from.
    """
    figure = new_figure(2.6, corpus=corpus, title="Learning curves: CCC by epoch, one line per seed")
    panels = figure.subplots(1, len(tables), sharey=True, squeeze=False)[0]
    for axes, (target, table) in zip(panels, tables.items(), strict=True):
        for _, curve in table.groupby("seed"):
            axes.plot(curve["epoch"], curve["train"], color=FAINT, linewidth=0.4, zorder=1)
            axes.plot(curve["epoch"], curve["devel"], color=CULTURES[0], linewidth=0.4, zorder=2)
        chosen = table[table["chosen"]]
        axes.plot(chosen["epoch"], chosen["devel"], "o", markersize=3.5, color=CULTURES[1], markeredgecolor="white",
                  markeredgewidth=0.4, zorder=3)  # fmt: skip
        axes.set_xscale("symlog", linthresh=10)
        axes.set_xlim(0, table["epoch"].max())
        axes.set_xlabel("epoch (log scale)")
        axes.set_title(target)
        low = float(np.nanquantile(table["devel"], 0.01))
        axes.set_ylim(min(-0.1, low), 1)
    panels[0].set_ylabel("CCC")
    last = panels[-1]
    for position, (text, colour) in enumerate(
        (("training", FAINT), ("development", CULTURES[0]), ("● chosen epoch", CULTURES[1]))
    ):
        last.annotate(text, (0.03, 0.97 - 0.09 * position), xycoords="axes fraction", va="top", fontsize=7,
                      color=colour if colour != FAINT else INK)  # fmt: skip
    return figure
