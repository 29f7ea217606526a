"""Windows against a brute-force loop, at every edge."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onefilter.corpus.formats.openface import read_openface
from onefilter.features.statistics import FEATURES, features_of
from onefilter.features.windows import extract
from onefilter.names import SIGNALS, Alignment, FailedFrames
from onefilter.settings import Features
from tests.examples.features import frames_of, recordings

Floats = npt.NDArray[np.float64]


def brute_force(
    frames: pl.DataFrame, turns: list[tuple[float, float]], *, window: float, hop: float, alignment: str, drop: bool
) -> tuple[Floats, int]:
    """Go through hops one by one, frames in exact microseconds; give [hops, 37] and the number of filled hops."""
    stamps = [round(float(stamp) * 1e6) for stamp in frames["timestamp"]]
    values = frames.select(SIGNALS).to_numpy()
    success = frames["success"].to_numpy()
    size, step = round(window * 1e6), round(hop * 1e6)
    rows: list[list[float] | None] = []
    hops = range(0, stamps[-1] + 1, step)
    for now in hops:
        low = now - size // 2 if alignment == "centred" else now - size
        inside = [low <= stamp < low + size if alignment == "centred" else low < stamp <= now for stamp in stamps]
        chosen = [index for index, is_in in enumerate(inside) if is_in and (not drop or success[index] > 0)]
        rows.append([*np.mean(values[chosen], axis=0), *np.std(values[chosen], axis=0)] if chosen else None)
    filled = sum(row is None for row in rows)
    known = [index for index, row in enumerate(rows) if row is not None]
    for index, row in enumerate(rows):
        if row is None:
            before = [place for place in known if place < index]
            rows[index] = rows[before[-1] if before else known[0]]
    speaks = [float(any(round(b * 1e6) <= now <= round(e * 1e6) for b, e in turns)) for now in hops]
    return np.column_stack([np.array(rows, dtype=float), speaks]), filled


@given(
    frames=recordings(),
    window=st.sampled_from([0.08, 0.1, 0.333, 1.0]),
    hop=st.sampled_from([0.1, 0.04, 0.25]),
    alignment=st.sampled_from(["centred", "causal"]),
    failed_frames=st.sampled_from(["keep", "drop"]),
    turns=st.lists(st.tuples(st.floats(0, 4), st.floats(0, 2)).map(lambda t: (round(t[0], 2), round(t[0] + t[1], 2)))),
)
def test_agrees_with_brute_force(
    frames: pl.DataFrame,
    window: float,
    hop: float,
    alignment: Alignment,
    failed_frames: FailedFrames,
    turns: list[tuple[float, float]],
) -> None:
    """Any frame rate, gaps, lost frames, overlapping turns: the same numbers as the loop, 1e-12."""
    spoken = pl.DataFrame(turns, schema={"begin": pl.Float64, "end": pl.Float64}, orient="row")
    try:
        result = extract(
            frames, spoken, Features(window=window, hop=hop, alignment=alignment, failed_frames=failed_frames)
        )
    except ValueError as error:
        expected_error = "longer than the recording" in str(error) or "holds a frame" in str(error)
        assert expected_error
        return
    expected, filled = brute_force(
        frames, turns, window=window, hop=hop, alignment=alignment, drop=failed_frames == "drop"
    )
    assert result.features.columns == ["time", *FEATURES]
    np.testing.assert_allclose(result.features.select(FEATURES).to_numpy(), expected, atol=1e-12)
    assert result.filled == filled


@given(value=st.floats(0, 5), length=st.integers(60, 120), before=st.floats(0, 5))
def test_constant_windows_have_exactly_no_deviation(value: float, length: int, before: float) -> None:
    """Standard deviation exactly 0 and mean exactly the constant, whatever came before."""
    signal = np.concatenate([np.full(17, before) + np.linspace(0, 0.1, 17), np.full(length, value)])
    frames = pl.DataFrame({"timestamp": np.arange(len(signal)) / 50, "success": 1.0, **dict.fromkeys(SIGNALS, signal)})
    table = extract(frames, None, Features(alignment="causal")).features
    constant = table["time"].to_numpy() > 17 / 50 + 1.0
    if constant.any():
        assert (table.select(features_of("std")).to_numpy()[constant] == 0).all()
        assert (table.select(features_of("mean")).to_numpy()[constant] == value).all()


@pytest.mark.parametrize(("frames", "hops"), [(50, 10), (51, 11), (52, 11), (55, 11), (56, 12)])
def test_hops_end_with_the_last_frame(frames: int, hops: int) -> None:
    """Hop times are 0, 0.1 ... up to the last timestamp, and no later."""
    table = extract(frames_of(np.arange(frames) / 50, seed=1), None, Features()).features
    assert table.height == hops
    np.testing.assert_array_equal(table["time"].to_numpy(), [step / 10 for step in range(hops)])


def test_window_as_long_as_the_recording_and_longer() -> None:
    """A second of frames fits a window of a second; one frame less does not."""
    full = extract(frames_of(np.arange(50) / 50, seed=1), None, Features())
    assert full.filled == 0
    with pytest.raises(ValueError, match=r"the window of 1 s is longer than the recording \(0\.98 s\)"):
        extract(frames_of(np.arange(49) / 50, seed=1), None, Features())


def test_windows_that_miss_every_frame() -> None:
    """Short windows between rare frames hold nothing; there is nothing to fill them with."""
    frames = frames_of(np.array([0.05, 0.15, 0.25]), seed=1)
    with pytest.raises(ValueError, match=r"no window of 0\.08 s holds a frame"):
        extract(frames, None, Features(window=0.08))


def test_nothing_left_after_dropping() -> None:
    """A recording without any face cannot give features under `drop`."""
    frames = frames_of(np.arange(100) / 50, seed=1).with_columns(success=pl.lit(0.0))
    with pytest.raises(ValueError, match="no frame with success = 1"):
        extract(frames, None, Features(failed_frames="drop"))
    kept = extract(frames, None, Features())
    assert kept.filled == 0


def test_turns_include_both_ends() -> None:
    """Turn is 1 at begin and at end."""
    frames = frames_of(np.arange(100) / 50, seed=1)
    turns = pl.DataFrame({"begin": [0.3, 1.0], "end": [0.5, 1.0]})
    table = extract(frames, turns, Features()).features
    assert [round(float(time), 1) for time in table.filter(pl.col("turn") == 1)["time"]] == [0.3, 0.4, 0.5, 1.0]


def test_real_files_by_brute_force(real_files: list[Path]) -> None:
    """Real recordings: the same numbers as the loop."""
    for path in real_files:
        frames = read_openface(path, fps=30 if "pyfeat" in path.name else None)
        for alignment in ("centred", "causal"):
            result = extract(frames, None, Features(alignment=alignment)).features
            expected, _ = brute_force(frames, [], window=1.0, hop=0.1, alignment=alignment, drop=False)
            np.testing.assert_allclose(result.select(FEATURES).to_numpy(), expected, atol=1e-12)
