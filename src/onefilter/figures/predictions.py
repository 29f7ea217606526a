"""Predictions beside labels, recording by recording."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from onefilter.figures.style import INK, colour_of, new_figure, zero_line

Floats = npt.NDArray[np.float64]

_LONGEST: Final = 70
"""Characters of a line of a title that fit the width of a figure."""


@dataclass(frozen=True)
class Trace:
    """One target of one recording.

    Attributes:
        time: Hop times [T] (seconds).
        predictions: [T, models], at the annotators' time if there is a label, otherwise at the face's.
        best: Column of the best model.
        label: [T'] with T' <= T, or None for unlabelled recordings.
        ccc: Of the best model on this recording, if labelled.
    """

    time: Floats
    predictions: Floats
    best: int
    label: Floats | None
    ccc: float | None


def predictions_beside_labels(
    traces: Mapping[str, Mapping[str, Trace]],
    *,
    split: str,
    cultures: Sequence[str],
    corpus: str,
    titles: Mapping[str, str] | None = None,
    note: str = "",
) -> Figure:
    """Draw the best model's prediction, the range over all models, and the label where there is one.

    Args:
        traces: Per recording and target.
        split: Culture and partition of the recordings, ``german-test`` say.
        cultures: In the order of colours.
        corpus: Where the data come from.
        titles: By target, what it is called with its unit.
        note: Added to the title: that the models were trained on simulated data, say.
    """
    recordings = list(traces)
    targets = list(next(iter(traces.values())))
    culture, _, partition = split.rpartition("-")
    title = f"Predictions, {culture.capitalize()} {partition}" + (f" ({note})" if note else "")
    figure = new_figure(1.35 * len(recordings) + 0.9, corpus=corpus, title=title)
    panels = figure.subplots(len(recordings), len(targets), sharex="row", sharey="col", squeeze=False)
    colour = colour_of(culture, cultures)
    for row, recording in zip(panels, recordings, strict=True):
        for axes, target in zip(row, targets, strict=True):
            trace = traces[recording][target]
            zero_line(axes)
            low, high = trace.predictions.min(axis=1), trace.predictions.max(axis=1)
            axes.fill_between(trace.time, low, high, color=colour, alpha=0.25, linewidth=0)
            axes.plot(trace.time, trace.predictions[:, trace.best], color=colour, label="prediction")
            if trace.label is not None:
                axes.plot(trace.time[: len(trace.label)], trace.label, color=INK, linewidth=0.8, label="label")
            score = "" if trace.ccc is None else f"CCC {trace.ccc:.2f}"
            axes.annotate(score, (1, 1), xycoords="axes fraction", ha="right", va="bottom", fontsize=7, color=INK)
            axes.margins(x=0)
        row[0].set_ylabel(recording)
    for axes, target in zip(panels[0], targets, strict=True):
        axes.set_title((titles or {}).get(target, target))
    labelled = all(trace.label is not None for row in traces.values() for trace in row.values())
    for axes in panels[-1]:
        axes.set_xlabel("time of the annotators (s)" if labelled else "time of the face (s)")
    handles, names = panels[0][0].get_legend_handles_labels()
    figure.legend(handles, names, loc="upper right", ncols=2)
    return figure


def predictions_of_recording(time: Floats, values: Mapping[str, Floats], *, title: str, note: str = "") -> Figure:
    """Draw one recording's predictions, one panel per target.

    Args:
        time: Of the face [T] (seconds).
        values: Per target, predictions [T].
        title: Usually the recording's name.
        note: Added to the title: that the models were trained on simulated data, say.
    """
    title = title if len(title) <= _LONGEST else f"{title[: _LONGEST - 1]}…"
    noted = f"{title} ({note})" if note else title
    if len(noted) > _LONGEST:
        noted = "\n".join([title, *textwrap.wrap(f"({note})", _LONGEST)])
    figure = new_figure(1.3 * len(values) + 0.75 + 0.15 * len(noted.splitlines()), corpus="", title=noted)
    panels = figure.subplots(len(values), 1, sharex=True, squeeze=False)[:, 0]
    for axes, (target, line) in zip(panels, values.items(), strict=True):
        zero_line(axes)
        axes.plot(time, line, color=INK)
        axes.set_ylabel(target)
        axes.margins(x=0)
    panels[-1].set_xlabel("time of the face (s)")
    return figure
