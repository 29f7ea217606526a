"""Step of the rule `draw_curves`."""

from pathlib import Path

import pandas as pd

from onefilter.figures.curves import learning_curves
from onefilter.figures.style import save
from onefilter.steps import step


@step
def draw_curves(*, curves: list[str], figure: str, corpus: str, dpi: int) -> None:
    """Draw the learning curves of all targets."""
    table = pd.concat([pd.read_parquet(path).assign(target=Path(path).stem) for path in curves], ignore_index=True)
    save(learning_curves(table, corpus=corpus), Path(figure), dpi=dpi)
