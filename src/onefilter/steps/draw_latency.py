"""Step of the rule `draw_latency`."""

from pathlib import Path

import pandas as pd

from onefilter.figures.latency import ccc_by_latency
from onefilter.figures.style import save
from onefilter.steps import step


@step
def draw_latency(*, tables: list[str], figure: str, cultures: list[str], corpus: str, dpi: int) -> None:
    """Draw CCC against latency."""
    table = pd.concat([pd.read_csv(path, sep="\t") for path in tables], ignore_index=True)
    save(ccc_by_latency(table, cultures=cultures, corpus=corpus), Path(figure), dpi=dpi)
