"""Training beside other programs: two threads in one process against one thread in each of two.

    .venv/bin/python -m benchmarks.load            # about four minutes

Paper size, 10 models (`benchmarks.training.engine`). A burner is a process that does nothing but compute. What counts
is how many steps of training are made in a second by all processes together, and what share of the rate without
burners that is.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

MODELS, ROUNDS = 10, 3
BURNERS = (0, 1, 4)
WAYS = {"one process, two threads": (1, 2), "two processes, one thread each": (2, 1)}
"""Number of processes, and of threads in each."""
PATIENCE = 240
"""Seconds after which a way counts as stuck."""
STEP = (
    "import logging, sys, torch, warnings; warnings.simplefilter('ignore');"
    "logging.getLogger('pytorch_lightning').setLevel(logging.ERROR);"
    "from benchmarks.training import engine; torch.set_num_threads(int(sys.argv[1]));"
    "print(engine(int(sys.argv[2]), rounds=int(sys.argv[3])))"
)


@contextmanager
def burning(count: int) -> Iterator[None]:
    """Keep so many processes busy."""
    burners = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()


def rate(processes: int, threads: int) -> float:
    """Steps per second of all processes together; 0 if they do not end."""
    command = [sys.executable, "-c", STEP, str(threads), str(MODELS), str(ROUNDS)]
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for _ in range(processes)
    ]
    end, found = time.monotonic() + PATIENCE, 0.0
    for process in running:
        try:
            found += 1e3 / float(process.communicate(timeout=max(end - time.monotonic(), 0.1))[0].splitlines()[-1])
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return found


def main() -> None:
    """Measure every way beside every number of burners, in one run."""
    print(f"{'way':32}" + "".join(f"{f'{count} burners':>16}" for count in BURNERS))
    for way, (processes, threads) in WAYS.items():
        rates = []
        for count in BURNERS:
            with burning(count):
                rates.append(rate(processes, threads))
        shares = "".join(f"{f'{each:.1f}/s ({each / rates[0]:.0%})':>16}" for each in rates)
        print(f"{way:32}{shares}", flush=True)


if __name__ == "__main__":
    main()
