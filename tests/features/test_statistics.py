"""Statistics of windows: sums in the order of time, the same bits for one window and for many, and their names."""

from collections.abc import Sequence
from functools import partial

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
    signals_of,
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


def in_order(frames: Floats, stamps: Sequence[int]) -> dict[str, list[float]]:
    """Give all statistics of one window, signal by signal, each sum from the first frame to the last."""
    found: dict[str, list[float]] = {name: [] for name in STATISTICS}
    for column in frames.T:
        count, begin = len(column), float(column[0])
        plain = squares = passed = spread = shared = 0.0
        deviations = [float(value) - begin for value in column]
        for deviation, stamp in zip(deviations, stamps, strict=True):
            time = (stamp - stamps[0]) / 1_000_000
            plain += deviation
            squares += deviation * deviation
            passed += time
            spread += time * time
            shared += time * deviation
        shift = plain / count
        found["mean"].append(begin + shift)
        found["std"].append(float(np.sqrt(max(squares / count - shift * shift, 0.0))))
        found["min"].append(begin + min(deviations))
        found["max"].append(begin + max(deviations))
        found["range"].append(max(deviations) - min(deviations))
        found["slope"].append((shared - passed * shift) / (spread - passed * passed / count) if count > 1 else 0.0)
    return found


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
    stamps = np.cumsum(rng.integers(4_000, 250_000, frames))
    together = windows_of(values, first, end, stamps=stamps)
    found = {name: statistic(together) for name, statistic in STATISTICS.items()}
    for place, (begin, behind) in enumerate(zip(first, end, strict=True)):
        own, times = values[begin:behind], stamps[begin:behind].tolist()
        expected = in_order(own, times)
        for name, statistic in STATISTICS.items():
            np.testing.assert_array_equal(statistic(window_of(own, times))[0], expected[name], err_msg=name)
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
    windows = windows_of(values, first, end, stamps=np.arange(40), room=room)
    assert np.shares_memory(windows.deviation, room)
    assert windows.deviation.shape == (max(sizes), len(sizes), width)
    for place, size in enumerate(sizes):
        assert windows.frames[place] == size
        np.testing.assert_array_equal(windows.origin[place], values[place])
        np.testing.assert_array_equal(windows.deviation[:size, place], values[place : place + size] - values[place])
        assert (windows.deviation[size:, place] == 0).all()


@given(
    frames=st.integers(2, 60),
    slope=st.floats(-50, 50),
    level=st.floats(-5, 5),
    noise=st.sampled_from([0.0, 0.3]),
    seed=st.integers(0, 1000),
)
def test_statistics_of_planted_lines(frames: int, slope: float, level: float, noise: float, seed: int) -> None:
    """Closed forms: of a line at uneven times, and of noise that is made to be orthogonal to every line."""
    rng = np.random.default_rng(seed)
    stamps = np.cumsum(rng.integers(4_000, 250_000, frames))
    time = (stamps - stamps[0]) / 1e6
    basis = np.column_stack([np.ones(frames), time])
    drawn = rng.normal(0, noise, frames)
    rest = drawn - basis @ np.linalg.lstsq(basis, drawn, rcond=None)[0]
    values = level + slope * time + rest
    windows = window_of(values[:, None], stamps.tolist())
    found = {name: float(statistic(windows)[0, 0]) for name, statistic in STATISTICS.items()}
    size = 1 + abs(level) + abs(slope) * time[-1]
    close = partial(pytest.approx, abs=1e-10 * size)
    assert found["slope"] == pytest.approx(slope, abs=1e-9 * size / time[-1])
    assert found["slope"] == pytest.approx(np.polyfit(time, values, 1)[0], abs=1e-9 * size / time[-1])
    assert found["mean"] == close(level + slope * time.mean())
    assert found["std"] == pytest.approx(np.sqrt(slope**2 * time.var() + rest.var()), abs=1e-6 * size)
    assert found["min"] == close(values.min())
    assert found["max"] == close(values.max())
    assert found["range"] == close(abs(slope) * time[-1] if noise == 0 else np.ptp(values))


def test_statistics_of_what_stays_the_same() -> None:
    """Constants have exactly themselves, and no slope; a single frame has none either, and 0 stays 0."""
    constant = window_of(np.full((7, 2), 0.37), list(range(0, 7 * 20_000, 20_000)))
    single = window_of(np.array([[1.25, 3.0]]), [40_000])
    for window, value in ((constant, [0.37, 0.37]), (single, [1.25, 3.0])):
        for name, statistic in STATISTICS.items():
            np.testing.assert_array_equal(statistic(window)[0], value if name in {"mean", "min", "max"} else [0, 0])
    assert STATISTICS["min"](window_of(np.array([[0.37], [0.0], [1.22]]), [0, 1, 2]))[0, 0] == 0


