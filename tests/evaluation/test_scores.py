"""Score tables."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from onefilter.concordance import concordance, moments
from onefilter.errors import InputError
from onefilter.evaluation import scores as scores_module
from onefilter.evaluation.scores import (
    AFTER_DELAY,
    ALL,
    MOMENT_COLUMNS,
    RAW,
    SCORE_COLUMNS,
    best_model,
    chosen_model,
    read_scores,
    read_split,
    score,
    summarise,
)
from onefilter.files import write_table
from tests.examples.scores import added_up

Floats = npt.NDArray[np.float64]
DELAY = 7
DEVEL = ["german-devel"]
Pairs = dict[str, list[tuple[Floats, Floats]]]


def table(*, partition: str = "devel", models: dict[str, float] | None = None) -> tuple[pd.DataFrame, Pairs]:
    """Moments of models (name: size of their errors) on seven recordings, and the recordings."""
    rng = np.random.default_rng(1)
    labels = [rng.normal(size=length) for length in (30, 50, 20, 40, 30, 25, 60)]
    pairs = {
        name: [(label + noise * rng.normal(size=len(label)), label) for label in labels]
        for name, noise in (models or {"seed-1": 0.5, "seed-2": 2.0}).items()
    }
    rows = [
        ("valence", "german", partition, name, RAW, str(number), f"recording {number}", steps, *moments(p[d:], y[d:]))
        for name, parts in pairs.items()
        for number, (p, y) in enumerate(parts)
        for steps, d in ((ALL, 0), (AFTER_DELAY, DELAY))
    ]
    return pd.DataFrame(rows, columns=list(MOMENT_COLUMNS)), pairs


def test_scores_both_ways() -> None:
    """Concatenated and by recording, against joining by hand."""
    sums, pairs = table()
    scores = score(sums, chosen_on={}, seed=1)
    assert list(scores.columns) == list(SCORE_COLUMNS)
    for row in scores.to_dict("records"):
        parts = pairs[row["model"]]
        p, y = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        assert row["ccc"] == pytest.approx(concordance(p, y))
        single = [concordance(*pair) for pair in parts]
        assert row["ccc_by_recording"] == pytest.approx(np.mean(single))
        assert row["pearson"] == pytest.approx(np.corrcoef(p, y)[0, 1])
        assert row["rmse"] == pytest.approx(np.sqrt(np.mean((p - y) ** 2)))
        assert row["ccc"] == pytest.approx(row["pearson"] * row["bias_correction"])
        late = [np.concatenate([part[DELAY:] for part in arrays]) for arrays in zip(*parts, strict=True)]
        assert row["ccc_after_delay"] == pytest.approx(concordance(*late))
        inner = [np.concatenate([part - part.mean() for part in arrays]) for arrays in zip(*parts, strict=True)]
        assert row["ccc_within"] == pytest.approx(concordance(*inner))
        outer = [np.concatenate([np.full(len(q), q.mean()) for q in arrays]) for arrays in zip(*parts, strict=True)]
        assert row["ccc_between"] == pytest.approx(concordance(*outer))
        assert row["ccc_low"] <= row["ccc"] <= row["ccc_high"]
        assert row["ccc_by_recording_low"] <= row["ccc_by_recording"] <= row["ccc_by_recording_high"]
        # No draw of recordings has a mean below the lowest of them (but for rounding).
        assert row["ccc_by_recording_low"] >= min(single) - 1e-12
        assert (row["recordings"], row["units"], row["unit"]) == (7, 7, "recording")


def test_summary_over_seeds() -> None:
    """Mean and sample deviation over seeds; the best development seed's own values everywhere."""
    devel, _ = table()
    test, _ = table(partition="test", models={"seed-1": 3.0, "seed-2": 0.1})
    sums = pd.concat([devel, test], ignore_index=True)
    scores = score(sums, chosen_on={}, seed=1)
    summary = summarise(scores, added_up(sums), devel=DEVEL, seed=1).set_index("partition")
    own = scores.set_index(["partition", "model"])["ccc"]
    assert summary["best_model"].tolist() == ["seed-1", "seed-1"]
    assert summary.at["test", "ccc_best"] == own["test", "seed-1"] < own["test", "seed-2"]
    assert summary.at["test", "ccc_mean"] == pytest.approx(own["test"].mean())
    assert summary.at["test", "ccc_sd"] == pytest.approx(np.std(own["test"], ddof=1))
    assert summary.at["devel", "models"] == 2
    for row in summary.to_dict("records"):
        assert row["ccc_mean_low"] < row["ccc_mean"] < row["ccc_mean_high"]
        # Two models that differ much: the mean over all seeds is less sure than the chosen one.
        assert row["ccc_mean_high"] - row["ccc_mean_low"] > row["ccc_high"] - row["ccc_low"]


