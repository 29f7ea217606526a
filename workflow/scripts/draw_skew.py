"""Draw the skew of live predictions."""

from typing import TYPE_CHECKING

from onefilter.steps.draw_skew import draw_skew

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

draw_skew(
    skew=snakemake.input.skew,
    figure=snakemake.output.figure,
    **dict(snakemake.params.items()),
    log=snakemake.log[0],
)
