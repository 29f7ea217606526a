"""The plan of a run: its words, and what no single key can say."""

import os
import platform
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from onefilter.errors import InputError
from onefilter.names import AUS, GAZE, SIGNALS
from onefilter.tables import split_of
from onefilter.workflow.check import read_first
from onefilter.workflow.contents import Contents
from onefilter.workflow.lock import clear_stale_locks
from onefilter.workflow.plan import Plan, Room, make_plan, watched
from tests.examples.configuration import ROOT, default, merged
from tests.examples.slurm import stand_in
from tests.examples.tools import write_pyfaceau
from tests.examples.workflow import copy_project


def plan(change: dict[str, Any] | None = None) -> Plan:
    """Plan the default run, changed."""
    return make_plan(merged(change or {}, default()))


def test_words_of_the_default_run() -> None:
    """Splits, models, files and figures of the twin."""
    made = plan()
    assert made.splits == ["german-train", "german-devel", "german-test", "hungarian-test", "chinese-test"]
    assert made.labelled == made.splits
    assert made.scored == made.splits[1:]
    assert made.tested == made.splits[2:]
    assert (made.devel, made.read, made.shown) == (["german-devel"], ["german-train"], "german-test")
    assert made.networks == [f"seed-{seed}" for seed in range(1, 11)]
    assert made.compared[10:12] == ["seed-1-last", "seed-2-last"]
    assert made.compared[20:] == ["ridge", "turn", "confidence", "constant"]
    assert len(made.files(["openface"], "german-devel")) == 14
    assert made.simulated
    assert made.files(["labels"], "german-train")[0] == "results/corpus/labels/Train_DE_01.csv"
    assert {"boxes", "cultures", "curves", "scores", "sanity", "filters-liking"} <= set(made.figures)
    assert "predictions-german-train" not in made.figures
    assert len(made.features) == len(made.inputs) == 37
    assert {"scores/summary.tsv", "labels/german-train.parquet", "models/liking/ridge.safetensors"} <= set(made.tables)
    assert plan({"features": {"statistics": ["mean"]}}).features[-2:] == ("AU45_mean", "turn")


def table(folder: Path, *rows: str) -> str:
    """Write a recordings table."""
    path = folder / "own.tsv"
    path.write_text("recording\tculture\tpartition\topenface\tlabels\n" + "".join(f"{row}\n" for row in rows))
    return str(path)


def test_names_with_hyphens_and_ids_of_digits(tmp_path: Path) -> None:
    """A culture may have a hyphen, even one that looks like a partition; ids stay as they are written."""
    rows = (
        "001\tgerman\ttrain\t1.csv\tl1.csv", "002\tgerman\tdevel\t2.csv\tl2.csv",
        "vp_03\tgerman-train\ttest\t3.csv\tl3.csv",
    )  # fmt: skip
    made = plan(
        {
            "corpus": {"source": "openface", "recordings": table(tmp_path, *rows)},
            "cultures": ["german", "german-train", "no"],
        }
    )
    assert made.splits == ["german-train", "german-devel", "german-train-test"]
    assert (made.read, made.tested) == (["german-train"], ["german-train-test"])
    assert [entry["recording"] for entry in made.entries("german-train")] == ["001"]
    assert split_of(Path("german-train-test.parquet")) == ("german-train", "test")


