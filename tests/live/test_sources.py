"""Sources: files that are written between two looks, pipes, LSL senders."""

import functools
import itertools
import math
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from onefilter.errors import InputError
from onefilter.live import sources
from onefilter.live.events import Event, Restart
from onefilter.live.rows import Rows
from onefilter.live.sources import _check_format, _fitting, _Tail, _the_one, follow, lsl, pipe
from onefilter.live.stream import Frame
from onefilter.names import SIGNALS
from tests.examples.live import OWN, frames_of, remarks_of, text_of

pytestmark = pytest.mark.waits

PATIENCE = 0.4
FACES = f"FaceAUs{OWN}"


def restarts_of(events: list[Event]) -> list[str]:
    """Take the restarts out of events."""
    return [event.reason for event in events if isinstance(event, Restart)]


def listen(path: Path, *steps: Callable[[], object], patience: float = PATIENCE) -> list[Event]:
    """Follow a file until nothing comes any more; whenever nothing has come, take the next step of the writer."""
    events, left = list[Event](), list(steps)
    for event in follow(path, Rows(path.name), stop=threading.Event(), patience=patience):
        if event is not None:
            events.append(event)
        elif left:
            left.pop(0)()
    assert not left
    return events


def writes(path: Path, content: bytes, mode: str = "ab") -> Callable[[], None]:
    """Make a step of a writer."""

    def write() -> None:
        with path.open(mode) as out:
            out.write(content)

    return write


def test_a_file_that_grows_in_pieces(tmp_path: Path) -> None:
    """It does not exist yet, its header comes first, lines come in two halves: the frames are all there once."""
    path = tmp_path / "grows.csv"
    halves = [
        half
        for line in text_of().splitlines(keepends=True)
        for half in (line[: len(line) // 2], line[len(line) // 2 :])
    ]
    events = listen(path, writes(path, b""), *(writes(path, half) for half in halves))
    assert [round(frame.time * 50) for frame in frames_of(events)] == list(range(20))
    assert remarks_of(events) == [
        f"{path}: does not exist yet; waiting for it",
        f"{path}: nothing new for 0.4 s; the writer is gone",
    ]
    assert restarts_of(events) == []


def test_a_frame_arrives_while_the_writer_writes(tmp_path: Path) -> None:
    """Nothing waits for the end: once the clock is known, each frame is there before the next is written."""
    path = tmp_path / "slow.csv"
    lines = text_of().splitlines(keepends=True)
    source = follow(path, Rows("slow.csv"), stop=threading.Event())
    with path.open("wb", buffering=0) as out:
        out.write(b"".join(lines[:11]))
        assert next(event for event in source) is None
        out.write(lines[11])
        first = [next(event for event in source if event is not None) for _ in range(11)]
        assert [round(frame.time * 50) for frame in frames_of([*first])] == list(range(11))
        for number, line in enumerate(lines[12:], start=11):
            assert next(source) is None
            out.write(line)
            found = next(event for event in source if event is not None)
            assert isinstance(found, Frame)
            assert round(found.time * 50) == number


@pytest.mark.parametrize("what", ["was replaced", "was cut short", "was written anew", "was deleted"])
def test_another_recording_at_the_same_place(tmp_path: Path, what: str) -> None:
    """Rotation, truncation, rewriting in place (as OpenFace does at the end) and deletion each begin anew."""
    path, new, whole = tmp_path / "again.csv", tmp_path / "again.new", text_of()
    lines = whole.splitlines(keepends=True)
    new.write_bytes(whole)
    steps: dict[str, list[Callable[[], object]]] = {
        "was replaced": [lambda: new.replace(path)],
        "was cut short": [writes(path, lines[0] + lines[1], "wb"), writes(path, b"".join(lines[2:]))],
        "was written anew": [writes(path, whole.replace(b"0.98", b"0.90") + lines[-1], "r+b")],
        "was deleted": [path.unlink, writes(path, whole)],
    }
    events = listen(path, writes(path, whole), *steps[what])
    assert restarts_of(events) == [f"{path} {what}"]
    place = next(index for index, event in enumerate(events) if isinstance(event, Restart))
    first, second = frames_of(events[:place]), frames_of(events[place:])
    assert [round(frame.time * 50) for frame in first] == list(range(20))
    assert [round(frame.time * 50) for frame in second][:20] == list(range(20))
    if what == "was written anew":
        assert {frame.signals[0] for frame in second[:20]} == {0.90}


def test_the_writer_dies_in_the_middle_of_a_line(tmp_path: Path) -> None:
    """Killed, it leaves half a row: that is left out, and said."""
    path = tmp_path / "dies.csv"
    lines = text_of().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:11]) + lines[11][:50])
    events = listen(path)
    assert len(frames_of(events)) == 10
    assert remarks_of(events)[0].startswith("dies.csv, row 12: is cut off; left out")
    assert remarks_of(events)[1] == f"{path}: nothing new for 0.4 s; the writer is gone"


