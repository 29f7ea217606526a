"""The audit of the features' published names."""

from typing import Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from onefilter.features.description import OVERALL
from onefilter.figures.style import CULTURES, INK, new_figure
from onefilter.names import AUS
from onefilter.verification.audit import PUBLISHED

MEAN: Final = CULTURES[0]
STD: Final = CULTURES[1]


def label_audit(labels: pd.DataFrame, *, corpus: str) -> Figure:
    """Draw the largest value of every feature that either order calls a mean.

    The upper panel has the 17 AU means as stored, the lower one the 17 features that the published names call AU means.
    Colours tell what is stored.

    Args:
        labels: Columns of `onefilter.verification.audit.AUDIT_COLUMNS`.
        corpus: Where the data come from.
    """
    own = labels[labels["culture"] == OVERALL].set_index("column")
    means = [f"{unit}_mean" for unit in AUS]
    figure = new_figure(5.0, corpus=corpus, title="“Means” that are standard deviations")
    panels = figure.subplots(2, 1, sharey=True)
    stored = [list(own["stored"]).index(name) for name in means]
    published = [PUBLISHED.index(name) for name in means]
    for axes, columns, title in (
        (panels[0], stored, "Names as stored"),
        (panels[1], published, "Names as published; in brackets, what is stored there (inferred from public code)"),
    ):
        _bars(axes, own, columns, means)
        axes.set_title(title)
        axes.set_ylabel("largest value")
    really = [f"{name.replace('_', ' ')}\n({own.at[column, 'stored']!s})".replace("_", " ") for name, column in
              zip(means, published, strict=True)]  # fmt: skip
    panels[0].set_xticks(range(len(means)), [name.replace("_", " ") for name in means], rotation=90, fontsize=6)
    panels[1].set_xticks(range(len(means)), really, rotation=90, fontsize=6)
    figure.legend(
        handles=[Patch(facecolor=MEAN, label="moving mean"), Patch(facecolor=STD, label="moving standard deviation")],
        loc="upper right",
        ncols=2,
    )
    return figure


def _bars(axes: Axes, own: pd.DataFrame, columns: list[int], names: list[str]) -> None:
    colours = [MEAN if str(own.at[column, "stored"]).endswith("_mean") else STD for column in columns]
    axes.bar(range(len(columns)), own.loc[columns, "max"], color=colours, width=0.75)
    border = names.index("AU12_mean") - 0.5
    axes.axvline(border, color=INK, linewidth=0.6, linestyle=":")
    axes.axhline(2.5, color=INK, linewidth=0.5, linestyle="--")
    if STD in colours:
        text = "no standard deviation of intensities can be larger"
        axes.annotate(text, (len(columns) - 0.45, 2.5), xytext=(0, 2), textcoords="offset points", ha="right",
                      fontsize=6, color=INK)  # fmt: skip
    axes.set_ylim(0, 5.6)
    axes.set_xlim(-0.6, len(columns) - 0.4)
