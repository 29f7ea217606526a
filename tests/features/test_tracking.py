"""How well the face was tracked, against a loop."""

from onefilter.workflow.step import perform

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from workflow.scripts.compute_features import compute_features

from onefilter.errors import InputError
from onefilter.features.statistics import FEATURES
from onefilter.features.tracking import check_lost, check_tracking, note_on_blank, share_tracked
from onefilter.features.windows import extract
from onefilter.names import AUS, Alignment, FailedFrames
from onefilter.settings import Features
from tests.examples.features import frames_of, recordings
from tests.examples.openface import Write


@given(
    frames=recordings(),
    window=st.sampled_from([0.08, 0.1, 0.333, 1.0]),
    hop=st.sampled_from([0.1, 0.04, 0.25]),
    alignment=st.sampled_from(["centred", "causal"]),
    failed_frames=st.sampled_from(["keep", "drop"]),
)
def test_share_by_brute_force(
    frames: pl.DataFrame, window: float, hop: float, alignment: Alignment, failed_frames: FailedFrames
) -> None:
    """Frames with a face over all frames of each window, hop by hop; one number per row of the features."""
    settings = Features(window=window, hop=hop, alignment=alignment, failed_frames=failed_frames)
    stamps = [round(float(stamp) * 1e6) for stamp in frames["timestamp"]]
    size, step = round(window * 1e6), round(hop * 1e6)
    expected = []
    for now in range(0, stamps[-1] + 1, step):
        low = now - size // 2 if alignment == "centred" else now - size
        seen = [
            success == 1
            for stamp, success in zip(stamps, frames["success"], strict=True)
            if (low <= stamp < low + size if alignment == "centred" else low < stamp <= now)
        ]
        expected.append(sum(seen) / len(seen) if seen else 0.0)
    found = share_tracked(frames, settings)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-15)
    try:
        rows = extract(frames, None, settings).features.height
    except ValueError:
        return
    assert len(found) == rows


def lost(count: int, *, odd: int = 0) -> pl.DataFrame:
    """Give 100 frames, the first ones without a face, some of these with AUs that are not 0."""
    frames = frames_of(np.arange(100) / 50, seed=1)
    failed = np.arange(100) < count
    shown = ~failed | (np.arange(100) < odd)
    return frames.with_columns(
        pl.Series("success", (~failed).astype(float)),
        *((frames[unit] * shown + 0.01 * shown).alias(unit) for unit in AUS),
    )


def test_lost_frames_are_said() -> None:
    """How many, and whether AUs are there without a face; nothing where all is well or the layout does not tell."""
    assert check_tracking(lost(0), file="a.csv") == ""
    assert check_tracking(lost(90), file="a.csv") == "no face in 90 of 100 frames"
    assert check_tracking(lost(90, odd=7), file="a.csv") == (
        "no face in 90 of 100 frames, but AUs are not 0 in 7 of these"
    )
    untold = lost(0).with_columns(success=pl.lit(None, pl.Float64))
    assert check_tracking(untold, file="a.csv") == ""


def test_action_units_that_are_all_zero_are_said() -> None:
    """Where there is a face: throughout, or for longer than 10 s on end; faces are never so still."""
    frames = frames_of(np.arange(400) / 10, seed=1)

    def blank(*spans: tuple[int, int], success: float = 1.0) -> str:
        zero = np.zeros(400, dtype=bool)
        for begin, end in spans:
            zero[begin:end] = True
        shown = frames.with_columns(
            pl.when(pl.Series(zero)).then(success).otherwise(1.0).alias("success"),
            *((frames[unit] + 0.01) * ~zero for unit in AUS),
        )
        return note_on_blank(shown)

    said = "although there is a face: did OpenFace compute them (-aus)?"
    assert blank((20, 120), (200, 302)) == f"all AUs are 0 from 20 s to 30.1 s, {said}"
    assert blank((20, 120), (200, 300)) == ""
    assert blank((0, 400)) == f"all AUs are 0 from 0 s to 39.9 s, {said}"
    assert blank((20, 220), success=0.0) == ""
    untold = frames.with_columns(pl.lit(None, pl.Float64).alias("success"), *(pl.lit(0.0).alias(unit) for unit in AUS))
    assert note_on_blank(untold) == ""


@pytest.mark.parametrize(("odd", "remark"), [(0, ""), (7, ", but AUs are not 0 in 7 of these")])
def test_no_face_at_all(odd: int, remark: str) -> None:
    """Refused, with the file and what to do."""
    with pytest.raises(InputError) as error:
        check_tracking(lost(100, odd=odd), file="a.csv")
    assert str(error.value) == (
        f"a.csv: no face in any of the 100 frames (success is 0){remark}; run OpenFace again on a video that shows the "
        "face, or leave the recording out"
    )


