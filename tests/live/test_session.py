"""A session cuts time into segments, sums up what happens, and leaves everything written."""

import io
import math
import os
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from onefilter.live.calibration import Calibration
from onefilter.live.events import Event, Remark, Restart
from onefilter.live.session import Session, State
from onefilter.live.sinks import Lines, Outlet, Remarks
from onefilter.live.stream import Frame, Stream
from onefilter.live.view import View, spark
from onefilter.model.card import Model, Stack
from tests.examples.live import CARD, DROPPING, MODELS, OWN, Notes, deep, frames


def run(events: Sequence[Event]) -> tuple[Notes, Session]:
    """Run a session over events."""
    notes = Notes()
    session = Session(MODELS, [notes])
    session.run(iter(events))
    assert notes.closed == 1
    return notes, session


def alone(begin: float, seed: int = 1) -> list[dict[str, float]]:
    """What a stream of its own says of the same frames."""
    stream = Stream(MODELS)
    found = []
    for event in frames(begin, seed=seed):
        assert isinstance(event, Frame)
        found += stream.push(event)
    return [affect.values for affect in [*found, *stream.close()]]


def test_one_recording() -> None:
    """A session adds nothing to a stream, and ends it."""
    notes, session = run([None, *frames(0), None])
    assert [row.values for row in notes.got] == alone(0)
    assert [row.time for row in notes.got] == [number / 10 for number in range(40)]
    assert {row.segment for row in notes.got} == {0}
    assert notes.ticks == 2
    assert (session.state.frames, session.state.hops, session.state.lost) == (200, 40, 0)
    assert session.state.frame_rate == pytest.approx(50)


@pytest.mark.parametrize(
    ("between", "begin", "remark"),
    [
        ([Restart("a.csv was replaced")], 0.0, "a.csv was replaced: another recording begins"),
        ([], 0.0, "time goes back from 3.98 s: predictions begin anew at 0 s"),
        ([], 20.0, "no frame for 16 s: predictions begin anew at 20 s"),
    ],
)
def test_another_segment(between: list[Event], begin: float, remark: str) -> None:
    """Each is predicted as if it were alone; times are the input's."""
    notes, session = run([*frames(0), *between, *frames(begin, seed=2)])
    assert notes.remarks == [remark]
    first, second = notes.got[:40], notes.got[40:]
    assert [row.values for row in first] == alone(0)
    assert [row.segment for row in second] == [1] * 40
    np.testing.assert_allclose([row.time for row in second], begin + np.arange(40) / 10, atol=1e-9)
    for row, values in zip(second, alone(0, seed=2), strict=True):
        assert row.values == pytest.approx(values, abs=1e-12)
    assert session.state.segments == 2


def test_a_late_start() -> None:
    """An input whose clock runs already is put on the grid of hops at or before its first frame."""
    notes, _ = run(frames(12345.678))
    assert notes.got[0].time == 12345.6
    assert notes.got[-1].time == 12349.6
    assert notes.got[17].time == 12347.3


def test_turns_are_in_the_inputs_time() -> None:
    """Whether someone speaks at 20.5 s does not depend on where the segment began."""
    models: dict[str, Model | Stack] = {"turn": replace_weight("turn")}
    for begin in (0.0, 20.0):
        notes = Notes()
        session = Session(models, [notes], turns=np.array([[begin + 0.5, begin + 1.0]]))
        session.run(iter(frames(begin)))
        assert [round(row.time - begin, 6) for row in notes.got if row.values["turn"] > 0.5] == [
            0.5, 0.6, 0.7, 0.8, 0.9, 1.0,
        ]  # fmt: skip


def replace_weight(feature: str) -> Model:
    """Give a model that says what one feature is."""
    return Model(replace(CARD, features=(feature,), left=0), np.ones((1, 1)), 0.0, 1.0, 0.0)


def test_calibration() -> None:
    """Intensities are calibrated before they are used, for each recording anew, and not unless asked for."""
    events = [*frames(0), Restart("a.csv was replaced"), *frames(0)]
    plain, calibrated = Notes(), Notes()
    Session(MODELS, [plain]).run(iter(events))
    Session(MODELS, [calibrated], calibrate=True).run(iter(events))
    calibration = Calibration()
    stream = Stream(MODELS)
    expected = [row for event in frames(0) if isinstance(event, Frame) for row in stream.push(calibration.apply(event))]
    values = [row.values for row in [*expected, *stream.close()]]
    assert [row.values for row in calibrated.got] == values * 2
    assert [row.values for row in plain.got] == alone(0) * 2
    assert values != alone(0)


