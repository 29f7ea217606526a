"""Align one split's labels."""

from typing import TYPE_CHECKING

from onefilter.steps.labels import labels

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

labels(
    recordings=snakemake.params.recordings,
    source=snakemake.params.source,
    features=snakemake.input.features,
    labels=snakemake.output.labels,
    targets=snakemake.params.targets,
    log=snakemake.log[0],
)
