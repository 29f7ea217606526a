"""What a person sees of a run: a line for each step with the time that remains, warnings, and which step failed.

Snakemake's own words, with the inputs, outputs and reasons of every step, are in the log that the last line names.
"""

import re
import time
from collections.abc import Mapping
from logging import ERROR, WARNING, LogRecord
from pathlib import Path
from typing import Any, Final

from onefilter.workflow.damage import FULL, last_words
from onefilter.workflow.provenance import near

_LONG: Final = {
    "simulate_recordings": 20,
    "train_networks": 40,
    "measure_latency": 100,
    "select_features": 200,
    "train_ladder": 200,
}
"""How long a job of some rules takes (seconds, in the default run), until one of the rule's jobs has ended."""
_SHORT: Final = 2.0
"""Seconds: of shorter jobs it is not told how long they took."""
_NOISE: Final = (
    "Using profile", "host:", "Building DAG", "Assuming unrestricted", "Using shell", "Group jobs", "Conda env",
    "Singularity", "Select jobs", "Elapsed time", "Config file",
)  # fmt: skip
"""How messages begin that nobody needs at the terminal; what is not known to be one of them is shown."""
_FOLLOWED: Final = "RuleException:\nCalledProcessError"
"""How a message begins that the report of the failed job follows."""
_KNOWN_ALREADY: Final = ("Exiting because", "WorkflowError:\nAt least one job", "Shutting down", "Complete log(s)")
"""How messages begin that follow a failure that has been told."""
_STOPPING: Final = ("Will exit after finishing currently running jobs", "Terminating processes on user request")
"""How begins what Snakemake says, again and again, of a run that somebody's `kill` or Ctrl-C stops."""
_MISSING: Final = re.compile(
    r"MissingInputException in rule (?P<rule>\w+).*?affected files:\n(?P<files>(?:\s+\S.*\n?)+)", re.DOTALL
)
"""What Snakemake says of a file that is not there and that no rule makes."""
_PROTECTED: Final = re.compile(
    r"ProtectedOutputException in rule (?P<rule>\w+).*?affected files:\n(?P<files>(?:\s+\S.*\n?)+)", re.DOTALL
)
"""What Snakemake says of results that it may not write over."""
_LOCKED: Final = "Error: Directory cannot be locked."
"""How it begins what it says of a folder in which another run works."""
_REFUSED: Final = re.compile(
    r'^WorkflowError in file "[^"\n]*/(?:common\.smk|Snakefile)", line \d+:\n(?P<said>[^\n]*)\n'
)
"""What the plan, or what is asked before the first step, refuses, within what Snakemake says of the file."""
_MISTAKEN: Final = re.compile(r"^InputFunctionException.*?\bInputError: (?P<said>[^\n]*)", re.DOTALL)
"""What Snakemake says where the plan finds a mistake while jobs are put together."""
_BROKEN_OFF: Final = re.compile(r"Traceback \(most recent call last\):\n.*\nKeyboardInterrupt\b", re.DOTALL)
"""What Snakemake says where Ctrl-C comes while it puts jobs together, or a second time."""
INTERRUPTED: Final = "interrupted before the first step; the same command begins again"
_BROKEN_OFF_LATER: Final = "interrupted; the same command goes on from here"
LOCKED: Final = (
    "nothing was done, because the folder is locked by another run; only if none is there, on no machine, type"
    " `snakemake --unlock` and then the same command again"
)
_NO_ROOM: Final = re.compile(
    r"^(?:\w*(?:Error|Exception)\b|Traceback|Ignore corrupted).*No space left on device", re.DOTALL
)
"""What Snakemake says where it could not write its notes."""
_RED, _YELLOW, _END = "\x1b[31m", "\x1b[33m", "\x1b[0m"


def plainly(text: str) -> str:
    """Say in one line what Snakemake says in many of a file that is not there or of a mistake in the recordings."""
    if missing := _MISSING.match(text):
        what = f"{_named(missing['files'])} not there, and {missing['rule']} needs it"
        return f"{what}; correct the path in the recordings table, or make the file first"
    if protected := _PROTECTED.match(text):
        what = f"{_named(protected['files'])} read-only, and {protected['rule']} has to make it anew"
        return (
            f"{what}; `chmod -R u+w` the folder of results if its disk takes that, or set `pathvars.results` to another"
        )
    if _LOCKED in text:
        return LOCKED
    if _NO_ROOM.match(text):
        return FULL
    if _BROKEN_OFF.match(text):
        return INTERRUPTED
    if mistaken := _MISTAKEN.search(text) or _REFUSED.match(text):
        return mistaken["said"]
    return text


def _named(files: str) -> str:
    """Begin a sentence about some files, one a line: the first by its name, of the others how many they are."""
    first, *others = [line.strip() for line in files.splitlines()]
    return f"{first} (and {len(others)} more) are" if others else f"{first} is"


