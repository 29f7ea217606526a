"""Step of the rule `draw_audit`."""

from pathlib import Path

import pandas as pd

from onefilter.figures.audit import label_audit
from onefilter.figures.style import save
from onefilter.steps import step


@step
def draw_audit(*, labels: str, figure: str, corpus: str, dpi: int) -> None:
    """Draw what published and stored names stand on."""
    save(label_audit(pd.read_csv(labels, sep="\t"), corpus=corpus), Path(figure), dpi=dpi)
