"""What signs would a filter have if faces and labels had nothing to do with each other?

Flipping expected signs one by one is no answer: features are correlated, so one chance relation gives many of them the
right sign, or the wrong one. The answer is to fit again. With A the ridge-penalised covariance of the lagged features
x, q = cov(x, y) and w = A^-1 q the ridge filter (`onefilter.training.ridge`; S are the features' standard deviations),

    s = L w                filter, summed over lags (L),
    a = C w                pattern, up to a factor: covariance of each feature at no lag with the output w^T x.

Both are linear in q, and q is a mean over steps, so both are means of one product per step,

    [s; a] = mean_t u(t) y(t),    u(t) = M^T (x(t) - mean x),    M = S^-1 A^-1 S^-1 [L^T, C^T],

and a refit costs one product with other labels instead of one more factorisation.

Labels are those of others: units (`onefilter.corpus.people`) are shuffled, so that two people who talk with each other
stay a pair and labels keep what they have in common, and each label is moved around in a circle by a random part of its
length, so that it keeps its own smoothness. Where faces and labels are unrelated, the true order is one of these.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve

from onefilter.explanation.relevance import lagged_sums, windows
from onefilter.tables import Columns, Pairs, rated
from onefilter.training.ridge import Equations
from onefilter.training.shelf import Shelf

Floats = npt.NDArray[np.float64]

REFITS: Final = 1000
_HELD: Final = 128
"""Labels that are held at once, moved around in a circle."""
REFIT_COLUMNS: Final[Columns] = {"draw": int, "weights": str, "feature": str, "value": float, "unit": str}
"""Signs of refits, one row per draw, kind and feature; draw 0 has the labels as they are, others have those of other
units (``unit``: which kind)."""


def projection(known: Equations, *, penalty: float) -> Floats:
    """Find M, which gives filter and pattern for any labels: [K, F, 2 F]; equations in the module's docstring.

    Args:
        known: The normal equations of the training recordings.
        penalty: Of the ridge filter, relative to standardised features.
    """
    width = len(known.mean) // known.taps
    scale = np.sqrt(np.maximum(np.diag(known.covariance), 0.0))
    # A feature that never changes tells nothing: its weight stays 0.
    used = np.flatnonzero(scale > 1e-9 * scale.max())
    covariance = known.covariance[np.ix_(used, used)] / np.outer(scale[used], scale[used])
    summed = np.tile(np.eye(width), (known.taps, 1))[used]
    now = known.covariance[used, known.left * width : (known.left + 1) * width]
    wanted = np.column_stack([summed, now]) / scale[used, None]
    factor = cho_factor(covariance + penalty * np.eye(len(used)), lower=True, overwrite_a=True)
    found = np.zeros((len(known.mean), 2 * width))
    found[used] = cho_solve(factor, wanted) / scale[used, None]
    return found.reshape(known.taps, width, -1)


def refits(
    known: Equations, recordings: Pairs, units: Sequence[str], *, penalty: float, seed: int, draws: int = REFITS
) -> tuple[Floats, Floats]:
    """Refit the ridge filter on labels of others.

    Args:
        known: The normal equations of these recordings.
        recordings: Pairs of features [T, F] and labels [T].
        units: Of each recording.
        penalty: Of the ridge filter.
        seed: Of the draws.
        draws: Number of refits.

    Returns:
        The filter summed over lags and the pattern at no lag, up to a positive factor, [1 + draws, F] each; the first
        row is that of the labels as they are.
    """
    mixed = projection(known, penalty=penalty)
    rng = np.random.default_rng(seed)
    together: dict[str, list[int]] = {}
    for place, unit in enumerate(units):
        together.setdefault(unit, []).append(place)
    members = list(together.values())
    orders = np.argsort(rng.random((draws, len(members))), axis=1)
    moves = rng.random((draws, len(members)))
    place_of = {place: (number, rank) for number, own in enumerate(members) for rank, place in enumerate(own)}
    labels, shelf, rated_steps = _labels(recordings, known.delay)
    mean = _mean_seen(recordings, labels, mixed, known)
    found = np.zeros((1 + draws, mixed.shape[-1]))
    for place, (inputs, _) in enumerate(recordings):
        number, rank = place_of[place]
        seen = _seen(inputs, mixed, known)[: len(labels[place])] - mean
        found[0] += labels[place] @ seen
        for source in np.unique(orders[:, number]):
            # A unit of fewer recordings gives some of its labels twice.
            label = labels[members[source][rank % len(members[source])]]
            drawn = np.flatnonzero(orders[:, number] == source)
            for chosen in np.array_split(drawn, len(drawn) // _HELD + 1):
                start = (moves[chosen, number] * len(label)).astype(int)
                around = label[(np.arange(len(seen))[None, :] + start[:, None]) % len(label)]
                found[1 + chosen] += around @ seen
        shelf.let_go()
    found /= rated_steps
    return found[:, : found.shape[1] // 2], found[:, found.shape[1] // 2 :]


def _labels(recordings: Pairs, delay: int) -> tuple[list[Floats], Shelf, int]:
    """Put the labels of all recordings on a shelf, without those before the delay; say how many are rated.

    Labels that nobody rated are to count nothing. Where there are any, all are taken from their mean and these are 0:
    the products of the module's docstring are then covariances over the moments that were rated.
    """
    sizes = [len(own[delay:]) for _, own in recordings]
    shelf = Shelf(*(8 * size for size in sizes))
    labels = [shelf.put(np.asarray(own[delay:], dtype=np.float64)) for _, own in recordings]
    known = [len(rated(own)) for own in labels]
    if sum(known) < sum(sizes):
        mean = sum(float(rated(own).sum()) for own in labels) / sum(known)
        for own in labels:
            own[...] = np.where(np.isnan(own), 0.0, own - mean)
    shelf.let_go()
    return labels, shelf, sum(known)


def _mean_seen(recordings: Pairs, labels: Sequence[Floats], mixed: Floats, known: Equations) -> Floats:
    """Average what `_seen` gives over all steps with a label, [2 F]: the projection of the mean under the window."""
    under = np.zeros((known.taps, mixed.shape[1]))
    for (inputs, _), own in zip(recordings, labels, strict=True):
        counts = (np.arange(len(inputs)) < len(own)).astype(np.float64)[:, None]
        under += lagged_sums(counts, inputs, taps=known.taps, left=known.left)[0]
    return np.asarray(np.einsum("kf,kfp->p", under, mixed) / sum(map(len, labels)))


def _seen(inputs: Floats, mixed: Floats, known: Equations) -> Floats:
    """Project what is under the window at every step, [T, F] to [T, 2 F]."""
    under = windows(inputs, taps=known.taps, left=known.left)
    total = np.zeros((len(inputs), mixed.shape[-1]))
    for place in range(inputs.shape[1]):
        total += under[:, :, place] @ mixed[:, place]
    return total
