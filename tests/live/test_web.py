"""The page: in a real browser where there is one, and what the server says to anyone else."""

import errno
import http.client
import json
import re
import shutil
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from onefilter.errors import InputError
from onefilter.face import ZONES, face, svg_path
from onefilter.live import server
from onefilter.live.events import Restart
from onefilter.live.session import Row, Session, State
from onefilter.live.stream import Frame
from onefilter.live.web import Page, address
from onefilter.model.card import Model, Stack
from onefilter.names import AUS, SIGNALS
from tests.examples.live import CARD, DROPPING, MODELS, Notes, deep, frames

pytestmark = [pytest.mark.slow, pytest.mark.waits]

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from playwright.sync_api import Page as Tab

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """A headless Chromium; where there is none, the tests skip, saying so."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield found
        found.close()


@pytest.fixture
def tab(browser: "Browser") -> Iterator["Tab"]:
    """A page that notes every request and every error."""
    found = browser.new_page(viewport={"width": 1200, "height": 900})
    found.set_default_timeout(60_000)
    yield found
    found.close()


def serve(port: int = 0, models: dict[str, Model | Stack] = MODELS) -> tuple[Page, Session, Notes]:
    """Open a page with a session behind it."""
    page, notes = Page(("127.0.0.1", port), models, source="cam.csv"), Notes()
    return page, Session(models, [notes, page]), notes


def shown(tab: "Tab") -> dict[str, float]:
    """Values on the page."""
    return {
        target: float(tab.get_attribute(f"#value-{target}", "data-value") or "nan") for target in ("arousal", "valence")
    }


def until(tab: "Tab", condition: str) -> None:
    """Wait until something holds on the page, whose policy forbids the browser driver's own way of waiting."""
    for _ in range(500):
        if tab.evaluate(condition):
            return
        tab.wait_for_timeout(20)
    pytest.fail(f"never on the page: {condition}; it says {tab.inner_text('body')}")


def signed(value: float, digits: int) -> str:
    """Write a number as the page does."""
    text = f"{value:+.{digits}f}".replace("-", "−")
    return text if float(text.replace("−", "-")) else text[1:]


def wait_for(tab: "Tab", time: float) -> None:
    """Wait until the page shows a hop."""
    until(tab, f"document.querySelector('#value-arousal')?.dataset.time == {time}")


def test_values_on_the_page_are_the_streams(tab: "Tab") -> None:
    """Also those from before the page was opened; what is drawn adds up; nothing is asked of anybody else."""
    asked: list[str] = []
    errors: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.on("console", lambda message: errors.append(message.text) if message.type in {"error", "warning"} else None)
    page, session, notes = serve()
    events = frames(0, 600)
    for event in events[:300]:
        session.take(event)
    tab.goto(page.address)
    wait_for(tab, notes.got[-1].time)
    assert shown(tab) == notes.got[-1].values
    assert tab.inner_text("#value-arousal") == signed(notes.got[-1].values["arousal"], 2)
    for event in events[300:500]:
        session.take(event)
    wait_for(tab, notes.got[-1].time)
    assert shown(tab) == notes.got[-1].values
    assert tab.evaluate("rows.map(row => [row.time, row.values.valence])") == [
        [row.time, row.values["valence"]] for row in notes.got
    ]
    # The strongest signals are those whose relevance is farthest from its mean.
    relevance = notes.got[-1].relevance["valence"] - session.state.mean_relevance["valence"]
    signals = relevance[:18] + relevance[18:36]
    order = np.argsort(-np.abs(signals))[:3]
    names = tab.evaluate("[...document.querySelectorAll('#strongest table')[1].rows].slice(0, 3).map(r => r.innerText)")
    for place, name in zip(order, names, strict=True):
        assert name.startswith(SIGNALS[place])
        assert name.rstrip().endswith(signed(signals[place], 3))
    assert "50.0 per second" in tab.inner_text("#tracker")
    assert "0.9 s behind the face" in tab.inner_text("#latency")
    assert tab.is_visible("#plane")
    assert tab.evaluate("axes") == ["valence", "arousal"]
    assert tab.get_attribute("#plane", "aria-label") == "valence and arousal now"
    assert not tab.is_visible("#axes")  # Two targets leave no choice but to swap them.
    tab.evaluate("byId('across').value = 'arousal'; byId('across').onchange()")
    assert tab.evaluate("axes") == ["arousal", "valence"]
    tab.evaluate("byId('across').value = 'valence'; byId('across').onchange()")
    assert errors == []
    assert {url.removeprefix(page.address) for url in asked} == {"", "events"}
    session.finish()
    until(tab, "document.querySelector('#state').innerText.includes('session has ended')")


