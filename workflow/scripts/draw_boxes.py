"""Draw box plots of the features and violins of the labels per culture."""

from onefilter.workflow.step import bind

from pathlib import Path

from onefilter.corpus.annotations import Scale
from onefilter.features.description import STATISTICS_COLUMNS
from onefilter.figures.boxes import boxes
from onefilter.figures.style import save
from onefilter.tables import by_culture, read_results

MOST = 1_000_000
"""Labels per culture that a violin shows; of more, every second, third, … one."""


def draw_boxes(
    described: Path,
    labels: list[Path],
    figure: Path,
    vector: Path,
    cultures: list[str],
    targets: list[str],
    scales: dict[str, Scale],
    titles: dict[str, str],
    corpus: str,
    dpi: int,
) -> None:
    """Draw box plots of the features and violins of the labels per culture."""
    statistics = read_results(described, STATISTICS_COLUMNS)
    ranges = {target: scale.range for target, scale in scales.items()}
    values = by_culture(labels, targets, most=MOST)
    drawn = boxes(statistics, values, cultures=cultures, corpus=corpus, ranges=ranges, titles=titles)
    save(drawn, figure, vector, dpi=dpi)


bind(draw_boxes)
