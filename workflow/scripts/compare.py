"""Compare scores."""

from typing import TYPE_CHECKING

from onefilter.steps.compare import compare

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

compare(
    scores=snakemake.input.scores,
    sums=snakemake.input.sums,
    differences=snakemake.output.differences,
    findings=snakemake.output.findings,
    corpus=snakemake.params.corpus,
    culture=snakemake.params.culture,
    seed=snakemake.params.seed,
    log=snakemake.log[0],
)
