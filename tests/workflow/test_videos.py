"""A study that begins with videos. A stand-in behaves as OpenFace's documentation says; OpenFace itself is not here."""

import stat
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
import yaml

from onefilter.corpus.simulated import simulate
from onefilter.names import AUS
from tests.examples.workflow import Project, copy_project

POSE = ("Tx", "Ty", "Tz", "Rx", "Ry", "Rz")
HEADER = ", ".join(["frame", "face_id", "timestamp", "confidence", "success", *(f"pose_{kind}" for kind in POSE),
                    *(f"{unit}_r" for unit in AUS)]) + "\n"  # fmt: skip
PARTITIONS = ("train", "devel", "test")
PROGRAM = """#!{python} -IS
import os
import sys
from pathlib import Path

HEADER = {header!r}
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
video, folder, name = Path(given["-f"]), Path(given["-out_dir"]), given["-of"]
assert sys.argv[7:] == ["-aus", "-pose"], sys.argv
with open("started.txt", "a") as started:
    started.write(f"{{video.stem}}\\n")
print(f"Attempting to read from file: {{video}}")
content = video.read_text().split()
if content[0] in ("header", "rubbish"):
    text = "frame, face_id, timestamp\\n" if content[0] == "rubbish" else HEADER
    (folder / f"{{name}}.csv").write_text(text)
    print("\\x1b]0;title\\x07 done")
    sys.exit(0)
if content[0] == "signal":
    os.kill(os.getpid(), 9)
if content[0] != "showing":
    print("Could not open the input file")
    sys.exit(int(content[1]))
(folder / f"{{name}}.csv").write_bytes(Path(content[1]).read_bytes())
(folder / f"{{name}}_of_details.txt").write_text(f"Input:{{video}}\\n")
"""
OVERLAY = {
    "pathvars": {"results": "results/own", "logs": "results/own/logs", "benchmarks": "results/own/benchmarks"},
    "corpus": {
        "source": "openface",
        "recordings": "own.tsv",
        "signals": ["confidence", "intensities", "pose"],
        "openface": {"program": "tools/FeatureExtraction"},
    },
    "cultures": ["own"],
    "targets": {"arousal": None, "valence": {"delay": 2.8}, "liking": None},
    "training": {"cultures": ["own"]},
    "worlds": {"target": "valence"},
}
WANTED = [f"results/own/labels/own-{partition}.parquet" for partition in PARTITIONS]


def film(folder: Path, name: str, seed: int) -> pd.DataFrame:
    """Make a video of a person, in which the program sees this person's frames; give the labels."""
    found = simulate(name, "german", 30.0, seed=seed)
    frames = found.frames.round(3).assign(**{f"pose_{kind}": 0.1 for kind in POSE})
    # OpenFace puts a blank before every name but the first.
    frames.columns = [frames.columns[0], *(f" {column}" for column in frames.columns[1:])]
    frames.to_csv(folder / f"tools/{name}-{seed}.csv", index=False)
    (folder / f"videos of people/{name}.mp4").write_text(f"showing tools/{name}-{seed}.csv")
    return found.labels


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A study of three videos, and a program that takes them for what they are."""
    made = copy_project(tmp_path_factory.mktemp("videos"))
    (made.folder / "tools").mkdir()
    (made.folder / "videos of people").mkdir()
    program = made.folder / "tools/FeatureExtraction"
    program.write_text(PROGRAM.format(python=sys.executable, header=HEADER))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    lines = ["recording\tculture\tpartition\tvideo\tlabels"]
    for seed, partition in enumerate(PARTITIONS):
        film(made.folder, partition, seed).to_csv(made.folder / f"{partition}.csv", index=False)
        lines.append(f"{partition}\town\t{partition}\tvideos of people/{partition}.mp4\t{partition}.csv")
    (made.folder / "own.tsv").write_text("\n".join(lines) + "\n")
    (made.folder / "own.yaml").write_text(yaml.safe_dump(OVERLAY))
    result = made.snakemake(*WANTED, overlay="own.yaml")
    assert result.returncode == 0, result.stdout + result.stderr
    return made


def started(project: Project) -> list[str]:
    """The videos on which the program was started so far, in order of names."""
    return sorted((project.folder / "started.txt").read_text().split())


def test_videos_become_features(project: Project) -> None:
    """One start per video; its CSV is the recording's; what was asked for beyond action units is there."""
    assert started(project) == sorted(PARTITIONS)
    results = project.folder / "results/own"
    frames = pl.read_csv(results / "corpus/openface/test.csv")
    assert [name.strip() for name in frames.columns][-6:] == [f"pose_{kind}" for kind in
                                                              ("Tx", "Ty", "Tz", "Rx", "Ry", "Rz")]  # fmt: skip
    left = {path.name for path in (results / "corpus/openface").iterdir()}
    assert left == {f"{partition}.csv" for partition in PARTITIONS}
    features = pl.read_parquet(results / "features/own-test.parquet")
    assert features["pose_Tx_mean"].to_list() == pytest.approx([0.1] * len(features))
    assert features["AU12_mean"].n_unique() > 1
    log = (results / "logs/run_openface/test.log").read_text()
    assert "Attempting to read from file" in log
    assert "Input:" in log


