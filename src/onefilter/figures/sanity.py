"""Checks of the explanation itself: deletion curves and randomised filters."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from onefilter.figures.style import DOWN, INK, UP, new_figure, zero_line


def explanation_checks(sanity: pd.DataFrame, *, cultures: Sequence[str], corpus: str) -> Figure:
    """Draw deletion curves per target, and how little randomised filters' rankings resemble the trained one's.

    Args:
        sanity: Columns of `onefilter.explanation.sanity.SANITY_COLUMNS`, all targets.
        cultures: In the order of colours; curves are those of the first that was scored.
        corpus: Where the data come from.
    """
    targets = list(dict.fromkeys(sanity["target"]))
    curves = sanity[sanity["check"] == "deletion"]
    figure = new_figure(3.0, corpus=corpus, title="Sanity: the score while features become the mean face's")
    panels = figure.subplots(1, len(targets), sharey=True, squeeze=False)[0]
    styles = {"most relevant first": (UP, "-"), "random order": (INK, "--"), "least relevant first": (DOWN, "-")}
    for axes, target in zip(panels, targets, strict=True):
        own = curves[curves["target"] == target]
        present = [culture for culture in cultures if culture in set(own["culture"])]
        zero_line(axes)
        for order, (colour, line) in styles.items():
            rows = own[(own["order"] == order) & (own["culture"] == present[0])]
            axes.plot(rows["deleted"], rows["value"], line, color=colour, label=order)
            if rows["low"].notna().any():
                axes.fill_between(rows["deleted"], rows["low"], rows["high"], color=colour, alpha=0.12, linewidth=0)
        random = sanity[(sanity["check"] == "randomisation") & (sanity["target"] == target)]
        random = random[random["culture"] == present[0]].iloc[0]
        axes.set_title(f"{target}, {present[0].capitalize()}")
        axes.annotate(
            f"shuffled filters rank alike: r {random['value']:.2f}".replace("-", "−"),
            (1, 0.99), xycoords="axes fraction", ha="right", va="top", fontsize=5.5, color=INK,
        )  # fmt: skip
        axes.set_xlabel("features replaced by their mean")
    panels[0].set_ylabel("CCC, recordings concatenated")
    # Room for the line of text above the curves.
    panels[0].set_ylim(top=1.06 * panels[0].get_ylim()[1])
    panels[-1].legend(loc="upper right", bbox_to_anchor=(1, 0.94))
    return figure
