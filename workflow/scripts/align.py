"""Compute one split's features with windows of one kind."""

from typing import TYPE_CHECKING

from onefilter.steps.align import align

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

align(
    recordings=snakemake.params.recordings,
    source=snakemake.params.source,
    features=snakemake.output.features,
    tracking=snakemake.output.tracking,
    window=snakemake.params.window,
    hop=snakemake.params.hop,
    alignment=snakemake.wildcards.alignment,
    failed_frames=snakemake.params.failed_frames,
    log=snakemake.log[0],
)
