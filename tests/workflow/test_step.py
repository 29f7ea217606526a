"""Rules and steps: names are checked before anything runs, values are brought to their types, mistakes cost a line."""

from onefilter.workflow.step import PROGRESS, _benchmark_of, arguments, logger, perform

import re
import shlex
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from onefilter.errors import InputError
from onefilter.settings import Postprocessing, Training
from onefilter.workflow import check, drawing
from onefilter.workflow.check import check_accelerator, check_interpreter, check_rule
from onefilter.workflow.damage import is_damaged
from tests.examples.configuration import ROOT

TRAINING = ("measure_latency", "select_features", "train_ladder", "train_networks", "try_world")
SCRIPT = '''"""Draw."""
from onefilter.workflow.step import bind


def draw_predictions(predictions, figure, excerpts, *, culture, dpi=3, threads):
    """Draw."""


bind(draw_predictions)
'''


def script(folder: Path, text: str = SCRIPT, name: str = "draw_predictions") -> Path:
    """Write a script."""
    path = folder / f"{name}.py"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        (["predictions", "figure"], "rule x does not name `excerpts`, which its step takes"),
        (["predictions", "figure", "excerpts", "bogus"], "rule x names `bogus`, which its step does not take"),
        (["predictions", "figure", "excerpts", "figure"], "rule x names `figure` twice"),
        (["predictions", "figure", "excerpts", "culture"], "rule x names `culture` twice"),
    ],
)
def test_names_that_do_not_fit(tmp_path: Path, named: list[str], expected: str) -> None:
    """A name that is missing, unknown or given twice is said with the rule and the script."""
    with pytest.raises(InputError, match=rf"draw_predictions\.py: {expected}"):
        check_rule("x", script(tmp_path), named=named, wildcards=["culture", "partition"])


def test_names_that_fit(tmp_path: Path) -> None:
    """Wildcards need not be taken, the library's files are not, threads are offered, defaults may be left out."""
    named = ["predictions", "figure", "excerpts", "code"]
    check_rule("x", script(tmp_path), named=named, wildcards=["culture", "partition"])
    with pytest.raises(InputError, match="does not name `culture`"):
        check_rule("x", script(tmp_path), named=named, wildcards=[])


@pytest.mark.parametrize("path", ["/home/my study/bin/python", "/a/{x}/python", "/a/$HOME/python", "/a/it's/python"])
def test_paths_that_shells_change(path: str) -> None:
    """Snakemake does not quote the path of Python in its commands."""
    with pytest.raises(InputError, match="cannot be started by Snakemake"):
        check_interpreter(path)


@pytest.mark.parametrize(
    "path", ["/opt/python3.11/bin/python", "/home/zoé_B-2/bin/python", "C:/py/python", "/opt/a~1#b/py"]
)
def test_paths_that_shells_take_as_they_are(path: str) -> None:
    """Letters of any language, digits, dots, hyphens and colons do no harm."""
    check_interpreter(path)
    assert shlex.split(path) == [path]


def test_scripts_that_bind_nothing(tmp_path: Path) -> None:
    """The last line binds the function that is named like the script."""
    with pytest.raises(InputError, match="last line is not bind"):
        check_rule("x", script(tmp_path, SCRIPT + "print()\n"), named=[], wildcards=[])
    with pytest.raises(InputError, match="binds draw_predictions; name the step other"):
        check_rule("x", script(tmp_path, name="other"), named=[], wildcards=[])


def test_a_drawing_takes_what_its_figure_function_takes(tmp_path: Path) -> None:
    """Its parameters are read off the module that it is imported from; the figure's files and dpi come on top."""
    text = '"""Draw."""\nfrom onefilter.figures.ladder import ccc_by_depth\nbind_figure(ccc_by_depth)\n'
    path = script(tmp_path, text, "draw_ladder")
    check_rule("x", path, named=["scores", "cultures", "corpus", "figure", "vector", "dpi"], wildcards=[])
    with pytest.raises(InputError, match="does not name `dpi`"):
        check_rule("x", path, named=["scores", "cultures", "corpus", "figure", "vector"], wildcards=[])


def test_what_a_drawing_names_besides() -> None:
    """Checked and taken alike."""
    assert tuple(drawing.FURTHER) == check.FURTHER


