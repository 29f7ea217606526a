"""How well it works, and where."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from onefilter.evaluation.scores import PROCESSED, RAW
from onefilter.figures.style import INK, colour_of, new_figure, zero_line


def scores(table: pd.DataFrame, best: dict[str, str], *, cultures: Sequence[str], corpus: str) -> Figure:
    """Draw CCC per target and split: every seed, and the best development seed with its interval over recordings.

    Filled signs are raw predictions, hollow ones post-processed.

    Args:
        table: `SCORE_COLUMNS` of all targets.
        best: Per target, the model that did best on development.
        cultures: In the order of colours.
        corpus: Where the data come from.
    """
    processed = table[(table["processing"] == PROCESSED) & (table["method"] == "one-filter")]
    table = table[table["processing"] == RAW]
    targets = list(dict.fromkeys(table["target"]))
    figure = new_figure(
        2.9, corpus=corpus, title="CCC by culture: every seed, and the best on development with its 95 % interval"
    )
    panels = figure.subplots(1, len(targets), sharey=True, squeeze=False)[0]
    for axes, target in zip(panels, targets, strict=True):
        everything = table[table["target"] == target]
        chosen = everything[everything["method"] == "one-filter"]
        splits = list(dict.fromkeys(zip(chosen["culture"], chosen["partition"], strict=True)))
        zero_line(axes)
        for place, (culture, partition) in enumerate(splits):
            colour = colour_of(culture, cultures)
            cell = chosen[(chosen["culture"] == culture) & (chosen["partition"] == partition)]
            spread = np.linspace(-0.16, 0.16, len(cell)) - 0.12
            axes.plot(place + spread, cell["ccc"], "o", markersize=2.6, color=colour, alpha=0.6, markeredgewidth=0)
            same = (everything["culture"] == culture) & (everything["partition"] == partition)
            reference = everything.loc[same & (everything["method"] == "ridge"), "ccc"]
            axes.hlines(reference, place - 0.36, place + 0.08, color=INK, linewidth=0.8, linestyle="--", zorder=1)
            row = cell[cell["model"] == best[target]].iloc[0]
            axes.errorbar(
                place + 0.22,
                row["ccc"],
                yerr=[[row["ccc"] - row["ccc_low"]], [row["ccc_high"] - row["ccc"]]],
                fmt="D",
                markersize=4,
                color=colour,
                elinewidth=1.2,
                capsize=2,
            )
            same = (processed["culture"] == culture) & (processed["partition"] == partition)
            after = processed[same & (processed["target"] == target) & (processed["model"] == best[target])]
            axes.plot(
                [place + 0.38] * len(after), after["ccc"], "D", markersize=3.2, color=colour, markerfacecolor="none"
            )
            axes.annotate(
                f"{row['ccc']:.2f}".replace("-", "−"),
                (place + 0.22, row["ccc_high"]),
                xytext=(0, 3),
                textcoords="offset points",
                ha="center",
                fontsize=6.5,
                color=colour,
            )
        axes.set_xticks(
            range(len(splits)), [f"{culture.capitalize()}\n{partition}" for culture, partition in splits], fontsize=6.5
        )
        axes.set_xlim(-0.5, len(splits) - 0.4)
        axes.set_title(target)
    panels[0].set_ylabel("CCC, recordings concatenated")
    notes = ["- - ridge filter"] if (table["method"] == "ridge").any() else []
    notes += ["◇ post-processed"] if len(processed) else []
    panels[-1].annotate(
        "   ".join(notes), (1, 1), xycoords="axes fraction", ha="right", va="bottom", fontsize=7, color=INK
    )
    return figure
