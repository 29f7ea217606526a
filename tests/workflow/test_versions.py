"""DVC: pointers to the published models, pulling them, and what it reads of a run."""

import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import boto3
import numpy as np
import polars as pl
import pytest
import yaml

from onefilter.commands.inspect import describe
from onefilter.corpus.twin import TARGETS
from onefilter.model.file import read_model
from tests.examples.keras import conv, dense, draw, write
from tests.examples.openface import header, rows
from tests.examples.workflow import ROOT, Project, after_features, copy_project

PUBLISHED = {
    "valence": ("DHCresults/2/m1000_tr0.687_dv0.608_ts0.625_tc0.420.h5", "8fa582cd30ff0244643da7f6b70b4b78", 45248),
    "valence-k50-l1": (
        "DHCresults/5/m1191_tr0.649_dv0.602_ts0.602_tc0.415.h5", "e6ad9c57d7523573694cbd701f2bbab5", 34648,
    ),
    "arousal": ("DHCresults/7/m457_tr0.595_dv0.599_ts0.606_tc0.525.h5", "5fa259abca30d73f6fc4f307c0bd6150", 43528),
    "liking": ("m78_tr0.302_dv0.236_ts0.192_tc0.052.h5", "c897759f49cdf9e29bc455da73641ea2", 86816),
}  # fmt: skip
TAPS = {"valence": 80, "valence-k50-l1": 50, "arousal": 80, "liking": 60}


