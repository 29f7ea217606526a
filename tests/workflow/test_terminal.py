"""What a person sees of a run: a line for each step, warnings, and at the end the line that says what went wrong."""

from onefilter.workflow.step import USED

import logging
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from snakemake.exceptions import LockException

from onefilter.workflow.damage import FULL
from onefilter.workflow.terminal import INTERRUPTED, LOCKED, Narrator, clock, duration, plainly
from snakemake_logger_plugin_onefilter import LogHandler, _in_silence

if TYPE_CHECKING:
    from sys import UnraisableHookArgs


def report(at: float, text: str = "", *, level: int = logging.INFO, **further: Any) -> logging.LogRecord:
    """A report of Snakemake's, so many seconds after midnight of some day."""
    record = logging.LogRecord("snakemake", level, "", 0, text, None, None)
    record.created = 1e9 + at
    vars(record).update(further)
    return record


def job(number: int, at: float, rule: str, **wildcards: str) -> logging.LogRecord:
    """A job begins."""
    return report(at, event="job_info", jobid=number, rule_name=rule, wildcards=wildcards)


def told(reports: list[logging.LogRecord], *, colour: bool = False) -> list[str]:
    """What is shown of some reports, without the time of day."""
    narrator = Narrator(colour=colour)
    lines = [(narrator.line(one), clock(one)) for one in reports]
    return [line.replace(time, "").strip() for line, time in lines if line is not None]


STATS = {"simulate_recordings": 1, "compute_features": 2, "draw_boxes": 17, "total": 20}
BEGIN = [
    report(0, "Using profile profiles/default for setting default command line arguments."),
    report(0, "Building DAG of jobs..."),
    report(0, "Provided cores: 2", event="resources_info", cores=2),
    report(0, "Job stats: ...", event="run_info", stats=STATS),
    report(0, "Select jobs to execute..."),
]


def test_a_run() -> None:
    """Steps are counted, the rest is estimated from jobs that have ended, and long jobs are told with their time."""
    lines = told([
        *BEGIN,
        job(7, 0, "compute_features", culture="german", partition="test"),
        report(1, "Finished", event="job_finished", job_id=7),
        job(8, 1, "simulate_recordings"),
        report(1, "None", event="progress", done=1, total=20),
        report(21, "Finished", event="job_finished", job_id=8),
        *(job(number, 21, "draw_boxes") for number in range(18)),
        *(report(39, "Finished", event="job_finished", job_id=number) for number in range(18)),
        report(39, "Complete log(s): /nowhere/a.log"),
        report(39, "Elapsed time: 0:00:39"),
    ])  # fmt: skip
    assert lines[0] == "20 steps to do, up to 2 at a time"
    # 18 s for the other short jobs, 20 s for the simulation, and one job at a time so far.
    assert lines[1].split() == ["1/20", "38", "s", "left", "compute_features", "german", "test"]
    assert lines[2].split() == ["2/20", "18", "s", "left", "simulate_recordings", "(20", "s)"]
    assert lines[-2:] == ["all 20 steps are done, in 39 s", "details  /nowhere/a.log"]
    assert len(lines) == 22


def test_a_stopped_run() -> None:
    """`kill` is told of once, and what follows from it is not told of as a failure."""
    reports = [
        *BEGIN,
        report(2, "Will exit after finishing currently running jobs (scheduler)."),
        report(2, "Will exit after finishing currently running jobs (scheduler)."),
        report(3, "Shutting down, this might take some time."),
        report(3, "details: a.log; the same command goes on from here", level=logging.ERROR),
        report(3, "WorkflowError:\nAt least one job did not complete successfully.", level=logging.ERROR),
    ]
    assert told(reports)[-2:] == [
        "stopped; no further step begins",
        "details: a.log; the same command goes on from here",
    ]


