"""Where predictions go besides the page and the terminal: CSV lines, an LSL stream."""

import os
import select
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from threading import Event as Flag
from typing import Any, TextIO

from onefilter.errors import InputError
from onefilter.live.session import Row, Sink, State
from onefilter.live.sources import lsl_modules
from onefilter.model.card import Model, Stack, latency_of_all
from onefilter.text import printable


class Lines(Sink):
    """Writes a CSV, one line per hop as soon as it is there: time (s), the targets, tracked, segment."""

    def __init__(self, out: TextIO, targets: Sequence[str], *, stop: Flag) -> None:
        """Write the header.

        Args:
            out: An open text file; it stays open.
            targets: Names of the columns between time and tracked.
            stop: Is set when the reader of the lines has gone.
        """
        self._out, self._targets, self._stop = out, targets, stop
        self._gone = False
        self._reader = select.poll() if hasattr(select, "poll") else None  # Windows has none.
        with suppress(OSError):  # Text in memory has no descriptor.
            if self._reader is not None:
                self._reader.register(out.fileno(), 0)
        self._write(f"time,{','.join(targets)},tracked,segment\n")

    def rows(self, rows: Sequence[Row], state: State) -> None:
        """Write some lines."""
        self._write(
            "".join(
                f"{row.time!r},{','.join(repr(row.values[target]) for target in self._targets)},"
                f"{row.tracked!r},{row.segment}\n"
                for row in rows
            )
        )

    def tick(self, state: State) -> None:
        """See whether the reader of the lines has gone: it may go when all is written, and nothing more comes."""
        if not self._gone and self._reader is not None and self._reader.poll(0):
            self._end()

    def _write(self, text: str) -> None:
        if self._gone:
            return
        try:
            self._out.write(text)
            self._out.flush()
        except OSError as error:
            # The reader of the lines has gone (`| head`). Any other failure, for example a full disk, is an error.
            self._end()
            if not isinstance(error, BrokenPipeError):
                raise InputError(f"cannot be written ({error.strerror})", file=self._out.name) from error

    def _end(self) -> None:
        """End as on request, and let Python close what is left."""
        self._gone = True
        self._stop.set()
        os.dup2(os.open(os.devnull, os.O_WRONLY), self._out.fileno())


class Outlet(Sink):
    """Sends predictions over the Lab Streaming Layer, one sample per hop, one channel per target."""

    def __init__(self, name: str, models: Mapping[str, Model | Stack], *, clock: bool) -> None:
        """Open the stream.

        Args:
            name: Of the stream; its type is ``Affect``.
            models: By target; what they are goes into the stream's description.
            clock: Whether the rows' times are of the LSL clock already, as those of an LSL source are; if not, the last
                frame is taken to have been seen just now.

        Raises:
            InputError: If pylsl is not there, or LSL cannot send.
        """
        pylsl = self._pylsl = lsl_modules()
        self._targets, self._clock = list(models), clock
        cards = {target: model.card for target, model in models.items()}
        rate = 1 / next(iter(cards.values())).hop
        info = pylsl.StreamInfo(name, "Affect", len(models), rate, "double64", f"onefilter-{name}-{'-'.join(models)}")
        channels = info.desc().append_child("channels")
        behind = latency_of_all(models)
        for target in models:
            channel = channels.append_child("channel")
            for key, value in (
                ("label", target),
                ("type", "Affect"),
                ("unit", "annotators' scale, -1 to 1"),
                ("annotation_delay", f"{cards[target].delay:g} s"),
                ("latency", f"{behind:g} s"),
                ("trained_on", cards[target].corpus),
            ):
                channel.append_child_value(key, value)
        acquisition = info.desc().append_child("acquisition")
        acquisition.append_child_value("manufacturer", "onefilter")
        acquisition.append_child_value("time", "of the face; annotators mark the same affect annotation_delay later")
        try:
            self._outlet: Any = pylsl.StreamOutlet(info)
        except RuntimeError as error:
            raise InputError(f"the LSL stream {name!r} cannot be sent ({error})", remedy="check the network") from error

    def rows(self, rows: Sequence[Row], state: State) -> None:
        """Send some samples."""
        # The last frame came a while ago if the input was silent since.
        ahead = 0.0
        if not self._clock:
            ahead = self._pylsl.local_clock() - (time.monotonic() - state.arrived) - state.time
        for row in rows:
            self._outlet.push_sample([row.values[target] for target in self._targets], row.time + ahead)

    def close(self, state: State) -> None:
        """Give listeners a moment to receive the last samples."""
        if self._outlet.have_consumers():
            time.sleep(0.2)
        self._outlet = None


class Remarks(Sink):
    """Writes remarks to standard error, one line each."""

    def __init__(self, err: TextIO) -> None:
        """Write to an open text file; it stays open."""
        self._err = err

    def remark(self, text: str) -> None:
        """Write a line."""
        print(f"onefilter: {printable(text)}", file=self._err, flush=True)

    def close(self, state: State) -> None:
        """Write how many frames and predictions there were, and how long they took."""
        low, high = state.compute
        lost = f", {state.lost / state.frames:.1%} without a face" if state.frames else ""
        computed = f"; {low * 1e6:.0f} µs per hop lately (p50), {high * 1e6:.0f} µs (p99)" if state.hops else ""
        if state.frames and state.lost == state.frames:
            self.remark("no face in any frame, so the predictions say nothing of anybody; check the video")
        self.remark(f"{state.frames} frames{lost}; {state.hops} predictions per target{computed}")
