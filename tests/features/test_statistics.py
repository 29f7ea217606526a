"""Statistics of windows: sums in the order of time, the same bits for one window and for many, and their names."""

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onefilter.features import statistics as registry
from onefilter.features.statistics import (
    DEFAULT_STATISTICS,
    FEATURES,
    STATISTICS,
    Windows,
    feature_names,
    features_of,
    signal_of,
    statistics_of,
    total,
    unknown_features,
    window_of,
    windows_of,
)
from onefilter.features.windows import extract
from onefilter.names import PUBLISHED_FEATURES, SIGNALS
from onefilter.settings import Features
from tests.examples.features import frames_of

Floats = npt.NDArray[np.float64]

SETTINGS = Features(window=0.5)


def in_order(frames: Floats) -> tuple[list[float], list[float]]:
    """Mean and standard deviation of one window, signal by signal, each sum from the first frame to the last."""
    means, stds = [], []
    for column in frames.T:
        deviations = [float(value) - float(column[0]) for value in column]
        plain, squares = 0.0, 0.0
        for deviation in deviations:
            plain += deviation
            squares += deviation * deviation
        shift = plain / len(column)
        means.append(float(column[0]) + shift)
        stds.append(float(np.sqrt(max(squares / len(column) - shift * shift, 0.0))))
    return means, stds


def signals(frames: int, width: int, seed: int) -> Floats:
    """Draw values whose sums depend on the order."""
    rng = np.random.default_rng(seed)
    return np.asarray(rng.normal(size=(frames, width)) * 10.0 ** rng.integers(-3, 3, (frames, width)))


@given(
    frames=st.integers(1, 300),
    width=st.sampled_from([1, 1, 2, 3, 17, 18]),
    windows=st.sampled_from([1, 1, 2, 5, 40]),
    longest=st.sampled_from([1, 2, 8, 9, 50, 129, 300]),
    seed=st.integers(0, 1000),
)
def test_sums_run_in_the_order_of_time(frames: int, width: int, windows: int, longest: int, seed: int) -> None:
    """Many windows of any sizes at once, each alone, and a loop over Python's floats: the same bits."""
    values = signals(frames, width, seed)
    rng = np.random.default_rng(seed)
    first = rng.integers(0, frames, windows)
    end = np.minimum(first + rng.integers(1, longest + 1, windows), frames)
    together = windows_of(values, first, end)
    found = {name: STATISTICS[name](together) for name in ("mean", "std")}
    for place, (begin, behind) in enumerate(zip(first, end, strict=True)):
        own = values[begin:behind]
        expected = dict(zip(("mean", "std"), in_order(own), strict=True))
        for name, statistic in STATISTICS.items():
            np.testing.assert_array_equal(statistic(window_of(own))[0], expected[name])
            np.testing.assert_array_equal(found[name][place], expected[name])


def test_numpy_would_add_single_numbers_in_pairs() -> None:
    """The reason for `total`: NumPy's own sum of one column of many numbers is another one."""
    column = signals(1000, 1, seed=3)[:, None]
    plain = 0.0
    for value in column.ravel().tolist():
        plain += value
    assert total(column) == plain
    assert np.add.reduce(column) != plain


@given(width=st.integers(1, 5), sizes=st.lists(st.integers(1, 30), min_size=1, max_size=6), seed=st.integers(0, 100))
def test_batches(width: int, sizes: list[int], seed: int) -> None:
    """Rows beyond a window's frames are 0; room that is given is used, and may be larger than needed."""
    values = signals(40, width, seed)
    first = np.arange(len(sizes))
    end = first + np.array(sizes)
    room = np.full(max(sizes) * len(sizes) * width + 7, np.nan)
    windows = windows_of(values, first, end, room=room)
    assert np.shares_memory(windows.deviation, room)
    assert windows.deviation.shape == (max(sizes), len(sizes), width)
    for place, size in enumerate(sizes):
        assert windows.frames[place] == size
        np.testing.assert_array_equal(windows.origin[place], values[place])
        np.testing.assert_array_equal(windows.deviation[:size, place], values[place : place + size] - values[place])
        assert (windows.deviation[size:, place] == 0).all()