def test_methods_are_kept_apart() -> None:
    """The last epoch and the references have rows of their own, each with its own choice."""
    sums, _ = table(models={"seed-1": 2.0, "seed-2": 1.0, "seed-1-last": 0.5, "seed-2-last": 3.0, "ridge": 0.1})
    scores = score(sums, chosen_on={}, seed=1)
    assert scores["method"].tolist() == ["one-filter", "one-filter", "last-epoch", "last-epoch", "ridge"]
    summary = summarise(scores, added_up(sums), devel=DEVEL, seed=1).set_index("method")
    assert summary["best_model"].to_dict() == {"one-filter": "seed-2", "last-epoch": "seed-1-last", "ridge": "ridge"}


def test_a_single_model_is_the_best_one() -> None:
    """Where there is nothing to choose, development is not needed."""
    sums, _ = table(partition="test", models={"valence": 1.0})
    scores = score(sums, chosen_on={}, seed=1)
    summary = summarise(scores, added_up(sums), devel=DEVEL, seed=1)
    assert summary["best_model"].tolist() == ["valence"]
    assert summary["ccc_best"].tolist() == scores["ccc"].tolist()
    assert summary[["ccc_mean_low", "ccc_mean_high"]].to_numpy() == pytest.approx(
        scores[["ccc_low", "ccc_high"]].to_numpy()
    )


def test_summary_without_development() -> None:
    """Nothing is chosen where nothing may be chosen on."""
    sums, _ = table(partition="test")
    scores = score(sums, chosen_on={}, seed=1)
    summary = summarise(scores, added_up(sums), devel=DEVEL, seed=1)
    assert summary["best_model"].isna().all()
    assert summary["ccc_best"].isna().all()
    assert summary["ccc_mean"].notna().all()
    assert chosen_model(added_up(sums), method="one-filter", devel=DEVEL) is None


def test_one_recording_has_no_interval() -> None:
    """The score stands, the interval is empty."""
    sums, _ = table()
    one = sums[sums["recording"] == "0"]
    scores = score(one, chosen_on={}, seed=1)
    assert scores["ccc"].notna().all()
    assert scores[["ccc_low", "ccc_high", "ccc_by_recording_low"]].isna().all(axis=None)
    assert summarise(scores, added_up(one), devel=DEVEL, seed=1)["ccc_mean_low"].isna().all()


def test_best_model_is_the_first_of_equals() -> None:
    """Whoever is listed first wins a tie, and nobody wins without a competitor."""
    assert best_model({"a": 0.5, "b": 0.6}) == "b"
    assert best_model({"a": 0.5, "b": 0.5}) == "a"
    assert best_model({}) is None


def test_models_are_chosen_on_the_given_splits_only() -> None:
    """Another culture's development recordings have no say in what was trained without them."""
    german, at_home = table(models={"seed-1": 0.5, "seed-2": 2.0})
    foreign, abroad = table(models={"seed-1": 9.0, "seed-2": 0.1})
    sums = pd.concat([german, foreign.assign(culture="hungarian")], ignore_index=True)
    assert chosen_model(added_up(sums), method="one-filter", devel=["german-devel"]) == "seed-1"
    assert chosen_model(added_up(sums), method="one-filter", devel=["hungarian-devel"]) == "seed-2"
    pooled = {}
    for model in ("seed-1", "seed-2"):
        p, y = (np.concatenate(arrays) for arrays in zip(*at_home[model], *abroad[model], strict=True))
        pooled[model] = concordance(p, y)
    best = max(pooled, key=lambda model: pooled[model])
    both = ["german-devel", "hungarian-devel"]
    assert chosen_model(added_up(sums), method="one-filter", devel=both) == best


def test_what_was_chosen_on_a_split_has_no_interval_there() -> None:
    """The best of many looks better than it is; elsewhere it has one."""
    devel, _ = table()
    test, _ = table(partition="test")
    sums = pd.concat([devel, test], ignore_index=True)
    scores = score(sums, chosen_on={RAW: ["german-devel"]}, seed=1)
    bounds = scores.set_index("partition").filter(regex="_(low|high)$")
    assert np.isnan(bounds[bounds.index == "devel"].to_numpy()).all()
    assert np.isfinite(bounds[bounds.index == "test"].to_numpy()).all()
    means = summarise(scores, added_up(sums), devel=DEVEL, seed=1).set_index("partition")["ccc_mean_low"]
    assert means.isna().to_dict() == {"devel": True, "test": False}


