"""Planning a run: what `snakemake -n` costs with ever more recordings.

    python -m benchmarks.planning                      # minutes; simulated recordings, and tables of one's own
    python -m benchmarks.planning --sample 100000      # plans so many of one's own, and predicts two batches of them

Nothing is simulated, and nothing computed but for the sample. The files of one's own tables are small and all
different, because a run looks at each of them; the second of two dry runs is measured, which no longer reads what it
has read. Those of the sample's batches, the first and the last, are OpenFace's, a minute at 30 frames per second.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tests.examples.model import CARD, model
from tests.examples.openface import header, rows
from tests.examples.workflow import Project, copy_project

from benchmarks.growth import SHARES, used
from onefilter.model.file import write_model

TARGETS = ("arousal", "valence", "liking")
BATCH = 200


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
    for target in TARGETS:
        (project.folder / f"{target}.safetensors").touch()
        models.append(f"{target}: {target}.safetensors")
    (project.folder / "many.yaml").write_text(
        f"corpus: {{source: openface, recordings: own.tsv}}\nmodel_files: {{{', '.join(models)}}}\n"
    )


FRAMES = 1800


def sample(project: Project, count: int) -> None:
    """Plan so many recordings, and predict three targets in the first and the last batch of them."""
    own(project, count)
    for target in TARGETS:
        write_model(project.folder / f"{target}.safetensors", model(replace(CARD, target=target)))
    with (project.folder / "many.yaml").open("a") as configuration:
        configuration.write("targets: {" + ", ".join(f"{name}: {{delay: {CARD.delay}}}" for name in TARGETS) + "}\n")
    columns = header("2.2")
    table, _ = rows(columns, frames=FRAMES, fps=30)
    lines = [",".join(row) for row in (columns, *table)]
    batches = -(-count // BATCH)
    sampled = [*range(BATCH), *range((batches - 1) * BATCH, count)]
    for place, number in enumerate(sampled):
        # Each lacks other frames at its end.
        text = "\n".join(lines[: len(lines) - place])
        (project.folder / f"openface/{number}.csv").write_text(text + "\n")
    for how in ("files never seen", "files seen before"):
        wall, processor, memory = planned(project.folder)
        print(f"{count} planned, {how}: {wall:.0f} s, {processor:.0f} s of the processor, {memory:.2f} GB", flush=True)
    names = [f"german-unlabelled.{batch:03d}" for batch in (1, batches)]
    wanted = [f"results/predictions/{target}/{name}.parquet" for target in TARGETS for name in names]
    result = project.snakemake("--quiet", "all", "--no-hooks", *wanted, overlay="many.yaml")
    if result.returncode:
        raise SystemExit(result.stderr)
    for rule, (seconds, megabytes) in used(project.folder / "results/logs").items():
        pace = f"{len(sampled) / seconds:.0f} recordings per second and core, " if seconds else ""
        print(f"{rule}: {pace}{megabytes:.0f} MB at most")


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
    parser.add_argument("--sample", type=int, help="plan so many of one's own, predict two batches of them")
    options = parser.parse_args()
    if options.sample is not None and options.sample <= BATCH:
        parser.error(f"--sample {options.sample}: a sample is two batches, so there must be more than {BATCH}")
    if options.sample is not None:
        with tempfile.TemporaryDirectory() as name:
            sample(copy_project(Path(name)), options.sample)
        return
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
