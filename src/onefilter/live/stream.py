"""From frames, one at a time, to predictions, as soon as they are due.

The same numbers as offline: the statistics that all windows of a recording go through (`onefilter.features.statistics`)
are taken of one window, so features are the same to the last bit. Predictions agree within 1e-12, because the sums over
taps and features run in another order. A prediction for hop time t is due when its last window is complete,
that is with the first frame at or after (centred) t + ahead + w/2 or (causal) t + ahead. Only features that models see
relative to the recording differ: live they are relative to what is known of it so far. `Stream.close` gives the rest
as a recording's end does: windows clipped, zeros ahead. NumPy only.
"""

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from onefilter.features.borders import MICROSECONDS, opening
from onefilter.features.normalisation import Level
from onefilter.features.statistics import (
    STATISTICS,
    feature_names,
    signals_of,
    statistics_of,
    unknown_features,
    window_of,
)
from onefilter.model.card import Layer, Model, Stack, check_alone, features_needed
from onefilter.names import SIGNALS

Floats = npt.NDArray[np.float64]

INTENSITIES: Final = slice(1, len(SIGNALS))
"""Where the AU intensities lie among a frame's signals."""
_FIRST_ROOM: Final = 512
"""Frames that the buffer holds at first; it doubles where a window needs more."""


class Frame(NamedTuple):
    """What OpenFace says of one frame.

    Attributes:
        time: Seconds from the beginning of the recording.
        success: Whether a face was found, 1 or 0.
        signals: [S], those of `signals_for`: the tracker's confidence (0..1) and the AU intensities (0..5), in the
            order of `SIGNALS`, and what the models see beside them.
        turn: Whether the person speaks, 1 or 0.
    """

    time: float
    success: float
    signals: Floats
    turn: float = 0.0


class Affect(NamedTuple):
    """The predictions for one hop.

    Attributes:
        time: Of the face (seconds); annotators mark the same affect a model's delay later.
        values: Per target, what the model says.
        relevance: Per target of a one-filter model, what each feature adds to the value [F], summed over taps; with the
            model's offset it sums to the value (LRP-0, design section 7).
        tracked: Share of frames with a face under the hop's window, 0 where it holds none; frames that the models leave
            out count, too.
    """

    time: float
    values: dict[str, float]
    relevance: dict[str, Floats]
    tracked: float


def signals_needed(models: Mapping[str, Model | Stack]) -> tuple[str, ...]:
    """Name the signals that models see."""
    return signals_of(features_needed(models))


def signals_for(models: Mapping[str, Model | Stack]) -> tuple[str, ...]:
    """Name the signals that frames must have: the 18 of every OpenFace file, and those that models see beside them."""
    return (*SIGNALS, *(signal for signal in signals_needed(models) if signal not in SIGNALS))


