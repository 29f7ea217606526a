"""The figure of settings."""

import itertools

import pandas as pd

from onefilter.figures.sensitivity import ccc_by_setting
from onefilter.verification.sensitivity import EVERY


def test_a_frame_for_the_own_setting_and_dots_for_what_differs() -> None:
    """One frame per target and culture; a dot where the paired interval excludes zero."""
    rows = [
        {"target": "valence", "window": window, "delay": delay, "length": length, "features": EVERY, "culture": culture,
         "ccc": 0.3 + 0.1 * (delay == 2.0), "low": 0.1, "high": 0.5, "difference": 0.0,
         "difference_low": 0.1 if delay == 4.0 else -0.1, "difference_high": 0.2,
         "own": (window, delay, length) == (1.0, 2.0, 8.0), "unit": "dyad"}
        for culture, window, delay, length in itertools.product(
            ("german", "chinese"), (0.08, 1.0), (0.0, 2.0, 4.0), (1.0, 8.0)
        )
    ]  # fmt: skip
    rows += [{**row, "features": "turn"} for row in rows if row["own"]]
    figure = ccc_by_setting(pd.DataFrame(rows), cultures=["german", "chinese"], corpus="simulated")
    panels = [axes for axes in figure.axes if axes.images]
    assert len(panels) == 4
    assert sum(len(axes.patches) for axes in panels) == 2
    texts = [text.get_text() for axes in panels for text in axes.texts]
    assert sum(text.endswith("•") for text in texts) == 8
    assert {text for text in texts if not text.endswith("•")} == {"0.30", "0.40"}