def test_batches() -> None:
    """A split larger than a batch is divided in the order of the table; what takes all takes a batch's number."""
    made = plan()
    assert made.batches(["german-train", "german-devel"]) == ["german-train", "german-devel"]
    assert made.portions == {"": made.splits}
    made = plan({"corpus": {"batch": 30}})
    assert made.batches(["german-train", "german-devel"]) == ["german-train.001", "german-train.002", "german-devel"]
    assert [len(made.entries(name)) for name in made.batches(["chinese-test"])] == [30, 30, 10]
    assert [entry for name in made.batches(made.splits) for entry in made.entries(name)] == list(made.rows.values())
    assert made.entries("german-train.002")[0]["recording"] == "Train_DE_31"
    assert made.files(["labels"], "german-train.002")[-1] == "results/corpus/labels/Train_DE_34.csv"
    assert made.portions[".002"] == ["german-train.002", "german-devel"]
    assert [name for group in made.portions.values() for name in group] == made.batches(made.splits)
    assert all(sum(len(made.parts[name]) for name in group) <= 30 for group in made.portions.values())
    assert {"features/german-train.002.parquet", "relevance/liking.001.parquet"} <= set(made.tables)
    assert (made.shown, made.first) == ("german-test", "german-test")
    assert plan({"corpus": {"batch": 10}}).first == "german-test.001"
    assert made.settings.identity == plan().settings.identity
    assert split_of(Path("a/german-train.002.parquet")) == ("german", "train")
    with pytest.raises(InputError, match=r"corpus\.batch: 0 should be greater than or equal to 1; it is: Number of"):
        plan({"corpus": {"batch": 0}})


def test_words_of_recordings_without_labels(tmp_path: Path) -> None:
    """Nothing to score, no culture to compare, an adopted model in the place of trained ones."""
    model = tmp_path / "arousal.safetensors"
    model.touch()
    made = plan(
        {
            "corpus": {"source": "openface", "recordings": table(tmp_path, "a\tgerman\tunlabelled\ta.csv\t")},
            "model_files": {"arousal": str(model)},
            "targets": {"valence": None, "liking": None},
            **{room: {"targets": ["arousal"]} for room in ("ladder", "selection", "latency")},
        }
    )
    assert made.splits == made.read == ["german-unlabelled"]
    assert made.labelled == made.scored == made.tested == made.devel == []
    assert made.networks == made.compared == ["adopted"]
    assert made.given == {"arousal": str(model)}
    assert not made.simulated
    assert not {"cultures", "curves", "scores", "sanity"} & set(made.figures)
    assert "models/arousal/adopted.safetensors" in made.tables
    assert not [name for name in made.tables if name.startswith(("scores", "labels", "training", "sanity", "metrics"))]


def test_targets_of_any_name(tmp_path: Path) -> None:
    """What is made on demand is made for the first of them, and the twin's worlds keep their own annotators' delay."""
    own = {"source": "openface", "recordings": table(tmp_path, *(f"{part}\tgerman\t{part}\t{part}.csv\t{part}_l.csv"
           for part in ("train", "devel")))}  # fmt: skip
    targets = dict.fromkeys(("arousal", "valence", "liking")) | {
        "dominance": {"delay": 2.0},
        "pain": {"delay": 1.0, "scale": [0, 16], "range": [0, 1], "unit": "PSPI/16"},
    }
    made = plan({"corpus": own, "targets": targets})
    rooms: tuple[Room, ...] = get_args(Room)
    assert [made.chosen(room) for room in rooms] == [["dominance"]] * len(rooms)
    assert made.titles == {"dominance": "dominance", "pain": "pain (PSPI/16)"}
    assert made.scales["pain"] == {"written": [0.0, 16.0], "range": [0.0, 1.0]}
    assert made.scales["dominance"] == {"written": [-1.0, 1.0], "range": [-1.0, 1.0]}
    assert made.world_delay == 4.0
    usual = plan({})
    assert [usual.chosen(room) for room in rooms] == [
        ["valence"], ["valence"], ["arousal", "valence"], ["valence"], ["valence"],
    ]  # fmt: skip
    assert plan({"ladder": {"targets": ["liking"]}}).chosen("ladder") == ["liking"]


def test_only_what_is_told_of_a_target_tells_runs_apart() -> None:
    """The usual range is the same configuration whether it is written or not; another one is another."""
    usual = plan({}).settings.identity
    assert plan({"targets": {"valence": {"range": [-1, 1], "scale": None, "unit": ""}}}).settings.identity == usual
    assert plan({"targets": {"valence": {"scale": [0, 1]}}}).settings.identity != usual
    with pytest.raises(InputError, match=r"targets\.valence\.range: 1 is not below 0: give the lower end"):
        plan({"targets": {"valence": {"range": [1, 0]}}})


