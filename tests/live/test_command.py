"""`onefilter live`, run as a user runs it, beside a real writer."""

import contextlib
import io
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from onefilter.model.card import Model
from onefilter.model.file import write_model
from tests.examples import forks
from tests.examples.live import CARD, Writer, network
from tests.examples.openface import Write

pytestmark = [pytest.mark.slow, pytest.mark.waits]

COMMAND = (sys.executable, "-m", "onefilter.cli")
FORKED = partial(forks.command, "onefilter")
"""For what ends by itself: a signal would reach the program that waits for the fork."""


@pytest.fixture
def models(tmp_path: Path) -> list[str]:
    """Options that name two models."""
    options = []
    for seed, target in enumerate(("arousal", "valence")):
        path = tmp_path / f"{target}.safetensors"
        write_model(path, network(replace(CARD, target=target), 80, 39, seed=seed))
        options += ["-m", str(path)]
    return options


def offline(recording: Path, models: list[str]) -> pd.DataFrame:
    """What `onefilter predict` says."""
    out = recording.with_suffix(".predicted.csv")
    subprocess.run([*FORKED(), "predict", str(recording), *models, "-o", str(out)], check=True, capture_output=True)
    return pd.read_csv(out)


def same(found: Path, recording: Path, models: list[str]) -> None:
    """Check lines against the offline command."""
    table, expected = pd.read_csv(found), offline(recording, models)
    assert list(table.columns) == ["time", "arousal", "valence", "tracked", "segment"]
    assert list(table["time"]) == list(expected["time"])
    np.testing.assert_allclose(table[expected.columns], expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_follow_until_interrupted(
    tmp_path: Path, write_openface: Write, models: list[str], end: signal.Signals
) -> None:
    """Lines come while the writer writes; an interruption leaves the same numbers as `predict` of what was there."""
    recording, grows, out = write_openface(frames=400), tmp_path / "grows.csv", tmp_path / "out.csv"
    seen = tmp_path / "seen"
    script = f"""
        from pathlib import Path
        lines = Path({str(recording)!r}).read_bytes().splitlines(keepends=True)
        for place in range(0, len(lines), 40):
            write(b"".join(lines[place : place + 40]))
            while place == 280 and not Path({str(seen)!r}).exists():
                time.sleep(0.01)
    """
    process = subprocess.Popen(
        [*COMMAND, "live", "--follow", str(grows), *models, "-o", str(out)], stderr=subprocess.PIPE, text=True
    )
    with Writer(grows, script) as writer:
        while not out.exists() or out.read_text().count("\n") < 10:
            assert process.poll() is None
            time.sleep(0.01)
        assert writer.process.poll() is None
        seen.touch()
        writer.process.wait()
        # 35 of 80 lines are due; the others wait for frames to come.
        while out.read_text().count("\n") < 36:
            assert process.poll() is None
            time.sleep(0.01)
    process.send_signal(end)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0
    assert "Traceback" not in err
    assert re.search(r"400 frames, 0\.0% without a face; 80 predictions per target; \d+ µs per hop lately", err)
    same(out, recording, models)


def test_standard_input(tmp_path: Path, write_openface: Write, models: list[str]) -> None:
    """Lines in, lines out."""
    recording, out = write_openface(frames=300), tmp_path / "out.csv"
    with recording.open("rb") as content, out.open("wb") as lines:
        subprocess.run([*FORKED(), "live", "--stdin", *models], stdin=content, stdout=lines, check=True, timeout=120)
    same(out, recording, models)


def test_whoever_reads_may_leave(write_openface: Write, models: list[str]) -> None:
    """`| head` ends it without a word."""
    recording = write_openface(frames=400)
    command = " ".join([*COMMAND, "live", "--follow", str(recording), *models])
    result = subprocess.run(
        ["bash", "-c", f"{command} | head -2; exit ${{PIPESTATUS[0]}}"], capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("\n") == 2
    assert "Traceback" not in result.stderr
    assert "Broken" not in result.stderr


def test_on_a_terminal(tmp_path: Path, write_openface: Write, models: list[str]) -> None:
    """A view instead of lines; Ctrl-C leaves the cursor where it can be seen."""
    recording, out = write_openface(frames=400), tmp_path / "out.csv"
    control, terminal = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "live", "--follow", str(recording), *models, "-o", str(out), "--serve", ":0"],
        stdout=terminal, stderr=terminal, env=os.environ | {"COLUMNS": "110", "TERM": "xterm-256color"},
    )  # fmt: skip
    os.close(terminal)
    text = ""
    while "frames/s" not in text or "▁" not in text:
        text += os.read(control, 65536).decode(errors="replace")
    process.send_signal(signal.SIGINT)
    while process.poll() is None or "\x1b[?25h" not in text:
        try:
            text += os.read(control, 65536).decode(errors="replace")
        except OSError:
            break
    os.close(control)
    assert process.wait(timeout=120) == 0
    assert re.search(r"http://127\.0\.0\.1:\d+/", text)
    assert "arousal" in text
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")
    same(out, recording, models)


