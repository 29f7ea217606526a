"""Train the one-filter networks of one target."""

from onefilter.workflow.step import PROGRESS, bind, logger

from dataclasses import replace
from pathlib import Path

import polars as pl

from onefilter.errors import InputError
from onefilter.files import write_table
from onefilter.model.card import Card, Model, past, steps_of
from onefilter.model.file import write_model
from onefilter.settings import Features, Network, Training
from onefilter.tables import check_lengths, pairs
from onefilter.training.fit import CURVE_COLUMNS, Fit, fit, prepare
from onefilter.training.learning import Learning
from onefilter.training.network import Weights
from onefilter.training.progress import Progress
from onefilter.workflow.interruption import Interruption, fingerprint


def train_networks(
    train_features: list[Path],
    train_labels: list[Path],
    devel_features: list[Path],
    devel_labels: list[Path],
    models: list[Path],
    last: list[Path],
    curves: Path,
    target: str,
    delay: float,
    corpus: str,
    tool: str,
    split: str,
    names: list[str],
    windows: Features,
    network: Network,
    training: Training,
) -> None:
    """Train one network per seed for one target; write it at its best and its last epoch, and the learning curves."""
    prepare(training)
    data = [pairs(train_features, train_labels, target, names), pairs(devel_features, devel_labels, target, names)]
    steps = steps_of(delay, windows.hop)
    for recordings, paths in zip(data, (train_features, devel_features), strict=True):
        check_lengths(recordings, paths[0], taps=network.taps, delay=steps, target=target)
    settings = {"network": network.model_dump(), "training": training.model_dump(), "delay": steps}
    interruption = Interruption(curves.with_suffix(".state.safetensors"), fingerprint(data, settings))
    progress = Progress(target)

    def on_round(learning: Learning) -> None:
        line = progress.line(learning)
        if line is not None:
            logger.log(PROGRESS, "%s", line)
        interruption.keep(learning)

    try:
        result = fit(
            *data, delay=steps, network=network, training=training, resume=interruption.read(), on_round=on_round
        )
    except FloatingPointError as error:
        seed, epoch = error.args
        raise InputError(
            f"the loss of {target}, seed {seed}, is not finite in epoch {epoch}",
            file=train_features[0],
            remedy="lower training.learning_rate",
        ) from error
    card = _card(target, names, windows, network, delay=delay, corpus=corpus, tool=tool)
    _write_models(result, models, last, card, training, split)
    write_table(curves, _curves(result, training.seeds, target))
    interruption.remove()


def _card(
    target: str, names: list[str], windows: Features, network: Network, *, delay: float, corpus: str, tool: str
) -> Card:
    """Write what the models have in common."""
    return Card(
        target=target,
        method="one-filter",
        features=tuple(names),
        **windows.model_dump(exclude={"statistics"}),
        delay=delay,
        left=past(network.taps, network.ahead),
        activation=network.activation,
        seed=0,
        epoch=0,
        corpus=corpus,
        tool=tool,
    )


def _write_models(
    result: Fit, models: list[Path], last: list[Path], card: Card, training: Training, split: str
) -> None:
    """Write each seed's model at its best and at its last epoch."""
    for index, (seed, path, last_path) in enumerate(zip(training.seeds, models, last, strict=True)):
        chosen = (int(result.best_epoch[index]), float(result.best_score[index]))
        end = (training.epochs, float(result.curves[-1, 1, index]))
        for weights, (epoch, score), name in ((result.best, chosen, path), (result.last, end, last_path)):
            own = replace(card, seed=seed, epoch=epoch, scores={split: score})
            write_model(name, _model(weights, index, own))


def _model(weights: Weights, index: int, card: Card) -> Model:
    """Take one model out of many."""
    return Model(
        card=card,
        weight=weights.weight[:, :, index].numpy(),
        bias=float(weights.bias[index]),
        head_weight=float(weights.head_weight[index]),
        head_bias=float(weights.head_bias[index]),
    )


def _curves(result: Fit, seeds: list[int], target: str) -> pl.DataFrame:
    """Lay the learning curves out, columns of `CURVE_COLUMNS`."""
    epochs = len(result.curves)
    return pl.concat(
        [
            pl.DataFrame(
                {
                    "target": [target] * epochs,
                    "epoch": range(epochs),
                    "seed": [seed] * epochs,
                    "train": result.curves[:, 0, index],
                    "devel": result.curves[:, 1, index],
                    "chosen": [epoch == result.best_epoch[index] for epoch in range(epochs)],
                }
            )
            for index, seed in enumerate(seeds)
        ]
    ).select(list(CURVE_COLUMNS))


bind(train_networks)
