"""Estimate the patterns of one target."""

from typing import TYPE_CHECKING

from onefilter.steps.patterns import patterns

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

patterns(
    features=snakemake.input.features,
    models=snakemake.input.models,
    patterns=snakemake.output.patterns,
    target=snakemake.wildcards.target,
    corpus=snakemake.params.corpus,
    log=snakemake.log[0],
)