def test_recovers_after_a_restart(tab: "Tab") -> None:
    """The same tab goes on with the next session on the same port, and forgets the last one's lines."""
    page, session, notes = serve()
    port = int(page.address.rstrip("/").rpartition(":")[2])
    tab.goto(page.address)
    for event in frames(0):
        session.take(event)
    wait_for(tab, notes.got[-1].time)
    session.finish()
    until(tab, "document.querySelector('#state').className === 'bad'")
    page, session, notes = serve(port)
    for event in frames(0, 300, seed=3):
        session.take(event)
    wait_for(tab, notes.got[-1].time)
    assert shown(tab) == notes.got[-1].values
    assert tab.evaluate("rows.length") == len(notes.got)
    assert tab.inner_text("#state") == "live"
    session.finish()


def test_a_connection_that_breaks(tab: "Tab") -> None:
    """A server that is gone without a word is missed, and found again."""
    page, session, notes = serve()
    port = int(page.address.rstrip("/").rpartition(":")[2])
    tab.goto(page.address)
    until(tab, "document.querySelector('#state').innerText === 'live'")
    for waiting in list(page._pages):
        waiting.put(None)
    page._server.shutdown()
    page._server.server_close()
    until(tab, "document.querySelector('#state').innerText.includes('connection lost')")
    page, session, notes = serve(port)
    for event in frames(0):
        session.take(event)
    wait_for(tab, notes.got[-1].time)
    session.finish()


def test_one_target_and_several_layers(tab: "Tab") -> None:
    """One target spans no plane; a deep network has no single contribution."""
    models: dict[str, Model | Stack] = {"liking": deep(CARD, seed=1)}
    page, session, _ = serve(models=models)
    for event in frames(0):
        session.take(event)
    tab.goto(page.address)
    until(tab, "document.querySelector('#value-liking')?.dataset.value !== undefined")
    assert not tab.is_visible("#plane")
    assert not tab.is_visible("#tints")
    assert tab.evaluate(TINTED) == []
    assert "3 layers, so no single contribution" in tab.inner_text("#strongest")
    session.finish()


TINTED = """[...document.querySelectorAll("#face ellipse")]
    .filter(node => Number(node.getAttribute("fill-opacity")) > 0)
    .map(node => ["cx", "cy", "fill", "fill-opacity"].map(name => node.getAttribute(name)))"""
"""Middle, kind and strength of the zones that are coloured."""


def still_face(tab: "Tab", intensities: np.ndarray[Any, Any]) -> None:
    """Wait until the face has come to rest in an expression; it must be that of `onefilter.face`."""
    until(tab, f"face && face.now && face.now.every((value, unit) => value === {intensities.tolist()}[unit])")
    points, opacities = face().points(intensities), face().opacities(intensities)
    drawn = tab.evaluate("""[...document.querySelectorAll("#face > path")].map(
        node => [node.getAttribute("class"), node.getAttribute("d"), Number(node.getAttribute("opacity"))])""")
    for part, opacity, (kind, path, seen) in zip(face().parts, opacities, drawn, strict=True):
        assert kind == part.kind
        assert numbers_in(path) == pytest.approx(numbers_in(svg_path(points, part)), abs=0.05), part.name
        assert seen == pytest.approx(opacity, abs=0.002), part.name


def numbers_in(path: str) -> list[float]:
    """Give the numbers of a path."""
    return [float(number) for number in re.findall(r"-?[\d.]+", path)]


