"""Pages: tables and text, and the page that goes through a recording, in a real browser where there is one."""

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from onefilter.figures.explorer import View, explorer
from onefilter.figures.page import page
from onefilter.model.prediction import predict
from tests.explanation.test_relevance import network, recording

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def test_page_of_text_and_tables() -> None:
    """Numbers, dashes, marks; what a table holds cannot become markup; what is simulated says so."""
    table = pd.DataFrame({"a_name": ["<b>x</b>", "holds"], "number": [0.12345, np.nan], "count": [3, -4]})
    text = page("T & t", corpus="simulated", paragraphs=["1 < 2"], tables={"H": table}, marks={"holds": "good"})
    assert "<b>x</b>" not in text
    assert "&lt;b&gt;x&lt;/b&gt;" in text
    assert "1 &lt; 2" in text
    assert "<th>a name</th>" in text
    assert '<td class="number">0.123</td>' in text
    assert '<td class="number">–</td>' in text
    assert '<tr class="good"><td class="mark">holds</td>' in text
    assert "Simulated twin: no statement about people." in text
    assert "Simulated" not in page("T", corpus="avec")
    assert not re.search(r"(src|href)=", text)


def views() -> dict[str, View]:
    """Two targets, one without a label."""
    found = {}
    for number, target in enumerate(("arousal", "valence")):
        model, inputs = network("linear", seed=number), recording(50, seed=number)
        prediction = predict(model, pl.DataFrame(inputs, schema=list(model.card.features)))
        found[target] = View(model, inputs, prediction, prediction[:40] if number else None)
    return found


def test_explorer_needs_nothing_else() -> None:
    """No address, no request, nothing that could be taken for markup."""
    text = explorer("<i>me</i>", views(), corpus="simulated")
    assert "<i>me</i>" not in text
    assert "Simulated twin: no statement about people." in text
    assert not re.search(r"https?:|fetch\(|XMLHttpRequest|import\(|src=", text)
    assert "Simulated" not in explorer("me", views(), corpus="avec")


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_explorer_in_a_browser(tmp_path: Path) -> None:
    """What the page sums up is the prediction: conservation, computed by the browser."""
    text = explorer("me", views(), corpus="simulated")
    probe = """<script>
    const out = document.createElement("pre"); out.id = "probe";
    out.textContent = JSON.stringify(Object.keys(views).map(target =>
      [0, 3, 25, 49].map(t => { const e = explain(target, t); return e.sum - e.prediction; })));
    document.body.append(out);
    </script></body>"""
    path = tmp_path / "page.html"
    path.write_text(text.replace("</body>", probe), encoding="utf-8")
    assert CHROMIUM is not None
    result = subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=2000", "--dump-dom", path.as_uri()],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    found = re.search(r'id="probe">(\[.*?\])</pre>', result.stdout)
    assert found, result.stdout[-2000:]
    differences = [float(number) for number in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", found[1])]
    assert len(differences) == 8
    assert max(map(abs, differences)) < 1e-5
    assert "strongest now" in result.stdout
