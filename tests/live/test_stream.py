"""Streamed and offline results on the same frames: features to the last bit, predictions within 1e-12."""

import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from onefilter.corpus.formats.openface import read_openface
from onefilter.features.statistics import FEATURES, STATISTICS, feature_names
from onefilter.features.tracking import share_tracked
from onefilter.features.windows import extract
from onefilter.live.stream import Affect, Frame, Stream, signals_for
from onefilter.model.card import Card, Model, Stack
from onefilter.model.prediction import predict
from onefilter.names import SIGNALS, Alignment, FailedFrames
from onefilter.settings import Features
from tests.examples.features import frames_of, recordings
from tests.examples.live import CARD, deep, network


def identity(card: Card) -> Model:
    """Give a model whose relevance is the features themselves."""
    return Model(replace(card, left=0), np.ones((1, len(FEATURES))), 0.0, 1.0, 0.0)


def streamed(
    frames: pl.DataFrame, models: dict[str, Model | Stack], turns: list[tuple[float, float]] | None
) -> list[Affect]:
    """Push all frames and end."""
    stream = Stream(models, turns=np.array(turns, dtype=float).reshape(-1, 2) if turns is not None else None)
    signals = frames.select(SIGNALS).to_numpy()
    rows = []
    for time, success, values in zip(frames["timestamp"], frames["success"], signals, strict=True):
        rows += stream.push(Frame(time, success, values))
    return rows + stream.close()


@pytest.mark.slow
@given(
    frames=recordings(),
    window=st.sampled_from([0.08, 0.1, 0.333, 0.9]),
    hop=st.sampled_from([0.1, 0.04, 0.25]),
    alignment=st.sampled_from(["centred", "causal"]),
    failed_frames=st.sampled_from(["keep", "drop"]),
    turns=st.none()
    | st.lists(st.tuples(st.floats(0, 4), st.floats(0, 2)).map(lambda t: (round(t[0], 2), round(t[0] + t[1], 2)))),
)
def test_agrees_with_offline(
    frames: pl.DataFrame,
    window: float,
    hop: float,
    alignment: Alignment,
    failed_frames: FailedFrames,
    turns: list[tuple[float, float]] | None,
) -> None:
    """Any frame rate, gaps, lost frames, turns; models of any length, reach, features, activation and depth."""
    card = replace(CARD, window=window, hop=hop, alignment=alignment, failed_frames=failed_frames)
    table = pl.DataFrame(turns or [], schema={"begin": pl.Float64, "end": pl.Float64}, orient="row")
    try:
        windows = extract(
            frames, table, Features(window=window, hop=hop, alignment=alignment, failed_frames=failed_frames)
        )
    except ValueError:
        # Shorter than a window, or no frame in any: nothing to compare with.
        assume(False)
    offline = windows.features
    models: dict[str, Model | Stack] = {
        "features": identity(card),
        "same": network(card, 12, 5, seed=1),
        "causal": network(card, 9, 8, seed=2, width=7),
        "ahead": network(card, 80, 0, seed=3),
        "relu": network(card, 5, 2, seed=4, activation="relu"),
        "deep": deep(card, seed=5),
    }
    rows = streamed(frames, models, turns)
    np.testing.assert_array_equal([row.time for row in rows], offline["time"].to_numpy())
    np.testing.assert_array_equal([row.tracked for row in rows], share_tracked(frames, card))
    features = np.array([row.relevance["features"] for row in rows])
    np.testing.assert_array_equal(features, offline.select(FEATURES).to_numpy())
    for target, model in models.items():
        found = np.array([row.values[target] for row in rows])
        np.testing.assert_allclose(found, predict(model, offline), rtol=0, atol=1e-12, err_msg=target)
        if isinstance(model, Model) and model.card.activation == "linear":
            shares = np.array([row.relevance[target].sum() for row in rows])
            np.testing.assert_allclose(shares + model.offset, found, rtol=0, atol=1e-12)
    assert all("deep" not in row.relevance for row in rows)