def test_signals_make_the_features(tmp_path: Path) -> None:
    """Groups and names; the usual ones are the same configuration; no confidence, no reference of confidence."""
    usual = plan({})
    assert (usual.signals, usual.tool) == (SIGNALS, "openface")
    same = plan({"corpus": {"signals": ["confidence", "intensities"], "other_tool": False}})
    assert same.settings.identity == usual.settings.identity
    looks = plan(
        {"corpus": {"signals": ["intensities", "gaze", "AU12_c"]}, "features": {"statistics": ["mean", "max"]}}
    )
    assert looks.settings.identity != usual.settings.identity
    assert looks.signals == (*AUS, "AU12_c", *GAZE)
    assert looks.features[16:20] == ("AU45_mean", "AU12_c_mean", "gaze_angle_x_mean", "gaze_angle_y_mean")
    assert looks.references == ("ridge", "turn", "constant")
    assert "confidence" not in looks.compared
    assert "audit" not in looks.figures
    assert "models/valence/confidence.safetensors" not in looks.tables
    assert ("audit" in usual.figures, usual.references[2]) == (True, "confidence")
    write_pyfaceau(tmp_path / "1.csv")
    own = {"source": "openface", "recordings": table(tmp_path, f"a\tgerman\tunlabelled\t{tmp_path}/1.csv\t")}
    present = tmp_path / "m.safetensors"
    present.touch()
    files = dict.fromkeys(("arousal", "valence", "liking"), str(present))
    assert plan({"corpus": own, "model_files": files}).tool == "pyfaceau"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            {"corpus": {"signals": ["confidence", "intensity"]}},
            r"corpus\.signals: 'intensity' is no signal or group of signals \(did you mean 'intensities'",
        ),
        (
            {"targets": {"valance": {"delay": 1.0}}},
            r"targets: 'valance' is no target of the simulated twin \(did you mean 'valence'\?\)",
        ),
        (
            {"corpus": {"source": "openfase"}},
            r"corpus\.source: 'openfase' is no layout of a corpus \(did you mean 'openface'\?\); known are simulated",
        ),
        ({"features": {"hop": 0.3}}, r"targets\.arousal\.delay 4\.0 s is not a whole number of hops of 0\.3 s"),
        ({"features": {"hop": 0.1234567}}, r"features\.hop 0\.1234567 is finer than a microsecond"),
        ({"features": {"statistics": ["men"]}}, r"'men' is no window statistic \(did you mean 'mean'\?\); known are"),
        (
            {"network": {"features": ["AU12mean"]}},
            r"network\.features: 'AU12mean' is no feature \(did you mean 'AU12_mean'",
        ),
        ({"cultures": ["german", "hungarian"]}, r"chinese-test belongs to no culture .*; add chinese to cultures"),
        ({"targets": dict.fromkeys(("arousal", "valence", "liking"))}, r"targets: none is left"),
        (
            {"targets": {"valence": None}, "ladder": {"targets": ["valence"]}},
            r"ladder\.targets: 'valence' is no target; known are arousal, liking",
        ),
        ({"network": {"ahead": 80}}, r"network\.ahead: 80 of 80 taps cannot look ahead; give 0 to 79, or more network"),
        ({"network": {"taps": 30}}, r"latency\.ahead: 30 of 30 taps cannot look ahead"),
        ({"model_files": {"arousal": "a.safetensors"}}, "model_files gives no model for valence, liking"),
        ({"model_files": {"arousl": "a.safetensors"}}, r"model_files: 'arousl' is no target \(did you mean 'arousal'"),
        (
            {"corpus": {"simulated": {"splits": {"german-devel": None}}}},
            "no german recording has the partition devel.*set model_files",
        ),
        (
            {"training": {"cultures": ["germn"]}},
            r"training\.cultures: 'germn' is no culture \(config: cultures\) \(did you mean 'german'\?\); known are g",
        ),
        ({"sensitivity": {"delays": [0.15]}}, r"sensitivity\.delays: 0\.15 s is not a whole number of hops of 0\.1 s"),
        (
            {"training": {"cultures": ["german", "hungarian"]}},
            "training.cultures: no hungarian recording has the partition train",
        ),
        (
            {"corpus": {"simulated": {"splits": {"german-test": {"recordings": 2, "duration": 5000}}}}},
            r"german-test.*5000.* s do not fit into 2 recordings",
        ),
    ],
)
def test_mistakes_are_answered(change: dict[str, Any], expected: str) -> None:
    """One line: the key, what is wrong, what to do."""
    with pytest.raises(InputError, match=expected) as caught:
        plan(change)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", ["features", "transfer"])
