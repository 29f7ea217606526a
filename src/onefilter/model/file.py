"""The file that a trained model is kept in: safetensors, nothing that could be executed.

Tensors: ``weight`` [K, F], ``bias``, ``head_weight``, ``head_bias`` (scalars), and the folded ``filter`` [K, F] =
head_weight * weight and ``offset`` = head_weight * bias + head_bias. The filter of a linear model is the model;
signs are read from it and never from ``weight``, because the head is usually negative. Metadata: one JSON text
under ``onefilter`` with the fields of `Card`. This module needs NumPy only.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Final, get_args

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from onefilter.errors import InputError
from onefilter.files import write_bytes
from onefilter.model.card import ACTIVATIONS, FORMAT, Card, Floats, Layer, Model, Stack
from onefilter.names import Alignment, FailedFrames

_REMEDY: Final = "give a .safetensors file that onefilter wrote"
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "activation": ACTIVATIONS,
    "alignment": get_args(Alignment),
    "failed_frames": get_args(FailedFrames),
}
"""What the metadata may say."""


def write_model(path: Path, model: Model | Stack) -> None:
    """Write a model file; nothing is left behind if that fails."""
    tensors: dict[str, npt.NDArray[np.float32]] = {}
    if isinstance(model, Stack):
        for number, layer in enumerate(model.layers):
            tensors[f"layer.{number}.weight"] = np.ascontiguousarray(layer.weight, dtype=np.float32)
            tensors[f"layer.{number}.bias"] = np.ascontiguousarray(layer.bias, dtype=np.float32)
            tensors[f"layer.{number}.relu"] = np.array(float(layer.relu), dtype=np.float32)
    else:
        scalars = {
            "bias": model.bias,
            "head_weight": model.head_weight,
            "head_bias": model.head_bias,
            "offset": model.offset,
        }
        tensors |= {name: np.array(value, dtype=np.float32) for name, value in scalars.items()}
        for name, matrix in (("weight", model.weight), ("filter", model.filter)):
            tensors[name] = np.ascontiguousarray(matrix, dtype=np.float32)
    card = asdict(model.card) | {"scores": dict(model.card.scores)}
    write_bytes(path, save(tensors, metadata={"onefilter": json.dumps(card, sort_keys=True)}))


def read_model(path: Path) -> Model:
    """Read the file of a one-filter model.

    Raises:
        InputError: If it is not one, or says things that do not fit together.
    """
    model = read_any_model(path)
    if isinstance(model, Stack):
        raise InputError(
            f"has {len(model.layers)} layers, so there is no single filter to look at",
            file=path,
            remedy="`onefilter predict` and `inspect` take it",
        )
    return model


def read_any_model(path: Path) -> Model | Stack:
    """Read a model file, of one filter or of several layers.

    Raises:
        InputError: If it is not one, or says things that do not fit together.
    """
    if not path.is_file():
        raise InputError(
            "no such model file", file=path, remedy="`make reproduce` writes results/models/*/*.safetensors"
        )
    try:
        with safe_open(path, framework="numpy") as content:
            metadata = content.metadata() or {}
            tensors = {name: content.get_tensor(name) for name in content.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise InputError(f"is not a safetensors file ({error})", file=path, remedy=_REMEDY) from error
    if "onefilter" not in metadata:
        raise InputError("is a safetensors file, but not a onefilter model", file=path, remedy=_REMEDY)
    card = _card(path, metadata["onefilter"])
    for name, tensor in tensors.items():
        if not np.isfinite(tensor).all():
            raise InputError(f"tensor {name} is not finite", file=path, remedy="train or import it again")
    if "layer.0.weight" in tensors:
        return _stack(path, card, tensors)
    shapes = {"weight": 2, "bias": 0, "head_weight": 0, "head_bias": 0}
    for name, dimensions in shapes.items():
        if name not in tensors or tensors[name].ndim != dimensions:
            raise InputError(f"lacks the tensor {name} with {dimensions} dimensions", file=path, remedy=_REMEDY)
    taps, width = tensors["weight"].shape
    if width != len(card.features) or not 0 <= card.left < taps:
        raise InputError(
            f"weights of shape {taps} x {width} do not fit {len(card.features)} features and {card.left} steps of past",
            file=path,
            remedy=_REMEDY,
        )
    return Model(card, tensors["weight"], *(float(tensors[name]) for name in ("bias", "head_weight", "head_bias")))


def read_models(paths: Sequence[Path]) -> dict[str, Model | Stack]:
    """Read several models, one per target, all with the same windows.

    Args:
        paths: Model files, at least one.

    Returns:
        The models by target, in the order given.

    Raises:
        InputError: If a file is not a model, two predict the same target, or they need different windows.
    """
    models: dict[str, Model | Stack] = {}
    for path in paths:
        model = read_any_model(path)
        if model.card.target in models:
            raise InputError(f"is a second model for {model.card.target}", file=path, remedy="give one per target")
        models[model.card.target] = model
    first = next(iter(models.values())).card
    for path, model in zip(paths, models.values(), strict=True):
        for name in ("window", "hop", "alignment", "failed_frames"):
            if getattr(model.card, name) != getattr(first, name):
                raise InputError(
                    f"needs {name} {getattr(model.card, name)}, the first model {getattr(first, name)}",
                    file=path,
                    remedy="predict with them one after the other",
                )
    return models


def _stack(path: Path, card: Card, tensors: Mapping[str, Floats]) -> Stack:
    """Put the layers of a stack together, if they fit."""
    layers: list[Layer] = []
    width = len(card.features)
    while f"layer.{len(layers)}.weight" in tensors:
        weight, bias, relu = (tensors.get(f"layer.{len(layers)}.{kind}") for kind in ("weight", "bias", "relu"))
        if (
            weight is None or bias is None or relu is None
            or weight.ndim != 3 or bias.shape != weight.shape[2:] or relu.ndim or weight.shape[1] != width
        ):  # fmt: skip
            raise InputError(f"layer {len(layers)} does not fit what is before it", file=path, remedy=_REMEDY)
        width = weight.shape[2]
        layers.append(Layer(weight.astype(np.float64), bias.astype(np.float64), bool(relu > 0)))
    if width != 1 or card.left != sum(layer.left for layer in layers):
        raise InputError("its layers do not end in one number per step", file=path, remedy=_REMEDY)
    return Stack(card, tuple(layers))


def _card(path: Path, text: str) -> Card:
    try:
        entries = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"metadata is not JSON ({error})", file=path, remedy=_REMEDY) from error
    if isinstance(entries, dict) and entries.get("format") == 1:
        entries["source"] = ""
    names = {entry.name for entry in fields(Card)}
    if not isinstance(entries, dict) or set(entries) != names:
        raise InputError("metadata is not that of a onefilter model", file=path, remedy=_REMEDY)
    if not isinstance(entries["format"], int) or not 1 <= entries["format"] <= FORMAT:
        raise InputError(
            f"has format {entries['format']}, this version reads 1 to {FORMAT}",
            file=path,
            remedy="install a newer onefilter",
        )
    for name, known in _CHOICES.items():
        if entries[name] not in known:
            raise InputError(
                f"unknown {name} {entries[name]!r}, known are {', '.join(known)}", file=path, remedy=_REMEDY
            )
    return Card(**{**entries, "features": tuple(entries["features"])})
