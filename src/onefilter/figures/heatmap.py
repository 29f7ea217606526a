"""The features' statistics in each culture as a heat map."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure

from onefilter.features.statistics import on_the_usual_scale, signal_of, unknown_features
from onefilter.figures.style import INK, UNSIGNED, new_figure

SHOWN: Final = ("median", "mean", "std", "min", "max")
"""Columns of the heat map."""


def heatmap(described: pd.DataFrame, *, cultures: Sequence[str], corpus: str) -> Figure:
    """Draw median, mean, standard deviation, minimum and maximum of all windowed features in each culture.

    Features of other units than intensities have numbers and no colours.

    Args:
        described: Columns of `onefilter.features.description.STATISTICS_COLUMNS`, one row per culture and variable.
        cultures: In the order of the panels.
        corpus: Where the data come from.
    """
    variables = [name for name in described["variable"].unique() if name != "turn" and not unknown_features([name])]
    coloured = np.isin(variables, on_the_usual_scale(variables))
    statistics = [name.removeprefix(f"{signal_of(name)}_") for name in variables]
    borders = [place for place in range(1, len(variables)) if statistics[place] != statistics[place - 1]]
    present = [culture for culture in cultures if culture in set(described["culture"])]
    figure = new_figure(7.6 * max(1.0, len(variables) / 36), corpus=corpus, title="Statistics of the features")
    panels = figure.subplots(1, len(present), sharey=True, squeeze=False)[0]
    norm = PowerNorm(0.5, vmin=0, vmax=5)
    image = None
    for axes, culture in zip(panels, present, strict=True):
        table = described[described["culture"] == culture].set_index("variable").loc[variables]
        values = table[list(SHOWN)].to_numpy(dtype=float)
        shown = np.where(coloured[:, None], values, np.nan)
        image = axes.imshow(shown, aspect="auto", cmap=UNSIGNED, norm=norm)
        for (row, column), value in np.ndenumerate(values):
            dark = coloured[row] and norm(value) > 0.55
            axes.text(column, row, f"{value:.2f}", ha="center", va="center", fontsize=5.5,
                      color="white" if dark else INK)  # fmt: skip
        for border in borders:
            axes.axhline(border - 0.5, color="white", linewidth=2)
        axes.set_title(culture.capitalize())
        axes.set_xticks(range(len(SHOWN)), SHOWN)
        axes.set_yticks(range(len(variables)), [name.replace("_", " ") for name in variables])
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
    if image is not None:
        bar = figure.colorbar(image, ax=list(panels), shrink=0.5, aspect=40, pad=0.01)
        bar.set_label("intensity (0–5), confidence (0–1); root scale")
    return figure