def test_being_stopped(tmp_path: Path) -> None:
    """It ends at once and says nothing of the row that is being written."""
    path = tmp_path / "stopped.csv"
    path.write_bytes(text_of()[:-20])
    stop, events = threading.Event(), list[Event]()
    for event in follow(path, Rows("stopped.csv"), stop=stop):
        events.append(event)
        if event is None:
            stop.set()
    assert len(frames_of(events)) == 19
    assert remarks_of(events) == []


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """An error in one line."""
    with pytest.raises(InputError, match="is not a file"):
        listen(tmp_path)


def test_a_path_that_cannot_be() -> None:
    """No system has names so long."""
    with pytest.raises(InputError, match=r"cannot be read .File name too long.; check the path"):
        listen(Path("x" * 5000))


def test_a_pipe_by_name_is_refused(tmp_path: Path) -> None:
    """Opening it would wait for a writer, for ever, deaf to Ctrl-C."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="is not a file; give a CSV, or --stdin for a pipe"):
        listen(tmp_path / "pipe")


def test_what_is_appended_before_a_file_is_replaced_is_read(tmp_path: Path) -> None:
    """However late: the path is looked at before the file is read."""
    path, lines = tmp_path / "late.csv", text_of().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]))
    tail = _Tail(path)
    assert tail.read() == b"".join(lines[:-1])
    with path.open("ab") as out:
        (tmp_path / "new.csv").write_bytes(lines[0])
        (tmp_path / "new.csv").replace(path)
        out.write(lines[-1])
    assert tail.read() == lines[-1]
    assert tail.read() == "was replaced"
    assert tail.read() == lines[0]
    tail.close()


def test_rows_that_were_left_out_are_counted(tmp_path: Path) -> None:
    """At the end one remark says how many there were; if they were all, the command fails."""
    path = tmp_path / "bad.csv"
    header, first, rest = text_of().split(b"\n", maxsplit=2)
    path.write_bytes(b"\n".join([header, first, rest.replace(b",1,", b",x,")]))
    remarks = remarks_of(listen(path))
    assert remarks[0].startswith("bad.csv, row 3: column success: 'x' is not a finite number; left out")
    assert remarks[1] == "bad.csv: 19 rows could not be read and were left out"
    path.write_bytes(text_of().replace(b",1,", b",x,"))
    with pytest.raises(InputError, match=r"bad\.csv: none of its 20 rows could be read; correct the file: .*above"):
        list(listen(path))


def test_a_fast_pipe_waits_for_a_slow_listener() -> None:
    """What is read ahead is bounded."""
    reading, writing = os.pipe()
    written = 0

    def write() -> None:
        nonlocal written
        while written < 40 << 20:
            written += os.write(writing, b" " * (1 << 16))

    thread = threading.Thread(target=write, daemon=True)
    stop = threading.Event()
    source = pipe(reading, Rows("x"), stop=stop)
    thread.start()
    with pytest.raises(InputError, match="x, row 1: has a line of more than 4194304 bytes"):
        list(source)
    time.sleep(0.3)
    # Both ends stay as they are: the writer waits, as it should, until the process ends.
    assert written < 12 << 20


def piped(pieces: list[bytes], *, stop: threading.Event, patience: float | None = None) -> Iterator[Event]:
    """Write pieces into a pipe from another thread; leave it open if the last is not empty."""
    reading, writing = os.pipe()

    def write() -> None:
        for piece in pieces:
            time.sleep(0.02)
            if piece:
                os.write(writing, piece)
            else:
                os.close(writing)

    threading.Thread(target=write, daemon=True).start()
    return pipe(reading, Rows("standard input"), stop=stop, patience=patience)


def test_a_pipe_to_its_end() -> None:
    """All frames, also of a last line without an end."""
    content = text_of()[:-1]
    events = list(piped([content[:700], content[700:1500], content[1500:], b""], stop=threading.Event()))
    assert len(frames_of(events)) == 20
    assert None in events


def test_a_pipe_that_says_nothing_more() -> None:
    """It ends by patience, or when it is stopped."""
    events = list(piped([text_of()], stop=threading.Event(), patience=1.0))
    assert remarks_of(events) == ["standard input: nothing new for 1 s; the writer is gone"]
    assert len(frames_of(events)) == 20
    stop = threading.Event()
    source = piped([text_of()], stop=stop)
    assert None in source
    stop.set()
    assert list(source) == []


def sender(
    name: str,
    labels: list[str],
    samples: list[list[float]],
    *,
    source: str | None = None,
    kind: str = "double64",
    tool: str = "",
) -> threading.Thread:
    """Send samples at 50 Hz once somebody listens; a sample that is too long begins with its time.

    The stream is there as long as somebody listens, however late a loaded machine lets them read.
    """
    import pylsl

    info = pylsl.StreamInfo(name, FACES, len(labels), 50, kind, name if source is None else source)
    if tool:
        info.desc().append_child_value("tool", tool)
    channels = info.desc().append_child("channels")
    for label in labels:
        channels.append_child("channel").append_child_value("label", label)
    outlet = pylsl.StreamOutlet(info)

    def send() -> None:
        outlet.wait_for_consumers(60)
        for number, sample in enumerate(samples):
            stamp = sample[0] if len(sample) > len(labels) else 1000.0 + number / 50
            outlet.push_sample(sample[-len(labels) :], stamp)
        end = time.monotonic() + 60
        while outlet.have_consumers() and time.monotonic() < end:
            time.sleep(0.05)

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    return thread


@pytest.mark.slow
@pytest.mark.usefixtures("local_lsl")
@pytest.mark.parametrize("asked", [f"OpenFace{OWN}", FACES], ids=["name", "type"])
def test_lsl(asked: str) -> None:
    """Found by name or type, channels in any order, labels with or without _r; negative values warn and count as 0."""
    pytest.importorskip("pylsl")
    rng = np.random.default_rng(1)
    labels = ["success", *(f"{unit}_r" for unit in SIGNALS[:0:-1]), "confidence", "turn"]
    samples = rng.random((30, len(labels)))
    samples[:, 0], samples[:, -1] = 1.0, np.arange(30) > 10
    samples[4, 1] = -0.2
    # Such ones are left out: no number, no share.
    samples = np.insert(samples, 20, samples[20], axis=0)
    samples[20, -1] = np.nan
    samples = np.insert(samples, 10, samples[10], axis=0)
    samples[10, -2] = 1.5
    wrong = [10, 21]
    thread = sender(f"OpenFace{OWN}", labels, samples.tolist())
    events = list(lsl(asked, stop=threading.Event(), patience=3.0))
    thread.join()
    frames = frames_of(events)
    sent = 1000 + np.delete(np.arange(32), wrong) / 50
    samples = np.delete(samples, wrong, axis=0)
    assert len(frames) == 30
    np.testing.assert_array_equal(np.array([frame.signals for frame in frames])[:, 0], samples[:, -2])
    expected = np.maximum(samples[:, 1:18], 0)[:, ::-1]
    np.testing.assert_array_equal(np.array([frame.signals for frame in frames])[:, 1:], expected)
    assert [frame.turn for frame in frames] == [0] * 11 + [1] * 19
    # One clock: the offset is what its measurement errs by.
    np.testing.assert_allclose([frame.time for frame in frames], sent, atol=0.01)
    assert any("out of bounds or not finite; left out" in remark for remark in remarks_of(events))
    assert any("negative, so not yet calibrated" in remark for remark in remarks_of(events))
    assert remarks_of(events)[-1] == "no sample for 3 s; the sender is gone"


@pytest.mark.slow
@pytest.mark.usefixtures("local_lsl")
def test_lsl_that_does_not_fit() -> None:
    """A stream without labels, and none at all."""
    pytest.importorskip("pylsl")
    thread = sender(f"bare{OWN}", ["a", "b"], [[1.0, 2.0]])
    with pytest.raises(InputError, match=r"'bare-\d+' has 2 channels, labelled a, b; confidence, AU01, .* is missing"):
        list(lsl(f"bare{OWN}", stop=threading.Event(), patience=3.0))
    thread.join(0)
    with pytest.raises(InputError, match="no LSL stream has the name or type 'nobody'"):
        list(lsl("nobody", stop=threading.Event(), patience=1.0))


@pytest.mark.slow
@pytest.mark.usefixtures("local_lsl")
def test_lsl_signals_beside_the_usual_ones() -> None:
    """What models see beside the 18 is found by its label, may be negative, and is missed by name."""
    pytest.importorskip("pylsl")
    signals = (*SIGNALS, "gaze_angle_x", "AU12_c")
    rows = [[0.5] * len(LABELS) + [-0.75, present] for present in (1.0, 0.0, 2.0, 1.0)]
    thread = sender(f"looks{OWN}", [*LABELS, "gaze_angle_x", "AU12_c"], rows)
    events = list(lsl(f"looks{OWN}", stop=threading.Event(), patience=3.0, signals=signals))
    thread.join(0)
    assert [frame.signals[-2:].tolist() for frame in frames_of(events)] == [[-0.75, 1.0], [-0.75, 0.0], [-0.75, 1.0]]
    thread = sender(f"plain{OWN}", LABELS, [[0.5] * len(LABELS)])
    with pytest.raises(InputError, match=r"gaze_angle_x, AU12_c is missing; label its channels as OpenFace does"):
        list(lsl(f"plain{OWN}", stop=threading.Event(), patience=3.0, signals=signals))
    thread.join(0)


@pytest.mark.slow
@pytest.mark.usefixtures("local_lsl")
def test_lsl_with_what_models_see_alone() -> None:
    """Two channels do for a model of two signals; the others are 0, which is said; the face counts as there."""
    pytest.importorskip("pylsl")
    signals = (*SIGNALS, "pose_Rx")
    needed = ("AU12", "pose_Rx")
    thread = sender(f"two{OWN}", ["pose_Rx", "AU12_r"], [[-0.5, 1.5]] * 3)
    events = list(lsl(f"two{OWN}", stop=threading.Event(), patience=3.0, signals=signals, needed=needed))
    thread.join(0)
    frame = frames_of(events)[0]
    expected = np.zeros(len(signals))
    expected[signals.index("AU12")], expected[-1] = 1.5, -0.5
    np.testing.assert_array_equal(frame.signals, expected)
    assert frame.success == 1
    assert any("the stream has no confidence, AU01, AU02," in remark for remark in remarks_of(events))


@pytest.mark.slow
@pytest.mark.usefixtures("local_lsl")
def test_lsl_of_another_tool() -> None:
    """What a stream says of its tool is checked; where it says nothing, that is said."""
    pytest.importorskip("pylsl")
    asked: list[str] = []

    def refuse(tool: str) -> None:
        asked.append(tool)
        raise InputError(f"made by {tool}")

    thread = sender(f"other{OWN}", LABELS, [[0.5] * len(LABELS)], tool="py-feat")
    with pytest.raises(InputError, match="made by py-feat"):
        list(lsl(f"other{OWN}", stop=threading.Event(), patience=3.0, check_tool=refuse))
    thread.join(0)
    thread = sender(f"silent{OWN}", LABELS, [[0.5] * len(LABELS)])
    events = list(lsl(f"silent{OWN}", stop=threading.Event(), patience=1.0, check_tool=refuse))
    thread.join(0)
    assert asked == ["py-feat"]
    assert any("does not say which tool made its signals" in remark for remark in remarks_of(events))


LABELS = ["confidence", *(f"{unit}_r" for unit in SIGNALS[1:])]


@pytest.mark.slow
@pytest.mark.usefixtures("local_lsl")
def test_several_lsl_streams() -> None:
    """None is taken at random: all are listed, and the source id chooses one."""
    pytest.importorskip("pylsl")
    name = f"twins{OWN}"
    first, second = ([[value] * len(LABELS)] * 5 for value in (0.25, 0.5))
    sender(name, LABELS, first, source=f"{name}-1")
    sender(name, LABELS, second, source=f"{name}-2")
    for asked in (name, f"{name}@{socket.gethostname()}"):
        with pytest.raises(InputError) as error:
            listen_to(asked)
        assert str(error.value).count(f"host {socket.gethostname()}, ") == 2
        for number in (1, 2):
            assert f"source id {name}-{number}, 18 channels, 50 Hz)" in str(error.value)
        assert str(error.value).endswith("choose one: --lsl NAME@HOST, or --lsl SOURCE_ID")
    assert {frame.signals[3] for frame in frames_of(listen_to(f"{name}-2"))} == {0.5}


def listen_to(asked: str) -> list[Event]:
    """Receive a stream until nothing comes any more."""
    return list(lsl(asked, stop=threading.Event(), patience=3.0))


def heard(
    name: str, host: str = "lab-1", source: str = "", number: str = "u0", kind: str = "FaceAUs", form: int = 2
) -> SimpleNamespace:
    """Give what pylsl says of a stream, without one."""
    said: dict[str, object] = {
        "name": name, "hostname": host, "source_id": source, "uid": number, "type": kind, "channel_format": form,
        "channel_count": 18, "nominal_srate": 30.0,
    }  # fmt: skip
    return SimpleNamespace(**{key: functools.partial(said.get, key) for key in said})


CAMERAS = (
    heard("Cam", "lab-1", "a", "u1"),
    heard("Cam", "lab-2", "b", "u2"),
    heard("Cam@lab-2", "lab-3", "c", "u3"),
    heard("Rig", "lab-1", "", "u4", "Cam"),
    heard("Rig", "lab-1", "", "u5", "Gaze"),
)


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ("Cam", ["u1", "u2"]),
        ("Cam@lab-1", ["u1", "u4"]),
        ("Cam@LAB-2", ["u2"]),
        ("Cam@lab-2", ["u3"]),
        ("b", ["u2"]),
        ("u5", ["u5"]),
        ("Rig", ["u4", "u5"]),
        ("Gaze", ["u5"]),
        ("Gaze@lab-1", ["u5"]),
        ("gaze", []),
        ("@lab-1", []),
        ("Cam@", []),
    ],
)
def test_which_lsl_streams_are_meant(asked: str, numbers: list[str]) -> None:
    """The whole name comes first, then the source id, then name or type and host, then the type."""
    assert [stream.uid() for stream in _fitting(asked, CAMERAS)] == numbers


def test_streams_that_nothing_tells_apart() -> None:
    """Those without a source id, or with the same, are listed with the number that LSL gave them."""
    with pytest.raises(InputError, match=r"Rig \(type Cam, host lab-1, source id u4, .* source id u5, 18"):
        _the_one("Rig", CAMERAS[3:])
    many = [heard("Cam" * 50, f"lab-{number}" * 50, f"{number}" * 99) for number in range(100)]
    with pytest.raises(InputError) as error:
        _the_one("x", many)
    assert len(str(error.value)) <= 500
    assert str(error.value).endswith("choose one: --lsl NAME@HOST, or --lsl SOURCE_ID")


def test_a_stream_that_comes_up_a_moment_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first that is found is not taken at once."""
    pylsl = pytest.importorskip("pylsl")
    ticks = itertools.count()
    looks = iter([[], CAMERAS[:1], CAMERAS[:1]])
    fake = SimpleNamespace(ContinuousResolver=lambda: SimpleNamespace(results=lambda: next(looks, CAMERAS)))
    monkeypatch.setattr(sources, "lsl_modules", lambda: SimpleNamespace(**vars(pylsl) | vars(fake)))
    monkeypatch.setattr(sources, "time", SimpleNamespace(monotonic=lambda: next(ticks) / 10))
    with pytest.raises(InputError, match=r"2 LSL streams fit 'Cam': Cam \(type FaceAUs, host lab-1, .* b, "):
        listen_to("Cam")