class Narrator:
    """Turns what Snakemake reports of a run into what is shown."""

    def __init__(self, *, colour: bool = False) -> None:
        """Know nothing of the run yet; `colour` says whether errors are red and warnings yellow."""
        self._colour = colour
        self._cores = ""
        self._counts: Mapping[str, int] = {}
        self._begun = 0.0
        self._jobs: dict[int, tuple[str, str, float]] = {}
        self._took: dict[str, list[float]] = {}
        self._failed = self._stopping = self._full = False

    @property
    def interrupted(self) -> str:
        """What is said where Ctrl-C breaks the run off."""
        return _BROKEN_OFF_LATER if self._counts else INTERRUPTED

    def line(self, record: LogRecord) -> str | None:
        """Give what is shown of one report of Snakemake's; None shows nothing.

        Args:
            record: The report; Snakemake's attributes say which event it is about.
        """
        report = vars(record)
        match str(report.get("event") or ""):
            case "resources_info":
                self._cores = report.get("cores") or self._cores
            case "run_info":
                self._counts, self._begun = report["stats"], record.created
                side = f", up to {self._cores} at a time" if self._cores else ""
                total = self._counts["total"]
                return f"{clock(record)} {total} step{'s' * (total > 1)} to do{side}"
            case "job_info":
                name = " ".join([report["rule_name"], *filter(None, map(str, report["wildcards"].values()))])
                self._jobs[report["jobid"]] = (report["rule_name"], name, record.created)
            case "job_finished":
                return self._finished(report["job_id"], record)
            case "job_error":
                return self._broken(report, record)
            case "group_error":
                # Each step is told of if it has said something; that the job has failed is told in any case.
                steps, logs = len(report["job_error_info"]), ", ".join(map(near, map(str, report["aux_logs"])))
                where = f"its log: {logs}" if logs else "it has no log: it was not sent, or ended before it began"
                return self._coloured(f"{clock(record)} a job of {steps} steps failed; {where}", ERROR)
            case "" | "error":
                return self._said(record)
        return None

    def _finished(self, job: int, record: LogRecord) -> str | None:
        """Tell that a job has ended, and how long the rest will take if the run goes on like this."""
        if job not in self._jobs or not self._counts:
            return None
        rule, name, begun = self._jobs.pop(job)
        took, gone = record.created - begun, record.created - self._begun
        self._took.setdefault(rule, []).append(took)
        done, total = sum(map(len, self._took.values())), self._counts["total"]
        if done == total:
            return f"{clock(record)} all {total} steps are done, in {duration(gone)}"
        end = f" ({duration(took)})" if took >= _SHORT else ""
        return (
            f"{clock(record)} {done:>{len(str(total))}}/{total}  {f'{duration(self._left(gone))} left':<12} {name}{end}"
        )

    def _left(self, gone: float) -> float:
        """Estimate what is left (seconds): jobs take as long as others of their rule, or as the short ones, did so far.

        Args:
            gone: Seconds since the first job began.
        """
        short = [one for rule, some in self._took.items() if rule not in _LONG for one in some]
        usual = sum(short) / len(short) if short else _SHORT
        left = 0.0
        for rule, count in self._counts.items():
            if rule != "total":
                took = self._took.get(rule, [])
                each = sum(took) / len(took) if took else max(usual, _LONG.get(rule, 0))
                left += (count - len(took)) * each
        at_once = max(1.0, sum(map(sum, self._took.values())) / max(gone, 1e-9))
        return left / at_once

    def _broken(self, report: Mapping[str, Any], record: LogRecord) -> str | None:
        """Tell that a job has failed. What it said itself is on the terminal already, and comes again at the end.

        Of a job of several steps on a cluster, which has said nothing here, only those have failed that had begun and
        did not come to their end.
        """
        self._failed = True
        if report.get("indent"):
            last, ended = last_words(Path(str(next(iter(report.get("log") or []), ""))))
            if not last or ended:
                return None
            report = {**report, "rule_msg": last}
        name = self._jobs.get(report["jobid"], ("", str(report["rule_name"]), 0.0))[1]
        log = f"; its log: {', '.join(map(str, report['log']))}" if report.get("log") else ""
        # What a scheduler says; the command that sent the job follows it.
        why = " ".join(str(report.get("rule_msg") or "").partition("\n    ")[0].split())
        return self._coloured(f"{clock(record)} {name} failed{log}{f' ({why})' if why else ''}", ERROR)

    def _said(self, record: LogRecord) -> str | None:
        """Show warnings and errors, and of the rest what is not known to be of no use."""
        text = plainly(record.getMessage())
        text = self.interrupted if text == INTERRUPTED else text
        if text.startswith(_FOLLOWED) or (text == FULL and self._full):
            return None
        self._full = self._full or text == FULL
        if text.startswith(_KNOWN_ALREADY if self._failed or self._stopping else ()):
            return None
        if text.startswith(_STOPPING):
            known, self._stopping = self._stopping, True
            return None if known else self._coloured("stopped; no further step begins", WARNING)
        if record.levelno < WARNING:
            if text in ("", "None") or text.startswith(_NOISE):
                return None
            if text.startswith("Complete log(s): "):
                return f"details  {near(text.removeprefix('Complete log(s): '))}"
        return self._coloured(text, record.levelno)

    def _coloured(self, text: str, level: int) -> str:
        """Give errors and warnings their colour."""
        if not self._colour or level < WARNING:
            return text
        return f"{_RED if level >= ERROR else _YELLOW}{text}{_END}"


def clock(record: LogRecord) -> str:
    """Give the time of day of a report, as the lines of steps have it."""
    return time.strftime("%H:%M:%S", time.localtime(record.created))


def duration(seconds: float) -> str:
    """Give a time as a person says it, for example 8 s, 12 min, 2 h 5 min."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
