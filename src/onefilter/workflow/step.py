"""A script is its step: one typed function, and one last line that binds it to its rule.

What a rule names under ``input``, ``output``, ``params`` and as wildcards becomes, by name, what the function takes;
``threads`` may be taken, too, and ``config`` for what results do not depend on, the place of a program say: another one
reruns nothing. Names are checked for all rules before anything runs (`onefilter.workflow.check`). Values
are brought to the annotated types: paths, settings, numbers.

A script imports this module first: from then on Ctrl-C is one line, while everything else is loaded, too.

Every sum is computed in one thread; Snakemake puts steps side by side. Threads that share one product wait for each
other hundreds of times a second, which costs most of the time where other programs run, and they change the last digit.
"""

import logging
import os
import resource
import sys
import time
import typing
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, TextIO

from pydantic import TypeAdapter

from onefilter.errors import DamagedError, InputError
from onefilter.files import write_text

logger = logging.getLogger("onefilter")
PROGRESS: Final = logging.INFO + 5
"""Level of what is shown on the terminal, too: how far a long step is. Information is in the step's log alone."""
USED: Final = "%.1f s of the processor, %.0f MB of memory at most"
"""The last line of every step's log."""
_RSS: Final = 1e6 if sys.platform == "darwin" else 1e3
"""What the system counts memory in, in MB."""

# Snakemake says so by OMP_NUM_THREADS to NumPy and torch; polars looks at its own variable.
if os.environ.get("OMP_NUM_THREADS"):
    os.environ.setdefault("POLARS_MAX_THREADS", os.environ["OMP_NUM_THREADS"].partition(",")[0])


def _job() -> Any:
    """Give what Snakemake tells the script that it runs; None elsewhere."""
    job: Any = vars(sys.modules["__main__"]).get("snakemake")
    return job if type(job).__name__ == "Snakemake" else None


def _interrupted(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Say in one line that Ctrl-C came while a script loaded what it imports; all else is shown as ever."""
    if issubclass(kind, KeyboardInterrupt):
        sys.stderr.write(f"{time.strftime('%H:%M:%S')} interrupted\n")
    else:
        sys.__excepthook__(kind, error, trace)


if _job() is not None:
    sys.excepthook = _interrupted


def bind(step: Callable[..., None]) -> None:
    """Run a step with what its rule names. Where Snakemake does not run the script, this does nothing."""
    job = _job()
    if job is not None:
        perform(step, _named_by(job), log=Path(job.log[0]), benchmark=_benchmark_of(job))


def _named_by(job: Any) -> dict[str, Any]:
    """Gather what a rule names for one job."""
    given: dict[str, Any] = {"threads": job.threads, "config": job.config}
    for part in (job.input, job.output, job.params, job.wildcards):
        given |= dict(part.items())
    return given


def _benchmark_of(job: Any) -> Path:
    """Say where a job's time and memory go: into the folder of benchmarks, as its log goes into that of logs."""
    logs, benchmarks = (f"{job.config['pathvars'][name]}/" for name in ("logs", "benchmarks"))
    return Path(str(job.log[0]).replace(logs, benchmarks, 1)).with_suffix(".tsv")


def perform(step: Callable[..., None], given: Mapping[str, Any], *, log: Path, benchmark: Path | None = None) -> None:
    """Run a step; what it says goes to its log and to the terminal. A user's mistake ends it with one line.

    Args:
        step: The function.
        given: What the rule names; what the step does not take is left out.
        log: The log's file.
        benchmark: Where to write what the step took, under Snakemake's names: seconds (``s``), those of the processor
            (``cpu_time``) and the most memory (``max_rss``, MB). Loading libraries is not counted. Snakemake's own
            ``benchmark:`` would watch the process that waits for the server's fork (`onefilter.workflow.forkserver`).

    Raises:
        SystemExit: With code 1 if the step fails; its log says why.
    """
    with _logging(log):
        try:
            begun, before = time.monotonic(), _processor()
            step(**arguments(step, given))
            took, worked = time.monotonic() - begun, _processor() - before
            memory = _memory()
            logger.debug(USED, worked, memory)
            if benchmark is not None:
                write_text(benchmark, f"s\tcpu_time\tmax_rss\n{took:.2f}\t{worked:.2f}\t{memory:.0f}\n")
        except InputError as error:
            logger.error("%s", error)
            if isinstance(error, DamagedError) and error.path.exists():
                # Empty results are made again (`onefilter.workflow.damage`).
                error.path.write_bytes(b"")
            sys.exit(1)
        except (KeyboardInterrupt, SystemExit):  # Lightning makes the latter of the former.
            logger.error("interrupted")
            sys.exit(1)
        except Exception:
            logger.exception("%s failed", step.__name__)
            sys.exit(1)


def _processor() -> float:
    """Give the seconds of the processor that this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _memory() -> float:
    """Give the most memory that this program has had (MB).

    Linux counts what the process had before it became this program, as a copy of Snakemake, in `resource` too.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.partition("VmHWM:")[2].split()[0]) / 1e3
    except (OSError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _RSS


def arguments(step: Callable[..., None], given: Mapping[str, Any]) -> dict[str, Any]:
    """Choose what a step takes and bring it to the annotated types.

    A list of one file is that file where one path is taken, and none where it is empty and ``None`` is allowed.
    """
    hints = typing.get_type_hints(step, include_extras=True)
    return {name: _brought(given[name], hint) for name, hint in hints.items() if name in given}


def _brought(value: Any, hint: Any) -> Any:
    """Bring one value to its annotated type."""
    allowed = typing.get_args(hint) or (hint,)
    if isinstance(value, list) and Path in allowed and typing.get_origin(hint) is not list and len(value) < 2:
        value = value[0] if value else None
    elif isinstance(value, str) and hint == list[Path]:
        value = [value]
    return TypeAdapter(hint).validate_python(value)


class _LogFile(logging.FileHandler):
    """A log that says nothing of a disk which is full: the step's own result cannot be written then, and is told."""

    def handleError(self, record: logging.LogRecord) -> None:  # Python's own name.
        """Let a line go that cannot be written."""

    def flush(self) -> None:
        """Write what can be written."""
        with suppress(OSError):
            super().flush()

    def close(self) -> None:
        """Write what can be written, and no more."""
        with suppress(OSError):
            super().close()


@contextmanager
def _logging(log: Path) -> Iterator[None]:
    """Send what is logged to a file and, from progress on, to the terminal; Python's warnings to the file."""
    log.parent.mkdir(parents=True, exist_ok=True)
    formatter = logging.Formatter("%(asctime)s %(message)s", datefmt="%H:%M:%S")
    handlers: list[logging.Handler] = [_LogFile(log, mode="w"), logging.StreamHandler(sys.stderr)]
    for handler in handlers:
        handler.setFormatter(formatter)
        logger.addHandler(handler)
    handlers[1].setLevel(PROGRESS)
    logger.setLevel(logging.DEBUG)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _log_warning
            yield
    finally:
        for handler in handlers:
            logger.removeHandler(handler)
            handler.flush()
        handlers[0].close()


def _log_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Write a warning to the log rather than to the terminal."""
    logger.debug("%s:%d: %s: %s", filename, lineno, category.__name__, message)
