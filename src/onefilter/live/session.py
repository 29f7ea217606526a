"""A session: events of a source go into streams, predictions go out to sinks, and what happens is summed up.

Time may start anywhere, stop, go back or leap (a camera is paused, another recording follows in the same file). A
session cuts such an input into segments. Each is a stream of its own, as if it were a recording; its times are those of
the input, on the grid of hops.

Hops without a frame repeat a neighbour, as offline, but only so far: a gap of more than `LONGEST_GAP` ends a segment.
So does a gap that, with those before it, adds up to more, unless as much video has come since; then the next segment
begins where frames come at the pace of a video again. `onefilter predict` refuses such files, by the gap or by the
pace. Where a model drops frames without a face, a face that is lost for longer than `LONGEST_GAP` ends a segment, too:
offline, all of that time repeats a neighbour, and the column ``tracked`` is 0.
"""

import time as clock
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from onefilter.corpus.clock import FRAME_RATES, LATEST_START, LONGEST_GAP
from onefilter.errors import LONGEST, plain
from onefilter.features.borders import MICROSECONDS
from onefilter.live.calibration import Calibration
from onefilter.live.events import Event, Remark, Restart
from onefilter.live.stream import INTENSITIES, Affect, Frame, Stream
from onefilter.model.card import Model, Stack

Floats = npt.NDArray[np.float64]

_RECENT: Final = 512
"""Hops and frames over which the state is summed up."""


_LATEST: Final = 1.0
"""A frame up to so late (seconds) is left out; time that goes back farther belongs to another recording."""
_FEW: Final = 5
"""How often the same kind of interruption is reported."""
_LONGEST_STEP: Final = 1 / FRAME_RATES[0]
"""From one frame of a video to the next (seconds); what a step is longer than that is a gap."""


class Row(NamedTuple):
    """The predictions for one hop, as sinks get them.

    Attributes:
        time: Of the face, in the input's own time (seconds).
        values: Per target.
        relevance: Per target of a one-filter model, what each feature adds [F].
        segment: Number of the stretch without interruption, from 0.
        tracked: Share of frames with a face under the hop's window.
    """

    time: float
    values: dict[str, float]
    relevance: dict[str, Floats]
    segment: int
    tracked: float


class Sink:
    """Where predictions go. A sink defines the methods that it needs; the others do nothing."""

    def rows(self, rows: Sequence[Row], state: "State") -> None:
        """Take some hops' predictions."""

    def remark(self, text: str) -> None:
        """Take one line that the user should know."""

    def tick(self, state: "State") -> None:
        """Use a moment in which nothing has come."""

    def close(self, state: "State") -> None:
        """End the session; everything must be written."""


