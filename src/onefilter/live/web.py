"""The local page: values as they come, where they lie in the affect plane, which action units make them.

One HTML file, no other resource, updates as server-sent events. Bound to 127.0.0.1 unless told otherwise; a request
under another name is refused, so that no page of the web can read along (DNS rebinding).
"""

import base64
import hashlib
import ipaddress
import json
import queue
import re
import secrets
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any, Final

import numpy as np

from onefilter.errors import InputError
from onefilter.live.session import Row, State
from onefilter.model.card import Model, Stack, latency_of_all
from onefilter.names import AU_NAMES

LOOPBACK: Final = "127.0.0.1"
_HISTORY: Final = 600
"""Hops that a page gets when it connects."""
_STRONGEST: Final = 6
"""Signals whose contribution is shown."""
_BEHIND: Final = 64
"""Messages that a page may be behind before it is let go; it comes back and gets the history."""
_MOST_PAGES: Final = 32
_PERIOD: Final = 0.5
"""Seconds between two words about the tracker."""
_HEARTBEAT: Final = 2.0
"""Seconds after which a silent connection says that it is still there."""


def address(text: str) -> tuple[str, int]:
    """Read ``:PORT``, ``PORT`` or ``HOST:PORT``; without a host, this machine only.

    Raises:
        InputError: If it is none of them.
    """
    found = re.fullmatch(r"(?:(.*):)?(\d{1,5})", text.strip())
    if found is None or int(found[2]) > 65535:
        raise InputError(f"--serve: {text!r} is no address", remedy="give :8000, or 0.0.0.0:8000 for the network")
    return (found[1] or LOOPBACK).strip("[]"), int(found[2])


class Page:
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
            "targets": [
                {
                    "name": target,
                    "latency": latency_of_all(models),
                    "delay": model.card.delay,
                    "corpus": model.card.corpus,
                    "layers": 1 if isinstance(model, Model) else len(model.layers),
                }
                for target, model in models.items()
            ],
        }
        try:
            kind = _Server6 if ":" in where[0] else _Server
            self._server = kind(where, _handler(self, where[0]))
        except (OSError, TypeError, UnicodeError) as error:
            what = error.strerror if isinstance(error, OSError) else error
            raise InputError(
                f"--serve: cannot listen on {where[0]!r}, port {where[1]} ({what})",
                remedy="choose another port or host",
            ) from error
        host = f"[{where[0]}]" if ":" in where[0] else where[0]
        self.address = f"http://{host}:{self._server.server_address[1]}/"
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
                    # It does not keep up: let it go, it comes back for the history.
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
    """Sums of features' contributions by signal: an AU's mean and std belong together."""

    def __init__(self, model: Model | Stack) -> None:
        names = [name.removesuffix("_mean").removesuffix("_std") for name in model.card.features]
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


class _Server(ThreadingHTTPServer):
    """A thread for each connection; none outlives the session."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a page that was closed; anything else is a defect."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Server6(_Server):
    """The same for an IPv6 address."""

    address_family = socket.AF_INET6


def _tracker(state: State) -> dict[str, float]:
    return {
        "frame_rate": round(state.frame_rate, 2),
        "lost": round(state.lost_share, 4),
        "confidence": state.confidence,
    }


def _known(host: str, given: str) -> bool:
    """Tell whether a request's Host is an address or a name of this machine; other names are somebody else's."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return host.lower() in {"localhost", given.lower(), socket.gethostname().lower()}
    return True


def _event(kind: str, content: Any) -> str:
    return f"event: {kind}\ndata: {json.dumps(content, allow_nan=False)}\n\n"


def _document() -> tuple[bytes, str]:
    """Read the page; give it and the policy that allows its own script and style and nothing else."""
    text = files("onefilter.live").joinpath("page.html").read_text(encoding="utf-8")
    hashes = {}
    for tag in ("script", "style"):
        content = text.partition(f"<{tag}>")[2].partition(f"</{tag}>")[0]
        hashes[tag] = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'sha256-{hashes['script']}'; style-src 'sha256-{hashes['style']}';"
        " connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return text.encode(), policy


def _handler(page: Page, given: str) -> type[BaseHTTPRequestHandler]:
    """Make the class that answers requests."""
    document, policy = _document()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version, sys_version = "onefilter", ""

        def do_GET(self) -> None:
            """Answer with the page or the events."""
            host = re.sub(r":\d+$", "", self.headers.get("Host", ""))
            if not _known(host, given):
                self.send_error(403, "this page does not go by that name")
            elif self.path == "/":
                self._send_document()
            elif self.path == "/events":
                self._send_events()
            else:
                self.send_error(404)

        def _send_document(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(document)))
            self.send_header("Content-Security-Policy", policy)
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(document)

        def _send_events(self) -> None:
            events = page.join()
            if events is None:
                self.send_error(503, "too many pages are open")
                return
            try:
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Cache-Control", "no-store")
                self.send_header("Connection", "close")
                self.end_headers()
                self._pass_on(events)
            except OSError:
                pass  # The page was closed.
            finally:
                page.leave(events)
                self.close_connection = True

        def _pass_on(self, events: "queue.Queue[str | None]") -> None:
            while True:
                try:
                    text = events.get(timeout=_HEARTBEAT)
                except queue.Empty:
                    text = ": still here\n\n"
                if text is None:
                    return
                self.wfile.write(text.encode())
                self.wfile.flush()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing: nobody asked who looks."""

    return Handler
