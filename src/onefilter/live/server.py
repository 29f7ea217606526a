"""Serves the live page: one HTML document without any other resource, and updates as server-sent events.

A request under a name that is not this machine's is refused, so that no page of the web can read along (DNS rebinding).
The document may run its own script and style, by their hashes, and nothing else.
"""

import base64
import hashlib
import ipaddress
import queue
import re
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any, Final, Protocol

_HEARTBEAT: Final = 2.0
"""Seconds after which a silent connection says that it is still there."""


class Feed(Protocol):
    """Where pages get their messages."""

    def join(self) -> "queue.Queue[str | None] | None":
        """Give one more page its messages, of which None is the last; None if there are too many pages."""

    def leave(self, page: "queue.Queue[str | None]") -> None:
        """Forget a page."""


class Server(ThreadingHTTPServer):
    """A thread for each connection; none outlives the session."""

    daemon_threads = True

    def __init__(self, host: str, port: int, feed: Feed) -> None:
        """Bind to an address.

        Args:
            host: Name or address, IPv6 without brackets.
            port: 0 takes a free one.
            feed: Where pages get their messages.

        Raises:
            OSError, TypeError, UnicodeError: If nothing can be served there.
        """
        if ":" in host:
            self.address_family = socket.AF_INET6
        self.host, self.feed = host, feed
        self.document, self.policy = document()
        super().__init__((host, port), _Handler)

    @property
    def address(self) -> str:
        """Where the page is."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.server_address[1]}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore that a page was closed; report anything else."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """Answers with the page or the events."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "onefilter", ""

    def do_GET(self) -> None:
        """Answer one request."""
        host = re.sub(r":\d+$", "", self.headers.get("Host", ""))
        if not _known(host, self.server.host):
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
        self.send_header("Content-Length", str(len(self.server.document)))
        self.send_header("Content-Security-Policy", self.server.policy)
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(self.server.document)

    def _send_events(self) -> None:
        events = self.server.feed.join()
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
            self.server.feed.leave(events)
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
        """Log nothing."""


def document() -> tuple[bytes, str]:
    """Put page.html, page.css and page.js together; give the document and the policy that allows only these."""
    folder = files("onefilter.live")
    text = folder.joinpath("page.html").read_text(encoding="utf-8")
    hashes = {}
    for tag, name in (("style", "page.css"), ("script", "page.js")):
        content = folder.joinpath(name).read_text(encoding="utf-8")
        text = text.replace(f"<{tag}></{tag}>", f"<{tag}>{content}</{tag}>")
        hashes[tag] = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'sha256-{hashes['script']}'; style-src 'sha256-{hashes['style']}';"
        " connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return text.encode(), policy


def _known(host: str, given: str) -> bool:
    """Tell whether a request's Host is an address or a name of this machine; any other name is refused."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return host.lower() in {"localhost", given.lower(), socket.gethostname().lower()}
    return True
