"""What a terminal shows of a running session: values and their course, the tracker, latencies."""

import math
import time
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final

from rich.box import SIMPLE
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from onefilter.live.session import Row, Sink, State
from onefilter.model.card import Model, Stack, latency_of_all, note_on_simulated
from onefilter.text import printable

_BARS: Final = "▁▂▃▄▅▆▇█"
_WIDTH: Final = 40
"""Bars of a spark line."""
_STRIDE: Final = 5
"""Hops from one bar to the next."""
_PERIOD: Final = 0.1
"""Seconds between two pictures."""


class View(Sink):
    """A few lines that are drawn anew ten times a second."""

    def __init__(self, models: Mapping[str, Model | Stack], *, source: str, console: Console) -> None:
        """Begin to draw.

        Args:
            models: By target.
            source: Where frames come from, in words.
            console: To draw on.
        """
        self._models, self._source = models, printable(source)
        self._courses: dict[str, deque[float]] = {target: deque(maxlen=_WIDTH * _STRIDE) for target in models}
        self._bounds = {target: (math.inf, -math.inf) for target in models}
        self._time, self._drawn, self._last = math.nan, 0.0, time.monotonic()
        self._remarks: deque[str] = deque(maxlen=3)
        self._live = Live(console=console, auto_refresh=False, transient=False)
        self._live.start()

    def rows(self, rows: Sequence[Row], state: State) -> None:
        """Take note of some predictions."""
        for row in rows:
            for target, value in row.values.items():
                self._courses[target].append(value)
                low, high = self._bounds[target]
                self._bounds[target] = min(low, value), max(high, value)
        self._time, self._last = rows[-1].time, time.monotonic()
        self.tick(state)

    def remark(self, text: str) -> None:
        """Show the last three remarks."""
        self._remarks.append(printable(text))

    def tick(self, state: State) -> None:
        """Draw, if the last picture is old enough."""
        if time.monotonic() - self._drawn > _PERIOD:
            self._drawn = time.monotonic()
            self._live.update(self.picture(state), refresh=True)

    def close(self, state: State) -> None:
        """Draw a last time."""
        self._live.update(self.picture(state), refresh=True)
        self._live.stop()

    def picture(self, state: State) -> Group:
        """Compose the picture."""
        table = Table(box=SIMPLE, padding=(0, 1, 0, 0), pad_edge=False)
        table.add_column("target")
        table.add_column("now", justify="right", min_width=6)
        table.add_column(f"last {_WIDTH * _STRIDE * self._hop:g} s", min_width=_WIDTH)
        table.add_column("from annotators", justify="right", no_wrap=True)
        behind = latency_of_all(self._models)
        for target, model in self._models.items():
            course = self._courses[target]
            table.add_row(
                Text(printable(target)),
                f"{course[-1]:+.2f}" if course else "–",
                spark([*course][_STRIDE - 1 :: _STRIDE], *self._bounds[target]),
                f"{behind - model.card.delay:+.1f} s",
            )
        low, high = state.compute
        silence = time.monotonic() - self._last
        facts = [
            f"time {self._time:.1f} s" if not math.isnan(self._time) else "no prediction yet",
            f"{behind:g} s behind the face",
            f"{state.frame_rate:.1f} frames/s",
            f"confidence {state.confidence:.2f}",
            f"{state.lost_share:.0%} without a face",
            f"compute {low * 1e6:.0f} µs per hop (p99 {high * 1e6:.0f} µs)" if state.hops else "",
        ]
        lines = [Text(" · ".join(fact for fact in facts if fact))]
        if state.frames and silence > 2:
            lines.append(Text(f"nothing new for {silence:.0f} s", style="yellow"))
        notes = [printable(note_on_simulated(self._models)), *self._remarks]
        lines += [Text(note, style="yellow") for note in notes if note]
        title = Text(f"onefilter live · {self._source} · Ctrl-C ends", style="bold")
        return Group(title, table, *lines)

    @property
    def _hop(self) -> float:
        return next(iter(self._models.values())).card.hop


def spark(values: Sequence[float], low: float, high: float) -> str:
    """Draw values as a line of bars between two bounds; without a distance between them all lie in the middle."""
    if high - low < 1e-9:
        return _BARS[len(_BARS) // 2 - 1] * len(values)
    return "".join(_BARS[round((value - low) / (high - low) * (len(_BARS) - 1))] for value in values)