def test_nobody_says_who_is_seen(tmp_path: Path, key: str) -> None:
    """The key that asks for persons, the recording without one, the table."""
    own = table(tmp_path, "a\tgerman\tunlabelled\ta.csv\t")
    kinds: Any = "person" if key == "features" else ["none", "person"]
    change = {"corpus": {"source": "openface", "recordings": own}, key: {"normalise": kinds}}
    (tmp_path / "m.safetensors").touch()
    models = dict.fromkeys(("arousal", "valence", "liking"), str(tmp_path / "m.safetensors"))
    with pytest.raises(InputError, match=rf"{key}\.normalise: person needs .* recording a; fill in .* of .*tsv"):
        plan({**change, "model_files": models, "verification": {"expected": None}})


def test_models_that_are_not_there(tmp_path: Path) -> None:
    """The target and the path are named, and how to get models."""
    present = tmp_path / "a.safetensors"
    present.touch()
    files = {"arousal": str(present), "valence": "nowhere.safetensors", "liking": "nowhere.h5"}
    with pytest.raises(InputError, match=r"config: verification\.expected: there is no xxx"):
        plan({"verification": {"expected": "x" * 5000}})
    with pytest.raises(InputError, match=r"model_files\.valence: there is no nowhere\.safetensors; `make reproduce`"):
        plan({"model_files": files})
    with pytest.raises(InputError, match=r"model_files\.liking: there is no nowhere\.h5; `dvc pull`"):
        plan({"model_files": {**files, "valence": str(present)}})


def test_contents_of_files(tmp_path: Path) -> None:
    """Another content is noticed though the time is older or the same; an unchanged one is the same; lost notes too."""
    path = tmp_path / "a.csv"
    path.write_text("1")
    contents = Contents(tmp_path / "notes.json")
    first = contents.digest([str(path)])
    assert Contents(tmp_path / "notes.json").digest([str(path)]) == first
    before = path.stat()
    path.write_text("2")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns - 10**9))
    assert contents.digest([str(path)]) != first
    path.write_text("1")
    (tmp_path / "notes.json").write_text("{")
    assert Contents(tmp_path / "notes.json").digest([str(path)]) == first
    assert contents.digest([str(tmp_path / "none.csv")]) != contents.digest([])


