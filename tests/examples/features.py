"""Frames of recordings, and statistics of features."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl
from hypothesis import strategies as st

from onefilter.features.description import describe
from onefilter.features.statistics import FEATURES
from onefilter.names import SIGNALS

Floats = npt.NDArray[np.float64]


def frames_of(stamps: Floats, *, seed: int, failed: float = 0.0) -> pl.DataFrame:
    """Give random frames at these times, some of them lost; intensities are mostly exact zeros."""
    rng = np.random.default_rng(seed)
    values = np.round(np.clip(rng.normal(0, 1, (len(stamps), len(SIGNALS))), 0, 5), 2)
    success = (rng.random(len(stamps)) >= failed).astype(float)
    success[rng.integers(len(stamps))] = 1.0
    return pl.DataFrame({"timestamp": stamps, "success": success, **dict(zip(SIGNALS, values.T, strict=True))})


@st.composite
def recordings(draw: st.DrawFn) -> pl.DataFrame:
    """Draw recordings of any frame rate, with gaps, lost frames and a late start."""
    fps = draw(st.sampled_from([8.0, 24.0, 25.0, 29.97, 30.0, 50.0, 60.0]))
    count = draw(st.integers(30, 150))
    stamps = np.round(np.arange(count) / fps, 3) + draw(st.sampled_from([0.0, 0.0, 0.7, 2.35]))
    keep = np.random.default_rng(draw(st.integers(0, 1000))).random(count) >= draw(st.sampled_from([0.0, 0.1, 0.6]))
    keep[[0, -1]] = True
    begin = draw(st.integers(1, count - 2))
    keep[begin : begin + draw(st.sampled_from([0, 0, 20]))] = False
    keep[-1] = True
    return frames_of(stamps[keep], seed=draw(st.integers(0, 1000)), failed=draw(st.sampled_from([0.0, 0.3, 0.9])))


def described(cultures: list[str]) -> pd.DataFrame:
    """Describe random features."""
    rng = np.random.default_rng(1)
    tables = {
        culture: pl.DataFrame({name: np.clip(rng.normal(0.1, 0.8, 300), 0, 5) for name in FEATURES})
        for culture in cultures
    }
    return describe(tables, FEATURES)
