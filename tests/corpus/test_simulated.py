"""The simulated twin: does it look like what it imitates, and is it what it says?"""

import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl
import pytest
from workflow.scripts import simulate_recordings

from onefilter.corpus import simulated
from onefilter.corpus.formats.openface import read_openface
from onefilter.corpus.simulated import CULTURES, DELAYS, FRAME_RATE, LEAD, Recording, planted, simulate, simulate_row
from onefilter.corpus.twin import TARGETS, simulated_recordings
from onefilter.errors import InputError
from onefilter.names import AUS
from onefilter.settings import Simulated, TwinSplit
from tests.examples.openface import Write, header

Floats = npt.NDArray[np.float64]


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


def meeting(number: int, side: int, *, world: str = "default") -> Recording:
    """Simulate one side of a dyad."""
    name = f"r{number}-{side}"
    row = {
        "recording": name,
        "person": name,
        "culture": "german",
        "dyad": f"d{number}",
        "side": side,
        "duration": 160.0,
    }
    return simulate_row(row, seed=4, world=world)


@pytest.fixture(scope="module")
def dyads() -> list[tuple[Recording, Recording]]:
    """Thirty pairs."""
    return [(meeting(number, 0), meeting(number, 1)) for number in range(30)]


@pytest.mark.slow
def test_partners_labels_correlate_as_sewas(dyads: list[tuple[Recording, Recording]]) -> None:
    """SEWA: .47 between partners, .00 between strangers; the mean of three targets and thirty pairs."""
    found = []
    for target in TARGETS:
        first, second = (np.concatenate([pair[side].labels[target] for pair in dyads]) for side in (0, 1))
        stranger = np.concatenate([pair[1].labels[target] for pair in (*dyads[1:], dyads[0])])
        found.append((np.corrcoef(first, second)[0, 1], np.corrcoef(first, stranger)[0, 1]))
    partners, strangers = np.mean(found, axis=0)
    assert partners == pytest.approx(0.47, abs=0.06)
    assert strangers == pytest.approx(0.0, abs=0.08)


def test_partners_take_turns(dyads: list[tuple[Recording, Recording]]) -> None:
    """Nobody speaks while the other does, and both speak."""
    for first, second in dyads[:5]:
        rows = sorted([*first.turns.to_numpy().tolist(), *second.turns.to_numpy().tolist()])
        assert all(one[1] <= other[0] + 0.02 for one, other in pairwise(rows))
        assert min(len(first.turns), len(second.turns)) >= len(rows) // 2 - 1
        assert (first.turns["begin"] >= 0).all()


def correlation(world: str, culture: str, of: Callable[[pd.DataFrame, pd.DataFrame], Floats]) -> float:
    """Correlate something of the face or the turn with what is annotated as arousal, without delay.

    Where nothing tells of affect, whoever knows all that shows knows its mean; labels stand for it.
    """
    pairs = []
    for number in range(8):
        found = simulate(f"w{number}", culture, 120.0, seed=4, world=world)
        assert (np.ptp(found.affect["arousal"]) == 0) == (world == "null")
        affect = np.repeat((found.labels if world == "null" else found.affect)["arousal"].to_numpy(), 5)
        values = of(found.frames, found.turns)
        pairs.append((values - values.mean(), affect - affect.mean()))
    face, affect = (np.concatenate(part) for part in zip(*pairs, strict=True))
    return float(np.corrcoef(face, affect)[0, 1])


def jaw(frames: pd.DataFrame, _turns: pd.DataFrame) -> Floats:
    """Mean intensity of AU26 over a second, which carries arousal."""
    return np.asarray(frames["AU26_r"].rolling(50, center=True, min_periods=1).mean())


def agility(frames: pd.DataFrame, _turns: pd.DataFrame) -> Floats:
    """Deviation of AU26 within a second."""
    return np.asarray(frames["AU26_r"].rolling(50, center=True, min_periods=2).std().fillna(0))


def spoken(frames: pd.DataFrame, turns: pd.DataFrame) -> Floats:
    """Whether the person spoke, over the last seconds."""
    time = frames["timestamp"].to_numpy()
    talk = sum(((time >= begin) & (time <= end)).astype(float) for begin, end in turns.to_numpy())
    return np.asarray(pd.Series(talk).rolling(100, min_periods=1).mean())


