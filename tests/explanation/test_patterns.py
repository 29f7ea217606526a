"""Patterns: Haufe's example, the identity, and the twin's planted loadings."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.stats import spearmanr
from workflow.scripts.estimate_patterns import estimate_patterns

from onefilter.corpus.simulated import DELAYS, planted, simulate
from onefilter.corpus.twin import TARGETS, split_recordings
from onefilter.evaluation.bootstrap import expanded, resample
from onefilter.explanation.patterns import (
    PATTERN_COLUMNS,
    Correlations,
    PatternSums,
    Spread,
    pattern_attribution,
    pattern_net,
)
from onefilter.explanation.relevance import absolute, contributions, covariance_shares
from onefilter.features.statistics import FEATURES
from onefilter.features.windows import extract
from onefilter.model.card import Model
from onefilter.model.file import write_model
from onefilter.model.prediction import correlate
from onefilter.names import AUS
from onefilter.settings import Features
from onefilter.tables import Floats, read_results
from onefilter.training.fit import fit
from tests.examples.explanation import network, recording
from tests.examples.model import model as example
from tests.examples.training import settings


def test_spread_is_that_of_all_steps_together() -> None:
    """Added up recording by recording, also where a mean is large beside the deviation; a constant has none."""
    rng = np.random.default_rng(1)
    recordings = [
        np.column_stack([rng.normal(size=steps), 1e6 + 1e-3 * rng.normal(size=steps), np.full(steps, 0.1)])
        for steps in (1, 300, 7, 1000)
    ]
    spread = Spread(3)
    for each in recordings:
        spread.add(each)
    np.testing.assert_allclose(spread.sd()[:2], np.concatenate(recordings).std(axis=0)[:2], rtol=1e-6)
    assert spread.sd()[2] < 1e-12


def test_correlations_of_everything_together() -> None:
    """NumPy's correlations over all steps; what never changes has none; intervals are those of drawn units by hand."""
    rng = np.random.default_rng(1)
    seen = [(f"dyad {number // 2}", rng.normal(size=(int(rng.integers(20, 60)), 3))) for number in range(12)]
    seen = [(unit, np.column_stack([x[:, :2], 1e3 + 1e-2 * x[:, 2], np.full(len(x), 0.98)])) for unit, x in seen]
    outputs = [x[:, 0] + 30 * x[:, 2] + rng.normal(size=len(x)) for _, x in seen]
    found = Correlations()
    for (unit, inputs), output in zip(seen, outputs, strict=True):
        found.add(unit, inputs, output)
    together = np.column_stack([np.concatenate([x for _, x in seen])[:, :3], np.concatenate(outputs)])
    np.testing.assert_allclose(found.values()[:3], np.corrcoef(together.T)[-1, :-1], atol=1e-7)
    assert found.values()[3] == 0
    drawn = []
    for counts in resample(6, draws=300, seed=2).astype(int):
        chosen = [
            place for unit, count in enumerate(counts) for place in (2 * unit, 2 * unit + 1) for _ in range(count)
        ]
        inputs = np.concatenate([seen[place][1] for place in chosen])
        output = np.concatenate([outputs[place] for place in chosen])
        drawn.append([np.corrcoef(inputs[:, feature], output)[0, 1] for feature in range(3)])
    for values, bounds in zip(np.array(drawn).T, found.intervals(seed=2, draws=300)[:3], strict=True):
        np.testing.assert_allclose(bounds, expanded(values, [(float(values.var()), 6)]), atol=1e-6)
    alone = Correlations()
    alone.add("person a", seen[0][1], outputs[0])
    assert np.isnan(alone.intervals(seed=1)).all()


def test_intervals_cover_a_correlation_that_is_known() -> None:
    """In 300 studies of 14 people who differ, 95 % of the intervals hold the correlation of all people."""
    rng = np.random.default_rng(3)
    covered = []
    for _ in range(300):
        found = Correlations()
        for person in range(14):
            level = rng.normal(size=2)
            both = 0.8 * level + rng.normal(size=(40, 2))
            both[:, 1] += both[:, 0]
            found.add(f"person {person}", both[:, :1], both[:, 1])
        bounds = found.intervals(seed=1, draws=1000)[0]
        covered.append(bounds.low <= np.sqrt(0.5) <= bounds.high)
    # 95 % of 300 are 275 to 294 in 99 of 100 cases; correlations of 14 units fall a little short of it.
    assert 0.9 <= np.mean(covered) <= 0.985


