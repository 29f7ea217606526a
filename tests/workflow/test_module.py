"""Another workflow uses the rules: it finds their tables, and puts their results where it wants them."""

import subprocess
from pathlib import Path

import pytest

from tests.examples import forks
from tests.examples.workflow import ROOT, SMALL

WORKFLOW = """
configfile: "small.yaml"


module onefilter:
    snakefile: "{root}/Snakefile"
    config: config
    {prefix}


use rule * from onefilter as onefilter_*


rule everything:
    default_target: True
    input:
        rules.onefilter_all.input,
"""


def snakemake(folder: Path, *arguments: str) -> str:
    """Run another workflow; give what it says."""
    command = [*forks.snakemake(), "--cores", "2", *arguments]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout + result.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("prefix", "files"), [("", ["labels/german-devel.parquet"]), ("study/one", ["audit/sentences.tsv"])]
)
def test_rules_in_another_workflow(tmp_path: Path, prefix: str, files: list[str]) -> None:
    """All jobs are planned, and steps find the files that other steps have left, also under a prefix."""
    (tmp_path / "small.yaml").write_text(SMALL)
    line = f'prefix: "{prefix}"' if prefix else ""
    (tmp_path / "Snakefile").write_text(WORKFLOW.format(root=ROOT, prefix=line))
    planned = snakemake(tmp_path, "--dry-run")
    for table in ("claims.yaml", "perception.tsv", "systems.tsv", "expected/simulated.tsv"):
        assert str(ROOT / "config" / table) in planned
    place = f"{prefix}/" * bool(prefix)
    assert f"output: {place}results/manifest.tsv" in planned
    wanted = [f"{place}results/{name}" for name in files]
    snakemake(tmp_path, *wanted)
    assert all((tmp_path / path).is_file() for path in wanted)
    assert {path.name for path in tmp_path.iterdir()} <= {
        "small.yaml", "Snakefile", ".snakemake", wanted[0].partition("/")[0],
    }  # fmt: skip
