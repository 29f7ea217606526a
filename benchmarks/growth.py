"""What a run costs with ever more recordings: processor and memory of every rule, and how they grow.

    python -m benchmarks.growth                     # ten minutes and more: 200, 600 and 2,000 simulated recordings
    python -m benchmarks.growth --times 1 50 --rules predict_affect train_networks

Short recordings, one target, few epochs; everything else as in the default run. The figures are those that each step
leaves in the last line of its log: seconds of the processor, added up over a rule's jobs, and the most memory that one
of them took. An exponent of 1 is proportional to the number of recordings, one of 0 independent of it.
"""

from onefilter.workflow.step import USED

import argparse
import math
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tests.examples.workflow import copy_project

BASE, SECONDS, EPOCHS = 200, 40.0, 50
SHARES = {"german-train": 0.17, "german-devel": 0.07, "german-test": 0.08, "hungarian-test": 0.33, "chinese-test": 0.35}
"""Of all recordings, as in the default run."""
CONFIGURATION = """
corpus:
  simulated:
    splits:
{splits}
targets: {{arousal: null, liking: null}}
training: {{epochs: {epochs}}}
verification: {{expected: null}}
figures: {{dpi: 60}}
"""
LINE = re.compile(USED.replace("%.1f", r"([\d.]+)").replace("%.0f", r"(\d+)"))
Used = dict[str, tuple[float, float]]
"""By rule: seconds of the processor, memory (MB)."""


def used(logs: Path) -> Used:
    """Read what a run's steps have used off their logs."""
    found: Used = {}
    for log in logs.rglob("*.log"):
        rule = log.relative_to(logs).parts[0].removesuffix(".log")
        match = LINE.search(log.read_text(encoding="utf-8"))
        if match is not None:
            seconds, memory = found.get(rule, (0.0, 0.0))
            found[rule] = (seconds + float(match[1]), max(memory, float(match[2])))
    return found


def run(recordings: int, rules: Iterable[str]) -> Used:
    """Run the pipeline on so many recordings, up to some rules or all of it."""
    splits = "\n".join(
        f"      {split}: {{recordings: {round(share * recordings)}, duration: {SECONDS * round(share * recordings)}}}"
        for split, share in SHARES.items()
    )
    with tempfile.TemporaryDirectory() as name:
        project = copy_project(Path(name))
        (project.folder / "many.yaml").write_text(CONFIGURATION.format(splits=splits, epochs=EPOCHS))
        command = [sys.executable, "-m", "snakemake", "--cores", "2", "--configfile", "many.yaml", "--quiet", "all"]
        command.append("--no-hooks")  # Of forks, memory counts what they share (`onefilter.workflow.forkserver`).
        until = ["--until", *rules] if rules else []
        environment = {**os.environ, "PYTHONPATH": str(project.folder / "src")}
        done = subprocess.run([*command, *until], cwd=project.folder, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(done.stderr[-2000:])
        return used(project.folder / "results/logs")


def exponent(values: list[float], times: list[float]) -> float:
    """How values grow: the slope between the first and the last on logarithmic scales; NaN for what is too little."""
    if len(times) < 2 or values[0] <= 0 or values[-1] <= 0:
        return math.nan
    return math.log(values[-1] / values[0]) / math.log(times[-1] / times[0])


def main() -> None:
    """Run every size; print a row for each rule, the dearest first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=float, nargs="+", default=[1, 3, 10])
    parser.add_argument("--rules", nargs="*", default=[], help="run up to these only")
    options = parser.parse_args()
    runs = [run(round(BASE * times), options.rules) for times in options.times]
    sizes = " | ".join(f"×{times:g}" for times in options.times)
    print(f"| rule | s of the processor: {sizes} | exponent | MB at most: {sizes} | exponent |")
    print("|---" * (2 * len(runs) + 3) + "|")
    for rule in sorted(runs[-1], key=lambda rule: -runs[-1][rule][0]):
        row = [rule]
        for place, form in ((0, ".1f"), (1, ".0f")):
            values = [each[rule][place] for each in runs]
            row += [*(f"{value:{form}}" for value in values), f"{exponent(values, options.times):.2f}"]
        print("|", " | ".join(row), "|")
    for times, each in zip(options.times, runs, strict=True):
        seconds = sum(value for value, _ in each.values())
        print(f"{BASE * times:.0f} recordings: {BASE * times / seconds:.2f} per second and core", flush=True)


if __name__ == "__main__":
    main()
