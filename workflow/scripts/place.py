"""Place our scores beside the published ones."""

from typing import TYPE_CHECKING

from onefilter.steps.place import place

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

place(
    systems=snakemake.input.systems,
    summary=snakemake.input.summary,
    published=snakemake.output.published,
    corpus=snakemake.params.corpus,
    log=snakemake.log[0],
)
