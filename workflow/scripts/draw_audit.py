"""Draw the audit of labels."""

from typing import TYPE_CHECKING

from onefilter.steps.draw_audit import draw_audit

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

draw_audit(
    labels=snakemake.input.labels,
    figure=snakemake.output.figure,
    corpus=snakemake.params.corpus,
    dpi=snakemake.params.dpi,
    log=snakemake.log[0],
)
