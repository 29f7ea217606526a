"""Running calibration against sorting everything so far, and what live intensities do to the twin."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from onefilter.corpus.formats.openface import read_openface
from onefilter.corpus.simulated import Recording, simulate
from onefilter.live.calibration import QUANTILES, Calibration
from onefilter.live.skew import OFFSET, VARIANTS, shares_of_zeros, variants
from onefilter.live.stream import Frame
from onefilter.names import AUS, SIGNALS
from onefilter.tables import Floats


@pytest.mark.slow
@given(
    seed=st.integers(0, 10_000),
    quantile=st.sampled_from([0.1, 0.5, 0.7, 0.95]),
    spread=st.sampled_from([0.02, 0.5, 2.0]),
    lost=st.sampled_from([0.0, 0.4]),
)
@example(seed=1292, quantile=0.95, spread=2.0, lost=0.4)
def test_subtracts_the_quantile_so_far(seed: int, quantile: float, spread: float, lost: float) -> None:
    """The smallest value that more than a share q of the frames with a face do not exceed, within -10..10."""
    rng = np.random.default_rng(seed)
    values = np.round(rng.normal(0, spread, (80, 18)), 2)
    success = rng.random(80) >= lost
    calibration = Calibration([quantile] * 17)
    for number in range(80):
        frame = Frame(number / 50, float(success[number]), values[number])
        found = calibration.apply(frame)
        if not success[number]:
            # Only clipped, and not counted.
            np.testing.assert_array_equal(found.signals, np.clip(frame.signals, 0, 5))
            continue
        seen = np.sort(values[: number + 1][success[: number + 1], 1:], axis=0).clip(-10, 10)
        offsets = seen[int(np.floor(quantile * len(seen)))]
        np.testing.assert_allclose(calibration.offsets, offsets, atol=1e-9)
        np.testing.assert_allclose(found.signals[1:], np.clip(values[number, 1:] - offsets, 0, 5), atol=1e-9)
        assert found.signals[0] == values[number, 0]


def test_a_constant_offset_is_found() -> None:
    """Whatever is added to a person's intensities is gone once enough frames are neutral."""
    rng = np.random.default_rng(1)
    neutral = rng.random((2000, 17)) < 0.7
    values = np.where(neutral, 0.0, rng.random((2000, 17)) * 3)
    calibration = Calibration([0.6] * 17)
    offsets = rng.normal(0, 1, 17)
    for row in values:
        found = calibration.apply(Frame(0.0, 1.0, np.concatenate([[1.0], row + offsets])))
    np.testing.assert_allclose(found.signals[1:], values[-1], atol=0.01)


def test_quantiles_that_are_none() -> None:
    """Refused."""
    for quantiles in ([1.0] * 17, [-0.1] * 17, [0.5] * 16):
        with pytest.raises(ValueError, match="17 numbers from 0 to below 1"):
            Calibration(quantiles)


def test_default_quantiles_are_those_of_real_files(real_files: list[Path]) -> None:
    """Shares of zeros in the two longer real files, whose AUs agree about them."""
    shares = []
    for path in real_files:
        frames = read_openface(path, fps=30.0)
        if frames.height > 500:
            shares.append((frames.filter(pl.col("success") > 0).select(AUS).to_numpy() == 0).mean(axis=0))
    assert len(shares) == 2
    np.testing.assert_allclose(QUANTILES, np.mean(shares, axis=0), rtol=0, atol=0.0051)
    assert np.corrcoef(*shares)[0, 1] > 0.5


@pytest.fixture(scope="module")
def recording() -> Recording:
    """One of the twin, with lost frames."""
    return simulate("Test_DE_01", "german", 170.0, seed=4)


def test_undone_steps_lead_back(recording: Recording) -> None:
    """Clipping and averaging the raw intensities gives what OpenFace leaves, to its two decimals."""
    clipped = np.clip(recording.raw, 0, 5)
    padded = np.concatenate([clipped[:1], clipped, clipped[-1:]])
    smooth = sum(padded[shift : shift + len(clipped)] for shift in range(3)) / 3
    written = recording.frames[[f"{unit}_r" for unit in AUS]].to_numpy()
    np.testing.assert_allclose(written, smooth, atol=0.0051)
    assert recording.raw.min() < -0.1
    assert (recording.raw[recording.frames["success"] == 0] == 0).all()


def test_shares_of_zeros(recording: Recording) -> None:
    """Of frames with a face alone, all recordings together; smoothing leaves fewer than there were."""
    other = simulate("Test_DE_02", "german", 30.0, seed=4)
    found = shares_of_zeros([recording, other])
    tables = [each.frames[each.frames["success"] > 0] for each in (recording, other)]
    for column, unit in enumerate(AUS):
        joined = [value for table in tables for value in table[f"{unit}_r"]]
        assert found[column] == pytest.approx(joined.count(0.0) / len(joined))
    assert (shares_of_zeros([recording]) < (recording.raw <= 0).mean(axis=0)).all()


def test_variants(recording: Recording) -> None:
    """Each differs from the one before in its own way; lost frames stay lost."""
    with_face = recording.frames["success"].to_numpy() > 0
    found = variants(recording, quantiles=(recording.raw[with_face] <= 0).mean(axis=0), seed=1)
    assert tuple(found) == VARIANTS
    tables: dict[str, Floats] = {name: table.select(AUS).to_numpy() for name, table in found.items()}
    present = found["post-processed"]["success"].to_numpy() > 0
    assert 0 < (~present).sum() < 500
    for name, table in found.items():
        assert table.columns == ["timestamp", "success", *SIGNALS]
        if name != "post-processed":
            assert (tables[name][~present] == 0).all()
    assert tables["negative values kept"].min() < 0
    assert all(table.min() >= 0 for name, table in tables.items() if name != "negative values kept")
    np.testing.assert_array_equal(np.maximum(tables["negative values kept"], 0), tables["not smoothed"])
    # Where nothing is clipped, the offset is what is added.
    inside = (tables["not calibrated"] > 0.01) & (tables["not smoothed"] > 0.01) & (tables["not calibrated"] < 4.9)
    added = np.where(inside, tables["not calibrated"] - tables["not smoothed"], np.nan)
    offsets = np.nanmedian(added, axis=0)
    np.testing.assert_allclose(offsets, OFFSET * np.random.default_rng(1).standard_normal(17), atol=0.011)
    # The quantiles are this recording's own, so the whole recording gives the offsets away, and time does so too.
    np.testing.assert_allclose(tables["calibrated at the end"], tables["not smoothed"], atol=0.03)
    errors = [
        np.abs(tables["calibrated as it goes"] - tables["not smoothed"])[part].mean()
        for part in (slice(0, 500), slice(-500, None))
    ]
    assert errors[1] < 0.01 < errors[0]
