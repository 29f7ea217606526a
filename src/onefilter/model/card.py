"""What a model is: its card, one filter or several layers, and when it looks. NumPy only."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, get_type_hints

import numpy as np
import numpy.typing as npt

from onefilter.errors import InputError
from onefilter.model.fields import Among, Once, Range, Text, checked
from onefilter.names import (
    OPENFACE,
    RESERVED,
    TARGET_NAME,
    Alignment,
    FailedFrames,
    Normalise,
    model_notice,
    network_of,
)

Floats = npt.NDArray[np.floating[Any]]
Doubles = npt.NDArray[np.float64]

FORMAT: Final = 4
"""Latest version of the format; readers refuse later ones. 1 had no ``source`` and no stacks, 2 no ``checksum``, 3 none
of `LATER`."""
USUAL: Final = 3
"""Version of files whose card says nothing that this version could not say; earlier onefilters read them."""
LATER: Final[Mapping[str, object]] = {"tool": OPENFACE, "normalise": "none"}
"""Fields since version 4, and what files without them mean."""
ACTIVATIONS: Final = ("linear", "relu")
LONGEST: Final = 1000
"""Taps of a filter, or features, at most."""
LARGEST: Final = 4_000_000
"""Numbers that a model file holds at most; the study's largest networks have 416,001."""
DEEPEST: Final = 100
"""Layers of a stack at most."""

Target = Annotated[
    str,
    Text(
        40,
        rf"(?!(?:{'|'.join(RESERVED)})\Z){TARGET_NAME}",
        f"the name of a target: small letters and _, as in valence, but not {', '.join(RESERVED)}",
    ),
]
"""What a model predicts."""
Feature = Annotated[str, Text(100, r"[A-Za-z0-9_.+-]+", "the name of a feature, as in AU12_mean")]
"""An input of a model."""


@dataclass(frozen=True)
class Card:
    """What a model file says of itself.

    Attributes:
        target: The affect dimension that it predicts.
        method: How it was made: ``one-filter`` network, or one of `REFERENCES`.
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
        tool: Which tool made the files that it was trained on (`onefilter.corpus.formats`).
        normalise: What its features are relative to, ``none``, ``recording``, ``person`` or ``culture``
            (`onefilter.features.normalisation`).
        format: Version of the file format.
    """

    target: Target
    method: Annotated[str, Text(40, r"[a-z][a-z-]*", "the name of a method, as in one-filter")]
    features: Annotated[tuple[Feature, ...], Once(LONGEST)]
    window: Annotated[float, Range(0.001, 60)]
    hop: Annotated[float, Range(0.01, 10)]
    alignment: Alignment
    failed_frames: FailedFrames
    delay: Annotated[float, Range(0, 20)]
    left: Annotated[int, Range(0, 10 * LONGEST)]
    activation: Annotated[str, Among(ACTIVATIONS)]
    seed: Annotated[int, Range(0, 2**32 - 1)]
    epoch: Annotated[int, Range(0, 1_000_000)]
    corpus: Annotated[str, Text(100, r".*\S.*", "the name of a corpus")]
    scores: Mapping[Annotated[str, Text(100)], Annotated[float, Range(-1.001, 1.001)]] = field(default_factory=dict)
    source: Annotated[str, Text(500)] = ""
    tool: Annotated[str, Text(40, r"[a-z][a-z0-9-]*", "the name of a tool, as in openface")] = OPENFACE
    normalise: Normalise = "none"
    format: Annotated[int, Range(1, FORMAT)] = USUAL

    @property
    def delay_steps(self) -> int:
        """The annotation delay in steps of one hop."""
        return steps_of(self.delay, self.hop)


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


def checked_card(entries: Mapping[str, Any]) -> Card:
    """Make a card of values that may be anything.

    Args:
        entries: A value for every field.

    Raises:
        ValueError: For the first field at fault: its name, the value, what it may be.
    """
    hints = get_type_hints(Card, include_extras=True)
    values: dict[str, Any] = {}
    for name, hint in hints.items():
        try:
            values[name] = checked(entries[name], hint)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    return Card(**values)


def steps_of(seconds: float, hop: float) -> int:
    """Give a duration in steps of one hop."""
    return round(seconds / hop)


def past(taps: int, ahead: int | None = None) -> int:
    """Give the steps of the past that a filter of so many taps sees, 0..K-1.

    Args:
        taps: K.
        ahead: Steps of the future that it sees; None for half of them, as Keras' ``same`` padding does (39 | 40 of 80).
    """
    return taps - 1 - (taps // 2 if ahead is None else ahead)


def latency_of(window: float, alignment: Alignment, ahead: int, hop: float) -> float:
    """Give the latency of a filter (seconds): half of a centred window, and its taps ahead (design section 10)."""
    return (window / 2 if alignment == "centred" else 0.0) + ahead * hop


def latency_of_all(models: Mapping[str, Model | Stack]) -> float:
    """Give the latency of models that speak together (seconds): that of the slowest."""
    return max(model.latency for model in models.values())


def features_needed(models: Mapping[str, Model | Stack]) -> list[str]:
    """Give the names of all features that some models see, each once."""
    return list(dict.fromkeys(name for model in models.values() for name in model.card.features))


def check_tool(card: Card, tool: str, *, file: Path | str, scales: Mapping[str, str], permit: str) -> None:
    """Refuse a model that was trained on another tool's signals.

    Args:
        card: Of the model.
        tool: That made the file.
        file: The file's name, for messages.
        scales: By tool, what its action units are, in a few words.
        permit: How the user says that it is meant.

    Raises:
        InputError: If the tools differ.
    """
    if card.tool == tool:
        return
    mine, other = (f"{name} ({scales[name]})" if name in scales else name for name in (tool, card.tool))
    raise InputError(
        f"is of {mine}, and the {card.target} model was trained on {other}: what a value means differs",
        file=file,
        remedy=f"train on files of {tool}, or say {permit}, and do not compare the predictions with others",
    )


def check_alone(models: Mapping[str, Model | Stack]) -> None:
    """Refuse models whose features are relative to a culture: one recording does not say where a culture lies.

    Raises:
        InputError: For the first of them.
    """
    for target, model in models.items():
        if model.card.normalise == "culture":
            raise InputError(
                f"the {target} model sees features relative to all recordings of a culture, and here is one recording",
                remedy="list the recordings in a table, and set model_files and features.normalise: culture",
            )


def note_on_person(models: Mapping[str, Model | Stack]) -> str:
    """Give the line on models whose features are relative to the person; empty if there is none of them."""
    if not any(model.card.normalise == "person" for model in models.values()):
        return ""
    return "the models see features relative to the person, of whom nothing but this recording is known"


def note_on_simulated(models: Mapping[str, Model | Stack]) -> str:
    """Give the line that users of models trained on the simulated twin must read; empty if there is none of them."""
    return model_notice({target: model.card.corpus for target, model in models.items()})


def name_among(card: Card, names: Sequence[str]) -> str:
    """Tell under which name a table lists the chosen model: that of its seed, or the only one there is.

    Raises:
        ValueError: If there are several names and none is the model's own.
    """
    own = network_of(card.seed)
    if own in names:
        return own
    if len(names) != 1:
        message = f"the {card.target} model is {own}, which is not among {', '.join(names) or 'no names'}"
        raise ValueError(message)
    return names[0]
