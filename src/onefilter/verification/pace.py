"""How long onefilter computes per second of video."""

import time

import numpy as np
import polars as pl

from onefilter.features.windows import extract
from onefilter.model.card import Model, Stack
from onefilter.model.prediction import predict
from onefilter.names import SIGNALS


def seconds_per_second(model: Model | Stack, *, seconds: int = 60, fps: int = 50) -> float:
    """Measure how long features and a prediction take per second of video: the best of three on made-up frames.

    Args:
        model: Any model; the time depends on its window and its size.
        seconds: Length of the video.
        fps: Its frame rate.
    """
    frames = seconds * fps
    values = np.random.default_rng(0).uniform(0, 1, (frames, len(SIGNALS)))
    table = pl.DataFrame({"timestamp": np.arange(frames) / fps, "success": np.ones(frames)}).with_columns(
        pl.Series(signal, values[:, column]) for column, signal in enumerate(SIGNALS)
    )
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        windows = extract(table, None, model.card, features=model.card.features)
        predict(model, windows.features)
        times.append(time.perf_counter() - begun)
    return min(times) / seconds