def test_the_face_is_the_last_frames() -> None:
    """Calibrated where the session calibrates; none where no face was found."""
    events, calibration = frames(0, 40), Calibration()
    expected = [calibration.apply(event).signals[1:] for event in events if isinstance(event, Frame)][-1]
    session = Session(MODELS, [], calibrate=True)
    assert session.state.face is None
    for event in events:
        session.take(event)
    np.testing.assert_array_equal(session.state.face, expected)
    session.take(Frame(1.0, 0.0, np.zeros(18)))
    assert session.state.face is None
    last = events[-1]
    assert isinstance(last, Frame)
    plain = run(events)[1].state.face
    np.testing.assert_array_equal(plain, last.signals[1:])


def test_a_start_at_a_large_time() -> None:
    """The hop before it, as a product, may be rounded to after it."""
    begin = 8185950465.2
    assert math.floor(begin / 0.1) * 0.1 > begin
    notes, session = run([Frame(begin + number / 50, 1.0, np.zeros(18)) for number in range(100)])
    assert session.state.segments == 1
    assert notes.got[0].time == pytest.approx(begin)


@pytest.mark.parametrize("begin", [1.1, 1.4, 2.3, 4.1, 10.1, 33.3, 1000.3])
def test_a_late_start_on_a_hop(begin: float) -> None:
    """The first hop is the one where the input begins, though the quotient of two decimals may be less."""
    notes, _ = run([Frame(round(begin + number / 50, 6), 1.0, np.zeros(18)) for number in range(100)])
    assert notes.got[0].time == begin


def test_time_that_stands_still() -> None:
    """Such frames are left out, as are those that come a little late; one remark says so."""
    shifted = [event._replace(time=event.time + 4e-7) for event in frames(0) if isinstance(event, Frame)]
    mixed = [frame for pair in zip(frames(0), shifted, strict=True) for frame in pair]
    notes, _ = run([*mixed[:200], *frames(0)[60:100], *mixed[200:]])
    assert [row.values for row in notes.got] == alone(0)
    assert len(notes.remarks) == 1
    doubled = [frame for frame in frames(0) for _ in range(2)]
    notes, _ = run(doubled)
    assert [row.values for row in notes.got] == alone(0)
    assert notes.remarks == ["time stands still or steps back at 0 s; such frames are left out"]


def test_a_pause_is_bridged_as_offline() -> None:
    """Up to 10 s hops repeat a neighbour, and again when as much video has come since."""
    events = [*frames(0, 300), *frames(15.5, 500), *frames(35.0, 100)]
    notes, session = run(events)
    stream = Stream(MODELS)
    found = [row for event in events if isinstance(event, Frame) for row in stream.push(event)]
    assert [row.values for row in notes.got] == [row.values for row in [*found, *stream.close()]]
    assert session.state.segments == 1
    assert notes.remarks == []


@pytest.mark.parametrize("step", [9.9, 5.0, 1.0, 0.3])
def test_time_that_leaps_makes_no_rows(step: float) -> None:
    """Gaps that add up to more than 10 s are not filled: one remark, and predictions begin anew with the video."""
    leaps = [Frame(100.0 + step * number, 1.0, np.ones(18)) for number in range(400)]
    end = leaps[-1].time
    notes, session = run([*leaps, *frames(end + 9.0, 200, seed=2)])
    assert session.state.segments == 2
    assert session.state.frames == 600
    # The last 4 s are a video again, from their second frame on.
    second = [row for row in notes.got if row.segment == 1]
    assert len(second) == 40
    # 10 s of gaps and what lies between them, a hop every 0.1 s.
    longest = 10 + 10 * 0.25 / (step - 0.25)
    assert len(notes.got) - len(second) <= 10 * longest + 4
    assert [remark.partition(" before ")[0] for remark in notes.remarks] == ["too few frames"]
    assert notes.remarks[0].endswith("predictions begin anew when 4 frames per second come")


