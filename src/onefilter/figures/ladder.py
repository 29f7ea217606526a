"""CCC by depth of the network."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from scipy.stats import t as student

from onefilter.figures.style import colour_of, new_figure, zero_line


def ccc_by_depth(scores: pd.DataFrame, *, cultures: Sequence[str], corpus: str) -> Figure:
    """Draw CCC per test culture from the deepest network to the shallowest: every seed, mean and 95 % t interval.

    Args:
        scores: Columns ``network``, ``weights``, ``target``, ``culture``, ``partition``, ``seed``, ``ccc``.
        cultures: In the order of colours.
        corpus: Where the data come from.
    """
    tested = scores[scores["partition"] == "test"]
    targets = list(dict.fromkeys(tested["target"]))
    figure = new_figure(3.1, corpus=corpus, title="Is shallow enough? CCC by depth: seeds, mean and 95 % interval")
    panels = figure.subplots(1, len(targets), sharey=True, squeeze=False)[0]
    sizes = tested.groupby("network")["weights"].first().sort_values(ascending=False)
    present = [culture for culture in cultures if culture in set(tested["culture"])]
    for axes, target in zip(panels, targets, strict=True):
        zero_line(axes)
        for index, culture in enumerate(present):
            colour = colour_of(culture, cultures)
            chosen = tested[(tested["target"] == target) & (tested["culture"] == culture)]
            for place, network in enumerate(sizes.index):
                own = chosen.loc[chosen["network"] == network, "ccc"]
                middle = place + 0.25 * (index - (len(present) - 1) / 2)
                axes.plot([middle - 0.05] * len(own), own, "o", markersize=2.6, color=colour, alpha=0.6,
                          markeredgewidth=0)  # fmt: skip
                # One seed has no interval.
                width = student.ppf(0.975, len(own) - 1) * own.std(ddof=1) / len(own) ** 0.5
                axes.errorbar(middle + 0.05, own.mean(), yerr=np.nan_to_num(width), fmt="D", markersize=4,
                              color=colour, capsize=2)  # fmt: skip
        names = [f"{network}\n{weights:,}" for network, weights in sizes.items()]
        axes.set_xticks(range(len(names)), names)
        axes.set_xlabel("network and number of weights")
        axes.set_title(target)
    panels[0].set_ylabel("CCC, recordings concatenated")
    handles = [Patch(facecolor=colour_of(culture, cultures), label=culture.capitalize()) for culture in present]
    panels[-1].legend(handles=handles, loc="lower right", bbox_to_anchor=(1, 1), ncols=len(handles))
    return figure
