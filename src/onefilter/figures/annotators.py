"""How far annotators agree, by target and culture."""

from collections.abc import Sequence
from typing import Annotated, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from onefilter.evaluation.agreement import AGREEMENT_COLUMNS, EVERYBODY, WHOLE
from onefilter.figures.style import INK, colour_of, legible, new_figure
from onefilter.names import several

_NAMED: Final = 12
"""So many annotators, or fewer, are named."""


def annotators_by_culture(
    agreeing: Annotated[pd.DataFrame, AGREEMENT_COLUMNS], *, cultures: Sequence[str], corpus: str
) -> Figure:
    """Draw each annotator's CCC with the mean of the others, and the mean over annotators with its interval.

    Args:
        agreeing: Columns of `onefilter.evaluation.agreement.AGREEMENT_COLUMNS`.
        cultures: In the order of colours.
        corpus: Where the data come from.
    """
    whole = agreeing[agreeing["partition"] == WHOLE]
    targets = list(dict.fromkeys(whole["target"]))
    unit = whole["unit"].iloc[0] if len(whole) else "recording"
    title = f"CCC of annotators with the mean of the others, and their mean (95 % over {several(unit)})"
    figure = new_figure(2.7, corpus=corpus, title=title)
    panels = figure.subplots(1, max(len(targets), 1), sharey=True, squeeze=False)[0]
    for axes, target in zip(panels, targets, strict=False):
        _panel(axes, whole[whole["target"] == target], cultures)
        axes.set_title(target)
    panels[0].set_ylabel("CCC, recordings concatenated")
    # Room for the names above.
    low, high = panels[0].get_ylim()
    panels[0].set_ylim(low, high + 0.2 * (high - low))
    figure.text(0.01, 0.02, "○ an annotator   ◆ all of them", fontsize=7, color=INK)
    return figure


def _panel(axes: Axes, table: pd.DataFrame, cultures: Sequence[str]) -> None:
    """Draw one target, culture by culture."""
    present = [culture for culture in cultures if culture in set(table["culture"])]
    for place, culture in enumerate(present):
        own, colour = table[table["culture"] == culture], colour_of(culture, cultures)
        single = own[own["annotator"] != EVERYBODY]
        across = place + np.linspace(-0.3, 0.05, len(single)) if len(single) > 1 else [place - 0.15]
        axes.plot(across, single["ccc"], "o", markersize=3.5, color=colour, markerfacecolor="none")
        if len(single) <= _NAMED:
            for x, (name, value) in zip(across, zip(single["annotator"], single["ccc"], strict=True), strict=True):
                axes.annotate(str(name)[:8], (x, value), xytext=(0, 4), textcoords="offset points", ha="center",
                              rotation=90, fontsize=5, color=legible(colour))  # fmt: skip
        mean = own[own["annotator"] == EVERYBODY].iloc[0]
        errors = None
        if np.isfinite(mean["low"]):
            errors = [[max(mean["ccc"] - mean["low"], 0.0)], [max(mean["high"] - mean["ccc"], 0.0)]]
        axes.errorbar(place + 0.25, mean["ccc"], yerr=errors, fmt="D", markersize=4, color=colour, elinewidth=1.2,
                      capsize=2)  # fmt: skip
        axes.annotate(
            f"{mean['ccc']:.2f}".replace("-", "−"), (place + 0.25, mean["high"] if errors else mean["ccc"]),
            xytext=(0, 3), textcoords="offset points", ha="center", fontsize=6.5, color=legible(colour),
        )  # fmt: skip
    axes.set_xticks(range(len(present)), [culture.capitalize() for culture in present], fontsize=6.5)
    axes.set_xlim(-0.5, len(present) - 0.5)
