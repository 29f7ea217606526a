"""CCC by culture."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from onefilter.corpus.twin import TARGETS
from onefilter.evaluation.scores import RAW, SCORE_COLUMNS
from onefilter.figures.scores import ccc_by_culture
from tests.examples.layout import CULTURES, LAYOUT, Drawing


def score_table() -> pd.DataFrame:
    """Four splits, three targets, ten seeds, raw and post-processed; ridge filters on test."""
    rng = np.random.default_rng(1)
    names = ("target", "culture", "partition", "method", "model", "processing", "ccc", "ccc_low", "ccc_high")
    rows: list[tuple[object, ...]] = [
        (target, *split, "one-filter", f"seed-{seed}", processing, ccc, *_bounds(ccc, split[1]))
        for target in TARGETS
        for split in (("german", "devel"), ("german", "test"), ("hungarian", "test"), ("chinese", "test"))
        for seed in range(10)
        for processing in ("raw", "post-processed")
        for ccc in [float(rng.uniform(-0.1, 0.7))]
    ]
    rows += [
        (target, culture, "test", method, method, "raw", ccc, ccc - 0.1, ccc + 0.1)
        for target in TARGETS
        for culture in CULTURES
        for method, ccc in (("ridge", 0.5), ("constant", 0.04))
    ]
    table = pd.DataFrame(rows, columns=list(names)).assign(unit="dyad", units=10, recordings=20)
    return table.reindex(columns=list(SCORE_COLUMNS))


def _bounds(ccc: float, partition: str) -> tuple[float, float]:
    """Give an interval, except where it was chosen."""
    return (np.nan, np.nan) if partition == "devel" else (ccc - 0.1, ccc + 0.1)


def draw_scores(corpus: str, *, systems: int = 0) -> Figure:
    """Four splits, three targets, ten seeds, and so many other systems on test."""
    summary = pd.DataFrame(
        [
            (target, culture, "test", method, best, 0.6 if culture != "chinese" else np.nan)
            for target in TARGETS
            for culture in CULTURES
            for method, best in (("ridge", "ridge"), ("one-filter", "seed-3"))
        ],
        columns=["target", "culture", "partition", "method", "best_model", "ceiling"],
    )
    table = score_table()
    ridge = table[table["method"] == "ridge"]
    others = [
        ridge.assign(**dict.fromkeys(("method", "model"), f"system-{number}-of-people-with-a-long-name"))
        for number in range(systems)
    ]
    return ccc_by_culture(pd.concat([table, *others]), summary, cultures=CULTURES, corpus=corpus)


def draw_other_systems(corpus: str) -> Figure:
    """As many systems as there are signs, and two more."""
    return draw_scores(corpus, systems=8)


@pytest.mark.slow
@pytest.mark.parametrize("draw", [draw_scores, draw_other_systems])
@pytest.mark.parametrize("check", LAYOUT)
def test_layout(check: Callable[[Drawing], None], draw: Drawing) -> None:
    """Nothing is clipped or hidden; it says so if its data are simulated."""
    check(draw)


def test_systems_that_are_not_drawn_are_counted() -> None:
    """There are six signs."""
    texts = [text.get_text() for systems in (6, 8) for text in draw_scores("avec", systems=systems).texts]
    assert sum("and 2 more systems, in the table" in text for text in texts) == 1
    assert sum("▶ system-5-" in text for text in texts) == 2
    assert not any("system-6-" in text for text in texts)


def test_shows_the_model_that_the_summary_names() -> None:
    """It is that of the method one-filter, not the ridge filter; its raw CCC is written above its interval."""
    table = score_table()
    own = table[(table["model"] == "seed-3") & (table["processing"] == RAW)]
    for axes, target in zip(draw_scores("openface").axes, TARGETS, strict=True):
        expected = [f"{ccc:.2f}".replace("-", "−") for ccc in own.loc[own["target"] == target, "ccc"]]
        assert [text.get_text() for text in axes.texts][: len(expected)] == expected