def test_time_that_leaps_to_and_fro() -> None:
    """Whatever the order of leaps, rows are about as many as hops of the video."""
    rng = np.random.default_rng(4)
    times = np.cumsum(rng.choice([1 / 30, 5.0, 9.9, -3.0, 12.0], 400, p=[0.6, 0.2, 0.1, 0.05, 0.05]))
    notes, _ = run([Frame(float(time), 1.0, np.zeros(18)) for time in times])
    assert len(notes.got) < 600
    assert len(notes.remarks) < 15


def test_a_face_that_is_away_for_hours() -> None:
    """Where lost frames do not count, nothing is made up for more than 10 s, before the first face or after one."""
    faces = [event for event in frames(3600.0) if isinstance(event, Frame)]
    away = [Frame(number / 4, 0.0, np.zeros(18)) for number in range(4 * 3600)]
    notes = Notes()
    session = Session(DROPPING, [notes])
    session.run(iter([*away, *faces, *(frame._replace(time=frame.time + 3604.0) for frame in away)]))
    # Up to 10 s repeat the last window, as offline.
    assert 40 <= len(notes.got) <= 40 + 101
    for row, values in zip(notes.got[:35], alone(0), strict=False):
        assert row.values == pytest.approx(values, abs=1e-12)
    assert notes.got[0].time == 3600.0
    assert (session.state.frames, session.state.segments) == (2 * len(away) + 200, 2)
    assert notes.remarks == [
        "no face since 0 s: predictions begin anew with the next one",
        "no face since 3603.98 s: predictions begin anew with the next one",
    ]


def test_a_face_that_is_away_for_seconds() -> None:
    """Up to 10 s are filled, as `onefilter predict` does, also before the first face."""
    events = [
        event._replace(success=float(3 < number / 50 < 5 or number / 50 > 14))
        for number, event in enumerate(frames(0, 900))
        if isinstance(event, Frame)
    ]
    notes, stream = Notes(), Stream(DROPPING)
    Session(DROPPING, [notes]).run(iter(events))
    found = [row for event in events for row in stream.push(event)]
    assert [row.values for row in notes.got] == [row.values for row in [*found, *stream.close()]]
    assert len(notes.got) == 180
    assert notes.remarks == ["no face at 0 s, but AUs are not 0; this is not said again"]


def test_a_face_that_is_not_there_is_said_at_once() -> None:
    """Where lost frames count, too: each time that none has been seen for 10 s, and not only at the end."""
    none = [Frame(number / 10, 0.0, np.zeros(18)) for number in range(400)]
    notes, session = run([*none, *frames(40.0), *(frame._replace(time=frame.time + 44.0) for frame in none)])
    say = "predictions say nothing of anybody until there is one"
    assert notes.remarks == [f"no face since 0 s: {say}", f"no face since 43.98 s: {say}"]
    assert session.state.segments == 1
    # Windows of 1 s around each hop.
    tracked = {row.time: row.tracked for row in notes.got}
    assert (tracked[39.4], tracked[40.6], tracked[43.4], tracked[44.6]) == (0, 1, 1, 0)
    assert 0 < tracked[40.0] < 1


def test_a_face_whose_action_units_are_all_zero_is_said() -> None:
    """Once, after 10 s, and no sooner: no real face is so still."""
    blank = [Frame(number / 10, 1.0, np.array([0.9, *np.zeros(17)])) for number in range(400)]
    notes, _ = run([*frames(0), *(frame._replace(time=frame.time + 4.0) for frame in blank)])
    assert notes.remarks == ["all AUs are 0 since 3.98 s, although there is a face: does OpenFace compute them (-aus)?"]
    notes, _ = run([*frames(0), *(frame._replace(time=frame.time + 4.0) for frame in blank[:90]), *frames(13.1)])
    assert notes.remarks == []


def test_what_a_remark_says_is_no_command() -> None:
    """To no sink, and it is not long: streams and files may say anything."""
    notes, _ = run([Remark("a\x1b]0;title\x07\x9b31m\u202eb\nc" + "x" * 10_000)])
    assert notes.remarks[0].startswith("a\\x1b]0;title\\x07\\x9b31m\\u202eb cxxx")
    assert len(notes.remarks[0]) + len("onefilter: ") < 500


