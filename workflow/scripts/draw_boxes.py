"""Draw features and labels per culture."""

from typing import TYPE_CHECKING

from onefilter.steps.draw_boxes import draw_boxes

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

draw_boxes(
    described=snakemake.input.described,
    labels=snakemake.input.labels,
    figure=snakemake.output.figure,
    cultures=snakemake.params.cultures,
    targets=snakemake.params.targets,
    corpus=snakemake.params.corpus,
    dpi=snakemake.params.dpi,
    log=snakemake.log[0],
)
