"""What a training says of itself while it runs."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from onefilter.training.progress import Progress


def learning(epoch: int) -> Any:
    """Two models after so many of 200 epochs."""
    return SimpleNamespace(epoch=epoch, epochs=200, best_score=np.array([0.25, 0.5]))


def test_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Epochs, the worst and the best score, pace and what is left; not too often, and always at the end."""
    clock = 100.0
    monkeypatch.setattr("onefilter.training.progress.time.monotonic", lambda: clock)
    said = Progress("valence", every=5.0)
    assert said.line(learning(0)) is None
    clock = 104.0
    assert said.line(learning(80)) is None
    clock = 110.0
    assert said.line(learning(100)) == "valence  epoch 100/200 |#####.....| CCC 0.250 to 0.500, 10/s, 10 s left"
    clock = 112.0
    assert said.line(learning(200)) == "valence  epoch 200/200 |##########| CCC 0.250 to 0.500, 17/s, 0 s left"


def test_no_pace_is_known_at_the_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the first round took long, or nothing is left to do."""
    monkeypatch.setattr("onefilter.training.progress.time.monotonic", lambda: 100.0)
    assert Progress("arousal").line(learning(200)) == ("arousal  epoch 200/200 |##########| CCC 0.250 to 0.500")