def test_results_are_named_before_the_configuration(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Snakemake takes every word behind ``--configfile`` for a file; who names a rule there is told."""
    (tmp_path / "own.yaml").write_text("figures: {dpi: 60}\n")
    read_first(["draw_scores", "--configfile", str(tmp_path / "own.yaml"), "--cores", "1"])
    with pytest.raises(SystemExit):
        read_first(["--configfile", str(tmp_path / "own.yaml"), "draw_scores"])
    said = capsys.readouterr().err
    assert said.startswith("draw_scores: cannot be read (No such file or directory); ")
    assert "before --configfile" in said


@pytest.mark.parametrize(
    "arguments", [["--configfile", "{}"], ["-c1", "--configfile", "config/tiny.yaml", "{}", "-n"], ["--configfiles={}"]]
)
def test_files_of_the_configuration_are_read_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    """Wherever Snakemake's command line names them; what they say is not looked at yet."""
    path = tmp_path / "own.yaml"
    given = [argument.format(path) for argument in arguments]
    path.write_text("networks: {taps: 80}\n", encoding="utf-8")
    read_first(given)
    path.write_text("networks: {taps: 80\n", encoding="utf-8")
    read_first([argument for argument in given if "configfile" not in argument])
    with pytest.raises(SystemExit) as ended:
        read_first(given)
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert said.startswith(f"{path}, row 2: is not YAML that can be read")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (
            ["--config", "corpus.batch=5"],
            "--config corpus.batch=5: .*; write it like this: --config 'corpus={batch: 5}'",
        ),
        (["--config=a.b.c=x y"], "--config a.b.c=x y: is no key .*: --config 'a={b: {c: x y}}'"),
        (
            ["-C", "seed=1", "foo"],
            "--config foo: is no key of the first level with a value; .*: --config 'corpus={batch: 5}'",
        ),
        (["--config", "=3"], "--config =3: is no key"),
        (["--config", ".a=3"], "--config .a=3: is no key .* --config 'corpus={batch: 5}'"),
    ],
)
def test_what_a_command_line_does_not_tell(capsys: pytest.CaptureFixture[str], told: list[str], expected: str) -> None:
    """Keys within others are written in braces; Snakemake would end with a traceback."""
    with pytest.raises(SystemExit):
        read_first(["-n", *told, "--cores", "1"])
    said = capsys.readouterr().err
    assert re.match(expected, said)
    assert said.count("\n") == 1
    read_first(["--config", "seed=5", "corpus={batch: 5}", "training={seeds: [1,2]}", "--cores", "corpus.batch=5"])


@pytest.mark.slow
def test_snakemake_says_one_line(tmp_path: Path) -> None:
    """Its own reader would end with a traceback."""
    path = tmp_path / "own.yaml"
    path.write_text("seed: 1\n", encoding="utf-16")
    command = [sys.executable, "-m", "snakemake", "--dry-run", "--configfile", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    first, second = done.stderr.splitlines()
    assert first.startswith("Using workflow specific profile")
    assert second == f"{path}: is not UTF-8 text; save it as UTF-8 text, not packed"


@pytest.mark.slow
def test_numbers_in_braces_are_numbers(tmp_path: Path) -> None:
    """What ``--config`` tells within braces reaches the plan as what it is."""
    done = copy_project(tmp_path).snakemake("--dry-run", "--config", "corpus={batch: 0}")
    assert done.returncode == 1
    assert "config: corpus.batch: 0 should be greater than or equal to 1" in done.stdout + done.stderr


@pytest.mark.slow
def test_a_gpu_is_looked_for_before_the_first_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where CUDA shows none, on machines that have one, too, nothing is done."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    project = copy_project(tmp_path)
    done = project.snakemake("--config", "training={accelerator: cuda}")
    assert done.returncode == 1
    assert "training.accelerator: cuda" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert not (project.folder / "results/corpus").exists()


HOLD = """
import sys, time
from pathlib import Path
from onefilter.errors import InputError
from onefilter.workflow import lock
from onefilter.workflow.lock import clear_stale_locks, work
"impatient" in sys.argv and vars(lock).update(MOMENT=1)
try:
    told = clear_stale_locks(Path(sys.argv[1]), tell="job" not in sys.argv).strip()
    "works" in sys.argv and work()
except InputError as error:
    told = error
print(told, flush=True)
time.sleep(60)
"""


def hold(folder: Path, *kind: str, errors: int | None = None) -> "subprocess.Popen[str]":
    """Begin a run, or a job, as far as locks go."""
    command = [sys.executable, "-c", HOLD, str(folder), *kind]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)


def said(run: "subprocess.Popen[str]") -> str:
    """Read what a run has said of locks."""
    assert run.stdout is not None
    return run.stdout.readline()


