"""Step of the rule `draw_heatmap`."""

from pathlib import Path

import pandas as pd

from onefilter.figures.heatmap import heatmap
from onefilter.figures.style import save
from onefilter.steps import step


@step
def draw_heatmap(*, described: str, figure: str, cultures: list[str], corpus: str, dpi: int) -> None:
    """Draw the heat map of the features' statistics per culture."""
    drawn = heatmap(pd.read_csv(described, sep="\t"), cultures=cultures, corpus=corpus)
    save(drawn, Path(figure), dpi=dpi)