def run(*command: str, folder: Path) -> str:
    """Run a command that must succeed; give what it says."""
    settings = {"DVC_NO_ANALYTICS": "1", "GIT_CONFIG_GLOBAL": os.devnull, "DVC_GLOBAL_CONFIG_DIR": str(folder / ".g")}
    who = {f"GIT_{role}_{what}": "t@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    result = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env={**os.environ, **settings, **who}
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def dvc(*arguments: str, folder: Path) -> str:
    """Run DVC."""
    return run(sys.executable, "-m", "dvc", *arguments, folder=folder)


def make(*arguments: str, folder: Path) -> str:
    """Run one of the Makefile's commands in a copy of the project, with what is installed here."""
    for name in ("Makefile", "requirements.lock"):
        shutil.copy2(ROOT / name, folder / name)
    if not (folder / ".venv").exists():
        (folder / ".venv").symlink_to(sys.prefix)
    # Nothing is installed anew: the environment is that of the tests themselves.
    # The package is the copy's own, as it is after an installation there.
    own = f"PYTHONPATH={folder / 'src'}"
    return run("env", own, "make", "-o", ".venv/pipeline", *arguments, folder=folder)


def test_the_pointers() -> None:
    """Repository, revision, path, checksum and size of each; frozen; no file of that repository is here."""
    folder = ROOT / "models/published"
    assert {path.name for path in folder.glob("*.dvc")} == {f"{name}.h5.dvc" for name in PUBLISHED}
    for name, (path, md5, size) in PUBLISHED.items():
        pointer = yaml.safe_load((folder / f"{name}.h5.dvc").read_text(encoding="utf-8"))
        assert pointer["frozen"] is True
        assert pointer["deps"] == [
            {
                "path": path,
                "repo": {
                    "url": "https://github.com/vedhasua/tiny_emotionet",
                    "rev": "228aaf9",
                    "rev_lock": "228aaf922833217ae2e0f159ebf933a377b07bb4",
                },
            }
        ]
        assert pointer["outs"] == [{"md5": md5, "size": size, "hash": "md5", "path": f"{name}.h5"}]
    tracked = run("git", "ls-files", folder=ROOT) if (ROOT / ".git").exists() else ""
    assert not [line for line in tracked.splitlines() if line.endswith(".h5")]
    config = (ROOT / ".dvc/config").read_text(encoding="utf-8")
    assert "analytics = false" in config


@pytest.fixture(scope="module")
def pulled(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose pointers lead to a local repository with Keras files of our own at the published paths."""
    source = tmp_path_factory.mktemp("source")
    run("git", "init", "-q", folder=source)
    for number, (name, (path, _, _)) in enumerate(PUBLISHED.items()):
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        kernel = 0.01 * draw(TAPS[name], 37, 1, seed=number)
        layers = [conv("conv1d_1", kernel, draw(1))]
        if name == "liking":
            # Not what is published: several layers go through the pipeline, too.
            wide = conv("conv1d_1", 0.05 * draw(11, 37, 4, seed=number), draw(4), activation="relu")
            layers = [wide, conv("conv1d_2", 0.2 * draw(5, 4, 1, seed=number), draw(1))]
        write(source / path, [*layers, dense("time_distributed_1", draw(1, 1), draw(1))])
    run("git", "add", "-A", folder=source)
    run("git", "commit", "-qm", "models", folder=source)
    revision = run("git", "rev-parse", "HEAD", folder=source).strip()

    project = copy_project(tmp_path_factory.mktemp("pulled"))
    for part in (".dvc/config", ".dvc/.gitignore", ".dvcignore", "dvc.yaml", "models/published"):
        target = project.folder / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, target, ignore=shutil.ignore_patterns("*.h5"))
        else:
            shutil.copy(ROOT / part, target)
    run("git", "init", "-q", folder=project.folder)
    for name, (path, _, _) in PUBLISHED.items():
        pointer = project.folder / f"models/published/{name}.h5.dvc"
        content = yaml.safe_load(pointer.read_text(encoding="utf-8"))
        data = (source / path).read_bytes()
        content["deps"][0]["repo"] = {"url": source.as_uri(), "rev": revision, "rev_lock": revision}
        content["outs"][0] |= {"md5": hashlib.md5(data, usedforsecurity=False).hexdigest(), "size": len(data)}
        del content["md5"]
        pointer.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    dvc("pull", "-R", "models/published", folder=project.folder)
    return project


def test_pulled_models_go_through_the_pipeline(pulled: Project) -> None:
    """From the pointers to predictions, filters and relevance on one's own recording, with config/published.yaml."""
    assert (pulled.folder / "models/published/valence-k50-l1.h5").exists()
    table, _ = rows(header("2.2"), frames=700)
    csv = pulled.folder / "mine.csv"
    csv.write_text("\n".join([",".join(header("2.2")), *(",".join(row) for row in table)]) + "\n", encoding="utf-8")
    listed = "recording\tculture\tpartition\topenface\tturns\tlabels\nmine\tgerman\tunlabelled\tmine.csv\t\t\n"
    (pulled.folder / "config/own.tsv").write_text(listed, encoding="utf-8")
    result = pulled.snakemake(overlay="config/published.yaml")
    assert result.returncode == 0, result.stdout + result.stderr
    results = pulled.folder / "results/published"
    for target in TARGETS:
        predicted = pl.read_parquet(results / f"predictions/{target}/german-unlabelled.parquet")
        assert predicted.height == 140
        assert (results / f"figures/filters-{target}.png").exists()
        assert (results / f"figures/relevance-{target}.png").exists()
    assert (results / "audit/sentences.tsv").exists()
    # Of several layers, the linear part is explained, and the log says how much of it that is.
    log = (results / "logs/linearise_models/liking.log").read_text(encoding="utf-8")
    correlation = re.search(r"has 3 layers; what is explained is its linear part, .* its own by (\d\.\d+)", log)
    assert correlation is not None, log
    assert 0 < float(correlation[1]) < 1
    part = read_model(results / "linear/liking/best.safetensors")
    assert part.filter.shape == (15, 37)
    same = [(results / place / "valence/adopted.safetensors").read_bytes() for place in ("linear", "models")]
    assert same[0] == same[1]
    # Live, too: three models of different reach.
    options = [option for target in TARGETS for option in ("-m", f"results/published/models/{target}/best.safetensors")]
    run(sys.executable, "-m", "onefilter.cli", "live", "--follow", "mine.csv", *options, "--patience", "0.2",
        "-o", "live.csv", folder=pulled.folder)  # fmt: skip
    live = pl.read_csv(pulled.folder / "live.csv")
    for target in TARGETS:
        predicted = pl.read_parquet(results / f"predictions/{target}/german-unlabelled.parquet")
        assert predicted.columns == ["recording", "time", "adopted"]
        np.testing.assert_allclose(live[target].to_numpy(), predicted["adopted"].to_numpy(), atol=1e-6)


def test_missing_published_models_are_named(pulled: Project) -> None:
    """Before anything runs, with the command that fetches them."""
    with pulled.without("models/published/liking.h5"):
        result = pulled.snakemake("--dry-run", overlay="config/published.yaml")
    assert result.returncode != 0
    assert "there is no models/published/liking.h5; `dvc pull` fetches the published ones" in result.stdout


def test_what_dvc_reads_of_a_run(pulled: Project) -> None:
    """Metrics, parameters and plots, without stages."""
    results = pulled.folder / "results"
    (results / "scores").mkdir(parents=True, exist_ok=True)
    (results / "metrics.json").write_text(json.dumps({"valence": {"german-test": 0.5}}), encoding="utf-8")
    (results / "scores/summary.tsv").write_text("culture\tccc_best\ngerman\t0.5\n", encoding="utf-8")
    run("git", "add", "-A", folder=pulled.folder)
    run("git", "commit", "-qm", "run", folder=pulled.folder)
    shown = json.loads(dvc("metrics", "show", "--json", folder=pulled.folder))
    assert shown[""]["data"]["results/metrics.json"]["data"]["valence"]["german-test"] == 0.5
    config = pulled.folder / "config/config.yaml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("window: 1.0", "window: 2.0"), encoding="utf-8")
    changed = json.loads(dvc("params", "diff", "--json", folder=pulled.folder))
    config.write_text(text, encoding="utf-8")
    assert changed["config/config.yaml"] == {"features.window": {"old": 1.0, "new": 2.0, "diff": 1.0}}
    assert "index.html" in dvc("plots", "show", folder=pulled.folder)
    assert "stages" not in yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))