@dataclass
class State:
    """What is known of a running session.

    Attributes:
        frames: Number of frames.
        lost: Number of them in which no face was found.
        hops: Number of predictions.
        segments: Number of stretches without interruption.
        time: Of the last frame (seconds).
        confidence: The tracker's, in the last frame.
        arrived: When the last frame came (seconds of the monotonic clock).
        face: The AU intensities of the last frame [17], calibrated if the session calibrates; None without a face.
        mean_relevance: Per target, the mean of each feature's relevance so far [F].
    """

    frames: int = 0
    lost: int = 0
    hops: int = 0
    segments: int = 0
    time: float = 0.0
    confidence: float = 0.0
    arrived: float = 0.0
    face: Floats | None = None
    mean_relevance: dict[str, Floats] = field(default_factory=dict)
    _recent: deque[tuple[float, bool]] = field(default_factory=lambda: deque(maxlen=_RECENT))
    _durations: deque[float] = field(default_factory=lambda: deque(maxlen=_RECENT))

    @property
    def frame_rate(self) -> float:
        """Frames per second of the input's time, lately; 0 if unknown."""
        span = self._recent[-1][0] - self._recent[0][0] if self._recent else 0.0
        return (len(self._recent) - 1) / span if span > 0 else 0.0

    @property
    def lost_share(self) -> float:
        """Share of frames without a face, lately."""
        return sum(lost for _, lost in self._recent) / len(self._recent) if self._recent else 0.0

    @property
    def compute(self) -> tuple[float, float]:
        """Median and 99th percentile of the seconds that a hop took to compute, lately; NaN before the first."""
        if not self._durations:
            return float("nan"), float("nan")
        ordered = sorted(self._durations)
        return ordered[len(ordered) // 2], ordered[min(int(0.99 * len(ordered)), len(ordered) - 1)]

    def begins(self) -> None:
        """Count a stretch; rates begin anew."""
        self.segments += 1
        self._recent.clear()

    def saw(self, frame: Frame) -> None:
        """Count a frame."""
        self.frames += 1
        self.lost += frame.success <= 0
        self.time, self.confidence = frame.time, float(frame.signals[0])
        self.arrived = clock.monotonic()
        self.shows(frame)
        self._recent.append((frame.time, frame.success <= 0))

    def shows(self, frame: Frame) -> None:
        """Take the face from a frame."""
        self.face = frame.signals[INTENSITIES] if frame.success > 0 else None

    def gave(self, rows: Sequence[Row], seconds: float) -> None:
        """Count predictions that took `seconds` together."""
        for row in rows:
            self.hops += 1
            for target, relevance in row.relevance.items():
                mean = self.mean_relevance.setdefault(target, np.zeros_like(relevance))
                mean += (relevance - mean) / self.hops
            self._durations.append(seconds / len(rows))


class Session:
    """Runs models over the events of a source."""

    def __init__(
        self,
        models: Mapping[str, Model | Stack],
        sinks: Sequence[Sink],
        *,
        turns: Floats | None = None,
        calibrate: bool = False,
    ) -> None:
        """Prepare a session.

        Args:
            models: By target, with the same windows.
            sinks: Where predictions go.
            turns: [n, 2], when the person speaks (seconds of the input's time), if that is known beforehand.
            calibrate: Whether AU intensities are calibrated while OpenFace runs; each recording anew.
        """
        self._calibrate = calibrate
        self._calibration = Calibration()
        self.models, self.state = models, State()
        self._sinks, self._turns = sinks, turns
        card = next(iter(models.values())).card
        self._hop, self._drop = card.hop, card.failed_frames == "drop"
        self._stream: Stream | None = None
        # When there was a face last, and when one whose AUs are not all 0.
        self._face = self._shown = 0.0
        self._absent = False
        self._origin = self._last = 0.0
        # Seconds of gaps that may still be bridged, and what the next segment waits for.
        self._bridge: float = LONGEST_GAP
        self._wait: Literal["pace", "face"] | None = None
        self._said: Counter[str] = Counter()

    def run(self, source: Iterable[Event]) -> None:
        """Go through a source to its end; whatever happens, what is due is given and sinks are closed."""
        try:
            for event in source:
                self.take(event)
        finally:
            self.finish()

    def take(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, Frame):
            self._frame(event)
        elif isinstance(event, Remark):
            self.remark(event.text)
        elif isinstance(event, Restart):
            if self._stream is not None or self._wait:
                self._end()
                self._wait, self._calibration = None, Calibration()
                self.remark(f"{event.reason}: another recording begins")
        else:
            for sink in self._sinks:
                sink.tick(self.state)

    def finish(self) -> None:
        """Give what is still due and close the sinks."""
        try:
            self._end()
        finally:
            for sink in self._sinks:
                sink.close(self.state)

    def _frame(self, frame: Frame) -> None:
        if self._stream is not None or self._wait:
            # As the stream counts: in whole microseconds.
            last, now = (round((time - self._origin) * MICROSECONDS) for time in (self._last, frame.time))
            gap = (now - last) / MICROSECONDS
            if -_LATEST < gap <= 0:
                self._once("late", f"time stands still or steps back at {frame.time:g} s; such frames are left out")
                return
            self._pass(gap, frame.time)
        self._look_for_face(frame)
        if self._stream is None and self._wait is None:
            self._begin(frame.time)
        self._doubt(frame)
        self._last = frame.time
        self.state.saw(frame)
        stream = self._stream
        if stream is None:
            return
        begun = clock.perf_counter()
        if self._calibrate:
            frame = self._calibration.apply(frame)
            self.state.shows(frame)
        due = stream.push(frame._replace(time=frame.time - self._origin) if self._origin else frame)
        if due:
            self._give(due, clock.perf_counter() - begun)

    def _pass(self, gap: float, time: float) -> None:
        """Bridge so many seconds without a frame, or end the segment."""
        missing = gap - _LONGEST_STEP
        if gap < 0 or gap > LONGEST_GAP:
            what = f"time goes back from {self._last:g} s" if gap < 0 else f"no frame for {gap:.0f} s"
            self._end()
            self._wait = None
            if gap < 0:
                self._calibration = Calibration()
            self._few("anew", f"{what}: predictions begin anew at {time:g} s")
        elif missing <= 0:
            self._bridge = min(LONGEST_GAP, self._bridge + gap)
            if self._wait == "pace":
                self._wait = None
        elif missing <= self._bridge:
            self._bridge -= missing
        elif self._wait is None:
            self._end()
            self._wait = "pace"
            pace = f"{FRAME_RATES[0]:g} frames per second"
            self._few("pace", f"too few frames before {time:g} s: predictions begin anew when {pace} come")

    def _look_for_face(self, frame: Frame) -> None:
        """Say that there has been no face for long, and end the segment if frames without one do not count."""
        if frame.success > 0:
            self._face, self._absent = frame.time, False
            if self._wait == "face":
                self._wait = None
        elif self._stream is not None and not self._absent and frame.time - self._face > LONGEST_GAP:
            self._absent = True
            then = "predictions say nothing of anybody until there is one"
            if self._drop:
                self._end()
                self._wait, then = "face", "predictions begin anew with the next one"
            self._few("face", f"no face since {self._face:g} s: {then}")

    def _doubt(self, frame: Frame) -> None:
        """Say that face and action units do not go together."""
        shown = frame.signals[INTENSITIES].any()
        if frame.success <= 0 and shown:
            self._once("odd", f"no face at {frame.time:g} s, but AUs are not 0; this is not said again")
        if frame.success <= 0 or shown:
            self._shown = frame.time
        elif self._stream is not None and frame.time - self._shown > LONGEST_GAP:
            what = f"all AUs are 0 since {self._shown:g} s, although there is a face"
            self._once("blank", f"{what}: does OpenFace compute them (-aus)?")

    def _once(self, kind: str, text: str) -> None:
        self._said[kind] += 1
        if self._said[kind] == 1:
            self.remark(text)

    def _few(self, kind: str, text: str) -> None:
        self._said[kind] += 1
        if self._said[kind] <= _FEW:
            self.remark(text + ("; this is not said again" if self._said[kind] == _FEW else ""))

    def _begin(self, time: float) -> None:
        """Begin a segment: at 0, or where a late input comes in."""
        self._face = self._shown = time
        self._absent = False
        # As the stream counts, in whole microseconds: a quotient of decimals may lie just below the whole number.
        step = round(self._hop * MICROSECONDS)
        hop_before = round(time * MICROSECONDS) // step * step / MICROSECONDS
        # Of large times it may be rounded up, and a stream cannot begin before 0.
        self._origin = 0.0 if 0 <= time <= LATEST_START else min(hop_before, time)
        turns = self._turns - self._origin if self._turns is not None else None
        self._stream = Stream(self.models, turns=turns)
        self.state.begins()

    def _end(self) -> None:
        """End a segment."""
        if self._stream is not None:
            stream, self._stream = self._stream, None
            begun = clock.perf_counter()
            due = stream.close()
            if due:
                self._give(due, clock.perf_counter() - begun)

    def _give(self, due: Sequence[Affect], seconds: float) -> None:
        segment = self.state.segments - 1
        rows = [
            # The sum of two decimals, as a decimal.
            Row(round(self._origin + affect.time, 6), affect.values, affect.relevance, segment, affect.tracked)
            for affect in due
        ]
        self.state.gave(rows, seconds)
        for sink in self._sinks:
            sink.rows(rows, self.state)

    def remark(self, text: str) -> None:
        """Tell every sink one line that the user should know; it may hold what files and streams say."""
        line = plain(text, longest=LONGEST)
        for sink in self._sinks:
            sink.remark(line)