def test_every_script_has_a_rule() -> None:
    """No script is left over, and each says what it does."""
    rules = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "workflow/rules").glob("*.smk"))
    for path in (ROOT / "workflow/scripts").glob("*.py"):
        assert f'"../scripts/{path.name}"' in rules, path.name
        assert f'library("{path.stem}")' in rules, path.name


def test_values_are_brought_to_their_types() -> None:
    """One file in a list is a path where one path is taken, none is None; settings are settings."""

    def step(one: Path, maybe: Path | None, none: Path | None, many: list[Path], settings: Postprocessing) -> None:
        """Take some values."""

    given = {
        "one": ["a.tsv"], "maybe": ["b.tsv"], "none": [], "many": "c.tsv", "other": 1,
        "settings": {"medians": [1.0], "largest_shift": 1.0},
    }  # fmt: skip
    found = arguments(step, given)
    assert found == {
        "one": Path("a.tsv"), "maybe": Path("b.tsv"), "none": None, "many": [Path("c.tsv")],
        "settings": Postprocessing(medians=[1.0], largest_shift=1.0),
    }  # fmt: skip


def test_tables_of_a_drawing_are_read_and_checked(tmp_path: Path) -> None:
    """Several files are read one below the other; a column that is missing is a line with file and column."""
    columns: dict[str, type] = {"ccc": float}
    seen: list[pd.DataFrame] = []

    def draw(scores: Annotated[pd.DataFrame, columns], *, corpus: str) -> Figure:
        seen.append(scores.assign(corpus=corpus))
        return Figure(figsize=(1, 1))

    paths = [tmp_path / "a.tsv", tmp_path / "b.tsv"]
    paths[0].write_text("ccc\n0.5\n")
    paths[1].write_text("ccc\n0.25\n")
    given = {
        "scores": [str(path) for path in paths],
        "corpus": "x",
        "figure": str(tmp_path / "f.png"),
        "vector": str(tmp_path / "f.svg"),
        "dpi": 50,
    }
    perform(drawing.drawing(draw), given, log=tmp_path / "log.txt")
    assert seen[0].to_dict("list") == {"ccc": [0.5, 0.25], "corpus": ["x", "x"]}
    assert (tmp_path / "f.png").stat().st_size > 0
    assert b"<svg" in (tmp_path / "f.svg").read_bytes()
    paths[1].write_text("cccc\n0.25\n")
    with pytest.raises(SystemExit):
        perform(drawing.drawing(draw), given, log=tmp_path / "log.txt")
    assert (
        "b.tsv: lacks the column ccc; run again (delete the file first, if it is still there)"
        in (tmp_path / "log.txt").read_text()
    )
    # Emptied, it counts as damaged, so that its rule makes it again; the other table stays.
    assert [is_damaged(path) for path in paths] == [False, True]


def test_what_a_step_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A user's mistake ends it with one line in the log and on the terminal, a defect with a traceback."""

    def mistaken() -> None:
        raise InputError("is wrong", file="a.csv", row=3)

    def broken() -> None:
        raise RuntimeError("never")

    def stopped_by_hand() -> None:
        raise KeyboardInterrupt

    def stopped_while_training() -> None:
        sys.exit(1)

    with pytest.raises(SystemExit) as stopped:
        perform(mistaken, {}, log=tmp_path / "a/log.txt")
    assert stopped.value.code == 1
    error = capsys.readouterr().err
    assert error.endswith("a.csv, row 3: is wrong\n")
    assert error.count("\n") == 1
    assert (tmp_path / "a/log.txt").read_text() == error
    with pytest.raises(SystemExit):
        perform(broken, {}, log=tmp_path / "b.txt")
    assert "Traceback" in (tmp_path / "b.txt").read_text()
    capsys.readouterr()
    for step in (stopped_by_hand, stopped_while_training):
        with pytest.raises(SystemExit):
            perform(step, {}, log=tmp_path / "c.txt")
        assert capsys.readouterr().err.endswith(" interrupted\n")


@pytest.mark.parametrize(
    ("job", "expected"), [("Snakemake", r"\d\d:\d\d:\d\d interrupted\n"), ("Other", "Traceback.*")]
)
def test_interrupted_while_a_script_is_loaded(job: str, expected: str) -> None:
    """From the first import on, Ctrl-C is one line where Snakemake runs the script."""
    code = f"class {job}: pass\nsnakemake = {job}()\nimport onefilter.workflow.step\nraise KeyboardInterrupt"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode != 0
    assert re.fullmatch(expected, result.stderr, flags=re.DOTALL)


