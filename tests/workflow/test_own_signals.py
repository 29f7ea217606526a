"""A study that sees gaze and head pose beside action units, from OpenFace's files to predictions, offline and live."""

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import yaml

from onefilter.corpus.simulated import simulate
from onefilter.features.statistics import feature_names
from onefilter.live.rows import Rows
from onefilter.live.stream import Stream, signals_for
from onefilter.model.file import read_model
from onefilter.model.prediction import predict
from onefilter.names import GAZE, POSE, SIGNALS
from tests.examples.live import frames_of
from tests.examples.workflow import copy_project

PARTITIONS = ("train", "train", "devel", "test")
OVERLAY = {
    "pathvars": {"results": "results/looks", "logs": "results/looks/logs", "benchmarks": "results/looks/benchmarks"},
    "corpus": {
        "source": "openface", "recordings": "looks.tsv", "signals": ["confidence", "intensities", "gaze", "pose"],
    },
    "cultures": ["own"],
    "targets": {"arousal": {"delay": 0.5}, "valence": None, "liking": None},
    "features": {"statistics": ["mean", "slope"]},
    "network": {"taps": 41},
    "training": {"cultures": ["own"], "seeds": [1], "epochs": 60},
    "figures": {"dpi": 60, "excerpts": 1},
}  # fmt: skip


def study(folder: Path) -> None:
    """Write files of people whose heads nod as fast as they are aroused; all else is the twin's."""
    lines = ["recording\tculture\tpartition\topenface\tlabels"]
    for number, partition in enumerate(PARTITIONS):
        name = f"p{number}"
        found = simulate(name, "german", 30.0, seed=3)
        rng = np.random.default_rng(number)
        frames = found.frames.assign(timestamp=found.frames["timestamp"].round(3))
        time = frames["timestamp"].to_numpy()
        arousal = 0.5 * np.sin(2 * np.pi * (time / 11 + rng.uniform()))
        nod = np.cumsum(arousal) / 50
        looks = {name: np.round(rng.normal(0, 0.02, len(time)), 3) for name in (*GAZE, *POSE)}
        looks["pose_Rx"] = np.round(nod, 4)
        frames = frames.assign(**looks)
        (folder / "files").mkdir(exist_ok=True)
        frames.to_csv(folder / f"files/{name}.csv", index=False)
        labels = pd.DataFrame({"timestamp": np.arange(300) / 10})
        labels["arousal"] = np.interp(labels["timestamp"] - 0.5, time, arousal).round(4)
        labels.to_csv(folder / f"files/{name}_labels.csv", index=False)
        lines.append(f"{name}\town\t{partition}\tfiles/{name}.csv\tfiles/{name}_labels.csv")
    (folder / "looks.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "looks.yaml").write_text(yaml.safe_dump(OVERLAY), encoding="utf-8")


def test_gaze_and_pose_are_learned_and_predicted(tmp_path: Path) -> None:
    """The run finds the planted nod, `predict` and the live stream give its predictions, and files without it fail."""
    project = copy_project(tmp_path)
    study(tmp_path)
    result = project.snakemake(overlay="looks.yaml")
    assert result.returncode == 0, result.stdout + result.stderr
    results = tmp_path / "results/looks"
    names = feature_names(("mean", "slope"), (*SIGNALS, *GAZE, *POSE))
    features = pl.read_parquet(results / "features/own-test.parquet")
    assert features.columns == ["recording", "unit", "time", *names]

    path = results / "models/arousal/best.safetensors"
    model = read_model(path)
    assert (model.card.features, model.card.tool) == (names, "openface")
    summary = pl.read_csv(results / "scores/summary.tsv", separator="\t")
    tested = summary.filter(pl.col("partition") == "test", pl.col("processing") == "raw")
    scores = dict(tested.select("method", "ccc_mean").iter_rows())
    assert scores["one-filter"] > 0.7
    assert scores["constant"] < 0.1
    sums = dict(zip(names, model.filter.sum(axis=0), strict=True))
    assert max(sums, key=lambda name: abs(sums[name])) == "pose_Rx_slope"

    file = tmp_path / "files/p3.csv"
    predicted = project.onefilter("predict", str(file), "-m", str(path), "-o", "out.csv")
    assert predicted.returncode == 0, predicted.stderr
    out = pl.read_csv(tmp_path / "out.csv")
    np.testing.assert_allclose(out["arousal"], predict(model, features), rtol=1e-6, atol=1e-9)

    reader = Rows("p3.csv", signals=signals_for({"arousal": model}))
    frames = frames_of([*reader.feed(file.read_bytes()), *reader.finish()])
    stream = Stream({"arousal": model})
    rows = [row for frame in frames for row in stream.push(frame)] + stream.close()
    np.testing.assert_allclose([row.values["arousal"] for row in rows], out["arousal"], rtol=1e-6, atol=1e-9)

    lean = pd.read_csv(file).drop(columns=["gaze_angle_x", "gaze_angle_y"])
    lean.to_csv(tmp_path / "lean.csv", index=False)
    for command in (["predict"], ["live", "--patience", "1", "--follow"]):
        refused = project.onefilter(*command, "lean.csv", "-m", str(path))
        assert refused.returncode == 1
        assert (
            "lean.csv, row 1: lacks the signal gaze; it has confidence, intensities, presence, pose" in refused.stderr
        )
