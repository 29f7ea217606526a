"""Step of the rule `draw_sanity`."""

from pathlib import Path

import pandas as pd

from onefilter.figures.sanity import explanation_checks
from onefilter.figures.style import save
from onefilter.steps import step


@step
def draw_sanity(*, sanity: list[str], figure: str, cultures: list[str], corpus: str, dpi: int) -> None:
    """Draw deletion curves and randomised filters of all targets."""
    table = pd.concat([pd.read_csv(path, sep="\t") for path in sanity], ignore_index=True)
    save(explanation_checks(table, cultures=cultures, corpus=corpus), Path(figure), dpi=dpi)
