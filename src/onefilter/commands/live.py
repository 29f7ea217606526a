"""What `onefilter live` does: frames come in as they are made, predictions go out. No torch, no polars."""

import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, TextIO

from onefilter.errors import InputError
from onefilter.live.events import Event
from onefilter.live.rows import Rows
from onefilter.live.session import Session, Sink
from onefilter.live.sinks import Lines, Outlet, Remarks
from onefilter.live.sources import follow, lsl, pipe
from onefilter.live.stream import Stream
from onefilter.model.card import Model, Stack
from onefilter.model.file import read_models
from onefilter.names import model_notice

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def run_live(
    model_files: Sequence[Path],
    *,
    file: Path | None,
    stdin: bool,
    stream: str | None,
    out: Path | None,
    lsl_out: str | None,
    serve: str | None,
    turns: Path | None,
    fps: float | None,
    face: int | None,
    patience: float | None,
    calibrate: bool,
) -> None:
    """Run models on one source until it ends or somebody stops it; Ctrl-C leaves everything written."""
    if (file is not None) + stdin + (stream is not None) != 1:
        raise InputError("give one source", remedy="--follow FILE, --stdin or --lsl NAME")
    if stream is not None and (fps is not None or face is not None):
        raise InputError("--fps and --face are for OpenFace's files", remedy="leave them out with --lsl")
    if out is not None and out.suffix != ".csv":
        raise InputError(f"unknown ending {out.suffix!r}", file=out, remedy="use .csv")
    if out is not None and file is not None and out.exists() and file.exists() and out.samefile(file):
        raise InputError("is what is followed", file=out, remedy="write to another file")
    if stdin and sys.stdin is None:
        raise InputError("there is no standard input", remedy="give --follow FILE")
    models = read_models(model_files)
    try:
        Stream(models)
    except ValueError as error:
        raise InputError(str(error), remedy="give a model that onefilter trained or imported") from error
    stop = threading.Event()
    spoken = _turns(turns) if turns is not None else None
    name = str(file) if file is not None else "standard input" if stdin else f"LSL stream {stream}"
    with ExitStack() as stack:
        sinks = _sinks(stack, models, name, out=out, lsl_out=lsl_out, serve=serve, clock=stream is not None, stop=stop)
        session = Session(models, sinks, turns=spoken, calibrate=calibrate)
        if turns is None and stream is None and any(model.weighs_turn for model in models.values()):
            session.remark("the models weigh who speaks; without --turns or a column turn the person counts as silent")
        stack.enter_context(_interruptible(stop))
        session.run(_source(file, stream, name, fps=fps, face=face, stop=stop, patience=patience, calibrate=calibrate))


def _source(
    file: Path | None,
    stream: str | None,
    name: str,
    *,
    fps: float | None,
    face: int | None,
    stop: threading.Event,
    patience: float | None,
    calibrate: bool,
) -> Iterator[Event]:
    if stream is not None:
        return lsl(stream, stop=stop, patience=patience, keep_negative=calibrate)
    rows = Rows(name, fps=fps, face=face, keep_negative=calibrate)
    if file is not None:
        return follow(file, rows, stop=stop, patience=patience)
    return pipe(sys.stdin.fileno(), rows, stop=stop, patience=patience)


def _sinks(
    stack: ExitStack,
    models: dict[str, Model | Stack],
    source: str,
    *,
    out: Path | None,
    lsl_out: str | None,
    serve: str | None,
    clock: bool,
    stop: threading.Event,
) -> list[Sink]:
    """Open what was asked for; on a terminal a view, else lines."""
    sinks: list[Sink] = []
    if lsl_out is not None:
        sinks.append(Outlet(lsl_out, models, clock=clock))
    page = None
    if serve is not None:
        from onefilter.live.web import Page, address

        page = Page(address(serve), models, source=source)
        sinks.append(page)
    if out is not None:
        # Last, so that no other mistake costs the file that is there.
        sinks.append(Lines(stack.enter_context(_opened(out)), list(models), stop=stop))
    if sys.stdout.isatty():
        from rich.console import Console

        from onefilter.live.view import View

        if page is not None:
            print(page.address)
        sinks.append(View(models, source=source, console=Console()))
    else:
        if out is None:
            sinks.append(Lines(sys.stdout, list(models), stop=stop))
        remarks = Remarks(sys.stderr)
        sinks.append(remarks)
        if page is not None:
            remarks.remark(f"the page is {page.address}")
        if notice := model_notice({target: model.card.corpus for target, model in models.items()}):
            remarks.remark(notice)
    return sinks


def _opened(path: Path) -> TextIO:
    try:
        return path.open("w", encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", file=path) from error


def _turns(path: Path) -> "npt.NDArray[np.float64]":
    """Read when the person speaks, for replays."""
    from onefilter.corpus.annotations import read_turns  # Loads polars: only for those who give turns.

    return read_turns(path).select("begin", "end").to_numpy()


@contextmanager
def _interruptible(stop: threading.Event) -> Iterator[None]:
    """While it lasts, Ctrl-C and a request to terminate end the session in good order instead of at once."""
    before: dict[int, Any] = {}

    def undo() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()
        # Whoever asks again, because output is stuck say, is not asked for patience.
        undo()

    before |= {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        undo()
