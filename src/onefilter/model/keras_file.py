"""Import one-filter models, and deeper stacks, from the HDF5 files that Keras 2.2 writes. Nothing is executed.

Read are the attribute ``model_config`` (JSON) and the datasets below ``model_weights``; neither Keras nor TensorFlow is
needed. A model must be a chain of

    Conv1D (``same`` padding, stride 1; kernel [K, inputs, filters]),
    TimeDistributed(Dense) or Dense (kernel [inputs, units]),
    Activation (linear, relu),  Dropout (does nothing when predicting),  InputLayer,

that ends in one number per step. Keras' convolution is a correlation whose tap k looks at step t + k - (K - 1) // 2,
as here. h5py is an optional extra: ``pip install 'onefilter[keras]'``.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from onefilter.errors import InputError, nearest
from onefilter.model.card import ACTIVATIONS, Card, Layer, Model, Stack
from onefilter.names import PUBLISHED_FEATURES

Floats = npt.NDArray[np.float64]

WINDOW: Final = 0.08
"""Seconds: the published models' windows hold 4 frames of 50 per second, [t - 0.04, t + 0.04)."""
HOP: Final = 0.1
CORPUS: Final = "SEWA"
"""What published models were trained on."""
SILENT: Final = ("InputLayer", "Dropout", "SpatialDropout1D", "Masking")
_REMEDY: Final = "give a file that Keras' model.save() wrote, of one-dimensional convolutions"


@dataclass(frozen=True)
class _Part:
    """One layer with weights, and the activation behind it."""

    name: str
    weight: Floats
    bias: Floats
    activation: str
    l1: float


def import_keras(path: Path, *, target: str, delay: float, features: Sequence[str] | None = None) -> Model | Stack:
    """Read a Keras file.

    Args:
        path: The HDF5 file.
        target: What the model predicts.
        delay: Annotation delay that it was trained with (seconds).
        features: Names of its inputs, in order; None for the 37 in stored order.

    Returns:
        A one-filter model where that is what it is, else a stack.

    Raises:
        InputError: If the file is not such a file, or the model not such a chain.
    """
    chain, weights = _read(path)
    parts = _parts(path, chain, weights)
    width = parts[0].weight.shape[1]
    names = _names(path, features, width)
    if parts[-1].weight.shape[2] != 1:
        raise InputError(f"ends in {parts[-1].weight.shape[2]} numbers per step, not in one", file=path, remedy=_REMEDY)
    l1 = max(part.l1 for part in parts)
    card = Card(
        target=target,
        method="one-filter",
        features=names,
        window=WINDOW,
        hop=HOP,
        alignment="centred",
        failed_frames="keep",
        delay=delay,
        left=sum((len(part.weight) - 1) // 2 for part in parts),
        activation=parts[0].activation,
        seed=0,
        epoch=0,
        corpus=CORPUS,
        source=f"Keras file {path.name}" + (f", L1 {l1:g} on the kernel" if l1 else ""),
    )
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


def _read(path: Path) -> tuple[list[dict[str, Any]], dict[str, dict[str, Floats]]]:
    """Read the chain of layers and, per layer, its datasets by their last name (``kernel``, ``bias``)."""
    try:
        import h5py
    except ImportError as error:
        raise InputError("cannot be read without h5py", file=path, remedy="pip install 'onefilter[keras]'") from error
    if not path.is_file():
        raise InputError("no such file", file=path, remedy="`dvc pull` fetches the published ones")
    if not h5py.is_hdf5(path):
        raise InputError("is not an HDF5 file", file=path, remedy=_REMEDY)
    with h5py.File(path, "r") as content:
        if "model_config" not in content.attrs:
            raise InputError("has no model_config: it holds weights without a model", file=path, remedy=_REMEDY)
        text = content.attrs["model_config"]
        if "model_weights" not in content:
            raise InputError("holds no model_weights", file=path, remedy=_REMEDY)
        weights: dict[str, dict[str, Floats]] = {}

        def visit(name: str, item: object) -> None:
            if isinstance(item, h5py.Dataset):
                layer, _, rest = name.partition("/")
                kind = rest.rpartition("/")[2].partition(":")[0]
                weights.setdefault(layer, {})[kind] = np.asarray(item[()], dtype=np.float64)

        content["model_weights"].visititems(visit)
    try:
        config = json.loads(text.decode("utf-8") if isinstance(text, bytes) else str(text))
        chain = list(_chain(path, config))
        for layer in chain:
            if not isinstance(layer["class_name"], str) or not isinstance(layer["config"], dict):
                raise TypeError("a layer without class_name and config")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"model_config cannot be understood ({error})", file=path, remedy=_REMEDY) from error
    return chain, weights


