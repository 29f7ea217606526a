"""The simulated twin: does it look like what it imitates, and is it what it says?"""

import functools

import numpy as np
import polars as pl
import pytest

from onefilter.corpus import simulated
from onefilter.corpus.openface import read_openface
from onefilter.corpus.simulated import CULTURES, DELAYS, Recording, planted, simulate
from onefilter.corpus.twin import TARGETS
from onefilter.names import AUS
from tests.examples.openface import Write, header


@functools.cache
def recordings() -> list[Recording]:
    """Thirty German recordings of two minutes."""
    return [simulate(f"r{number}", "german", 120.0, seed=3) for number in range(30)]


def test_the_same_seed_gives_the_same_recording_whatever_else_is_drawn() -> None:
    """A recording depends on its name, culture and seed alone."""
    first = simulate("r3", "german", 120.0, seed=3)
    assert first.frames.equals(recordings()[3].frames)
    assert first.labels.equals(recordings()[3].labels)
    assert not first.frames.equals(simulate("r3", "german", 120.0, seed=4).frames)
    assert not first.frames.equals(simulate("r3", "chinese", 120.0, seed=3).frames)


def test_looks_like_openface(write_openface: Write) -> None:
    """Forty columns in OpenFace's order, 50 frames per second, two decimals, intensities in 0..5."""
    frames = recordings()[0].frames
    assert list(frames.columns) == header("2.2")
    assert len(frames) == 6000
    np.testing.assert_allclose(frames["timestamp"], np.arange(6000) / 50)
    units = frames[[f"{unit}_r" for unit in AUS]].to_numpy()
    assert units.min() == 0.0
    assert units.max() <= 5.0
    np.testing.assert_allclose(units * 100, np.round(units * 100), atol=1e-9)


def test_units_are_zero_inflated_with_tails() -> None:
    """Medians under 0.5, many exact zeros, some large values (design section 9)."""
    units = np.concatenate([recording.frames[[f"{unit}_r" for unit in AUS]].to_numpy() for recording in recordings()])
    assert (np.median(units, axis=0) < 0.5).all()
    assert ((units == 0).mean(axis=0) > 0.1).all()
    assert (units.max(axis=0) > 2).all()


def test_gaps_are_zeroed_and_smeared() -> None:
    """Inside a gap intensities are 0; its neighbours carry part of it, as OpenFace's 3-frame mean leaves them."""
    frames = pl.concat([pl.from_pandas(recording.frames) for recording in recordings()])
    failed = frames["success"].to_numpy() == 0
    inside = failed & np.roll(failed, 1) & np.roll(failed, -1)
    assert 0 < failed.mean() < 0.1
    units = frames.select([f"{unit}_r" for unit in AUS]).to_numpy()
    assert (units[inside] == 0).all()
    assert frames["confidence"].to_numpy()[failed].max() < 0.5 < np.median(frames["confidence"].to_numpy())
    # The first frame of a gap still shows a third of the frame before it.
    edge = failed & ~np.roll(failed, 1) & np.roll(failed, -1)
    assert (units[edge].max(axis=1) > 0).mean() > 0.5


def test_three_frame_mean_by_hand() -> None:
    """Ends are repeated."""
    smooth = simulated._smooth3(np.array([[0.0], [3.0], [0.0], [6.0]]))
    np.testing.assert_allclose(smooth[:, 0], [1.0, 1.0, 3.0, 4.0])


@pytest.mark.parametrize("target", TARGETS)
def test_labels_have_the_aggregates_of_real_ones(target: str) -> None:
    """Means, spreads, steps and time constants near those of design section 9; zero at the beginning."""
    kind = CULTURES["german"].affect[target]
    labels = [recording.labels[target].to_numpy() for recording in recordings()]
    means = np.array([label[40:].mean() for label in labels])
    assert abs(means.mean() - kind.mean) < 0.04
    assert 0.6 * kind.spread < means.std() < 1.5 * kind.spread
    within = np.array([label[40:].std() for label in labels])
    assert 0.7 * kind.sd < within.mean() < 1.3 * kind.sd
    assert 0.002 < np.mean([np.abs(np.diff(label)).mean() for label in labels]) < 0.008
    assert max(np.abs(label[:10]).max() for label in labels) < 0.02
    lags = [_time_constant(label[40:]) for label in labels]
    assert 0.6 * kind.time < np.median(lags) < 1.5 * kind.time


def _time_constant(path: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    """Lag (s) at which the autocorrelation falls below 1/e."""
    centred = path - path.mean()
    correlation = np.correlate(centred, centred, mode="full")[len(path) - 1 :] / (centred @ centred)
    return float(np.argmax(correlation < 1 / np.e) / 10)


@pytest.mark.parametrize("target", ["arousal", "valence"])
def test_annotators_lag_behind_the_face(target: str) -> None:
    """What the planted units show correlates best with the label one annotation delay later."""
    loadings = planted("german", seed=3)[target].to_numpy()
    scores = np.zeros(80)
    for recording in recordings():
        units = recording.frames[[f"{unit}_r" for unit in AUS]].to_numpy()
        shown = units.reshape(-1, 5, len(AUS)).mean(axis=1) @ loadings
        shown = np.convolve(shown, np.ones(21) / 21, mode="same")
        label = recording.labels[target].to_numpy()
        scores += [np.corrcoef(shown[40 : 1200 - 80], label[40 + lag : 1200 - 80 + lag])[0, 1] for lag in range(80)]
    assert abs(np.argmax(scores) / 10 - DELAYS[target]) < 0.7


def test_planted_loadings_of_cultures() -> None:
    """Germans have the table's loadings; others share their direction, weaker."""
    german, chinese = planted("german", seed=1), planted("chinese", seed=1)
    assert list(german.index) == list(AUS)
    units = dict(german["valence"])
    assert units["AU12"] > 0 > units["AU04"]
    assert np.corrcoef(german["valence"], chinese["valence"])[0, 1] > 0.9
    assert np.abs(chinese["valence"]).mean() < np.abs(german["valence"]).mean()
    assert np.corrcoef(german["liking"], chinese["liking"])[0, 1] < -0.9


def test_turns_cover_the_speech() -> None:
    """Turns lie within the recording, do not overlap, and cover roughly half of it."""
    shares = []
    for recording in recordings():
        turns = recording.turns
        assert (turns["end"] > turns["begin"]).all()
        assert (turns["begin"].to_numpy()[1:] > turns["end"].to_numpy()[:-1]).all()
        assert turns["end"].max() <= 120.0
        shares.append((turns["end"] - turns["begin"]).sum() / 120)
    assert 0.35 < np.mean(shares) < 0.7


def test_written_and_read_back(write_openface: Write) -> None:
    """The reader of real files takes the twin's."""
    path = write_openface()
    pl.from_pandas(recordings()[0].frames).write_csv(path, float_precision=2)
    table = read_openface(path)
    np.testing.assert_allclose(
        table.select(AUS).to_numpy(), recordings()[0].frames[[f"{unit}_r" for unit in AUS]].to_numpy(), atol=1e-9
    )