def test_the_face_follows_the_newest_frame(tab: "Tab") -> None:
    """It has the expression that `onefilter.face` gives these intensities, says it, and fades without a face."""
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.on("console", lambda message: errors.append(message.text) if message.type in {"error", "warning"} else None)
    page, session, _ = serve()
    tab.goto(page.address)
    until(tab, "document.querySelector('#shows').innerText === 'no face in the newest frame'")
    still_face(tab, np.zeros(17))
    smile = np.zeros(17)
    smile[[AUS.index("AU12"), AUS.index("AU06"), AUS.index("AU25")]] = 4.25, 3.0, 0.75
    for number in range(100):
        session.take(Frame(number / 50, 1.0, np.array([0.9, *smile])))
    still_face(tab, smile)
    words = "AU12 lip corner puller 4.3 · AU06 cheek raiser 3.0 · AU25 lips part 0.8"
    assert tab.inner_text("#shows") == words
    assert tab.get_attribute("#face", "aria-label") == f"Schematic face, moved by the newest frame: {words}"
    assert tab.get_attribute("#face", "role") == "img"
    assert tab.get_attribute("#face", "class") == ""
    for number in range(100, 160):
        session.take(Frame(number / 50, 0.0, np.zeros(18)))
    still_face(tab, np.zeros(17))
    assert tab.get_attribute("#face", "class") == "away"
    assert errors == []
    session.finish()


def test_the_face_is_coloured_by_what_adds_now(tab: "Tab") -> None:
    """The strongest action units of the chosen target, in proportion, on both sides of the face."""
    page, session, _ = serve()
    for event in frames(0):
        session.take(event)
    tab.goto(page.address)
    for target in ("arousal", "valence"):
        tab.get_by_label(target, exact=True).check()
        until(tab, f"document.querySelector('#tinted').innerText.startsWith('Red raises {target}, blue lowers it')")
        until(tab, "!pending")
        found = tab.evaluate(f"rows[rows.length - 1].strongest.{target}")
        widest = max(abs(value) for *_, value in found)
        expected = {
            (side * x, y, "url(#glow-plus)" if value >= 0 else "url(#glow-minus)", round(abs(value) / widest, 3))
            for name, _, value in found if name in ZONES
            for x, y in [ZONES[name][:2]] for side in (-1, 1)
        }  # fmt: skip
        drawn = {(float(x), float(y), fill, float(opacity)) for x, y, fill, opacity in tab.evaluate(TINTED)}
        assert {zone for zone in expected if zone[3] > 0} == drawn
        assert len(drawn) > 4
    session.finish()


def test_who_wants_no_motion_gets_a_still_picture(browser: "Browser") -> None:
    """With `prefers-reduced-motion` the face never stands between two frames' expressions."""
    page, session, _ = serve()
    tab = browser.new_page(reduced_motion="reduce")
    tab.goto(page.address)
    until(tab, "face && face.now")
    tab.evaluate("""window.seen = []; new MutationObserver(() => seen.push(face.now[8])).observe(
        document.querySelector("#face"), { subtree: true, attributes: true, attributeFilter: ["d"] })""")
    smile = np.zeros(18)
    smile[1 + AUS.index("AU12")] = 4.0
    for number in range(100):
        session.take(Frame(number / 50, 1.0, smile))
    until(tab, "face.now[8] === 4")
    assert set(tab.evaluate("seen")) <= {0, 4}
    tab.close()
    session.finish()


def test_on_a_phone(browser: "Browser") -> None:
    """Nothing is wider than the screen; remarks, which may hold anything, are text."""
    page, session, _ = serve()
    session.remark("<img src=x onerror=alert(1)>" + "x" * 300)
    for event in frames(0):
        session.take(event)
    tab = browser.new_page(viewport={"width": 360, "height": 740})
    tab.goto(page.address)
    until(tab, "document.querySelector('#value-arousal')?.dataset.value !== undefined")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360
    assert tab.evaluate("document.querySelectorAll('img').length") == 0
    assert "<img src=x" in tab.inner_text("#notes")
    tab.close()
    session.finish()


@contextmanager
def get(
    page: Page, path: str = "/", headers: Mapping[str, str] | None = None, *, method: str = "GET", body: bytes = b""
) -> Iterator[http.client.HTTPResponse]:
    """Ask as somebody else would."""
    connection = http.client.HTTPConnection(page.address.split("/")[2], timeout=20)
    try:
        connection.request(method, path, body or None, dict(headers or {}))
        with connection.getresponse() as response:
            yield response
    finally:
        connection.close()


