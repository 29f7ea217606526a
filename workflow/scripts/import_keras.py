"""Import a published model of one target."""

from typing import TYPE_CHECKING

from onefilter.steps.import_keras import import_keras

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

import_keras(
    keras=snakemake.input.keras[0],
    model=snakemake.output.model,
    target=snakemake.wildcards.target,
    delay=snakemake.params.delay,
    features=snakemake.params.features,
    log=snakemake.log[0],
)
