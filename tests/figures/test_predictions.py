"""Predictions beside labels."""

from collections.abc import Callable

import numpy as np
import pytest
from matplotlib.figure import Figure

from onefilter.corpus.twin import TARGETS
from onefilter.figures.predictions import Trace, predictions_beside_labels, predictions_of_recording
from tests.examples.layout import CULTURES, LAYOUT, Drawing


def draw_predictions(corpus: str) -> Figure:
    """Two recordings with labels."""
    rng = np.random.default_rng(1)
    trace = Trace(np.arange(500) / 10, rng.normal(0, 0.1, (500, 3)), 1, rng.normal(0, 0.1, 497), 0.42)
    recording = dict.fromkeys(TARGETS, trace)
    return predictions_beside_labels(
        {"Test_HU_01": recording, "Test_HU_02": recording}, split="hungarian-test", cultures=CULTURES, corpus=corpus
    )


def draw_unlabelled_predictions(corpus: str) -> Figure:
    """One recording without labels, one model, with a note."""
    trace = Trace(np.arange(50) / 10, np.zeros((50, 1)), 0, None, None)
    return predictions_beside_labels(
        {"my_first_video": dict.fromkeys(TARGETS, trace)}, split="german-unlabelled", cultures=CULTURES,
        corpus=corpus, note="models trained on simulated people",
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("check", LAYOUT)
@pytest.mark.parametrize("draw", [draw_predictions, draw_unlabelled_predictions])
def test_layout(draw: Drawing, check: Callable[[Drawing], None]) -> None:
    """Nothing is clipped or hidden; it says so if its data are simulated."""
    check(draw)


def test_says_which_models_are_simulated() -> None:
    """Real recordings through simulated models: the title says so."""
    title = draw_unlabelled_predictions("openface").get_suptitle()
    assert title == "Predictions, German unlabelled (models trained on simulated people)"
    one = predictions_of_recording(
        np.arange(9.0), {"valence": np.zeros(9)}, title="a.csv", note="models trained on simulated people"
    )
    assert "simulated" in one.get_suptitle()
