"""Find the post-processing of one target."""

from typing import TYPE_CHECKING

from onefilter.steps.tune import tune

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

tune(
    predictions=snakemake.input.predictions[0],
    labels=snakemake.input.labels[0],
    chains=snakemake.output.chains,
    target=snakemake.wildcards.target,
    corpus=snakemake.params.corpus,
    delay=snakemake.params.delay,
    hop=snakemake.params.hop,
    settings=snakemake.params.settings,
    log=snakemake.log[0],
)
