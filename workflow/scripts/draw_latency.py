"""Draw CCC against latency."""

from typing import TYPE_CHECKING

from onefilter.steps.draw_latency import draw_latency

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

draw_latency(
    tables=snakemake.input.tables,
    figure=snakemake.output.figure,
    **dict(snakemake.params.items()),
    log=snakemake.log[0],
)
