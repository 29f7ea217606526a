"""Draw the learning curves of all targets and seeds."""

from pathlib import Path

import pandas as pd

from onefilter.figures.curves import curves as drawn
from onefilter.figures.style import save
from onefilter.tables import read_table
from onefilter.training.fit import CURVE_COLUMNS
from onefilter.workflow.step import bind


def draw_curves(curves: list[Path], figure: Path, corpus: str, dpi: int) -> None:
    """Draw the learning curves of all targets, one after the other."""
    tables = [read_table(path, CURVE_COLUMNS).assign(target=path.stem) for path in curves]
    save(drawn(pd.concat(tables, ignore_index=True), corpus=corpus), figure, dpi=dpi)


bind(draw_curves)
