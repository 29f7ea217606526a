"""What moved a prediction in one recording: the contributions of the features over time."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.figure import Figure

from onefilter.figures.style import CULTURES, INK, SIGNED, new_figure, zero_line

Floats = npt.NDArray[np.float64]


def relevance_over_time(
    contributions: pd.DataFrame, prediction: Floats, label: Floats | None, *, target: str, recording: str, corpus: str
) -> Figure:
    """Draw the contributions of every feature over time above prediction and label.

    Args:
        contributions: Of each feature to the prediction at t, summed over lags: one column per feature [T, F]; the
            index is the time of the face [T] (seconds).
        prediction: [T], at the face's time.
        label: [T'] with T' <= T, moved to the face's time, or None.
        target: What is predicted.
        recording: Its name.
        corpus: Where the data come from.
    """
    time, features = contributions.index.to_numpy(dtype=float), [str(name) for name in contributions.columns]
    figure = new_figure(6.6, corpus=corpus, title=f"What moved {target} in {recording}")
    heat, lines = figure.subplots(2, 1, sharex=True, height_ratios=[3.4, 1])
    # Around each feature's own mean, since what a feature always adds moves nothing.
    values = contributions.to_numpy(dtype=float)
    moved = values - values.mean(axis=0)
    limit = float(np.quantile(np.abs(moved), 0.995)) or 1.0
    step = float(time[1] - time[0]) if len(time) > 1 else 1.0
    image = heat.imshow(
        moved.T,
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