def events_of(response: http.client.HTTPResponse, count: int) -> list[tuple[str, Any]]:
    """Read some events."""
    found: list[tuple[str, Any]] = []
    while len(found) < count:
        line = response.readline().decode()
        if line.startswith("event: "):
            kind = line.removeprefix("event: ").strip()
            found.append((kind, json.loads(response.readline().decode().removeprefix("data: "))))
    return found


HOSTILE = "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'><b id=made>\x1b[31m"


def test_nothing_becomes_markup(tab: "Tab") -> None:
    """Source, targets, corpus, features and remarks stay text, whoever says them; names of objects are names."""
    tab.on("dialog", lambda dialog: dialog.dismiss())
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    model = MODELS["valence"]
    assert isinstance(model, Model)
    card = replace(model.card, corpus=f"simulated{HOSTILE}", features=(HOSTILE, *model.card.features[1:]))
    odd: dict[str, Model | Stack] = {
        HOSTILE: replace(model, card=replace(card, corpus="simulated")), "constructor": deep(CARD, seed=1)
    }  # fmt: skip
    page = Page(("127.0.0.1", 0), odd, source=HOSTILE)
    session = Session(MODELS, [page])
    state = session.state
    session.remark(HOSTILE)
    relevance = {HOSTILE: np.ones(len(card.features))}
    state._durations.append(1e-5)
    state.mean_relevance = {HOSTILE: np.zeros(len(card.features))}
    page.rows([Row(1.0, {HOSTILE: 0.5, "constructor": 0.25}, relevance, 0, 1.0)], state)
    tab.goto(page.address)
    until(tab, "document.querySelector('#value-constructor')?.dataset.value === '0.25'")
    until(tab, "document.querySelector('#strongest').innerText.includes('3 layers')")
    assert tab.evaluate("[window.hacked, document.querySelectorAll('img, #made, main script').length]") == [None, 0]
    for place in ("#source", "#values", "#strongest", "#notes", "#latency"):
        assert "<script>window.hacked = 1</script><img" in tab.inner_text(place), place
    assert errors == []
    page.close(state)


def elsewhere(document: str) -> int:
    """Serve another page than ours, for one request; give its port."""

    def answer(listening: socket.socket) -> None:
        connection = listening.accept()[0]
        connection.recv(65536)
        connection.sendall(f"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n{document}".encode())
        connection.close()
        listening.close()

    listening = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=answer, args=(listening,), daemon=True).start()
    return int(listening.getsockname()[1])


def test_other_pages_cannot_lock_the_user_out(tab: "Tab", browser: "Browser", monkeypatch: pytest.MonkeyPatch) -> None:
    """A page from elsewhere asks for the events again and again, as EventSource, image, frame, fetch and socket."""
    page, session, _ = serve()
    where, joined, join = page.address, list[bool](), page.join

    def note() -> Any:
        joined.append(True)
        return join()

    monkeypatch.setattr(page, "join", note)
    script = f"""
        const tried = [];
        for (let i = 0; i < 40; i++) {{
            new EventSource("{where}events?" + i);
            tried.push(fetch("{where}events?f" + i, {{mode: "no-cors"}}).then(() => 1, () => 0));
            tried.push(fetch("{where}?f" + i).then(() => 1, () => 0));
            new Image().src = "{where}events?i" + i;
            new WebSocket("{where.replace("http", "ws")}events?w" + i);
        }}
        document.body.append(Object.assign(document.createElement("iframe"), {{src: "{where}"}}));
        Promise.all(tried).then(found => document.title = "read " + found.reduce((a, b) => a + b));
    """
    other = browser.new_page()
    # localhost is another site than 127.0.0.1; pages of the web proper are kept away by some browsers themselves.
    other.goto(f"http://localhost:{elsewhere(f'<body><script>{script}</script>')}/")
    for _ in range(500):
        if other.title():
            break
        other.wait_for_timeout(20)
    assert other.title() == "read 0"
    assert joined == []
    tab.goto(where)
    until(tab, "document.querySelector('#state').innerText === 'live'")
    assert len(page._pages) == 1
    other.close()
    session.finish()