def test_turns(tmp_path: Path, write_openface: Write, models: list[str]) -> None:
    """Turns that are known count; without them a line says so."""
    recording, turns = write_openface(frames=300), tmp_path / "turns.csv"
    turns.write_text("begin,end\n1,3\n")
    arguments = [*FORKED(), "live", "--follow", str(recording), "--patience", "0.2", *models]
    silent = subprocess.run(arguments, capture_output=True, text=True, check=True)
    spoken = subprocess.run([*arguments, "--turns", str(turns)], capture_output=True, text=True, check=True)
    assert "without --turns or a column turn the person counts as silent" in silent.stderr
    assert "counts as silent" not in spoken.stderr
    assert silent.stdout != spoken.stdout


def test_calibrate(write_openface: Write, models: list[str]) -> None:
    """The option reaches source and session: a constant added to an AU makes no difference."""

    def shift(_: list[str], table: list[list[str]]) -> None:
        for row in table:
            row[9] = f"{float(row[9]) - 1:.2f}"

    arguments = [*FORKED(), "live", "--patience", "0.2", *models, "--follow"]
    plain, shifted = write_openface(frames=300), write_openface(shift, frames=300, name="shifted.csv")
    found = {
        (path, option): subprocess.run([*arguments, str(path), *option], capture_output=True, text=True, check=True)
        for path in (plain, shifted)
        for option in ((), ("--calibrate",))
    }
    tables = {key: pd.read_csv(io.StringIO(result.stdout)) for key, result in found.items()}
    assert "negative, so not yet calibrated" in found[shifted, ()].stderr
    assert "negative" not in found[shifted, ("--calibrate",)].stderr
    np.testing.assert_allclose(tables[shifted, ("--calibrate",)], tables[plain, ("--calibrate",)], atol=1e-9)
    assert not np.allclose(tables[shifted, ()], tables[plain, ()], atol=1e-3)


def test_what_is_read_is_not_written(tmp_path: Path, write_openface: Write, models: list[str]) -> None:
    """Whatever it is, by whatever name, also before it exists; --force makes no difference."""
    recording, link = write_openface(frames=100), tmp_path / "link.csv"
    before = recording.read_bytes()
    link.symlink_to(recording.name)
    new, own = str(tmp_path / "new.csv"), str(recording)
    for options, redirected, expected in (
        (["--follow", own, "-o", str(link)], False, f"{link}: is an input too"),
        (["--follow", new, "-o", f"{tmp_path}/../{tmp_path.name}/new.csv"], False, "new.csv: is an input too"),
        (["--stdin", "-o", own], False, f"{own}: is what standard input reads"),
        (["--stdin", "--turns", own, "-o", own], False, f"{own}: is "),
        (["--stdin"], True, "standard output: is what standard input reads"),
        (["--follow", own], True, "standard output: is an input too"),
    ):
        with recording.open("rb") as content, recording.open("ab") as end:
            result = subprocess.run(
                [*FORKED(), "live", *options, "--force", *models], stdin=content, text=True, timeout=120,
                stdout=end if redirected else subprocess.DEVNULL, stderr=subprocess.PIPE,
            )  # fmt: skip
        assert result.returncode == 1
        assert expected in result.stderr
        assert "write to another file" in result.stderr
        assert recording.read_bytes() == before
    assert link.is_symlink()


