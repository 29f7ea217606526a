"""Transfer: every filter on every culture."""

from collections.abc import Sequence
from typing import Annotated

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from onefilter.figures.style import FAINT, INK, colour_of, new_figure
from onefilter.names import several
from onefilter.verification.transfer import TRANSFER_COLUMNS


def ccc_by_training(
    moved: Annotated[pd.DataFrame, TRANSFER_COLUMNS], *, cultures: Sequence[str], corpus: str
) -> Figure:
    """Draw CCC on each culture by what the filter was fitted to: a panel per tested culture, a row per target.

    Args:
        moved: Columns of `onefilter.verification.transfer.TRANSFER_COLUMNS`.
        cultures: In the order of colours.
        corpus: Where the data come from.
    """
    targets = list(dict.fromkeys(moved["target"]))
    tested = [culture for culture in cultures if culture in set(moved["culture"])]
    trained = list(dict.fromkeys(moved["trained_on"]))
    kinds = list(dict.fromkeys(moved["normalise"]))
    title = f"CCC by what the filter was fitted to, with 95 % intervals over {several(str(moved['unit'].iloc[0]))}"
    figure = new_figure(0.9 + (0.6 + 0.24 * len(trained)) * len(targets), corpus=corpus, title=title)
    panels = figure.subplots(len(targets), len(tested), sharex=True, sharey=True, squeeze=False)
    signs = dict(zip(kinds, ("D", "o", "s", "^"), strict=False))
    for row, target in zip(panels, targets, strict=True):
        for axes, culture in zip(row, tested, strict=True):
            axes.axvline(0, color=FAINT, linewidth=0.5, zorder=0)
            own = moved[(moved["target"] == target) & (moved["culture"] == culture)]
            for kind in kinds:
                chosen = own[own["normalise"] == kind].set_index("trained_on").loc[trained]
                offset = 0.62 * ((kinds.index(kind) + 0.5) / len(kinds) - 0.5)
                errors = np.abs(chosen[["low", "high"]].to_numpy().T - chosen["ccc"].to_numpy())
                axes.errorbar(
                    chosen["ccc"], np.arange(len(trained)) + offset, xerr=np.nan_to_num(errors), fmt=signs[kind],
                    markersize=3.5, color=colour_of(culture, cultures), elinewidth=0.9, capsize=1.5,
                    label=kind, alpha=1 if kind == "none" else 0.55,
                )  # fmt: skip
            axes.set_title(f"{target}, tested on {culture.capitalize()}", fontsize=8)
            axes.set_yticks(range(len(trained)), [_title(name) for name in trained], fontsize=7)
    panels[0][0].invert_yaxis()
    for axes in panels[-1]:
        axes.set_xlabel("CCC, recordings concatenated")
    if len(kinds) > 1:
        handles, names = panels[0][0].get_legend_handles_labels()
        titles = ["not normalised" if name == "none" else f"by {name}" for name in names]
        figure.legend(handles, titles, loc="outside lower left", ncols=len(kinds), fontsize=7, labelcolor=INK)
    return figure


def _title(name: str) -> str:
    """Write what a filter was fitted to with the capitals of cultures: All but German."""
    words, _, culture = name.rpartition(" ")
    return f"{words.capitalize()} {culture.capitalize()}".strip()
