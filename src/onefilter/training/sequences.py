"""Recordings as training takes them: labels moved to the front, all of one length, part by part if there are many.

Spectra of many recordings do not fit into memory. Then they lie in a temporary file, and every epoch goes through them
part by part; results differ by rounding.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final, Generic, Literal, Self, TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from onefilter.model.card import past
from onefilter.tables import Pairs, rated
from onefilter.training.shelf import Place, Shelf
from onefilter.training.spectral import Blocks, cut, joined, whole

Floats = npt.NDArray[np.float64]

LARGEST: Final = 32 << 20
"""Bytes that one part takes: the spectra of about fifty recordings of SEWA's length."""
SHARE: Final = 32
"""On a GPU, a part takes so large a share of its memory at most; small parts would let it wait for the processor."""


@dataclass(frozen=True)
class Sequences:
    """Training recordings, filled up to one length and cut into blocks.

    Attributes:
        blocks: Their features, transformed.
        labels: [I, S], shifted to the front by the annotation delay.
        mask: [I, S], 1 where the loss looks, 0 elsewhere.
        mean: Mean of the labels of all recordings, of which these may be a part.
        inputs: The features themselves [N, T, F]; dropout needs them.
        left: Steps of the past that the filters see.
    """

    blocks: Blocks
    labels: Tensor
    mask: Tensor
    mean: float
    inputs: Tensor
    left: int

    def dropped(self, share: float, *, generator: torch.Generator) -> Blocks:
        """Cut the features again with a share of their values dropped (`dropped`)."""
        inputs = dropped(self.inputs, share, generator=generator)
        return cut(inputs, self.blocks.taps, left=self.left, length=self.blocks.length)


@dataclass(frozen=True)
class Held:
    """Development recordings, scored as evaluation scores them: all concatenated, at the annotators' time.

    Attributes:
        blocks: Their features, transformed.
        labels: [I, S]; the label that belongs to the prediction of a step, i.e. the one a delay later.
        mask: [I, S], 1 where such a label exists.
        count: Number of labels in all recordings, those in front of the first prediction included.
        mean: Mean of all these labels.
        variance: Their population variance.
        inputs: The features themselves [N, T, F].
    """

    blocks: Blocks
    labels: Tensor
    mask: Tensor
    count: int
    mean: float
    variance: float
    inputs: Tensor


Data = TypeVar("Data", Sequences, Held)


@dataclass(frozen=True)
class Summary:
    """What the preparation of a part must know of all recordings.

    Attributes:
        count: Their number.
        longest: The largest number of steps of one.
        labels: The number of all labels that are rated.
        mean: Of all these labels.
        variance: Of all these labels, the population's.
    """

    count: int
    longest: int
    labels: int
    mean: float
    variance: float

    @classmethod
    def of(cls, recordings: Pairs) -> Self:
        """Go through recordings once."""
        count, longest, together = 0, 0, (0, 0.0, 0.0)
        for _, labels in recordings:
            count, longest = count + 1, max(longest, len(labels))
            together = _joined(together, rated(labels))
        number, mean, squares = together
        return cls(count, longest, number, mean, squares / number)


def _joined(known: tuple[int, float, float], labels: Floats) -> tuple[int, float, float]:
    """Add labels to the number, mean and sum of squared deviations of others.

    Chan et al., "Algorithms for computing the sample variance", The American Statistician 37(3), 1983.
    """
    if not len(labels):
        return known
    number, mean, squares = known
    together, away = number + len(labels), float(labels.mean()) - mean
    squares += float(labels.var()) * len(labels) + away**2 * number * len(labels) / together
    return together, mean + away * len(labels) / together, squares