@pytest.mark.waits
def test_locks_of_a_killed_run(tmp_path: Path) -> None:
    """Taken away, and said, when nobody holds the file lock; while somebody does, the other run is named."""
    locks = tmp_path / "locks"
    locks.mkdir()
    (locks / "0.input.lock").touch()
    with hold(tmp_path, "job") as job:  # On another machine, where nobody seems to hold anything.
        assert said(job) == "\n"
        assert locks.exists()
        job.kill()
    with hold(tmp_path) as first:
        assert said(first) == "an earlier run was killed; this one goes on from what it left\n"
        assert not locks.exists()
        with hold(tmp_path) as second:
            assert said(second) == "\n"
            second.kill()
        locks.mkdir()
        (locks / "0.input.lock").touch()
        with hold(tmp_path) as second:
            assert said(second) == f"another run works in this folder (process {first.pid}); wait for it, or stop it\n"
            assert locks.exists()
            second.kill()
        first.kill()
    with hold(tmp_path) as third:
        assert said(third) == "an earlier run was killed; this one goes on from what it left\n"
        third.kill()


def prepare_left(tmp_path: Path) -> tuple[Path, Path]:
    """Make the notes that a killed run leaves, and a folder for programs that stand in for others."""
    folder, programs = tmp_path / ".snakemake", tmp_path / "bin"
    (folder / "locks").mkdir(parents=True)
    (folder / "locks/0.input.lock").touch()
    programs.mkdir()
    return folder, programs


@pytest.mark.waits
def test_jobs_that_hold_a_lock_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are named where the queue shows them; where it does not, nobody is told to wait for a process unknown."""
    folder, programs = prepare_left(tmp_path)
    run = f"12|0b5a3cde-9a1f-4c54-8f6e-7d2a11f0c9aa|{tmp_path}"
    gone = f"{2**22 + 1} works on {platform.node()}"
    for rows, noted, expected in (
        (run, gone, "jobs of a run that was killed still work or wait in this folder; wait until they have ended"),
        ("", gone, "another run or jobs that it has left work in this folder; wait for them, or stop them"),
        (run, "3 works on far", "another run, begun as process 3 on far, or jobs that it has left work in this folder"),
    ):
        stand_in(programs, monkeypatch, squeue=f"echo '{rows}'")
        (folder / "onefilter.lock").write_text("")
        with hold(folder, "job") as job:
            assert said(job) == "\n"
            (folder / "onefilter.lock").write_text(f"{noted}\n")
            with hold(folder, "impatient") as again:
                assert said(again).startswith(expected)
                again.kill()
            job.kill()


@pytest.mark.waits
@pytest.mark.parametrize(
    ("queued", "expected"),
    [
        (True, "jobs of an earlier run are ending; this one begins when they have\n"),
        (False, "something that an earlier run left still works; waiting up to 20 s for its end\n"),
    ],
)
def test_what_a_killed_run_left_has_time_to_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, queued: bool, expected: str
) -> None:
    """Jobs that were cancelled, and processes that outlive them: the next run waits for them, and says so."""
    folder, programs = prepare_left(tmp_path)
    ending = f"12|0b5a3cde-9a1f-4c54-8f6e-7d2a11f0c9aa|{tmp_path}"
    with hold(folder, "job") as job:
        assert said(job) == "\n"
        # The queue is asked for what works, and shows a job as ending until it has.
        shown = f"""case "$*" in *COMPLETING*) kill -0 {job.pid} && echo '{ending}';; esac"""
        stand_in(programs, monkeypatch, squeue=shown if queued else "exit 0")
        with hold(folder, errors=subprocess.PIPE) as again:
            assert again.stderr is not None
            assert again.stderr.readline() == expected
            assert (folder / "locks").exists()
            job.kill()
            job.wait()
            assert said(again) == "an earlier run was killed; this one goes on from what it left\n"
            assert not (folder / "locks").exists()
            again.kill()


@pytest.mark.waits
def test_locks_that_somebody_took_away(tmp_path: Path) -> None:
    """While a run works, another one may look on, but not work, though Snakemake's own locks are gone."""
    with hold(tmp_path, "works") as first:
        assert said(first) == "\n"
        with hold(tmp_path) as dry:
            assert said(dry) == "\n"
            with hold(tmp_path, "works") as second:
                expected = f"another run works in this folder (process {first.pid}); wait for it, or stop it\n"
                assert said(second) == expected
                second.kill()
            first.kill()
            first.wait()
            with hold(tmp_path, "works") as third:
                assert said(third) == "\n"
                third.kill()
            dry.kill()


