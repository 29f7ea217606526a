"""Drawings within a page: small, their own, and nothing but drawings."""

import io
import re
from xml.etree import ElementTree

import numpy as np
import pytest

from onefilter.figures.style import new_figure
from onefilter.figures.vector import DrawingError, inline

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">{}</svg>'


def drawing(title: str = "A <title> & more") -> bytes:
    """Draw a clipped line, markers and a picture of pixels."""
    figure = new_figure(2.0, corpus="avec", title=title)
    axes = figure.subplots()
    axes.plot(np.random.default_rng(1).normal(size=30), "o-")
    axes.plot(np.linspace(0, 30, 500), np.random.default_rng(2).normal(size=500), color="#2e8540")
    axes.imshow(np.eye(4), extent=(0.0, 1.0, 0.0, 1.0))
    content = io.BytesIO()
    figure.savefig(content, format="svg")
    return content.getvalue()


def test_a_figure() -> None:
    """Text can be read, numbers are short, everything that is referred to is there, and it is smaller than the file."""
    content = drawing()
    text = str(inline(content, name="a b", alternative='A "line"'))
    assert "A &lt;title&gt; &amp; more" in text
    assert 'aria-label="A &#34;line&#34;"' in text
    ids = re.findall(r' id="([^"]+)"', text)
    assert ids
    assert len(ids) == len(set(ids))
    assert all(name.startswith("a-b-") for name in ids)
    assert set(re.findall(r"url\(#([^)]+)\)", text)) | set(re.findall(r'href="#([^"]+)"', text)) == set(ids)
    assert not any(re.search(r"\.\d{3}", path) for path in re.findall(r' d="([^"]+)"', text))
    assert "<style" not in text
    assert "data:image/png;base64," in text
    assert len(text) < 0.8 * len(content)
    ElementTree.fromstring(text)


def test_nothing_moves() -> None:
    """Every point of every path is where it was, within a hundredth, of long curves within a tenth."""
    before = ElementTree.fromstring(drawing())
    after = ElementTree.fromstring(str(inline(drawing(), name="a", alternative="x")))
    paths = [
        [node.get("d", "") for node in root.iter() if node.tag.endswith("path") and node.get("d")]
        for root in (before, after)
    ]
    assert len(paths[0]) == len(paths[1]) > 5
    for one, other in zip(*paths, strict=True):
        numbers = [np.array(re.findall(r"-?\d*\.?\d+(?:e-?\d+)?", path), dtype=float) for path in (one, other)]
        np.testing.assert_allclose(numbers[0], numbers[1], atol=0.051 if len(one) > 4000 else 0.0051)


def test_colours_stay() -> None:
    """Also one that reads like a number."""
    before, after = (set(re.findall(r"#[0-9a-f]{6}", text)) for text in
                     (drawing().decode(), inline(drawing(), name="a", alternative="x")))  # fmt: skip
    assert "#2e8540" in after
    assert after == before


def test_two_drawings_do_not_share_names() -> None:
    """The same figure twice on one page refers to its own parts."""
    found = [set(re.findall(r' id="([^"]+)"', inline(drawing(), name=name, alternative="x"))) for name in ("a", "b")]
    assert found[0]
    assert not found[0] & found[1]


@pytest.mark.parametrize(
    "part",
    [
        "<script>alert(1)</script>",
        "<style>* { color: red }</style>",
        "<foreignObject><p>x</p></foreignObject>",
        '<a href="javascript:alert(1)"><path d="M0 0"/></a>',
        '<path d="M0 0" onload="alert(1)"/>',
        '<use xlink:href="http://example.org/x.svg#a"/>',
        '<image xlink:href="data:image/svg+xml;base64,PHN2Zy8+"/>',
        '<path d="M0 0" style="fill: url(http://example.org/x)"/>',
    ],
)
def test_what_is_no_drawing_is_left_out(part: str) -> None:
    """Scripts, styles, other documents, events and addresses."""
    text = str(inline(SVG.format(part).encode(), name="a", alternative="x"))
    assert not re.search(r"script|alert|<style|foreignObject|onload|example|svg\+xml|<a ", text)


@pytest.mark.parametrize(("content", "expected"), [(b"x", "is no SVG"), (b"<html/>", "is no SVG, but html")])
def test_other_files(content: bytes, expected: str) -> None:
    """What is no SVG file is refused."""
    with pytest.raises(DrawingError, match=expected) as caught:
        inline(content, name="a", alternative="x")
    assert caught.value.name == "a"
