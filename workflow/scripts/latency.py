"""Train filters that look less far ahead."""

from typing import TYPE_CHECKING

from onefilter.steps.latency import latency

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

latency(
    features=snakemake.input.features,
    labels=snakemake.input.labels,
    latency=snakemake.output.latency,
    target=snakemake.wildcards.target,
    alignment=snakemake.wildcards.alignment,
    **dict(snakemake.params.items()),
    threads=snakemake.threads,
    log=snakemake.log[0],
)
