"""Expected numbers: the tables, what they are held against, and what a miss says."""

from pathlib import Path

import pandas as pd
import pytest
from benchmarks import expected as maker

from onefilter.errors import InputError
from onefilter.verification.expected import EXPECTED_COLUMNS, compare_expected, misses, numbers_of, read_expected

ROOT = Path(__file__).parents[2]


def table(*rows: tuple[str, float, float, str]) -> pd.DataFrame:
    """Expectations of one run: key, value, tolerance, rule."""
    return pd.DataFrame([("full", "abc", *row, "test") for row in rows], columns=list(EXPECTED_COLUMNS))


def test_the_projects_tables_belong_to_the_projects_configurations(monkeypatch: pytest.MonkeyPatch) -> None:
    """A change of the default configurations without new expectations is found here: `make expected`."""
    monkeypatch.chdir(ROOT)
    simulated = read_expected(ROOT / "config/expected/simulated.tsv")
    for run, overlay in (("full", None), ("tiny", "config/tiny.yaml")):
        rows = simulated[simulated["run"] == run]
        assert set(rows["configuration"]) == {maker.configuration(overlay).identity}, f"{run}: `make expected`"
        assert len(rows) > 50
    for name in ("sewa", "sewa-published"):
        sewa = read_expected(ROOT / f"config/expected/{name}.tsv")
        assert set(sewa["configuration"]) == {maker.configuration(f"config/{name}.yaml").identity}
        assert (sewa["source"] != "").all()
        assert sewa["key"].str.startswith("scores/").any() == (name == "sewa-published")


def test_sewas_expectations_are_the_published_scores() -> None:
    """Headline rows of the public training logs, raw and post-processed, and the draft's Table 1."""
    sewa = read_expected(ROOT / "config/expected/sewa-published.tsv").set_index("key")["value"]
    assert sewa["scores/valence/german-test/one-filter/ccc_best"] == 0.625
    assert sewa["scores/arousal/hungarian-test/one-filter/ccc_best"] == 0.525
    assert sewa["scores/liking/chinese-test/one-filter/post-processed/ccc_best"] == -0.049
    assert sewa["corpus/chinese-test/duration"] == 200 * 60 + 46
    published = ROOT.parent / "shared/facts/published_results.tsv"
    if not published.exists():
        pytest.skip(f"no {published}")
    logs = pd.read_csv(published, sep="\t").set_index("run")
    for target, run in (("valence", "DHC/2"), ("arousal", "DHC/7"), ("liking", "DHC/9")):
        for split in ("german_devel", "german_test", "hungarian_test", "chinese_test"):
            place = f"scores/{target}/{split.replace('_', '-')}/one-filter"
            assert sewa[f"{place}/ccc_best"] == logs.at[run, split]
            assert sewa[f"{place}/post-processed/ccc_best"] == logs.at[run, f"{split}_post"]


def test_a_miss_names_everything() -> None:
    """Key, expected, got, tolerance, and the rule that comes first in the pipeline among those that miss."""
    wanted = table(
        ("scores/x", 0.5, 0.01, "train_networks"),
        ("statistics/y", 1.0, 1e-6, "compute_features"),
        ("z", 3.0, 0.0, "fit_references"),
    )
    good = {"scores/x": 0.509, "statistics/y": 1.0, "z": 3.0}
    checked = compare_expected(wanted, good, file="expected.tsv")
    assert checked["ok"].tolist() == [1, 1, 1]
    assert misses(checked) == []
    lines = misses(compare_expected(wanted, {**good, "scores/x": 0.52}, file="expected.tsv"))
    assert lines == [
        "scores/x: expected 0.5 ± 0.01, got 0.52; most likely caused by a change of the rule train_networks"
    ]
    both = misses(compare_expected(wanted, {**good, "scores/x": 0.52, "statistics/y": 1.1}, file="expected.tsv"))
    assert len(both) == 2
    assert all(line.endswith("most likely caused by a change of the rule compute_features") for line in both)
    assert len(misses(compare_expected(wanted, {**good, "z": float("nan")}, file="expected.tsv"))) == 1


def test_a_key_that_no_longer_exists() -> None:
    """The nearest one is offered."""
    wanted = table(("scores/valence/german-test/one-filter/ccc", 0.5, 0.01, "train_networks"))
    numbers = {"scores/valence/german-test/one-filter/ccc_mean": 0.5, "corpus/x": 1.0}
    with pytest.raises(
        InputError, match=r"expected.tsv, column key: expects scores/.*did you mean 'scores/.*ccc_mean'"
    ):
        compare_expected(wanted, numbers, file="expected.tsv")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("run\tkey\n", "row 1: lacks the columns configuration, value, tolerance, rule, source; it needs"),
        ("{h}a\tb\tk\tx\t0\ttrain_networks\ts\n", "row 2, column value: 'k': 'x' is not a number"),
        ("{h}a\tb\tk\t1\tinf\ttrain_networks\ts\n", "row 2, column tolerance: 'k': 'inf' is not a number"),
        (
            "{h}a\tb\tk\t1\t0\ttrain_netwroks\ts\n",
            "row 2, column rule: unknown rule 'train_netwroks' .did you mean 'train_networks'",
        ),
        (
            "{h}a\tb\tk\t1\t0\ttrain_networks\ts\na\tb\tk\t2\t0\ttrain_networks\ts\n",
            "row 3, column key: 'k' is listed twice; keep one",
        ),
    ],
)
def test_mistakes_in_the_table(tmp_path: Path, text: str, message: str) -> None:
    """File, column, value."""
    path = tmp_path / "expected.tsv"
    path.write_text(text.replace("{h}", "\t".join(EXPECTED_COLUMNS) + "\n"), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_expected(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_expected(tmp_path / "other.tsv")


def test_keys_are_made_from_the_tables() -> None:
    """One key per number, by place."""
    statistics = ("median", "mean", "std", "min", "max", "zeros")
    numbers = numbers_of(
        corpus=pd.DataFrame(
            [
                {
                    "culture": "german",
                    "partition": "train",
                    "recordings": 34,
                    "persons": 34,
                    "dyads": 17,
                    "duration": 5592.0,
                }
            ]
        ),
        described=pd.DataFrame([{"culture": "all", "variable": "turn", **dict.fromkeys(statistics, 1)}]),
        chains=[pd.DataFrame([{"target": "valence", "model": "seed-1", "devel_ccc": 0.6}])],
        summary=pd.DataFrame(
            [
                {"target": "valence", "culture": "german", "partition": "test", "method": "ridge", "processing": kind}
                | {name: value for name, value in maker_columns(value).items()}
                for kind, value in (("raw", 0.5), ("post-processed", 0.6))
            ]
        ),
        recovery=pd.DataFrame([{"target": "valence", "culture": "german", "quantity": "pattern r", "found": 0.9}]),
    )
    assert numbers["recovery/valence/german/pattern r"] == 0.9
    assert numbers["corpus/german-train/dyads"] == 17
    assert numbers["corpus/german-train/recordings"] == 34
    assert numbers["statistics/all/turn/zeros"] == 1
    assert numbers["postprocessing/valence/seed-1/devel_ccc"] == 0.6
    assert numbers["scores/valence/german-test/ridge/ccc_mean"] == 0.5
    assert numbers["scores/valence/german-test/ridge/post-processed/ccc_mean"] == 0.6


def maker_columns(value: float) -> dict[str, float]:
    """All numeric columns of a summary row with one value."""
    from onefilter.evaluation.scores import SUMMARY_COLUMNS

    return {name: value for name in SUMMARY_COLUMNS if name.startswith(("ccc", "pearson", "bias", "rmse"))}
