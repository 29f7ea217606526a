"""All sinks of `onefilter live`. A sink is one class in a file, one function that opens it, and one line in `SINKS`.

What takes long to load (rich, http.server, pylsl) is loaded by that function, and only if the sink is asked for.
"""

import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TextIO

from onefilter.errors import InputError
from onefilter.live.options import Options
from onefilter.live.session import Sink
from onefilter.live.sinks import Lines, Outlet, Remarks
from onefilter.model.card import Model, Stack, note_on_simulated
from onefilter.text import printable


@dataclass(frozen=True)
class Opening:
    """What sinks are opened with.

    Attributes:
        options: What is asked for.
        models: By target.
        stop: Ends the session when a sink sets it.
        files: Closes what sinks have opened, when the session has ended.
        notes: Lines that the user should know from the start; the view or the remarks, opened last, show them.
    """

    options: Options
    models: Mapping[str, Model | Stack]
    stop: threading.Event
    files: ExitStack
    notes: list[str] = field(default_factory=list)


Opener = Callable[[Opening], Sink | None]
"""Opens a sink, or gives None if it is not asked for."""


def outlet(opening: Opening) -> Sink | None:
    """Send predictions as an LSL stream."""
    options = opening.options
    if options.lsl_out is None:
        return None
    return Outlet(options.lsl_out, opening.models, clock=options.lsl is not None)


def page(opening: Opening) -> Sink | None:
    """Serve the page."""
    options = opening.options
    if options.serve is None:
        return None
    from onefilter.live.web import Page, address

    served = Page(address(options.serve), opening.models, source=options.source)
    opening.notes.append(f"the page is {served.address}")
    return served


def lines(opening: Opening) -> Sink | None:
    """Write lines: to the file that is named, else to standard output unless it is a terminal."""
    if opening.options.out is not None:
        out = opening.files.enter_context(_opened(opening.options.out))
    elif not sys.stdout.isatty():
        out = sys.stdout
    else:
        return None
    return Lines(out, list(opening.models), stop=opening.stop)


def view(opening: Opening) -> Sink | None:
    """Show a view, if standard output is a terminal."""
    if not sys.stdout.isatty():
        return None
    from rich.console import Console

    from onefilter.live.view import View

    for note in opening.notes:
        print(printable(note))
    return View(opening.models, source=opening.options.source, console=Console())


def remarks(opening: Opening) -> Sink | None:
    """Write remarks to standard error, if there is no view."""
    if sys.stdout.isatty():
        return None
    sink = Remarks(sys.stderr)
    for note in (*opening.notes, note_on_simulated(opening.models)):
        if note:
            sink.remark(note)
    return sink


SINKS: Final[tuple[Opener, ...]] = (outlet, page, lines, view, remarks)
"""In the order in which they are opened: lines after what may fail, so that no other error empties a file that is
there; last, what shows notes to the user."""


def open_sinks(opening: Opening) -> list[Sink]:
    """Open what is asked for.

    Raises:
        InputError: If one cannot be opened.
    """
    return [sink for opener in SINKS if (sink := opener(opening)) is not None]


def _opened(path: Path) -> TextIO:
    try:
        return path.open("w", encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", file=path) from error
