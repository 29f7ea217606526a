"""Measure the live room: time per hop, start to first line, many streams on one core, a day without growth.

python -m benchmarks.live results
"""

import gc
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from onefilter.corpus.twin import TARGETS
from onefilter.live.rows import Rows
from onefilter.live.session import Session, Sink
from onefilter.live.stream import Frame, Stream
from onefilter.model.card import Model, Stack
from onefilter.model.file import read_models
from onefilter.names import SIGNALS

FRAME_RATE = 50
ROUNDS = 5
STARTS = 15
STREAMS = 50
PACED = 60
DAY = 24 * 3600


def main() -> None:
    """Print all measurements, on one core."""
    results = Path(sys.argv[1] if len(sys.argv) > 1 else "results")
    files = [results / f"models/{target}/best.safetensors" for target in TARGETS]
    recording = sorted((results / "corpus/openface").glob("*.csv"))[0]
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    models = read_models(files)
    per_hop(models)
    paced(models)
    start(files, recording)
    many(models, recording)
    day(models)


def per_hop(models: dict[str, Model | Stack]) -> None:
    """Window statistics and three targets, for the frame that makes a hop due; medians over rounds."""
    rng = np.random.default_rng(1)
    signals = rng.random((1000, len(SIGNALS)))
    halves, nineties, others = [], [], []
    for _ in range(ROUNDS):
        stream = Stream(models)
        due: list[float] = []
        idle: list[float] = []
        for number in range(50_000):
            frame = Frame(number / FRAME_RATE, 1.0, signals[number % 1000])
            begun = time.perf_counter()
            found = stream.push(frame)
            taken = time.perf_counter() - begun
            (due if found else idle).append(taken)
        halves.append(np.percentile(due, 50))
        nineties.append(np.percentile(due, 99))
        others.append(np.percentile(idle, 50))
    middle, most, idle_ = (1e6 * statistics.median(values) for values in (halves, nineties, others))
    print(f"a hop, three targets: p50 {middle:.0f} µs, p99 {most:.0f} µs; a frame between hops {idle_:.1f} µs")


def paced(models: dict[str, Model | Stack]) -> None:
    """The same at the pace of a camera, with nothing to do between frames, so that caches and clocks go cold."""
    rng = np.random.default_rng(1)
    signals = rng.random((1000, len(SIGNALS)))
    stream, due = Stream(models), list[float]()
    begun = time.perf_counter()
    for number in range(PACED * FRAME_RATE):
        frame = Frame(number / FRAME_RATE, 1.0, signals[number % 1000])
        time.sleep(max(0.0, begun + number / FRAME_RATE - time.perf_counter()))
        then = time.perf_counter()
        if stream.push(frame):
            due.append(time.perf_counter() - then)
    middle, most = 1e6 * np.percentile(due, [50, 99])
    print(f"the same at the pace of a camera, {PACED} s: p50 {middle:.0f} µs, p99 {most:.0f} µs")


def start(files: list[Path], recording: Path) -> None:
    """From starting the process to its first prediction, on a file that is there."""
    options = [option for path in files for option in ("--model", str(path))]
    times = []
    for _ in range(STARTS):
        begun = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, "-m", "onefilter.cli", "live", "--follow", str(recording), *options],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        ) as process:  # fmt: skip
            assert process.stdout is not None
            process.stdout.readline()
            process.stdout.readline()
            times.append(time.perf_counter() - begun)
            process.kill()
    print(f"start to first prediction: median {statistics.median(times):.2f} s, slowest {max(times):.2f} s")


def many(models: dict[str, Model | Stack], recording: Path) -> None:
    """Many streams, from the bytes of lines to rows for a sink: how much of one core they need."""
    head, *lines = recording.read_bytes().splitlines(keepends=True)
    seconds = 20
    shares = []
    for _ in range(ROUNDS):
        streams = [(Rows(str(number)), Session(models, [Sink()])) for number in range(STREAMS)]
        for rows, _session in streams:
            list(rows.feed(head))
        begun = time.process_time()
        for line in lines[: seconds * FRAME_RATE]:
            for rows, session in streams:
                for event in rows.feed(line):
                    session.take(event)
        shares.append((time.process_time() - begun) / seconds)
    share = statistics.median(shares)
    print(f"{STREAMS} streams of {FRAME_RATE} frames/s: {share:.0%} of one core")


def day(models: dict[str, Model | Stack]) -> None:
    """A day of frames as fast as it goes: memory hour by hour."""
    rng = np.random.default_rng(1)
    signals = rng.random((5000, len(SIGNALS)))
    stream, hops, memory = Stream(models), 0, []
    begun = time.perf_counter()
    for number in range(DAY * FRAME_RATE):
        turn = float(number // 250 % 2)
        hops += len(stream.push(Frame(number / FRAME_RATE, float(number % 97 > 0), signals[number % 5000], turn)))
        if number % (3600 * FRAME_RATE) == 3600 * FRAME_RATE - 1:
            gc.collect()
            memory.append(_resident())
    hops += len(stream.close())
    taken = time.perf_counter() - begun
    print(
        f"24 h: {hops} hops in {taken:.0f} s ({DAY / taken:.0f} times as fast as time); resident after 1 h"
        f" {memory[0]:.1f} MB, after 24 h {memory[-1]:.1f} MB, at most {max(memory):.1f} MB"
    )


def _resident() -> float:
    """Megabytes of memory that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


if __name__ == "__main__":
    main()
