"""Draw the ranking of features."""

from typing import TYPE_CHECKING

from onefilter.steps.draw_ranking import draw_ranking

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

draw_ranking(
    ranking=snakemake.input.ranking,
    best=snakemake.input.best,
    bars=snakemake.output.bars,
    against=snakemake.output.against,
    cultures=snakemake.params.cultures,
    corpus=snakemake.params.corpus,
    dpi=snakemake.params.dpi,
    log=snakemake.log[0],
)
