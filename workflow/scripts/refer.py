"""Fit the references of one target."""

from typing import TYPE_CHECKING

from onefilter.steps.refer import refer

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

refer(
    train_features=snakemake.input.train_features[0],
    train_labels=snakemake.input.train_labels[0],
    devel_features=snakemake.input.devel_features[0],
    devel_labels=snakemake.input.devel_labels[0],
    references=snakemake.output.references,
    target=snakemake.wildcards.target,
    delay=snakemake.params.delay,
    corpus=snakemake.params.corpus,
    split=snakemake.params.split,
    features=snakemake.params.features,
    network=snakemake.params.network,
    log=snakemake.log[0],
)