def test_lines_are_written_over_but_nothing_else(tmp_path: Path, write_openface: Write, models: list[str]) -> None:
    """Lines of an earlier session give way to new ones; other files need --force."""
    out = tmp_path / "out.csv"
    arguments = [*FORKED(), "live", "--follow", str(write_openface()), "--patience", "0.1", *models, "-o", str(out)]
    for before, options, code in (
        (None, [], 0), ("lines", [], 0), ("time,valence\n0,1\n", [], 1), ("time,valence\n0,1\n", ["--force"], 0)
    ):  # fmt: skip
        if before not in {None, "lines"}:
            out.write_text(str(before))
        result = subprocess.run([*arguments, *options], capture_output=True, text=True)
        assert result.returncode == code, result.stderr
        if code:
            assert "is not a file that onefilter writes over; give another name, or --force" in result.stderr
            assert out.read_text() == before
        else:
            assert out.read_text().startswith("time,arousal,valence,tracked,segment\n")


def test_names_are_shown_without_control_characters(write_openface: Write, models: list[str]) -> None:
    """What a path says is no command to the terminal."""
    recording = write_openface(name="a\x1b]0;title\x07.csv")
    arguments = [*FORKED(), "live", "--follow", str(recording), "--patience", "0.1", *models]
    result = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert not {"\x1b", "\x07"} & set(result.stderr)
    assert "a\\x1b]0;title\\x07.csv: nothing new for 0.1 s" in result.stderr


def test_columns_and_cells_are_shown_without_control_characters(
    tmp_path: Path, write_openface: Write, models: list[str]
) -> None:
    """Whatever the followed file says, in its header or in a row; long cells and long paths are cut."""

    def spoil(columns: list[str], table: list[list[str]]) -> None:
        columns.append("\x1b]0;title\x07" * 100)
        for row in table:
            row.append("\x1b[31m")
        table[3][2] = "\x1b[2J\x9b" * 10_000

    folder = tmp_path / ("f" * 200) / ("g" * 200)
    folder.mkdir(parents=True)
    recording = write_openface(spoil).rename(folder / "\x1b[1m\u202ecam.csv")
    bare = folder / "bare\x07.csv"
    bare.write_text("\x1b]0;title\x07,b,c\n1,2,3\n")
    for path, code, said in (
        (recording, 0, r"/f+…[fg/]+\\x1b\[1m\\u202ecam.csv, row 5: column timestamp: '\\x1b\[2J"),
        (bare, 1, r"bare\\x07.csv, row 1: has no AU intensity columns .* begins with '\\\\?x1b"),
    ):
        arguments = [*FORKED(), "live", "--follow", str(path), "--patience", "0.1", *models]
        result = subprocess.run(arguments, capture_output=True, text=True)
        assert result.returncode == code, result.stderr
        assert re.search(said, result.stderr), result.stderr
        assert result.stderr.replace("\n", "").isprintable()
        assert max(map(len, result.stderr.splitlines())) <= 520


