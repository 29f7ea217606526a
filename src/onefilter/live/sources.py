"""Where frames come from: a CSV that OpenFace is writing, standard input, an LSL stream.

Every source is a generator of events (`onefilter.live.events`). It gives None when nothing has come for a moment, so
that the session can do something else, and ends when `stop` is set, its input ends, or nothing has come for
`patience` seconds.
"""

import math
import os
import queue
import stat
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np

from onefilter.corpus.openface_format import bounds_of, column_of
from onefilter.errors import InputError, plain
from onefilter.live.events import LATEST_TIME, Event, Remark, Restart, named
from onefilter.live.rows import UNCALIBRATED, Rows
from onefilter.live.stream import INTENSITIES, Frame
from onefilter.names import SIGNALS
from onefilter.text import repeated

POLL: Final = 0.01
"""Seconds between two looks at an input that gives nothing."""
_CHUNK: Final = 1 << 18
"""Bytes that are read at once."""
_LOOK: Final = 0.05
"""Seconds between two looks at which LSL streams there are."""
_SETTLING: Final = 1.0
"""Seconds after the first LSL stream that fits in which another one may come up."""
_LONGEST_TEXT: Final = 40
"""Characters of what a stream says that messages show."""
_LONGEST_LABELS: Final = 120
"""Characters of the labels of a stream's channels that messages show."""
_MEMORY: Final = 256
"""Bytes before the place of reading that must still be there, or the file was written anew."""


def follow(path: Path, rows: Rows, *, stop: threading.Event, patience: float | None = None) -> Iterator[Event]:
    """Follow a file as it grows, from its beginning, also before it exists.

    A file that is replaced (rotated), cut short, written anew in place or deleted ends a recording; the next one begins
    where the path exists again. OpenFace itself writes its file anew, calibrated, when the video ends.

    Args:
        path: The CSV.
        rows: Makes frames of its bytes.
        stop: Ends it.
        patience: Seconds without anything new after which the writer counts as gone; None waits for ever.

    Raises:
        InputError: If the path cannot be read, or holds no OpenFace file.
    """
    tail, name = _Tail(path), named(path)
    waited = 0.0
    try:
        there = path.exists()
    except OSError:  # What is wrong with the path is said when it is read.
        there = True
    if not there:
        yield Remark(f"{name}: does not exist yet; waiting for it")
    try:
        while not stop.is_set():
            try:
                found = tail.read()
            except OSError as error:
                raise InputError(f"cannot be read ({error.strerror})", file=path, remedy="check the path") from error
            if isinstance(found, bytes) and found:
                waited = 0.0
                yield from rows.feed(found)
                continue
            if isinstance(found, str):
                waited = 0.0
                yield from rows.finish()
                yield Restart(f"{name} {found}")
                rows.begin()
                continue
            if patience is not None and waited > patience:
                yield from rows.finish()
                yield from rows.sum_up()
                yield Remark(f"{name}: nothing new for {patience:g} s; the writer is gone")
                return
            begun = time.monotonic()
            yield None
            stop.wait(POLL)
            waited += time.monotonic() - begun
        yield from rows.sum_up()
    finally:
        tail.close()


