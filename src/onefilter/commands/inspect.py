"""What `onefilter inspect` says of a model file."""

from pathlib import Path

import numpy as np

from onefilter.features.statistics import signals_of
from onefilter.files import check_outputs, write_standard_output
from onefilter.model.card import Model, Stack
from onefilter.model.file import read_any_model
from onefilter.names import listed_signals, twin_notice
from onefilter.text import printable

STRONGEST = 8
"""Number of features that are listed."""


def show(path: Path) -> None:
    """Print what a model file is."""
    check_outputs([], inputs=[path])
    write_standard_output(f"{describe(path)}\n")


def describe(path: Path) -> str:
    """Describe a model file in a few lines."""
    model = read_any_model(path)
    card = model.card
    rows = [
        ("target", card.target),
        ("trained on", twin_notice(card.corpus) or card.corpus),
        ("signals", f"{listed_signals(signals_of(card.features))}, of {card.tool}"),
        ("method", card.method),
        ("weights", f"{_count(model):,} ({_shape(model)})"),
        ("windows", f"{card.window:g} s {card.alignment}, one every {card.hop:g} s"),
        ("features", "as they are" if card.normalise == "none" else f"relative to the {card.normalise}"),
        ("lost frames", card.failed_frames),
        ("filter sees", f"{-model.lags[0]:g} s before to {model.lags[-1]:g} s after the prediction"),
        ("annotation delay", f"{card.delay:g} s: the prediction at t is what annotators mark at t + {card.delay:g} s"),
        ("latency", f"{model.latency:g} s behind the face, {model.latency - card.delay:+g} s from the annotators"),
        ("source", card.source) if card.source else ("seed, epoch", f"{card.seed}, {card.epoch}"),
        *((f"CCC {split}", f"{score:.3f}") for split, score in card.scores.items()),
    ]
    width = max(len(name) for name, _ in rows)
    lines = [f"{printable(name):<{width}}  {printable(value)}" for name, value in rows]
    if isinstance(model, Model) and card.activation == "linear":
        lines += ["", f"weighs most (summed over lags; + pushes {printable(card.target)} up):", *_strongest(model)]
    return "\n".join(lines)


def _shape(model: Model | Stack) -> str:
    """What the weights are."""
    card = model.card
    if isinstance(model, Stack):
        layers = ", ".join(
            f"{layer.weight.shape[2]} filters of {len(layer.weight)} taps" + (" and ReLU" if layer.relu else "")
            for layer in model.layers
        )
        return f"{len(card.features)} features; {layers}"
    return f"filter {model.taps} taps x {len(card.features)} features, {card.activation}"


def _count(model: Model | Stack) -> int:
    """Number of trained weights; a head that is 1 and 0 was not trained."""
    if isinstance(model, Stack):
        return sum(layer.weight.size + layer.bias.size for layer in model.layers)
    head = 0 if (model.head_weight, model.head_bias) == (1.0, 0.0) else 2
    return model.weight.size + 1 + head


def _strongest(model: Model) -> list[str]:
    sums, sizes = model.filter.sum(axis=0), np.abs(model.filter).sum(axis=0)
    order = np.argsort(-sizes, kind="stable")[:STRONGEST]
    return [f"  {printable(model.card.features[index]):<16} {sums[index]:+.4f}" for index in order]
