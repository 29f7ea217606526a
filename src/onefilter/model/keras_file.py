"""Import one-filter models, and deeper stacks, from the files that Keras 2.2 to 3 writes. Nothing is executed.

Read are the JSON that describes the layers and the arrays of those that have weights (`keras_source`); neither Keras
nor TensorFlow is needed. A model must be a chain of

    Conv1D (``same`` padding, stride 1, ``channels_last``; kernel [K, inputs, filters]),
    TimeDistributed(Dense) or Dense (kernel [inputs, units]),
    Activation (linear, relu) or a plain ReLU,  Dropout and what else does nothing when predicting,  InputLayer,

that ends in one number per step. Keras' convolution is a correlation whose tap k looks at step t + k - (K - 1) // 2,
as here. h5py is an optional extra: ``pip install 'onefilter[keras]'``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from onefilter.errors import InputError, nearest
from onefilter.model.card import ACTIVATIONS, DEEPEST, LATER, LONGEST, USUAL, Card, Layer, Model, Stack, checked_card
from onefilter.model.fields import brief, plain, reason
from onefilter.model.keras_source import REMEDY, Source, opened
from onefilter.names import PUBLISHED_FEATURES

Floats = npt.NDArray[np.float64]

WINDOW: Final = 0.08
"""Seconds: the published models' windows hold 4 frames of 50 per second, [t - 0.04, t + 0.04)."""
HOP: Final = 0.1
CORPUS: Final = "SEWA"
"""What published models were trained on."""
KERAS: Final = (".h5", ".keras")
"""Endings of Keras files."""
SILENT: Final = (
    "InputLayer", "Dropout", "SpatialDropout1D", "GaussianDropout", "GaussianNoise", "ActivityRegularization",
    "Masking",
)  # fmt: skip
"""Layers that do nothing when predicting."""
PUBLISHED_SETS: Final[Mapping[str, tuple[str, ...]]] = {
    "published-37": PUBLISHED_FEATURES,
    "published-7": tuple(PUBLISHED_FEATURES[index] for index in (0, 3, 5, 6, 7, 9, 36)),
    "published-19-meanonly": PUBLISHED_FEATURES[0::2],
    "published-19-stdonly": (*PUBLISHED_FEATURES[1::2], "turn"),
}
"""Inputs of the published models, by the columns that the study's public code selects (deepemotion_keras_DHC*.py)."""
_LARGEST: Final = 1e15
"""Of a weight: products of two stay within single precision."""


@dataclass(frozen=True)
class _Part:
    """One layer with weights, and the activation behind it."""

    name: str
    weight: Floats
    bias: Floats
    activation: str
    l1: float


def import_keras(
    path: Path,
    *,
    target: str,
    delay: float,
    features: Sequence[str] | None = None,
    window: float = WINDOW,
    hop: float = HOP,
    corpus: str = CORPUS,
) -> Model | Stack:
    """Read a Keras file.

    Args:
        path: The HDF5 file, or the zip of Keras 3.
        target: What the model predicts.
        delay: Annotation delay that it was trained with (seconds).
        features: Names of its inputs, in order; None for the 37 in stored order.
        window: Length of the feature windows that it was trained with (seconds).
        hop: Distance between them (seconds).
        corpus: What it was trained on.

    Returns:
        A one-filter model where that is what it is, else a stack.

    Raises:
        InputError: If the file is not such a file, or the model not such a chain.
    """
    with opened(path) as source:
        parts = _parts(path, source)
    width = parts[0].weight.shape[1]
    names = _names(path, features, width)
    if parts[-1].weight.shape[2] != 1:
        raise InputError(f"ends in {parts[-1].weight.shape[2]} numbers per step, not in one", file=path, remedy=REMEDY)
    l1 = max(part.l1 for part in parts)
    entries = {
        "target": target,
        "method": "one-filter",
        "features": names,
        "window": window,
        "hop": hop,
        "alignment": "centred",
        "failed_frames": "keep",
        "delay": delay,
        "left": sum((len(part.weight) - 1) // 2 for part in parts),
        "activation": parts[0].activation,
        "seed": 0,
        "epoch": 0,
        "corpus": corpus,
        "scores": {},
        "source": f"Keras file {plain(path.name)}" + (f", L1 {l1:g} on the kernel" if l1 else ""),
        **LATER,
        "format": USUAL,
    }
    try:
        card = checked_card(entries)
    except ValueError as error:
        raise InputError(str(error), file=path, remedy="say it as the model was trained") from error
    return _model(card, parts)


def _model(card: Card, parts: Sequence[_Part]) -> Model | Stack:
    """Make a one-filter model of the layers where that is what they are, else a stack."""
    if _is_one_filter(parts):
        first = parts[0]
        head = parts[1] if len(parts) > 1 else None
        return Model(
            card,
            first.weight[:, :, 0].astype(np.float32),
            bias=float(first.bias[0]),
            head_weight=1.0 if head is None else float(head.weight[0, 0, 0]),
            head_bias=0.0 if head is None else float(head.bias[0]),
        )
    layers = tuple(Layer(part.weight, part.bias, part.activation == "relu") for part in parts)
    return Stack(card, layers)


def _is_one_filter(parts: Sequence[_Part]) -> bool:
    """One filter, and at most one linear unit of one tap behind it."""
    if parts[0].weight.shape[2] != 1 or len(parts) > 2:
        return False
    return len(parts) == 1 or (len(parts[1].weight) == 1 and parts[1].activation == "linear")


def _parts(path: Path, source: Source) -> list[_Part]:
    """Take the layers with weights; put activations to the layer before them."""
    try:
        chain = list(_chain(path, source.config))
        kinds = [_text(layer["class_name"]) for layer in chain]
        names = [
            _text(layer["config"].get("name", layer.get("name", kind)))
            for layer, kind in zip(chain, kinds, strict=True)
        ]
        parts: list[_Part] = []
        for layer, kind, name, key in zip(chain, kinds, names, source.keys(names, kinds), strict=True):
            _add(path, parts, (kind, layer["config"], name), key, source)
    except InputError:
        raise
    except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError, RecursionError) as error:
        what = f"model_config cannot be understood ({type(error).__name__}: {reason(error)})"
        raise InputError(what, file=path, remedy=REMEDY) from error
    if not parts or len(parts) > DEEPEST:
        what = f"has {len(parts)} layers with weights" if parts else "has no layer with weights"
        raise InputError(what, file=path, remedy=REMEDY)
    return parts


