"""The gold standard: one label per moment from several annotators.

Ratings x are [A, T], those of A annotators at T moments, NaN where somebody did not rate. They are brought to these
moments (`resample`), moved towards each other if that is asked for (`lags`), and fused (`fuse`): by their mean, or by
the evaluator-weighted estimator (EWE; M. Grimm and K. Kroschel, "Evaluation of natural emotions using self assessment
manikins", IEEE ASRU 2005, equations 5 to 7),

    gold(t) = sum_k r_k x_k(t) / sum_k r_k,      r_k = correlation of x_k and the mean of all annotators,

with sums over those who rated the moment, and 0 for whoever goes against the others. Nothing is copied into gaps: a
moment that nobody rated has no label.

How far annotators agree is each one's concordance with the mean of the others, `onefilter.concordance`. If every two of
A annotators have the covariance c, and each the variance v and the same mean, it is for each of them

    CCC = 2 m c / ((m + 1) v + (m - 1) c),       m = A - 1.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from onefilter.concordance import MOMENTS, moments

Floats = npt.NDArray[np.float64]
Steps = npt.NDArray[np.int64]

DECIMALS: Final = 6
"""Of the gold standard: the order in which annotators are added up does not show in it."""
GAP: Final = 1.5
"""A pause between two ratings that is longer than so many usual steps is a gap."""
_ROUNDING: Final = 5e-4
"""Times are rounded to milliseconds (seconds)."""
_PASSES: Final = 20
"""Annotators are moved so often at most; three or four times are usual."""


class RatingsError(ValueError):
    """What is wrong with an annotator's ratings.

    Attributes:
        annotator: Its place among the annotators.
        remedy: What to do.
    """

    def __init__(self, message: str, *, annotator: int, remedy: str) -> None:
        """Say what is wrong."""
        super().__init__(message)
        self.annotator, self.remedy = annotator, remedy


def resample(stamps: Floats, values: Floats, time: Floats) -> Floats:
    """Bring one annotator's ratings to other times, on the lines between them; exact where the times coincide.

    Args:
        stamps: When they were given [N] (seconds, rising).
        values: The ratings [N], NaN where there is none.
        time: Where they are wanted [T] (seconds).

    Returns:
        [T], NaN before the first rating, behind the last, and within gaps: pauses of more than `GAP` usual steps.
    """
    rated = ~np.isnan(values)
    found = np.full(len(time), np.nan)
    if not rated.any():
        return found
    known, ratings = stamps[rated], values[rated]
    usual = float(np.median(np.diff(stamps))) if len(stamps) > 1 else 0.0
    inside = (time >= known[0] - _ROUNDING) & (time <= known[-1] + _ROUNDING)
    for place in np.flatnonzero(np.diff(known) > GAP * usual):
        inside &= (time <= known[place] + _ROUNDING) | (time >= known[place + 1] - _ROUNDING)
    found[inside] = np.interp(time[inside], known, ratings)
    return found


def moved(rating: Floats, lag: int) -> Floats:
    """Move a rating [T] to `lag` steps earlier (later if negative); where it leaves nothing, there is NaN."""
    found = np.full(len(rating), np.nan)
    if abs(lag) >= len(rating):
        return found
    if lag >= 0:
        found[: len(rating) - lag] = rating[lag:]
    else:
        found[-lag:] = rating[:lag]
    return found


def correlation(first: Floats, second: Floats, *, least: int = 2) -> float:
    """Pearson's correlation where both are rated, [T] each; NaN of fewer than `least` moments, and of a constant."""
    both = ~(np.isnan(first) | np.isnan(second))
    if both.sum() < max(least, 2):
        return float("nan")
    one, other = first[both] - first[both].mean(), second[both] - second[both].mean()
    size = np.sqrt((one @ one) * (other @ other))
    # Rounding leaves constants with tiny deviations.
    least_size = 1e-12 * both.sum() * max(np.abs(first[both]).max() * np.abs(second[both]).max(), 1e-300)
    return float(one @ other / size) if size > least_size else float("nan")


def others(ratings: Floats) -> Floats:
    """Mean of the other annotators, for each of them: [A, T] to [A, T], NaN where no other rated."""
    rated = ~np.isnan(ratings)
    total, count = np.where(rated, ratings, 0.0).sum(axis=0), rated.sum(axis=0)
    left = count - rated
    sums = total - np.where(rated, ratings, 0.0)
    found: Floats = np.divide(sums, left, out=np.full(ratings.shape, np.nan), where=left > 0)
    return found


