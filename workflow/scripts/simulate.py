"""Simulate the twin."""

from typing import TYPE_CHECKING

from onefilter.steps.simulate import simulate

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

simulate(
    recordings=snakemake.params.recordings,
    planted_loadings=snakemake.output.planted,
    table=snakemake.output.table,
    seed=snakemake.params.seed,
    threads=snakemake.threads,
    log=snakemake.log[0],
)