@pytest.mark.slow
@pytest.mark.usefixtures("local_lsl")
def test_lsl_streams_of_text() -> None:
    """Are refused in one line, as is whatever has no known format."""
    pylsl = pytest.importorskip("pylsl")
    sender(f"words{OWN}", LABELS, [], kind="string")
    with pytest.raises(InputError, match=r"words-\d+ from \S+ sends text \(cf_string\); send the channels as float32"):
        listen_to(f"words{OWN}")
    for form in (pylsl.cf_undefined, 99):
        with pytest.raises(InputError, match=r"sends no numbers \(cf_undefined\)"):
            _check_format(pylsl, heard("x", form=form))
    _check_format(pylsl, heard("x", form=pylsl.cf_int16))


@pytest.mark.slow
@pytest.mark.usefixtures("local_lsl")
def test_lsl_times_that_are_none() -> None:
    """Samples at no time are left out, and said; a sender may stamp as it likes."""
    pytest.importorskip("pylsl")
    name = f"stamps{OWN}"
    stamps = [1000.0, math.nan, 1000.02, math.inf, -math.inf, 1e300, 1000.04]
    sender(name, LABELS, [[stamp, *[0.5] * len(LABELS)] for stamp in stamps])
    events = listen_to(name)
    assert [round(frame.time, 1) for frame in frames_of(events)] == [1000.0] * 3
    assert "a sample is out of bounds or not finite; left out, as will be any like it" in remarks_of(events)


