"""The file that a trained model is kept in: safetensors, nothing that could be executed.

Tensors: ``weight`` [K, F], ``bias``, ``head_weight``, ``head_bias`` (scalars), and the folded ``filter`` [K, F] =
head_weight * weight and ``offset`` = head_weight * bias + head_bias. The filter of a linear model is the model;
signs are read from it and never from ``weight``, because the head is usually negative. Metadata: one JSON text
under ``onefilter`` with the fields of `Card`. This module needs NumPy only.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from onefilter.errors import InputError
from onefilter.files import write_bytes

Floats = npt.NDArray[np.floating[Any]]
Doubles = npt.NDArray[np.float64]

FORMAT: Final = 2
"""Version of the format; readers refuse later ones. 1 had no ``source`` and no stacks."""
ACTIVATIONS: Final = ("linear", "relu")
REFERENCES: Final = ("ridge", "turn", "confidence", "constant")
"""What the networks are up against, under file names of their own: the ridge filter on all features, on the speaker's
turn alone and on the tracker's confidence alone, and a constant; none needs gradient descent."""
LAST: Final = "-last"
"""Ending of the name of a network as it was after its last epoch."""
_REMEDY: Final = "give a .safetensors file that onefilter wrote"


@dataclass(frozen=True)
class Card:
    """What a model file says of itself.

    Attributes:
        target: The affect dimension that it predicts.
        method: How it came about: ``one-filter`` network, or one of `REFERENCES`.
        features: Names of its inputs, in order.
        window: Length of the feature windows (seconds).
        hop: Distance between windows (seconds).
        alignment: ``centred`` or ``causal`` windows.
        failed_frames: What happened to lost frames, ``keep`` or ``drop``.
        delay: Annotation delay (seconds): the prediction at t is what annotators mark at t + delay.
        left: Steps of the past that the filter sees; tap k looks at step t + k - left.
        activation: Of the filter, ``linear`` or ``relu``.
        seed: Of its initial weights.
        epoch: At which its weights were taken.
        scores: CCC by split, e.g. ``german-devel``.
        corpus: What it was trained on; ``simulated`` for the twin.
        source: Where an imported model comes from; empty for trained ones.
        format: Version of the file format.
    """

    target: str
    method: str
    features: tuple[str, ...]
    window: float
    hop: float
    alignment: str
    failed_frames: str
    delay: float
    left: int
    activation: str
    seed: int
    epoch: int
    corpus: str
    scores: Mapping[str, float] = field(default_factory=dict)
    source: str = ""
    format: int = FORMAT


class _Sight(ABC):
    """When a model looks: shared by models of one filter and of several layers."""

    card: Card

    @property
    @abstractmethod
    def taps(self) -> int:
        """Steps that the model sees."""

    @property
    @abstractmethod
    def weighs_turn(self) -> bool:
        """Whether it makes a difference to the model who speaks."""

    @property
    def lags(self) -> npt.NDArray[np.float64]:
        """When each tap looks, in seconds relative to the prediction (negative: the past)."""
        return np.asarray((np.arange(self.taps) - self.card.left) * self.card.hop)

    @property
    def latency(self) -> float:
        """Seconds between a moment on the face and its prediction at the earliest: window ahead plus taps ahead."""
        card = self.card
        return latency_of(card.window, card.alignment, self.taps - 1 - card.left, card.hop)


@dataclass(frozen=True)
class Model(_Sight):
    """A trained one-filter model.

    Attributes:
        card: What it is.
        weight: [K, F].
        bias: The filter's bias.
        head_weight: Weight of the unit behind the filter (1 without a head).
        head_bias: Its bias (0 without a head).
    """

    card: Card
    weight: Floats
    bias: float
    head_weight: float
    head_bias: float

    @property
    def taps(self) -> int:
        """K, the filter's length in steps."""
        return len(self.weight)

    @property
    def weighs_turn(self) -> bool:
        """Whether it makes a difference to the model who speaks."""
        return "turn" in self.card.features and bool(self.filter[:, self.card.features.index("turn")].any())

    @property
    def filter(self) -> npt.NDArray[np.float64]:
        """The folded filter [K, F], head weight times weight; for a linear model, all there is to know."""
        return np.asarray(self.head_weight * self.weight.astype(np.float64))

    @property
    def offset(self) -> float:
        """The folded offset, head weight times bias plus head bias."""
        return self.head_weight * self.bias + self.head_bias


@dataclass(frozen=True)
class Layer:
    """One convolution over time.

    Attributes:
        weight: [K, inputs, outputs].
        bias: [outputs].
        relu: Whether a ReLU follows.
    """

    weight: Doubles
    bias: Doubles
    relu: bool

    @property
    def left(self) -> int:
        """Steps of the past that it sees (``same`` padding)."""
        return (len(self.weight) - 1) // 2

    def apply(self, inputs: Doubles) -> Doubles:
        """Outputs before the activation, [T, inputs] -> [T, outputs]; zeros outside the recording."""
        taps, _, filters = self.weight.shape
        padded = np.pad(inputs, ((self.left, taps - 1 - self.left), (0, 0)))
        outputs = np.zeros((len(inputs), filters)) + self.bias
        for tap in range(taps):
            outputs += padded[tap : tap + len(inputs)] @ self.weight[tap]
        return np.asarray(outputs)


@dataclass(frozen=True)
class Stack(_Sight):
    """A network of several layers.

    Attributes:
        card: What it is; ``left`` is that of the whole, ``activation`` the first layer's.
        layers: From the inputs to the prediction.
    """

    card: Card
    layers: tuple[Layer, ...]

    @property
    def taps(self) -> int:
        """Steps that the whole sees."""
        return 1 + sum(len(layer.weight) - 1 for layer in self.layers)

    @property
    def weighs_turn(self) -> bool:
        """Whether it makes a difference to the model who speaks."""
        features = self.card.features
        return "turn" in features and bool(self.layers[0].weight[:, features.index("turn")].any())


def past(taps: int, ahead: int | None = None) -> int:
    """Give the steps of the past that a filter of so many taps sees, 0..K-1.

    Args:
        taps: K.
        ahead: Steps of the future that it sees; None for half of them, as Keras' ``same`` padding does (39 | 40 of 80).
    """
    return taps - 1 - (taps // 2 if ahead is None else ahead)


def latency_of(window: float, alignment: str, ahead: int, hop: float) -> float:
    """Give the latency of a filter (seconds): half of a centred window, and its taps ahead (design section 10)."""
    return (window / 2 if alignment == "centred" else 0.0) + ahead * hop


def latency_of_all(models: Mapping[str, Model | Stack]) -> float:
    """Give the latency of models that speak together (seconds): that of the slowest."""
    return max(model.latency for model in models.values())


def method_of(name: str) -> str:
    """Tell the method from a model's name.

    References go by their own name, networks after their last epoch are ``last-epoch``, all else is ``one-filter``.
    """
    if name in REFERENCES:
        return name
    return "last-epoch" if name.endswith(LAST) else "one-filter"


def name_among(card: Card, names: Sequence[str]) -> str:
    """Tell under which name the chosen model stands among its like: that of its seed, or the only one there is."""
    own = f"seed-{card.seed}"
    return own if own in names else names[0]


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
    if entries["activation"] not in ACTIVATIONS:
        raise InputError(f"unknown activation {entries['activation']!r}", file=path, remedy=_REMEDY)
    return Card(**{**entries, "features": tuple(entries["features"])})