class Stream:
    """Predict affect for a stream of frames with any number of models that share their windows."""

    def __init__(self, models: Mapping[str, Model | Stack], *, turns: Floats | None = None) -> None:
        """Begin a recording.

        Args:
            models: By target; all with the same window, hop, alignment and treatment of lost frames
                (`onefilter.model.file.read_models`).
            turns: [n, 2], when the person speaks (begin and end in seconds), if that is known beforehand; else the
                frames' own ``turn`` counts.

        Raises:
            ValueError: If there is no model, or one needs a feature that does not exist.
            InputError: If features are relative to a culture.
        """
        if not models:
            message = "no model"
            raise ValueError(message)
        for model in models.values():
            _check_features(model)
        check_alone(models)
        card = next(iter(models.values())).card
        self.hop: Final = card.hop
        self._size, self._step = round(card.window * MICROSECONDS), round(card.hop * MICROSECONDS)
        self._opening = opening(self._size, card.alignment)
        # How far behind its hop a window's last frame may lie; a frame at the hop itself completes a causal window.
        self._ahead = 0 if card.alignment == "causal" else self._opening + self._size
        self._drop = card.failed_frames == "drop"
        statistics = statistics_of(features_needed(models))
        self._signals = signals_for(models)
        names = feature_names(statistics, self._signals)
        self._features = np.empty(len(names))
        # What is known so far of where the recording's features lie, if the models see them relative to that.
        self._level = None if card.normalise == "none" else Level.of_nothing(len(names))
        # Each statistic with the place of its values.
        places = self._features[:-1].reshape(len(statistics), 1, len(self._signals))
        self._statistics = [(STATISTICS[name], place) for name, place in zip(statistics, places, strict=True)]
        self._filters = {
            target: _Filter(model, names) if isinstance(model, Model) else _Layers(model, names)
            for target, model in models.items()
        }
        self._spoken = _Intervals(turns) if turns is not None else None
        self._changes: deque[tuple[int, float]] = deque()
        self._frames = np.empty((_FIRST_ROOM, len(self._signals)))
        self._stamps: list[int] = []
        self._faces, self._shares = _Faces(), deque[float]()
        self._first = 0
        self._last = -1
        self._hop = 0
        self._looked = False
        self._waiting = 0
        self._due: dict[str, deque[tuple[float, Floats | None]]] = {target: deque() for target in models}
        self._given = 0

    def push(self, frame: Frame) -> list[Affect]:
        """Take one frame; give the predictions that are due with it, in the order of time, mostly none.

        Raises:
            ValueError: If time does not move forward.
        """
        stamp = round(frame.time * MICROSECONDS)
        if stamp <= self._last:
            message = f"time goes back or stands still: {frame.time:g} s after {self._last / MICROSECONDS:g} s"
            raise ValueError(message)
        self._last = stamp
        if self._spoken is None and frame.turn != (self._changes[-1][1] if self._changes else 0.0):
            self._changes.append((stamp, frame.turn))
        self._faces.push(stamp, found=frame.success >= 1)
        if not self._drop or frame.success > 0:
            self._keep(stamp, frame.signals)
        end = stamp - self._ahead
        return self._advance(end) if self._hop <= end else []

    def close(self) -> list[Affect]:
        """End the recording; give the predictions that were still waiting for frames."""
        due = self._advance(self._last)
        if self._looked:
            for target, model in self._filters.items():
                self._due[target].extend(model.flush())
        return due + self._give()

    def _keep(self, stamp: int, signals: Floats) -> None:
        """Put a frame into the buffer, which moves or grows when it is full."""
        if len(self._stamps) == len(self._frames):
            held = self._frames[self._first :]
            room = len(self._frames) if len(held) <= len(self._frames) // 2 else 2 * len(self._frames)
            frames = np.empty((room, len(self._signals)))
            frames[: len(held)] = held
            del self._stamps[: self._first]
            self._frames, self._first = frames, 0
        self._frames[len(self._stamps)] = signals
        self._stamps.append(stamp)

    def _advance(self, end: int) -> list[Affect]:
        """Go through the hops up to `end` (microseconds), whose windows are complete."""
        while self._hop <= end:
            self._look(self._hop)
            self._hop += self._step
        return self._give()

    def _look(self, hop: int) -> None:
        """Compute the features of one hop and pass them on; a hop without a frame repeats the one before it."""
        begin = hop + self._opening
        self._shares.append(self._faces.share(begin, begin + self._size))
        first = bisect_left(self._stamps, begin, self._first)
        end = bisect_left(self._stamps, begin + self._size, first)
        self._first = first
        if first < end:
            window = window_of(self._frames[first:end], self._stamps[first:end])
            for statistic, place in self._statistics:
                place[:] = statistic(window)
            if not self._looked:
                # ASSUME: hops before the first frame look like the first that has one, as offline.
                self._looked = True
                for earlier in range(self._waiting):
                    self._pass_on(earlier * self._step)
        if self._looked:
            self._pass_on(hop)
        else:
            self._waiting += 1

    def _pass_on(self, hop: int) -> None:
        """Let every model see one more step."""
        self._features[-1] = self._turn(hop)
        seen = self._features
        if self._level is not None:
            self._level = self._level.including(seen[None])
            seen = self._level.relative(seen)
        for target, model in self._filters.items():
            found = model.push(seen)
            if found is not None:
                self._due[target].append(found)

    def _turn(self, hop: int) -> float:
        """Tell whether the person speaks at a hop: as the intervals say, or the last frame up to it."""
        if self._spoken is not None:
            return self._spoken.holds(hop)
        while len(self._changes) > 1 and self._changes[1][0] <= hop:
            self._changes.popleft()
        return self._changes[0][1] if self._changes and self._changes[0][0] <= hop else 0.0

    def _give(self) -> list[Affect]:
        """Take out the hops for which every model has spoken."""
        rows = []
        while all(self._due.values()):
            found = {target: queue.popleft() for target, queue in self._due.items()}
            rows.append(
                Affect(
                    self._given * self._step / MICROSECONDS,
                    {target: value for target, (value, _) in found.items()},
                    {target: shares for target, (_, shares) in found.items() if shares is not None},
                    self._shares.popleft(),
                )
            )
            self._given += 1
        return rows


class _Faces:
    """In which frames a face was found."""

    def __init__(self) -> None:
        self._stamps: list[int] = []
        # How many of the frames before each one, and before the next, show a face.
        self._found = [0]
        self._first = 0

    def push(self, stamp: int, *, found: bool) -> None:
        self._stamps.append(stamp)
        self._found.append(self._found[-1] + found)

    def share(self, begin: int, end: int) -> float:
        """Give the share of the frames in [begin, end) that show a face; neither may go back."""
        first = bisect_left(self._stamps, begin, self._first)
        last = bisect_left(self._stamps, end, first)
        share = (self._found[last] - self._found[first]) / max(last - first, 1)
        self._first = first
        if first > _FIRST_ROOM:
            del self._stamps[:first], self._found[:first]
            self._first = 0
        return share


