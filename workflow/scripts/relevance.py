"""Compute relevance of one target."""

from typing import TYPE_CHECKING

from onefilter.steps.relevance import relevance

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

relevance(
    features=snakemake.input.features,
    models=snakemake.input.models,
    relevance=snakemake.output.relevance,
    target=snakemake.wildcards.target,
    corpus=snakemake.params.corpus,
    log=snakemake.log[0],
)
