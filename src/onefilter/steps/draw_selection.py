"""Step of the rule `draw_selection`."""

from pathlib import Path

import pandas as pd

from onefilter.figures.selection import ccc_by_feature_count
from onefilter.figures.style import save
from onefilter.steps import step


@step
def draw_selection(*, selection: list[str], figure: str, cultures: list[str], corpus: str, dpi: int) -> None:
    """Draw CCC against the number of features."""
    table = pd.concat([pd.read_csv(path, sep="\t") for path in selection], ignore_index=True)
    save(ccc_by_feature_count(table, cultures=cultures, corpus=corpus), Path(figure), dpi=dpi)
