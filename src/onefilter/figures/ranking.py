"""Which features the filter goes by: their shares of all contributions, ranked and compared between cultures."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from onefilter.figures.style import FAINT, INK, colour_of, new_figure

SHOWN: Final = 12
"""Number of features in ranked bars."""
LABELLED: Final = 4
"""Number of features that are named in scatter plots."""


def feature_ranking(ranking: pd.DataFrame, *, best: Mapping[str, str], cultures: Sequence[str], corpus: str) -> Figure:
    """Draw the features' shares, ranked, with intervals over recordings, one panel per target.

    Args:
        ranking: Columns of `onefilter.explanation.ranking.RANKING_COLUMNS`.
        best: Per target, the chosen model.
        cultures: In the order of colours.
        corpus: Where the data come from.
    """
    targets = list(best)
    figure = new_figure(3.6, corpus=corpus, title="Which features the filter goes by: share of all contributions")
    panels = figure.subplots(1, len(targets), squeeze=False)[0]
    present = [culture for culture in cultures if culture in set(ranking["culture"])]
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
        axes.set_yticks(range(len(order)), [str(name).replace("_", " ") for name in order], fontsize=6.5)
        axes.invert_yaxis()
        axes.set_xlabel("share")
        axes.set_title(target)
    panels[-1].legend(loc="lower right")
    return figure


def culture_comparison(
    ranking: pd.DataFrame, *, best: Mapping[str, str], cultures: Sequence[str], corpus: str
) -> Figure:
    """Draw the features' shares in one culture against those in another, log scales.

    Args:
        ranking: Columns of `onefilter.explanation.ranking.RANKING_COLUMNS`.
        best: Per target, the chosen model.
        cultures: In the order of colours; the first is on the horizontal axis.
        corpus: Where the data come from.
    """
    targets = list(best)
    present = [culture for culture in cultures if culture in set(ranking["culture"])]
    figure = new_figure(3.0, corpus=corpus, title="The same filter in other cultures: share of each feature")
    panels = figure.subplots(1, len(targets), sharey=True, squeeze=False)[0]
    for axes, target in zip(panels, targets, strict=True):
        own = ranking[(ranking["target"] == target) & (ranking["model"] == best[target])]
        wide = own.pivot_table(index="feature", columns="culture", values="share", sort=False)
        wide = wide[(wide > 0).all(axis=1)]
        values = wide.to_numpy(dtype=float)
        low, high = 0.8 * values.min(), 1.6 * values.max()
        axes.plot([low, high], [low, high], color=FAINT, linewidth=0.6, zorder=0)
        for culture in present[1:]:
            axes.plot(wide[present[0]], wide[culture], "o", markersize=3, color=colour_of(culture, cultures),
                      markeredgewidth=0, alpha=0.8, label=culture.capitalize())  # fmt: skip
        # Each name is at least a line below the one before, so that none hides another.
        height, line = high, (high / low) ** 0.065
        shares, others = wide[present[0]], wide[present[1:]].max(axis=1)
        for name in wide[present[0]].nlargest(LABELLED).index:
            share, other = float(shares[name]), float(others[name])
            height = min(height / line, other * line**0.4)
            axes.annotate(str(name).replace("_", " "), (share, other), xytext=(min(share, height) / 1.8, height),
                          ha="right", va="center", fontsize=6, color=INK,
                          arrowprops={"arrowstyle": "-", "color": FAINT, "linewidth": 0.4, "shrinkB": 1})  # fmt: skip
        axes.set(xscale="log", yscale="log", xlim=(low, high), ylim=(low, high))
        axes.set_xlabel(f"share, {present[0].capitalize()}")
        axes.set_title(target)
    panels[0].set_ylabel("share, other culture")
    panels[-1].legend(loc="lower right")
    return figure
