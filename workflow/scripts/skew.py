"""See what it costs that OpenFace cannot calibrate while it runs."""

from typing import TYPE_CHECKING

from onefilter.steps.skew import skew

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

skew(
    models=snakemake.input.models,
    skew=snakemake.output.skew,
    **dict(snakemake.params.items()),
    log=snakemake.log[0],
)
