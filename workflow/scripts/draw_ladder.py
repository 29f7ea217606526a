"""Draw the depth ladder."""

from typing import TYPE_CHECKING

from onefilter.steps.draw_ladder import draw_ladder

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

draw_ladder(
    scores=snakemake.input.scores,
    figure=snakemake.output.figure,
    cultures=snakemake.params.cultures,
    corpus=snakemake.params.corpus,
    dpi=snakemake.params.dpi,
    log=snakemake.log[0],
)
