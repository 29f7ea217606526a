"""CCC by culture: every seed, the best one's interval, post-processing and the ridge filter."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from onefilter.evaluation.scores import PROCESSED, RAW
from onefilter.figures.style import INK, colour_of, legible, new_figure, zero_line
from onefilter.names import ONE_FILTER, is_system, several

NETWORK: Final = ONE_FILTER
_ROOM: Final = 0.24
"""How much further apart splits are for each other system."""
RIDGE: Final = "ridge"
CONSTANT: Final = "constant"


def ccc_by_culture(scores: pd.DataFrame, summary: pd.DataFrame, *, cultures: Sequence[str], corpus: str) -> Figure:
    """Draw CCC per target and split: every seed, and the best development seed with its interval over units.

    Filled signs are raw predictions, hollow ones post-processed. Other people's systems stand to the right of them.

    Args:
        scores: Columns of `onefilter.evaluation.scores.SCORE_COLUMNS`, all targets.
        summary: Columns of `onefilter.evaluation.scores.SUMMARY_COLUMNS`, all targets; it says which model did best on
            development.
        cultures: In the order of colours.
        corpus: Where the data come from.
    """
    best = summary[summary["method"] == NETWORK].groupby("target")["best_model"].first()
    targets = list(dict.fromkeys(scores["target"]))
    unit = scores["unit"].iloc[0]
    title = f"CCC by culture: all seeds, and the chosen one with its 95 % interval over {several(unit)}"
    lines = _named_systems(scores)
    height = 2.9 + _LINE * len(lines)
    figure = new_figure(height, corpus=corpus, title=title)
    if lines:
        # Their names stand between the panels and the last line, and have room of their own.
        room = _LINE * len(lines) / height
        figure.set_layout_engine("constrained", rect=(0, room, 1, 1 - room))
        figure.text(0.01, 0.02 + _LINE / height, "\n".join(lines), fontsize=7, color=INK, va="bottom")
    panels = figure.subplots(1, len(targets), sharey=True, squeeze=False)[0]
    for axes, target in zip(panels, targets, strict=True):
        ceilings = ceilings_of(summary, target)
        _panel(axes, scores[scores["target"] == target], ceilings, best=str(best[target]), cultures=cultures)
        axes.set_title(target)
    panels[0].set_ylabel("CCC, recordings concatenated")
    drawn = set(zip(scores["method"], scores["processing"], strict=True))
    notes = ["- - ridge filter"] if (RIDGE, RAW) in drawn else []
    notes += ["···· constant"] if (CONSTANT, RAW) in drawn else []
    notes += ["—— annotators (ceiling)"] if summary["ceiling"].notna().any() else []
    notes += ["◇ post-processed"] if (NETWORK, PROCESSED) in drawn else []
    figure.text(0.01, 0.02, "   ".join(notes), fontsize=7, color=INK)
    return figure


_LINE: Final = 0.16
"""Inches of a line of notes."""
_CHARACTERS: Final = 110
"""Of a line of notes."""
_SIGNS: Final = "▲■▼●◀▶"
_MARKERS: Final = "^sv8<>"
"""Of other people's systems, in the note and in the panels; if there are more, the note says how many are not drawn."""


def _named_systems(scores: pd.DataFrame) -> list[str]:
    """Write the signs and names of other people's systems, in as many lines as that takes."""
    systems = _systems_in(scores)
    names = [f"{sign} {name}" for sign, name in zip(_SIGNS, systems, strict=False)]
    hidden = len(systems) - len(_SIGNS)
    names += [f"and {hidden} more systems, in the table"] if hidden > 0 else []
    lines: list[str] = []
    for name in names:
        if lines and len(lines[-1]) + len(name) < _CHARACTERS:
            lines[-1] += f"   {name}"
        else:
            lines.append(name)
    return lines


def _systems_in(scores: pd.DataFrame) -> list[str]:
    """Name other people's systems."""
    return [name for name in dict.fromkeys(scores["method"]) if is_system(name)]