@pytest.mark.parametrize(
    ("world", "culture", "of", "low", "high"),
    [
        ("default", "german", jaw, 0.2, 0.9),
        ("default", "german", spoken, -0.2, 0.2),
        ("null", "german", jaw, -0.15, 0.15),
        ("null", "german", spoken, -0.2, 0.2),
        ("speech", "german", spoken, 0.6, 1.0),
        ("display", "german", jaw, 0.2, 0.9),
        ("display", "chinese", jaw, -0.9, -0.1),
        ("default", "chinese", jaw, 0.1, 0.9),
        ("deviation", "german", jaw, -0.15, 0.15),
        ("deviation", "german", agility, 0.3, 0.9),
        ("null", "german", agility, -0.15, 0.15),
    ],
)
def test_worlds(world: str, culture: str, of: Callable[..., Floats], low: float, high: float) -> None:
    """Affect is where its world says, and nowhere else."""
    assert low < correlation(world, culture, of) < high


def test_the_world_of_pairs_is_refused() -> None:
    """One person in train and in test is found by name, as in any study."""
    with pytest.raises(InputError, match=r"person Train_DE_01 is in train and in test"):
        simulated_recordings(Simulated(world="pairs"), folder=Path("x"))


def test_pairs_need_somebody_to_meet_again() -> None:
    """One line where the world cannot be what it says."""
    own = Simulated(world="pairs", splits={"german-test": TwinSplit(recordings=4, duration=200)})
    with pytest.raises(InputError, match="nobody can be in train and in test; give german-train and german-test"):
        simulated_recordings(own, folder=Path("x"))


def test_dyads_are_equally_long() -> None:
    """Two and two; whoever is left over has a dyad alone; totals are exact."""
    own = Simulated(splits={"german-train": TwinSplit(recordings=7, duration=333.3)})
    rows = [recording.to_row() for recording in simulated_recordings(own, folder=Path("x"))]
    lengths = pd.DataFrame(rows).groupby("dyad")["duration"]
    assert lengths.size().tolist() == [2, 2, 2, 1]
    assert float((lengths.max() - lengths.min()).max()) <= 0.1 + 1e-9
    assert sum(row["duration"] for row in rows) == pytest.approx(333.3)
    assert [row["side"] for row in rows] == [0, 1, 0, 1, 0, 1, 0]


def test_turns_of_both_in_a_dyad() -> None:
    """They are those of the two recordings' own files, and nothing else of the recording changes."""
    rows = [recording.to_row() for recording in simulated_recordings(Simulated(), folder=Path("x"))[:2]]
    own = [simulate_row(row, seed=4, world="default") for row in rows]
    both = simulate_row(rows[0], seed=4, world="default", turns="dyad")
    expected = pd.concat([each.turns for each in own]).sort_values("begin", ignore_index=True)
    pd.testing.assert_frame_equal(both.turns, expected)
    pd.testing.assert_frame_equal(both.frames, own[0].frames)
    assert len(own[0].turns) < len(both.turns)


def test_recordings_are_handed_out_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """In order, all of them, and none long before it is wanted."""
    monkeypatch.setattr(simulate_recordings, "_AT_ONCE", 4)
    begun: list[int] = []

    def write(place: int) -> pl.DataFrame:
        begun.append(place)
        return pl.DataFrame({"place": [place]})

    with ThreadPoolExecutor(2) as pool:
        for place, table in enumerate(simulate_recordings._in_order(pool, write, 11)):
            assert table.item() == place
            assert max(begun) < place + 4
    assert sorted(begun) == list(range(11))


def test_annotators_look_at_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """However far lags scatter, nobody answers before the face moves, or to what was before the paths begin."""
    monkeypatch.setattr(simulated, "LAG_SD", 6.0)
    found = [simulate(f"R{number}", "german", 12.0, seed=4) for number in range(3)]
    lags = np.array([recording.lags["arousal"] for recording in found])
    assert (lags.min(), lags.max()) == (0, LEAD / FRAME_RATE)
    assert {len(recording.labels) for recording in found} == {120}


def test_the_table_of_all_files(tmp_path: Path) -> None:
    """The step lists its recordings itself, as a run's plan does, with what each is resampled by."""
    splits = dict.fromkeys(Simulated().splits) | {"german-test": TwinSplit(recordings=2, duration=20)}
    twin = Simulated(splits=splits)
    names = {"affect": "affect.parquet", "loadings": "planted.tsv", "table": "recordings.tsv", "manifest": "m.tsv"}
    files = {name: tmp_path / file for name, file in names.items()}
    simulate_recordings.simulate_recordings(**files, twin=twin, threads=1)
    table = pd.read_csv(files["table"], sep="\t")
    assert table["unit"].tolist() == ["dyad DE_test_01"] * 2
    for row in simulated_recordings(twin, folder=tmp_path):
        (found,) = table[table["recording"] == row.recording].to_dict("records")
        assert (found["openface"], found["dyad"], found["duration"]) == (row.openface, row.dyad, row.duration)
        assert Path(found["openface"]).is_file()