@pytest.mark.parametrize("script", sorted((ROOT / "workflow/scripts").glob("*.py")), ids=lambda path: path.stem)
def test_scripts_begin_with_their_step(script: Path) -> None:
    """What they import before it would have a traceback where Ctrl-C comes in between."""
    first = re.findall(r"^(?:from|import) (\S+)", script.read_text(encoding="utf-8"), flags=re.MULTILINE)[0]
    assert first in ("onefilter.workflow.step", "onefilter.workflow.drawing")


def test_the_terminal_shows_progress_and_the_log_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Information is for those who open the log."""

    def talkative() -> None:
        logger.info("a detail")
        logger.log(PROGRESS, "half of it")
        logger.warning("odd")

    perform(talkative, {}, log=tmp_path / "log.txt")
    assert [line[9:] for line in capsys.readouterr().err.splitlines()] == ["half of it", "odd"]
    logged = (tmp_path / "log.txt").read_text().splitlines()
    assert [line[9:] for line in logged[:-1]] == ["a detail", "half of it", "odd"]


def test_a_gpu_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Told before the first step, if one of the steps to do trains networks on it, and then only."""
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    scripts = {path.stem: path for path in (ROOT / "workflow/scripts").glob("*.py")}
    others = [path for name, path in scripts.items() if name not in TRAINING]
    for name in TRAINING:
        with pytest.raises(InputError, match=r"training\.accelerator: cuda, but .*; set .* to cpu or auto"):
            check_accelerator(Training(accelerator="cuda"), [*others, scripts[name]])
        check_accelerator(Training(accelerator="auto"), [scripts[name]])
    check_accelerator(Training(accelerator="cuda"), others)


def test_a_log_ends_with_what_was_used(tmp_path: Path) -> None:
    """Seconds of the processor and memory, for whoever plans a larger run."""

    def work() -> None:
        """Do nothing, for a while."""
        time.sleep(0.2)

    perform(work, {}, log=tmp_path / "log.txt", benchmark=tmp_path / "deep/work.tsv")
    line = (tmp_path / "log.txt").read_text().splitlines()[-1]
    assert re.fullmatch(r"\S+ \d+\.\d s of the processor, \d+ MB of memory at most", line)
    took = pd.read_csv(tmp_path / "deep/work.tsv", sep="\t")
    assert took.columns.tolist() == ["s", "cpu_time", "max_rss"]
    assert took["s"].iloc[0] >= 0.2 > 0.1 > took["cpu_time"].iloc[0]
    with pytest.raises(SystemExit):
        perform(work, {}, log=tmp_path / "log.txt", benchmark=tmp_path / "deep/work.tsv/below.tsv")
    said = (tmp_path / "log.txt").read_text()
    assert "below.tsv: cannot be written (" in said
    assert "Traceback" not in said


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system does not count so")
def test_memory_is_a_steps_own(tmp_path: Path) -> None:
    """What started the step counts nothing, however large it is: Linux lets programs inherit their starter's peak."""
    large = np.ones(60_000_000)
    code = (
        "import sys; from pathlib import Path; from onefilter.workflow.step import perform;"
        "perform(lambda: None, {}, log=Path(sys.argv[1]), benchmark=Path(sys.argv[2]))"
    )
    subprocess.run([sys.executable, "-c", code, tmp_path / "a.log", tmp_path / "a.tsv"], check=True)
    assert 10 < pd.read_csv(tmp_path / "a.tsv", sep="\t")["max_rss"].iloc[0] < large.nbytes / 1e6 / 2


@pytest.mark.parametrize("prefix", ["", "study/one/"])
def test_where_a_benchmark_goes(prefix: str) -> None:
    """Where the log would go, in the other folder; also where another workflow puts all results elsewhere."""
    job = SimpleNamespace(
        log=[f"{prefix}results/logs/predict_affect/logs.a/german-test.0.log"],
        config={"pathvars": {"logs": Path("results/logs"), "benchmarks": Path("times")}},
    )
    assert _benchmark_of(job) == Path(f"{prefix}times/predict_affect/logs.a/german-test.0.tsv")
