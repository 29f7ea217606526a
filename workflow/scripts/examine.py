"""Check the explanation of one target."""

from typing import TYPE_CHECKING

from onefilter.steps.examine import examine

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

examine(
    reference=snakemake.input.reference,
    features=snakemake.input.features,
    labels=snakemake.input.labels,
    best=snakemake.input.best[0],
    sanity=snakemake.output.sanity,
    corpus=snakemake.params.corpus,
    seed=snakemake.params.seed,
    log=snakemake.log[0],
)
