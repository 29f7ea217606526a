"""Give the readers good files that were changed at random, and count how they answer.

    python -m benchmarks.fuzz [KIND ...] [--seed S] [--count N] [--cases FOLDER] [--only NUMBER] [--out FOLDER]

An input is *accepted* or *refused*, the latter with one line that a terminal can show. Everything else is a failure:
another exception, a warning, what is printed past the readers, more than 5 s or 500 MB, a process that dies or hangs.
Inputs follow from kind, seed and number; failing ones are written to a folder, and the command that repeats one is
printed.
"""

import argparse
import multiprocessing
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import FrameType
from typing import Any, Final, NamedTuple

import numpy as np

from benchmarks.kinds import LONGEST, Kind, Wrong, prepare
from benchmarks.mutators import chosen
from onefilter.errors import InputError

COUNT: Final = 8_000
"""Inputs of each kind."""
CHUNK: Final = 2_000
"""Inputs of one process."""
SECONDS: Final = 5.0
"""An input may take so long."""
HANGS: Final = 20.0
"""Seconds after which a process that does not even heed a signal is ended."""
MEGABYTES: Final = 500
"""An input may need so much."""
LIMIT: Final = 6_000_000_000
"""Bytes that a process may hold, so that the machine is spared."""
ACCEPTED, REFUSED, FAILED = "accepted", "refused", "failed"


class Outcome(NamedTuple):
    """What came of one input: `ACCEPTED`, `REFUSED` or `FAILED`, and what was said."""

    what: str
    said: str = ""


class Job(NamedTuple):
    """Inputs of one kind, from a number to before another."""

    kind: str
    first: int
    end: int


class _TooLong(BaseException):
    """An input has had its time; no reader may catch this."""


def drawn(kind: Kind, name: str, *, seed: int, number: int) -> tuple[str, bytes, np.random.Generator]:
    """Give an input's file name and bytes, and the generator that the reader goes on with."""
    rng = np.random.default_rng([seed, zlib.crc32(name.encode()), number])
    good = chosen(rng, kind.seeds)
    return good.name, good.mutator(good.content, rng), rng


