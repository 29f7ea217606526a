"""What training is up against: the best linear filter in closed form, and a constant.

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

so only the first block row, G[0, j], has to be summed over time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve

from onefilter.evaluation.concordance import measures, moments
from onefilter.evaluation.prediction import at_annotators_time, correlate

Floats = npt.NDArray[np.float64]
Pairs = Sequence[tuple[Floats, Floats]]

PENALTIES: Final = tuple(10.0**exponent for exponent in np.arange(-4, 3.5, 0.5))
"""Penalties that are tried, relative to standardised features."""


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
    """Sum up lagged features and labels over all steps whose label, `delay` steps later, exists.

    Returns:
        Sum of outer products [K F, K F] and sum [K F] of the lagged features, their sum with the labels [K F], and
        [n, sum y, sum y^2] of the labels.
    """
    features = recordings[0][0].shape[1]
    gram = np.zeros((taps, taps, features, features))
    total = np.zeros((taps, features))
    cross = np.zeros((taps, features))
    labels_sums = np.zeros(3)
    for inputs, labels in recordings:
        shifted = labels[delay:]
        steps = len(shifted)
        # x[t - left] for t = 0 .. steps + taps - 1; zeros where the recording has no steps.
        padded = np.zeros((steps + taps, features))
        inside = inputs[: steps + taps - left]
        padded[left : left + len(inside)] = inside
        lagged = np.lib.stride_tricks.sliding_window_view(padded[: steps + taps - 1], steps, axis=0)  # [K, F, steps]
        first = np.einsum("ft,jgt->jfg", lagged[0], lagged, optimize=True)  # G[0, j]
        own = np.zeros_like(gram)
        own[0] = first
        own[:, 0] = first.transpose(0, 2, 1)
        for k in range(taps - 1):
            enters = np.einsum("f,jg->jfg", padded[steps + k], padded[steps : steps + taps - 1])
            leaves = np.einsum("f,jg->jfg", padded[k], padded[: taps - 1])
            own[k + 1, 1:] = own[k, :-1] + enters - leaves
        gram += own
        total += lagged.sum(axis=2)
        cross += lagged @ shifted
        labels_sums += [steps, shifted.sum(), shifted @ shifted]
    size = taps * features
    return gram.transpose(0, 2, 1, 3).reshape(size, size), total.ravel(), cross.ravel(), labels_sums


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
    gram, total, cross, (count, label_sum, label_squares) = normal_equations(train, taps=taps, left=left, delay=delay)
    mean, label_mean = total / count, label_sum / count
    label_variance = label_squares / count - label_mean**2
    if not count or label_variance <= 0:
        message = "nothing to fit: labels are constant or shorter than the delay"
        raise ValueError(message)
    covariance = gram / count - np.outer(mean, mean)
    target = cross / count - mean * label_mean
    scale = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    # A feature that never changes tells nothing: its weight stays 0.
    used = scale > 1e-9 * scale.max()
    covariance = covariance[np.ix_(used, used)] / np.outer(scale[used], scale[used])
    best: Ridge | None = None
    for penalty in penalties:
        factor = cho_factor(covariance + penalty * np.eye(len(covariance)), lower=True, overwrite_a=True)
        solution = cho_solve(factor, target[used] / scale[used])
        variance = solution @ covariance @ solution
        weight = np.zeros(len(mean))
        weight[used] = solution / scale[used] * np.sqrt(label_variance / variance)
        bias = label_mean - weight @ mean
        shaped = weight.reshape(taps, -1)
        score = score_filter(devel, shaped, bias, left=left, delay=delay)
        if best is None or score > best.score:
            best = Ridge(shaped, float(bias), float(penalty), score)
    assert best is not None
    return best


def fit_constant(train: Pairs, devel: Pairs, *, taps: int, left: int, delay: int) -> Ridge:
    """Give the constant that is right on average: the mean label, whatever the face does.

    Its CCC is 0 without a delay, and what the zeros earn that a delay leaves in front with one (docs/decisions.md).
    """
    mean = float(np.concatenate([labels[delay:] for _, labels in train]).mean())
    weight = np.zeros((taps, train[0][0].shape[1]))
    return Ridge(weight, mean, 0.0, score_filter(devel, weight, mean, left=left, delay=delay))


def score_filter(recordings: Pairs, weight: Floats, bias: float, *, left: int, delay: int) -> float:
    """CCC of a linear filter on all recordings concatenated, at the annotators' time."""
    sums = np.zeros(6)
    for inputs, labels in recordings:
        outputs = correlate(inputs, weight, left=left) + bias
        sums += moments(at_annotators_time(outputs, delay)[: len(labels)], labels)
    return float(measures(sums)["ccc"])
