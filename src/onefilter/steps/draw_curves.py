"""Step of the rule `draw_curves`."""

from pathlib import Path

import pandas as pd

from onefilter.figures.curves import curves as draw
from onefilter.figures.style import save
from onefilter.steps import step


@step
def draw_curves(*, curves: list[str], figure: str, corpus: str, dpi: int) -> None:
    """Draw the learning curves of all targets."""
    tables = {Path(path).stem: pd.read_parquet(path) for path in curves}
    save(draw(tables, corpus=corpus), Path(figure), dpi=dpi)