def _chain(path: Path, config: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Give the layers in order; refuse what is not a chain."""
    if config["class_name"] == "Sequential":
        inner = config["config"]
        yield from inner if isinstance(inner, list) else inner["layers"]
        return
    if config["class_name"] != "Model" and config["class_name"] != "Functional":
        raise InputError(f"is a {config['class_name']}, not a chain of layers", file=path, remedy=_REMEDY)
    previous: str | None = None
    for layer in config["config"]["layers"]:
        sources = [node[0] for nodes in layer["inbound_nodes"] for node in nodes]
        if sources != ([] if previous is None else [previous]):
            raise InputError(
                f"layer {layer['name']} reads {', '.join(map(str, sources)) or 'nothing'}, so it is no chain",
                file=path,
                remedy=_REMEDY,
            )
        previous = layer["name"]
        yield layer


def _parts(path: Path, chain: Sequence[Mapping[str, Any]], weights: Mapping[str, Mapping[str, Floats]]) -> list[_Part]:
    """Take the layers with weights; put activations to the layer before them."""
    parts: list[_Part] = []
    for layer in chain:
        kind, config = layer["class_name"], layer["config"]
        name = config.get("name", layer.get("name", kind))
        if kind in SILENT:
            continue
        if kind == "Activation":
            if not parts:
                raise InputError(f"layer {name} is an activation of the inputs", file=path, remedy=_REMEDY)
            parts[-1] = _activated(path, parts[-1], config["activation"], name)
            continue
        if kind == "TimeDistributed":
            kind, config = config["layer"]["class_name"], config["layer"]["config"]
        if kind not in {"Conv1D", "Dense"}:
            raise InputError(f"layer {name} is a {kind}, which cannot be imported", file=path, remedy=_REMEDY)
        parts.append(_part(path, name, kind, config, weights.get(name, {})))
        if len(parts) > 1 and parts[-2].weight.shape[2] != parts[-1].weight.shape[1]:
            raise InputError(
                f"layer {name} reads {parts[-1].weight.shape[1]} numbers where {parts[-2].name} gives"
                f" {parts[-2].weight.shape[2]}",
                file=path,
                remedy=_REMEDY,
            )
    if not parts:
        raise InputError("has no layer with weights", file=path, remedy=_REMEDY)
    return parts


def _part(path: Path, name: str, kind: str, config: Mapping[str, Any], weights: Mapping[str, Floats]) -> _Part:
    """Check one layer's settings and weights."""
    if "kernel" not in weights:
        raise InputError(f"holds no weights for layer {name}", file=path, remedy=_REMEDY)
    kernel = weights["kernel"]
    dimensions = 3 if kind == "Conv1D" else 2
    if kernel.ndim != dimensions or not kernel.size:
        raise InputError(
            f"layer {name} has a kernel of shape {'x'.join(map(str, kernel.shape))}, but a {kind} has {dimensions}"
            " dimensions",
            file=path,
            remedy=_REMEDY,
        )
    if kind == "Dense":
        kernel = kernel[None]
    else:
        for setting, expected in (("padding", "same"), ("strides", 1), ("dilation_rate", 1)):
            value = config.get(setting, expected)
            value = value[0] if isinstance(value, list) else value
            if value != expected:
                raise InputError(
                    f"layer {name} has {setting} {value}, which cannot be imported: only {expected} can",
                    file=path,
                    remedy=_REMEDY,
                )
    bias = weights.get("bias", np.zeros(kernel.shape[2]))
    if bias.shape != (kernel.shape[2],):
        raise InputError(
            f"layer {name} has {bias.size} biases for {kernel.shape[2]} filters", file=path, remedy=_REMEDY
        )
    if not (np.isfinite(kernel).all() and np.isfinite(bias).all()):
        raise InputError(f"layer {name} has weights that are not finite", file=path, remedy="train it again")
    regulariser = config.get("kernel_regularizer") or {}
    l1 = float(regulariser.get("config", {}).get("l1", 0.0))
    part = _Part(name, kernel, bias, "linear", l1)
    return _activated(path, part, config.get("activation") or "linear", name)


def _activated(path: Path, part: _Part, activation: str, name: str) -> _Part:
    """Put an activation behind a layer that is linear so far."""
    if activation not in ACTIVATIONS:
        raise InputError(
            f"layer {name} has the activation {activation!r}, which cannot be imported:"
            f" {' and '.join(ACTIVATIONS)} can",
            file=path,
            remedy=_REMEDY,
        )
    both = "relu" if "relu" in {part.activation, activation} else "linear"
    return _Part(part.name, part.weight, part.bias, both, part.l1)


def _names(path: Path, features: Sequence[str] | None, width: int) -> tuple[str, ...]:
    """Name the inputs."""
    if features is None and width != len(PUBLISHED_FEATURES):
        raise InputError(
            f"reads {width} features, not the {len(PUBLISHED_FEATURES)} that are stored",
            file=path,
            remedy="name them, one per line, in a file given by --features",
        )
    names = tuple(PUBLISHED_FEATURES if features is None else features)
    for name in names:
        if name not in PUBLISHED_FEATURES:
            raise InputError(f"--features: unknown feature {name!r}{nearest(name, PUBLISHED_FEATURES)}", file=path)
    if len(names) != width or len(set(names)) != width:
        raise InputError(
            f"reads {width} features, --features names {len(set(names))}", file=path, remedy="name each once, in order"
        )
    return names