def test_a_constant_scores_nothing_after_the_delay() -> None:
    """Zeros in front of both give a constant a CCC, which is none of its own."""
    rng = np.random.default_rng(4)
    rows = []
    for number in range(8):
        label = 0.2 + 0.1 * rng.normal(size=100)
        label[:DELAY] = 0.0
        constant = np.full(100, 0.2)
        constant[:DELAY] = 0.0
        for steps, begin in ((ALL, 0), (AFTER_DELAY, DELAY)):
            sums = moments(constant[begin:], label[begin:])
            rows.append(
                ("valence", "german", "test", "constant", RAW, str(number), f"recording {number}", steps, *sums)
            )
    row = score(pd.DataFrame(rows, columns=list(MOMENT_COLUMNS)), chosen_on={}, seed=1).iloc[0]
    assert row["ccc"] > 0.3
    assert row["ccc_low"] > 0.3
    assert row[["ccc_after_delay", "ccc_after_delay_low", "ccc_after_delay_high"]].abs().max() < 1e-12


def test_partners_are_resampled_together() -> None:
    """Two recordings of a dyad that are the same tell no more than one: the interval is that of half as many."""
    sums, _ = table(partition="test", models={"seed-1": 1.0})
    twice = pd.concat([sums, sums.assign(recording=sums["recording"] + "b")], ignore_index=True)
    paired = twice.assign(unit="dyad " + twice["recording"].str[0])
    alone, together = (score(each, chosen_on={}, seed=1).iloc[0] for each in (sums, paired))
    assert (together["recordings"], together["units"], together["unit"]) == (14, 7, "dyad")
    for name in ("ccc", "ccc_after_delay", "ccc_by_recording"):
        for bound in ("", "_low", "_high"):
            assert together[f"{name}{bound}"] == pytest.approx(alone[f"{name}{bound}"])


def test_many_recordings_are_scored_model_by_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scores are those of all at once, whatever memory is meant to hold; another split's rows are left out."""
    sums, _ = table(models={"seed-1": 0.5, "seed-2": 2.0, "ridge": 1.0})
    path = tmp_path / "valence.parquet"
    write_table(path, pd.concat([sums, sums.assign(partition="test")]), corpus="test")
    whole = score(sums, chosen_on={}, seed=1)
    for most, parts in ((10**6, 1), (1, 3)):
        monkeypatch.setattr(scores_module, "_AT_ONCE", most)
        read = list(read_split(path, "german", "devel"))
        assert len(read) == parts
        found = pd.concat([score(each, chosen_on={}, seed=1) for each in read], ignore_index=True)
        pd.testing.assert_frame_equal(found, whole)


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda scores, sums: (scores[:-1], sums), "holds 1 scores that do not fit the 2 of valence.parquet"),
        (lambda scores, sums: (pd.concat([scores, scores]), sums), "holds 4 scores"),
        (lambda scores, sums: (scores.assign(recordings=2), sums), "do not fit"),
        (lambda scores, sums: (scores.assign(ccc=1e308), sums), "column ccc: holds what is no ccc"),
        (lambda scores, sums: (scores, sums[:-1]), "the sums of each recording once"),
        (lambda scores, sums: (scores, sums[:-2]), "do not fit"),
        (lambda scores, sums: (scores, pd.concat([sums, sums])), "the sums of each recording once"),
        (lambda scores, sums: (scores, sums.assign(target="arousal")), "the sums of each recording once"),
        (lambda scores, sums: (scores, sums.assign(pp=np.inf)), "sums that no numbers have"),
        (lambda scores, sums: (scores, sums.assign(pp=-sums["pp"])), "sums that no numbers have"),
        (lambda scores, sums: (scores, sums.assign(py=1e9)), "sums that no numbers have"),
    ],
)
def test_scores_are_held_against_their_sums(
    tmp_path: Path, spoil: Callable[[pd.DataFrame, pd.DataFrame], tuple[pd.DataFrame, pd.DataFrame]], expected: str
) -> None:
    """A table that was cut at the end of a line looks whole; scores without a value are none that are wrong."""
    sums, _ = table()
    scores = score(sums, chosen_on={}, seed=1).assign(ccc_low=np.nan)
    paths = tmp_path / "valence.tsv", tmp_path / "valence.parquet"
    for path, content in zip(paths, (scores, sums), strict=True):
        write_table(path, content, corpus="test")
    read, moved = read_scores(*paths)
    pd.testing.assert_frame_equal(read[list(SCORE_COLUMNS)], scores)
    assert set(moved.recordings.values()) == {7}
    for path, content in zip(paths, spoil(scores, sums), strict=True):
        write_table(path, content)
    with pytest.raises(InputError, match=expected):
        read_scores(*paths)
