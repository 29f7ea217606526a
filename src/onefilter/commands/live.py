"""What `onefilter live` does: frames come in as they are made, predictions go out. No torch, no polars."""

import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from onefilter.errors import InputError
from onefilter.files import check_outputs
from onefilter.live.events import Event
from onefilter.live.options import Options
from onefilter.live.registry import Opening, open_sinks
from onefilter.live.rows import Rows
from onefilter.live.session import Row, Session, Sink, State
from onefilter.live.sources import follow, lsl, pipe
from onefilter.live.stream import Stream, signals_for, signals_needed
from onefilter.model.card import Model, Stack, check_alone, check_tool
from onefilter.model.file import read_models
from onefilter.names import OPENFACE
from onefilter.text import printable

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def run_live(model_files: Sequence[Path], options: Options) -> None:
    """Run models on one source until it ends or the user stops it; after Ctrl-C everything is written.

    Raises:
        InputError: If the options do not go together, or a file or a model cannot be used.
    """
    options.check()
    check_outputs(
        [options.out], inputs=[options.follow, options.turns, *model_files], stdin=options.stdin, force=options.force
    )
    models = read_models(model_files)
    check_alone(models)
    try:
        Stream(models)
    except ValueError as error:
        raise InputError(str(error), remedy="give a model that onefilter trained or imported") from error
    if options.lsl is None:
        # What is followed is written by OpenFace.
        _check_tool(models, options, OPENFACE)
    spoken = _Spoken(options.turns, options.speaker) if options.turns is not None else None
    turns = spoken.turns if spoken is not None else None
    stop = threading.Event()
    with ExitStack() as stack:
        sinks = [*open_sinks(Opening(options, models, stop, stack)), *([] if spoken is None else [spoken])]
        session = Session(models, sinks, turns=turns, calibrate=options.calibrate)
        if turns is None and options.lsl is None and any(model.weighs_turn for model in models.values()):
            session.remark("the models weigh who speaks; without --turns or a column turn the person counts as silent")
        stack.enter_context(_interruptible(stop))
        session.run(_source(options, stop, models))
        if spoken is not None:
            spoken.report(session.state, whole=not stop.is_set())


def _check_tool(models: Mapping[str, Model | Stack], options: Options, tool: str) -> None:
    """Refuse models that were trained on another tool's signals, unless that is allowed."""
    for model in () if options.other_tool else models.values():
        check_tool(model.card, tool, file=options.source, scales={}, permit="--other-tool")


def _source(options: Options, stop: threading.Event, models: Mapping[str, Model | Stack]) -> Iterator[Event]:
    """Begin to read what is asked for."""
    signals = signals_for(models)
    patience, calibrate = options.patience, options.calibrate
    if options.lsl is not None:
        return lsl(
            options.lsl,
            stop=stop,
            patience=patience,
            keep_negative=calibrate,
            signals=signals,
            needed=signals_needed(models),
            check_tool=partial(_check_tool, models, options),
        )
    rows = Rows(options.source, fps=options.fps, face=options.face, keep_negative=calibrate, signals=signals)
    if options.follow is not None:
        return follow(options.follow, rows, stop=stop, patience=patience)
    return pipe(sys.stdin.fileno(), rows, stop=stop, patience=patience)


class _Spoken(Sink):
    """When the person speaks, for replays, and how much of the session that was."""

    def __init__(self, path: Path, speaker: str | None) -> None:
        """Read the turns."""
        from onefilter.corpus.annotations import read_turns  # Loads polars: only for those who give turns.

        self._path, self._table, self._last = path, read_turns(path, speaker=speaker), 0.0
        self.turns: npt.NDArray[np.float64] = self._table.select("begin", "end").to_numpy()

    def rows(self, rows: Sequence[Row], state: State) -> None:
        """Take note of how far the session is."""
        self._last = max(self._last, state.time)

    def report(self, state: State, *, whole: bool) -> None:
        """Say how much of the session was turn.

        Args:
            state: Of the session, at its end.
            whole: Whether the source came to an end of its own, so that no turn can end later.

        Raises:
            InputError: If one does.
        """
        from onefilter.corpus.annotations import check_turns, note_on_turns

        if whole and self._last:
            check_turns(self._table, video=self._last, rate=state.frame_rate, file=self._path)
        print(f"onefilter: {printable(note_on_turns(self._table, self._last))}", file=sys.stderr)


@contextmanager
def _interruptible(stop: threading.Event) -> Iterator[None]:
    """While it lasts, Ctrl-C and a request to terminate end the session in good order instead of at once."""
    before: dict[int, Any] = {}

    def undo() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()
        # A second request ends the process at once, for example where output is stuck.
        undo()

    before |= {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        undo()