FOREIGN: tuple[dict[str, str], ...] = (
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "Cross-Site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe", "Sec-Fetch-User": "?1"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
    {"Sec-Fetch-Site": "odd"},
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1"},
    {"Origin": "https://localhost", "Host": "localhost"},
    {"Origin": "http://localhost:1", "Host": "localhost:2"},
)
OWN_PAGES: tuple[dict[str, str], ...] = (
    {},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "same-origin"},
    {"Origin": "http://localhost:2", "Host": "localhost:2"},
    {"Origin": "http://LOCALHOST", "Host": "localhost"},
)
CLICKED = {
    "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-User": "?1"
}  # fmt: skip


def test_what_other_pages_ask_is_refused() -> None:
    """Whatever tells them; a link that a user clicks leads to the page, but not to the events."""
    page, session, _ = serve()
    for path in ("/", "/events", "/?x=1", "/events?x=1"):
        for headers in FOREIGN:
            with get(page, path, headers) as response:
                assert response.status == 403, (path, headers)
                assert response.read() == b"403: another page asks for this: type or paste the address instead\n"
        for headers in OWN_PAGES:
            with get(page, path, headers) as response:
                assert response.status == 200, (path, headers)
        with get(page, path, CLICKED) as response:
            assert response.status == (403 if "events" in path else 200)
    session.finish()


def test_methods_and_paths() -> None:
    """HEAD is answered, a query makes no difference; what is not known costs one line that repeats nothing."""
    page, session, _ = serve()
    with get(page) as response:
        document = response.read()
        assert response.headers["Connection"] == "close"
    for path in ("/?x=1", "/?", "//", "/?<script>"):
        with get(page, path) as response:
            assert (response.status, response.read()) == (200, document)
    for path, status in (("/", 200), ("/?x=1", 200), ("/events", 200), ("/none", 404)):
        with get(page, path, method="HEAD") as response:
            assert (response.status, response.read()) == (status, b"")
            expected = {"/events": None, "/none": "15"}.get(path, str(len(document)))
            assert response.headers["Content-Length"] == expected
    assert page._pages == set()
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW-A-POT"):
        with get(page, method=method, body=b"x" * 100_000) as response:
            assert (response.status, response.read()) == (501, b"501: Not Implemented\n"), method
            assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    for path in ("/<b>x", "/../etc/passwd", "/%00", "/events/"):
        with get(page, path) as response:
            assert (response.status, response.read()) == (404, b"404: Not Found\n"), path
    session.finish()


def connect(page: Page) -> socket.socket:
    """Open a connection and say nothing yet."""
    return socket.create_connection(("127.0.0.1", page._server.server_address[1]), timeout=20)


def raw(page: Page, content: bytes) -> bytes:
    """Send bytes and give all that comes back."""
    with connect(page) as connection:
        connection.sendall(content)
        found = b""
        while piece := connection.recv(65536):
            found += piece
        return found


