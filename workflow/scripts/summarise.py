"""Summarise the scores over seeds."""

from typing import TYPE_CHECKING

from onefilter.steps.summarise import summarise

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

summarise(
    scores=snakemake.input.scores,
    sums=snakemake.input.sums,
    summary=snakemake.output.summary,
    metrics=snakemake.output.metrics,
    corpus=snakemake.params.corpus,
    seed=snakemake.params.seed,
    log=snakemake.log[0],
)
