"""Documents of text and tables."""

import re

import numpy as np
import pandas as pd
import pytest
from jinja2 import UndefinedError

from onefilter.figures.document import document
from onefilter.figures.rendering import render

NOTICE = "Simulated twin: no statement about people."
HOSTILE = """</td></style></title><script>alert("'")</script>"""


def test_text_and_tables() -> None:
    """Numbers, dashes, marks; it says what is simulated; it needs no other file."""
    table = pd.DataFrame({"a_name": ["x", "holds"], "number": [0.12345, np.nan], "count": [3, -4]})
    text = document("T", corpus="simulated", paragraphs=["one", "two"], tables={"H": table}, marks={"holds": "good"})
    assert "<p>one</p>\n<p>two</p>\n<h2>H</h2>\n" in text
    assert '<th scope="col"><button type="button">a name</button></th>' in text
    assert '<td class="number">0.123</td><td class="number">3</td>' in text
    assert '<td class="number">–</td>' in text
    assert '<tr class="good"><td class="mark">holds</td>' in text
    assert NOTICE in text
    assert "Simulated" not in document("T", corpus="avec")
    assert "<script" not in document("T", corpus="avec", paragraphs=["one"])
    assert not re.search(r"(src|href)=|@import|url\(", text)


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0.000"), (-0.5, "−0.500"), (0.0001234, "0.000123"), (-2e-7, "−2e-07")]
)
def test_numbers(value: float, text: str) -> None:
    """Three decimals, or three digits where three decimals would be zeros; minus signs are minus signs."""
    shown = document("T", corpus="avec", tables={"H": pd.DataFrame({"a": [value]})})
    assert f'<td class="number">{text}</td>' in shown


def test_nothing_becomes_markup() -> None:
    """Whatever title, text, heading, column and cell say is shown as text."""
    table = pd.DataFrame({HOSTILE: [HOSTILE]})
    text = document(HOSTILE, corpus="avec", paragraphs=[HOSTILE], tables={HOSTILE: table})
    assert text.count("<script") == text.count("</script>") == 1  # which sorts tables
    assert text.index("<script") > text.index("</table>")
    assert text.count("</style>") == text.count("</title>") == 1
    # The title is the heading, too.
    assert text.count("&lt;script&gt;alert(&#34;&#39;&#34;)&lt;/script&gt;") == 6


def test_templates_get_every_value() -> None:
    """A value that a template names and nobody gives is an error, not an empty place."""
    with pytest.raises(UndefinedError, match="'notice' is undefined"):
        render("templates/document.html.j2", title="T")