def ceilings_of(summary: pd.DataFrame, target: str) -> dict[tuple[str, str], float]:
    """Give a target's ceilings by culture and partition, as far as they are known."""
    own = summary[(summary["target"] == target) & summary["ceiling"].notna()]
    return dict(zip(zip(own["culture"], own["partition"], strict=True), own["ceiling"], strict=True))


def _panel(
    axes: Axes, scores: pd.DataFrame, ceilings: Mapping[tuple[str, str], float], *, best: str, cultures: Sequence[str]
) -> None:
    """Draw one target's scores, split by split."""
    network = scores[scores["method"] == NETWORK]
    systems = dict(zip(_systems_in(scores), _MARKERS, strict=False))
    width = 1 + _ROOM * len(systems)
    raw, processed = network[network["processing"] == RAW], network[network["processing"] == PROCESSED]
    lines = {
        style: scores[(scores["method"] == method) & (scores["processing"] == RAW)]
        for method, style in ((RIDGE, "--"), (CONSTANT, ":"))
    }
    splits = list(dict.fromkeys(zip(raw["culture"], raw["partition"], strict=True)))
    zero_line(axes)
    for number, (culture, partition) in enumerate(splits):
        place = number * width
        colour = colour_of(culture, cultures)
        seeds = _of_split(raw, culture, partition)
        spread = np.linspace(-0.16, 0.16, len(seeds)) - 0.12
        axes.plot(place + spread, seeds["ccc"], "o", markersize=2.6, color=colour, alpha=0.6, markeredgewidth=0)
        for style, table in lines.items():
            reference = _of_split(table, culture, partition)["ccc"]
            axes.hlines(reference, place - 0.36, place + 0.08, color=INK, linewidth=0.8, linestyle=style, zorder=1)
        if (culture, partition) in ceilings:
            axes.hlines(
                ceilings[culture, partition], place - 0.36, place + width - 0.54, color=INK, linewidth=1.0, zorder=1
            )
        for rank, (system, marker) in enumerate(systems.items()):
            _mark(axes, _of_split(scores[scores["method"] == system], culture, partition), place + 0.54 + _ROOM * rank,
                  colour=INK, marker=marker)  # fmt: skip
        row = seeds[seeds["model"] == best].iloc[0]
        # What was chosen on a split has no interval there.
        bounded = bool(np.isfinite(row["ccc_low"]))
        _mark(axes, seeds[seeds["model"] == best], place + 0.22, colour=colour, marker="D")
        after = _of_split(processed[processed["model"] == best], culture, partition)
        axes.plot([place + 0.38] * len(after), after["ccc"], "D", markersize=3.2, color=colour, markerfacecolor="none")
        top = (place + 0.22, row["ccc_high"] if bounded else row["ccc"])
        axes.annotate(
            f"{row['ccc']:.2f}".replace("-", "−"), top, xytext=(0, 3 if bounded else 5), textcoords="offset points",
            ha="center", fontsize=6.5, color=legible(colour),
        )  # fmt: skip
    names = [f"{culture.capitalize()}\n{partition}" for culture, partition in splits]
    axes.set_xticks([number * width for number in range(len(splits))], names, fontsize=6.5)
    axes.set_xlim(-0.5, len(splits) * width - 0.4)


def _mark(axes: Axes, rows: pd.DataFrame, place: float, *, colour: Any, marker: str) -> None:
    """Draw a score with its interval, if there are both."""
    for row in rows.to_dict("records"):
        # Of two units, a bound can be the score itself, but for rounding.
        sides = (row["ccc"] - row["ccc_low"], row["ccc_high"] - row["ccc"])
        errors = [[max(side, 0.0)] for side in sides] if np.isfinite(sides).all() else None
        axes.errorbar(place, row["ccc"], yerr=errors, fmt=marker, markersize=4, color=colour, elinewidth=1.2, capsize=2)


def _of_split(table: pd.DataFrame, culture: str, partition: str) -> pd.DataFrame:
    """Give the rows of one split."""
    return table[(table["culture"] == culture) & (table["partition"] == partition)]