def test_no_more_descriptors(tmp_path: Path, write_openface: Write, models: list[str]) -> None:
    """Idle connections without end do not keep the session from the next recording."""
    grows, out, new = tmp_path / "grows.csv", tmp_path / "out.csv", write_openface(frames=400)
    grows.write_bytes(new.read_bytes())
    process = subprocess.Popen(
        ["bash", "-c", 'ulimit -n 48; exec "$@"', "-", *COMMAND, "live", "--follow", str(grows), *models,
         "--serve", ":0", "-o", str(out)],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    port = next(int(found[1]) for line in process.stderr if (found := re.search(r"http://127\.0\.0\.1:(\d+)/", line)))
    idle: list[socket.socket] = []
    with contextlib.suppress(OSError):
        while len(idle) < 100:
            idle.append(socket.create_connection(("127.0.0.1", port), timeout=1))
    while out.read_text().count("\n") < 36:
        assert process.poll() is None
        time.sleep(0.01)
    new.replace(grows)
    while out.read_text().count("\n") < 80 + 36:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0
    assert "was replaced: another recording begins" in err
    assert "Too many open files" not in err
    for connection in idle:
        connection.close()


def test_a_long_gap_as_offline(tmp_path: Path, write_openface: Write, models: list[str]) -> None:
    """What `predict` bridges is bridged, and is the same."""

    def pause(_: list[str], table: list[list[str]]) -> None:
        for row in table[200:]:
            row[2] = f"{float(row[2]) + 9.5:.3f}"

    recording, out = write_openface(pause, frames=400), tmp_path / "out.csv"
    arguments = [*FORKED(), "live", "--follow", str(recording), "--patience", "0.1", *models, "-o", str(out)]
    subprocess.run(arguments, check=True, capture_output=True)
    same(out, recording, models)


def test_no_other_mistake_empties_a_file(write_openface: Write, models: list[str]) -> None:
    """A file that is there keeps what it holds when something else is wrong."""
    recording = write_openface(frames=100)
    before = recording.read_bytes()
    for options, what in (
        (["--follow", str(recording)], "is an input too; write to another file"),
        (["--stdin", "--serve", "web"], "is no address"),
    ):
        copy = recording.rename(recording.with_name("copy.csv")) if what == "is no address" else recording
        result = subprocess.run(
            [*FORKED(), "live", *options, "--force", "-o", str(copy), *models],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        assert result.returncode == 1
        assert what in result.stderr
        assert copy.read_bytes() == before


def test_a_full_disk(write_openface: Write, models: list[str]) -> None:
    """One line, and not success."""
    arguments = [*COMMAND, "live", "--follow", str(write_openface(frames=400)), *models]
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(arguments, stdout=full, stderr=subprocess.PIPE, text=True, timeout=120)
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert "cannot be written (No space left on device)" in result.stderr


def test_interrupted_twice_while_output_is_stuck(write_openface: Write, models: list[str]) -> None:
    """Nobody reads the pipe: the first Ctrl-C cannot be obeyed, the next ones end it."""
    process = subprocess.Popen(
        [*COMMAND, "live", "--follow", str(write_openface(frames=40_000)), *models],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    time.sleep(1.5)
    for _ in range(600):
        if process.poll() is not None:
            break
        process.send_signal(signal.SIGTERM)
        time.sleep(0.1)
    assert process.poll() is not None
    assert process.stdout is not None
    process.stdout.close()


def test_nobody_is_seen(write_openface: Write, models: list[str]) -> None:
    """Predictions of no face are said to be of nobody; one face anywhere, and nothing is said."""

    def change(columns: list[str], table: list[list[str]]) -> None:
        for row in table:
            row[columns.index("success")] = row[columns.index("confidence")] = "0"

    for path, said in ((write_openface(change, name="nobody.csv"), True), (write_openface(), False)):
        with path.open("rb") as content:
            result = subprocess.run(
                [*FORKED(), "live", "--stdin", *models], stdin=content, capture_output=True, text=True, timeout=120
            )
        assert ("no face in any frame, so the predictions say nothing of anybody" in result.stderr) is said


def test_a_model_that_cannot_be_used(tmp_path: Path) -> None:
    """One line, before anything is opened."""
    path = tmp_path / "odd.safetensors"
    card = replace(CARD, features=("AU01_mean", "smell"), left=1)
    write_model(path, Model(card, np.ones((3, 2)), 0.0, 1.0, 0.0))
    result = subprocess.run(
        [*FORKED(), "live", "--stdin", "-m", str(path)], capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    assert result.returncode == 1
    assert result.stderr.startswith("onefilter: the valence model needs features that do not exist: smell")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "onefilter: give one source; --follow FILE, --stdin or --lsl NAME"),
        (["--stdin", "--lsl", "x"], "onefilter: give one source; --follow FILE, --stdin or --lsl NAME"),
        (
            ["--lsl", "x", "--fps", "30"],
            "onefilter: --fps and --face are for OpenFace's files; leave them out with --lsl",
        ),
        *(
            (["--stdin", "--fps", fps], f"onefilter: --fps: a frame rate of {fps} lies outside 4..250; ")
            for fps in ("nan", "inf", "-inf", "0", "-3", "1e+300")
        ),
        (["--stdin", "--patience", "nan"], "onefilter: --patience: nan is no time; give 0.1 seconds or more"),
        (["--stdin", "--patience", "inf"], "onefilter: --patience: inf is no time; give 0.1 seconds or more"),
        (["--stdin", "--patience", "0"], "onefilter: --patience: 0 is no time; give 0.1 seconds or more"),
        (
            ["--lsl", "\x1b[31m"],
            "onefilter: --lsl: '\\x1b[31m' cannot be the name of a stream; give 1 to 200 characters",
        ),
        (["--lsl", " "], "onefilter: --lsl: ' ' cannot be the name of a stream; "),
        (["--lsl", "\udcff"], "onefilter: --lsl: '\\udcff' cannot be the name of a stream; "),
        (["--stdin", "--lsl-out", ""], "onefilter: --lsl-out: '' cannot be the name of a stream; "),
        (["--lsl", "x", "--lsl-out", "x"], "onefilter: --lsl-out: 'x' is what is received; send under another name"),
        (["--stdin", "-o", "x.xls"], "onefilter: x.xls: unknown ending '.xls'; use .csv"),
        (
            ["--stdin", "-o", "no/where/x.csv"],
            "onefilter: no/where/x.csv: cannot be written (No such file or directory)",
        ),
        (["--stdin", "--serve", "web"], "onefilter: --serve: 'web' is no address; give :8000, or"),
        (["--stdin", "--turns", "none.csv"], "onefilter: none.csv: "),
    ],
)
def test_mistakes_cost_one_line(models: list[str], options: list[str], message: str) -> None:
    """No traceback, nothing half written."""
    result = subprocess.run(
        [*FORKED(), "live", *models, *options], capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    assert result.returncode == 1
    assert result.stderr.startswith(message)
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


def test_a_header_that_cannot_be_used(tmp_path: Path, models: list[str]) -> None:
    """The same words as offline."""
    path = tmp_path / "a.csv"
    path.write_text("a,b,c\n1,2,3\n")
    result = subprocess.run([*FORKED(), "live", "--follow", str(path), *models], capture_output=True, text=True)
    assert result.returncode == 1
    assert "a.csv, row 1: has no AU intensity columns" in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.stderr


def test_starts_fast(write_openface: Write, models: list[str]) -> None:
    """Nothing heavy is loaded."""
    result = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "onefilter.cli", "live", "--follow",
         str(write_openface(frames=100)), "--patience", "0.1", *models],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    loaded = {
        line.split("|")[2].strip().partition(".")[0] for line in result.stderr.splitlines() if line.count("|") == 2
    }
    assert "numpy" in loaded
    assert not loaded & {"torch", "lightning", "pytorch_lightning", "polars", "pandas", "matplotlib", "scipy", "http"}
