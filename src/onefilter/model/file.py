"""The file that a trained model is kept in: safetensors, nothing that could be executed.

Tensors: ``weight`` [K, F], ``bias``, ``head_weight``, ``head_bias`` (scalars), and the folded ``filter`` [K, F] =
head_weight * weight and ``offset`` = head_weight * bias + head_bias. The filter of a linear model is the model;
signs are read from it and never from ``weight``, because the head is usually negative. Metadata: one JSON text
under ``onefilter`` with the fields of `Card` and, since format 3, a ``checksum`` of them and of the tensors. All of it
is checked before anything is computed: version, checksum, types, bounds, sizes, and that redundant tensors agree. This
module needs NumPy only.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from onefilter.errors import InputError
from onefilter.files import is_there, write_bytes
from onefilter.model.card import (
    DEEPEST,
    FORMAT,
    LARGEST,
    LATER,
    LONGEST,
    USUAL,
    Card,
    Layer,
    Model,
    Stack,
    checked_card,
)
from onefilter.model.fields import brief, parse_json, plain, reason
from onefilter.text import check_itself

Singles = npt.NDArray[np.float32]

_REMEDY: Final = "give a .safetensors file that onefilter wrote"
_KERAS: Final = (b"\x89HDF", b"PK\3\4")
"""How Keras files begin, be they HDF5 or zips."""
_SHAPES: Final = {"weight": 2, "bias": 0, "head_weight": 0, "head_bias": 0, "filter": 2, "offset": 0}
"""Tensors of a model of one filter, and their numbers of dimensions."""
_LAYER: Final = ("weight", "bias", "relu")
"""Tensors of each layer of a stack."""
_TENSORS: Final = DEEPEST * len(_LAYER)


_LARGEST_INPUT: Final = 1e5
"""No feature is larger: positions of heads are in millimetres."""
_LARGEST_OUTPUT: Final = 1e30
"""No prediction is larger whose squares are added up."""


def write_model(path: Path, model: Model | Stack) -> None:
    """Write a model file; nothing is left behind if that fails."""
    tensors: dict[str, Singles] = {}
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
    card = _entries(model.card)
    if card["format"] >= 3:
        # Tuples become lists as in what is read.
        card["checksum"] = _checksum(json.loads(json.dumps(card)), tensors)
    write_bytes(path, save(tensors, metadata={"onefilter": json.dumps(card, sort_keys=True)}))


def _entries(card: Card) -> dict[str, Any]:
    """Give a card's fields as they are written: those since version 4 only if one of them is not as it was before."""
    entries = asdict(card) | {"scores": dict(card.scores)}
    if any(entries[name] != usual for name, usual in LATER.items()):
        return entries | {"format": max(card.format, FORMAT)}
    own = {name: value for name, value in entries.items() if name not in LATER}
    return own | {"format": USUAL if card.format == FORMAT else card.format}


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
    if not is_there(path):
        raise InputError(
            "no such model file", file=path, remedy="`make reproduce` writes results/models/*/*.safetensors"
        )
    text, tensors = _read(path)
    card = _card(path, text, tensors)
    for name, tensor in tensors.items():
        if not np.isfinite(tensor).all():
            raise InputError(f"tensor {plain(name)} is not finite", file=path, remedy="train or import it again")
    if "layer.0.weight" in tensors:
        return _stack(path, card, tensors)
    return _filter(path, card, tensors)


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
        for name in ("window", "hop", "alignment", "failed_frames", "normalise"):
            if getattr(model.card, name) != getattr(first, name):
                raise InputError(
                    f"needs {name} {getattr(model.card, name)}, the first model {getattr(first, name)}",
                    file=path,
                    remedy="predict with them one after the other",
                )
    return models


def _read(path: Path) -> tuple[str, dict[str, Singles]]:
    """Read the card's text and the tensors, once their number, types and sizes are known to be reasonable."""
    try:
        with path.open("rb") as file:
            head = file.read(64)
            check_itself(head, file=path)
            if head.startswith(_KERAS):
                raise InputError("looks like a Keras file", file=path, remedy="bring it by `onefilter import-keras`")
        with safe_open(path, framework="numpy") as content:
            text = (content.metadata() or {}).get("onefilter")
            if text is None:
                raise InputError("is a safetensors file, but not a onefilter model", file=path, remedy=_REMEDY)
            names = list(content.keys())
            _check_sizes(path, {name: content.get_slice(name) for name in names})
            return text, {name: content.get_tensor(name) for name in names}
    except (SafetensorError, OSError, ValueError, OverflowError, MemoryError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"is not a safetensors file ({reason(error)})", file=path, remedy=_REMEDY) from error


def _check_sizes(path: Path, slices: Mapping[str, Any]) -> None:
    """Refuse tensors of other types than are written, and more numbers than any model has."""
    total = 0
    for name, part in slices.items():
        shape = part.get_shape()
        if part.get_dtype() != "F32":
            raise InputError(f"tensor {plain(name)} is {part.get_dtype()}, not F32", file=path, remedy=_REMEDY)
        total += math.prod(shape)
    if total > LARGEST or len(slices) > _TENSORS:
        raise InputError(
            f"holds {total} numbers in {len(slices)} tensors, at most {LARGEST} in {_TENSORS} can be read",
            file=path,
            remedy=_REMEDY,
        )