def lags(ratings: Floats, *, largest: int) -> Steps:
    """Find by how many steps each annotator is later than all are on average.

    Each is compared with the mean of the others at every lag up to the largest, and the lag of the highest correlation
    is taken. That mean is late by its own annotators' mean lag: an annotator at lag l, where all have the mean m, is
    A / (A - 1) (l - m) later than the others are. So the lag found is multiplied by (A - 1) / A, and what is moved is
    compared again until nothing moves.

    Args:
        ratings: [A, T].
        largest: The largest lag (steps).

    Returns:
        [A]; `moved` by these, annotators answer alike fast. One whose ratings never change stays where it is.
    """
    count = len(ratings)
    found = np.zeros(count, dtype=np.int64)
    if count < 2 or not largest:
        return found
    for _ in range(_PASSES):
        aligned = np.stack([moved(rating, int(lag)) for rating, lag in zip(ratings, found, strict=True)])
        away = [
            _best_lag(rating, mean, largest, now=int(lag)) - lag
            for rating, mean, lag in zip(ratings, others(aligned), found, strict=True)
        ]
        # Halves go up, so that two who are an odd number of steps apart meet.
        step = np.floor(np.array(away) * (count - 1) / count + 0.5).astype(np.int64)
        found = np.clip(found + step, -largest, largest)
        if not step.any():
            break
    return found


def _best_lag(rating: Floats, reference: Floats, largest: int, *, now: int) -> int:
    """Give the lag at which a rating correlates best with a reference [T]; of equals the one nearest to `now`."""
    least = int((~(np.isnan(moved(rating, now)) | np.isnan(reference))).sum()) // 2
    best, chosen = -np.inf, now
    for lag in sorted(range(-largest, largest + 1), key=lambda lag: abs(lag - now)):
        found = correlation(moved(rating, lag), reference, least=least)
        if found > best + 1e-12:
            best, chosen = found, lag
    return chosen


def weights(ratings: Floats) -> Floats:
    """Weigh annotators as the evaluator-weighted estimator does; the equation is in the module's docstring.

    Args:
        ratings: [A, T].

    Returns:
        r_k [A], 0 where it would be negative; moments that somebody rated alone do not count for it.

    Raises:
        RatingsError: If somebody's ratings never change, so that no weight is defined, or nobody agrees with the mean.
    """
    if len(ratings) == 1:
        return np.ones(1)
    rated = ~np.isnan(ratings)
    mean = np.divide(
        np.where(rated, ratings, 0.0).sum(axis=0), rated.sum(axis=0),
        out=np.full(ratings.shape[1], np.nan), where=rated.sum(axis=0) > 1,
    )  # fmt: skip
    found = np.array([correlation(rating, mean) for rating in ratings])
    undefined = np.isnan(found)
    if undefined.any():
        place = int(np.argmax(undefined))
        values = ratings[place][rated[place]]
        what = f"all ratings are {values[0]:g}" if np.ptp(values) == 0 else "the mean of all annotators never changes"
        raise RatingsError(
            f"{what}: no weight is defined", annotator=place,
            remedy="correct the file, leave the annotator out, or set gold.fuse: mean",
        )  # fmt: skip
    found = np.asarray(np.maximum(found, 0.0))
    if not found.any():
        raise RatingsError(
            "no annotator correlates with the mean of all",
            annotator=0,
            remedy="correct the files, or set gold.fuse: mean",
        )
    return found


def fuse(ratings: Floats, weight: Floats, *, least: int = 1) -> Floats:
    """Fuse annotators: their weighted mean, over those who rated the moment.

    Args:
        ratings: [A, T].
        weight: [A], none negative; equal ones give the mean.
        least: So many must have rated a moment.

    Returns:
        [T], rounded to `DECIMALS`; NaN where fewer rated, or nobody who has a weight.
    """
    rated = ~np.isnan(ratings)
    total = weight @ np.where(rated, ratings, 0.0)
    size = weight @ rated
    enough = (rated.sum(axis=0) >= least) & (size > 0)
    found = np.divide(total, size, out=np.full(ratings.shape[1], np.nan), where=enough)
    return np.asarray(np.round(found, DECIMALS))


def alone(ratings: Floats) -> list[int]:
    """Name, by their places, the annotators who share no moment with any other; nobody if there is but one."""
    if len(ratings) == 1:
        return []
    shared = ~(np.isnan(ratings) | np.isnan(others(ratings)))
    return [int(place) for place in np.flatnonzero(~shared.any(axis=1))]


def agreement_sums(ratings: Floats) -> Floats:
    """Sum up each annotator (p) and the mean of the others (y) where both are: [A, 6] as `moments`, or zeros."""
    found = np.zeros((len(ratings), MOMENTS))
    for place, (rating, mean) in enumerate(zip(ratings, others(ratings), strict=True)):
        both = ~(np.isnan(rating) | np.isnan(mean))
        if both.any():
            found[place] = moments(rating[both], mean[both])
    return found
