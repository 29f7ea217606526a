"""Step of the rule `train`."""

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import torch
from safetensors import safe_open
from safetensors.torch import save

from onefilter.errors import InputError
from onefilter.features.statistics import FEATURES
from onefilter.files import write_bytes, write_table
from onefilter.model.card import Card, Model, past
from onefilter.model.file import write_model
from onefilter.provenance import sources
from onefilter.steps import logger, step
from onefilter.tables import Floats, check_lengths, pairs
from onefilter.training.fit import Fit, fit, prepare
from onefilter.training.learning import Learning, State
from onefilter.training.network import Weights


@step
def train(
    *,
    train_features: str,
    train_labels: str,
    devel_features: str,
    devel_labels: str,
    models: list[str],
    last: list[str],
    curves: str,
    target: str,
    delay: float,
    corpus: str,
    features: Mapping[str, Any],
    network: Mapping[str, Any],
    training: Mapping[str, Any],
    threads: int,
) -> None:
    """Train one network per seed for one target; write it at its best and its last epoch, and the learning curves."""
    prepare(threads)
    names = list(network["features"] or FEATURES)
    data = [
        pairs(train_features, train_labels, target, names),
        pairs(devel_features, devel_labels, target, names),
    ]
    steps = round(delay / features["hop"])
    for recordings, path in zip(data, (train_features, devel_features), strict=True):
        check_lengths(recordings, path, taps=network["taps"], delay=steps, target=target)
    settings = {key: value for key, value in training.items() if key not in {"culture", "seeds"}}
    left = past(network["taps"], network["ahead"])
    architecture = {key: network[key] for key in ("taps", "activation", "head")} | {"left": left}
    interrupted = Interrupted(
        Path(curves).with_suffix(".state.safetensors"),
        fingerprint(data, {**settings, **architecture, "seeds": training["seeds"], "delay": steps, "threads": threads}),
    )
    progress = Progress(target)

    def on_round(learning: Learning) -> None:
        progress.report(learning)
        interrupted.keep(learning)

    try:
        result = fit(
            data[0],
            data[1],
            seeds=training["seeds"],
            delay=steps,
            **architecture,
            **settings,
            resume=interrupted.read(),
            on_round=on_round,
        )
    except FloatingPointError as error:
        seed, epoch = error.args
        raise InputError(
            f"the loss of {target}, seed {seed}, is not finite in epoch {epoch}",
            file=train_features,
            remedy="lower training.learning_rate",
        ) from error
    card = Card(
        target=target,
        method="one-filter",
        features=tuple(names),
        **features,
        delay=delay,
        left=left,
        activation=network["activation"],
        seed=0,
        epoch=0,
        corpus=corpus,
    )
    split = f"{training['culture']}-devel"
    for index, (seed, path, last_path) in enumerate(zip(training["seeds"], models, last, strict=True)):
        chosen = (int(result.best_epoch[index]), float(result.best_score[index]))
        end = (training["epochs"], float(result.curves[-1, 1, index]))
        for weights, (epoch, score), name in ((result.best, chosen, path), (result.last, end, last_path)):
            own = replace(card, seed=seed, epoch=epoch, scores={split: score})
            write_model(Path(name), _model(weights, index, own))
    write_table(Path(curves), _curves(result, training["seeds"]))
    interrupted.remove()


def fingerprint(data: list[list[tuple[Floats, Floats]]], settings: Mapping[str, Any]) -> str:
    """Sum up data, settings and code in a few letters: only a training with the same ones may be continued."""
    digest = hashlib.sha256(json.dumps({**settings, "torch": torch.__version__}, sort_keys=True).encode())
    for path in sources(__name__):
        digest.update(path.read_bytes())
    for recordings in data:
        for features, labels in recordings:
            digest.update(features.tobytes())
            digest.update(labels.tobytes())
    return digest.hexdigest()


class Interrupted:
    """The state of a training that may be interrupted: kept now and then, continued from, removed at the end."""

    def __init__(self, path: Path, fingerprint: str, *, every: float = 5.0) -> None:
        """Keep the state of the training with this fingerprint at `path`, at most every so many seconds."""
        self.path = path
        self.fingerprint = fingerprint
        self.every = every
        self.kept = time.monotonic()

    def keep(self, learning: Learning) -> None:
        """Write the state, if it is time."""
        if time.monotonic() - self.kept >= self.every:
            self.kept = time.monotonic()
            write_bytes(self.path, save(dict(learning.state()), metadata={"fingerprint": self.fingerprint}))

    def read(self) -> State | None:
        """Read the state that an interrupted training left, if it is one of this very training."""
        if not self.path.is_file():
            return None
        with safe_open(self.path, framework="pt") as content:
            if content.metadata() != {"fingerprint": self.fingerprint}:
                logger.info("an interrupted training with other data, settings or code is not continued")
                return None
            state = {name: content.get_tensor(name) for name in content.keys()}  # noqa: SIM118
        logger.info("an interrupted training is continued from epoch %d", int(state["epoch"]))
        return state

    def remove(self) -> None:
        """Forget the state: the models are there."""
        self.path.unlink(missing_ok=True)


def _model(weights: Weights, index: int, card: Card) -> Model:
    """Take one model out of many."""
    return Model(
        card=card,
        weight=weights.weight[:, :, index].numpy(),
        bias=float(weights.bias[index]),
        head_weight=float(weights.head_weight[index]),
        head_bias=float(weights.head_bias[index]),
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


class Progress:
    """Says every few seconds how far training is, how fast, how good, and when it will be done."""

    def __init__(self, target: str, *, every: float = 5.0) -> None:
        """Speak of `target` at most every so many seconds."""
        self.target = target
        self.every = every
        self.begun = self.spoken = time.monotonic()
        self.first: int | None = None

    def report(self, learning: Learning) -> None:
        """Report, if it is time or the end."""
        now, done, total = time.monotonic(), int(learning.epoch), learning.epochs
        if self.first is None:
            self.begun, self.first = now, done
        if now - self.spoken < self.every and done < total:
            return
        self.spoken = now
        rate = (done - self.first) / max(now - self.begun, 1e-9)
        best = learning.best_score
        logger.info(
            "%-8s epoch %*d/%d |%s| best development CCC %.3f (%d models: %.3f to %.3f), %.0f epochs/s, %s left",
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
            f"{(total - done) / rate:.0f} s" if rate else "0 s" if done == total else "? s",
        )
