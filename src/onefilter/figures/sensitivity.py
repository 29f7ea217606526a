"""Sensitivity: CCC over delay, length of the filter and window, and by families of features."""

from collections.abc import Sequence
from typing import Annotated

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from onefilter.figures.style import FAINT, INK, UNSIGNED, colour_of, new_figure
from onefilter.names import several
from onefilter.verification.sensitivity import EVERY, SENSITIVITY_COLUMNS


def ccc_by_setting(
    sensed: Annotated[pd.DataFrame, SENSITIVITY_COLUMNS], *, cultures: Sequence[str], corpus: str
) -> Figure:
    """Draw CCC over delay and length, a panel per window and culture, and below by what the filter sees.

    A dot marks a setting whose paired difference from the run's own (framed) excludes zero.

    Args:
        sensed: Columns of `onefilter.verification.sensitivity.SENSITIVITY_COLUMNS`.
        cultures: In the order of panels and colours.
        corpus: Where the data come from.
    """
    targets = list(dict.fromkeys(sensed["target"]))
    tested = [culture for culture in cultures if culture in set(sensed["culture"])]
    windows = sorted(set(sensed["window"]))
    whole = sensed[sensed["features"] == EVERY]
    kinds = [name for name in dict.fromkeys(sensed[sensed["own"]]["features"])]
    rows = (len(windows) + 1) * len(targets)
    resampled = several(str(sensed["unit"].iloc[0]))
    title = f"CCC by delay, length and window of the filter, and by what it sees (95 % over {resampled})"
    figure = new_figure(0.8 + 1.55 * rows, corpus=corpus, title=title)
    panels = figure.subplots(rows, len(tested), squeeze=False)
    norm = Normalize(min(0.0, float(whole["ccc"].min())), float(whole["ccc"].max()))
    for number, target in enumerate(targets):
        block = panels[number * (len(windows) + 1) :]
        for column, culture in enumerate(tested):
            own = whole[(whole["target"] == target) & (whole["culture"] == culture)]
            for row, window in enumerate(windows):
                axes = block[row][column]
                _grid(axes, own[own["window"] == window], norm)
                axes.set_title(f"{target}, {culture.capitalize()}, windows of {window:g} s", fontsize=7)
            by_family = sensed[sensed["own"] & (sensed["target"] == target) & (sensed["culture"] == culture)]
            _families(block[len(windows)][column], by_family.set_index("features").loc[kinds], culture, cultures)
    for axes in panels[:, 0]:
        axes.set_ylabel(axes.get_ylabel() or "features", fontsize=7)
    for axes in panels[:, 1:].ravel():
        axes.set_ylabel("")
        axes.set_yticklabels([])
    return figure


def _grid(axes: Axes, own: pd.DataFrame, norm: Normalize) -> None:
    """Draw one window's scores: delays from left to right, lengths from below."""
    delays, lengths = sorted(set(own["delay"])), sorted(set(own["length"]))
    values = own.pivot(index="length", columns="delay", values="ccc").loc[lengths, delays].to_numpy()
    axes.imshow(values, aspect="auto", origin="lower", cmap=UNSIGNED, norm=norm)
    for cell in own.to_dict("records"):
        place = (delays.index(cell["delay"]), lengths.index(cell["length"]))
        differs = cell["difference_low"] > 0 or cell["difference_high"] < 0
        colour = "white" if norm(cell["ccc"]) > 0.55 else INK
        axes.text(*place, f"{cell['ccc']:.2f}{'•' if differs else ''}", ha="center", va="center", fontsize=5,
                  color=colour)  # fmt: skip
        if cell["own"]:
            frame = Rectangle((place[0] - 0.5, place[1] - 0.5), 1, 1, fill=False, edgecolor=INK, linewidth=1.2)
            frame.set_path_effects([withStroke(linewidth=3, foreground="white")])
            axes.add_patch(frame)
    axes.set_xticks(range(len(delays)), [f"{delay:g}" for delay in delays], fontsize=6)
    axes.set_yticks(range(len(lengths)), [f"{length:g}" for length in lengths], fontsize=6)
    axes.set_xlabel("delay (s)", fontsize=6.5)
    axes.set_ylabel("length of the filter (s)")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _families(axes: Axes, own: pd.DataFrame, culture: str, cultures: Sequence[str]) -> None:
    """Draw what each family of features reaches alone."""
    places = np.arange(len(own))
    errors = np.nan_to_num(np.abs(own[["low", "high"]].to_numpy().T - own["ccc"].to_numpy()))
    axes.axvline(0, color=FAINT, linewidth=0.5, zorder=0)
    axes.errorbar(own["ccc"], places, xerr=errors, fmt="o", markersize=3.5, color=colour_of(culture, cultures),
                  elinewidth=0.9, capsize=1.5)  # fmt: skip
    axes.set_yticks(places, [{"std": "standard deviations", "mean": "means"}.get(name, name) for name in own.index],
                    fontsize=6)  # fmt: skip
    axes.set_ylim(len(own) - 0.5, -0.5)
    axes.set_xlabel("CCC", fontsize=6.5)
    axes.set_title(f"{own['target'].iloc[0]}, {culture.capitalize()}, as the run is set", fontsize=7)
