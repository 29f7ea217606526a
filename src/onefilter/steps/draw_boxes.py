"""Step of the rule `draw_boxes`."""

from pathlib import Path

import pandas as pd

from onefilter.figures.boxes import boxes
from onefilter.figures.style import save
from onefilter.steps import step
from onefilter.tables import by_culture


@step
def draw_boxes(
    *, described: str, labels: list[str], figure: str, cultures: list[str], targets: list[str], corpus: str, dpi: int
) -> None:
    """Draw box plots of the features and violins of the labels per culture."""
    drawn = boxes(pd.read_csv(described, sep="\t"), by_culture(labels, targets), cultures=cultures, corpus=corpus)
    save(drawn, Path(figure), dpi=dpi)
