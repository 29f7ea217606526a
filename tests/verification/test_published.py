"""Our scores beside published ones."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from onefilter.errors import InputError
from onefilter.verification.expected import read_expected
from onefilter.verification.published import OURS, SPLITS, SYSTEM_COLUMNS, beside, read_systems

ROOT = Path(__file__).parents[2]
SYSTEMS = read_systems(ROOT / "config/systems.tsv")


def summary(recordings: int = 66) -> pd.DataFrame:
    """Our scores, raw and post-processed."""
    rows = [
        {"target": "valence", "method": "one-filter", "processing": processing, "culture": culture,
         "partition": partition, "recordings": count, "ccc_best": ccc}
        for processing, gain in (("raw", 0.0), ("post-processed", 0.01))
        for culture, partition, count, ccc in (
            ("german", "devel", 14, 0.6 + gain), ("german", "test", 16, 0.62 + gain),
            ("hungarian", "test", recordings, 0.42 + gain),
        )
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_published_rows_are_the_facts() -> None:
    """Same figures as the collected facts."""
    assert tuple(SYSTEMS.columns) == SYSTEM_COLUMNS
    facts = ROOT.parent / "shared/facts/avec_baselines.tsv"
    if not facts.exists():
        pytest.skip(f"no {facts}")
    splits = ["german_devel", "hungarian_devel", "german_test", "hungarian_test"]
    theirs = pd.read_csv(facts, sep="\t")
    mine = SYSTEMS[SYSTEMS["source"] != "Pandit et al."].reset_index(drop=True)
    pd.testing.assert_frame_equal(
        mine[["source", "system", "target", *splits]], theirs[["source", "system", "target", *splits]]
    )


def test_whose_training_had_hungarians_is_said() -> None:
    """AVEC 2019 gave Hungarians to train on, so that scores on Hungarians are no transfer; the others had none."""
    told = SYSTEMS.groupby("source")["trained_on"].unique().map(list).to_dict()
    assert told.pop("AVEC 2019 CES") == ["german, hungarian"]
    assert all(cultures == ["german"] for cultures in told.values())


def test_filled_on_the_same_corpus_only() -> None:
    """On SEWA our rows stand below the others; on the twin they are empty and say why."""
    table = beside(SYSTEMS, summary(), corpus="avec", trained_on="german")
    ours = table[(table["source"] == OURS) & (table["target"] == "valence")].set_index("system")
    shared = ["german_devel", "german_test", "hungarian_test"]
    assert ours[shared].to_numpy()[0].tolist() == [0.6, 0.62, 0.42]
    assert ours.at["one filter, post-processed", "german_test"] == 0.63
    assert set(ours["trained_on"]) == {"german"}
    assert ours[["hungarian_devel", "chinese_test"]].isna().all(axis=None)
    empty = beside(SYSTEMS, summary(), corpus="simulated", trained_on="german")
    mine = empty[empty["source"] == OURS]
    assert len(mine) == 6
    assert mine[list(SPLITS)].isna().all(axis=None)
    assert mine["note"].str.contains("the corpus is simulated").all()
    assert empty[empty["source"] != OURS].equals(table[table["source"] != OURS])
    # A summary without rows may lack its columns, too.
    assert beside(SYSTEMS, pd.DataFrame(), corpus="simulated", trained_on="german").equals(empty)


def test_other_systems_of_a_run() -> None:
    """Each has a row for the targets that it predicts, with what it was trained on, and none for others."""
    own = summary()
    theirs = own[own["processing"] == "raw"].assign(method="theirs", ccc_best=0.5)
    table = beside(SYSTEMS, pd.concat([own, theirs]), corpus="avec", trained_on="german",
                   others={"theirs": "hungarian"})  # fmt: skip
    rows = table[table["system"] == "theirs"]
    assert rows["target"].tolist() == ["valence"]
    assert rows[["german_test", "trained_on"]].to_numpy().tolist() == [[0.5, "hungarian"]]


def test_other_splits_are_not_compared() -> None:
    """The 18 Hungarians of 2019 are not the 66 that others were tested on."""
    table = beside(SYSTEMS, summary(recordings=18), corpus="avec", trained_on="german")
    assert table.loc[table["source"] == OURS, "hungarian_test"].isna().all()


def test_mistakes(tmp_path: Path) -> None:
    """A score must be one."""
    path = tmp_path / "systems.tsv"
    path.write_text("\t".join(SYSTEM_COLUMNS) + "\na\tb\tvalence\t1.5\t\t\t\t\t\t\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"row 2, column german_devel: '1.5' is not a score in -1\.\.1"):
        read_systems(path)
    path.write_text("source\n", encoding="utf-8")
    with pytest.raises(InputError, match="row 1: lacks the columns system, target, german_devel"):
        read_systems(path)


@pytest.mark.parametrize(("content", "expected"), [(b"", "is empty"), (b"\xe4\n", "is not UTF-8"), (b"\0" * 9, "NUL")])
@pytest.mark.parametrize("read", [read_systems, read_expected])
def test_damaged_tables(tmp_path: Path, content: bytes, expected: str, read: Callable[[Path], pd.DataFrame]) -> None:
    """What is empty or no text is one line that names the file."""
    path = tmp_path / "table.tsv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=rf"table\.tsv.*{expected}"):
        read(path)


def test_a_table_without_systems(tmp_path: Path) -> None:
    """There is nothing that our rows could be put under."""
    path = tmp_path / "systems.tsv"
    path.write_text("\t".join(SYSTEM_COLUMNS) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"systems\.tsv: holds a header and no system; give each system that is comp"):
        read_systems(path)