def test_only_another_video_is_gone_through_again(project: Project) -> None:
    """Nothing to be done, twice; another video of the same age is noticed, and only its recording is made again."""
    for _ in range(2):
        again = project.snakemake(*WANTED, overlay="own.yaml")
        assert "Nothing to be done" in again.stdout + again.stderr
    before = started(project)
    film(project.folder, "test", 9)
    result = project.snakemake(*WANTED, overlay="own.yaml")
    assert result.returncode == 0, result.stderr
    assert started(project) == sorted([*before, "test"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"broken 3": "OpenFace ended with code 3; its last words: Could not open the input file",
         "broken 0": "OpenFace wrote no CSV; its last words: Could not open",
         "header 0": "OpenFace wrote a header and no frame; its last words: \\x1b]0;title\\x07 done"},
        {"rubbish 0": "OpenFace wrote what is no table of its own",
         "signal 0": "OpenFace was ended by a signal (Killed)"},
    ],
)  # fmt: skip
def test_videos_that_cannot_be_read(project: Project, wrong: dict[str, str]) -> None:
    """One line that names the video and OpenFace's own words; the run goes on from there."""
    paths = [project.folder / f"videos of people/{partition}.mp4" for partition in PARTITIONS][: len(wrong)]
    good = [path.read_text() for path in paths]
    for path, content in zip(paths, wrong, strict=True):
        path.write_text(content)
    refused = project.snakemake("--keep-going", *WANTED, overlay="own.yaml")
    for path, content in zip(paths, good, strict=True):
        path.write_text(content)
    assert refused.returncode != 0
    for path, expected in zip(paths, wrong.values(), strict=True):
        assert f"videos of people/{path.name}: {expected}" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert project.snakemake(*WANTED, overlay="own.yaml").returncode == 0


def test_where_openface_is_not(project: Project) -> None:
    """One line with what to install, before anything runs; of videos that are done, another program changes nothing."""
    corpus: dict[str, Any] = OVERLAY["corpus"]  # type: ignore[assignment]
    lost = yaml.safe_dump(OVERLAY | {"corpus": corpus | {"openface": {"program": "nowhere/FE"}}})
    (project.folder / "lost.yaml").write_text(lost)
    again = project.snakemake(*WANTED, overlay="lost.yaml")
    assert again.returncode == 0, again.stderr
    assert "Nothing to be done" in again.stdout + again.stderr
    for name in ("corpus/openface/train.csv", "features/own-train.parquet", "labels/own-train.parquet"):
        (project.folder / "results/own" / name).unlink()
    refused = project.snakemake(*WANTED, overlay="lost.yaml")
    assert refused.returncode != 0
    assert "corpus.openface.program: there is no nowhere/FE, which videos need; install OpenFace 2.2" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert project.snakemake(*WANTED, overlay="own.yaml").returncode == 0
