"""Train the one-filter networks of one target."""

from typing import TYPE_CHECKING

from onefilter.steps.train import train

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

train(
    train_features=snakemake.input.train_features[0],
    train_labels=snakemake.input.train_labels[0],
    devel_features=snakemake.input.devel_features[0],
    devel_labels=snakemake.input.devel_labels[0],
    models=snakemake.output.models,
    last=snakemake.output.last,
    curves=snakemake.output.curves,
    target=snakemake.wildcards.target,
    delay=snakemake.params.delay,
    corpus=snakemake.params.corpus,
    features=snakemake.params.features,
    network=snakemake.params.network,
    training=snakemake.params.training,
    threads=snakemake.threads,
    log=snakemake.log[0],
)
