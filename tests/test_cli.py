"""The command line, run as a user runs it."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from onefilter import __version__
from onefilter.cli import main
from onefilter.commands.predict import predict_file
from onefilter.corpus.formats.openface import read_openface
from onefilter.corpus.formats.registry import read_frames
from onefilter.errors import InputError
from onefilter.features.windows import extract
from onefilter.model.card import Model
from onefilter.model.file import write_model
from onefilter.model.prediction import predict
from onefilter.settings import Features
from tests.examples import forks
from tests.examples.model import CARD, model
from tests.examples.openface import Write
from tests.examples.tools import FPS, write_libreface, write_pyfeat


def lose(every: int) -> Callable[[list[str], list[list[str]]], None]:
    """Give a change of a file in which every so many frames show no face."""

    def change(columns: list[str], table: list[list[str]]) -> None:
        for row in table[::every]:
            row[columns.index("success")] = "0"
            for place, column in enumerate(columns):
                if column.endswith("_r"):
                    row[place] = "0"

    return change


def onefilter(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    command = [*forks.command("onefilter"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def valence(tmp_path: Path) -> Path:
    """A model file."""
    path = tmp_path / "valence.safetensors"
    write_model(path, model())
    return path


@pytest.fixture
def arousal(tmp_path: Path) -> Path:
    """Another target's model."""
    path = tmp_path / "arousal.safetensors"
    write_model(path, replace(model(replace(CARD, target="arousal", delay=4.0, corpus="openface")), bias=0.5))
    return path


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_predict(write_openface: Write, valence: Path, arousal: Path, tmp_path: Path, ending: str) -> None:
    """Writes time and targets at 10 Hz, the numbers of the library; says who is simulated."""
    recording, out = write_openface(frames=400), tmp_path / f"out{ending}"
    turns = tmp_path / "turns.csv"
    turns.write_text("begin,end\n1,2\n", encoding="utf-8")
    result = onefilter("predict", recording, "-m", valence, "-m", arousal, "--turns", turns, "-o", out)
    assert result.returncode == 0, result.stderr
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        "onefilter: 12.5 % of 7.98 s are turns (1)",
        "onefilter: valence: trained on simulated people, so this says nothing about real ones",
    ]
    table = pl.read_csv(out) if ending == ".csv" else pl.read_parquet(out)
    assert table.columns == ["time", "valence", "arousal", "tracked"]
    np.testing.assert_allclose(table["time"].to_numpy(), np.arange(80) / 10)
    features = extract(
        read_openface(recording), pl.DataFrame({"begin": [1.0], "end": [2.0]}), Features()
    ).features  # fmt: skip
    np.testing.assert_allclose(table["valence"].to_numpy(), predict(model(), features), rtol=1e-6, atol=1e-9)


def test_files_of_another_tool(tmp_path: Path) -> None:
    """Refused with the reason; taken where that is asked for, which is said; a model of that tool takes them."""
    names = ("AU12_mean", "AU06_slope", "turn")
    card = replace(CARD, features=names, left=0)
    mine, theirs = tmp_path / "mine.safetensors", tmp_path / "theirs.safetensors"
    for path, tool in ((mine, "openface"), (theirs, "py-feat")):
        write_model(path, Model(replace(card, tool=tool), np.ones((1, 3), np.float32), 0.0, 1.0, 0.0))
    recording, out = write_pyfeat(tmp_path / "fex.csv"), tmp_path / "out.csv"
    given = {"out": out, "turns": None, "speaker": None, "plot": None, "fps": float(FPS), "face": None}
    with pytest.raises(InputError, match=r"fex\.csv: is of py-feat \(probabilities of 0\.\.1\), and the valence model"):
        predict_file(recording, [mine], **given)  # type: ignore[arg-type]
    predict_file(recording, [theirs], **given)  # type: ignore[arg-type]
    table = pl.read_csv(out)
    frames = read_frames(recording, signals=("AU06", "AU12"), fps=FPS).frames
    expected = extract(frames, None, Features(), features=names).features.select(names).sum_horizontal()
    np.testing.assert_allclose(table["valence"], expected, atol=1e-6)
    predict_file(recording, [mine], **given, other_tool=True)  # type: ignore[arg-type]
    assert pl.read_csv(out).equals(table)
    silent = write_libreface(tmp_path / "libreface.csv")
    write_model(theirs, Model(replace(card, tool="libreface"), np.ones((1, 3), np.float32), 0.0, 1.0, 0.0))
    predict_file(silent, [theirs], **given | {"fps": None})  # type: ignore[arg-type]
    assert pl.read_csv(out)["tracked"].null_count() == len(table)  # LibreFace does not tell.