@pytest.mark.parametrize("make", [Path.touch, lambda path: (path / "onefilter.lock").mkdir(parents=True)])
def test_notes_that_cannot_be_kept(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """A file in the folder's place, or a folder in the file's, is one line."""
    make(tmp_path / ".snakemake")
    with pytest.raises(
        InputError, match=r"\.snakemake: cannot be written \(.*\), and Snakemake keeps its notes there; make"
    ):
        clear_stale_locks(tmp_path / ".snakemake")


@pytest.mark.waits
def test_a_run_that_began_beside_a_dry_one(tmp_path: Path) -> None:
    """When the dry run has ended, the locks of the other are not stale."""
    with hold(tmp_path) as dry:
        assert said(dry) == "\n"
        with hold(tmp_path) as run:
            assert said(run) == "\n"
            locks = tmp_path / "locks"
            locks.mkdir()
            (locks / "0.input.lock").touch()
            dry.kill()
            dry.wait()
            with hold(tmp_path) as third:
                assert said(third) == f"another run works in this folder (process {run.pid}); wait for it, or stop it\n"
                assert locks.exists()
                third.kill()
            run.kill()


def test_turns_of_a_dyad() -> None:
    """Those of everybody in it, if that is asked for; it is another configuration, and needs dyads."""
    alone, both = plan(), plan({"corpus": {"turns": "dyad"}})
    assert alone.settings.identity != both.settings.identity
    row = both.entries("german-train")[0]
    (other,) = row["beside"]
    assert (row["recording"], other["recording"], row["dyad"]) == ("Train_DE_01", "Train_DE_02", other["dyad"])
    assert "beside" not in alone.entries("german-train")[0]
    assert sorted(both.files(["turns"], "german-train")) == sorted(alone.files(["turns"], "german-train"))


def test_turns_of_a_dyad_that_nobody_knows(tmp_path: Path) -> None:
    """Partners in another batch are read, too; who has none is named."""
    path, model = tmp_path / "own.tsv", tmp_path / "m.safetensors"
    model.touch()
    change: dict[str, Any] = {
        "corpus": {"source": "openface", "recordings": str(path), "turns": "dyad", "batch": 1},
        "cultures": ["german"], "training": {"cultures": ["german"]}, "model_files": {"arousal": str(model)},
        "targets": {"valence": None, "liking": None},
    }  # fmt: skip

    def write(*dyads: str) -> None:
        rows = (
            f"{name}\tgerman\tunlabelled\t{name}.csv\t{name}.turns\t{dyad}\n"
            for name, dyad in zip("abc", dyads, strict=True)
        )
        head = "recording\tculture\tpartition\topenface\tturns\tdyad\n"
        path.write_text(head + "".join(rows), encoding="utf-8")

    write("1", "1", "2")
    made = plan(change)
    first, second, third = made.batches(made.splits)
    assert [made.files(["turns"], batch) for batch in (first, second, third)] == [
        ["a.turns", "b.turns"], ["b.turns", "a.turns"], ["c.turns"],
    ]  # fmt: skip
    write("1", "1", "")
    with pytest.raises(InputError, match=r"corpus.turns: dyad needs to know .* nobody says so of recording c; fill in"):
        plan(change)


def test_of_many_files_few_are_watched(tmp_path: Path) -> None:
    """Snakemake is told of what the run makes, of what is missing and of one file that is there."""
    files = [str(tmp_path / f"{number}.csv") for number in range(4)]
    for path in files[:3]:
        Path(path).touch()
    first, second, third, missing = files
    assert watched(files) == [first, missing]
    assert watched([first, second, first, third]) == [first]
    assert watched(files, made={second, missing}) == [second, missing, first]
    assert watched([missing, second]) == [missing]
    assert watched([]) == []
