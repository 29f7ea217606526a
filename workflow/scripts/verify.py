"""Test claims and expected numbers."""

from typing import TYPE_CHECKING

from onefilter.steps.verify import verify

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

verify(
    claims_file=snakemake.input.claims,
    expected_file=snakemake.input.expected,
    described=snakemake.input.described,
    distances=snakemake.input.distances,
    corpus_table=snakemake.input.corpus,
    summary=snakemake.input.summary,
    chains=snakemake.input.chains,
    perception=snakemake.input.perception,
    ladder=snakemake.input.ladder,
    model=snakemake.input.model[0],
    claims=snakemake.output.claims,
    expected=snakemake.output.expected,
    report=snakemake.output.report,
    corpus=snakemake.params.corpus,
    configuration=snakemake.params.configuration,
    log=snakemake.log[0],
)
