"""Refits on labels of others: against fitting anew, and whether verdicts are right as often as they say."""

import numpy as np
import pytest
from scipy.signal import lfilter

from onefilter.explanation.perception import AGREES, BY_CHANCE, Agreement, Chance, agreement, chance
from onefilter.explanation.refit import projection, refits
from onefilter.tables import Floats
from onefilter.training.ridge import equations, fit_ridge

Pairs = list[tuple[Floats, Floats]]
TAPS, LEFT, DELAY = 5, 2, 3


def smooth(rng: np.random.Generator, steps: int, width: int) -> Floats:
    """Draw paths that move as slowly as affect does, of unit variance."""
    drawn = lfilter([1.0], [1.0, -0.9], rng.normal(size=(steps + 50, width)), axis=0)[50:]
    return np.asarray(drawn * np.sqrt(1 - 0.9**2))


SHOWS = np.array([1.0, 0.8, 0.6, -0.6, -0.8, 0.5, 0.3, -0.4])
"""How much of the affect each feature shows."""
DISTRACTED = np.array([0.9, -0.5, 0.4, 0.8, -0.3, -0.7, 0.6, 0.2])
"""And how much of something else."""
FEATURES = len(SHOWS)


def corpus(count: int, *, seed: int, related: float = 0.0) -> tuple[Pairs, list[str]]:
    """Dyads of two whose features show affect and something else; labels follow the affect by so much."""
    rng = np.random.default_rng(seed)
    pairs, units = [], []
    for dyad in range(count):
        for _ in range(2):
            steps = int(rng.integers(60, 120))
            affect, other = smooth(rng, steps, 2).T
            inputs = np.outer(affect, SHOWS) + np.outer(other, DISTRACTED) + smooth(rng, steps, FEATURES)
            pairs.append((inputs, related * np.roll(affect, DELAY) + smooth(rng, steps, 1)[:, 0]))
            units.append(f"dyad {dyad}")
    return pairs, units


def test_against_a_fit_of_its_own() -> None:
    """The labels as they are: the ridge filter summed over lags, and the covariance of its output with the features."""
    pairs, units = corpus(4, seed=1, related=1.0)
    known = equations(pairs, taps=TAPS, left=LEFT, delay=DELAY)
    weights, patterns = refits(known, pairs, units, penalty=0.1, seed=1, draws=3)
    ridge = fit_ridge(pairs, pairs, taps=TAPS, left=LEFT, delay=DELAY, penalties=[0.1])
    summed = ridge.weight.sum(axis=0)
    np.testing.assert_allclose(weights[0] / weights[0, 0], summed / summed[0], atol=1e-9)
    pattern = known.covariance[LEFT * FEATURES : (LEFT + 1) * FEATURES] @ ridge.weight.ravel()
    np.testing.assert_allclose(patterns[0] / patterns[0, 0], pattern / pattern[0], atol=1e-9)
    assert weights[0, 0] * summed[0] > 0
    assert patterns[0, 0] * pattern[0] > 0


def test_against_fits_on_other_labels() -> None:
    """Every refit is the fit on labels of another dyad, moved around in a circle; each dyad gives its labels once."""
    pairs, units = corpus(2, seed=2)
    # All of one length, and labels that say whose they are and when.
    pairs = [(x[:60], np.concatenate([np.zeros(DELAY), 100 * place + np.arange(57.0) ** 1.1]))
             for place, (x, _) in enumerate(pairs)]  # fmt: skip
    known = equations(pairs, taps=TAPS, left=LEFT, delay=DELAY)
    found = np.concatenate(refits(known, pairs, units, penalty=1.0, seed=3, draws=8), axis=1)
    mixed = projection(known, penalty=1.0).reshape(-1, 2 * FEATURES)
    possible = []
    for order in ([0, 1, 2, 3], [2, 3, 0, 1]):
        for first in range(57):
            for second in range(57):
                moves = [first, first, second, second]
                others = [np.roll(pairs[place][1][DELAY:], -move) for place, move in zip(order, moves, strict=True)]
                possible.append(np.concatenate(others))
    lagged = np.concatenate([seen_under(x)[:57] for x, _ in pairs])
    every = np.array(possible) @ (lagged - lagged.mean(axis=0)) @ mixed / len(lagged)
    for row in found[1:]:
        assert np.abs(every - row).max(axis=1).min() < 1e-8 * np.abs(row).max()


def seen_under(inputs: Floats) -> Floats:
    """What is under the window at every step, [T, K F]."""
    padded = np.pad(inputs, ((LEFT, TAPS - 1 - LEFT), (0, 0)))
    return np.stack([padded[t : t + TAPS].ravel() for t in range(len(inputs))])


def verdict(seed: int, *, related: float) -> tuple[Agreement, Chance]:
    """Compare the ridge filter's pattern with what features show, and the agreement with that of refits."""
    pairs, units = corpus(12, seed=seed, related=related)
    known = equations(pairs, taps=TAPS, left=LEFT, delay=DELAY)
    _, patterns = refits(known, pairs, units, penalty=1.0, seed=seed, draws=200)
    names = [f"f{index}" for index in range(FEATURES)]
    expected = dict(zip(names, np.sign(SHOWS).astype(int).tolist(), strict=True))
    found = agreement(dict(zip(names, patterns[0].tolist(), strict=True)), expected, seed=1)
    assert found is not None
    return found, chance(found, dict(zip(names, patterns[1:].T, strict=True)), expected, unit="recording")


@pytest.mark.slow
def test_unrelated_labels_agree_by_chance() -> None:
    """In studies of nothing the refits are wrong in 5 %, as they say; sign flips in more: features move together."""
    studies = [verdict(seed, related=0.0) for seed in range(200)]
    by_refits = np.mean([answer.weighted_p_refit <= 0.05 for _, answer in studies])
    by_flips = np.mean([found.weighted_p <= 0.05 for found, _ in studies])
    # Of 200, 5 % are 4 to 17 in 99 of 100 cases.
    assert 0.02 <= by_refits <= 0.085
    assert np.mean([answer.p_refit <= 0.05 for _, answer in studies]) <= 0.085
    assert by_flips > 0.12


def test_a_relation_is_found() -> None:
    """Where the label follows the affect, signs agree more than in refits; the verdict is by the number of signs."""
    found, answer = verdict(5, related=2.0)
    assert found.agreeing == FEATURES
    assert answer.verdict == AGREES
    assert answer.by_chance == pytest.approx(FEATURES / 2, abs=1)
    assert verdict(2, related=0.0)[1].verdict == BY_CHANCE


def test_a_feature_that_never_changes() -> None:
    """It has no weight and no pattern in any refit."""
    pairs, units = corpus(3, seed=4)
    pairs = [(np.column_stack([x, np.full(len(x), 0.98)]), y) for x, y in pairs]
    # At its ends the recording's padding moves it; only a feature of zeros never changes.
    pairs = [(x * ([1] * FEATURES + [0]), y) for x, y in pairs]
    known = equations(pairs, taps=TAPS, left=LEFT, delay=DELAY)
    for values in refits(known, pairs, units, penalty=1.0, seed=1, draws=2):
        np.testing.assert_array_equal(values[:, FEATURES], 0)
        assert (values[:, :FEATURES] != 0).all()