def answer(kind: Kind, name: str, *, seed: int, number: int) -> Outcome:
    """Mutate one input and let it be read, in the working directory that `prepare` has filled."""
    file, content, rng = drawn(kind, name, seed=seed, number=number)
    path = Path(file)
    path.write_bytes(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            kind.read(path, rng)
    except InputError as error:
        text = str(error)
        if len(text) <= LONGEST and text.isprintable():
            return Outcome(REFUSED, text)
        return Outcome(FAILED, f"message of {len(text)} characters: {text[:200]!r}")
    except Wrong as error:
        return Outcome(FAILED, str(error))
    except _TooLong:
        return Outcome(FAILED, f"takes more than {SECONDS:g} s\n{_last_lines()}")
    except BaseException as error:  # A panic of polars is no Exception.
        if isinstance(error, KeyboardInterrupt):
            raise
        return Outcome(FAILED, _last_lines())
    return Outcome(ACCEPTED)


def _last_lines() -> str:
    """Say what was raised, and where."""
    return "\n".join(line[:300] for line in traceback.format_exc().splitlines()[-6:])


@contextmanager
def _guarded() -> Iterator[None]:
    """End an input that takes too long."""

    def end(_number: int, _frame: FrameType | None) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _work(job: Job, seed: int, cases: Path | None, pipe: Connection) -> None:
    """Go through some inputs in a process of its own; tell each number before, and each outcome after."""
    resource.setrlimit(resource.RLIMIT_DATA, (LIMIT, LIMIT))
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as printed:
        kind = prepare(Path(folder), cases=cases)[job.kind]
        os.chdir(folder)
        os.dup2(printed.fileno(), 2)  # What libraries write there by themselves.
        for number in range(job.first, job.end):
            pipe.send((number, None))
            memory, said = _peak(), os.fstat(2).st_size
            try:
                with _guarded():
                    outcome = answer(kind, job.kind, seed=seed, number=number)
            except _TooLong:  # In the moment before or after reading.
                outcome = Outcome(FAILED, f"takes more than {SECONDS:g} s\n{_last_lines()}")
            except Exception:
                outcome = Outcome(FAILED, f"cannot be made\n{_last_lines()}")
            grown = _peak() - memory
            if grown > MEGABYTES:
                outcome = Outcome(FAILED, f"needs {grown:.0f} MB")
            elif os.fstat(2).st_size > said and outcome.what != FAILED:
                outcome = Outcome(FAILED, f"prints {os.pread(2, 500, said)!r}")
            pipe.send((number, outcome))
            if grown > MEGABYTES:
                return  # The peak does not fall: the next inputs need a process of their own.
        os.chdir("/")


def _peak() -> float:
    """Megabytes that this process has held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


class Campaign:
    """Runs jobs in two processes, and keeps count."""

    def __init__(self, kinds: Mapping[str, Kind], *, seed: int, cases: Path | None, out: Path) -> None:
        """Begin.

        Args:
            kinds: All kinds.
            seed: Everything follows from it.
            cases: A folder with further good files.
            out: Where failing inputs are written to.
        """
        self._kinds, self._seed, self._cases, self._out = kinds, seed, cases, out
        self.counts: dict[str, Counter[str]] = {}
        self.failures = 0
        self._context = multiprocessing.get_context("spawn")

    def run(self, jobs: list[Job], *, processes: int) -> None:
        """Do all jobs."""
        waiting, running = jobs[::-1], dict[Connection, list[Any]]()
        while waiting or running:
            while waiting and len(running) < processes:
                job = waiting.pop()
                pipe, other = self._context.Pipe(duplex=False)
                process = self._context.Process(target=_work, args=(job, self._seed, self._cases, other), daemon=True)
                process.start()
                other.close()
                running[pipe] = [job, process, job.first - 1, time.monotonic() + 60]
            for ready in wait(list(running), timeout=1):
                self._hear(ready, running, waiting)
            for pipe, (_, process, _, until) in list(running.items()):
                if time.monotonic() > until:
                    process.kill()  # The pipe tells that it has ended.
                    running[pipe][3] = time.monotonic() + HANGS

    def _hear(self, pipe: Any, running: dict[Connection, list[Any]], waiting: list[Job]) -> None:
        """Take what a process tells, or that it has ended."""
        job, process, at, _ = running[pipe]
        try:
            number, outcome = pipe.recv()
        except EOFError:
            process.join()
            del running[pipe]
            rest = at + 1
            if process.exitcode:
                if at < job.first:
                    raise SystemExit(f"the readers of {job.kind} cannot be started") from None
                self._count(job.kind, at, Outcome(FAILED, f"the process ended with {process.exitcode}"))
                rest = at + 1
            if rest < job.end:
                waiting.append(job._replace(first=rest))
            return
        running[pipe][2:] = [number, time.monotonic() + HANGS]
        if outcome is not None:
            self._count(job.kind, number, outcome)

    def _count(self, name: str, number: int, outcome: Outcome) -> None:
        self.counts.setdefault(name, Counter())[outcome.what] += 1
        if outcome.what != FAILED:
            return
        self.failures += 1
        file, content, _ = drawn(self._kinds[name], name, seed=self._seed, number=number)
        self._out.mkdir(parents=True, exist_ok=True)
        path = self._out / f"{name}-{self._seed}-{number}{Path(file).suffix}"
        path.write_bytes(content)
        cases = f" --cases {self._cases}" if self._cases else ""
        print(f"{path}: {outcome.said}\n  python -m benchmarks.fuzz {name} --seed {self._seed} --only {number}{cases}")


def main() -> None:
    """Run the campaign and print the counts."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("kinds", nargs="*", help="kinds of input (default: all)")
    parser.add_argument("--seed", type=int, default=1, help="everything follows from it")
    parser.add_argument("--count", type=int, default=COUNT, help="inputs of each kind")
    parser.add_argument("--only", type=int, help="one input, by its number")
    parser.add_argument("--cases", type=Path, help="folder with further good files")
    parser.add_argument("--out", type=Path, default=Path("results/fuzz"), help="folder for failing inputs")
    given = parser.parse_args()
    begun, cases = time.monotonic(), given.cases.resolve() if given.cases else None
    with tempfile.TemporaryDirectory() as folder:
        kinds = prepare(Path(folder), cases=cases)
        if unknown := [name for name in given.kinds if name not in kinds]:
            parser.error(f"unknown kind {unknown[0]}, known are {', '.join(kinds)}")
        first, end = (0, given.count) if given.only is None else (given.only, given.only + 1)
        jobs = [
            Job(name, place, min(place + CHUNK, end))
            for name in given.kinds or kinds
            for place in range(first, end, CHUNK)
        ]
        campaign = Campaign(kinds, seed=given.seed, cases=cases, out=given.out)
        campaign.run(jobs, processes=2)
    total: Counter[str] = Counter()
    print(f"{'kind':<14}{ACCEPTED:>10}{REFUSED:>10}{FAILED:>10}")
    for name, counts in campaign.counts.items():
        total += counts
        print(f"{name:<14}" + "".join(f"{counts[what]:>10}" for what in (ACCEPTED, REFUSED, FAILED)))
    print(f"{'all':<14}" + "".join(f"{total[what]:>10}" for what in (ACCEPTED, REFUSED, FAILED)))
    print(f"{total.total()} inputs, seed {given.seed}, {time.monotonic() - begun:.0f} s")
    sys.exit(1 if campaign.failures else 0)


if __name__ == "__main__":
    main()
