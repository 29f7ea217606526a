"""A copy of the project in which Snakemake runs."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.examples import forks

ROOT = Path(__file__).parents[2]
PARTS = ("Snakefile", "config", "workflow", "profiles", "src", "pyproject.toml")
SMALL = """
pathvars: {results: results, logs: results/logs, benchmarks: results/benchmarks}
corpus:
  simulated:
    splits:
      german-train: {recordings: 4, duration: 160}
      german-devel: {recordings: 2, duration: 80}
      german-test: {recordings: 2, duration: 80}
      hungarian-test: {recordings: 2, duration: 80}
      chinese-test: {recordings: 2, duration: 80}
network: {taps: 21}
training: {seeds: [1, 2], epochs: 20}
ladder: {seeds: [1, 2], networks: {A: {epochs: 1}, B: {epochs: 2}, C: {epochs: 2}, D: {epochs: 2}}}
selection: {epochs: 2, random: 1}
latency: {ahead: [0, 20], seeds: [1, 2], epochs: 20}
figures: {dpi: 60, excerpts: 2}
"""

TINY = (ROOT / "config/tiny.yaml").read_text(encoding="utf-8").replace("results/tiny", "results")
TINY = TINY.replace("figures:\n", "figures:\n  dpi: 60\n")
# With as many epochs and seeds as the networks themselves, so that scores can be compared.
TINY = TINY.replace("latency: {ahead: [0, 40], seeds: [1, 2], epochs: 20}",
                    "latency: {ahead: [0, 40], seeds: [1, 2, 3], epochs: 100}")  # fmt: skip
"""The tiny run, of which numbers are expected; it lies in `results`."""


@dataclass(frozen=True)
class Project:
    """A copy of the project.

    Attributes:
        folder: Where it lies.
    """

    folder: Path

    def snakemake(self, *arguments: str, overlay: str = "small.yaml") -> subprocess.CompletedProcess[str]:
        """Run Snakemake in the copy, with the copy's package."""
        return self._run(*forks.snakemake(), *arguments, "--cores", "2", "--configfile", overlay)

    def onefilter(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the copy, with the copy's package."""
        return self._run(sys.executable, "-m", "onefilter", *arguments)

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            arguments,
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(self.folder / "src")},
            capture_output=True,
            text=True,
            check=False,
        )

    def planned(self, overlay: str = "small.yaml", *wanted: str) -> set[str]:
        """Say which jobs a dry run would do, for everything or for some files: ``rule`` or ``rule:wildcards``."""
        result = self.snakemake("--dry-run", *wanted, overlay=overlay)
        assert result.returncode == 0, result.stdout + result.stderr
        jobs = set()
        for block in re.split(r"\n(?=(?:local)?rule \w+:)", result.stdout + result.stderr)[1:]:
            name = re.match(r"(?:local)?rule (\w+):", block)
            wildcards = re.search(r"wildcards: (.*)", block)
            assert name is not None
            values = re.findall(r"=([\w-]+)", wildcards[1]) if wildcards else []
            jobs.add(":".join([name[1], *values]))
        return jobs - {"all", "write_manifest"}

    @contextmanager
    def without(self, path: str) -> Iterator[None]:
        """Take a file away for a while."""
        content = (self.folder / path).read_bytes()
        (self.folder / path).unlink()
        try:
            yield
        finally:
            (self.folder / path).write_bytes(content)

    def overlay(self, change: Callable[[str], str], name: str = "changed.yaml") -> str:
        """Write a changed copy of the small configuration; give its name."""
        text = (self.folder / "small.yaml").read_text(encoding="utf-8")
        changed = change(text)
        assert changed != text
        (self.folder / name).write_text(changed, encoding="utf-8")
        return name


def copy_project(folder: Path) -> Project:
    """Copy what a run needs."""
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("*.egg-info"))
        else:
            shutil.copy(source, folder / part)
    (folder / "small.yaml").write_text(SMALL, encoding="utf-8")
    return Project(folder)


def after_features(split: str, target: str) -> set[str]:
    """Jobs that follow from other features of one test split (``culture:partition``), of one target."""
    return {
        f"compute_features:{split}", f"align_labels:{split}", "describe_corpus", "audit_labels", "verify_claims",
        f"predict_affect:{target}:{split}", f"score_predictions:{target}", "summarise_scores", "compare_scores",
        "compare_published", f"compute_relevance:{target}", "rank_features", f"check_explanations:{target}",
        "draw_boxes", "draw_heatmap", "draw_audit", "draw_scores", "draw_ranking", "draw_relevance", "draw_sanity",
        f"draw_predictions:{split}", f"draw_faces:{target}",
        "write_paper",
    }  # fmt: skip