def test_a_failed_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said twice is said once: the step that failed, its log, and last what the workflow has to say of it."""
    monkeypatch.chdir(tmp_path)
    failed = {"event": "job_error", "jobid": 3, "rule_name": "draw", "log": ["logs/a.log"], "input": ["a"] * 99}
    reports = [
        *BEGIN,
        job(3, 1, "draw", culture="german"),
        report(2, "RuleException:\nCalledProcessError in file x, line 3:", level=logging.ERROR),
        report(2, "Error in rule draw", level=logging.ERROR, **failed),
        report(2, "Shutting down, this might take some time."),
        report(2, "Exiting because a job execution failed. Look above for error messages", level=logging.ERROR),
        report(2, "the same command goes on from here\ndraw: a.csv, row 3: is wrong", level=logging.ERROR),
        report(2, f"Complete log(s): {tmp_path}/a.log"),
        report(2, "WorkflowError:\nAt least one job did not complete successfully.", level=logging.ERROR),
    ]
    assert told(reports)[1:] == [
        "draw german failed; its log: logs/a.log",
        "the same command goes on from here\ndraw: a.csv, row 3: is wrong",
    ]
    assert told(reports, colour=True)[-1].startswith("\x1b[31m")


def test_a_job_that_could_not_be_sent() -> None:
    """What the scheduler has said is there, and not the command that it was given."""
    said = "SLURM sbatch failed. The error message was 'sbatch: error: Invalid\naccount'.\n    sbatch call:\n    x"
    failed: dict[str, Any] = {"event": "job_error", "jobid": 3, "rule_name": "draw", "log": ["a.log"], "rule_msg": said}
    why = "(SLURM sbatch failed. The error message was 'sbatch: error: Invalid account'.)"
    reports = [*BEGIN, job(3, 1, "draw"), report(2, "Error in rule draw", **failed)]
    assert told(reports)[1:] == [f"draw failed; its log: a.log {why}"]


def test_a_job_of_several_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the scheduler has written what it knows is said once; each step is told of on its own."""
    monkeypatch.chdir(tmp_path)
    group: dict[str, Any] = {"event": "group_error", "groupid": "x", "job_error_info": [{}, {}]}
    said = "a job of 2 steps failed; it has no log: it was not sent, or ended before it began"
    assert told([report(2, "Error in group x", **group, aux_logs=[])]) == [said]
    logs = [tmp_path / ".snakemake/slurm_logs/7.log"]
    said = "a job of 2 steps failed; its log: .snakemake/slurm_logs/7.log"
    assert told([report(2, "Error in group x", **group, aux_logs=logs)]) == [said]
    # Snakemake takes all of its steps for failed, those that had ended or not begun, too.
    texts = {"ended": USED % (0.25, 177.4), "empty": "", "fit": "03:50:37 a.csv: is wrong; correct it"}
    steps = []
    for name, text in texts.items():
        (tmp_path / f"{name}.log").write_text(text)
        step: dict[str, Any] = {"event": "job_error", "jobid": 3, "rule_name": name, "indent": True}
        steps.append(report(2, "Error in rule x", **step, log=[f"{name}.log"]))
    steps.append(report(2, "Error in rule x", **step | {"rule_name": "later", "log": ["later.log"]}))
    assert told(steps) == ["fit failed; its log: fit.log (a.csv: is wrong; correct it)"]


def test_a_full_disk() -> None:
    """Snakemake says it in many ways and lines, none of which says what to do."""
    ways = [
        "RuleException:\nOSError in file x, line 3:\n[Errno 28] No space left on device\n  File x",
        "Traceback (most recent call last):\n  x\nOSError: [Errno 28] No space left on device",
        "WorkflowError:\nError recording metadata for finished job ([Errno 28] No space left on device). Please",
    ]
    assert told([*BEGIN, *(report(2, way, level=logging.ERROR) for way in ways)])[1:] == [FULL]
    ours = f"the same command goes on from here\ndraw: a.csv: cannot be written (No space left on device)\n{FULL}"
    assert told([report(2, ours, level=logging.ERROR)]) == [ours.rstrip()]


def test_messages() -> None:
    """Warnings, errors, and messages that nobody has thought of, are shown whole; the log is named from here on."""
    lines = told([
        report(0, "Nothing to be done (all requested files are present and up to date)."),
        report(0, "MissingInputException in rule x:\n    a.csv", level=logging.ERROR),
        report(0, "Job 3 is slow", level=logging.WARNING),
        report(0, f"Complete log(s): {Path.cwd()}/a/b.log"),
        report(0, "Terminating processes on user request, this might take some time."),
        report(0, "None", event="rulegraph"),
        report(0, "Finished", event="job_finished", job_id=1),
    ], colour=True)  # fmt: skip
    assert lines == [
        "Nothing to be done (all requested files are present and up to date).",
        "\x1b[31mMissingInputException in rule x:\n    a.csv\x1b[0m",
        "\x1b[33mJob 3 is slow\x1b[0m",
        "details  a/b.log",
        "\x1b[33mstopped; no further step begins\x1b[0m",
    ]


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0.4, "0 s"), (89.4, "89 s"), (90, "2 min"), (3599, "1 h 0 min"), (7500, "2 h 5 min")]
)
def test_durations(seconds: float, expected: str) -> None:
    """As a person says it."""
    assert duration(seconds) == expected


