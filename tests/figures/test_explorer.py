"""The page of one recording, in a real browser where there is one."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from markupsafe import escape

from onefilter.errors import plain
from onefilter.figures.document import document
from onefilter.figures.explorer import View, explorer
from onefilter.model.prediction import predict
from tests.examples.explanation import network, recording

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def views() -> dict[str, View]:
    """Two targets, one without a label."""
    found = {}
    for number, target in enumerate(("arousal", "valence")):
        model, inputs = network("linear", seed=number), recording(50, seed=number)
        prediction = predict(model, pl.DataFrame(inputs, schema=list(model.card.features)))
        found[target] = View(model, inputs, prediction, prediction[:40] if number else None)
    return found


def renamed(view: View, name: str) -> View:
    """Give the view of a model whose first feature has another name."""
    card = view.model.card
    return replace(view, model=replace(view.model, card=replace(card, features=(name, *card.features[1:]))))


def data_of(text: str) -> str:
    """Give the text of the element that holds the data, as a browser delimits it."""
    found = re.search(r'<script id="data" type="application/json">(.*?)</script', text, re.DOTALL | re.IGNORECASE)
    assert found
    return found[1]


def dumped(text: str, folder: Path) -> str:
    """Give the document that a browser makes of the page after its scripts have run."""
    path = folder / "page.html"
    path.write_text(text, encoding="utf-8")
    assert CHROMIUM is not None
    return subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=2000", "--dump-dom", path.as_uri()],
        capture_output=True, text=True, check=True, timeout=60,
    ).stdout  # fmt: skip


def test_needs_nothing_else() -> None:
    """No address, no request; it says what is simulated."""
    text = explorer("me", views(), corpus="simulated")
    assert "Simulated twin: no statement about people." in text
    assert not re.search(r"https?:|fetch\(|XMLHttpRequest|import\(|src=|href=|@import|url\(", text)
    assert "Simulated" not in explorer("me", views(), corpus="avec")


@pytest.mark.parametrize(
    "hostile", ["<i>me</i>", "</script><script>alert(1)</script>", "<!--<script>", "a\u2028b", "'\"&"]
)
def test_nothing_becomes_markup(hostile: str) -> None:
    """Names of recording, targets and features stay text; in the data they are escaped, and read back as given."""
    own = views()
    text = explorer(hostile, {hostile: renamed(own["arousal"], hostile)}, corpus="avec")
    assert text.count("<script") == text.count("</script") == 2
    assert "<i>" not in text
    assert "<!--" not in text
    data = data_of(text)
    assert not set("<>&'\u2028\u2029") & set(data)
    assert json.loads(data)[hostile]["features"][0] == hostile
    assert f"<title>{escape(plain(hostile, longest=2000))}</title>" in text


def test_targets_keep_their_order() -> None:
    """The page lists targets as they were given, not by the alphabet."""
    own = views()
    text = explorer("me", {"valence": own["valence"], "arousal": own["arousal"]}, corpus="avec")
    assert list(json.loads(data_of(text))) == ["valence", "arousal"]


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_in_a_browser(tmp_path: Path) -> None:
    """What the page sums up is the prediction: conservation, computed by the browser."""
    probe = """<script>
    const out = document.createElement("pre"); out.id = "probe";
    out.textContent = JSON.stringify(Object.keys(views).map(target =>
      [0, 3, 25, 49].map(t => { const e = explain(target, t); return e.sum - e.prediction; })));
    document.body.append(out);
    </script></body>"""
    drawn = dumped(explorer("me", views(), corpus="simulated").replace("</body>", probe), tmp_path)
    found = re.search(r'id="probe">(\[.*?\])</pre>', drawn)
    assert found, drawn[-2000:]
    differences = [float(number) for number in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", found[1])]
    assert len(differences) == 8
    assert max(map(abs, differences)) < 1e-5
    assert "strongest now" in drawn


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_a_browser_makes_no_markup_of_names(tmp_path: Path) -> None:
    """Of a recording, a target, a feature; of a document's title, text, headings, columns, cells. All are cut."""
    hostile = "</script></style></title><script>document.title = 'hacked'</script><img src=x onerror=\"hacked = 1\">"
    hostile += "\x1b[31m\u202e" + "x" * 10_000
    own = views()["arousal"]
    table = pd.DataFrame({hostile: [hostile]})
    for name, text in (
        ("explorer", explorer(hostile, {hostile[:90]: renamed(own, hostile[:90])}, corpus="avec")),
        ("document", document(hostile, corpus="avec", paragraphs=[hostile], tables={hostile: table})),
    ):
        folder = tmp_path / name
        folder.mkdir()
        drawn = dumped(text, folder)
        assert not re.search(r"<img|<title>hacked|<script>document", drawn)
        assert "&lt;script&gt;document.title = 'hacked'&lt;/script&gt;&lt;img" in drawn
        assert "\\x1b[31m\\u202exxx" in drawn
        assert not {"\x1b", "\u202e"} & set(drawn)
        assert "x" * 2000 not in drawn


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_scripts_show_names_as_text(tmp_path: Path) -> None:
    """The page's own script, too, makes no markup of what a model file calls its features."""
    hostile = "<b id=made>AU12</b>"
    drawn = dumped(explorer("me", {"arousal": renamed(views()["arousal"], hostile)}, corpus="avec"), tmp_path)
    table = drawn[drawn.index("strongest now") :]
    assert "<b id=" not in table
    assert "&lt;b id=made&gt;AU12&lt;/b&gt;</td>" in table


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_a_browser_sorts_tables(tmp_path: Path) -> None:
    """By number and by letter, both ways, and what is missing comes last."""
    table = pd.DataFrame({"name": ["b", "c", "a", "d"], "value": [0.5, -2.0, 10.0, np.nan]})
    probe = """<script>
    const order = () => Array.from(document.querySelectorAll("tbody tr"), row => row.cells[0].textContent).join("");
    const seen = [];
    for (const place of [0, 0, 1, 1]) { document.querySelectorAll("th button")[place].click(); seen.push(order()); }
    document.title = seen.join(" ");
    </script></body>"""
    drawn = dumped(document("T", corpus="avec", tables={"H": table}).replace("</body>", probe), tmp_path)
    assert "<title>abcd dcba cbad abcd</title>" in drawn
