"""Concordance, correlation and error, from sums that add up over recordings.

Lin's concordance correlation coefficient of predictions p and labels y, with population moments:

    CCC = 2 cov(p, y) / (var p + var y + (mean p - mean y)^2)

All measures need six sums only: n, sum p, sum y, sum p^2, sum y^2, sum p y. The sums of several recordings are
those of the recordings concatenated, which makes resampling recordings cheap. A constant prediction has CCC 0 and
Pearson correlation 0, not NaN: it says nothing.

CCC = r C_b, with Pearson's r and Lin's bias correction factor C_b (Lin 1989, section 2), which is 1 if means and
standard deviations agree. CCC *within* recordings is that of what is left when each recording's own means are taken off
p and y; CCC *between* recordings is that of these means, each as often as the recording has steps.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

MOMENTS: Final = 6
MEASURES: Final = ("ccc", "pearson", "bias_correction", "rmse")


def moments(predictions: npt.ArrayLike, labels: npt.ArrayLike) -> Floats:
    """Sum up one recording: n, sum p, sum y, sum p^2, sum y^2, sum p y.

    Args:
        predictions: [..., T]; several of the same recording may be given at once.
        labels: [T].

    Returns:
        [..., 6].

    Labels that are NaN were not rated: they are left out, and so is what was predicted there.

    Raises:
        ValueError: If lengths differ, nothing is there, or a value is not finite; it says which and where.
    """
    p, y = np.asarray(predictions, dtype=np.float64), np.asarray(labels, dtype=np.float64)
    if p.ndim < 1 or y.ndim != 1 or p.shape[-1] != len(y):
        message = f"{p.size} predictions do not go with {y.size} labels"
        raise ValueError(message)
    rated = ~np.isnan(y)
    if not rated.all():
        p, y = np.compress(rated, p, axis=-1), y[rated]
    if not p.size:
        message = "there are no predictions to score"
        raise ValueError(message)
    for what, values in (("prediction", p), ("label", y)):
        finite = np.isfinite(values)
        if not finite.all():
            *_, step = np.unravel_index(np.argmin(finite), finite.shape)
            message = f"the {what} at step {step} is {values.flat[np.argmin(finite)]}"
            raise ValueError(message)
    sums = (len(y), p.sum(axis=-1), y.sum(), np.vecdot(p, p), y @ y, np.vecdot(p, y))
    return np.stack(np.broadcast_arrays(*sums), axis=-1).astype(np.float64)


def measures(sums: Floats) -> dict[str, Floats]:
    """Compute `MEASURES` (CCC, Pearson's r, Lin's C_b, RMSE) from moments [..., 6]; each has shape [...]."""
    n, p, y, pp, yy, py = np.moveaxis(np.asarray(sums, dtype=np.float64), -1, 0)
    mean_p, mean_y = p / n, y / n
    # Rounding can leave a constant with a variance of +-1e-17: below this it has none.
    var_p = _variance(pp / n, mean_p)
    var_y = _variance(yy / n, mean_y)
    covariance = np.where((var_p > 0) & (var_y > 0), py / n - mean_p * mean_y, 0.0)
    distance = var_p + var_y + (mean_p - mean_y) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        ccc = np.where(distance > 0, 2 * covariance / distance, 0.0)
        pearson = np.where((var_p > 0) & (var_y > 0), covariance / np.sqrt(var_p * var_y), 0.0)
        bias = np.where(distance > 0, 2 * np.sqrt(var_p * var_y) / distance, 0.0)
    rmse = np.sqrt(np.maximum(pp - 2 * py + yy, 0.0) / n)
    return {"ccc": ccc, "pearson": np.clip(pearson, -1.0, 1.0), "bias_correction": bias, "rmse": rmse}


def avec_concordance(sums: Floats) -> Floats:
    """CCC as the script of the AVEC 2019 challenge computes it, from moments [..., 6].

    It divides the covariance by n and the variances by n - 1, so that it is smaller than `measures` says by a share of
    1 / n at most. NaN of a single step.
    """
    n, p, y, pp, yy, _ = np.moveaxis(np.asarray(sums, dtype=np.float64), -1, 0)
    spread = _variance(pp / n, p / n) + _variance(yy / n, y / n)
    apart = (p / n - y / n) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(spread + apart > 0, (spread + apart) / (spread * n / (n - 1) + apart), 1.0)
    return np.asarray(measures(sums)["ccc"] * share)


def within(sums: Floats) -> float:
    """CCC within recordings, from the moments [R, 6] of several; 0 if nothing moves within any."""
    n, p, y, pp, yy, py = np.asarray(sums, dtype=np.float64).T
    left = np.stack([n, 0 * p, 0 * y, pp - p**2 / n, yy - y**2 / n, py - p * y / n], axis=-1)
    # Rounding leaves constants with tiny sums of squares.
    left[:, 3][left[:, 3] <= 1e-13 * pp] = 0.0
    left[:, 4][left[:, 4] <= 1e-13 * yy] = 0.0
    left[:, 5][(left[:, 3] == 0) | (left[:, 4] == 0)] = 0.0
    return float(measures(left.sum(axis=0))["ccc"])


def between(sums: Floats) -> float:
    """CCC between recordings: of their means, from the moments [R, 6] of several; NaN of a single one."""
    n, p, y = np.asarray(sums, dtype=np.float64).T[:3]
    if len(n) < 2:
        return float("nan")
    means = np.stack([n, p, y, p**2 / n, y**2 / n, p * y / n], axis=-1)
    return float(measures(means.sum(axis=0))["ccc"])


def concordance(predictions: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    """Concordance correlation coefficient of one pair of sequences."""
    return float(measures(moments(predictions, labels))["ccc"])


def _variance(mean_square: Floats, mean: Floats) -> Floats:
    variance = mean_square - mean**2
    return np.where(variance > 1e-13 * mean_square, variance, 0.0)