@dataclass(frozen=True)
class Parts(Generic[Data]):
    """Recordings that are gone through part by part, as often as wanted.

    Attributes:
        parts: The parts.
        each: Bytes that one recording takes.
        shelf: Where they lie if there are several; memory holds the one at hand.
    """

    parts: Sequence[Data]
    each: int
    shelf: Shelf | None = None

    def __iter__(self) -> Iterator[Data]:
        """Give part after part; memory lets go of each before the next."""
        for part in self.parts:
            yield part
            if self.shelf is not None:
                self.shelf.let_go()

    def __len__(self) -> int:
        """Count the parts."""
        return len(self.parts)

    @property
    def recordings(self) -> int:
        """How many recordings there are in all."""
        return sum(part.blocks.recordings for part in self.parts)

    def on(self, device: torch.device) -> Self:
        """Bring all parts to a device; those that a GPU takes together are one part there."""
        if device.type == "cpu":
            return self
        return self.together(torch.cuda.get_device_properties(device).total_memory // SHARE, device)

    def together(self, largest: int, device: torch.device) -> Self:
        """Bring all parts to a device, as few of them as take so many bytes at most."""
        size = part_size(self.recordings, self.each, largest=largest)
        done: list[Data] = []
        group: list[Data] = []
        for part in self:
            if group and sum(some.blocks.recordings for some in group) + part.blocks.recordings > size:
                done.append(_joined_parts(group))
                group = []
            group.append(_brought(part, device))
        done.append(_joined_parts(group))
        return replace(self, parts=done, shelf=None)


def _brought(data: Data, device: torch.device) -> Data:
    values: Any = {name: value.to(device) for name, value in vars(data).items() if isinstance(value, Tensor | Blocks)}
    return replace(data, **values)


def _joined_parts(parts: Sequence[Data]) -> Data:
    """Make one part of several that have been prepared alike."""
    if len(parts) == 1:
        return parts[0]
    values: dict[str, Any] = {"blocks": joined([part.blocks for part in parts])}
    for name in ("labels", "mask"):
        pieces = [getattr(part, name).unflatten(0, (-1, part.blocks.recordings)) for part in parts]
        values[name] = torch.cat(pieces, dim=1).flatten(0, 1)
    return replace(parts[0], inputs=torch.cat([part.inputs for part in parts]), **values)


def divided(
    recordings: Pairs, prepare: Callable[..., Data], *, each: Callable[[int], int], inputs: bool
) -> Parts[Data]:
    """Prepare recordings, part by part if together they take more than `LARGEST` bytes.

    Args:
        recordings: Pairs of features [T, F] and labels [T].
        prepare: `sequences` or `held` with all settings.
        each: From the longest recording's steps to the bytes that one recording takes.
        inputs: Whether the features themselves are needed again.
    """
    summary = Summary.of(recordings)
    own = each(summary.longest)
    size = part_size(summary.count, own)
    if size >= summary.count:
        return Parts([prepare(list(recordings), summary=summary)], own)
    shelf: Shelf | None = None
    lying: list[_Lying[Data]] = []
    for some in parts_of(recordings, size):
        data = prepare(some, summary=summary)
        some.clear()  # Memory is for one part at a time, not for the one before it, too.
        if not inputs:
            data = replace(data, inputs=data.inputs.new_empty(0))
        if shelf is None:
            shelf = Shelf(*[tensor.nbytes for tensor in _tensors(data).values()] * -(-summary.count // size))
        lying.append(_Lying.of(data, shelf))
        shelf.let_go()
        del data
    assert shelf is not None
    return Parts([part.taken(shelf) for part in lying], own, shelf)


def _tensors(data: Sequences | Held) -> dict[str, Tensor]:
    """Name all tensors of some recordings."""
    return {name: value for name, value in (vars(data) | vars(data.blocks)).items() if isinstance(value, Tensor)}


@dataclass(frozen=True)
class _Lying(Generic[Data]):
    """Recordings on a shelf, without an array in memory."""

    kind: type[Data]
    rest: dict[str, Any]
    geometry: dict[str, int]
    places: dict[str, Place]

    @classmethod
    def of(cls, data: Data, shelf: Shelf) -> Self:
        """Lay recordings down."""
        rest = {name: value for name, value in vars(data).items() if not isinstance(value, Tensor | Blocks)}
        geometry = {name: value for name, value in vars(data.blocks).items() if not isinstance(value, Tensor)}
        places = {name: shelf.lay(tensor.numpy()) for name, tensor in _tensors(data).items()}
        return cls(type(data), rest, geometry, places)

    def taken(self, shelf: Shelf) -> Data:
        """Give the recordings as they lie there."""
        tensors: dict[str, Any] = {name: torch.from_numpy(shelf.at(place)) for name, place in self.places.items()}
        spectra, transposed = tensors.pop("spectra"), tensors.pop("transposed")
        return self.kind(blocks=Blocks(spectra, transposed, **self.geometry), **tensors, **self.rest)


def part_size(count: int, each: int, *, largest: int | None = None) -> int:
    """Say how many of so many recordings are a part.

    Args:
        count: How many recordings there are.
        each: Bytes that one takes.
        largest: Bytes that a part takes at most, if one recording does; `LARGEST` if None.
    """
    return -(-count // -(-count // max(1, (largest or LARGEST) // each)))


def parts_of(recordings: Pairs, size: int) -> Iterator[list[tuple[Floats, Floats]]]:
    """Go through recordings so many at a time."""
    rest = iter(recordings)
    while part := list(islice(rest, size)):
        yield part


def sequences(
    recordings: Sequence[tuple[Floats, Floats]],
    *,
    taps: int,
    delay: int,
    fill: Literal["repeat", "mask"],
    tail: Literal["zeros", "drop"],
    left: int | None = None,
    in_blocks: bool = True,
    summary: Summary | None = None,
) -> Sequences:
    """Shift labels to the front by the delay and bring all recordings to the longest one's length.

    Steps whose label nobody rated do not count: the mask is 0 there.

    Not `in_blocks`, recordings stay whole, and nothing is transformed: labels and mask are [N, T]. `left` as in `fit`.
    If they are a part of more recordings, the `summary` is that of all.
    """
    summary = summary or Summary.of(recordings)
    longest = summary.longest
    inputs = np.zeros((len(recordings), longest, recordings[0][0].shape[1]), dtype=np.float32)
    targets: list[Floats] = []
    masks: list[Floats] = []
    for place, (features, labels) in enumerate(recordings):
        length = len(labels)
        shifted = np.concatenate([labels[delay:], np.zeros(min(delay, length))])
        counts = np.ones(length)
        if tail == "drop":
            counts[max(length - delay, 0) :] = 0.0
        shifted, counts = _masked(shifted, counts)
        if fill == "repeat":
            index = np.arange(longest) % length
            inputs[place] = features[index]
            targets.append(shifted[index])
            masks.append(counts[index])
        else:
            inputs[place, :length] = features
            targets.append(np.pad(shifted, (0, longest - length)))
            masks.append(np.pad(counts, (0, longest - length)))
    stacked, left = torch.from_numpy(inputs), past(taps) if left is None else left
    blocks = cut(stacked, taps, left=left) if in_blocks else whole(stacked)
    return Sequences(
        blocks=blocks,
        labels=blocks.arrange(_tensor(np.stack(targets, axis=1))),
        mask=blocks.arrange(_tensor(np.stack(masks, axis=1))),
        mean=summary.mean,
        inputs=stacked,
        left=left,
    )


def _masked(labels: Floats, counts: Floats) -> tuple[Floats, Floats]:
    """Let labels [T] that are NaN be 0 and not count."""
    missing = np.isnan(labels)
    return np.where(missing, 0.0, labels), np.where(missing, 0.0, counts)


def held(
    recordings: Sequence[tuple[Floats, Floats]],
    *,
    taps: int,
    delay: int,
    left: int | None = None,
    in_blocks: bool = True,
    summary: Summary | None = None,
) -> Held:
    """Prepare development recordings for scoring at the annotators' time; other arguments as in `sequences`."""
    summary = summary or Summary.of(recordings)
    longest = summary.longest
    features = np.zeros((len(recordings), longest, recordings[0][0].shape[1]), dtype=np.float32)
    targets = np.zeros((longest, len(recordings)))
    mask = np.zeros_like(targets)
    for index, (seen, labels) in enumerate(recordings):
        features[index, : len(seen[:longest])] = seen[:longest]
        usable = max(len(labels) - delay, 0)
        targets[:usable, index], mask[:usable, index] = _masked(labels[delay:], np.ones(usable))
    inputs = torch.from_numpy(features)
    blocks = cut(inputs, taps, left=past(taps) if left is None else left) if in_blocks else whole(inputs)
    return Held(
        blocks=blocks,
        labels=blocks.arrange(_tensor(targets)),
        mask=blocks.arrange(_tensor(mask)),
        count=summary.labels,
        mean=summary.mean,
        variance=summary.variance,
        inputs=inputs,
    )


def _tensor(values: Floats) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))


def dropped(inputs: Tensor, share: float, *, generator: torch.Generator) -> Tensor:
    """Set a share of the features [N, T, F] to 0 and scale the others up.

    All models see the same values dropped, another draw in every epoch, so a model does not depend on how many are
    trained beside it, nor on the device, nor on the parts that recordings are divided into.
    """
    size = part_size(len(inputs), inputs[0].nbytes)
    draws = (torch.rand(some.shape, generator=generator) >= share for some in inputs.split(size))
    return inputs * torch.cat([kept.to(inputs.device) for kept in draws]) / (1 - share)