def test_statistics_leave_the_windows_as_they_are() -> None:
    """Whatever is computed first, the others see the same windows."""
    windows = windows_of(signals(60, 3, seed=1), np.array([0, 7]), np.array([30, 60]))
    before = [part.copy() for part in windows]
    for statistic in STATISTICS.values():
        statistic(windows)
    for part, copy in zip(windows, before, strict=True):
        np.testing.assert_array_equal(part, copy)


def test_names_follow_from_statistics() -> None:
    """All signals of the first statistic, then of the second, then the turn: by default the published 37."""
    assert feature_names(("mean", "std")) == FEATURES == PUBLISHED_FEATURES
    assert feature_names(("max",), ("AU01", "AU02")) == ("AU01_max", "AU02_max", "turn")
    assert features_of("std")[0] == FEATURES[18] == "confidence_std"
    assert [signal_of(name) for name in ("AU12_mean", "confidence_lower_quartile", "turn")] == [
        "AU12", "confidence", "turn",
    ]  # fmt: skip
    assert set(DEFAULT_STATISTICS) <= set(STATISTICS)


def test_unknown_names() -> None:
    """The error names the feature and the nearest known one."""
    assert unknown_features(["AU01_mean", "smell", "turn", "AU01", "_mean", "AU01_turn"]) == [
        "smell", "AU01", "_mean", "AU01_turn",
    ]  # fmt: skip
    with pytest.raises(ValueError, match=r"unknown feature 'AU12_maen' \(did you mean 'AU12_mean'\?\)"):
        statistics_of(["AU12_std", "AU12_maen"])
    with pytest.raises(ValueError, match="unknown feature 'AU12_max'"):
        extract(frames_of(np.arange(100) / 50, seed=1), None, SETTINGS, features=["AU12_max"])


def maximum(windows: Windows) -> Floats:
    """Largest value."""
    found: Floats = windows.origin + windows.deviation.max(axis=0)
    return found


@pytest.fixture
def third(monkeypatch: pytest.MonkeyPatch) -> None:
    """Register a third statistic."""
    monkeypatch.setitem(STATISTICS, "max", maximum)


@pytest.mark.usefixtures("third")
def test_a_third_statistic() -> None:
    """One function and one line: its features can be had, alone or among others, and the default stays as it is."""
    frames = frames_of(np.arange(300) / 50, seed=1)
    assert statistics_of(["turn", "AU12_max", "AU01_mean"]) == ("mean", "max")
    table = extract(frames, None, SETTINGS, features=["turn", "AU12_max", "AU01_mean"]).features
    assert table.columns == ["time", "turn", "AU12_max", "AU01_mean"]
    everything = extract(frames, None, SETTINGS, features=feature_names(STATISTICS)).features
    assert everything.columns == ["time", *FEATURES[:-1], *features_of("max"), "turn"]
    default = extract(frames, None, SETTINGS).features
    assert default.columns == ["time", *FEATURES]
    assert default.equals(everything.select(default.columns))
    values, time = frames.select(SIGNALS).to_numpy(), np.rint(frames["timestamp"].to_numpy() * 1e6)
    for hop, row in zip(everything["time"], everything.select(features_of("max")).to_numpy(), strict=True):
        inside = (time >= round(hop * 1e6) - 250_000) & (time < round(hop * 1e6) + 250_000)
        np.testing.assert_allclose(row, values[inside].max(axis=0), rtol=0, atol=1e-12)


def test_only_what_is_asked_for_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A statistic that nobody wants is not called."""

    def never(_: Windows) -> Floats:
        pytest.fail("computed")

    monkeypatch.setitem(registry.STATISTICS, "std", never)
    frames = frames_of(np.arange(100) / 50, seed=1)
    assert extract(frames, None, SETTINGS, features=["AU12_mean"]).features.columns == ["time", "AU12_mean"]
    turns = pl.DataFrame({"begin": [0.0], "end": [0.5]})
    table = extract(frames, turns, SETTINGS, features=["turn"]).features
    assert table["turn"].sum() == 6
