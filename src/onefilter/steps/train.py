"""Step of the rule `train`."""

import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytorch_lightning as lightning
import torch

from onefilter.errors import InputError
from onefilter.files import write_table
from onefilter.names import FEATURES
from onefilter.steps import logger, step
from onefilter.tables import Floats, by_recording
from onefilter.training.fit import Fit, fit
from onefilter.training.learning import Learning
from onefilter.training.model_file import Card, Model, write_model


@step
def train(
    *,
    train_features: str,
    train_labels: str,
    devel_features: str,
    devel_labels: str,
    models: list[str],
    curves: str,
    target: str,
    delay: float,
    corpus: str,
    features: Mapping[str, Any],
    network: Mapping[str, Any],
    training: Mapping[str, Any],
    threads: int,
) -> None:
    """Train one network per seed for one target; write the model files and the learning curves."""
    # Float sums depend on how many threads share them: the rule says how many.
    torch.set_num_threads(threads)
    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)
    logging.getLogger("pytorch_lightning.utilities.rank_zero").setLevel(logging.WARNING)
    hyperparameters = {
        key: training[key] for key in ("epochs", "learning_rate", "rho", "epsilon", "l1", "fill", "tail")
    }
    pairs = _pairs(train_features, train_labels, target)
    _check(pairs, train_features, taps=network["taps"], target=target)
    result = fit(
        pairs,
        _pairs(devel_features, devel_labels, target),
        seeds=training["seeds"],
        delay=round(delay / features["hop"]),
        **network,
        **hyperparameters,
        callbacks=[Progress(target)],
    )
    split = f"{training['culture']}-devel"
    card = Card(
        target=target,
        features=FEATURES,
        **features,
        delay=delay,
        left=(network["taps"] - 1) // 2,
        activation=network["activation"],
        seed=0,
        epoch=0,
        corpus=corpus,
    )
    for index, (seed, path) in enumerate(zip(training["seeds"], models, strict=True)):
        write_model(Path(path), _model(result, index, card, seed=seed, split=split))
    write_table(Path(curves), _curves(result, training["seeds"]))


def _pairs(features: str, labels: str, target: str) -> list[tuple[Floats, Floats]]:
    """Pair every recording's features [T, F] with its labels [T]; features beyond the last label are left out."""
    inputs = by_recording(pl.read_parquet(features), FEATURES)
    targets = by_recording(pl.read_parquet(labels), [target])
    return [(inputs[name][: len(values)], values[:, 0]) for name, values in targets.items()]


def _check(pairs: list[tuple[Floats, Floats]], path: str, *, taps: int, target: str) -> None:
    """Refuse what cannot be trained on."""
    shortest = min(len(labels) for _, labels in pairs)
    if taps > shortest:
        raise InputError(
            f"the filter's {taps} taps are longer than the shortest training recording ({shortest} steps)",
            file=path,
            column=target,
            remedy="set network.taps, or take the recording out of the table",
        )


def _model(result: Fit, index: int, card: Card, *, seed: int, split: str) -> Model:
    """Take one model out of a fit."""
    best = result.best
    described = {
        **card.__dict__,
        "seed": seed,
        "epoch": int(result.best_epoch[index]),
        "scores": {split: float(result.best_score[index])},
    }
    return Model(
        card=Card(**described),
        weight=best.weight[:, :, index].numpy(),
        bias=float(best.bias[index]),
        head_weight=float(best.head_weight[index]),
        head_bias=float(best.head_bias[index]),
    )


def _curves(result: Fit, seeds: list[int]) -> pl.DataFrame:
    """Lay the learning curves out as epoch, seed, train and devel CCC, chosen (the epoch that was kept)."""
    epochs = len(result.curves)
    return pl.concat(
        [
            pl.DataFrame(
                {
                    "epoch": range(epochs),
                    "seed": [seed] * epochs,
                    "train": result.curves[:, 0, index],
                    "devel": result.curves[:, 1, index],
                    "chosen": [epoch == result.best_epoch[index] for epoch in range(epochs)],
                }
            )
            for index, seed in enumerate(seeds)
        ]
    )


class Progress(lightning.Callback):
    """Says every few seconds how far training is, how fast, how good, and when it will be done."""

    def __init__(self, target: str, *, every: float = 5.0) -> None:
        """Speak of `target` at most every so many seconds."""
        self.target = target
        self.every = every
        self.begun = self.spoken = time.monotonic()

    def on_train_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Begin to count."""
        self.begun = self.spoken = time.monotonic()

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Report, if it is time or the end."""
        assert isinstance(pl_module, Learning)
        now, done, total = time.monotonic(), trainer.global_step, pl_module.epochs
        if now - self.spoken < self.every and done < total:
            return
        self.spoken = now
        rate = done / max(now - self.begun, 1e-9)
        best = pl_module.best_score
        logger.info(
            "%-8s epoch %*d/%d |%s| best development CCC %.3f (%d models: %.3f to %.3f), %.0f epochs/s, %.0f s left",
            self.target,
            len(str(total)),
            done,
            total,
            "#" * (20 * done // total) + "." * (20 - 20 * done // total),
            float(best.max()),
            len(best),
            float(best.min()),
            float(best.max()),
            rate,
            (total - done) / rate,
        )