def _chain(path: Path, config: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Give the layers in order; refuse what is not a chain."""
    if config["class_name"] == "Sequential":
        inner = config["config"]
        yield from inner if isinstance(inner, list) else inner["layers"]
        return
    if config["class_name"] != "Model" and config["class_name"] != "Functional":
        raise InputError(f"is a {plain(config['class_name'])}, not a chain of layers", file=path, remedy=REMEDY)
    previous: str | None = None
    for layer in config["config"]["layers"]:
        name = _text(layer["name"])
        sources = [_text(before) for node in layer["inbound_nodes"] for before in _sources(node)]
        if sources != ([] if previous is None else [previous]):
            listed = ", ".join(map(plain, sources[:3])) or "nothing"
            what = f"layer {plain(name)} reads {listed}, so it is no chain"
            raise InputError(what, file=path, remedy=REMEDY)
        previous = name
        yield layer
    outputs = config["config"].get("output_layers")
    if outputs and outputs not in ([[previous, 0, 0]], [previous, 0, 0]):
        raise InputError(f"does not end in its last layer, {plain(previous)}", file=path, remedy=REMEDY)


def _sources(node: Any) -> list[Any]:
    """List the layers that a layer reads: ``[[name, …]]`` in Keras 2, tensors among the arguments in Keras 3."""
    if isinstance(node, list):
        return [before[0] for before in node]
    found: list[Any] = []
    remaining = [node["args"], node.get("kwargs", {})]
    while remaining:
        value = remaining.pop(0)
        if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
            found.append(value["config"]["keras_history"][0])
        elif isinstance(value, dict | list):
            remaining += value.values() if isinstance(value, dict) else value
    return found


def _text(value: Any) -> str:
    """Give a name, which must be text."""
    if not isinstance(value, str):
        raise TypeError("a layer without class_name and name")
    return value


def _add(path: Path, parts: list[_Part], layer: tuple[str, dict[str, Any], str], key: str, source: Source) -> None:
    """Put a layer behind those that are there already."""
    kind, config, name = layer
    shown = plain(name)
    if kind in SILENT:
        return
    if kind == "ReLU" and not any(config.get(setting) for setting in ("max_value", "negative_slope", "threshold")):
        kind, config = "Activation", {"activation": "relu"}
    if kind == "Activation":
        if not parts:
            raise InputError(f"layer {shown} is an activation of the inputs", file=path, remedy=REMEDY)
        parts[-1] = _activated(path, parts[-1], config["activation"])
        return
    if kind == "TimeDistributed":
        kind, config = config["layer"]["class_name"], config["layer"]["config"]
    if kind not in {"Conv1D", "Dense"}:
        raise InputError(f"layer {shown} is a {plain(kind)}, which cannot be imported", file=path, remedy=REMEDY)
    arrays = source.arrays(key)
    if "kernel" not in arrays:
        held = source.held()
        only = f", only for {', '.join(map(plain, held))}" if held else ""
        raise InputError(f"holds no weights for layer {shown}{only}", file=path, remedy=REMEDY)
    parts.append(_part(path, shown, kind, config, arrays))
    if len(parts) > 1 and parts[-2].weight.shape[2] != parts[-1].weight.shape[1]:
        raise InputError(
            f"layer {shown} reads {parts[-1].weight.shape[1]} numbers where {parts[-2].name} gives"
            f" {parts[-2].weight.shape[2]}",
            file=path,
            remedy=REMEDY,
        )


def _part(path: Path, name: str, kind: str, config: Mapping[str, Any], weights: Mapping[str, Floats]) -> _Part:
    """Check one layer's settings and weights."""
    kernel = weights["kernel"]
    dimensions = 3 if kind == "Conv1D" else 2
    if kernel.ndim != dimensions or len(kernel) > LONGEST:
        raise InputError(
            f"layer {name} has a kernel of shape {'x'.join(map(str, kernel.shape))}, but a {kind} has {dimensions}"
            f" dimensions, at most {LONGEST} long",
            file=path,
            remedy=REMEDY,
        )
    kernel = kernel[None] if kind == "Dense" else kernel
    _check_settings(path, name, config, kernel, kind)
    if ("bias" in weights) != (config.get("use_bias", True) is not False):
        what = "biases, which it says that it has not," if "bias" in weights else "no biases"
        raise InputError(f"holds {what} for layer {name}", file=path, remedy=REMEDY)
    bias = weights.get("bias", np.zeros(kernel.shape[2]))
    if bias.shape != (kernel.shape[2],):
        raise InputError(f"layer {name} has {bias.size} biases for {kernel.shape[2]} filters", file=path, remedy=REMEDY)
    if not (np.abs(kernel).max() <= _LARGEST and np.abs(bias).max() <= _LARGEST):
        what = f"layer {name} has weights that are not finite, or beyond {_LARGEST:g}"
        raise InputError(what, file=path, remedy="train it again")
    regulariser = config.get("kernel_regularizer") or {}
    l1 = float(regulariser.get("config", {}).get("l1", 0.0))
    return _activated(path, _Part(name, kernel, bias, "linear", l1), config.get("activation") or "linear")


def _check_settings(path: Path, name: str, config: Mapping[str, Any], kernel: Floats, kind: str) -> None:
    """Refuse settings of a layer that would make something else of its weights, or contradict them."""
    expected: dict[str, Any] = {"units": kernel.shape[2]}
    if kind == "Conv1D":
        expected = {"padding": "same", "strides": 1, "dilation_rate": 1, "groups": 1, "data_format": "channels_last",
                    "filters": kernel.shape[2], "kernel_size": len(kernel)}  # fmt: skip
    for setting, wanted in expected.items():
        value = config.get(setting, wanted)
        value = value[0] if isinstance(value, list) and len(value) == 1 else value
        if value != wanted:
            why = (
                f"and its weights are for {wanted}: the file contradicts itself"
                if setting in {"units", "filters", "kernel_size"}
                else f"which cannot be imported: only {wanted} can"
            )
            raise InputError(f"layer {name} has {setting} {plain(value)}, {why}", file=path, remedy=REMEDY)


def _activated(path: Path, part: _Part, activation: Any) -> _Part:
    """Put an activation behind a layer that is linear so far."""
    if activation not in ACTIVATIONS:
        raise InputError(
            f"layer {part.name} has the activation {brief(activation)}, which cannot be imported:"
            f" {' and '.join(ACTIVATIONS)} can",
            file=path,
            remedy=REMEDY,
        )
    both = "relu" if "relu" in {part.activation, activation} else "linear"
    return _Part(part.name, part.weight, part.bias, both, part.l1)


def _names(path: Path, features: Sequence[str] | None, width: int) -> tuple[str, ...]:
    """Name the inputs."""
    if features is None and width != len(PUBLISHED_FEATURES):
        fitting = "".join(f"{name}, " for name, known in PUBLISHED_SETS.items() if len(known) == width)
        fitting += "or " if fitting else ""
        raise InputError(
            f"reads {width} features, not the {len(PUBLISHED_FEATURES)} that are stored",
            file=path,
            remedy=f"say which by --features: {fitting}a file of names, one per line (in a run: network.features)",
        )
    names = tuple(PUBLISHED_FEATURES if features is None else features)
    for name in names:
        if name not in PUBLISHED_FEATURES:
            raise InputError(f"--features: unknown feature {brief(name)}{nearest(name, PUBLISHED_FEATURES)}", file=path)
    if len(names) != width or len(set(names)) != width:
        raise InputError(
            f"reads {width} features, --features names {len(set(names))}", file=path, remedy="name each once, in order"
        )
    return names
