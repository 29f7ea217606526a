"""The filter beside its pattern: what it weighs, and which features carry what it reads."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from onefilter.corpus.simulated import mean_loadings
from onefilter.figures.style import DOWN, FAINT, INK, UP, new_figure
from onefilter.names import several


def filter_beside_pattern(
    patterns: pd.DataFrame,
    planted: pd.DataFrame | None,
    *,
    best: str,
    target: str,
    cultures: Sequence[str],
    corpus: str,
) -> Figure:
    """Draw the filter beside its pattern, feature by feature, and on the twin beside what was planted.

    Both are made comparable between features: a weight is multiplied by its feature's standard deviation, a pattern is
    given as the correlation of the feature with the filter's output at the same step. Lines are the chosen model's 95 %
    intervals: how far its correlations would be others with other people. Dots are the other seeds.

    Args:
        patterns: Columns of `onefilter.explanation.patterns.PATTERN_COLUMNS`, of one target.
        planted: Loadings planted in the twin: columns ``culture``, ``source`` (a target, say), ``unit``, ``loading``;
            None for other corpora.
        best: The chosen model; the others are drawn faintly.
        target: What is predicted.
        cultures: Whose planted loadings are drawn, their mean: the cultures that the models were trained on.
        corpus: Where the data come from.
    """
    features = list(dict.fromkeys(patterns["feature"]))
    now = patterns[patterns["lag"].abs() == patterns["lag"].abs().min()]
    title = f"Filter beside pattern, {target}: a large weight need not mean a signal"
    figure = new_figure(6.4, corpus=corpus, title=title)
    panels = figure.subplots(1, 2 if planted is None else 3, sharey=True)
    places = np.arange(len(features))
    for model, group in patterns.groupby("model", sort=False):
        weights = group.groupby("feature", sort=False)["filter"].sum().loc[features].to_numpy(dtype=float)
        own = now[now["model"] == model].set_index("feature").loc[features]
        correlation = own["correlation"].to_numpy(dtype=float)
        for axes, values in zip(panels, (weights * own["feature_sd"].to_numpy(dtype=float), correlation), strict=False):
            if model == best:
                axes.barh(places, values, color=np.where(values >= 0, UP, DOWN), height=0.7)
            else:
                axes.plot(values, places, ".", markersize=2.5, color=FAINT, zorder=3)
        if model == best:
            panels[1].hlines(places, own["low"], own["high"], color=INK, linewidth=0.8, zorder=4)
    panels[0].set_title("filter: weight × sd")
    panels[1].set_title("pattern: correlation")
    units = f"{now['units'].iloc[0]} {several(str(now['unit'].iloc[0]))}"
    _note(panels[1], f"—  95 % interval over {units}")
    if planted is not None:
        own = {f"{unit}_mean": each for unit, each in mean_loadings(planted, source=target, cultures=cultures).items()}
        loadings = np.array([own.get(name, np.nan) for name in features])
        panels[2].barh(places, loadings, color=np.where(loadings >= 0, UP, DOWN), height=0.7)
        panels[2].set_title("planted in the twin")
    for axes in panels:
        axes.axvline(0, color=INK, linewidth=0.5)
        axes.tick_params(axis="y", length=0)
        axes.xaxis.set_major_locator(MaxNLocator(5))
    panels[0].set_yticks(places, [name.replace("_", " ") for name in features], fontsize=6)
    panels[0].invert_yaxis()
    others = patterns["model"].nunique() - 1
    if others:
        _note(panels[0], f"·  the other {others} seeds")
    return figure


def _note(axes: Axes, text: str) -> None:
    """Explain a mark in the lower right corner."""
    axes.annotate(text, (1, 0), xycoords="axes fraction", ha="right", va="bottom", fontsize=6.5, color=INK)
