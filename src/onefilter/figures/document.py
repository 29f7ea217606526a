"""Pages of the report: a title, paragraphs and tables in one self-contained HTML file."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

import pandas as pd

_STYLE: Final = """
body { font: 15px/1.5 "DejaVu Sans", Helvetica, Arial, sans-serif; color: #333; margin: 2em auto; max-width: 62em;
       padding: 0 1em; }
h1 { font-size: 1.4em; } h2 { font-size: 1.1em; margin-top: 2em; }
table { border-collapse: collapse; font-size: 13px; }
th { text-align: left; border-bottom: 2px solid #333; }
td, th { padding: 0.35em 0.9em 0.35em 0; vertical-align: top; }
td { border-bottom: 1px solid #ddd; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
tr.good td.mark { color: #00664d; font-weight: bold; } tr.bad td.mark { color: #b00020; font-weight: bold; }
tr.open td.mark { color: #777; }
p.simulated { color: #b00020; font-style: italic; }
"""


def page(
    title: str,
    *,
    corpus: str,
    paragraphs: Sequence[str] = (),
    tables: Mapping[str, pd.DataFrame] | None = None,
    marks: Mapping[str, str] | None = None,
) -> str:
    """Make a page that needs nothing else.

    Args:
        title: Its heading.
        corpus: Where the data come from; ``simulated`` is said on the page.
        paragraphs: Text.
        tables: By heading; numbers are aligned right, missing ones are dashes.
        marks: Words of a cell that colour its row: from word to ``good``, ``bad`` or ``open``.
    """
    parts = [f"<h1>{escape(title)}</h1>"]
    if corpus == "simulated":
        parts.append('<p class="simulated">Simulated twin: no statement about people.</p>')
    parts += [f"<p>{escape(text)}</p>" for text in paragraphs]
    for heading, table in (tables or {}).items():
        parts.append(f"<h2>{escape(heading)}</h2>")
        parts.append(_table(table, marks or {}))
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n' + "\n".join(parts) + "\n</body></html>\n"


def _table(table: pd.DataFrame, marks: Mapping[str, str]) -> str:
    header = "".join(f"<th>{escape(str(name).replace('_', ' '))}</th>" for name in table.columns)
    rows = []
    for row in table.itertuples(index=False):
        kind = next((marks[value] for value in row if isinstance(value, str) and value in marks), "")
        rows.append(f'<tr class="{kind}">{"".join(_cell(value, marks) for value in row)}</tr>')
    return f"<table><thead><tr>{header}</tr></thead>\n<tbody>\n" + "\n".join(rows) + "\n</tbody></table>"


def _cell(value: object, marks: Mapping[str, str]) -> str:
    if value is None or (isinstance(value, float) and pd.isna(value)):
        return '<td class="number">–</td>'
    if isinstance(value, float):
        return f'<td class="number">{_number(value)}</td>'
    if isinstance(value, int):
        return f'<td class="number">{value}</td>'
    kind = ' class="mark"' if value in marks else ""
    return f"<td{kind}>{escape(str(value))}</td>"


def _number(value: float) -> str:
    """Three decimals, or three digits where that would show nothing."""
    text = f"{value:.3f}" if value == 0 or abs(value) >= 1e-3 else f"{value:.3g}"
    return text.replace("-", "−", 1) if value < 0 else text