class _Tail:
    """Gives the new bytes of a file, or what happened to it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._place, self._last = 0, b""

    def read(self) -> bytes | str:
        """Give new bytes, none, or what happened: the next call begins with the file that is there then."""
        if self._file is None:
            try:
                if not stat.S_ISREG(self._path.stat().st_mode):
                    raise InputError("is not a file", file=self._path, remedy="give a CSV, or --stdin for a pipe")
                self._file = self._path.open("rb", buffering=0)
            except FileNotFoundError:
                return b""
            self._place, self._last = 0, b""
        try:
            there = self._path.stat()
        except FileNotFoundError:
            there = None
        # Read again what was read last: it is not there any more if the file was cut short or written anew. What was
        # written until the path led elsewhere is read, too, because the path was looked at before.
        self._file.seek(self._place - len(self._last))
        content = self._file.read(len(self._last) + _CHUNK)
        if not content.startswith(self._last):
            shorter = os.fstat(self._file.fileno()).st_size < self._place
            return self._end("was cut short" if shorter else "was written anew")
        new = content[len(self._last) :]
        if new:
            self._place += len(new)
            self._last = content[-_MEMORY:]
            return new
        if there is None:
            return self._end("was deleted")
        own = os.fstat(self._file.fileno())
        return self._end("was replaced") if (there.st_dev, there.st_ino) != (own.st_dev, own.st_ino) else b""

    def _end(self, what: str) -> str:
        self.close()
        return what

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def pipe(descriptor: int, rows: Rows, *, stop: threading.Event, patience: float | None = None) -> Iterator[Event]:
    """Read a pipe, for example standard input, until its end.

    Args:
        descriptor: Of the open file.
        rows: Makes frames of its bytes.
        stop: Ends it.
        patience: Seconds without anything new after which the writer counts as gone; None waits for ever.

    Raises:
        InputError: If it holds no OpenFace file.
    """
    # A thread waits for input, so that the session need not; this works on every system.
    pieces: queue.Queue[bytes] = queue.Queue(maxsize=8)
    threading.Thread(target=_pour, args=(descriptor, pieces), daemon=True).start()
    waited = 0.0
    while not stop.is_set():
        begun = time.monotonic()
        try:
            piece = pieces.get(timeout=POLL)
        except queue.Empty:
            yield None
            waited += time.monotonic() - begun
            if patience is not None and waited > patience:
                yield from rows.finish()
                yield from rows.sum_up()
                yield Remark(f"standard input: nothing new for {patience:g} s; the writer is gone")
                return
            continue
        if not piece:
            yield from rows.finish()
            yield from rows.sum_up()
            rows.check_any()
            return
        waited = 0.0
        yield from rows.feed(piece)
    yield from rows.sum_up()


def _pour(descriptor: int, pieces: "queue.Queue[bytes]") -> None:
    """Pass on what can be read; nothing at the end."""
    piece = b"-"
    while piece:
        try:
            piece = os.read(descriptor, _CHUNK)
        except OSError:
            piece = b""
        pieces.put(piece)


def lsl_modules() -> Any:
    """Import pylsl.

    Raises:
        InputError: If it, or the library behind it, is not there.
    """
    try:
        import pylsl
    except (ImportError, RuntimeError) as error:
        raise InputError(
            f"LSL cannot be used ({str(error).strip().splitlines()[0]})",
            remedy="pip install 'onefilter[lsl]'; where its wheel has no liblsl, install liblsl and set PYLSL_LIB",
        ) from error
    return pylsl


def lsl(
    asked: str,
    *,
    stop: threading.Event,
    patience: float | None = None,
    keep_negative: bool = False,
    signals: Sequence[str] = SIGNALS,
    needed: Sequence[str] | None = None,
    check_tool: Callable[[str], None] | None = None,
) -> Iterator[Event]:
    """Receive frames over the Lab Streaming Layer.

    The stream is found by its name, or else its source id, ``NAME@HOST`` (or ``TYPE@HOST``), or its type. Streams that
    come up within a second after the first count, too: if several fit, none is taken. Channels are known by their
    labels: what models see (``AU12_r`` or ``AU12``, say) must be there, ``success`` and ``turn`` may be; without
    ``success``, a frame without confidence is a lost one, and without confidence, too, none is. Which tool made the
    signals is read in the field ``tool`` of the stream's description. Times are those of the sender with the clocks'
    offset applied, in seconds of this machine's LSL clock.

    Args:
        asked: Which stream.
        stop: Ends it.
        patience: Seconds without anything new after which the sender counts as gone; None waits for ever.
        keep_negative: Whether negative intensities are kept, because they are calibrated later.
        signals: Which signals frames have: those of `SIGNALS`, and others behind them.
        needed: Which of them must be there, the others are 0 where they are not; None for all.
        check_tool: Refuses the tool that made the signals, if it is told; None takes any.

    Raises:
        InputError: If pylsl is not there, no stream fits or several do, or the stream sends no numbers or lacks a
            channel.
    """
    pylsl = lsl_modules()
    yield Remark(f"looking for the LSL stream {asked!r}")
    found = yield from _search(pylsl.ContinuousResolver(), asked, stop=stop, patience=patience)
    if stop.is_set():
        return
    stream = _the_one(asked, found)
    _check_format(pylsl, stream)
    try:
        inlet = pylsl.StreamInlet(stream, max_buflen=60, processing_flags=pylsl.proc_clocksync, recover=True)
    except RuntimeError as error:
        raise InputError(f"the LSL stream {asked!r} cannot be received ({error})", remedy="start it again") from error
    try:
        info = inlet.info(timeout=5.0)
        places = _channels(asked, info, signals if needed is None else needed)
        yield from _doubts(info, places, signals, check_tool)
        yield Remark(f"receiving {_cut(stream.name())} from {_cut(stream.hostname())}")
        yield from _samples(
            pylsl, inlet, places, stop=stop, patience=patience, keep_negative=keep_negative, signals=signals
        )
    except (pylsl.util.TimeoutError, pylsl.util.LostError) as error:
        yield Remark(f"the LSL stream {asked!r} is lost ({type(error).__name__})")
    finally:
        inlet.close_stream()


def _doubts(
    info: Any, places: Mapping[str, int], signals: Sequence[str], check_tool: Callable[[str], None] | None
) -> Iterator[Event]:
    """Say what a stream does not: which tool made it, and signals that no model needs."""
    tool = info.desc().child_value("tool").strip()
    if check_tool is not None and tool:
        check_tool(tool)
    elif check_tool is not None:
        yield Remark("the stream does not say which tool made its signals (tool in its description): see that it is"
                     " the one that the models were trained on")  # fmt: skip
    if missing := [signal for signal in signals if signal not in places]:
        yield Remark(f"the stream has no {', '.join(missing)}, which no model sees; they are shown as 0")


def _search(
    resolver: Any, asked: str, *, stop: threading.Event, patience: float | None
) -> Generator[Event, None, list[Any]]:
    """Look for streams until one fits, and a moment longer; give all that fit, or none when it is stopped."""
    found: list[Any] = []
    begun, first = time.monotonic(), math.inf
    while (not found or time.monotonic() < first + _SETTLING) and not stop.is_set():
        # Streams answer within half a second; whoever has less patience than that would never find one.
        if not found and patience is not None and time.monotonic() - begun > max(patience, _SETTLING):
            raise InputError(f"no LSL stream has the name or type {asked!r}", remedy="start the sender, or wait longer")
        yield None
        stop.wait(_LOOK)
        found = _fitting(asked, resolver.results())
        if found:
            first = min(first, time.monotonic())
    return found


def _fitting(asked: str, streams: Sequence[Any]) -> list[Any]:
    """Give the streams that are meant: of that name, else source id, else name or type and host, else type."""
    name, _, host = asked.rpartition("@")
    fits: tuple[Callable[[Any], bool], ...] = (
        lambda stream: stream.name() == asked,
        lambda stream: asked in {stream.source_id(), stream.uid()},
        lambda stream: name in {stream.name(), stream.type()} and stream.hostname().lower() == host.lower(),
        lambda stream: stream.type() == asked,
    )
    return next((found for fit in fits if (found := [stream for stream in streams if fit(stream)])), [])


def _the_one(asked: str, streams: Sequence[Any]) -> Any:
    """Give the stream that is meant, if it is one.

    Raises:
        InputError: If several are, with what tells them apart.
    """
    if len(streams) == 1:
        return streams[0]
    ids = Counter(stream.source_id() for stream in streams)
    listed = [
        f"{_cut(stream.name())} (type {_cut(stream.type()) or 'none'}, host {_cut(stream.hostname())}, source id "
        # Where it tells nothing apart, the number that LSL gives each stream does until its sender ends.
        f"{_cut(stream.source_id() if ids[stream.source_id()] == 1 else stream.uid())}, "
        f"{stream.channel_count()} channels, {stream.nominal_srate():g} Hz)"
        for stream in sorted(streams, key=lambda stream: (stream.hostname(), stream.source_id(), stream.uid()))
    ]
    raise InputError(
        f"{len(streams)} LSL streams fit {asked!r}: {', '.join(listed)}",
        remedy="choose one: --lsl NAME@HOST, or --lsl SOURCE_ID",
    )


def _check_format(pylsl: Any, stream: Any) -> None:
    """Refuse a stream whose samples are no numbers.

    Raises:
        InputError: If it is one of text, or of nothing that this program knows.
    """
    numbers = (pylsl.cf_float32, pylsl.cf_double64, pylsl.cf_int8, pylsl.cf_int16, pylsl.cf_int32, pylsl.cf_int64)
    kind = stream.channel_format()
    if kind not in numbers:
        what = "text (cf_string)" if kind == pylsl.cf_string else "no numbers (cf_undefined)"
        raise InputError(
            f"the LSL stream {_cut(stream.name())} from {_cut(stream.hostname())} sends {what}",
            remedy="send the channels as float32 or double64",
        )


def _cut(text: str) -> str:
    """Give what a stream says as messages show it."""
    return plain(text, longest=_LONGEST_TEXT, keep_end=True)


def _samples(
    pylsl: Any,
    inlet: Any,
    places: dict[str, int],
    *,
    stop: threading.Event,
    patience: float | None,
    keep_negative: bool,
    signals: Sequence[str],
) -> Iterator[Event]:
    """Pull samples, which time in order, until they end."""
    # Signals that are not sent are 0: no model sees them.
    there = [place for place, name in enumerate(signals) if name in places]
    own = [places[signals[place]] for place in there]
    bounds = np.array([bounds_of(column_of(name)) for name in signals]).T
    bounds[0, INTENSITIES] = -np.inf  # Those that are not calibrated are negative.
    last, said = pylsl.local_clock(), set[str]()
    while not stop.is_set():
        samples, stamps = inlet.pull_chunk(timeout=0.0, max_samples=512)
        if not samples:
            yield None
            if patience is not None and pylsl.local_clock() - last > patience:
                yield Remark(f"no sample for {patience:g} s; the sender is gone")
                return
            stop.wait(POLL / 2)
            continue
        last = pylsl.local_clock()
        for sample, stamp in zip(samples, stamps, strict=True):
            values = np.zeros(len(signals))
            values[there] = [sample[place] for place in own]
            known = "success" in places or "confidence" in places
            success = sample[places["success"]] if "success" in places else float(values[0] > 0 or not known)
            turn = sample[places["turn"]] if "turn" in places else 0.0
            # A comparison with NaN is false, too.
            if not (
                success in {0.0, 1.0}
                and 0 <= turn <= 1
                and np.isfinite(values).all()
                and ((values >= bounds[0]) & (values <= bounds[1])).all()
                and abs(stamp) <= LATEST_TIME
            ):
                if "left out" not in said:
                    yield Remark("a sample is out of bounds or not finite; left out, as will be any like it")
                said.add("left out")
                continue
            if (lowest := values[INTENSITIES].min()) < 0 and not keep_negative:
                if "negative" not in said:
                    yield Remark(f"an AU intensity of {lowest:g} is {UNCALIBRATED}")
                said.add("negative")
                np.maximum(values[INTENSITIES], 0.0, out=values[INTENSITIES])
            yield Frame(stamp, success, values, turn)


def _channels(name: str, info: Any, needed: Sequence[str]) -> dict[str, int]:
    """Find the channels by their labels, and see that those are there that are needed."""
    labels, channel = list[str](), info.desc().child("channels").child("channel")
    while not channel.empty() and len(labels) <= info.channel_count():
        labels.append(channel.child_value("label").strip())
        channel = channel.next_sibling()
    places = {label.removesuffix("_r"): index for index, label in enumerate(labels)}
    missing = [signal for signal in needed if signal not in places]
    read = {*SIGNALS, *needed, "success", "turn"}
    twice = repeated([label.removesuffix("_r") for label in labels if label.removesuffix("_r") in read])
    if not missing and twice is None and len(labels) == info.channel_count():
        return places
    labelled = plain(", ".join(labels), longest=_LONGEST_LABELS) or "not at all"
    lacks = f"{', '.join(missing) or 'a label'} is missing" if twice is None else f"{twice} is there twice"
    raise InputError(
        f"the LSL stream {name!r} has {info.channel_count()} channels, labelled {labelled}; {lacks}",
        remedy="label its channels as OpenFace does (confidence, AU12_r) and send what the models see",
    )
