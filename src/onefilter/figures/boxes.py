"""The features and labels of each culture as box plots and violins."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from onefilter.features.description import OVERALL
from onefilter.features.statistics import on_the_usual_scale, signal_of, unknown_features
from onefilter.figures.style import INK, colour_of, new_figure, zero_line
from onefilter.tables import rated

Ranges = Mapping[str, tuple[float, float]]

_WORDS: Final = {
    "mean": "mean", "std": "standard deviation", "min": "minimum", "max": "maximum", "range": "range",
}  # fmt: skip
"""By statistic, what its panel is called."""


def boxes(
    described: pd.DataFrame,
    labels: Mapping[str, pl.DataFrame],
    *,
    cultures: Sequence[str],
    corpus: str,
    ranges: Ranges | None = None,
    titles: Mapping[str, str] | None = None,
) -> Figure:
    """Draw grouped box plots of the features, a panel per statistic, and violins of the labels.

    Args:
        described: Columns of `onefilter.features.description.STATISTICS_COLUMNS`, one row per culture and variable.
        labels: Per culture, all its labels, one column per target; empty if nothing is labelled.
        cultures: In the order of colours.
        corpus: Where the data come from.
        ranges: By target, lower and upper end of its values; -1 and 1 where not told. Targets of different ranges are
            drawn as shares of them.
        titles: By target, what it is called with its unit.
    """
    variables = [name for name in described["variable"].unique() if name != "turn" and not unknown_features([name])]
    usual = on_the_usual_scale(variables)
    groups = {word: [name for name in usual if name.endswith(f"_{kind}")] for kind, word in _WORDS.items()}
    groups = {word: names for word, names in groups.items() if names}
    others = [name for name in variables if name not in usual]
    rows = len(groups) + bool(others) + bool(labels)
    title = "Features and labels by culture" if labels else "Features by culture"
    figure = new_figure(2.6 * rows + 0.4, corpus=corpus, title=title)
    heights = [1.0] * (rows - 1) + [0.8 if labels else 1.0]
    axes = figure.subplots(rows, 1, height_ratios=heights, squeeze=False)[:, 0]
    present = [culture for culture in cultures if culture in set(described["culture"])]
    for panel, (word, names) in zip(axes, groups.items(), strict=False):
        _grouped_boxes(panel, described, names, present, cultures)
        _root_scale(panel, described[described["variable"].isin(usual)])
        panel.set_title(f"moving {word} over the window")
        panel.set_ylabel("intensity, confidence\n(root scale)")
    if others:
        _other_features(axes[len(groups)], described, others, present, cultures)
    if labels:
        _violins(axes[-1], labels, cultures, ranges or {}, titles or {})
        axes[-1].set_title("labels")
    handles = [Patch(facecolor=colour_of(culture, cultures), label=culture.capitalize()) for culture in present]
    figure.legend(handles=handles, loc="upper right", ncols=len(handles))
    return figure


def _grouped_boxes(
    axes: Axes, described: pd.DataFrame, variables: Sequence[str], present: Sequence[str], cultures: Sequence[str]
) -> None:
    width = 0.8 / len(present)
    table = described.set_index(["culture", "variable"])
    for index, culture in enumerate(present):
        places = np.arange(len(variables)) + (index - (len(present) - 1) / 2) * width
        colour = colour_of(culture, cultures)
        rows = [table.loc[(culture, variable), :].to_dict() for variable in variables]
        stats = []
        for row in rows:
            stats.append(
                {
                    "med": row["median"],
                    "q1": row["lower_quartile"],
                    "q3": row["upper_quartile"],
                    "whislo": row["lower_whisker"],
                    "whishi": row["upper_whisker"],
                    "fliers": [],
                }
            )
        axes.bxp(
            stats,
            positions=places,
            widths=width * 0.85,
            showfliers=False,
            showcaps=False,
            manage_ticks=False,
            patch_artist=True,
            boxprops={"facecolor": colour, "edgecolor": colour, "linewidth": 0.4},
            medianprops={"color": "white", "linewidth": 0.9},
            whiskerprops={"color": colour, "linewidth": 0.6},
        )
        largest = [row["max"] for row in rows]
        axes.plot(places, largest, linestyle="none", marker="_", markersize=3, color=colour)
    axes.set_xticks(np.arange(len(variables)), [signal_of(variable) for variable in variables], rotation=60)
    axes.set_xlim(-0.6, len(variables) - 0.4)


def _other_features(
    axes: Axes, described: pd.DataFrame, names: Sequence[str], present: Sequence[str], cultures: Sequence[str]
) -> None:
    """Draw features of any unit and sign, relative to all cultures together: minus their mean, by their deviation."""
    overall = described[described["culture"] == OVERALL].set_index("variable")
    own = described[described["variable"].isin(names)].copy()
    mean, sd = (overall[column].reindex(own["variable"]).to_numpy(dtype=float) for column in ("mean", "std"))
    for column in ("median", "lower_quartile", "upper_quartile", "lower_whisker", "upper_whisker", "max"):
        own[column] = (own[column].to_numpy(dtype=float) - mean) / np.where(sd > 0, sd, 1.0)
    _grouped_boxes(axes, own, names, present, cultures)
    axes.set_xticks(np.arange(len(names)), [name.replace("_", " ") for name in names], rotation=90, fontsize=5)
    axes.set_title("other features")
    axes.set_ylabel("standard deviations\nfrom the mean")


def _root_scale(axes: Axes, described: pd.DataFrame) -> None:
    """Spread small intensities."""
    axes.set_yscale("function", functions=(lambda value: np.sqrt(np.maximum(value, 0)), np.square))
    axes.set_ylim(0, max(1.0, float(described["max"].max())))
    axes.set_yticks([0, 0.1, 0.5, 1, 2, 3, 4, 5])
    axes.annotate("– maximum", (1.0, 1.0), xycoords="axes fraction", xytext=(0, 2), textcoords="offset points",
                  ha="right", va="bottom", fontsize=7, color=INK)  # fmt: skip


def _violins(
    axes: Axes, labels: Mapping[str, pl.DataFrame], cultures: Sequence[str], ranges: Ranges, titles: Mapping[str, str]
) -> None:
    present = [culture for culture in cultures if culture in labels]
    targets = labels[present[0]].columns
    bounds = [ranges.get(target, (-1.0, 1.0)) for target in targets]
    alike = len(set(bounds)) == 1
    shares = [(0.0, 1.0) if alike else (low, high - low) for low, high in bounds]
    width = 0.8 / len(present)
    zero_line(axes)
    for index, culture in enumerate(present):
        places = np.arange(len(targets)) + (index - (len(present) - 1) / 2) * width
        parts = axes.violinplot(
            [
                (rated(labels[culture][target].to_numpy()) - low) / size
                for target, (low, size) in zip(targets, shares, strict=True)
            ],
            positions=places,
            widths=width * 0.9,
            showextrema=False,
            showmedians=True,
        )
        for body in parts["bodies"]:  # type: ignore[attr-defined]
            body.set_facecolor(colour_of(culture, cultures))
            body.set_alpha(0.8)
            body.set_linewidth(0)
        parts["cmedians"].set_color("white")
    axes.set_xticks(np.arange(len(targets)), [titles.get(target, target) for target in targets])
    ends = [f"{end:g}".replace("-", "−") for end in bounds[0]]
    axes.set_ylabel(f"label ({' to '.join(ends)})" if alike else "label (share of its range)")