@pytest.mark.slow
def test_predict_to_standard_output_and_plot(write_openface: Write, valence: Path, tmp_path: Path) -> None:
    """CSV goes to standard output unless told otherwise; remarks go to standard error."""
    recording = write_openface(frames=200)
    result = onefilter("predict", recording, "-m", valence)
    assert result.stdout.startswith("time,valence,tracked\n0.0,")
    assert len(result.stdout.splitlines()) == 41
    assert "no --turns given" in result.stderr
    result = onefilter("predict", recording, "-m", valence, "--plot", tmp_path / "plot.png")
    assert result.stdout == ""
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


def test_predicting_needs_no_torch(write_openface: Write, valence: Path, tmp_path: Path) -> None:
    """Neither torch nor Lightning nor pandas nor matplotlib is imported."""
    code = (
        "import sys; from onefilter.cli import app\n"
        "try: app()\n"
        "except SystemExit: pass\n"
        "print(sorted({'torch', 'pytorch_lightning', 'pandas', 'scipy', 'matplotlib'} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, "predict", write_openface(frames=200), "-m", valence, "-o", tmp_path / "out.csv"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.splitlines()[-1] == "[]"
    assert (tmp_path / "out.csv").exists()


BARE = "import sys; sys.modules['{}'] = None; from onefilter.cli import main; main()"


@pytest.mark.parametrize(
    ("package", "arguments", "expected"),
    [
        ("matplotlib", "predict FILE -m MODEL --plot PLOT", "--plot needs matplotlib; pip install 'onefilter[plot]'"),
        ("pandas", "verify", "this needs pandas; pip install 'onefilter[pipeline]'"),
    ],
)
def test_an_extra_that_is_not_installed(
    write_openface: Write, valence: Path, tmp_path: Path, package: str, arguments: str, expected: str
) -> None:
    """One line that says what to install; nothing is written."""
    places = {"FILE": str(write_openface(frames=200)), "MODEL": str(valence), "PLOT": str(tmp_path / "p.svg")}
    command = [sys.executable, "-c", BARE.format(package), *(places.get(one, one) for one in arguments.split())]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr == f"onefilter: {expected}\n"
    assert result.stdout == ""
    assert not (tmp_path / "p.svg").exists()


@pytest.mark.parametrize("program", [["-m", "onefilter"], ["-c", "from onefilter.cli import main; main()"]])
def test_version(program: list[str]) -> None:
    """By the program and by the package."""
    result = subprocess.run([sys.executable, *program, "--version"], capture_output=True, text=True, check=True)
    assert result.stdout == f"onefilter {__version__}\n"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("predct x", "No such command 'predct'. Did you mean 'predict'"),
        ("predict x.csv", "Missing option '--model' / '-m'; `onefilter predict --help` lists what there is"),
        ("predict x.csv -m y --modle z", "No such option: --modle (Possible options: --model"),
        ("predict x.csv -m y --face -1", "Invalid value for '--face': "),
        ("predict x.csv --model", "Option '--model' requires an argument; `onefilter --help` lists"),
        ("live -m y --fps fast", "Invalid value for '--fps': "),
        ("import-keras x.h5 --delay nan", "Invalid value for '--delay': "),
        ("predict a b -m y", "Got unexpected extra argument(s) (b)"),
    ],
)
def test_what_is_mistyped(
    command: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line with what to type, and another exit code than for files that are wrong."""
    monkeypatch.setattr(sys, "argv", ["onefilter", *command.split()])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"onefilter: {said}")
    assert "--help` lists what there is" in line


@pytest.mark.parametrize(("command", "code"), [("", 2), ("--help", 0), ("predict --help", 0)])
def test_help(command: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Also where nothing is typed."""
    monkeypatch.setattr(sys, "argv", ["onefilter", *command.split()])
    with pytest.raises(SystemExit) as ended:
        main()
    assert (ended.value.code or 0) == code
    said = capsys.readouterr()
    assert "Usage: onefilter" in said.out + said.err


def test_interrupted(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C is no traceback."""

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("onefilter.commands.predict.predict_file", interrupt)
    monkeypatch.setattr(sys, "argv", ["onefilter", "predict", "x.csv", "-m", "y"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130
    assert len(capsys.readouterr().err.splitlines()) <= 1


def test_inspect(valence: Path) -> None:
    """Says what the file is, with the latencies of the design."""
    result = onefilter("inspect", valence)
    assert result.returncode == 0
    for text in (
        "valence",
        "2,963",
        "3.9 s before to 4 s after",
        "4.5 s behind the face, +1.7 s",
        "german-devel  0.610",
    ):
        assert text in result.stdout, text
    assert "simulated twin: no statement about people" in result.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["predict", "nothing.csv", "-m", "MODEL"], "nothing.csv: cannot be read"),
        (["predict", "FILE", "-m", "nothing.safetensors"], "nothing.safetensors: no such model file"),
        (["predict", "FILE", "-m", "FILE"], "is not a safetensors file"),
        (["predict", "FILE", "-m", "MODEL", "-m", "MODEL"], "is a second model for valence"),
        (["predict", "FILE", "-m", "MODEL", "-o", "out.xlsx"], "unknown ending '.xlsx'; use .csv or .parquet"),
        (["predict", "FILE", "-m", "MODEL", "--face", "3"], "has no face 3, only 0"),
        (["predict", "SHORT", "-m", "MODEL"], "the window of 1 s is longer than the recording (0.6 s)"),
        (["predict", "FILE", "-m", "MODEL", "-o", "FILE"], "is an input too; write to another file"),
        (["predict", "FILE", "-m", "MODEL", "-o", "FILE", "--force"], "is an input too; write to another file"),
        (["predict", "FILE", "-m", "MODEL", "--turns", "SHORT", "-o", "SHORT"], "is an input too"),
        (["predict", "FILE", "-m", "MODEL", "-o", "SHORT"], "is not a file that onefilter writes over"),
        (["predict", "FILE", "-m", "MODEL", "-o", "no/where.csv"], "no/where.csv: cannot be written"),
        (["predict", "FILE", "-m", "MODEL", "--plot", "no/where.svg"], "no/where.svg: cannot be written"),
        (["predict", "LOST", "-m", "MODEL"], "no face in any of the 100 frames (success is 0); run OpenFace again"),
        (["export", "MODEL", "--onnx", "no/where.onnx"], "no/where.onnx: cannot be written"),
        (
            ["import-keras", "FILE", "--target", "valence", "--delay", "2", "-o", "MODEL"],
            "give another name, or --force",
        ),
        (["inspect", "FILE"], "is not a safetensors file"),
        (["scores", "nowhere"], "no such table"),
    ],
)
def test_mistakes(write_openface: Write, valence: Path, arguments: list[str], expected: str) -> None:
    """One line on standard error, exit code 1, no traceback, nothing on standard output."""
    places = {
        "MODEL": valence,
        "FILE": write_openface(),
        "SHORT": write_openface(frames=30, name="short.csv"),
        "LOST": write_openface(lose(1), name="lost.csv"),
    }
    before = {path: path.read_bytes() for path in places.values()}
    result = onefilter(*(places.get(argument, argument) for argument in arguments))
    assert result.returncode == 1
    assert expected in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("onefilter: ")
    assert result.stdout == ""
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.slow
def test_lost_frames_are_said(write_openface: Write, valence: Path, tmp_path: Path) -> None:
    """On standard error, per row, and in the title of the plot."""
    recording, out, plot = write_openface(lose(2), frames=200), tmp_path / "out.csv", tmp_path / "plot.svg"
    result = onefilter("predict", recording, "-m", valence, "-o", out, "--plot", plot)
    assert result.returncode == 0
    assert "onefilter: no face in 100 of 200 frames\n" in result.stderr
    np.testing.assert_array_equal(pl.read_csv(out)["tracked"][10:-10].to_numpy(), 0.5)
    texts = re.findall(r"<text[^>]*>(.*?)</text>", plot.read_text(encoding="utf-8"))
    assert any("no face in 100 of 200 frames" in text for text in texts)


def test_a_recording_that_is_a_pipe(valence: Path, tmp_path: Path) -> None:
    """What is read once cannot be read again."""
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    with pytest.raises(
        InputError, match=r"pipe\.csv: is a pipe, .*; write it to a file first, or send it to `onefilter"
    ):
        predict_file(pipe, [valence], out=None, turns=None, speaker=None, plot=None, fps=None, face=None)


@pytest.mark.slow
def test_own_outputs_are_written_over(write_openface: Write, valence: Path, tmp_path: Path) -> None:
    """What predict, its plot and export wrote may be written again, and is the same from run to run."""
    recording = write_openface(frames=200)
    commands: list[list[str | Path]] = [
        ["predict", recording, "-m", valence, "-o", tmp_path / "out.csv", "--plot", tmp_path / "plot.png"],
        ["predict", recording, "-m", valence, "-o", tmp_path / "out.parquet", "--plot", tmp_path / "plot.pdf"],
        ["predict", recording, "-m", valence, "--plot", tmp_path / "plot.svg"],
        ["export", valence, "--onnx", tmp_path / "model.onnx"],
    ]
    for arguments in commands:
        written = []
        for _ in range(2):
            result = onefilter(*arguments)
            assert result.returncode == 0, result.stderr
            written.append([path.read_bytes() for path in arguments if isinstance(path, Path) and path != recording])
        assert written[0] == written[1]


@pytest.mark.slow
def test_names_are_shown_without_their_control_characters(write_openface: Write, valence: Path, tmp_path: Path) -> None:
    """Nor is $ in a name a formula."""
    recording = write_openface(frames=200, name="a$b_$c{\x1b]0;title\x07.csv")
    result = onefilter("predict", recording, "-m", valence, "--plot", tmp_path / "plot.svg")
    assert result.returncode == 0, result.stderr
    assert "a$b_$c{\\x1b]0;title\\x07.csv" in (tmp_path / "plot.svg").read_text(encoding="utf-8")
    odd = tmp_path / "odd.safetensors"
    write_model(odd, model(replace(CARD, method="\x1b[2J", corpus="a\nb")))
    result = onefilter("inspect", odd)
    assert result.returncode == 1
    assert "\x1b" not in result.stderr
    assert "\\x1b[2J' is not the name of a method" in result.stderr


@pytest.mark.slow
def test_scores_are_shown_without_control_characters(tmp_path: Path) -> None:
    """Cells, the corpus and the folder, which no markup of the terminal is read from, either."""
    results = tmp_path / "a\x1b[2Jb"
    (results / "scores").mkdir(parents=True)
    (results / "models").mkdir()
    (results / "paper.html").touch()
    metrics = {"corpus": "x\x1b]0;t\x07[/bold]", "[red]v\x1b[2J": {"german-devel": 0.1, "german-test": 0.1}}
    (results / "metrics.json").write_text(json.dumps(metrics), encoding="utf-8")
    columns = {"target": "[red]v\x1b[2J", "culture": "german", "partition": "test", "recordings": "3"}
    columns |= {"method": "one-filter", "processing": "raw"}
    columns |= {f"ccc_{kind}": "0.1" for kind in ("mean", "sd", "best", "low", "high")}
    changes = [
        {"partition": part, "method": method} for part in ("devel", "test") for method in ("one-filter", "ridge")
    ]
    text = "\n".join("\t".join(cells) for cells in (columns, *((columns | change).values() for change in changes)))
    (results / "scores/summary.tsv").write_text(text, encoding="utf-8")
    result = onefilter("scores", results)
    assert result.returncode == 0, result.stderr
    assert not {"\x1b", "\x07"} & set(result.stdout)
    for expected in ("corpus: x\\x1b]0;t\\x07[/bold]", "[red]v\\x1b[2J", "a\\x1b[2Jb/models", "a\\x1b[2Jb/paper.html"):
        assert expected in result.stdout
    # Cut at the end of a line, a table is read without any other sign.
    for name, damaged, said in (
        ("scores/summary.tsv", text.split("\n")[0] + "\n", "holds 0 whole splits, where metrics.json has 2"),
        ("scores/summary.tsv", text.rpartition("\n")[0] + "\n", "holds 1 whole splits, where metrics.json has 2"),
        ("scores/summary.tsv", text.replace("0.1", "0,1", 1), "column ccc_mean: 0,1 is not a number"),
        ("metrics.json", '{"corpus": ', "is not JSON"),
        ("metrics.json", "[]", "does not say what the corpus is"),
    ):
        before = (results / name).read_text(encoding="utf-8")
        (results / name).write_text(damaged, encoding="utf-8")
        result = onefilter("scores", results)
        assert result.returncode == 1
        assert said in result.stderr
        assert "Traceback" not in result.stderr
        (results / name).write_text(before, encoding="utf-8")


@pytest.mark.slow
def test_standard_output_that_cannot_be_written(write_openface: Write, valence: Path) -> None:
    """A full disk is one line; an input is not written into."""
    recording = write_openface(frames=200)
    before = recording.read_bytes()
    arguments = [sys.executable, "-m", "onefilter.cli", "predict", str(recording), "-m", str(valence)]
    for path, expected in (
        ("/dev/full", "standard output: cannot be written (No space left on device)"),
        (recording, "standard output: is an input too; write to another file"),
    ):
        with Path(path).open("ab") as out:
            result = subprocess.run(arguments, stdout=out, stderr=subprocess.PIPE, text=True, check=False)
        assert result.returncode == 1
        assert result.stderr == f"onefilter: {expected}\n"
    assert recording.read_bytes() == before


@pytest.mark.slow
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_standard_output_that_is_full_in_the_middle(
    write_openface: Write, valence: Path, tmp_path: Path, unbuffered: str
) -> None:
    """A part that could still be written is no success, whether Python buffers (containers often say no) or not."""
    limit = "import os, resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
    limit += "resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024)); os.execv(sys.executable, sys.argv[1:])"
    command = [sys.executable, "-m", "onefilter.cli", "predict", str(write_openface(frames=2000)), "-m", str(valence)]
    environment = os.environ | {"PYTHONUNBUFFERED": unbuffered, "PYTHONDONTWRITEBYTECODE": "1"}
    with (tmp_path / "out.csv").open("wb") as out:
        result = subprocess.run(
            [sys.executable, "-c", limit, *command], stdout=out, stderr=subprocess.PIPE, text=True, check=False,
            env=environment,
        )  # fmt: skip
    assert (tmp_path / "out.csv").stat().st_size == 1024
    assert result.stderr == "onefilter: standard output: cannot be written (File too large)\n"
    assert result.returncode == 1


def test_models_must_share_their_windows(write_openface: Write, valence: Path, tmp_path: Path) -> None:
    """Two models with different windows cannot share one table."""
    other = tmp_path / "other.safetensors"
    write_model(other, model(replace(CARD, target="arousal", window=0.5)))
    result = onefilter("predict", write_openface(), "-m", valence, "-m", other)
    assert result.returncode == 1
    assert "needs window 0.5, the first model 1.0" in result.stderr


DYAD = "begin,end,speaker\n1,2,A\n2,4,B\n5,6,A\n"


@pytest.mark.parametrize("command", ["predict", "live"])
@pytest.mark.parametrize(
    ("turns", "options", "code", "expected"),
    [
        (DYAD, (), 1, "row 1, column speaker: tells speakers apart: 'A', 'B'"),
        (DYAD, ("--speaker", "B"), 0, "onefilter: 25.1 % of 7.98 s are turns (1)"),
        (DYAD, ("--speaker", "C"), 1, "has no turn of speaker 'C'"),
        ("begin,end\n1000,2000\n5000,6000\n", (), 1, "they look like milliseconds: divide them by 1000"),
        ("begin,end\n0,1e13\n", (), 1, "count seconds from the beginning of the video"),
        (None, ("--speaker", "B"), 1, "--speaker chooses among turns; give --turns, too"),
    ],
)
def test_turns(
    write_openface: Write,
    valence: Path,
    tmp_path: Path,
    command: str,
    turns: str | None,
    options: tuple[str, ...],
    code: int,
    expected: str,
) -> None:
    """Turns fit the video, and are of one speaker."""
    recording, arguments = write_openface(frames=400), ["-m", str(valence), "-o", str(tmp_path / "out.csv"), *options]
    if turns is not None:
        (tmp_path / "turns.csv").write_text(turns, encoding="utf-8")
        arguments += ["--turns", str(tmp_path / "turns.csv")]
    source = [str(recording)] if command == "predict" else ["--follow", str(recording), "--patience", "0.2"]
    result = onefilter(command, *source, *arguments)
    assert result.returncode == code, result.stderr
    assert expected in result.stderr
    assert "Traceback" not in result.stderr
