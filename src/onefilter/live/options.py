"""What `onefilter live` is asked for."""

import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from onefilter.corpus.clock import check_rate
from onefilter.errors import InputError
from onefilter.live.events import named

_LEAST_PATIENCE: Final = 0.1
"""Seconds."""
_LONGEST_STREAM: Final = 200
"""Characters of the name of an LSL stream."""


@dataclass(frozen=True)
class Options:
    """The options of the command line, under the same names.

    Attributes:
        follow: CSV that OpenFace is writing.
        stdin: Whether such a CSV comes from standard input.
        lsl: Which LSL stream to receive: its name, ``NAME@HOST``, its source id, or its type.
        out: CSV to write lines to.
        lsl_out: Name of the LSL stream to send.
        serve: Address of the page, for example ``:8000``.
        turns: CSV that says when the person speaks.
        speaker: Whose turns to take, if a column of that file tells speakers apart.
        fps: True frame rate, if the timestamps are not seconds.
        face: ``face_id``, if there are several faces.
        patience: Seconds without anything new after which the session ends; None waits for ever.
        calibrate: Whether AU intensities are calibrated while OpenFace runs.
        other_tool: Whether models may be given frames of another tool than they were trained on.
        force: Whether a file that is there is written over even if this program did not write it.
    """

    follow: Path | None = None
    stdin: bool = False
    lsl: str | None = None
    out: Path | None = None
    lsl_out: str | None = None
    serve: str | None = None
    turns: Path | None = None
    speaker: str | None = None
    fps: float | None = None
    face: int | None = None
    patience: float | None = None
    calibrate: bool = False
    other_tool: bool = False
    force: bool = False

    @property
    def source(self) -> str:
        """Where frames come from, in words that can be shown."""
        if self.follow is not None:
            return named(self.follow)
        return "standard input" if self.stdin else f"LSL stream {self.lsl}"

    def check(self) -> None:
        """Refuse options that do not go together.

        Raises:
            InputError: For the first that does not.
        """
        if (self.follow is not None) + self.stdin + (self.lsl is not None) != 1:
            raise InputError("give one source", remedy="--follow FILE, --stdin or --lsl NAME")
        if self.lsl is not None and (self.fps is not None or self.face is not None):
            raise InputError("--fps and --face are for OpenFace's files", remedy="leave them out with --lsl")
        for option, name in (("--lsl", self.lsl), ("--lsl-out", self.lsl_out)):
            if name is not None and (not name.isprintable() or not 0 < len(name.strip()) <= _LONGEST_STREAM):
                raise InputError(
                    f"{option}: {name!r} cannot be the name of a stream",
                    remedy=f"give 1 to {_LONGEST_STREAM} characters that can be printed",
                )
        if self.lsl is not None and self.lsl == self.lsl_out:
            raise InputError(f"--lsl-out: {self.lsl!r} is what is received", remedy="send under another name")
        if self.fps is not None:
            check_rate(self.fps, file="--fps")
        if self.patience is not None and not _LEAST_PATIENCE <= self.patience < math.inf:
            raise InputError(
                f"--patience: {self.patience:g} is no time", remedy=f"give {_LEAST_PATIENCE:g} seconds or more"
            )
        if self.speaker is not None and self.turns is None:
            raise InputError("--speaker chooses among turns", remedy="give --turns, too")
        if self.stdin and sys.stdin is None:
            raise InputError("there is no standard input", remedy="give --follow FILE")
        if self.out is not None and self.out.suffix != ".csv":
            raise InputError(f"unknown ending {self.out.suffix!r}", file=self.out, remedy="use .csv")
