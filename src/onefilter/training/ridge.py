"""What networks are compared with: the best linear filter in closed form, and a constant.

The ridge filter sees what the one-filter network sees, K taps of F features, and is found without gradient descent.
With X the lagged features (one row per step, K F columns, zeros outside the recording, each feature divided by its
standard deviation), centred, and y the centred labels,

    w = (X^T X + penalty n I)^-1 X^T y,

then scaled so that its output has the labels' variance and mean: for a given correlation that is the scale of a good
concordance. The penalty is the one that scores best on development.

X, 57,000 x 2,960 at the paper's size, is never built. X^T X consists of K x K blocks of F x F, and the block for taps
(k + 1, j + 1) is the one for (k, j) less what the first step contributes plus what enters behind the last:

    G[k, j] = sum_{t=0}^{T-1} x[t + k - left] x[t + j - left]^T
    G[k + 1, j + 1] = G[k, j] - x[k - left] x[j - left]^T + x[T + k - left] x[T + j - left]^T,

so only the first block row, G[0, j], has to be summed over time. Where moments in between were not rated, this holds
within every run of moments that were; so it holds for sums over runs, and the blocks are computed once for all of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve, cholesky, solve_triangular

from onefilter.concordance import measures, moments
from onefilter.model.prediction import at_annotators_time, correlate
from onefilter.tables import Columns, Pairs, rated

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]

PENALTIES: Final = tuple(10.0**exponent for exponent in np.arange(-4, 3.5, 0.5))
"""Penalties that are tried, relative to standardised features."""
PENALTY_COLUMNS: Final[Columns] = {"method": str, "penalty": float, "devel_ccc": float}
"""What was chosen on development for each reference; a constant has no penalty."""

_TOGETHER: Final = 64
"""Runs of rated steps whose ends are multiplied at once."""
NOTHING_TO_FIT: Final = "nothing to fit: labels are constant or shorter than the delay"


@dataclass(frozen=True)
class Ridge:
    """A linear filter.

    Attributes:
        weight: [K, F].
        bias: Added to the filter's output.
        penalty: That was chosen.
        score: CCC of all development recordings concatenated.
    """

    weight: Floats
    bias: float
    penalty: float
    score: float


def normal_equations(recordings: Pairs, *, taps: int, left: int, delay: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Sum up lagged features and labels over all steps whose label, `delay` steps later, exists and is not NaN.

    Returns:
        Sum of outer products [K F, K F] and sum [K F] of the lagged features, their sum with the labels [K F], and
        [n, sum y, sum y^2] of the labels.
    """
    features = next(iter(recordings))[0].shape[1]
    products = np.zeros((taps, features + 2, features))
    change = np.zeros(((taps - 1) * features,) * 2)
    labels_sums = np.zeros(3)
    ends: list[tuple[Floats, Floats]] = []
    for own, padded in _runs(recordings, taps=taps, left=left, delay=delay):
        steps = len(own)
        lagged = np.lib.stride_tricks.sliding_window_view(padded[: steps + taps - 1], steps, axis=0)
        # The features at the first tap, the label and 1, each times what is at every tap.
        products += np.column_stack([padded[:steps], own, np.ones(steps)]).T @ lagged.transpose(0, 2, 1)
        labels_sums += [steps, own.sum(), own @ own]
        ends.append((padded[: taps - 1], padded[steps : steps + taps - 1]))
        if len(ends) == _TOGETHER:
            _add_change(change, ends)
            ends = []
    _add_change(change, ends)
    size = taps * features
    gram = _gram(products[:, :features], change).reshape(size, size)
    return gram, products[:, -1].ravel(), products[:, -2].ravel(), labels_sums


def _runs(recordings: Pairs, *, taps: int, left: int, delay: int) -> Iterator[tuple[Floats, Floats]]:
    """Give the labels of every run of rated steps [steps], and what is under the filter there [steps + K, F]."""
    for inputs, labels in recordings:
        shifted = labels[delay:]
        # x[t - left] for t = 0 .. steps + taps - 1; zeros where the recording has no steps.
        padded = np.zeros((len(shifted) + taps, inputs.shape[1]))
        inside = inputs[: len(padded) - left]
        padded[left : left + len(inside)] = inside
        edges = np.flatnonzero(np.diff(np.concatenate([[False], ~np.isnan(shifted), [False]]).astype(np.int8)))
        for begin, end in zip(edges[::2], edges[1::2], strict=True):
            yield shifted[begin:end], padded[begin : end + taps]


