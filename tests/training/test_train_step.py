"""The step `train_networks` as Snakemake runs it: model files, interruption, mistakes."""

from onefilter.workflow.step import perform

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from workflow.scripts.train_networks import train_networks

from onefilter.features.statistics import FEATURES
from onefilter.model.file import read_model
from onefilter.settings import Features, Network, Training
from onefilter.workflow.interruption import Interruption

pytestmark = [pytest.mark.slow, pytest.mark.waits]

WINDOWS = Features().model_dump()
NETWORK = {**Network().model_dump(), "taps": 20}
TRAINING = {**Training().model_dump(), "seeds": [1, 2], "epochs": 400}


def arguments(folder: Path, name: str, **changes: dict[str, Any]) -> dict[str, Any]:
    """Write small tables of random walks once; give the step's arguments, outputs in a folder of their own."""
    rng = np.random.default_rng(1)
    for partition, lengths in (("train", (150, 180, 120)), ("devel", (100, 110))):
        features, labels = [], []
        for number, length in enumerate(lengths):
            walk = np.cumsum(rng.normal(size=(length, len(FEATURES))), axis=0) / 10
            columns = {"recording": [f"r{number}"] * length, "time": np.arange(length) / 10}
            features.append(pl.DataFrame({**columns, **dict(zip(FEATURES, walk.T, strict=True))}))
            labels.append(pl.DataFrame({**columns, "valence": 0.3 * walk[:, 3]}))
        if not (folder / f"features-{partition}.parquet").exists():
            pl.concat(features).write_parquet(folder / f"features-{partition}.parquet")
            pl.concat(labels).write_parquet(folder / f"labels-{partition}.parquet")
    out = folder / name
    out.mkdir(exist_ok=True)
    return {
        "train_features": str(folder / "features-train.parquet"),
        "train_labels": str(folder / "labels-train.parquet"),
        "devel_features": str(folder / "features-devel.parquet"),
        "devel_labels": str(folder / "labels-devel.parquet"),
        "models": [str(out / f"seed-{seed}.safetensors") for seed in (1, 2)],
        "last": [str(out / f"seed-{seed}-last.safetensors") for seed in (1, 2)],
        "curves": str(out / "valence.parquet"),
        "target": "valence",
        "delay": 0.5,
        "corpus": "simulated",
        "tool": "openface",
        "split": "german-devel",
        "names": changes.get("network", {}).get("features", list(FEATURES)),
        "windows": WINDOWS,
        "network": {**NETWORK, **changes.get("network", {})},
        "training": {**TRAINING, **changes.get("training", {})},
    }


def train(given: dict[str, Any]) -> str:
    """Run the step; give its log."""
    log = Path(given["curves"]).with_name("log.txt")
    try:
        perform(train_networks, given, log=log)
    finally:
        text = log.read_text(encoding="utf-8")
    return text


PROGRAM = """
import json, sys
from pathlib import Path
from onefilter.workflow.interruption import Interruption
from onefilter.workflow.step import perform
from workflow.scripts.train_networks import train_networks
Interruption.__init__.__kwdefaults__["every"] = 0.0  # keep the state after every round
given = json.loads(sys.argv[1])
perform(train_networks, given, log=Path(given["curves"]).with_name("log.txt"))
"""


def test_a_killed_training_continues(tmp_path: Path) -> None:
    """Killed with SIGKILL in the middle, started again: the same bytes as without interruption, nothing left over."""
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM]
    whole, cut = (arguments(tmp_path, name, training={"epochs": 1000}) for name in ("whole", "cut"))
    state = tmp_path / "cut/valence.state.safetensors"
    process = subprocess.Popen([*command, json.dumps(cut)], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not state.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert state.exists()
    assert not any((tmp_path / "cut").glob("seed-*"))
    assert "an interrupted training is continued from epoch" in train(cut)
    train(whole)
    for name in ("seed-1.safetensors", "seed-2.safetensors", "valence.parquet"):
        assert (tmp_path / "cut" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name
    assert not state.exists()


def test_another_trainings_state_is_not_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A state that other settings left is said to be so, and not used."""
    first = arguments(tmp_path, "same", training={"epochs": 60})
    train(first)
    expected = Path(first["models"][0]).read_bytes()
    other = arguments(tmp_path, "same", training={"epochs": 60, "l1": 0.5})
    state = tmp_path / "same/valence.state.safetensors"
    with monkeypatch.context() as patched:
        patched.setitem(Interruption.__init__.__kwdefaults__ or {}, "every", 0.0)
        patched.setattr(Interruption, "remove", lambda self: None)
        train(other)
    assert state.exists()
    assert "other data, settings or code is not continued" in train(first)
    assert Path(first["models"][0]).read_bytes() == expected


def test_a_subset_of_features(tmp_path: Path) -> None:
    """The model file names its features; the planted one among them is found."""
    chosen = ["turn", FEATURES[3], "AU45_std"]
    given = arguments(tmp_path, "subset", network={"features": chosen})
    train(given)
    model = read_model(Path(given["models"][0]))
    assert list(model.card.features) == chosen
    assert int(np.argmax(np.abs(model.filter).sum(axis=0))) == 1
    curves = pl.read_parquet(given["curves"])
    kept = curves.filter((pl.col("seed") == 1) & pl.col("chosen"))
    assert kept["epoch"].item() == model.card.epoch
    assert kept["devel"].item() == model.card.scores["german-devel"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"training": {"optimiser": "sgd", "learning_rate": 1e30}},
            "the loss of valence, seed 1, is not finite in epoch",
        ),
        ({"network": {"taps": 101}}, "the filter's 101 taps are longer than the shortest recording (100 steps)"),
    ],
)
def test_mistakes(tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, Any], expected: str) -> None:
    """One line in the log and on the terminal, exit code 1, no models."""
    given = arguments(tmp_path, "wrong", network=changes.get("network", {}))
    # As no configuration may have it: beyond the bounds.
    given["training"] = Training.model_validate(TRAINING).model_copy(update=changes.get("training", {}))
    with pytest.raises(SystemExit) as stopped:
        train(given)
    assert stopped.value.code == 1
    assert expected in Path(given["curves"]).with_name("log.txt").read_text(encoding="utf-8")
    assert expected in capsys.readouterr().err
    assert not any((tmp_path / "wrong").glob("seed-*"))


def test_delay_longer_than_a_recording(tmp_path: Path) -> None:
    """The delay is named, with the shortest recording."""
    given = {**arguments(tmp_path, "late"), "delay": 10.0}
    with pytest.raises(SystemExit):
        train(given)
    log = Path(given["curves"]).with_name("log.txt").read_text(encoding="utf-8")
    assert "the annotation delay of 100 steps is longer than the shortest recording (100 steps)" in log