def _filter(path: Path, card: Card, tensors: Mapping[str, Singles]) -> Model:
    """Put a model of one filter together, if its tensors fit each other."""
    _check_names(path, tensors, _SHAPES)
    for name, dimensions in _SHAPES.items():
        if tensors[name].ndim != dimensions:
            raise InputError(f"lacks the tensor {name} with {dimensions} dimensions", file=path, remedy=_REMEDY)
    taps, width = tensors["weight"].shape
    if width != len(card.features) or not 0 <= card.left < taps <= LONGEST:
        raise InputError(
            f"weights of shape {taps} x {width} do not fit {len(card.features)} features and {card.left} steps of past",
            file=path,
            remedy=_REMEDY,
        )
    model = Model(card, tensors["weight"], *(float(tensors[name]) for name in ("bias", "head_weight", "head_bias")))
    sizes = {
        "filter": float(np.abs(model.filter).max()),
        "offset": abs(model.offset - model.head_bias) + abs(model.head_bias),
    }
    for name, expected in (("filter", model.filter), ("offset", np.array(model.offset))):
        # Scalars were rounded when they were written, so what was folded before differs in the last digits.
        allowed = 1e-5 * sizes[name] + 1e-30
        if expected.shape != tensors[name].shape or np.abs(tensors[name] - expected).max() > allowed:
            raise InputError(f"tensor {name} does not agree with the weights", file=path, remedy=_REMEDY)
    return model


def _check_names(path: Path, tensors: Mapping[str, Singles], known: Iterable[str]) -> None:
    """Refuse tensors that are missing, and those that nobody would look at."""
    for name in known:
        if name not in tensors:
            raise InputError(f"lacks the tensor {name}", file=path, remedy=_REMEDY)
    for name in tensors:
        if name not in known:
            raise InputError(f"has a tensor {plain(name)}, which no model has", file=path, remedy=_REMEDY)


def _stack(path: Path, card: Card, tensors: Mapping[str, Singles]) -> Stack:
    """Put the layers of a stack together, if they fit."""
    layers: list[Layer] = []
    width = len(card.features)
    count = sum(name.endswith(".weight") for name in tensors)
    _check_names(path, tensors, [f"layer.{number}.{kind}" for number in range(count) for kind in _LAYER])
    for number in range(count):
        weight, bias, relu = (tensors[f"layer.{number}.{kind}"] for kind in _LAYER)
        if (
            weight.ndim != 3 or bias.shape != weight.shape[2:] or relu.ndim or relu not in (0, 1)
            or weight.shape[1] != width or not weight.size or len(weight) > LONGEST
        ):  # fmt: skip
            raise InputError(f"layer {number} does not fit what is before it", file=path, remedy=_REMEDY)
        width = weight.shape[2]
        layers.append(Layer(weight.astype(np.float64), bias.astype(np.float64), bool(relu > 0)))
    if not _largest(layers) <= _LARGEST_OUTPUT:
        raise InputError("its weights are so large that predictions are no numbers", file=path, remedy=_REMEDY)
    if width != 1 or card.left != sum(layer.left for layer in layers):
        raise InputError("its layers do not end in one number per step", file=path, remedy=_REMEDY)
    return Stack(card, tuple(layers))


def _largest(layers: Sequence[Layer]) -> float:
    """Say how large a prediction may be where no feature is larger than `_LARGEST_INPUT`."""
    bound = np.array(_LARGEST_INPUT)
    with np.errstate(over="ignore", invalid="ignore"):
        for layer in layers:
            bound = (np.abs(layer.weight).sum(axis=(0, 1)) * bound + np.abs(layer.bias)).max()
    return float(bound)


def _card(path: Path, text: str, tensors: Mapping[str, Singles]) -> Card:
    """Read the card: its version first, then its fields, then its checksum."""
    try:
        entries = parse_json(text)
    except ValueError as error:
        raise InputError(f"metadata is not JSON ({reason(error)})", file=path, remedy=_REMEDY) from error
    if not isinstance(entries, dict):
        raise InputError("metadata is not that of a onefilter model", file=path, remedy=_REMEDY)
    version = entries.get("format")
    if type(version) is int and version > FORMAT:
        raise InputError(
            f"has format {brief(version)}, this version reads 1 to {FORMAT}",
            file=path,
            remedy="install a newer onefilter",
        )
    if version == 1:
        entries.setdefault("source", "")
    names = {entry.name for entry in fields(Card)}
    if version in (USUAL, FORMAT):
        names.add("checksum")
    if version != FORMAT:
        names -= set(LATER)
    if set(entries) != names:
        raise InputError("metadata is not that of a onefilter model", file=path, remedy=_REMEDY)
    given = entries.pop("checksum", None)
    try:
        card = checked_card({**LATER, **entries})
    except ValueError as error:
        raise InputError(f"metadata: {error}", file=path, remedy=_REMEDY) from error
    if version in (USUAL, FORMAT) and given != _checksum(entries, tensors):
        raise InputError(
            "is damaged or was edited: its checksum does not fit", file=path, remedy="copy or make it again"
        )
    return card


def _checksum(entries: Mapping[str, Any], tensors: Mapping[str, Singles]) -> str:
    """SHA-256 of a card without its checksum, and of the names, shapes and bytes of the tensors."""
    digest = hashlib.sha256(json.dumps(entries, sort_keys=True).encode())
    for name in sorted(tensors):
        digest.update(f"{name} {tensors[name].shape} ".encode(errors="replace"))
        digest.update(tensors[name].astype("<f4", copy=False).tobytes())
    return digest.hexdigest()