def _add_change(change: Floats, ends: Sequence[tuple[Floats, Floats]]) -> None:
    """Add what the blocks of G gain from one tap to the next: what enters behind runs, less what leaves in front.

    Args:
        change: [(K - 1) F, (K - 1) F]; it is added to.
        ends: Of some runs, the first K - 1 steps under the filter, and the last [K - 1, F].
    """
    if ends:
        leaves, enters = (np.stack([part.ravel() for part in parts]) for parts in zip(*ends, strict=True))
        change += enters.T @ enters
        change -= leaves.T @ leaves


def _gram(first: Floats, change: Floats) -> Floats:
    """Give all blocks of G, as the module's docstring has it, from those of its first row.

    Args:
        first: G[0, j] [K, F, F].
        change: G[k + 1, j + 1] - G[k, j] [(K - 1) F, (K - 1) F].

    Returns:
        [K, F, K, F].
    """
    taps, features, _ = first.shape
    gram = np.empty((taps, features, taps, features))
    gram[0] = first.transpose(1, 0, 2)
    gram[:, :, 0] = first.transpose(0, 2, 1)
    steps = change.reshape(taps - 1, features, taps - 1, features)
    for k in range(taps - 1):
        np.add(gram[k, :, :-1], steps[k], out=gram[k + 1, :, 1:])
    return gram


@dataclass(frozen=True)
class Equations:
    """What training recordings say about the best linear filter, whatever the penalty and the features.

    Attributes:
        covariance: Of the lagged features [K F, K F].
        target: Their covariance with the labels [K F].
        mean: Of the lagged features [K F].
        label_mean: Of the labels.
        label_variance: Of the labels.
        taps: K.
        left: Steps of the past that the filter sees.
        delay: Annotation delay in steps.
    """

    covariance: Floats
    target: Floats
    mean: Floats
    label_mean: float
    label_variance: float
    taps: int
    left: int
    delay: int


def equations(train: Pairs, *, taps: int, left: int, delay: int) -> Equations:
    """Centre the normal equations.

    Raises:
        ValueError: If no label is left after the delay, or labels are constant.
    """
    gram, total, cross, (count, label_sum, label_squares) = normal_equations(train, taps=taps, left=left, delay=delay)
    if not count:
        raise ValueError(NOTHING_TO_FIT)
    mean, label_mean = total / count, label_sum / count
    label_variance = label_squares / count - label_mean**2
    if label_variance <= 0:
        raise ValueError(NOTHING_TO_FIT)
    covariance = gram / count - np.outer(mean, mean)
    target = cross / count - mean * label_mean
    return Equations(covariance, target, mean, float(label_mean), float(label_variance), taps, left, delay)


def fit_ridge(
    train: Pairs, devel: Pairs, *, taps: int, left: int, delay: int, penalties: Sequence[float] = PENALTIES
) -> Ridge:
    """Fit the ridge filter; the penalty is chosen on development.

    Args:
        train: Recordings as pairs of features [T, F] and labels [T].
        devel: The same for development.
        taps: K, the filter's length in steps.
        left: Steps of the past that it sees.
        delay: Annotation delay in steps.
        penalties: To choose from.

    Raises:
        ValueError: If no label is left after the delay, or labels are constant.
    """
    features = list(range(next(iter(train))[0].shape[1]))
    return solve(equations(train, taps=taps, left=left, delay=delay), devel, features, penalties=penalties)


def solve(known: Equations, devel: Pairs, features: Sequence[int], *, penalties: Sequence[float] = PENALTIES) -> Ridge:
    """Solve for a ridge filter on some of the features; the others get weight 0. Arguments as in `fit_ridge`."""
    return solve_nested(known, devel, [features], penalties=penalties)[0]


