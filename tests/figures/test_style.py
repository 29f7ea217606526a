"""Saving figures."""

from pathlib import Path

from matplotlib.figure import Figure

from onefilter.figures.style import new_figure, save


def drawn() -> Figure:
    """Draw a line."""
    figure = new_figure(2.0, corpus="simulated", title="A line")
    figure.subplots().plot([0, 1, 3])
    return figure


def test_saving_is_reproducible_and_whole(tmp_path: Path) -> None:
    """The same figure gives the same bytes; nothing else is left in the folder."""
    for name in ("a.png", "b.png"):
        save(drawn(), tmp_path / name, dpi=80)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a.png", "b.png"]
