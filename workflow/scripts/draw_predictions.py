"""Draw predictions beside labels."""

from typing import TYPE_CHECKING

from onefilter.steps.draw_predictions import draw_predictions

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

draw_predictions(
    predictions=snakemake.input.predictions,
    labels=snakemake.input.labels,
    best=snakemake.input.best,
    figure=snakemake.output.figure,
    split=f"{snakemake.wildcards.culture}-{snakemake.wildcards.partition}",
    cultures=snakemake.params.cultures,
    corpus=snakemake.params.corpus,
    excerpts=snakemake.params.excerpts,
    dpi=snakemake.params.dpi,
    log=snakemake.log[0],
)