def solve_nested(
    known: Equations, devel: Pairs, groups: Sequence[Sequence[int]], *, penalties: Sequence[float] = PENALTIES
) -> list[Ridge]:
    """Solve for the ridge filters on the first group of features, on the first two, and so on.

    The Cholesky factor of a leading block is the leading block of the factor, so each penalty costs one factorisation
    and one solution, however many groups there are.

    Args:
        known: The normal equations.
        devel: Development recordings, on which each filter's penalty is chosen.
        groups: Features, each in one group; those in none get weight 0.
        penalties: To choose from.
    """
    scale = np.sqrt(np.maximum(np.diag(known.covariance), 0.0))
    width = len(known.mean) // known.taps
    # A feature that never changes tells nothing: its weight stays 0.
    telling = (scale > 1e-9 * scale.max()).reshape(known.taps, width)
    places, ends = [], []
    for group in groups:
        chosen = np.zeros_like(telling)
        chosen[:, list(group)] = telling[:, list(group)]
        places.append(np.flatnonzero(chosen.ravel()))
        ends.append(sum(map(len, places)))
    used = np.concatenate(places)
    # As LAPACK orders and overwrites it: copies and checks take as long as the factorisation.
    covariance = np.asfortranarray(known.covariance[np.ix_(used, used)] / np.outer(scale[used], scale[used]))
    target = known.target[used] / scale[used]
    diagonal = np.diag_indices(len(used))
    best: dict[int, Ridge] = {}
    for penalty in penalties:
        penalised = covariance.copy(order="F")
        penalised[diagonal] += penalty
        factor = cholesky(penalised, lower=True, overwrite_a=True, check_finite=False)
        halfway = solve_triangular(factor, target, lower=True, check_finite=False)
        # Solved from behind, zeros stay zeros: one column for each group.
        each = np.where(np.arange(len(used))[:, None] < np.array(ends), halfway[:, None], 0.0)
        solutions = solve_triangular(factor, each, lower=True, trans="T", overwrite_b=True, check_finite=False)
        variances = np.einsum("ug,ug->g", solutions, covariance @ solutions)
        for number, (solution, variance) in enumerate(zip(solutions.T, variances, strict=True)):
            weight = np.zeros(len(known.mean))
            weight[used] = solution / scale[used] * np.sqrt(known.label_variance / variance)
            bias = float(known.label_mean - weight @ known.mean)
            shaped = weight.reshape(known.taps, -1)
            score = score_filter(devel, shaped, bias, left=known.left, delay=known.delay)
            if number not in best or score > best[number].score:
                best[number] = Ridge(shaped, bias, float(penalty), score)
    return [best[number] for number in range(len(groups))]


def forward_selection(known: Equations, *, penalty: float) -> list[int]:
    """Order the features by how much each adds to what those before it explain, ridge-penalised.

    With R the covariance that the chosen features leave over and q what they leave of the covariance with the labels, a
    feature's K lags f add q_f^T R_ff^-1 q_f; then R and q are what it, too, leaves over.
    """
    taps, width = known.taps, len(known.mean) // known.taps
    scale = np.sqrt(np.maximum(np.diag(known.covariance), 0.0))
    constant = scale <= 1e-9 * scale.max()
    scale = np.where(constant, 1.0, scale)
    # The lags of a feature one behind the other.
    lags = (np.arange(width)[:, None] + width * np.arange(taps)).ravel()
    left_over = (known.covariance / np.outer(scale, scale))[np.ix_(lags, lags)] + penalty * np.eye(len(scale))
    label = (known.target / scale)[lags]
    order, features = list[int](), list(range(width))
    while features:
        places = [slice(at, at + taps) for at in range(0, len(label), taps)]
        gains = [float(label[place] @ np.linalg.solve(left_over[place, place], label[place])) for place in places]
        best = int(np.argmax(gains))
        place, others = places[best], np.delete(np.arange(len(label)), places[best])
        shared = left_over[place, others]
        explained = cho_solve(cho_factor(left_over[place, place], lower=True), shared)
        label = label[others] - explained.T @ label[place]
        left_over = left_over[np.ix_(others, others)] - shared.T @ explained
        order.append(features.pop(best))
    return order


def ridge_penalty(chosen: "pd.DataFrame") -> float:
    """Give the penalty that was chosen for the ridge filter on all features (`PENALTY_COLUMNS`)."""
    return float(chosen.set_index("method")["penalty"]["ridge"])


def fit_constant(train: Pairs, devel: Pairs, *, taps: int, left: int, delay: int) -> Ridge:
    """Give the constant that is right on average: the mean label, whatever the face does.

    Its CCC is 0 without a delay, and what the zeros earn that a delay leaves in front with one (docs/decisions.md).
    """
    mean = float(rated(np.concatenate([labels[delay:] for _, labels in train])).mean())
    weight = np.zeros((taps, next(iter(train))[0].shape[1]))
    return Ridge(weight, mean, 0.0, score_filter(devel, weight, mean, left=left, delay=delay))


def score_filter(recordings: Pairs, weight: Floats, bias: float, *, left: int, delay: int) -> float:
    """CCC of a linear filter on all recordings concatenated, at the annotators' time."""
    sums = filter_moments(recordings, weight, bias, left=left, delay=delay)
    return float(measures(sums.sum(axis=0))["ccc"])


def filter_moments(recordings: Pairs, weight: Floats, bias: float, *, left: int, delay: int) -> Floats:
    """Moments of a linear filter's predictions at the annotators' time, one row per recording: [R, 6]."""
    return np.stack(
        [moments(at_annotators_time(correlate(x, weight, left=left) + bias, delay)[: len(y)], y) for x, y in recordings]
    )
