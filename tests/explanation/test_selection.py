"""Selecting features: masked training, forward selection, the one-standard-error rule."""

import numpy as np
import numpy.typing as npt
import pytest

from onefilter.concordance import concordance, moments
from onefilter.explanation.selection import PUBLISHED, nested, random_subsets, smallest_enough
from onefilter.names import PUBLISHED_FEATURES
from onefilter.training.fit import Fit, fit
from onefilter.training.ridge import equations, fit_ridge, forward_selection, solve
from tests.examples.training import settings

Floats = npt.NDArray[np.float64]
Pairs = list[tuple[Floats, Floats]]


def corpus(count: int, *, seed: int, features: int = 5) -> Pairs:
    """Recordings whose label is feature 3 twice as much as feature 1, a delay later, with noise."""
    rng = np.random.default_rng(seed)
    pairs = []
    for _ in range(count):
        x = np.cumsum(rng.normal(size=(120, features)), axis=0) / 8
        clean = 0.2 * x[:, 3] + 0.1 * x[:, 1]
        pairs.append((x, np.roll(clean, 3) + 0.02 * rng.normal(size=120)))
    return pairs


def trained(train: Pairs, devel: Pairs, subsets: list[list[int]] | None, seeds: list[int]) -> Fit:
    """Train small filters."""
    network, training = settings(taps=7, seeds=seeds, epochs=60)
    return fit(train, devel, delay=3, network=network, training=training, subsets=subsets)


@pytest.mark.slow
def test_a_subset_learns_as_if_it_were_all_there_is() -> None:
    """Masked in the middle of others, or alone with its own features: the same filter; the rest stays exactly zero."""
    train, devel = corpus(4, seed=1), corpus(2, seed=2)
    subsets = [[0, 3], [3], [0, 1, 2, 3, 4]]
    together = trained(train, devel, subsets, [7, 8, 9])
    for index, (subset, seed) in enumerate(zip(subsets, (7, 8, 9), strict=True)):
        cut = [[(x[:, subset], y) for x, y in part] for part in (train, devel)]
        alone = trained(cut[0], cut[1], None, [seed])
        mine = together.best.weight[:, :, index].numpy()
        np.testing.assert_allclose(mine[:, subset], alone.best.weight[:, :, 0].numpy(), atol=1e-4)
        others = [feature for feature in range(5) if feature not in subset]
        assert (mine[:, others] == 0).all()
        assert together.best_score[index] == pytest.approx(alone.best_score[0], abs=1e-4)


def test_ridge_on_a_subset_is_ridge_on_these_features() -> None:
    """Solving a part of the equations is solving the equations of a part."""
    train, devel = corpus(4, seed=1), corpus(2, seed=2)
    known = equations(train, taps=7, left=3, delay=3)
    for subset in ([3], [1, 3], [0, 2, 4]):
        cut = [[(x[:, subset], y) for x, y in part] for part in (train, devel)]
        alone = fit_ridge(cut[0], cut[1], taps=7, left=3, delay=3)
        part = solve(known, devel, subset)
        np.testing.assert_allclose(part.weight[:, subset], alone.weight, atol=1e-8)
        assert part.score == pytest.approx(alone.score, abs=1e-9)
        assert part.penalty == alone.penalty


def test_forward_selection_against_trying_everything() -> None:
    """At every step the feature whose ridge fit explains most, by solving each candidate's normal equations anew."""
    known = equations(corpus(4, seed=3), taps=7, left=3, delay=3)
    order = forward_selection(known, penalty=0.1)
    assert order[:2] == [3, 1]
    scale = np.sqrt(np.diag(known.covariance))
    covariance = known.covariance / np.outer(scale, scale) + 0.1 * np.eye(35)
    target = known.target / scale

    def explained(features: list[int]) -> float:
        places = np.concatenate([feature + 5 * np.arange(7) for feature in features])
        return float(target[places] @ np.linalg.solve(covariance[np.ix_(places, places)], target[places]))

    chosen: list[int] = []
    for feature in order:
        rest = [other for other in range(5) if other not in chosen]
        assert feature == max(rest, key=lambda other: explained([*chosen, other]))
        chosen.append(feature)


def test_a_constant_feature_is_chosen_last() -> None:
    """It explains nothing."""
    pairs = [(np.column_stack([np.full(len(x), 2.0), x]), y) for x, y in corpus(4, seed=3)]
    order = forward_selection(equations(pairs, taps=7, left=3, delay=3), penalty=0.1)
    assert order[0] == 4
    assert order[-1] == 0


def test_one_standard_error_rule() -> None:
    """The smallest k whose score is within one standard error of the best, by resampling by hand."""
    rng = np.random.default_rng(4)
    labels = [rng.normal(size=50) for _ in range(9)]
    noise = [3.0, 1.2, 0.62, 0.6, 0.59, 0.7]
    outputs = [[label + size * rng.normal(size=50) for label in labels] for size in noise]
    sums = np.array([[moments(p, y) for p, y in zip(row, labels, strict=True)] for row in outputs])
    scores = [concordance(np.concatenate(row), np.concatenate(labels)) for row in outputs]
    best = int(np.argmax(scores))
    draws = []
    for _ in range(3000):
        picked = rng.integers(9, size=9)
        draws.append(concordance(*(np.concatenate([part[i] for i in picked]) for part in (outputs[best], labels))))
    limit = scores[best] - np.std(draws) * np.sqrt(9 / 8)
    expected = next(k for k, value in enumerate(scores, start=1) if value >= limit)
    assert smallest_enough(sums, seed=1) == expected == 3
    assert smallest_enough(sums[:, :1], seed=1) == int(np.argmax([concordance(o[0], labels[0]) for o in outputs])) + 1


def test_subsets() -> None:
    """Nested by rank; random ones of every size, reproducibly; the published seven by their stored names."""
    assert nested([2, 0, 1]) == [[2], [2, 0], [2, 0, 1]]
    drawn = random_subsets(6, draws=2, seed=1)
    assert [len(subset) for subset in drawn] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]
    assert all(len(set(subset)) == len(subset) for subset in drawn)
    assert drawn == random_subsets(6, draws=2, seed=1) != random_subsets(6, draws=2, seed=2)
    assert [PUBLISHED_FEATURES.index(name) for name in PUBLISHED] == [0, 3, 5, 6, 7, 9, 36]
