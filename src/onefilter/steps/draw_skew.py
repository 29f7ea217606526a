"""Step of the rule `draw_skew`."""

from pathlib import Path

import pandas as pd

from onefilter.figures.skew import live_skew
from onefilter.figures.style import save
from onefilter.steps import step


@step
def draw_skew(*, skew: str, figure: str, cultures: list[str], dpi: int) -> None:
    """Draw what live intensities do to predictions."""
    save(live_skew(pd.read_csv(skew, sep="\t"), cultures=cultures), Path(figure), dpi=dpi)
