"""Select features of one target."""

from typing import TYPE_CHECKING

from onefilter.steps.select import select

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

select(
    features=snakemake.input.features,
    labels=snakemake.input.labels,
    best=snakemake.input.best[0],
    selection=snakemake.output.selection,
    target=snakemake.wildcards.target,
    corpus=snakemake.params.corpus,
    culture=snakemake.params.culture,
    delay=snakemake.params.delay,
    hop=snakemake.params.hop,
    network=snakemake.params.network,
    training=snakemake.params.training,
    settings=snakemake.params.settings,
    seed=snakemake.params.seed,
    threads=snakemake.threads,
    log=snakemake.log[0],
)