MISSING = """MissingInputException in rule compute_features in file "/x/workflow/rules/features.smk", line 1:
Missing input files for rule compute_features:
    output: results/features/german-unlabelled.parquet, results/tracking/german-unlabelled.tsv
    wildcards: culture=german, partition=unlabelled, batch=
    affected files:
        data/lab/zz.csv
        data/lab/zy.csv"""
PROTECTED = """ProtectedOutputException in rule score_predictions in file "/x/workflow/rules/evaluation.smk", line 1:
Write-protected output files for rule score_predictions:
    output: results/a.tsv, results/b.tsv
    wildcards: target=arousal
    affected files:
        results/a.tsv
        results/b.tsv"""
MISTAKEN = """InputFunctionException in rule fuse_annotations in file "/x/workflow/rules/features.smk", line 46:
Error:
  InputError: data/zz_<annotator>.csv: no file is named like this; <annotator> stands for any name
Wildcards:
  culture=own
Traceback:
  File "/x/src/onefilter/workflow/plan.py", line 385, in content"""


BROKEN_OFF = """Traceback (most recent call last):
  File "asyncio/selectors.py", line 468, in select
KeyboardInterrupt

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "asyncio/selector_events.py", line 88, in close
    raise RuntimeError("Cannot close a running event loop")

RuntimeError: Cannot close a running event loop
"""


def test_what_snakemake_says_in_many_lines() -> None:
    """A file that is not there, or that the plan does not find: one line; what else there is stays as it is."""
    found = "data/lab/zz.csv (and 1 more) are not there, and compute_features needs it; correct the path in the"
    assert plainly(MISSING) == f"{found} recordings table, or make the file first"
    assert plainly(MISTAKEN) == "data/zz_<annotator>.csv: no file is named like this; <annotator> stands for any name"
    read_only = "results/a.tsv (and 1 more) are read-only, and score_predictions has to make it anew; `chmod -R u+w`"
    assert plainly(PROTECTED).startswith(read_only)
    assert plainly(PROTECTED.rpartition("\n")[0]).startswith("results/a.tsv is read-only")
    assert plainly(str(LockException())) == LOCKED
    assert plainly("WorkflowError:\nsomething else") == "WorkflowError:\nsomething else"
    assert plainly(BROKEN_OFF) == INTERRUPTED
    assert plainly(BROKEN_OFF.replace("KeyboardInterrupt", "ValueError")) != INTERRUPTED


def handler(monkeypatch: pytest.MonkeyPatch) -> LogHandler:
    """Make what Snakemake makes of the plugin; after the test, Python's own ways are as they were."""
    for owner, name in ((sys, "excepthook"), (sys, "unraisablehook"), (logging, "lastResort")):
        monkeypatch.setattr(owner, name, getattr(owner, name))
    settings = {"stdout": False, "nocolor": True, "dryrun": False, "verbose": False}
    settings |= {"debug_dag": False, "printshellcmds": False}
    return LogHandler(cast("Any", SimpleNamespace(**settings)), None)


def test_interrupted_while_snakemake_reads_its_files(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line for Ctrl-C, which says whether the run had begun; what else is not caught has its traceback."""
    shown = handler(monkeypatch)
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert capsys.readouterr().err == f"{INTERRUPTED}\n"
    sys.excepthook(ValueError, ValueError("why"), None)
    assert "ValueError: why" in capsys.readouterr().err
    shown.emit(report(0, "", event="run_info", stats={"total": 3}))
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert capsys.readouterr().err.endswith("3 steps to do\ninterrupted; the same command goes on from here\n")


def test_interrupted_when_logging_has_ended(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What Snakemake logs without any handler, after a second Ctrl-C, is told as ever."""
    shown = handler(monkeypatch)
    assert logging.lastResort is shown
    shown.emit(report(0, "", event="run_info", stats={"total": 3}))
    capsys.readouterr()
    nobodys = logging.Logger("nobody's")
    for text in ("Terminating processes on user request, this might take some time.", BROKEN_OFF,
                 "RuleException:\nCalledProcessError in file", "WorkflowError:\nAt least one job"):  # fmt: skip
        nobodys.error(text)
    lines = ["stopped; no further step begins", "interrupted; the same command goes on from here"]
    assert capsys.readouterr().err.splitlines() == lines


def test_interrupted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is said of a second Ctrl-C while Python ends; of everything else there is."""
    said: list[Any] = []
    monkeypatch.setattr(sys, "__unraisablehook__", said.append)
    for kind in (KeyboardInterrupt, ValueError):
        _in_silence(cast("UnraisableHookArgs", SimpleNamespace(exc_type=kind)))
    assert [each.exc_type for each in said] == [ValueError]
