"""Trained filters: the weight of each feature at each lag."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from onefilter.figures.style import FAINT, INK, SIGNED, new_figure, zero_line
from onefilter.model.card import Model

STRONGEST: Final = 6
"""Number of features whose time courses are drawn."""


def filters(models: Mapping[str, Model], *, best: str, corpus: str) -> Figure:
    """Draw the folded filter of one target's best model, and how far the other seeds agree with it.

    Args:
        models: Trained models of one target by name.
        best: Name of the model that the heat map shows.
        corpus: Where the training data come from.
    """
    model = models[best]
    card = model.card
    title = f"The filter for {card.target} ({best}): weight of each feature at each lag"
    figure = new_figure(6.4, corpus=corpus, title=title)
    grid = figure.add_gridspec(STRONGEST, 2, width_ratios=[1.25, 1.0])
    heat = figure.add_subplot(grid[:, 0])
    limit = float(np.abs(model.filter).max())
    step = card.hop
    image = heat.imshow(
        model.filter.T,
        aspect="auto",
        cmap=SIGNED,
        vmin=-limit,
        vmax=limit,
        interpolation="nearest",
        extent=(model.lags[0] - step / 2, model.lags[-1] + step / 2, len(card.features) - 0.5, -0.5),
    )
    heat.set_yticks(range(len(card.features)), [name.replace("_", " ") for name in card.features], fontsize=6)
    heat.axvline(0, color=INK, linewidth=0.5, linestyle=":")
    heat.set_xlabel("lag (s); negative: before the prediction")
    bar = figure.colorbar(image, ax=heat, location="top", aspect=40, pad=0.01)
    bar.locator = MaxNLocator(5)
    bar.set_label(f"weight: red pushes {card.target} up, blue down")

    strength = np.abs(model.filter).sum(axis=0)
    chosen = np.argsort(-strength, kind="stable")[:STRONGEST]
    curves = np.stack([other.filter for other in models.values()])
    panels = [figure.add_subplot(grid[row, 1]) for row in range(len(chosen))]
    low, high = curves[:, :, chosen].min(), curves[:, :, chosen].max()
    for axes, feature in zip(panels, chosen, strict=False):
        zero_line(axes)
        axes.axvline(0, color=INK, linewidth=0.5, linestyle=":")
        axes.plot(model.lags, curves[:, :, feature].T, color=FAINT, linewidth=0.5)
        axes.plot(model.lags, model.filter[:, feature], color=INK)
        axes.set_title(card.features[feature].replace("_", " "), fontsize=8, pad=2)
        axes.set_ylim(1.05 * low, 1.05 * high)
        axes.margins(x=0)
        axes.tick_params(labelbottom=axes is panels[-1])
    panels[-1].set_xlabel("lag (s)")
    panels[0].annotate(
        f"— {best}" + (f"   — the other {len(models) - 1} seeds" if len(models) > 1 else ""),
        (1, 1), xycoords="axes fraction", xytext=(0, 4), textcoords="offset points", ha="right", fontsize=7, color=INK,
    )  # fmt: skip
    return figure