@pytest.mark.slow
@pytest.mark.usefixtures("local_lsl")
def test_what_an_lsl_stream_says_is_no_command() -> None:
    """Its name and labels reach nobody as control characters, and they are cut."""
    pytest.importorskip("pylsl")
    name = f"\x1b]0;t\x07<img src=x>{'n' * 200}{OWN}"
    sender(name, LABELS, [[0.5] * len(LABELS)], source=f"good{OWN}")
    sender("labels", ["\x1b[2J" * 50, "<b>" * 90, *LABELS[1:]], [], source=f"bad{OWN}")
    sender("labels", ["success", *LABELS, "success"], [], source=f"twice{OWN}")
    said = [remark for remark in remarks_of(listen_to(f"good{OWN}")) if remark.startswith("receiving")]
    assert said[0].startswith("receiving \\x1b]0;t\\x07<img sr…nnn")
    assert len(said[0]) < 120
    with pytest.raises(InputError, match=r"labelled \\x1b\[2J\\x1b.*…; confidence is missing") as error:
        listen_to(f"bad{OWN}")
    assert str(error.value).isprintable()
    with pytest.raises(InputError, match="success is there twice; label its channels"):
        listen_to(f"twice{OWN}")


def test_without_pylsl(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to install."""
    monkeypatch.setitem(sys.modules, "pylsl", None)
    with pytest.raises(InputError, match=r"pip install 'onefilter\[lsl\]'"):
        list(lsl("x", stop=threading.Event()))


@pytest.mark.parametrize(
    ("content", "face", "expected"),
    [
        (b"", None, "x: is empty; give the CSV of a video"),
        (text_of().partition(b"\n")[0] + b"\n", None, "x: holds a header and no frames; give the CSV of a video"),
        (text_of(), 3, "x: has no face 3; correct --face"),
    ],
)
def test_a_pipe_without_a_frame(content: bytes, face: int | None, expected: str) -> None:
    """What ends before anything could be predicted is refused, as a file is."""
    reading, writing = os.pipe()
    os.write(writing, content)
    os.close(writing)
    with pytest.raises(InputError, match=f"^{expected}$"):
        list(pipe(reading, Rows("x", face=face), stop=threading.Event()))
