"""Compare signs with human perception."""

from typing import TYPE_CHECKING

from onefilter.steps.perceive import perceive

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

perceive(
    models=snakemake.input.models,
    patterns=snakemake.input.patterns,
    expectations=snakemake.input.expectations,
    perception=snakemake.output.perception,
    seed=snakemake.params.seed,
    log=snakemake.log[0],
)