def test_one_sign_keeps_the_linear_pattern(tmp_path: Path) -> None:
    """An output that is never negative has no pattern of two components; its linear pattern and interval are there."""
    own = network("linear", taps=3)
    model = Model(own.card, np.abs(own.weight), own.bias, abs(own.head_weight), own.head_bias)
    write_model(tmp_path / "seed-1.safetensors", model)
    names = list(model.card.features)
    parts = []
    for number in range(12):
        table = pl.DataFrame(recording(40, seed=number) + 0.1, schema=names)
        parts.append(table.with_columns(recording=pl.lit(f"r{number}"), unit=pl.lit(f"dyad {number // 2}")))
    pl.concat(parts).write_parquet(tmp_path / "german-train.parquet")
    written = tmp_path / "patterns.parquet"
    estimate_patterns(
        [tmp_path / "german-train.parquet"], [tmp_path / "seed-1.safetensors"], written, "valence", 1, "simulated"
    )
    found = read_results(written, PATTERN_COLUMNS)
    assert found["linear"].notna().all()
    assert found[["positive", "negative"]].isna().all(axis=None)
    now = found[found["lag"].abs() < 0.01]
    assert len(now) == len(names)
    np.testing.assert_allclose(now["correlation"], now["linear"] * now["output_sd"] / now["feature_sd"], atol=1e-9)
    assert (now["low"] <= now["correlation"] + 1e-9).all()
    assert (now["correlation"] <= now["high"] + 1e-9).all()
    assert found.loc[found["lag"].abs() > 0.01, ["correlation", "low", "high"]].isna().all(axis=None)
    assert set(zip(found["unit"], found["units"], strict=True)) == {("dyad", 6)}


def test_haufes_two_channels() -> None:
    """Channel 2 holds only the distractor: the filter weighs it, the pattern does not."""
    rng = np.random.default_rng(1)
    signal, distractor = rng.normal(size=(2, 100_000))
    sums = PatternSums(np.array([[1.0, -1.0]]), left=0)
    sums.add(np.column_stack([signal + distractor, distractor]))
    np.testing.assert_allclose(sums.linear(), [[1.0, 0.0]], atol=0.02)


@pytest.mark.slow
def test_finds_what_was_planted_in_the_twin() -> None:
    """Trained on the twin, the filter's pattern recovers the planted loadings (r >= .9) better than the filter does.

    So do shares of the prediction's variance, by size, better than sizes of contributions. Where the interval of a
    pattern excludes zero, its sign is the planted one.
    """
    names = list(split_recordings("german", "train", 12, 1920, seed=4))
    names += list(split_recordings("german", "devel", 6, 900, seed=4))

    def prepare(job: tuple[str, float]) -> tuple[Floats, Floats]:
        recording = simulate(job[0], "german", job[1], seed=4)
        frames = pl.from_pandas(recording.frames).rename({f"{unit}_r": unit for unit in AUS})
        windows = extract(frames, pl.from_pandas(recording.turns), Features())
        return windows.features.select(FEATURES).to_numpy(), recording.labels[list(TARGETS)].to_numpy()

    with ThreadPoolExecutor(2) as pool:
        data = list(pool.map(prepare, names))
    for target in ("arousal", "valence"):
        column = TARGETS.index(target)
        pairs = [(features, labels[:, column]) for features, labels in data]
        network, training = settings(taps=80, seeds=[1, 2], epochs=400)
        delay = round(10 * DELAYS[target])
        result = fit(pairs[:12], pairs[12:], delay=delay, network=network, training=training)
        best = int(np.argmax(result.best_score))
        weight = (result.best.weight * result.best.head_weight)[:, :, best].numpy().astype(float)
        sums = PatternSums(weight, left=39)
        for features, _ in pairs[:12]:
            sums.add(features)
        pattern = sums.linear()[39]
        means = [FEATURES.index(f"{unit}_mean") for unit in AUS]
        truth = planted("german", seed=4)[target].to_numpy()
        found = np.corrcoef(pattern[means], truth)[0, 1]
        filtered = np.corrcoef(weight.sum(axis=0)[means], truth)[0, 1]
        assert found >= 0.9, (target, found)
        assert found > filtered, (target, found, filtered)
        model = Model(replace(example().card, features=FEATURES, left=39), weight.astype(np.float32), 0.0, 1.0, 0.0)
        seen = [features for features, _ in pairs[:12]]
        shares = covariance_shares(sum(contributions([model], inputs)[0] for inputs in seen))
        sizes = np.sum([absolute(model, inputs).sum(axis=0) for inputs in seen], axis=0)
        by_share, by_size = (spearmanr(values[means], np.abs(truth)).statistic for values in (shares, sizes))
        assert by_share >= 0.6, (target, by_share)
        assert by_share > by_size, (target, by_share, by_size)
        assert abs(truth[means.index(int(np.argmax(shares)))]) >= 0.2
        assert shares.sum() == pytest.approx(1)
        now = Correlations()
        for number, inputs in enumerate(seen):
            now.add(f"recording {number}", inputs, correlate(inputs, weight, left=39))
        bounds = [now.intervals(seed=1)[place] for place in means]
        sure = [place for place, each in enumerate(bounds) if each.excludes_zero and abs(truth[place]) >= 0.1]
        assert len(sure) >= 5, (target, sure)
        np.testing.assert_array_equal(np.sign(now.values()[means][sure]), np.sign(truth[sure]))