def test_frames_that_cannot_be_kept_or_dropped() -> None:
    """Frames without values are not kept as zeros; frames that nobody calls lost are not dropped."""
    frames = frames_of(np.arange(50) / 50, seed=1, failed=0.2)
    for failed_frames in ("keep", "drop"):
        check_lost(frames, failed_frames, file="a.csv", how="set {}")
    lost = frames["success"] < 1
    empty = frames.with_columns(AU12=pl.when(lost).then(np.nan).otherwise(frames["AU12"]))
    check_lost(empty, "drop", file="a.csv", how="set {}")
    expected = rf"^a\.csv: has no values in {lost.sum()} of 50 frames, where no face was found; set drop$"
    with pytest.raises(InputError, match=expected):
        check_lost(empty, "keep", file="a.csv", how="set {}")
    untold = frames.with_columns(success=pl.lit(None, pl.Float64))
    check_lost(untold, "keep", file="a.csv", how="set {}")
    with pytest.raises(InputError, match=r"^a\.csv: does not say in which frames no face was found.*; set keep$"):
        check_lost(untold, "drop", file="a.csv", how="set {}")
    assert np.isnan(share_tracked(untold, Features())).all()
    assert check_tracking(frames.select("timestamp", "success"), file="a.csv").startswith("no face in ")
    assert note_on_blank(frames.select("timestamp", "success")) == ""


def test_the_pipeline_refuses_too(tmp_path: Path, write_openface: Write) -> None:
    """With file and remedy; its tables of features have no further column where a face is lost now and then."""

    def lose(every: int) -> Callable[[list[str], list[list[str]]], None]:
        def change(columns: list[str], table: list[list[str]]) -> None:
            for row in table[::every]:
                row[columns.index("success")] = "0"

        return change

    def given(path: Path) -> dict[str, object]:
        entry = {"recording": "a", "culture": "german", "partition": "unlabelled", "openface": str(path), "turns": ""}
        entry["unit"] = "recording a"
        return {
            "recordings": [entry],
            "corpus": "openface",
            "windows": Features().model_dump(),
            "names": list(FEATURES),
            "features": str(tmp_path / "features.parquet"),
            "tracking": str(tmp_path / "tracking.tsv"),
        }

    log = tmp_path / "log"

    def still(columns: list[str], table: list[list[str]]) -> None:
        for row in table:
            row[:] = ["0" if name.endswith("_r") else cell for name, cell in zip(columns, row, strict=True)]

    some, none = write_openface(lose(2), name="some.csv"), write_openface(lose(1), name="none.csv")
    perform(compute_features, given(some), log=log)
    assert list(pl.read_parquet_schema(tmp_path / "features.parquet")) == ["recording", "unit", "time", *FEATURES]
    assert pl.read_csv(tmp_path / "tracking.tsv", separator="\t")["failed"].to_list() == [0.5]
    assert "no face in 50 of 100 frames, but AUs are not 0 in 50 of these" in log.read_text()
    perform(compute_features, given(write_openface(still, name="still.csv")), log=log)
    assert "a: all AUs are 0 from 0 s to 1.98 s, although there is a face" in log.read_text()
    with pytest.raises(SystemExit):
        perform(compute_features, given(none), log=log)
    assert f"{none}: no face in any of the 100 frames (success is 0)" in log.read_text()
    assert "Traceback" not in log.read_text()


def test_turns_of_everybody_in_a_dyad(tmp_path: Path, write_openface: Write) -> None:
    """The turn is one wherever one of them speaks; overlaps count once."""
    faces = write_openface(frames=300, name="a.csv")
    own, other = tmp_path / "a.turns.csv", tmp_path / "b.turns.csv"
    own.write_text("begin,end\n1,2\n", encoding="utf-8")
    other.write_text("begin,end\n1.5,3\n4,5\n", encoding="utf-8")
    row = {"culture": "german", "partition": "unlabelled", "openface": str(faces), "unit": "dyad d"}
    partner = row | {"recording": "b", "turns": str(other)}
    found = {}
    for name, beside in (("alone", {}), ("both", {"beside": [partner]})):
        given = {
            "recordings": [row | {"recording": "a", "turns": str(own)} | beside], "corpus": "openface",
            "windows": Features(window=0.1).model_dump(), "names": list(FEATURES),
            "features": str(tmp_path / f"{name}.parquet"), "tracking": str(tmp_path / f"{name}.tsv"),
        }  # fmt: skip
        perform(compute_features, given, log=tmp_path / "log")
        found[name] = pl.read_parquet(tmp_path / f"{name}.parquet").filter(pl.col("turn") > 0.5)["time"].to_numpy()
    np.testing.assert_allclose([found["alone"].min(), found["alone"].max()], [1, 2], atol=0.11)
    np.testing.assert_allclose([found["both"].min(), found["both"].max()], [1, 5], atol=0.11)
    assert not ((found["both"] > 3.11) & (found["both"] < 3.89)).any()
    assert len(found["both"]) == pytest.approx(30, abs=3)


@pytest.mark.parametrize(("end", "told"), [(2.5, True), (2.02, False)])
def test_turns_of_two_people_are_doubted(tmp_path: Path, write_openface: Write, end: float, told: bool) -> None:
    """One person does not speak twice at once, but for what annotators leave between two turns."""
    faces, turns = write_openface(frames=300), tmp_path / "a.turns.csv"
    turns.write_text(f"begin,end\n1,{end}\n2,4\n", encoding="utf-8")
    row = {"recording": "a", "culture": "german", "partition": "unlabelled", "openface": str(faces), "unit": "a"}
    given = {
        "recordings": [row | {"turns": str(turns)}], "corpus": "openface",
        "windows": Features(window=0.1).model_dump(), "names": list(FEATURES),
        "features": str(tmp_path / "a.parquet"), "tracking": str(tmp_path / "a.tsv"),
    }  # fmt: skip
    perform(compute_features, given, log=tmp_path / "log")
    doubted = "a: turns overlap for 0.5 s: are they of one person?" in (tmp_path / "log").read_text()
    assert doubted == told
