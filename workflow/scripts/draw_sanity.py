"""Draw the checks of explanations."""

from typing import TYPE_CHECKING

from onefilter.steps.draw_sanity import draw_sanity

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

draw_sanity(
    sanity=snakemake.input.sanity,
    figure=snakemake.output.figure,
    cultures=snakemake.params.cultures,
    corpus=snakemake.params.corpus,
    dpi=snakemake.params.dpi,
    log=snakemake.log[0],
)
