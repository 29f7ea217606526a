"""Step of the rule `draw_ladder`."""

from pathlib import Path

import pandas as pd

from onefilter.figures.ladder import ccc_by_depth
from onefilter.figures.style import save
from onefilter.steps import step


@step
def draw_ladder(*, scores: list[str], figure: str, cultures: list[str], corpus: str, dpi: int) -> None:
    """Draw CCC against the number of weights."""
    table = pd.concat([pd.read_csv(path, sep="\t") for path in scores], ignore_index=True)
    save(ccc_by_depth(table, cultures=cultures, corpus=corpus), Path(figure), dpi=dpi)
