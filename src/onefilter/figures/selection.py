"""CCC against the number of features: how many are enough."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from onefilter.explanation.selection import BY_RELEVANCE, FORWARD, RANDOM
from onefilter.figures.style import FAINT, INK, colour_of, new_figure, zero_line


def ccc_by_feature_count(selection: pd.DataFrame, *, cultures: Sequence[str], corpus: str) -> Figure:
    """Draw CCC against the number of features, one row per target, one panel per split.

    Args:
        selection: Columns of `onefilter.explanation.selection.SELECTION_COLUMNS`.
        cultures: In the order of colours.
        corpus: Where the data come from.
    """
    targets = list(dict.fromkeys(selection["target"]))
    splits = list(dict.fromkeys(zip(selection["culture"], selection["partition"], strict=True)))
    figure = new_figure(2.3 * len(targets) + 0.7, corpus=corpus, title="How many features?")
    panels = figure.subplots(len(targets), len(splits), sharey="row", sharex=True, squeeze=False)
    for row, target in zip(panels, targets, strict=True):
        for axes, (culture, partition) in zip(row, splits, strict=True):
            split = (selection["culture"] == culture) & (selection["partition"] == partition)
            own = selection[split & (selection["target"] == target)]
            zero_line(axes)
            random = own[own["method"] == RANDOM].groupby("k")["ccc"]
            axes.fill_between(random.min().index, random.min(), random.max(), color=FAINT, alpha=0.25, linewidth=0)
            axes.plot(random.mean().index, random.mean(), color=FAINT, linewidth=0.8, label="random")
            forward = own[own["method"] == FORWARD].sort_values("k")
            axes.plot(forward["k"], forward["ccc"], "--", color=INK, linewidth=0.8, label="ridge, forward selection")
            chosen = own[own["method"] == BY_RELEVANCE].sort_values("k")
            colour = colour_of(culture, cultures)
            axes.fill_between(chosen["k"], chosen["low"], chosen["high"], color=colour, alpha=0.18, linewidth=0)
            axes.plot(chosen["k"], chosen["ccc"], color=colour, label="most relevant")
            enough = chosen.loc[chosen["enough"] == 1, "k"]
            for k in enough:
                axes.axvline(k, color=INK, linewidth=0.6, linestyle=":")
                axes.annotate(f"k = {k}", (k, 0), xycoords=("data", "axes fraction"), xytext=(2, 2),
                              textcoords="offset points", fontsize=6.5, color=INK)  # fmt: skip
            seven = own[own["method"] == "published seven"]
            axes.plot(seven["k"], seven["ccc"], "D", color=INK, markersize=3, markerfacecolor="none",
                      label="published seven")  # fmt: skip
            axes.set_title(f"{target}, {culture.capitalize()} {partition}", fontsize=8)
        row[0].set_ylabel("CCC")
    for axes in panels[-1]:
        axes.set_xlabel("number of features k")
    handles, names = panels[0][0].get_legend_handles_labels()
    figure.legend(handles, names, loc="upper right", ncols=4)
    return figure
