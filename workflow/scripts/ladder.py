"""Train one network of the depth ladder."""

from typing import TYPE_CHECKING

from onefilter.steps.ladder import ladder

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

ladder(
    features_files=snakemake.input.features,
    label_files=snakemake.input.labels,
    scores=snakemake.output.scores,
    network=snakemake.wildcards.network,
    target=snakemake.wildcards.target,
    **snakemake.params,
    threads=snakemake.threads,
    log=snakemake.log[0],
)
