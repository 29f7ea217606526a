"""Sinks: what a new one needs, and which are opened."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from onefilter.commands.live import run_live
from onefilter.live import registry
from onefilter.live.options import Options
from onefilter.live.registry import Opening
from onefilter.live.session import Row, Session, Sink, State
from onefilter.model.file import write_model
from tests.examples.live import CARD, MODELS, frames, network
from tests.examples.openface import Write


class Count(Sink):
    """Counts predictions, and nothing else."""

    hops = 0

    def rows(self, rows: Sequence[Row], state: State) -> None:
        """Count."""
        self.hops += len(rows)


def test_a_sink_says_only_what_concerns_it() -> None:
    """What it leaves out does nothing; a sink that leaves out everything is one."""
    count = Count()
    session = Session(MODELS, [Sink(), count])
    session.run([*frames(0), None])
    session.remark("heard by nobody")
    assert count.hops == session.state.hops > 0


def test_a_new_sink_is_one_line(
    tmp_path: Path, write_openface: Write, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A function in the registry is opened with what the command line was given, and gets what the others get."""
    model = tmp_path / "valence.safetensors"
    write_model(model, network(CARD, 80, 39, seed=1))
    options = Options(follow=write_openface(frames=200), patience=0.1, lsl_out=None)
    opened: list[tuple[Opening, Count]] = []

    def count(opening: Opening) -> Sink | None:
        opening.notes.append("predictions are counted")
        opened.append((opening, Count()))
        return opened[-1][1]

    def never(opening: Opening) -> Sink | None:
        return None if opening.options.serve is None else Sink()

    monkeypatch.setattr(registry, "SINKS", (never, count, *registry.SINKS))
    run_live([model], options)
    ((opening, sink),) = opened
    assert opening.options is options
    assert list(opening.models) == ["valence"]
    written = capsys.readouterr()
    assert sink.hops == len(written.out.splitlines()) - 1 == 40
    assert written.err.startswith("onefilter: predictions are counted\n")
