"""Planning a run: what `snakemake -n` costs with ever more recordings.

    python -m benchmarks.planning                      # minutes; simulated recordings, and tables of one's own

Nothing is simulated or computed. The files of one's own tables are small and all different, because a run looks at
each of them; the second of two dry runs is measured, which no longer reads what it has read.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.examples.workflow import Project, copy_project

SHARES = {"german-train": 0.17, "german-devel": 0.07, "german-test": 0.08, "hungarian-test": 0.33, "chinese-test": 0.35}
"""Of all recordings, as in the default run."""


def simulated(project: Project, count: int) -> None:
    """Ask for so many simulated recordings."""
    splits = "".join(
        f"      {split}: {{recordings: {round(share * count)}, duration: {150.0 * round(share * count)}}}\n"
        for split, share in SHARES.items()
    )
    (project.folder / "many.yaml").write_text(f"corpus:\n  simulated:\n    splits:\n{splits}")


def own(project: Project, count: int) -> None:
    """List so many recordings without labels, to which trained models are applied."""
    folder = project.folder / "openface"
    folder.mkdir()
    rows = ["recording\tculture\tpartition\topenface"]
    for number in range(count):
        (folder / f"{number}.csv").write_text(f"{number}" + "x" * (number % 1000))
        rows.append(f"r{number}\tgerman\tunlabelled\topenface/{number}.csv")
    (project.folder / "own.tsv").write_text("\n".join(rows) + "\n")
    models = []
    for target in ("arousal", "valence", "liking"):
        (project.folder / f"{target}.safetensors").touch()
        models.append(f"{target}: {target}.safetensors")
    (project.folder / "many.yaml").write_text(
        f"corpus: {{source: openface, recordings: own.tsv}}\nmodel_files: {{{', '.join(models)}}}\n"
    )


def planned(folder: Path) -> tuple[float, float, float]:
    """Plan once; give the seconds that went by, those of the processor, and the peak of memory (GB)."""
    command = [sys.executable, "-m", "snakemake", "--dry-run", "--quiet", "all", "--cores", "2", "--configfile",
               "many.yaml"]  # fmt: skip
    begun = time.monotonic()
    process = subprocess.Popen(
        command, cwd=folder, env={**os.environ, "PYTHONPATH": "src"}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    said = process.stderr.read().decode()
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(said)
    return time.monotonic() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss / 1e6


def main() -> None:
    """Plan with every number of recordings; print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulated", type=int, nargs="*", default=[200, 2000, 10_000])
    parser.add_argument("--own", type=int, nargs="*", default=[1000, 10_000, 100_000])
    options = parser.parse_args()
    prepare: dict[str, Callable[[Project, int], None]] = {"simulated": simulated, "own": own}
    for kind, write in prepare.items():
        for count in getattr(options, kind):
            with tempfile.TemporaryDirectory() as name:
                project = copy_project(Path(name))
                write(project, count)
                planned(project.folder)
                wall, processor, memory = planned(project.folder)
                print(f"{kind:10}{count:8}{wall:8.1f} s{processor:8.1f} s of the processor{memory:6.2f} GB", flush=True)


if __name__ == "__main__":
    main()
