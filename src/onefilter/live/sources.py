"""Where frames come from: a CSV that OpenFace is writing, standard input, an LSL stream.

Every source is a generator of events (`onefilter.live.events`). It gives None when nothing has come for a moment, so
that the session can do something else, and ends when `stop` is set, its input ends, or nothing has come for
`patience` seconds.
"""

import os
import queue
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np

from onefilter.corpus.openface_format import INTENSITY
from onefilter.errors import InputError
from onefilter.live.events import Event, Remark, Restart
from onefilter.live.rows import UNCALIBRATED, Rows
from onefilter.live.stream import Frame
from onefilter.names import SIGNALS

POLL: Final = 0.01
"""Seconds between two looks at an input that gives nothing."""
_CHUNK: Final = 1 << 18
"""Bytes that are read at once."""
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
    tail = _Tail(path)
    waited = 0.0
    if not path.exists():
        yield Remark(f"{path}: does not exist yet; waiting for it")
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
                yield Restart(f"{path} {found}")
                rows.begin()
                continue
            if patience is not None and waited > patience:
                yield from rows.finish()
                yield from rows.sum_up()
                yield Remark(f"{path}: nothing new for {patience:g} s; the writer is gone")
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
            break
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
    name: str, *, stop: threading.Event, patience: float | None = None, keep_negative: bool = False
) -> Iterator[Event]:
    """Receive frames over the Lab Streaming Layer.

    The stream is found by its name or else its type. Channels are known by their labels: ``confidence`` and
    ``AU01_r`` ... ``AU45_r`` (or ``AU01`` ...) must be there, ``success`` and ``turn`` may be; without ``success``, a
    frame without confidence is a lost one. Times are those of the sender with the clocks' offset applied, in seconds of
    this machine's LSL clock.

    Args:
        name: Name or type of the stream.
        stop: Ends it.
        patience: Seconds without anything new after which the sender counts as gone; None waits for ever.
        keep_negative: Whether negative intensities are kept, because they are calibrated later.

    Raises:
        InputError: If pylsl is not there, or the stream lacks a channel.
    """
    pylsl = lsl_modules()
    yield Remark(f"looking for the LSL stream {name!r}")
    found: list[Any] = []
    begun = time.monotonic()
    while not found:
        if stop.is_set():
            return
        if patience is not None and time.monotonic() - begun > patience:
            raise InputError(f"no LSL stream has the name or type {name!r}", remedy="start the sender, or wait longer")
        yield None
        found = pylsl.resolve_byprop("name", name, 1, 0.2) or pylsl.resolve_byprop("type", name, 1, 0.2)
    inlet = pylsl.StreamInlet(found[0], max_buflen=60, processing_flags=pylsl.proc_clocksync, recover=True)
    try:
        places = _channels(name, inlet.info(timeout=5.0))
        yield Remark(f"receiving {found[0].name()} from {found[0].hostname()}")
        yield from _samples(pylsl, inlet, places, stop=stop, patience=patience, keep_negative=keep_negative)
    except (pylsl.util.TimeoutError, pylsl.util.LostError) as error:
        yield Remark(f"the LSL stream {name!r} is lost ({type(error).__name__})")
    finally:
        inlet.close_stream()


def _samples(
    pylsl: Any,
    inlet: Any,
    places: dict[str, int],
    *,
    stop: threading.Event,
    patience: float | None,
    keep_negative: bool,
) -> Iterator[Event]:
    """Pull samples, which time in order, until they end."""
    signals = [places[name] for name in SIGNALS]
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
            values = np.array([sample[place] for place in signals])
            success = sample[places["success"]] if "success" in places else float(values[0] > 0)
            turn = sample[places["turn"]] if "turn" in places else 0.0
            bounded = np.array([values[0], success, turn])
            # A comparison with NaN is false, too.
            if not (
                bounded.min() >= 0 and bounded.max() <= 1 and np.isfinite(values).all() and values.max() <= INTENSITY[1]
            ):
                if "left out" not in said:
                    yield Remark("a sample is out of bounds or not finite; left out, as will be any like it")
                said.add("left out")
                continue
            if values[1:].min() < 0 and not keep_negative:
                if "negative" not in said:
                    yield Remark(f"an AU intensity of {values[1:].min():g} is {UNCALIBRATED}")
                said.add("negative")
                np.maximum(values, 0.0, out=values)
            yield Frame(stamp, success, values, turn)


def _channels(name: str, info: Any) -> dict[str, int]:
    """Find the channels of the signals by their labels."""
    labels, channel = [], info.desc().child("channels").child("channel")
    while not channel.empty():
        labels.append(channel.child_value("label").strip())
        channel = channel.next_sibling()
    places = {label.removesuffix("_r"): index for index, label in enumerate(labels)}
    missing = [signal for signal in SIGNALS if signal not in places]
    if missing or len(labels) != info.channel_count():
        raise InputError(
            f"the LSL stream {name!r} has {info.channel_count()} channels, labelled"
            f" {', '.join(labels) or 'not at all'}; {', '.join(missing) or 'a label'} is missing",
            remedy="label its channels confidence, AU01_r ... AU45_r (and success, turn)",
        )
    return places
