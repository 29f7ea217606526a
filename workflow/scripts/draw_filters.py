"""Draw the filters of one target."""

from typing import TYPE_CHECKING

from onefilter.steps.draw_filters import draw_filters

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

draw_filters(
    models=snakemake.input.models,
    best=snakemake.input.best[0],
    figure=snakemake.output.figure,
    dpi=snakemake.params.dpi,
    log=snakemake.log[0],
)
