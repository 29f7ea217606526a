"""Which features the filter goes by: their shares of what moves it, ranked and compared between cultures."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from onefilter.figures.style import FAINT, INK, colour_of, new_figure
from onefilter.names import kind_of, several

SHOWN: Final = 12
"""Number of features in ranked bars."""
LABELLED: Final = 4
"""Number of features that are named in scatter plots."""


def feature_ranking(ranking: pd.DataFrame, *, best: Mapping[str, str], cultures: Sequence[str], corpus: str) -> Figure:
    """Draw the features' shares of the prediction's variance, ranked, with intervals over units, one panel per target.

    Args:
        ranking: Columns of `onefilter.explanation.ranking.RANKING_COLUMNS`.
        best: Per target, the chosen model.
        cultures: In the order of colours.
        corpus: Where the data come from.
    """
    targets = list(best)
    figure = new_figure(3.6, corpus=corpus, title="What moves the prediction: share of its variance")
    panels = figure.subplots(1, len(targets), squeeze=False)[0]
    present, unit = [culture for culture in cultures if culture in set(ranking["culture"])], kind_of(ranking["unit"])
    width = 0.8 / len(present)
    for axes, target in zip(panels, targets, strict=True):
        own = ranking[(ranking["target"] == target) & (ranking["model"] == best[target])]
        order = own.groupby("feature", sort=False)["share"].mean().sort_values(ascending=False).index[:SHOWN]
        for index, culture in enumerate(present):
            rows = own[own["culture"] == culture].set_index("feature").loc[order]
            places = np.arange(len(order)) + (index - (len(present) - 1) / 2) * width
            axes.barh(places, rows["share"], height=width * 0.9, color=colour_of(culture, cultures),
                      label=culture.capitalize())  # fmt: skip
            axes.hlines(places, rows["share_low"], rows["share_high"], color=INK, linewidth=0.6)
        axes.axvline(0, color=INK, linewidth=0.5)
        axes.set_yticks(range(len(order)), [str(name).replace("_", " ") for name in order], fontsize=6.5)
        axes.invert_yaxis()
        axes.set_xlabel(f"share (95 % over {several(unit)})")
        axes.set_title(target)
    handles, names = panels[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="upper right", ncols=len(names))
    return figure


def culture_comparison(
    ranking: pd.DataFrame, *, best: Mapping[str, str], cultures: Sequence[str], corpus: str
) -> Figure:
    """Draw the features' shares of the prediction's variance in one culture against those in another.

    Args:
        ranking: Columns of `onefilter.explanation.ranking.RANKING_COLUMNS`.
        best: Per target, the chosen model.
        cultures: In the order of colours; the first is on the horizontal axis.
        corpus: Where the data come from.
    """
    targets = list(best)
    present = [culture for culture in cultures if culture in set(ranking["culture"])]
    figure = new_figure(3.0, corpus=corpus, title="The same filter in other cultures: share of variance")
    panels = figure.subplots(1, len(targets), squeeze=False)[0]
    for axes, target in zip(panels, targets, strict=True):
        own = ranking[(ranking["target"] == target) & (ranking["model"] == best[target])]
        wide = own.pivot_table(index="feature", columns="culture", values="share", sort=False)
        values = wide[present].to_numpy(dtype=float)
        room = 0.08 * float(np.ptp(values)) or 0.01
        low, high = float(values.min()) - room, float(values.max()) + room
        axes.plot([low, high], [low, high], color=FAINT, linewidth=0.6, zorder=0)
        axes.axhline(0, color=FAINT, linewidth=0.4, zorder=0)
        axes.axvline(0, color=FAINT, linewidth=0.4, zorder=0)
        for culture in present[1:]:
            axes.plot(wide[present[0]], wide[culture], "o", markersize=3, color=colour_of(culture, cultures),
                      markeredgewidth=0, alpha=0.8, label=culture.capitalize())  # fmt: skip
        # Names stand one below the other where no feature has a small share here and a large one there.
        others = wide.loc[wide[present[0]].nlargest(LABELLED).index, present[1:]].max(axis=1)
        for row, name in enumerate(others.sort_values(ascending=False).index):
            place = (low + room / 4, high - (row + 0.5) * 0.065 * (high - low))
            axes.annotate(str(name).replace("_", " "), (wide[present[0]][name], others[name]), xytext=place, ha="left",
                          va="center", fontsize=6, color=INK,
                          arrowprops={"arrowstyle": "-", "color": FAINT, "linewidth": 0.4, "shrinkB": 1,
                                      "relpos": (1, 0.5)})  # fmt: skip
        axes.set(xlim=(low, high), ylim=(low, high))
        axes.set_xlabel(f"share, {present[0].capitalize()}")
        axes.set_title(target)
    panels[0].set_ylabel("share, other culture")
    panels[-1].legend(loc="lower right")
    return figure