def test_state() -> None:
    """Shares, rates and means of what was contributed."""
    events = frames(0, 400)
    lost = [
        frame._replace(success=float(number % 4 > 0)) for number, frame in enumerate(events) if isinstance(frame, Frame)
    ]
    notes, session = run([*lost])
    state = session.state
    assert (state.frames, state.lost) == (400, 100)
    _, other = run([*frames(0), *frames(100.0, 20)])
    assert other.state.frame_rate == pytest.approx(50)
    assert state.lost_share == pytest.approx(0.25)
    assert 0 < state.compute[0] <= state.compute[1] < 1
    for target in MODELS:
        expected = np.mean([row.relevance[target] for row in notes.got], axis=0)
        np.testing.assert_allclose(state.mean_relevance[target], expected, atol=1e-12)
    assert math.isnan(State().compute[0])
    assert State().frame_rate == State().lost_share == 0


def test_everything_is_written_when_the_source_fails() -> None:
    """What is due is given, sinks are closed, and the error is not lost."""

    def failing() -> Iterator[Event]:
        yield from frames(0)
        message = "no more"
        raise RuntimeError(message)

    notes = Notes()
    with pytest.raises(RuntimeError, match="no more"):
        Session(MODELS, [notes]).run(failing())
    assert len(notes.got) == 40
    assert notes.closed == 1


def test_lines() -> None:
    """CSV that reads back to the last bit."""
    out, notes = io.StringIO(), Notes()
    session = Session(MODELS, [notes, Lines(out, list(MODELS), stop=threading.Event())])
    session.run(iter([*frames(0), *frames(100.0)]))
    lines = out.getvalue().splitlines()
    assert lines[0] == "time,arousal,valence,tracked,segment"
    found = [tuple(map(float, line.split(","))) for line in lines[1:]]
    assert found == [
        (row.time, row.values["arousal"], row.values["valence"], row.tracked, row.segment) for row in notes.got
    ]


def test_a_reader_that_leaves_when_all_is_written() -> None:
    """Nothing more would be written, so that no write could fail: the next moment in which nothing comes tells."""
    reading, writing = os.pipe()
    stop = threading.Event()
    with os.fdopen(writing, "w") as out:
        lines = Lines(out, list(MODELS), stop=stop)
        Session(MODELS, [lines]).run(iter([*frames(0), None]))
        assert not stop.is_set()
        assert os.read(reading, 50).startswith(b"time,arousal,valence,tracked,segment\n")
        lines.tick(State())
        assert not stop.is_set()
        os.close(reading)
        lines.tick(State())
        assert stop.is_set()
        lines.tick(State())


def test_remarks() -> None:
    """One line each, and a summary."""
    err = io.StringIO()
    session = Session(MODELS, [Remarks(err)])
    session.run(iter([Remark("look out"), *frames(0)]))
    assert re.fullmatch(
        r"onefilter: look out\n"
        r"onefilter: 200 frames, 0\.0% without a face; 40 predictions per target;"
        r" \d+ µs per hop lately \(p50\), \d+ µs \(p99\)\n",
        err.getvalue(),
    )
    err = io.StringIO()
    Session(MODELS, [Remarks(err)]).run(iter([]))
    assert err.getvalue() == "onefilter: 0 frames; 0 predictions per target\n"


def test_interruptions_without_end_are_said_a_few_times() -> None:
    """A hundred leaps in time cost five lines."""
    leaps = [Frame(20.0 * number, 1.0, np.zeros(18)) for number in range(100)]
    notes, session = run([*leaps])
    assert session.state.segments == 100
    assert len(notes.remarks) == 5
    assert notes.remarks[-1].endswith("predictions begin anew at 100 s; this is not said again")


def test_calibration_begins_anew_where_time_goes_back() -> None:
    """Another recording in the same input may be another person's."""
    joined, apart = Notes(), Notes()
    Session(MODELS, [joined], calibrate=True).run(iter([*frames(0), *frames(0, seed=2)]))
    Session(MODELS, [apart], calibrate=True).run(iter([*frames(0), Restart("x"), *frames(0, seed=2)]))
    assert [row.values for row in joined.got] == [row.values for row in apart.got]


