"""CCC against latency: the worth of looking ahead."""

from collections.abc import Sequence
from typing import Final

import pandas as pd
from matplotlib.figure import Figure

from onefilter.figures.style import FAINT, colour_of, legible, new_figure, zero_line

_LINES: Final = {"centred": "-", "causal": "--"}


def ccc_by_latency(latency: pd.DataFrame, *, cultures: Sequence[str], corpus: str) -> Figure:
    """Draw CCC against latency, one row per target, one panel per split; windows of both kinds.

    Args:
        latency: Columns ``target``, ``alignment``, ``latency`` (s), ``delay`` (s), ``culture``, ``partition``, ``ccc``
            (mean over seeds), ``low``, ``high`` (95 % interval over recordings and seeds).
        cultures: In the order of colours.
        corpus: Where the data come from.
    """
    targets = list(dict.fromkeys(latency["target"]))
    splits = list(dict.fromkeys(zip(latency["culture"], latency["partition"], strict=True)))
    title = "What does looking ahead buy? CCC against latency"
    figure = new_figure(2.2 * len(targets) + 0.8, corpus=corpus, title=title)
    panels = figure.subplots(len(targets), len(splits), sharey="row", sharex=True, squeeze=False)
    for row, target in zip(panels, targets, strict=True):
        for axes, (culture, partition) in zip(row, splits, strict=True):
            own = latency[
                (latency["target"] == target) & (latency["culture"] == culture) & (latency["partition"] == partition)
            ]
            zero_line(axes)
            delay = own["delay"].iloc[0]
            axes.axvline(delay, color=FAINT, linewidth=0.7, linestyle=":")
            axes.annotate("annotators", (delay, 1), xycoords=("data", "axes fraction"), xytext=(-2, -2),
                          textcoords="offset points", ha="right", va="top", fontsize=6,
                          color=legible(FAINT))  # fmt: skip
            for alignment, line in _LINES.items():
                chosen = own[own["alignment"] == alignment].sort_values("latency")
                colour = colour_of(culture, cultures)
                axes.fill_between(
                    chosen["latency"], chosen["low"], chosen["high"], color=colour, alpha=0.1, linewidth=0
                )
                axes.plot(chosen["latency"], chosen["ccc"], line, color=colour, marker="o", markersize=2.6,
                          label=f"{alignment} windows")  # fmt: skip
            axes.set_title(f"{target}, {culture.capitalize()} {partition}", fontsize=8)
        row[0].set_ylabel("CCC")
    for axes in panels[-1]:
        axes.set_xlabel("seconds behind the face")
    handles, names = panels[0][0].get_legend_handles_labels()
    figure.legend(handles, names, loc="upper right", ncols=2)
    return figure
