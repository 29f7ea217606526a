"""Choose the best model of one target."""

from typing import TYPE_CHECKING

from onefilter.steps.choose import choose

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

choose(
    models=snakemake.input.models,
    best=snakemake.output.best,
    split=snakemake.params.split,
    log=snakemake.log[0],
)
