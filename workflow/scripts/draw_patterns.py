"""Draw filter and pattern of one target."""

from typing import TYPE_CHECKING

from onefilter.steps.draw_patterns import draw_patterns

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

draw_patterns(
    patterns=snakemake.input.patterns,
    best=snakemake.input.best[0],
    planted=snakemake.input.planted,
    figure=snakemake.output.figure,
    culture=snakemake.params.culture,
    corpus=snakemake.params.corpus,
    dpi=snakemake.params.dpi,
    log=snakemake.log[0],
)
