"""Compute one split's features."""

from typing import TYPE_CHECKING

from onefilter.steps.features import features

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

features(
    recordings=snakemake.params.recordings,
    source=snakemake.params.source,
    features=snakemake.output.features,
    tracking=snakemake.output.tracking,
    **snakemake.params.features,
    log=snakemake.log[0],
)
