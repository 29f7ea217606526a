"""Models, frames, events and writers for the live rooms."""

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from onefilter.features.statistics import FEATURES
from onefilter.live.events import Event, Remark
from onefilter.live.session import Row, Sink, State
from onefilter.live.stream import Frame
from onefilter.model.card import Card, Layer, Model, Stack
from tests.examples.model import CARD as PUBLISHED
from tests.examples.openface import header, rows

CARD = replace(PUBLISHED, seed=1, epoch=1, corpus="test", scores={})


def network(card: Card, taps: int, left: int, *, seed: int, width: int = 37, activation: str = "linear") -> Model:
    """Give a model with random weights."""
    rng = np.random.default_rng(seed)
    features = tuple(rng.permutation(FEATURES)[:width].tolist()) if width < len(FEATURES) else FEATURES
    card = replace(card, features=features, left=left, activation=activation)
    return Model(card, rng.normal(0, 0.1, (taps, width)), *rng.normal(size=3).tolist())


def deep(card: Card, *, seed: int) -> Stack:
    """Give a network of three layers."""
    rng = np.random.default_rng(seed)
    sizes = ((7, 37, 5), (4, 5, 3), (1, 3, 1))
    layers = tuple(Layer(rng.normal(size=size), rng.normal(size=size[2]), relu=size[2] > 1) for size in sizes)
    return Stack(replace(card, left=sum(layer.left for layer in layers), activation="relu"), layers)


def frames_of(events: list[Event]) -> list[Frame]:
    """Take the frames out of events."""
    return [event for event in events if isinstance(event, Frame)]


def remarks_of(events: list[Event]) -> list[str]:
    """Take the remarks out of events."""
    return [event.text for event in events if isinstance(event, Remark)]


def text_of(
    version: str = "2.2", *, change: Callable[[list[list[str]]], None] | None = None, frames: int = 20
) -> bytes:
    """Write a file in memory."""
    columns = header(version)
    table, _ = rows(columns, frames=frames)
    if change is not None:
        change(table)
    return "\n".join(",".join(row) for row in [columns, *table]).encode() + b"\n"


OWN = f"-{os.getpid()}"
"""Ending of the names of LSL streams: tests of another process on this machine must not be heard."""


class Writer:
    """A process of its own that writes as it is told, and can be killed."""

    def __init__(self, path: Path, script: str) -> None:
        """Start it; the script may use `path`, `whole`, `lines` and `write`."""
        preamble = """
            import os, sys, time
            from pathlib import Path
            from tests.examples.live import text_of
            path, whole = Path(sys.argv[1]), text_of()
            lines = whole.splitlines(keepends=True)
            def write(data, mode="ab"):
                with path.open(mode) as out:
                    out.write(data)
        """
        code = textwrap.dedent(preamble) + textwrap.dedent(script)
        self.process = subprocess.Popen([sys.executable, "-c", code, str(path)], cwd=Path(__file__).parents[2])

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()


MODELS: dict[str, Model | Stack] = {"arousal": network(CARD, 9, 4, seed=1), "valence": network(CARD, 5, 2, seed=2)}
DROPPING: dict[str, Model | Stack] = {
    target: replace(model, card=replace(model.card, failed_frames="drop")) for target, model in MODELS.items()
}
"""The same, but frames without a face do not count."""


class Notes(Sink):
    """A sink that keeps everything."""

    def __init__(self) -> None:
        """Begin empty."""
        self.got: list[Row] = []
        self.remarks: list[str] = []
        self.ticks = self.closed = 0

    def rows(self, rows: Sequence[Row], state: State) -> None:
        """Keep rows."""
        self.got += rows

    def remark(self, text: str) -> None:
        """Keep a remark."""
        self.remarks.append(text)

    def tick(self, state: State) -> None:
        """Count."""
        self.ticks += 1

    def close(self, state: State) -> None:
        """Count."""
        self.closed += 1


def frames(begin: float, count: int = 200, *, seed: int = 1) -> list[Event]:
    """Give frames at 50 per second."""
    signals = np.random.default_rng(seed).random((count, 18))
    return [Frame(begin + number / 50, 1.0, signals[number]) for number in range(count)]
