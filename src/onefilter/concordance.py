"""Concordance, correlation and error, from sums that add up over recordings.

Lin's concordance correlation coefficient of predictions p and labels y, with population moments:

    CCC = 2 cov(p, y) / (var p + var y + (mean p - mean y)^2)

All measures need six sums only: n, sum p, sum y, sum p^2, sum y^2, sum p y. The sums of several recordings are
those of the recordings concatenated, which makes resampling recordings cheap. A constant prediction has CCC 0 and
Pearson correlation 0, not NaN: it says nothing.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

MOMENTS: Final = 6
MEASURES: Final = ("ccc", "pearson", "rmse")


def moments(predictions: npt.ArrayLike, labels: npt.ArrayLike) -> Floats:
    """Sum up one recording: [6] = n, sum p, sum y, sum p^2, sum y^2, sum p y.

    Raises:
        ValueError: If lengths differ, nothing is there, or a value is not finite; it says which and where.
    """
    p, y = np.asarray(predictions, dtype=np.float64), np.asarray(labels, dtype=np.float64)
    if p.ndim != 1 or y.ndim != 1 or len(p) != len(y):
        message = f"{p.size} predictions do not go with {y.size} labels"
        raise ValueError(message)
    if not p.size:
        message = "there are no predictions to score"
        raise ValueError(message)
    for what, values in (("prediction", p), ("label", y)):
        finite = np.isfinite(values)
        if not finite.all():
            step = int(np.argmin(finite))
            message = f"the {what} at step {step} is {values[step]}"
            raise ValueError(message)
    return np.array([p.size, p.sum(), y.sum(), p @ p, y @ y, p @ y])


def measures(sums: Floats) -> dict[str, Floats]:
    """Compute CCC, Pearson's r and RMSE from moments [..., 6]; each has shape [...]."""
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
    rmse = np.sqrt(np.maximum(pp - 2 * py + yy, 0.0) / n)
    return {"ccc": ccc, "pearson": np.clip(pearson, -1.0, 1.0), "rmse": rmse}


def concordance(predictions: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    """Concordance correlation coefficient of one pair of sequences."""
    return float(measures(moments(predictions, labels))["ccc"])


def _variance(mean_square: Floats, mean: Floats) -> Floats:
    variance = mean_square - mean**2
    return np.where(variance > 1e-13 * mean_square, variance, 0.0)
