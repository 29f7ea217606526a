"""Draw the selection of features."""

from typing import TYPE_CHECKING

from onefilter.steps.draw_selection import draw_selection

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

draw_selection(
    selection=snakemake.input.selection,
    figure=snakemake.output.figure,
    cultures=snakemake.params.cultures,
    corpus=snakemake.params.corpus,
    dpi=snakemake.params.dpi,
    log=snakemake.log[0],
)