def test_real_files(real_files: list[Path]) -> None:
    """Real recordings at the published windows."""
    card = replace(CARD, window=0.08)
    for path in real_files:
        # One of them has timestamps that are not seconds.
        frames = read_openface(path, fps=30.0)
        models: dict[str, Model | Stack] = {"features": identity(card), "valence": network(card, 80, 39, seed=1)}
        offline = extract(frames, None, Features(window=0.08)).features
        rows = streamed(frames, models, None)
        features = np.array([row.relevance["features"] for row in rows])
        np.testing.assert_array_equal(features, offline.select(FEATURES).to_numpy())
        found = np.array([row.values["valence"] for row in rows])
        np.testing.assert_allclose(found, predict(models["valence"], offline), rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("alignment", "left", "latency"), [("centred", 39, 4.5), ("centred", 79, 0.5), ("causal", 79, 0.0)]
)
def test_due_as_early_as_can_be(alignment: Alignment, left: int, latency: float) -> None:
    """A prediction leaves with the first frame at its time plus the model's latency, which `inspect` prints."""
    model = network(replace(CARD, alignment=alignment), 80, left, seed=1)
    assert model.latency == pytest.approx(latency)
    stream = Stream({"valence": model})
    frames = frames_of(np.round(np.arange(600) / 50, 3), seed=1)
    arrived: dict[float, float] = {}
    for time, values in zip(frames["timestamp"], frames.select(SIGNALS).to_numpy(), strict=True):
        arrived |= {row.time: time for row in stream.push(Frame(time, 1.0, values))}
    assert len(arrived) == int((11.98 - latency) / 0.1 + 1e-9) + 1
    for due, came in arrived.items():
        assert came == pytest.approx(due + latency, abs=1e-9)


