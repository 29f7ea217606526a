"""Drawings within a page: SVG files of this package's own figures, made small and safe to stand in HTML.

Only elements and attributes that matplotlib draws with are kept, coordinates have two decimals (of a 72nd of an inch;
one in long curves), names by which parts refer to each other are made different from those of the other drawings on the
page, and text stays text, so that it can be searched and read aloud.
"""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final
from xml.etree import ElementTree

from markupsafe import Markup, escape

_SVG: Final = "{http://www.w3.org/2000/svg}"
_LINK: Final = "{http://www.w3.org/1999/xlink}href"
_ELEMENTS: Final = frozenset({
    "svg", "g", "defs", "path", "use", "text", "tspan", "clipPath", "rect", "image", "circle", "ellipse", "line",
    "polyline", "polygon", "linearGradient", "radialGradient", "stop",
})  # fmt: skip
_ATTRIBUTES: Final = frozenset({
    "d", "x", "y", "width", "height", "cx", "cy", "r", "rx", "ry", "x1", "x2", "y1", "y2", "points", "transform",
    "style", "clip-path", "offset", "preserveAspectRatio", "gradientUnits", "opacity",
})  # fmt: skip
_NUMBER: Final = re.compile(r"-?\d*\.\d{3,}(?:e-?\d+)?|(?<![#\w])-?\d+(?:\.\d+)?e-?\d+(?!\w)")
"""What is rounded; no colour, such as #2e8540."""
_LONG: Final = 4000
"""Characters of a path that is a curve of many points."""
_REFERENCE: Final = re.compile(r"url\(#([\w.-]+)\)")
_FONT: Final = re.compile(r"font: (?:(?P<slant>italic) )?(?:(?P<weight>bold|\d+) )?(?P<size>[\d.]+px) [^;]*")
FONTS: Final = "'DejaVu Sans', Verdana, Geneva, 'Bitstream Vera Sans', sans-serif"
"""Of drawings: all as wide as the one that they were laid out with, or narrower."""


class DrawingError(ValueError):
    """A drawing that cannot stand in a page; `name` says which."""

    def __init__(self, what: str, *, name: str) -> None:
        """Say what is wrong with it."""
        super().__init__(what)
        self.name = name


def inline(content: bytes, *, name: str, alternative: str) -> Markup:
    """Give a drawing as an element of a page.

    Args:
        content: An SVG file.
        name: Of the drawing, among those of the page.
        alternative: What it shows to who cannot see it.

    Raises:
        DrawingError: If the content is no SVG file.
    """
    try:
        root = ElementTree.fromstring(content)
    except ElementTree.ParseError as error:
        raise DrawingError(f"is no SVG ({error})", name=name) from error
    if root.tag != f"{_SVG}svg":
        raise DrawingError(f"is no SVG, but {root.tag}", name=name)
    referred = set(_REFERENCE.findall(content.decode("utf-8")))
    referred |= {link[1:] for node in root.iter() if (link := _link_of(node)) and link.startswith("#")}
    prefix = re.sub(r"\W+", "-", name)
    names = {known: f"{prefix}-{place}" for place, known in enumerate(sorted(referred))}
    view = escape(root.get("viewBox", ""))
    inner = "".join(part for child in root for part in _written(child, names))
    # Lines end as matplotlib's do; within the page, a style element would hold for everything.
    style = f"font-family:{FONTS};stroke-linejoin:round;stroke-linecap:butt"
    return Markup(f'<svg viewBox="{view}" role="img" aria-label="{escape(alternative)}" style="{style}">{inner}</svg>')


def _written(node: ElementTree.Element, names: Mapping[str, str]) -> Iterator[str]:
    """Write an element and what is in it; what is not known is left out."""
    kind = node.tag.removeprefix(_SVG)
    if kind not in _ELEMENTS:
        return
    attributes = dict(_attributes(node, names))
    inner = [part for child in node for part in _written(child, names)]
    if kind in ("g", "defs") and not inner:
        return
    if kind == "g" and not attributes:
        yield from inner
        return
    text = str(escape(node.text)) if kind in ("text", "tspan") and node.text else ""
    written = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
    if not inner and not text:
        yield f"<{kind}{written}/>"
        return
    yield f"<{kind}{written}>{text}"
    yield from inner
    yield f"</{kind}>"


def _attributes(node: ElementTree.Element, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Give the attributes of an element that are kept, made short."""
    if (own := names.get(node.get("id", ""))) is not None:
        yield "id", own
    link = _link_of(node)
    if link.startswith("#"):
        yield "href", f"#{names[link[1:]]}"
    elif link.startswith("data:image/png;base64,"):
        yield "href", re.sub(r"\s", "", link)
    for key, value in node.attrib.items():
        if key not in _ATTRIBUTES:
            continue
        value = _REFERENCE.sub(lambda match: f"url(#{names[match[1]]})", value)
        if key == "transform":  # A factor may be tiny.
            yield key, value
        else:
            yield key, {"style": _style, "d": _path}.get(key, _rounded)(value)


def _link_of(node: ElementTree.Element) -> str:
    """Give what an element refers to, empty if nothing."""
    return node.get(_LINK) or node.get("href") or ""


def _style(text: str) -> str:
    """Make a style short; the font is that of the drawing."""
    found = _FONT.search(text)
    if found is not None:
        parts = [f"font-size:{found['size']}"]
        parts += [f"font-weight:{found['weight']}"] * bool(found["weight"])
        parts += ["font-style:italic"] * bool(found["slant"])
        text = text.replace(found[0], ";".join(parts))
    if re.search(r"url\((?!#)|expression|import", text):
        return ""
    return _rounded(re.sub(r"\s*([;:])\s*", r"\1", text))


def _path(text: str) -> str:
    """Make a path short."""
    return _rounded(re.sub(r"\s*([A-Za-z])\s*", r"\1", " ".join(text.split())), 1 if len(text) > _LONG else 2)


def _rounded(text: str, decimals: int = 2) -> str:
    """Round the numbers in a text."""
    return _NUMBER.sub(partial(_short, decimals), text)


def _short(decimals: int, match: re.Match[str]) -> str:
    rounded = f"{float(match[0]):.{decimals}f}".rstrip("0").rstrip(".")
    return "0" if rounded in ("-0", "") else rounded
