"""Draw relevance over time."""

from typing import TYPE_CHECKING

from onefilter.steps.draw_relevance import draw_relevance

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

draw_relevance(
    features=snakemake.input.features,
    labels=snakemake.input.labels,
    best=snakemake.input.best,
    figures=snakemake.output.figures,
    page=snakemake.output.page,
    corpus=snakemake.params.corpus,
    dpi=snakemake.params.dpi,
    log=snakemake.log[0],
)
