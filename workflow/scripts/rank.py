"""Rank features."""

from typing import TYPE_CHECKING

from onefilter.steps.rank import rank

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

rank(
    relevance=snakemake.input.relevance,
    best=snakemake.input.best,
    ranking=snakemake.output.ranking,
    agreement=snakemake.output.agreement,
    corpus=snakemake.params.corpus,
    seed=snakemake.params.seed,
    log=snakemake.log[0],
)
