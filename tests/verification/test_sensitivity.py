"""Scores by delay, length, window and features."""

from onefilter.workflow.step import perform

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl
import pytest
from workflow.scripts.measure_sensitivity import measure_sensitivity

from onefilter.concordance import concordance
from onefilter.settings import Features, Network
from onefilter.training.ridge import Ridge
from onefilter.verification.sensitivity import (
    EVERY,
    SENSITIVITY_COLUMNS,
    Setting,
    Study,
    families,
    late_moments,
    sensitivity,
)

Floats = npt.NDArray[np.float64]
NAMES = ["confidence_mean", "AU12_mean", "AU12_std", "turn"]
DELAY, HOP = 7, 0.1
OWN = Setting(1.0, DELAY, 3)


def recordings(count: int, *, seed: int, noise: float) -> list[tuple[Floats, Floats]]:
    """Walks of which AU12's mean is the label, as annotators mark it seven steps later; the rest is noise."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        walk = np.cumsum(rng.normal(size=300 + DELAY))
        walk = (walk - walk.mean()) / walk.std()
        features = rng.normal(size=(300, len(NAMES)))
        features[:, 1] = walk[DELAY:] + noise * rng.normal(size=300)
        made.append((features, walk[:300]))
    return made


def study(window: float) -> Study:
    """Windows of 4 s blur what is seen."""
    noise = 0.2 if window == 1.0 else 1.5
    parts = [recordings(8, seed=seed, noise=noise) for seed in (1, 2, 3)]
    return Study(parts[0], parts[1], {"german": parts[2]})


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """Three delays, two lengths, two windows."""
    return sensitivity(
        study, {"german": [f"recording {number}" for number in range(8)]}, names=NAMES, own=OWN, windows=[4.0],
        delays=[0, DELAY, 60], taps=[1], ahead=None, hop=HOP, seed=1,
    )  # fmt: skip


def test_every_setting_once_and_families_as_the_run_is_set(table: pd.DataFrame) -> None:
    """Delays × lengths × windows, and the families beside."""
    assert set(table.columns) == set(SENSITIVITY_COLUMNS) - {"target", "unit"}
    assert len(table) == 3 * 2 * 2 + 4
    assert table.loc[table["own"], "features"].tolist() == ["mean", "std", "turn", "confidence", EVERY]


def test_the_planted_delay_window_and_feature_are_found(table: pd.DataFrame) -> None:
    """The run's own setting is the planted one; a wrong delay, a blurred window, a family that says nothing differ."""
    own = table[table["own"]].set_index("features")
    ccc = own["ccc"].to_dict()
    assert ccc[EVERY] > 0.9
    assert ccc["mean"] == pytest.approx(ccc[EVERY], abs=0.02)
    assert (own.loc[["std", "turn", "confidence"], "difference_high"] < 0).all()
    whole = table[(table["features"] == EVERY) & ~table["own"]]
    late = whole[(whole["delay"] == 6.0) & (whole["length"] == 0.3) & (whole["window"] == 1.0)].iloc[0]
    assert late["difference_high"] < 0
    assert (whole.loc[whole["window"] == 4.0, "difference"] < 0).all()
    assert own["difference"].to_dict()[EVERY] == 0
    assert np.isnan(own["difference_low"].to_dict()[EVERY])


def test_all_are_scored_on_the_same_steps() -> None:
    """Against joining by hand: from the largest delay on, moved to the annotators' time."""
    pairs = recordings(3, seed=4, noise=0.5)
    weight = np.zeros((1, len(NAMES)))
    weight[0, 1] = 0.8
    sums = late_moments(pairs, Ridge(weight, 0.1, 1.0, 0.0), left=0, delay=DELAY, late=60)
    for row, (features, labels) in zip(sums, pairs, strict=True):
        moved = 0.8 * features[60 - DELAY : 300 - DELAY, 1] + 0.1
        n, p, y, pp, yy, py = row
        ccc = 2 * (py / n - p * y / n**2) / (pp / n + yy / n - (p / n) ** 2 - (y / n) ** 2 + (p / n - y / n) ** 2)
        assert n == 240
        assert ccc == pytest.approx(concordance(moved, labels[60:]))


def test_families_follow_the_names() -> None:
    """A family per statistic of the face, and one each for turn and confidence if they are there."""
    assert families(NAMES) == {"mean": [1], "std": [2], "turn": [3], "confidence": [0], EVERY: [0, 1, 2, 3]}
    assert families(["AU01_mean", "AU01_slope"]) == {"mean": [0], "slope": [1], EVERY: [0, 1]}


def write(folder: Path) -> dict[str, Any]:
    """Write recordings whose windows of 4 s say nothing; give what the rule names."""
    paths: dict[str, list[str]] = {"features": [], "labels": []}
    for window in ("1.0", "4.0"):
        for seed, partition in enumerate(("train", "devel", "test")):
            made = recordings(8, seed=seed, noise=0.2 if window == "1.0" else 50.0)
            parts = []
            for number, (features, labels) in enumerate(made):
                columns = {"recording": [f"r{number}"] * 300, "unit": [f"recording r{number}"] * 300}
                columns |= dict(zip(NAMES, features.T, strict=True))
                parts.append(pl.DataFrame({**columns, "valence": labels}))
            whole = pl.concat(parts)
            for kind, path in (("features", folder / window), ("labels", folder / "labels")):
                path.mkdir(exist_ok=True)
                file = path / f"german-{partition}.parquet"
                whole.drop("valence" if kind == "features" else NAMES).write_parquet(file)
                paths[kind] += [str(file)] * (kind == "features" or window == "1.0")
    return {
        **paths, "sensed": str(folder / "valence.tsv"), "target": "valence", "delay": DELAY * HOP,
        "cultures": ["german"], "names": NAMES, "windows": Features().model_dump(),
        "network": Network(taps=3).model_dump(), "seed": 1, "corpus": "avec",
        "settings": {"delays": [0.0], "taps": [1], "windows": [4.0]},
    }  # fmt: skip


def test_the_step(tmp_path: Path) -> None:
    """Windows are told apart by their folders, and the run's own setting is among the rows."""
    given = write(tmp_path)
    perform(measure_sensitivity, given, log=tmp_path / "log.txt")
    table = pd.read_csv(tmp_path / "valence.tsv", sep="\t")
    assert set(table.columns) == {*SENSITIVITY_COLUMNS, "corpus"}
    own = table[table["own"] & (table["features"] == EVERY)]
    assert own[["window", "delay", "length"]].to_numpy().tolist() == [[1.0, 0.7, 0.3]]
    assert own["ccc"].item() > 0.9
    assert (table.loc[table["window"] == 4.0, "ccc"] < 0.3).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"settings": {"delays": [0.15]}}, "sensitivity.delays: 0.15 s is not a whole number of hops of 0.1 s; for"),
        ({"settings": {"taps": [400]}}, "the filter's 400 taps are longer than the shortest recording (300 steps)"),
        ({"windows": {"normalise": "person"}}, "sensitivity is measured with features as they are; set features.norm"),
    ],
)
def test_what_cannot_be_measured(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    """One line, and no table."""
    given = write(tmp_path)
    for name, change in changes.items():
        given[name] = {**given[name], **change}
    with pytest.raises(SystemExit):
        perform(measure_sensitivity, given, log=tmp_path / "log.txt")
    log = (tmp_path / "log.txt").read_text(encoding="utf-8")
    assert message in log
    assert "Traceback" not in log
    assert not (tmp_path / "valence.tsv").exists()
