"""Step of the rule `draw_scores`."""

from pathlib import Path

import pandas as pd

from onefilter.figures.scores import ccc_by_culture
from onefilter.figures.style import save
from onefilter.steps import step


@step
def draw_scores(*, scores: list[str], summary: str, figure: str, cultures: list[str], corpus: str, dpi: int) -> None:
    """Draw CCC per target, culture and seed."""
    table = pd.concat([pd.read_csv(path, sep="\t") for path in scores], ignore_index=True)
    save(ccc_by_culture(table, pd.read_csv(summary, sep="\t"), cultures=cultures, corpus=corpus), Path(figure), dpi=dpi)
