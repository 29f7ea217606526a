"""What a filter saw in one recording, and what it sees in general."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.figure import Figure

from onefilter.figures.style import CULTURES, FAINT, INK, SIGNED, colour_of, new_figure, zero_line

Floats = npt.NDArray[np.float64]
SHOWN = 12
"""Number of features in ranked bars."""
LABELLED = 4
"""Number of features that are named in scatter plots."""


def relevance(
    time: Floats,
    contributions: Floats,
    prediction: Floats,
    label: Floats | None,
    *,
    features: Sequence[str],
    target: str,
    recording: str,
    corpus: str,
) -> Figure:
    """Draw the contributions of every feature over time above prediction and label.

    Args:
        time: Of the face [T] (seconds).
        contributions: Of each feature to the prediction at t, summed over lags [T, F].
        prediction: [T], at the face's time.
        label: [T'], moved to the face's time, or None.
        features: Names [F].
        target: What is predicted.
        recording: Its name.
        corpus: Where the data come from.
    """
    figure = new_figure(6.6, corpus=corpus, title=f"What moved {target} in {recording}")
    heat, lines = figure.subplots(2, 1, sharex=True, height_ratios=[3.4, 1])
    # Around each feature's own mean: what it adds always is no news.
    news = contributions - contributions.mean(axis=0)
    limit = float(np.quantile(np.abs(news), 0.995)) or 1.0
    step = float(time[1] - time[0]) if len(time) > 1 else 1.0
    image = heat.imshow(
        news.T,
        aspect="auto",
        cmap=SIGNED,
        vmin=-limit,
        vmax=limit,
        interpolation="nearest",
        extent=(time[0] - step / 2, time[-1] + step / 2, len(features) - 0.5, -0.5),
    )
    heat.set_yticks(range(len(features)), [name.replace("_", " ") for name in features], fontsize=6)
    heat.tick_params(length=0)
    bar = figure.colorbar(image, ax=heat, location="top", aspect=50, pad=0.01)
    bar.set_label(f"contribution to {target}, over its mean: red pushes up, blue down")
    zero_line(lines)
    lines.plot(time, prediction, color=CULTURES[0], label="prediction")
    if label is not None:
        lines.plot(time[: len(label)], label, color=INK, linewidth=0.8, label="label, moved back by the delay")
    lines.set_xlabel("time of the face (s)")
    lines.set_ylabel(target)
    lines.legend(loc="lower right", bbox_to_anchor=(1, 0.95), ncols=2)
    return figure


def ranking(table: pd.DataFrame, best: Mapping[str, str], *, cultures: Sequence[str], corpus: str) -> Figure:
    """Draw the features' shares, ranked, with intervals over recordings, one panel per target.

    Args:
        table: `onefilter.explanation.ranking.RANKING_COLUMNS`.
        best: Per target, the chosen model.
        cultures: In the order of colours.
        corpus: Where the data come from.
    """
    targets = list(best)
    figure = new_figure(3.6, corpus=corpus, title="Which features the filter goes by: share of all contributions")
    panels = figure.subplots(1, len(targets), squeeze=False)[0]
    present = [culture for culture in cultures if culture in set(table["culture"])]
    width = 0.8 / len(present)
    for axes, target in zip(panels, targets, strict=True):
        own = table[(table["target"] == target) & (table["model"] == best[target])]
        order = own.groupby("feature", sort=False)["share"].mean().sort_values(ascending=False).index[:SHOWN]
        for index, culture in enumerate(present):
            rows = own[own["culture"] == culture].set_index("feature").loc[order]
            places = np.arange(len(order)) + (index - (len(present) - 1) / 2) * width
            axes.barh(places, rows["share"], height=width * 0.9, color=colour_of(culture, cultures),
                      label=culture.capitalize())  # fmt: skip
            axes.hlines(places, rows["share_low"], rows["share_high"], color=INK, linewidth=0.6)
        axes.set_yticks(range(len(order)), [str(name).replace("_", " ") for name in order], fontsize=6.5)
        axes.invert_yaxis()
        axes.set_xlabel("share")
        axes.set_title(target)
    panels[-1].legend(loc="lower right")
    return figure


def cultures(table: pd.DataFrame, best: Mapping[str, str], *, cultures: Sequence[str], corpus: str) -> Figure:
    """Draw the features' shares in one culture against those in another, log scales.

    Args:
        table: `onefilter.explanation.ranking.RANKING_COLUMNS`.
        best: Per target, the chosen model.
        cultures: In the order of colours; the first is on the horizontal axis.
        corpus: Where the data come from.
    """
    targets = list(best)
    present = [culture for culture in cultures if culture in set(table["culture"])]
    figure = new_figure(3.0, corpus=corpus, title="The same filter in other cultures: share of each feature")
    panels = figure.subplots(1, len(targets), sharey=True, squeeze=False)[0]
    for axes, target in zip(panels, targets, strict=True):
        own = table[(table["target"] == target) & (table["model"] == best[target])]
        wide = own.pivot_table(index="feature", columns="culture", values="share", sort=False)
        wide = wide[(wide > 0).all(axis=1)]
        values = wide.to_numpy(dtype=float)
        low, high = 0.8 * values.min(), 1.6 * values.max()
        axes.plot([low, high], [low, high], color=FAINT, linewidth=0.6, zorder=0)
        for culture in present[1:]:
            axes.plot(wide[present[0]], wide[culture], "o", markersize=3, color=colour_of(culture, cultures),
                      markeredgewidth=0, alpha=0.8, label=culture.capitalize())  # fmt: skip
        # Names go down in steps, a line at least from one to the next, so that none hides another.
        height, line = high, (high / low) ** 0.065
        shares, others = wide[present[0]], wide[present[1:]].max(axis=1)
        for name in wide[present[0]].nlargest(LABELLED).index:
            share, other = float(shares[name]), float(others[name])
            height = min(height / line, other * line**0.4)
            axes.annotate(str(name).replace("_", " "), (share, other), xytext=(min(share, height) / 1.8, height),
                          ha="right", va="center", fontsize=6, color=INK,
                          arrowprops={"arrowstyle": "-", "color": FAINT, "linewidth": 0.4, "shrinkB": 1})  # fmt: skip
        axes.set(xscale="log", yscale="log", xlim=(low, high), ylim=(low, high))
        axes.set_xlabel(f"share, {present[0].capitalize()}")
        axes.set_title(target)
    panels[0].set_ylabel("share, other culture")
    panels[-1].legend(loc="lower right")
    return figure


def patterns(
    table: pd.DataFrame, *, best: str, target: str, planted: Mapping[str, float] | None, corpus: str
) -> Figure:
    """Draw the filter beside its pattern, feature by feature, and on the twin beside what was planted.

    Both are made comparable between features: a weight is multiplied by its feature's standard deviation, a pattern is
    given as the correlation of the feature with the filter's output at the same step.

    Args:
        table: Columns as the step `patterns` writes them.
        best: The chosen model; the others are drawn faintly.
        target: What is predicted.
        planted: Loadings planted in the twin, by unit, or None.
        corpus: Where the data come from.
    """
    features = list(dict.fromkeys(table["feature"]))
    distance = table["lag"].abs()
    now = table[distance == distance.min()]
    columns = 2 if planted is None else 3
    figure = new_figure(6.4, corpus=corpus, title=f"Filter beside pattern, {target}: weights are not whereabouts")
    panels = figure.subplots(1, columns, sharey=True)
    places = np.arange(len(features))
    for model, group in table.groupby("model", sort=False):
        weights = group.groupby("feature", sort=False)["filter"].sum().loc[features].to_numpy(dtype=float)
        own = now[now["model"] == model].set_index("feature").loc[features]
        sd = own["feature_sd"].to_numpy(dtype=float)
        scaled = own["linear"].to_numpy(dtype=float) * own["output_sd"].to_numpy(dtype=float)
        correlation = np.divide(scaled, sd, out=np.zeros_like(sd), where=sd > 0)
        for axes, values in zip(panels, (weights * sd, correlation), strict=False):
            if model == best:
                axes.barh(places, values, color=np.where(values >= 0, "#b2182b", "#2166ac"), height=0.7)
            else:
                axes.plot(values, places, ".", markersize=2.5, color=FAINT, zorder=3)
    panels[0].set_title("filter: weight × sd")
    panels[1].set_title("pattern: correlation")
    if planted is not None:
        loadings = np.array([planted.get(name.partition("_")[0], np.nan) if name.endswith("_mean") else np.nan
                             for name in features])  # fmt: skip
        panels[2].barh(places, loadings, color=np.where(loadings >= 0, "#b2182b", "#2166ac"), height=0.7)
        panels[2].set_title("planted in the twin")
    for axes in panels:
        axes.axvline(0, color=INK, linewidth=0.5)
        axes.tick_params(axis="y", length=0)
    panels[0].set_yticks(places, [name.replace("_", " ") for name in features], fontsize=6)
    panels[0].invert_yaxis()
    others = table["model"].nunique() - 1
    if others:
        panels[0].annotate(f"·  the other {others} seeds", (1, 0), xycoords="axes fraction", ha="right", va="bottom",
                           fontsize=6.5, color=INK)  # fmt: skip
    return figure


def sanity(table: pd.DataFrame, *, cultures: Sequence[str], corpus: str) -> Figure:
    """Draw deletion curves per target, and how little randomised filters' rankings resemble the trained one's.

    Args:
        table: `onefilter.explanation.sanity.SANITY_COLUMNS` of all targets.
        cultures: In the order of colours; curves are those of the first that was scored.
        corpus: Where the data come from.
    """
    targets = list(dict.fromkeys(table["target"]))
    curves = table[table["check"] == "deletion"]
    figure = new_figure(3.0, corpus=corpus, title="Sanity: the score while features are deleted one by one")
    panels = figure.subplots(1, len(targets), sharey=True, squeeze=False)[0]
    styles = {
        "most relevant first": ("#b2182b", "-"),
        "random order": (INK, "--"),
        "least relevant first": ("#2166ac", "-"),
    }
    for axes, target in zip(panels, targets, strict=True):
        own = curves[curves["target"] == target]
        present = [culture for culture in cultures if culture in set(own["culture"])]
        zero_line(axes)
        for order, (colour, line) in styles.items():
            rows = own[(own["order"] == order) & (own["culture"] == present[0])]
            axes.plot(rows["deleted"], rows["value"], line, color=colour, label=order)
            if rows["low"].notna().any():
                axes.fill_between(rows["deleted"], rows["low"], rows["high"], color=colour, alpha=0.12, linewidth=0)
        random = table[(table["check"] == "randomisation") & (table["target"] == target)].iloc[0]
        axes.set_title(f"{target}, {present[0].capitalize()}")
        axes.annotate(
            f"shuffled filters rank alike: r {random['value']:.2f}".replace("-", "−"),
            (1, 0.99), xycoords="axes fraction", ha="right", va="top", fontsize=5.5, color=INK,
        )  # fmt: skip
        axes.set_xlabel("features deleted")
    panels[0].set_ylabel("CCC, recordings concatenated")
    # Room for the line of text above the curves.
    panels[0].set_ylim(top=1.06 * panels[0].get_ylim()[1])
    panels[-1].legend(loc="upper right", bbox_to_anchor=(1, 0.94))
    return figure
