"""Serves the live page: one HTML document without any other resource, and updates as server-sent events.

A request under a name that is not this machine's is refused, so that no page of the web can read along (DNS rebinding),
and so is one that another page makes: it could not read the answer, but would take the place of a page of the user's.
The document may run its own script and style, by their hashes, and nothing else.

A connection serves one request, which must be there within seconds and may not be long. There are only so many at once,
few enough that the session keeps descriptors for its files.
"""

import base64
import errno
import hashlib
import io
import ipaddress
import queue
import re
import socket
import sys
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any, Final, Protocol

_HEARTBEAT: Final = 2.0
"""Seconds after which a silent connection says that it is still there."""


_PATIENCE: Final = 5.0
"""Seconds in which a request must be there, and in which what is sent must be taken."""
_PAUSE: Final = 0.2
"""Seconds before another connection is tried where the system could not give one."""
_FAREWELL: Final = 1.0
"""Seconds in which the other side may close the connection after the answer."""
_LONGEST_HEAD: Final = 16_384
"""Bytes of a request's line and headers."""
_PIECE: Final = 4096
"""Bytes that are read at once."""
_MOST_CONNECTIONS: Final = 64
"""At once; twice as many as there may be pages."""
_USED_UP: Final = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
"""Why a connection cannot be taken on although there is one."""


class Feed(Protocol):
    """Where pages get their messages."""

    def join(self) -> "queue.Queue[str | None] | None":
        """Give one more page its messages, of which None is the last; None if there are too many pages."""

    def leave(self, page: "queue.Queue[str | None]") -> None:
        """Forget a page."""


class Server(ThreadingHTTPServer):
    """A thread for each connection; none outlives the session."""

    daemon_threads = True
    request_queue_size = _MOST_CONNECTIONS

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
        self._places = threading.BoundedSemaphore(_room())
        super().__init__((host, port), _Handler)

    @property
    def address(self) -> str:
        """Where the page is."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.server_address[1]}/"

    def get_request(self) -> tuple[socket.socket, Any]:
        """Take a connection on; where that fails, wait a moment instead of trying without end."""
        try:
            return super().get_request()
        except OSError as error:
            if error.errno in _USED_UP:
                time.sleep(_PAUSE)
            raise

    def process_request(self, request: Any, client_address: Any) -> None:
        """Give a connection a thread, or close it at once where there are too many."""
        if not self._places.acquire(blocking=False):
            self.close_request(request)
            return
        try:
            super().process_request(request, client_address)
        except RuntimeError:
            # The system gives no more threads.
            self._places.release()
            self.close_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def shutdown_request(self, request: Any) -> None:
        """Close a connection in good order: what the other side still sends must not make its answer get lost."""
        end = time.monotonic() + _FAREWELL
        try:
            request.shutdown(socket.SHUT_WR)
            while (left := end - time.monotonic()) > 0:
                request.settimeout(left)
                if not request.recv(_PIECE):
                    break
        except OSError:
            pass  # It was closed, or nothing came.
        self.close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore that a page was closed; report anything else."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """Answers with the page or the events."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "onefilter", ""

    def handle_one_request(self) -> None:
        """Answer the one request of a connection, if it comes in time."""
        self.close_connection = True
        self.requestline, self.request_version, self.command = "", self.protocol_version, ""
        try:
            head = self._head()
        except OSError:
            return
        if len(head) > _LONGEST_HEAD:
            self.send_error(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            return
        self.connection.settimeout(_PATIENCE)
        self.rfile = io.BytesIO(head)
        super().handle_one_request()
        self.close_connection = True

    def _head(self) -> bytes:
        """Read the request's line and headers.

        Raises:
            OSError: If they do not come in time.
        """
        head, end = b"", time.monotonic() + _PATIENCE
        while len(head) <= _LONGEST_HEAD and b"\n\r\n" not in head and b"\n\n" not in head:
            self.connection.settimeout(max(end - time.monotonic(), 1e-3))
            piece = self.connection.recv(_PIECE)
            head += piece
            # No request begins otherwise; a browser that tries TLS first should soon know.
            if not piece or not head.lstrip()[:1].isalpha() or time.monotonic() > end:
                raise TimeoutError
        return head

    def do_GET(self) -> None:
        """Answer one request."""
        host, path = re.sub(r":\d+$", "", self.headers.get("Host", "")), self.path.partition("?")[0]
        if not _known(host, self.server.host):
            self._refuse(HTTPStatus.FORBIDDEN, "this page does not go by that name")
        elif self._is_foreign(path):
            self._refuse(HTTPStatus.FORBIDDEN, "another page asks for this: type or paste the address instead")
        elif path == "/":
            self._begin(HTTPStatus.OK, "text/html", len(self.server.document))
            self._send(self.server.document)
        elif path == "/events":
            self._send_events()
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def do_HEAD(self) -> None:
        """Answer as to GET, without the content."""
        self.do_GET()

    def _is_foreign(self, path: str) -> bool:
        """Tell whether a page from elsewhere makes this request; links to the page may be clicked everywhere."""
        origin, host = self.headers.get("Origin"), self.headers.get("Host", "")
        if origin is not None and origin.lower() != f"http://{host}".lower():
            return True
        site, *how = (self.headers.get(f"Sec-Fetch-{name}", "").lower() for name in ("Site", "Mode", "Dest", "User"))
        clicked = path == "/" and how == ["navigate", "document", "?1"]
        return not (site in {"", "none", "same-origin"} or clicked)

    def _begin(self, code: int, kind: str, length: int | None = None) -> None:
        """Send the status and the headers."""
        self.send_response(code)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in (
            ("Content-Security-Policy", self.server.policy),
            ("X-Content-Type-Options", "nosniff"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Cache-Control", "no-store"),
            ("Connection", "close"),
        ):
            self.send_header(name, value)
        self.end_headers()

    def _send(self, content: bytes) -> None:
        """Send the content, unless only the headers were asked for."""
        if self.command != "HEAD":
            self.wfile.write(content)

    def _refuse(self, code: int, why: str) -> None:
        """Answer with one line."""
        line = f"{code:d}: {why}\n".encode()
        self._begin(code, "text/plain", len(line))
        self._send(line)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer with one line that repeats nothing of the request."""
        self._refuse(code, HTTPStatus(code).phrase)

    def _send_events(self) -> None:
        if self.command == "HEAD":
            self._begin(HTTPStatus.OK, "text/event-stream")
            return
        events = self.server.feed.join()
        if events is None:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "too many pages are open")
            return
        try:
            self._begin(HTTPStatus.OK, "text/event-stream")
            self._pass_on(events)
        except OSError:
            pass  # The page was closed.
        finally:
            self.server.feed.leave(events)

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


def _room() -> int:
    """Give the number of connections at once: they take a quarter of this process's descriptors at most."""
    try:
        import resource
    except ImportError:  # Not on this system.
        return _MOST_CONNECTIONS
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return _MOST_CONNECTIONS if most == resource.RLIM_INFINITY else max(2, min(_MOST_CONNECTIONS, most // 4))


def _known(host: str, given: str) -> bool:
    """Tell whether a request's Host is an address or a name of this machine; any other name is refused."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return host.lower() in {"localhost", given.lower(), socket.gethostname().lower()}
    return True
