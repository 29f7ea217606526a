"""Find the one filter that stands for a model."""

from typing import TYPE_CHECKING

from onefilter.steps.linearise import linearise

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

linearise(
    model=snakemake.input.model[0],
    features=snakemake.input.features,
    linear=snakemake.output.linear,
    log=snakemake.log[0],
)
