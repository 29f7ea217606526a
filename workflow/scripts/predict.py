"""Predict one target on one split."""

from typing import TYPE_CHECKING

from onefilter.steps.predict import predict

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

predict(
    features=snakemake.input.features,
    models=snakemake.input.models,
    predictions=snakemake.output.predictions,
    target=snakemake.wildcards.target,
    delay=snakemake.params.delay,
    settings=snakemake.params.settings,
    log=snakemake.log[0],
)
