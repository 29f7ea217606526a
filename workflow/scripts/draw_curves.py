"""Draw the learning curves."""

from typing import TYPE_CHECKING

from onefilter.steps.draw_curves import draw_curves

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

draw_curves(
    curves=snakemake.input.curves,
    figure=snakemake.output.figure,
    corpus=snakemake.params.corpus,
    dpi=snakemake.params.dpi,
    log=snakemake.log[0],
)