def test_nothing_is_owned_by_both(pulled: Project) -> None:
    """DVC keeps data/ and models/, Snakemake makes results/."""
    kept = dvc("list", ".", "--dvc-only", "-R", folder=pulled.folder).split()
    assert kept
    assert all(path.startswith(("data/", "models/")) for path in kept)
    for module in (ROOT / "workflow/rules").glob("*.smk"):
        text = module.read_text(encoding="utf-8")
        outputs = [part.partition("log:")[0] for part in text.split("output:")[1:]]
        assert not [line for part in outputs for line in part.splitlines() if '"models/' in line or '"data/' in line]


@pytest.fixture(scope="module")
def versioned(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A git repository whose recordings DVC keeps, run once: four of the twin's as one's own, with labels."""
    mine = copy_project(tmp_path_factory.mktemp("versioned"))
    shutil.copy(ROOT / "dvc.yaml", mine.folder)  # where artifacts are named
    run("git", "init", "-q", folder=mine.folder)
    dvc("init", "-q", folder=mine.folder)
    dvc("remote", "add", "-d", "storage", str(tmp_path_factory.mktemp("storage")), folder=mine.folder)
    table = ["recording\tculture\tpartition\topenface\tturns\tlabels"]
    cultures = {"DE": "german", "HU": "hungarian"}
    for name in ("Train_DE_01", "Train_DE_02", "Devel_DE_01", "Test_HU_01"):
        files = []
        for kind in ("openface", "turns", "labels"):
            target = mine.folder / f"data/mine/{kind}/{name}.csv"
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(project.folder / f"results/corpus/{kind}/{name}.csv", target)
            files.append(str(target.relative_to(mine.folder)))
        partition, code, _ = name.split("_")
        table.append("\t".join([name, cultures[code], partition.lower(), *files]))
    (mine.folder / "config/own.tsv").write_text("\n".join(table) + "\n", encoding="utf-8")
    overlay = (
        "pathvars: {results: results, logs: results/logs, benchmarks: results/benchmarks}\n"
        "corpus: {source: openface}\nnetwork: {taps: 41}\ntraining: {seeds: [1, 2], epochs: 5}\nfigures: {dpi: 60}\n"
        "verification: {expected: null}\ntargets: {arousal: null, liking: null}\n"
    )
    (mine.folder / "mine.yaml").write_text(overlay, encoding="utf-8")
    (mine.folder / ".gitignore").write_text("/results/\n/.snakemake/\n__pycache__/\n", encoding="utf-8")
    dvc("add", "-q", "data/mine", folder=mine.folder)
    run("git", "add", "-A", folder=mine.folder)
    run("git", "commit", "-qm", "first", folder=mine.folder)
    dvc("push", "-q", folder=mine.folder)
    result = mine.snakemake(overlay="mine.yaml")
    assert result.returncode == 0, result.stdout + result.stderr
    assert mine.planned("mine.yaml") == set()
    return mine


OF_HUNGARIAN = after_features("hungarian:test", "valence")
"""What depends on the Hungarian recording."""


def test_another_version_of_the_data_reruns_what_depends_on_it(versioned: Project) -> None:
    """A new version of one recording reruns its split's rules, checking out the old one does so again; no others."""
    folder = versioned.folder
    path = folder / "data/mine/openface/Test_HU_01.csv"
    before = path.read_bytes()
    path.write_bytes(before.replace(b",0.98,1,", b",0.97,1,", 1))
    dvc("add", "-q", "data/mine", folder=folder)
    run("git", "add", "-A", folder=folder)
    run("git", "commit", "-qm", "second", folder=folder)
    assert versioned.planned("mine.yaml") == OF_HUNGARIAN
    result = versioned.snakemake(overlay="mine.yaml")
    assert result.returncode == 0, result.stdout + result.stderr
    run("git", "checkout", "-q", "HEAD~1", folder=folder)
    dvc("checkout", "-q", folder=folder)
    assert path.read_bytes() == before
    assert versioned.planned("mine.yaml") == OF_HUNGARIAN
    run("git", "checkout", "-q", "-", folder=folder)
    dvc("checkout", "-q", folder=folder)
    dvc("push", "-q", folder=folder)


KILL = """
import os, signal, sys
if "compute_features" in " ".join(sys.orig_argv):
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_failure_is_not_forgotten(versioned: Project) -> None:
    """A spoilt label, or a job that is killed: the next run fails again, or makes what was lost."""
    folder, scores = versioned.folder, "results/scores/summary.tsv"
    labels, frames = folder / "data/mine/labels/Test_HU_01.csv", folder / "data/mine/openface/Test_HU_01.csv"
    good = {path: path.read_bytes() for path in (labels, frames)}
    labels.write_bytes(good[labels].replace(b"\n1.000000,", b"\n1.000000x,", 1))
    for _ in range(2):
        result = versioned.snakemake(scores, overlay="mine.yaml")
        assert result.returncode != 0
        assert "'1.000000x' is not a finite number" in result.stderr
    labels.write_bytes(good[labels])
    result = versioned.snakemake(scores, overlay="mine.yaml")
    assert result.returncode == 0, result.stdout + result.stderr
    assert versioned.planned("mine.yaml", scores) == set()

    frames.write_bytes(good[frames].replace(b",0.98,1,", b",0.96,1,", 1))
    killer = folder / "src/sitecustomize.py"
    killer.write_text(KILL, encoding="utf-8")
    # A fork would not look for it.
    assert versioned.snakemake(scores, "--no-hooks", overlay="mine.yaml").returncode != 0
    killer.unlink()
    assert versioned.planned("mine.yaml") == OF_HUNGARIAN
    result = versioned.snakemake(scores, overlay="mine.yaml")
    assert result.returncode == 0, result.stdout + result.stderr
    frames.write_bytes(good[frames])
    assert versioned.snakemake(overlay="mine.yaml").returncode == 0
    assert versioned.planned("mine.yaml") == set()


@pytest.mark.parametrize("link", ["copy", "hardlink", "symlink"])
def test_an_older_version_is_noticed(versioned: Project, tmp_path: Path, link: str) -> None:
    """A file that is replaced by one with an older time is another file, however it was put there."""
    path = versioned.folder / "data/mine/openface/Test_HU_01.csv"
    before, older = path.read_bytes(), tmp_path / "older.csv"
    times = (path.stat().st_atime, path.stat().st_mtime)
    older.write_bytes(before.replace(b",0.98,1,", b",0.95,1,", 1))
    os.utime(older, (1.0e9, 1.0e9))
    path.unlink()
    if link == "copy":
        shutil.copy2(older, path)
    else:
        getattr(path, f"{link}_to")(older)
    assert versioned.planned("mine.yaml") == OF_HUNGARIAN
    path.unlink()
    path.write_bytes(before)
    os.utime(path, times)
    assert versioned.planned("mine.yaml") == set()


def test_a_damaged_table_is_made_again(versioned: Project) -> None:
    """One line with the file; it is removed, and the next run makes it again."""
    table = versioned.folder / "results/features/hungarian-test.parquet"
    whole = table.read_bytes()
    table.write_bytes(whole[: len(whole) // 2])
    predictions = "results/predictions/valence/hungarian-test.parquet"
    result = versioned.snakemake(predictions, overlay="mine.yaml")
    assert result.returncode != 0
    assert f"{table.name}: was damaged and is removed; run again, and rule compute_features makes it" in result.stderr
    assert "Traceback" not in result.stderr
    # The predictions, made of the whole table, are as they were; a run of everything brings the table back.
    assert versioned.snakemake(predictions, overlay="mine.yaml").returncode == 0
    assert versioned.snakemake(overlay="mine.yaml").returncode == 0
    assert table.read_bytes() == whole


def test_a_table_that_is_cut_is_made_again(versioned: Project) -> None:
    """Half of its lines are a table, too: that no rule has made it so is noticed before anything is read."""
    table = versioned.folder / "results/tracking/hungarian-test.tsv"
    whole = table.read_text()
    lines = whole.splitlines(keepends=True)
    table.write_text("".join(lines[: len(lines) // 2]))
    result = versioned.snakemake(overlay="mine.yaml")
    assert result.returncode != 0
    said = result.stderr.splitlines()[-1]
    assert "tracking/hungarian-test.tsv: was changed since its rule made it" in said
    assert "rule compute_features makes it anew" in said
    assert not table.exists()
    kept = table.with_name(f"{table.name}.changed")
    assert kept.read_text() == "".join(lines[: len(lines) // 2])
    kept.unlink()
    assert versioned.snakemake(overlay="mine.yaml").returncode == 0
    assert table.read_text() == whole


def test_release(versioned: Project) -> None:
    """The best model of each target is copied and put under DVC; the artifacts of dvc.yaml are where it goes."""
    folder = versioned.folder
    said = make("release", folder=folder)
    assert "dvc push" in said
    released = folder / "models/valence.safetensors"
    assert released.read_bytes() == (folder / "results/models/valence/best.safetensors").read_bytes()
    pointer = yaml.safe_load((folder / "models/valence.safetensors.dvc").read_text(encoding="utf-8"))
    assert pointer["outs"][0]["md5"] == hashlib.md5(released.read_bytes(), usedforsecurity=False).hexdigest()
    assert "models/valence.safetensors\n" in run("git", "check-ignore", "models/valence.safetensors", folder=folder)
    artifacts = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["artifacts"]
    assert {name: entry["path"] for name, entry in artifacts.items()} == {
        target: f"models/{target}.safetensors" for target in TARGETS
    }
    dvc("push", "-q", "models/valence.safetensors", folder=folder)
    for command in (line for line in said.splitlines() if line.startswith("git ")):
        run("sh", "-c", command, folder=folder)
    dvc("artifacts", "get", str(folder), "valence", "-q", "-o", "got.safetensors", folder=folder.parent)
    assert (folder.parent / "got.safetensors").read_bytes() == released.read_bytes()
    released.unlink()
    shutil.rmtree(folder / ".dvc/cache")
    dvc("pull", "-q", folder=folder)
    assert describe(released).startswith("target            valence")


def test_s3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Push to an S3 server, here a local one, clone, pull: the same bytes."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "nobody")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    origin = tmp_path / "origin"
    (origin / "data").mkdir(parents=True)
    content = np.random.default_rng(1).bytes(100_000)
    (origin / "data/recording.bin").write_bytes(content)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for(port)
        boto3.client("s3", endpoint_url=address).create_bucket(Bucket="lab")
        run("git", "init", "-q", folder=origin)
        dvc("init", "-q", folder=origin)
        dvc("remote", "add", "-d", "storage", "s3://lab/onefilter", folder=origin)
        dvc("remote", "modify", "storage", "endpointurl", address, folder=origin)
        dvc("add", "-q", "data/recording.bin", folder=origin)
        run("git", "add", "-A", folder=origin)
        run("git", "commit", "-qm", "data", folder=origin)
        dvc("push", "-q", folder=origin)
        listed = boto3.client("s3", endpoint_url=address).list_objects_v2(Bucket="lab")["Contents"]
        md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
        assert [(entry["Key"], entry["Size"]) for entry in listed] == [
            (f"onefilter/files/md5/{md5[:2]}/{md5[2:]}", len(content))
        ]
        run("git", "clone", "-q", str(origin), "clone", folder=tmp_path)
        dvc("pull", "-q", folder=tmp_path / "clone")
        assert (tmp_path / "clone/data/recording.bin").read_bytes() == content
    finally:
        server.kill()
        server.wait()


def wait_for(port: int) -> None:
    """Wait until somebody listens."""
    for _ in range(300):
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail(f"nobody listens on {port}")


def test_clone_pull_continue(versioned: Project, tmp_path: Path) -> None:
    """A clone pulls the data; with results copied along and touched there is nothing to do, without them everything."""
    run("git", "clone", "-q", str(versioned.folder), "clone", folder=tmp_path)
    clone = Project(tmp_path / "clone")
    assert not (clone.folder / "data/mine").exists()
    dvc("pull", "-q", folder=clone.folder)
    name = "data/mine/openface/Test_HU_01.csv"
    assert (clone.folder / name).read_bytes() == (versioned.folder / name).read_bytes()
    assert "train_networks:valence" in clone.planned("mine.yaml")
    shutil.rmtree(clone.folder / "data/mine")
    shutil.copytree(versioned.folder / "results", clone.folder / "results")
    make("restore", "CONFIG=mine.yaml", folder=clone.folder)
    assert clone.planned("mine.yaml") == set()
    # Continue: what is changed now reruns, and only that.
    path = clone.folder / name
    path.write_text(path.read_text(encoding="utf-8").replace(",0.98,1,", ",0.96,1,", 1), encoding="utf-8")
    assert clone.planned("mine.yaml") == OF_HUNGARIAN
