"""Saving figures."""

import re
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from onefilter.figures.style import CULTURES, FAINT, INK, legible, new_figure, save
from onefilter.files import is_own


def drawn() -> Figure:
    """Draw a line."""
    figure = new_figure(2.0, corpus="simulated", title="A line")
    figure.subplots().plot([0, 1, 3])
    return figure


@pytest.mark.parametrize("software", [None, "onefilter"])
@pytest.mark.parametrize("ending", ["png", "pdf", "svg"])
def test_saving_is_reproducible_and_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, software: str | None
) -> None:
    """The same figure gives the same bytes at any time; nothing else is left in the folder."""
    first, second = tmp_path / f"a.{ending}", tmp_path / f"b.{ending}"
    for path, now in ((first, "0"), (second, "86400")):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", now)  # What matplotlib takes for the time.
        save(drawn(), path, dpi=80, software=software)
    assert first.read_bytes() == second.read_bytes()
    assert sorted(tmp_path.iterdir()) == [first, second]
    assert is_own(first) is (software is not None)


def test_names_are_no_formulas(tmp_path: Path) -> None:
    """Dollars are dollars, wherever they stand; ticks of log scales are still powers."""
    figure = new_figure(2.0, corpus="", title="a$b_$c{")
    axes = figure.subplots()
    axes.plot([1, 2], [1, 1000], label="$x^$")
    axes.set(xlabel="$\\alpha$", yscale="log", ylabel="a_$^$")
    axes.set_xticks([1, 2], ["$_$", "$^$"])
    axes.legend()
    path = tmp_path / "a.svg"
    save(figure, path, dpi=80)
    content = path.read_text(encoding="utf-8")
    for name in ("a$b_$c{", "$x^$", "$\\alpha$", "a_$^$", "$_$", "$^$"):
        assert re.search(rf"<text[^>]*>{re.escape(name)}</text>", content), name
    assert not re.search(r"<text[^>]*>[^<]*mathdefault", content)
    assert all(label.get_parse_math() for label in axes.yaxis.get_ticklabels())
    assert not any(label.get_parse_math() for label in axes.xaxis.get_ticklabels())


@pytest.mark.parametrize("colour", [*CULTURES, FAINT, INK, "#ffffff"])
def test_coloured_text_can_be_read(colour: str) -> None:
    """Contrast on white is 4.5 at least (AA), as another formula for luminance says; what is dark enough stays."""

    def contrast(shade: str) -> float:
        parts = [int(shade[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)

    shade = legible(colour)
    assert contrast(shade) >= 4.45  # Rounded to 8 bits.
    assert (shade == colour.lower()) == (contrast(colour) >= 4.5)
