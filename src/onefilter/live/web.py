"""The live page: predictions, their place in the affect plane, the action units that contribute most, and the face.

It is bound to 127.0.0.1 unless another address is given (`onefilter.live.server`).
"""

import json
import queue
import re
import secrets
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from onefilter.errors import InputError
from onefilter.face import STRONGEST, face
from onefilter.features.statistics import signal_of
from onefilter.live.server import Server
from onefilter.live.session import Row, Sink, State
from onefilter.model.card import Model, Stack, latency_of_all, note_on_simulated
from onefilter.names import AU_NAMES

LOOPBACK: Final = "127.0.0.1"
_HISTORY: Final = 600
"""Hops that a page gets when it connects."""
_STRONGEST: Final = 6
"""Signals whose contribution is shown."""
_BEHIND: Final = 64
"""Number of unread messages after which a page is disconnected; it connects again and gets the history."""
_MOST_PAGES: Final = 32
_PERIOD: Final = 0.5
"""Seconds between two messages about the tracker."""


def address(text: str) -> tuple[str, int]:
    """Read ``:PORT``, ``PORT`` or ``HOST:PORT``; without a host, this machine only.

    Raises:
        InputError: If it is none of them.
    """
    found = re.fullmatch(r"(?:(.*):)?(\d{1,5})", text.strip())
    if found is None or int(found[2]) > 65535:
        raise InputError(f"--serve: {text!r} is no address", remedy="give :8000, or 0.0.0.0:8000 for the network")
    return (found[1] or LOOPBACK).strip("[]"), int(found[2])


class Page(Sink):
    """Serves the page and tells it what happens."""

    def __init__(self, where: tuple[str, int], models: Mapping[str, Model | Stack], *, source: str) -> None:
        """Begin to serve.

        Args:
            where: Host and port; port 0 takes a free one.
            models: By target.
            source: Where frames come from, in words.

        Raises:
            InputError: If nothing can be served there.
        """
        self._models = models
        self._signals = {target: _Signals(model) for target, model in models.items()}
        self._history: deque[dict[str, Any]] = deque(maxlen=_HISTORY)
        self._remarks: deque[str] = deque(maxlen=3)
        self._pages: set[queue.Queue[str | None]] = set()
        self._lock = threading.Lock()
        self._told = 0.0
        self._hello = {
            "session": secrets.token_hex(8),
            "source": source,
            "hop": next(iter(models.values())).card.hop,
            "note": note_on_simulated(models),
            "face": face().table(),
            "targets": [
                {
                    "name": target,
                    "latency": latency_of_all(models),
                    "delay": model.card.delay,
                    "layers": 1 if isinstance(model, Model) else len(model.layers),
                }
                for target, model in models.items()
            ],
        }
        try:
            self._server = Server(*where, self)
        except (OSError, TypeError, UnicodeError) as error:
            what = error.strerror if isinstance(error, OSError) else error
            raise InputError(
                f"--serve: cannot listen on {where[0]!r}, port {where[1]} ({what})",
                remedy="choose another port or host",
            ) from error
        self.address = self._server.address
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()

    def rows(self, rows: Sequence[Row], state: State) -> None:
        """Tell some predictions."""
        found = [self._message(row, state) for row in rows[-_HISTORY:]]
        with self._lock:
            self._history.extend(found)
        self._tell("rows", found)

    def remark(self, text: str) -> None:
        """Tell a remark."""
        with self._lock:
            self._remarks.append(text)
        self._tell("remark", text)

    def tick(self, state: State) -> None:
        """Tell the tracker's state now and then, also where frames bring no prediction."""
        if time.monotonic() - self._told > _PERIOD and state.frames:
            self._told = time.monotonic()
            self._tell("tracker", {"tracker": _tracker(state), "silent": time.monotonic() - state.arrived})

    def close(self, state: State) -> None:
        """Say that the session has ended, and end serving."""
        self._tell("end", None)
        with self._lock:
            for page in self._pages:
                page.put(None)
        self._server.shutdown()
        self._server.server_close()

    def join(self) -> "queue.Queue[str | None] | None":
        """Let one more page take part; it gets all that it missed first."""
        page: queue.Queue[str | None] = queue.Queue()
        with self._lock:
            if len(self._pages) >= _MOST_PAGES:
                return None
            page.put(_event("hello", self._hello))
            page.put(_event("rows", list(self._history)))
            for remark in self._remarks:
                page.put(_event("remark", remark))
            self._pages.add(page)
        return page

    def leave(self, page: "queue.Queue[str | None]") -> None:
        """Forget a page."""
        with self._lock:
            self._pages.discard(page)

    def _tell(self, kind: str, content: Any) -> None:
        if not self._pages:
            return
        text = _event(kind, content)
        with self._lock:
            for page in list(self._pages):
                if page.qsize() > _BEHIND:
                    # It does not keep up: disconnect it. It connects again and gets the history.
                    page.put(None)
                    self._pages.discard(page)
                else:
                    page.put(text)

    def _message(self, row: Row, state: State) -> dict[str, Any]:
        """Put together what the page shows of one hop."""
        low, high = state.compute
        return {
            "time": row.time,
            "segment": row.segment,
            "values": row.values,
            "strongest": {
                target: self._signals[target].strongest(relevance - state.mean_relevance[target])
                for target, relevance in row.relevance.items()
            },
            "tracker": _tracker(state),
            "compute": [round(low * 1e6, 1), round(high * 1e6, 1)],
        }


class _Signals:
    """Adds up features' contributions by signal: all statistics of an AU belong together."""

    def __init__(self, model: Model | Stack) -> None:
        names = [signal_of(name) for name in model.card.features]
        self._signals = list(dict.fromkeys(names))
        self._place = np.array([self._signals.index(name) for name in names])

    def strongest(self, contributions: "np.typing.NDArray[np.float64]") -> list[tuple[str, str, float]]:
        """Give name, meaning and contribution of those that count most."""
        sums = np.bincount(self._place, contributions, len(self._signals))
        order = np.argsort(-np.abs(sums), kind="stable")[:_STRONGEST]
        return [
            (self._signals[index], AU_NAMES.get(self._signals[index], ""), round(float(sums[index]), 6))
            for index in order
        ]


def _tracker(state: State) -> dict[str, Any]:
    shown = state.face
    return {
        "frame_rate": round(state.frame_rate, 2),
        "lost": round(state.lost_share, 4),
        "confidence": state.confidence,
        "face": None if shown is None else np.clip(shown, 0.0, STRONGEST).round(2).tolist(),
    }


def _event(kind: str, content: Any) -> str:
    return f"event: {kind}\ndata: {json.dumps(content, allow_nan=False)}\n\n"