def seen_under(inputs: Floats, *, taps: int, left: int) -> Floats:
    """What stands under the window at every step, one step at a time: [T, taps * F]."""
    rows = []
    for t in range(len(inputs)):
        row = [
            inputs[t + k - left] if 0 <= t + k - left < len(inputs) else np.zeros(inputs.shape[1]) for k in range(taps)
        ]
        rows.append(np.concatenate(row))
    return np.stack(rows)


def recordings(count: int = 4) -> list[Floats]:
    """Recordings of different lengths."""
    rng = np.random.default_rng(8)
    return [np.abs(rng.normal(size=(int(rng.integers(20, 60)), 3))) for _ in range(count)]


def test_streamed_sums_against_all_windows_at_once() -> None:
    """Linear and two-component patterns, by NumPy's covariance and by the paper's formula over all stored windows."""
    rng = np.random.default_rng(2)
    weight = rng.normal(size=(5, 3))
    sums = PatternSums(weight, left=2)
    everything = recordings()
    for inputs in everything:
        sums.add(inputs)
    x = np.concatenate([seen_under(inputs, taps=5, left=2) for inputs in everything])
    z = x @ weight.ravel()
    covariance = np.cov(np.column_stack([x, z]).T, bias=True)
    np.testing.assert_allclose(sums.linear().ravel(), covariance[-1, :-1] / covariance[-1, -1], atol=1e-10)
    for found, chosen in zip(sums.two_component(), (z > 0, z <= 0), strict=True):
        shared = (x[chosen] * z[chosen, None]).mean(axis=0) - x[chosen].mean(axis=0) * z.mean()
        np.testing.assert_allclose(found.ravel(), shared / (weight.ravel() @ shared), atol=1e-10)


def test_filter_times_pattern_is_one_under_the_window() -> None:
    """w^T a = 1 for every estimator, over all lags."""
    weight = np.random.default_rng(3).normal(size=(6, 3))
    sums = PatternSums(weight, left=2)
    for inputs in recordings():
        sums.add(inputs)
    for pattern in (sums.linear(), *sums.two_component()):
        assert np.sum(weight * pattern) == pytest.approx(1)


def test_attribution_sums_to_the_output() -> None:
    """PatternAttribution conserves z; PatternNet is the same map at every step, up to z."""
    weight = np.random.default_rng(3).normal(size=(6, 3))
    sums = PatternSums(weight, left=2)
    inputs = recordings()[0]
    sums.add(inputs)
    pattern, z = sums.linear(), correlate(inputs, weight, left=2)
    attributed = pattern_attribution(weight, pattern, inputs, left=2)
    np.testing.assert_allclose(attributed.sum(axis=(1, 2)), z, atol=1e-10)
    signal = pattern_net(weight, pattern, inputs, left=2)
    np.testing.assert_allclose(signal[7] * z[3], signal[3] * z[7], atol=1e-10)
    np.testing.assert_allclose(attributed, signal * weight, atol=1e-12)


def test_two_components_of_a_rectified_world() -> None:
    """Where a feature follows the signal when it is positive only, the two patterns tell; the linear one cannot."""
    rng = np.random.default_rng(1)
    signal = rng.normal(size=200_000)
    inputs = np.column_stack([signal, np.maximum(signal, 0)])
    sums = PatternSums(np.array([[1.0, 0.0]]), left=0)
    sums.add(inputs)
    positive, negative = sums.two_component()
    np.testing.assert_allclose(positive, [[1, 1]], atol=0.02)
    np.testing.assert_allclose(negative, [[1, 0]], atol=0.02)
    np.testing.assert_allclose(sums.linear(), [[1, 0.5]], atol=0.02)


def test_outputs_without_a_pattern() -> None:
    """Constant, or of one sign: said, not guessed."""
    constant = PatternSums(np.zeros((2, 3)), left=0)
    constant.add(recordings()[0])
    with pytest.raises(ValueError, match="constant output"):
        constant.linear()
    positive = PatternSums(np.ones((2, 3)), left=0)
    positive.add(recordings()[0] + 1)
    with pytest.raises(ValueError, match="never negative"):
        positive.two_component()


def test_memory_does_not_grow_with_recordings() -> None:
    """What is kept is as large after a hundred recordings as after one."""
    sums = PatternSums(np.ones((5, 3)), left=2)
    sizes = []
    for _ in range(100):
        sums.add(recordings()[0])
        sizes.append(sum(array.nbytes for part in (sums.positive, sums.negative) for array in (part.x, part.xz)))
    assert set(sizes) == {4 * 15 * 8}