class _Intervals:
    """Turns that are known beforehand; overlapping ones are joined."""

    def __init__(self, turns: Floats) -> None:
        ordered = np.rint(turns[np.argsort(turns[:, 0])] * MICROSECONDS).astype(np.int64)
        self._begins: list[int] = ordered[:, 0].tolist()
        self._ends: list[int] = np.maximum.accumulate(ordered[:, 1]).tolist()

    def holds(self, stamp: int) -> float:
        # The latest end of all turns that have begun: another may have ended since.
        place = bisect_right(self._begins, stamp)
        return float(place > 0 and stamp <= self._ends[place - 1])


class _Past:
    """The last K steps, oldest first, in one piece of memory; zeros before the first."""

    def __init__(self, taps: int, width: int) -> None:
        self._steps = np.zeros((2 * taps, width))
        self._taps, self._place = taps, 0

    def push(self, step: Floats | float) -> Floats:
        # Every step is kept twice, K apart, so that the last K always lie side by side.
        self._steps[self._place] = self._steps[self._place + self._taps] = step
        self._place = (self._place + 1) % self._taps
        return self._steps[self._place : self._place + self._taps]


class _Filter:
    """A one-filter model that sees its steps one by one."""

    def __init__(self, model: Model, names: Sequence[str]) -> None:
        self._index = _index(model, names)
        self._all = tuple(model.card.features) == tuple(names)
        self._weight = np.ascontiguousarray(model.filter)
        self._offset = model.offset
        self._relu = model.card.activation == "relu"
        # Where the filter itself, before the head, crosses zero.
        self._plain, self._bias, self._head_bias = model.weight.astype(np.float64), model.bias, model.head_bias
        self._past = _Past(model.taps, len(self._index))
        self._ahead = model.taps - 1 - model.card.left
        self._seen = 0

    def push(self, features: Floats) -> tuple[float, Floats] | None:
        """See one step; give the value and each feature's share in it, once the filter has seen far enough ahead."""
        return self._see(features if self._all else features[self._index])

    def flush(self) -> list[tuple[float, Floats]]:
        """Give what is left, with zeros ahead."""
        found = (self._see(np.zeros(len(self._index))) for _ in range(self._ahead))
        return [row for row in found if row is not None]

    def _see(self, step: Floats) -> tuple[float, Floats] | None:
        past = self._past.push(step)
        self._seen += 1
        if self._seen <= self._ahead:
            return None
        shares = np.einsum("kf,kf->f", self._weight, past)
        if self._relu and np.einsum("kf,kf->", self._plain, past) + self._bias <= 0:
            return self._head_bias, np.zeros_like(shares)
        return float(np.add.reduce(shares)) + self._offset, shares


class _Layers:
    """A network of several layers that sees its steps one by one; each layer waits for what it needs ahead."""

    def __init__(self, model: Stack, names: Sequence[str]) -> None:
        self._index = _index(model, names)
        self._layers = [_Convolution(layer) for layer in model.layers]

    def push(self, features: Floats) -> tuple[float, None] | None:
        """See one step; give the value once the last layer has seen far enough ahead."""
        return self._through(features[self._index], 0)

    def flush(self) -> list[tuple[float, None]]:
        """Give what is left, each layer with zeros ahead."""
        found = []
        for place, layer in enumerate(self._layers):
            for outputs in layer.flush():
                row = self._through(outputs, place + 1)
                if row is not None:
                    found.append(row)
        return found

    def _through(self, values: Floats, place: int) -> tuple[float, None] | None:
        for layer in self._layers[place:]:
            outputs = layer.push(values)
            if outputs is None:
                return None
            values = outputs
        return float(values[0]), None


class _Convolution:
    """One layer that sees its steps one by one, padded with zeros at both ends."""

    def __init__(self, layer: Layer) -> None:
        taps, width, _ = layer.weight.shape
        self._weight, self._bias, self._relu = layer.weight.reshape(taps * width, -1), layer.bias, layer.relu
        self._past, self._width = _Past(taps, width), width
        self._ahead = taps - 1 - layer.left
        self._seen = 0

    def push(self, step: Floats) -> Floats | None:
        past = self._past.push(step)
        self._seen += 1
        if self._seen <= self._ahead:
            return None
        outputs = past.ravel() @ self._weight + self._bias
        return np.maximum(outputs, 0.0) if self._relu else np.asarray(outputs)

    def flush(self) -> list[Floats]:
        found = (self.push(np.zeros(self._width)) for _ in range(self._ahead))
        return [row for row in found if row is not None]


def _check_features(model: Model | Stack) -> None:
    """Refuse a model that needs what no statistic gives."""
    unknown = unknown_features(model.card.features)
    if unknown:
        message = f"the {model.card.target} model needs features that do not exist: {', '.join(unknown)}"
        raise ValueError(message)


def _index(model: Model | Stack, names: Sequence[str]) -> npt.NDArray[np.intp]:
    """Find the model's inputs among the features that the stream computes."""
    return np.array([names.index(name) for name in model.card.features], dtype=np.intp)
