"""Documents of the report: a title, paragraphs and tables in one self-contained HTML file."""

from collections.abc import Mapping, Sequence

import pandas as pd

from onefilter.figures.rendering import render
from onefilter.names import twin_notice

Cell = tuple[str, str]
"""Class and text."""


def document(
    title: str,
    *,
    corpus: str,
    paragraphs: Sequence[str] = (),
    tables: Mapping[str, pd.DataFrame] | None = None,
    marks: Mapping[str, str] | None = None,
) -> str:
    """Make a document that needs no other file and no network.

    Args:
        title: Its heading.
        corpus: Where the data come from; the document says so if they are simulated.
        paragraphs: Text.
        tables: By heading; numbers are aligned right, missing ones are dashes.
        marks: Words of a cell that colour its row: from word to ``good``, ``bad`` or ``open``.
    """
    return render(
        "templates/document.html.j2",
        title=title,
        notice=twin_notice(corpus),
        paragraphs=paragraphs,
        tables={
            heading: {
                "columns": [str(name).replace("_", " ") for name in table.columns],
                "rows": [_row(row, marks or {}) for row in table.itertuples(index=False)],
            }
            for heading, table in (tables or {}).items()
        },
    )


def _row(row: Sequence[object], marks: Mapping[str, str]) -> tuple[str, list[Cell]]:
    """Give a row's class and cells."""
    kind = next((marks[value] for value in row if isinstance(value, str) and value in marks), "")
    return kind, [_cell(value, marks) for value in row]


def _cell(value: object, marks: Mapping[str, str]) -> Cell:
    if value is None or (isinstance(value, float) and pd.isna(value)):
        return "number", "–"
    if isinstance(value, float):
        return "number", _number(value)
    if isinstance(value, int):
        return "number", str(value)
    return "mark" if value in marks else "", str(value)


def _number(value: float) -> str:
    """Give three decimals, or three digits where three decimals would be zeros."""
    text = f"{value:.3f}" if value == 0 or abs(value) >= 1e-3 else f"{value:.3g}"
    return text.replace("-", "−", 1) if value < 0 else text
