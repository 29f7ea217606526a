"""The ridge filter against the matrix it never builds."""

import numpy as np
import numpy.typing as npt
import pytest

from onefilter.training.ridge import (
    equations,
    fit_constant,
    fit_ridge,
    normal_equations,
    score_filter,
    solve,
    solve_nested,
)
from tests.examples.training import DELAY, DEVEL, TRAIN, check_equations, lagged

Floats = npt.NDArray[np.float64]


@pytest.mark.parametrize(
    ("taps", "left", "delay"), [(9, 4, 3), (8, 3, 0), (1, 0, 2), (5, 0, 1), (5, 4, 3), (45, 20, 3)]
)
def test_normal_equations(taps: int, left: int, delay: int) -> None:
    """Sums by block correlation equal those of the matrix, edges included."""
    matrix, labels = lagged(TRAIN, taps, left, delay)
    check_equations(normal_equations(TRAIN, taps=taps, left=left, delay=delay), matrix, labels)


@pytest.mark.parametrize("count", [63, 64, 65, 130])
def test_normal_equations_of_many_recordings(count: int) -> None:
    """Ends are multiplied together, many at a time: none is lost, and none counts twice."""
    rng = np.random.default_rng(count)
    many = [(rng.normal(size=(12, 2)), rng.normal(size=12)) for _ in range(count)]
    matrix, labels = lagged(many, 5, 2, 1)
    check_equations(normal_equations(many, taps=5, left=2, delay=1), matrix, labels)


def test_solution() -> None:
    """The filter solves the penalised equations; its output has the labels' mean and variance."""
    ridge = fit_ridge(TRAIN, DEVEL, taps=9, left=4, delay=DELAY, penalties=[0.1])
    matrix, labels = lagged(TRAIN, 9, 4, DELAY)
    standard = (matrix - matrix.mean(axis=0)) / matrix.std(axis=0)
    left_side = standard.T @ standard / len(labels) + 0.1 * np.eye(36)
    by_hand = np.linalg.solve(left_side, standard.T @ (labels - labels.mean()) / len(labels)) / matrix.std(axis=0)
    ours = ridge.weight.ravel()
    np.testing.assert_allclose(ours / np.linalg.norm(ours), by_hand / np.linalg.norm(by_hand), atol=1e-8)
    outputs = matrix @ ours + ridge.bias
    assert outputs.mean() == pytest.approx(labels.mean())
    assert outputs.var() == pytest.approx(labels.var())


def test_penalty_is_chosen_on_development() -> None:
    """The chosen penalty scores highest there, and the filter scores well on what was planted."""
    ridge = fit_ridge(TRAIN, DEVEL, taps=9, left=4, delay=DELAY)
    for penalty in (1e-4, 0.1, 100.0):
        assert fit_ridge(TRAIN, DEVEL, taps=9, left=4, delay=DELAY, penalties=[penalty]).score <= ridge.score
    assert ridge.score == pytest.approx(score_filter(DEVEL, ridge.weight, ridge.bias, left=4, delay=DELAY))
    assert ridge.score > 0.85


def test_nested_filters_are_those_of_each_subset() -> None:
    """One factorisation for all gives what solving for every subset alone gives, penalty included."""
    known = equations(TRAIN, taps=5, left=2, delay=DELAY)
    groups = [[2], [0, 3], [1]]
    for number, found in enumerate(solve_nested(known, DEVEL, groups)):
        features = [feature for group in groups[: number + 1] for feature in group]
        alone = solve(known, DEVEL, features)
        np.testing.assert_allclose(found.weight, alone.weight, atol=1e-9)
        assert found.penalty == alone.penalty
        assert found.score == pytest.approx(alone.score)
        assert not np.delete(found.weight, features, axis=1).any()


def test_constant_feature_gets_no_weight() -> None:
    """A feature that never changes leaves the others as they were."""
    wider = [[(np.column_stack([x, np.zeros(len(x))]), y) for x, y in part] for part in (TRAIN, DEVEL)]
    plain = fit_ridge(TRAIN, DEVEL, taps=3, left=1, delay=DELAY)
    ridge = fit_ridge(wider[0], wider[1], taps=3, left=1, delay=DELAY)
    np.testing.assert_allclose(ridge.weight[:, :4], plain.weight, atol=1e-9)
    assert not ridge.weight[:, 4].any()


def test_constant() -> None:
    """The mean label, CCC 0."""
    constant = fit_constant(TRAIN, DEVEL, taps=9, left=4, delay=DELAY)
    assert not constant.weight.any()
    assert constant.bias == pytest.approx(np.concatenate([label[DELAY:] for _, label in TRAIN]).mean())
    assert score_filter(DEVEL, constant.weight, constant.bias, left=4, delay=0) == 0


def test_nothing_to_fit() -> None:
    """Constant labels."""
    flat = [(x, np.full(len(y), 0.3)) for x, y in TRAIN]
    with pytest.raises(ValueError, match="nothing to fit"):
        fit_ridge(flat, DEVEL, taps=3, left=1, delay=0)
