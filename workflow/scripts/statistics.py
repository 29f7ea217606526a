"""Describe the corpus, the features and the labels."""

from typing import TYPE_CHECKING

from onefilter.steps.statistics import statistics

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

statistics(
    features=snakemake.input.features,
    labels=snakemake.input.labels,
    tracking=snakemake.input.tracking,
    corpus=snakemake.output.corpus,
    described=snakemake.output.described,
    distances_table=snakemake.output.distances,
    targets=snakemake.params.targets,
    source=snakemake.params.source,
    log=snakemake.log[0],
)
