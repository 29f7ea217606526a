"""Score the predictions of one target."""

from typing import TYPE_CHECKING

from onefilter.steps.score import score

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

score(
    predictions=snakemake.input.predictions,
    labels=snakemake.input.labels,
    chains=snakemake.input.chains,
    scores=snakemake.output.scores,
    sums=snakemake.output.sums,
    target=snakemake.wildcards.target,
    corpus=snakemake.params.corpus,
    delay=snakemake.params.delay,
    hop=snakemake.params.hop,
    seed=snakemake.params.seed,
    log=snakemake.log[0],
)