def test_view() -> None:
    """A terminal shows value, course, latencies, tracker, warnings."""
    out = io.StringIO()
    models = MODELS | {"liking": deep(replace(CARD, corpus="simulated"), seed=1)}
    view = View(models, source="cam.csv", console=Console(file=out, width=110, force_terminal=True))
    session = Session(models, [view])
    session.run(iter([Remark("look out"), *frames(0)]))
    text = Console(width=110)
    with text.capture() as capture:
        text.print(view.picture(session.state))
    picture = capture.get()
    assert "onefilter live · cam.csv · Ctrl-C ends" in picture
    # All wait for the slowest: the deep one's 0.5 s window and 5 steps ahead.
    for target in ("arousal", "liking"):
        assert re.search(target + r" +[+-]\d\.\d\d +[▁▂▃▄▅▆▇█]{6,8} +-1\.8 s", picture)
    assert "time 3.9 s · 1 s behind the face · 50.0 frames/s" in picture
    assert "0% without a face · compute" in picture
    assert "liking: trained on simulated people" in picture
    assert "look out" in picture
    narrow = Console(width=80)
    with narrow.capture() as capture:
        narrow.print(view.picture(session.state))
    assert "from annotators" in capture.get()
    assert out.getvalue()


def test_spark() -> None:
    """Lowest and highest bar at the bounds; no bounds, no course."""
    assert spark([0, 1, 2, 7], 0, 7) == "▁▂▃█"
    assert spark([3, 3], 3, 3) == "▄▄"
    assert spark([], math.inf, -math.inf) == ""


@pytest.mark.waits
@pytest.mark.slow
@pytest.mark.usefixtures("local_lsl")
@pytest.mark.parametrize("clock", [True, False])
def test_lsl_outlet(clock: bool) -> None:
    """Predictions arrive with the face's time, labels and latencies in the description."""
    pylsl = pytest.importorskip("pylsl")
    name = f"affect-{clock}{OWN}"
    outlet, notes = Outlet(name, MODELS, clock=clock), Notes()
    inlet = pylsl.StreamInlet(pylsl.resolve_byprop("name", name, 1, 5)[0], processing_flags=pylsl.proc_clocksync)
    info = inlet.info(timeout=5)
    channel = info.desc().child("channels").child("channel")
    assert (info.type(), info.nominal_srate(), channel.child_value("label")) == ("Affect", 10, "arousal")
    assert channel.next_sibling().child_value("label") == "valence"
    assert channel.child_value("latency") == channel.next_sibling().child_value("latency") == "0.9 s"
    assert channel.child_value("annotation_delay") == "2.8 s"
    inlet.open_stream(timeout=5)
    inlet.time_correction(timeout=5)
    begin = pylsl.local_clock()
    Session(MODELS, [notes, outlet]).run(iter(frames(begin if clock else 0.0)))
    samples: list[list[float]] = []
    stamps: list[float] = []
    while len(samples) < 40:
        some, times = inlet.pull_chunk(timeout=1.0)
        assert some
        samples += some
        stamps += times
    assert samples == [list(row.values.values()) for row in notes.got]
    if clock:
        np.testing.assert_allclose(stamps, [row.time for row in notes.got], atol=0.01)
    else:
        # The frame that makes a prediction due, 0.9 s after it but for the end, was seen just now.
        hops = np.arange(40) / 10
        np.testing.assert_allclose(np.array(stamps) - begin, hops - np.minimum(hops + 0.9, 3.98), atol=0.5)


@pytest.mark.waits
@pytest.mark.usefixtures("local_lsl")
def test_lsl_outlet_after_a_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was still waiting is stamped by when its frames came, not by when the recording was found to have ended."""
    pytest.importorskip("pylsl")
    pushed: list[float] = []
    outlet, notes = Outlet(f"silent{OWN}", MODELS, clock=False), Notes()
    now = outlet._pylsl.local_clock()
    monkeypatch.setattr(outlet._outlet, "push_sample", lambda _, stamp: pushed.append(stamp - now))
    session = Session(MODELS, [notes, outlet])
    for event in frames(0):
        session.take(event)
    session.state.arrived -= 60.0
    session.finish()
    assert pushed[-1] == pytest.approx(3.9 - 3.98 - 60, abs=1.0)
    assert pushed[0] == pytest.approx(-0.9, abs=1.0)