def test_time_is_counted_only_for_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The usual features cost no times of frames."""
    asked = []

    def watched(windows: Windows) -> Floats:
        asked.append(windows.elapsed())
        return windows.origin

    windows = windows_of(signals(60, 3, seed=1), np.array([0, 7]), np.array([30, 60]), stamps=np.arange(60) * 20_000)
    for name in DEFAULT_STATISTICS:
        STATISTICS[name](windows._replace(elapsed=lambda: pytest.fail("counted")))
    monkeypatch.setitem(STATISTICS, "slope", watched)
    STATISTICS["slope"](windows)
    np.testing.assert_allclose(asked[0][:, 0, 0], np.where(np.arange(53) < 30, np.arange(53) * 0.02, 0))
    np.testing.assert_allclose(asked[0][:, 1, 0], np.arange(53) * 0.02)


def test_statistics_leave_the_windows_as_they_are() -> None:
    """Whatever is computed first, the others see the same windows."""
    windows = windows_of(signals(60, 3, seed=1), np.array([0, 7]), np.array([30, 60]), stamps=np.arange(60))
    before = [part.copy() for part in windows[:-1]]
    for statistic in STATISTICS.values():
        statistic(windows)
    for part, copy in zip(windows[:-1], before, strict=True):
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
    with pytest.raises(ValueError, match="unknown feature 'AU12_extent'"):
        extract(frames_of(np.arange(100) / 50, seed=1), None, SETTINGS, features=["AU12_extent"])


def middle(windows: Windows) -> Floats:
    """Halfway between the smallest and the largest value."""
    found: Floats = windows.origin + (windows.deviation.min(axis=0) + windows.deviation.max(axis=0)) / 2
    return found


@pytest.fixture
def another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Register one more statistic."""
    monkeypatch.setitem(STATISTICS, "middle", middle)


@pytest.mark.usefixtures("another")
def test_another_statistic() -> None:
    """One function and one line: its features can be had, alone or among others, and the default stays as it is."""
    frames = frames_of(np.arange(300) / 50, seed=1)
    assert statistics_of(["turn", "AU12_middle", "AU01_mean"]) == ("mean", "middle")
    table = extract(frames, None, SETTINGS, features=["turn", "AU12_middle", "AU01_mean"]).features
    assert table.columns == ["time", "turn", "AU12_middle", "AU01_mean"]
    everything = extract(frames, None, SETTINGS, features=feature_names(STATISTICS)).features
    rest = [name for statistic in STATISTICS for name in features_of(statistic)][len(FEATURES) - 1 :]
    assert everything.columns == ["time", *FEATURES[:-1], *rest, "turn"]
    default = extract(frames, None, SETTINGS).features
    assert default.columns == ["time", *FEATURES]
    assert default.equals(everything.select(default.columns))


def test_every_statistic_by_a_loop_over_windows() -> None:
    """What NumPy says of the frames of every window, of a recording with gaps."""
    time = np.delete(np.arange(300) / 50, [*range(40, 60), 100, 101, 200])
    frames = frames_of(time, seed=1)
    table = extract(frames, None, SETTINGS, features=feature_names(STATISTICS)).features
    values, time = frames.select(SIGNALS).to_numpy(), np.rint(frames["timestamp"].to_numpy() * 1e6)
    for row in table.to_dicts():
        at = round(row["time"] * 1e6)
        inside = (time >= at - 250_000) & (time < at + 250_000)
        own, clock = values[inside], time[inside] / 1e6
        expected = {
            "mean": own.mean(axis=0), "std": own.std(axis=0), "min": own.min(axis=0), "max": own.max(axis=0),
            "range": np.ptp(own, axis=0), "slope": np.polyfit(clock - clock[0], own, 1)[0],
        }  # fmt: skip
        for name, wanted in expected.items():
            found = [row[feature] for feature in features_of(name)]
            np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-9, err_msg=f"{name} at {row['time']}")


def test_signals_beside_the_usual_ones() -> None:
    """Features of gaze, pose and presence have names of their own, and give the same bits beside other signals."""
    frames = frames_of(np.arange(300) / 50, seed=1)
    rng = np.random.default_rng(3)
    own = {name: rng.normal(0, 100, 300) for name in ("gaze_angle_x", "pose_Tz", "AU12_c")}
    frames = frames.with_columns(**own)
    names = ["AU12_c_mean", "pose_Tz_slope", "gaze_angle_x_range", "AU12_mean"]
    assert [signal_of(name) for name in names] == ["AU12_c", "pose_Tz", "gaze_angle_x", "AU12"]
    assert signals_of([*names, "turn"]) == ("AU12", "AU12_c", "gaze_angle_x", "pose_Tz")
    assert statistics_of(names) == ("mean", "range", "slope")
    assert unknown_features([*names, "gaze_mean", "AU12_c", "pose_T_mean"]) == ["gaze_mean", "AU12_c", "pose_T_mean"]
    table = extract(frames, None, SETTINGS, features=names).features
    for name in names:
        assert extract(frames, None, SETTINGS, features=[name]).features[name].equals(table[name])
    np.testing.assert_array_equal(table["AU12_mean"], extract(frames, None, SETTINGS).features["AU12_mean"])


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