def test_turn_of_frames() -> None:
    """Without intervals, the last frame up to the hop says who speaks."""
    stream = Stream({"features": identity(replace(CARD, window=0.2))})
    spoken = [0, 0, 1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    rows = []
    for number, turn in enumerate(spoken):
        rows += stream.push(Frame(number * 0.07, 1.0, np.zeros(18), float(turn)))
    rows += stream.close()
    expected = [spoken[int(hop * 0.1 / 0.07 + 1e-9)] for hop in range(8)]
    assert [row.relevance["features"][-1] for row in rows] == expected
    assert 0 < sum(expected) < len(expected)


def test_overlapping_turns() -> None:
    """Who speaks on while another turn ends still speaks."""
    turns = np.array([[0.4, 0.5], [0.1, 0.7], [0.2, 0.3]])
    stream = Stream({"features": identity(CARD)}, turns=turns)
    rows = [row for n in range(50) for row in stream.push(Frame(n / 50, 1.0, np.zeros(18)))] + stream.close()
    assert [row.relevance["features"][-1] for row in rows] == [0, 1, 1, 1, 1, 1, 1, 1, 0, 0]


def test_a_faceless_beginning() -> None:
    """Hops before the first face wait for it and look like it; without any face nothing is said."""
    card = replace(CARD, failed_frames="drop", window=0.2)
    frames = [Frame(n / 10, float(n >= 30), np.full(18, n / 10)) for n in range(50)]
    stream = Stream({"features": identity(card)})
    early = [row for frame in frames[:30] for row in stream.push(frame)]
    assert early == []
    assert Stream({"features": identity(card)}).close() == []
    later = [row for frame in frames[30:] for row in stream.push(frame)] + stream.close()
    assert [row.time for row in later] == [n / 10 for n in range(50)]
    assert later[0].relevance["features"][0] == later[29].relevance["features"][0] == 3.0


def test_signals_beside_the_usual_ones() -> None:
    """Gaze and pose follow the 18 signals; all statistics of them are the same offline and live, to the last bit."""
    rng = np.random.default_rng(4)
    frames = frames_of(np.asarray(np.cumsum(rng.integers(4, 60, 400)) / 1000), seed=2, failed=0.2)
    beside = {name: np.round(rng.normal(0, 50, 400), 3) for name in ("AU12_c", "gaze_angle_x", "pose_Tz")}
    frames = frames.with_columns(**beside)
    names = feature_names(STATISTICS, ("pose_Tz", "AU12", "gaze_angle_x", "AU12_c"))
    for failed_frames in ("keep", "drop"):
        card = replace(CARD, features=names, left=0, failed_frames=failed_frames)
        model = Model(card, np.ones((1, len(names))), 0.0, 1.0, 0.0)
        assert signals_for({"a": model}) == (*SIGNALS, "AU12_c", "gaze_angle_x", "pose_Tz")
        stream = Stream({"a": model})
        values = frames.select(signals_for({"a": model})).to_numpy()
        rows = []
        for time, success, signals in zip(frames["timestamp"], frames["success"], values, strict=True):
            rows += stream.push(Frame(time, success, signals))
        rows += stream.close()
        offline = extract(frames, None, card, features=names).features
        np.testing.assert_array_equal([row.relevance["a"] for row in rows], offline.select(names).to_numpy())


def test_models_of_different_statistics() -> None:
    """Models that share nothing but their windows get what each needs, to the last bit what `extract` gives."""
    frames = frames_of(np.round(np.arange(400) / 50, 3), seed=2, failed=0.2)
    features = {
        "max": ("AU45_max", "turn", "confidence_max", "AU04_max"),
        "mixed": ("AU12_max", "AU12_mean"),
        "turn": ("turn",),
        "all": feature_names(STATISTICS),
    }
    card = replace(CARD, alignment="causal", failed_frames="drop", left=0)
    models: dict[str, Model | Stack] = {
        target: Model(replace(card, features=names), np.ones((1, len(names))), 0.0, 1.0, 0.0)
        for target, names in features.items()
    }
    turns = [(0.5, 2.0), (3.0, 3.1)]
    spoken = pl.DataFrame(turns, schema=["begin", "end"], orient="row")
    offline = extract(frames, spoken, card, features=feature_names(STATISTICS)).features
    for chosen in ([*models], ["max"], ["turn"], ["mixed", "max"]):
        rows = streamed(frames, {target: models[target] for target in chosen}, turns)
        assert len(rows) == offline.height
        for target in chosen:
            found = np.array([row.relevance[target] for row in rows])
            np.testing.assert_array_equal(found, offline.select(features[target]).to_numpy())


def test_time_moves_forward() -> None:
    """A frame of the past is refused."""
    stream = Stream({"features": identity(CARD)})
    stream.push(Frame(0.5, 1.0, np.zeros(18)))
    for time in (0.5, 0.4):
        with pytest.raises(ValueError, match=r"time goes back or stands still: 0\.\d s after 0\.5 s"):
            stream.push(Frame(time, 1.0, np.zeros(18)))


def test_models_that_cannot_be_used() -> None:
    """No model, or one that needs what is not there."""
    with pytest.raises(ValueError, match="no model"):
        Stream({})
    odd = Model(replace(CARD, features=("AU01_mean", "smell")), np.ones((3, 2)), 0, 1, 0)
    with pytest.raises(ValueError, match="needs features that do not exist: smell"):
        Stream({"valence": odd})


@pytest.mark.slow
def test_memory_does_not_grow() -> None:
    """Ten minutes at 60 frames per second need what one minute does."""
    stream = Stream({"valence": network(CARD, 80, 39, seed=1)})
    rng = np.random.default_rng(1)
    values = rng.random((60, 18))
    sizes, hops = [], 0
    tracemalloc.start()
    try:
        for minute in range(10):
            for number in range(3600):
                hops += len(stream.push(Frame(minute * 60 + number / 60, 1.0, values[number % 60], number // 600 % 2)))
            sizes.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert hops == 6000 - 45
    assert max(sizes[1:]) < sizes[0] + 4096