def test_requests_that_are_none() -> None:
    """Too long, or no request at all: one line, or nothing; headers behind too long ones do not get lost."""
    page, session, _ = serve()
    host, foreign = b"Host: localhost\r\n", b"Sec-Fetch-Site: cross-site\r\n"
    for head, status in (
        (b"GET /?" + b"x" * 20_000 + b" HTTP/1.1\r\n" + host + foreign, b"431"),
        (b"GET / HTTP/1.1\r\n" + host + b"X: y\r\n" * 4000, b"431"),
        (b"GET / HTTP/1.1\r\n" + host + b"X: y\r\n" * 200, b"431"),
        (b"GET / HTTP/9.9\r\n" + host, b"505"),
        (b"G\x1b[31m\r\n", b"400: Bad Request\n"),
        (b"GET / HTTP/1.1\r\n", b"403"),
    ):
        found = raw(page, head + b"\r\n")
        assert status in found.partition(b"\n")[0] + b"\n", head[:40]
        assert found.count(b"\x1b") == 0
        assert found.rpartition(b"\n")[2] == b""
    assert raw(page, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03") == b""
    with get(page) as response:
        assert response.status == 200
    session.finish()


def test_connections_that_say_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slowly they speak, they are closed."""
    monkeypatch.setattr(server, "_PATIENCE", 0.5)
    page, session, _ = serve()
    idle = [connect(page) for _ in range(3)]
    idle[0].sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
    drip = threading.Thread(target=dripping, args=(idle[1],))
    drip.start()
    for connection in idle:
        with suppress(ConnectionError):
            assert connection.recv(1) == b""
        connection.close()
    drip.join()
    session.finish()


def test_so_many_connections_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """One more is closed at once, and there is a place when one has gone."""
    monkeypatch.setattr(server, "_PATIENCE", 60.0)
    monkeypatch.setattr(server, "_MOST_CONNECTIONS", 4)
    page, session, _ = serve()
    idle = [connect(page) for _ in range(4)]
    places = page._server._places
    while places._value:
        time.sleep(0.01)
    with connect(page) as more, suppress(ConnectionError):
        assert more.recv(1) == b""
    idle.pop().close()
    while not places._value:
        time.sleep(0.01)
    with get(page) as response:
        assert response.status == 200
    for connection in idle:
        connection.close()
    session.finish()


def dripping(connection: socket.socket) -> None:
    """Send a header one character at a time until nobody listens."""
    try:
        while True:
            connection.sendall(b"x")
            time.sleep(0.02)
    except OSError:
        pass


def test_a_page_that_takes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection whose other side does not read is given up, and its thread ends."""
    monkeypatch.setattr(server, "_PATIENCE", 0.5)
    page, session, _ = serve()
    with connect(page) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        while not page._pages:
            time.sleep(0.01)
        for waiting in list(page._pages):
            waiting.put("x" * (32 << 20))
        while page._pages:
            time.sleep(0.01)
    session.finish()


def test_threads_and_descriptors_that_run_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server tries again; neither case ends it."""
    page, session, _ = serve()
    begin, accept = threading.Thread.start, socket.socket.accept
    failures = [RuntimeError("can't start new thread")]

    def start(thread: threading.Thread) -> None:
        if "process_request" in str(thread) and failures:
            raise failures.pop()
        begin(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    with pytest.raises((ConnectionError, http.client.HTTPException)), get(page):
        pass
    assert failures == []
    no_more = [OSError(errno.EMFILE, "Too many open files")] * 2

    def refuse(listening: socket.socket) -> Any:
        if no_more:
            raise no_more.pop()
        return accept(listening)

    monkeypatch.setattr(socket.socket, "accept", refuse)
    with get(page) as response:
        assert response.status == 200
    assert no_more == []
    session.finish()


def test_events() -> None:
    """Hello, history, then what happens; segments and trackers are told."""
    page, session, notes = serve()
    for event in frames(0):
        session.take(event)
    with get(page, "/events") as response:
        (_, hello), (_, rows) = events_of(response, 2)
        assert [target["name"] for target in hello["targets"]] == ["arousal", "valence"]
        assert hello["targets"][0]["latency"] == pytest.approx(0.9)
        assert [row["time"] for row in rows] == [row.time for row in notes.got]
        before = len(notes.got)
        session.take(Frame(100.0, 0.0, np.zeros(18)))
        told = events_of(response, 2)
        assert told[0][0] == "rows"
        assert [row["time"] for row in told[0][1]] == [row.time for row in notes.got[before:]]
        assert told[1] == ("remark", "no frame for 96 s: predictions begin anew at 100 s")
        last = rows[-1]["tracker"]
        assert (last["frame_rate"], last["lost"]) == (50.0, 0.0)
        assert last["confidence"] == pytest.approx(0.5, abs=0.5)
        # The batch of rows came with this frame.
        shown = next(
            event for event in frames(0) if isinstance(event, Frame) and event.signals[0] == last["confidence"]
        )
        assert last["face"] == pytest.approx(shown.signals[1:], abs=0.005)
        assert hello["face"]["units"] == list(AUS)
        session.finish()
        assert events_of(response, 1)[0][0] == "rows"
        assert events_of(response, 1) == [("end", None)]


def test_only_for_this_machine() -> None:
    """Bound to the loopback address; a name of the web that leads here gets nothing; no script of others may run."""
    page, session, _ = serve()
    assert page._server.server_address[0] == "127.0.0.1"
    for path, host in (("/", "evil.example:80"), ("/events", "evil.example"), ("/", "127.0.0.1.evil.example")):
        with get(page, path, {"Host": host}) as response:
            assert response.status == 403
    for host in ("localhost:80", "127.0.0.1", "[::1]:80"):
        with get(page, headers={"Host": host}) as response:
            assert response.status == 200
            policy = response.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert not re.search(rb"https?:|src=", response.read())
    with get(page, "/../page.html") as response:
        assert response.status == 404
    session.finish()


@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.2", "LOCALHOST"])
def test_other_addresses_are_guarded_too(host: str) -> None:
    """Whatever it is bound to: addresses and its own names are answered, names of the web are not."""
    page, session = Page((host, 0), MODELS, source="x"), Session(MODELS, [])
    for name, status in (
        ("evil.example", 403),
        ("192.168.0.7:80", 200),
        (host.lower(), 200),
        (socket.gethostname(), 200),
    ):
        with get(page, headers={"Host": name}) as response:
            assert response.status == status, name
    page.close(session.state)


def test_ipv6() -> None:
    """An address with colons is bound as such, where this machine has it."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("no IPv6 here")
    page = Page(("::1", 0), MODELS, source="x")
    assert page.address.startswith("http://[::1]:")
    page.close(State())


def test_a_recording_after_the_other(tab: "Tab") -> None:
    """Where time begins anew in a session, what came before is not drawn over it."""
    page, session, notes = serve()
    for event in [*frames(0, 600), Restart("x"), *frames(0, 400)]:
        session.take(event)
    tab.goto(page.address)
    wait_for(tab, notes.got[-1].time)
    drawn = tab.evaluate("visible(rows, rows[rows.length - 1].time - SHOWN).map(row => [row.segment, row.time])")
    assert drawn == [[1, row.time] for row in notes.got if row.segment == 1]
    for event in frames(50.0, 100):
        session.take(event)
    wait_for(tab, notes.got[-1].time)
    drawn = tab.evaluate("visible(rows, rows[rows.length - 1].time - SHOWN).map(row => row.segment)")
    assert set(drawn) == {1, 2}
    session.finish()


def test_the_tracker_without_predictions(tab: "Tab") -> None:
    """With no face there is nothing to predict, and the page says why."""
    page, session, _ = serve(models=DROPPING)
    tab.goto(page.address)
    until(tab, "document.querySelector('#state').innerText === 'live'")
    for event in frames(0):
        assert isinstance(event, Frame)
        session.take(event._replace(success=0.0))
    session.take(None)
    until(tab, "document.querySelector('#tracker').innerText.includes('100 %')")
    session.finish()


def test_a_page_that_does_not_keep_up() -> None:
    """It is let go rather than fed without end."""
    page, session, _ = serve()
    waiting = page.join()
    assert waiting is not None
    for event in frames(0, 2000):
        session.take(event)
    assert waiting not in page._pages
    assert waiting.qsize() < 80
    joined = [page.join() for _ in range(40)]
    assert sum(queue is not None for queue in joined) == 32
    session.finish()


@pytest.mark.parametrize(
    ("text", "where"),
    [(":8000", ("127.0.0.1", 8000)), ("0", ("127.0.0.1", 0)), ("0.0.0.0:80", ("0.0.0.0", 80)), ("[::1]:5", ("::1", 5))],
)
def test_address(text: str, where: tuple[str, int]) -> None:
    """A port alone means this machine only."""
    assert address(text) == where


def test_addresses_that_are_none() -> None:
    """One line each."""
    for text in ("", "http", ":99999", "a:b"):
        with pytest.raises(InputError, match="is no address; give :8000"):
            address(text)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(InputError, match=r"cannot listen on '127\.0\.0\.1', port \d+ \(Address already in use\)"):
            Page(("127.0.0.1", taken.getsockname()[1]), MODELS, source="x")
    for host in ("ü" * 70, "a\0b"):
        with pytest.raises(InputError, match="cannot listen on"):
            Page((host, 0), MODELS, source="x")


def test_many_pages_do_not_disturb_each_other() -> None:
    """Threads join and leave while rows are told."""
    page, session, _ = serve()
    stop = threading.Event()

    def come_and_go() -> None:
        while not stop.is_set():
            waiting = page.join()
            if waiting is not None:
                page.leave(waiting)

    threads = [threading.Thread(target=come_and_go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for event in frames(0, 1000):
        session.take(event)
    stop.set()
    for thread in threads:
        thread.join(5)
    assert session.state.hops == 191
    session.finish()
