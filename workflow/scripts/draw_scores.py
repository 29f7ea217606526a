"""Draw the scores."""

from typing import TYPE_CHECKING

from onefilter.steps.draw_scores import draw_scores

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

draw_scores(
    scores=snakemake.input.scores,
    summary=snakemake.input.summary,
    figure=snakemake.output.figure,
    cultures=snakemake.params.cultures,
    corpus=snakemake.params.corpus,
    dpi=snakemake.params.dpi,
    log=snakemake.log[0],
)
