"""Patterns: Haufe's example, the identity, and the twin's planted loadings."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import polars as pl
import pytest

from onefilter.corpus.recordings import split_recordings
from onefilter.corpus.simulated import DELAYS, planted, simulate
from onefilter.evaluation.prediction import correlate
from onefilter.explanation.patterns import linear_pattern
from onefilter.features.windows import extract
from onefilter.names import AUS, FEATURES, TARGETS
from onefilter.tables import Floats
from onefilter.training.fit import fit


def test_filter_times_pattern_is_one() -> None:
    """w^T a = 1, whatever the inputs."""
    rng = np.random.default_rng(1)
    inputs = rng.normal(size=(500, 6)) @ rng.normal(size=(6, 6)) + 3
    weight = rng.normal(size=6)
    assert weight @ linear_pattern(inputs, inputs @ weight) == pytest.approx(1)


def test_haufes_two_channels() -> None:
    """Channel 2 holds only the distractor: the filter weighs it, the pattern does not."""
    rng = np.random.default_rng(1)
    signal, distractor = rng.normal(size=(2, 100_000))
    inputs = np.column_stack([signal + distractor, distractor])
    weight = np.array([1.0, -1.0])
    pattern = linear_pattern(inputs, inputs @ weight)
    np.testing.assert_allclose(pattern, [1.0, 0.0], atol=0.02)


def test_constant_output() -> None:
    """Nothing is read, so there is nothing to show."""
    with pytest.raises(ValueError, match="constant"):
        linear_pattern(np.ones((5, 2)), np.ones(5))


def test_finds_what_was_planted_in_the_twin() -> None:
    """Trained on the twin, the filter's pattern recovers the planted loadings (r >= .9) better than the filter does."""
    names = list(split_recordings("german", "train", 20, 3200, seed=4))
    names += list(split_recordings("german", "devel", 8, 1200, seed=4))

    def prepare(job: tuple[str, float]) -> tuple[Floats, Floats]:
        recording = simulate(job[0], "german", job[1], seed=4)
        frames = pl.from_pandas(recording.frames).rename({f"{unit}_r": unit for unit in AUS})
        windows = extract(
            frames,
            pl.from_pandas(recording.turns),
            window=1.0,
            hop=0.1,
            alignment="centred",
            failed_frames="keep",
        )
        return windows.features.select(FEATURES).to_numpy(), recording.labels[list(TARGETS)].to_numpy()

    with ThreadPoolExecutor(2) as pool:
        data = list(pool.map(prepare, names))
    for target in ("arousal", "valence"):
        column = TARGETS.index(target)
        pairs = [(features, labels[:, column]) for features, labels in data]
        result = fit(
            pairs[:20], pairs[20:], seeds=[1, 2], delay=round(10 * DELAYS[target]), taps=80, activation="linear",
            head=True, epochs=400, learning_rate=1e-3, rho=0.9, epsilon=1e-7, l1=0.01, fill="repeat",
            tail="zeros", loss="sequence", dropout=0.0, optimiser="rmsprop",
        )  # fmt: skip
        best = int(np.argmax(result.best_score))
        weight = (result.best.weight * result.best.head_weight)[:, :, best].numpy().astype(float)
        outputs = np.concatenate([correlate(features, weight, left=39) for features, _ in pairs[:20]])
        pattern = linear_pattern(np.concatenate([features for features, _ in pairs[:20]]), outputs)
        means = [FEATURES.index(f"{unit}_mean") for unit in AUS]
        truth = planted("german", seed=4)[target].to_numpy()
        found = np.corrcoef(pattern[means], truth)[0, 1]
        filtered = np.corrcoef(weight.sum(axis=0)[means], truth)[0, 1]
        assert found >= 0.9, (target, found)
        assert found > filtered, (target, found, filtered)
