"""Draw the statistics heat map."""

from typing import TYPE_CHECKING

from onefilter.steps.draw_heatmap import draw_heatmap

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

draw_heatmap(
    described=snakemake.input.described,
    figure=snakemake.output.figure,
    cultures=snakemake.params.cultures,
    corpus=snakemake.params.corpus,
    dpi=snakemake.params.dpi,
    log=snakemake.log[0],
)
