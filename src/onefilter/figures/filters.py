"""Trained filters: the weight of each feature at each lag."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from onefilter.explanation.seeds import SMOOTHED, consensus
from onefilter.figures.style import FAINT, INK, SIGNED, new_figure, zero_line
from onefilter.model.card import Model

STRONGEST: Final = 6
"""Number of features whose time courses are drawn."""


def filters(models: Mapping[str, Model], *, best: str, corpus: str) -> Figure:
    """Draw the folded filters of one target: their mean over seeds, smoothed over 1 s, and how far the seeds agree.

    Args:
        models: Trained models of one target by name.
        best: Name of the chosen model, whose time courses are drawn as they are, too.
        corpus: Where the training data come from.
    """
    model = models[best]
    card, step = model.card, model.card.hop
    found = consensus([other.filter for other in models.values()], steps=round(SMOOTHED / step))
    mean = found.smooth.mean(axis=0)
    seeds = f"mean of {len(models)} seeds" if len(models) > 1 else best
    title = f"The filter for {card.target}: {seeds}, smoothed over {SMOOTHED:g} s"
    figure = new_figure(6.4, corpus=corpus, title=title)
    grid = figure.add_gridspec(STRONGEST, 2, width_ratios=[1.25, 1.0])
    heat = figure.add_subplot(grid[:, 0])
    limit = float(np.abs(mean).max())
    image = heat.imshow(
        mean.T,
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

    chosen = np.argsort(-np.abs(mean).sum(axis=0), kind="stable")[:STRONGEST]
    panels = [figure.add_subplot(grid[row, 1]) for row in range(len(chosen))]
    lowest, highest = found.smooth.min(axis=0), found.smooth.max(axis=0)
    drawn = np.concatenate([found.smooth[:, :, chosen], model.filter[None][:, :, chosen]])
    for axes, feature in zip(panels, chosen, strict=False):
        zero_line(axes)
        axes.axvline(0, color=INK, linewidth=0.5, linestyle=":")
        axes.plot(model.lags, model.filter[:, feature], color=FAINT, linewidth=0.5)
        axes.fill_between(model.lags, lowest[:, feature], highest[:, feature], color=INK, alpha=0.2, linewidth=0)
        axes.plot(model.lags, mean[:, feature], color=INK)
        axes.set_title(card.features[feature].replace("_", " "), fontsize=8, pad=2)
        axes.set_ylim(1.05 * drawn.min(), 1.05 * drawn.max())
        axes.margins(x=0)
        axes.tick_params(labelbottom=axes is panels[-1])
    panels[-1].set_xlabel("lag (s)")
    if len(models) > 1:
        agreement = f"seeds agree: r {found.single:.2f} by tap, {found.smoothed:.2f} smoothed".replace("-0", "−0")
        panels[0].annotate(
            f"band: all seeds; grey: {best} as it is\n{agreement}",
            (1, 1), xycoords="axes fraction", xytext=(0, 20), textcoords="offset points", ha="right", fontsize=6.5,
            color=INK,
        )  # fmt: skip
    return figure
