"""Audit the labels."""

from typing import TYPE_CHECKING

from onefilter.steps.audit import audit

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

audit(
    described=snakemake.input.described,
    labels=snakemake.output.labels,
    sentences=snakemake.output.sentences,
    corpus=snakemake.params.corpus,
    log=snakemake.log[0],
)
