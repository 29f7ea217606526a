"""Recovery: does the pipeline find what was planted in the twin?

The twin's scores were set to resemble published ones, so that they are no evidence of anything. What the twin can test
is whether the methods find a truth that is known: the loadings (patterns and filters against what was planted), the
affect that shows (scores against an oracle that knows it), and the score on all people (intervals against the score on
people who were never simulated before).
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from onefilter.evaluation.bootstrap import draws_of_difference
from onefilter.evaluation.scores import concatenated
from onefilter.names import AUS
from onefilter.tables import Columns

Floats = npt.NDArray[np.float64]

RECOVERY_COLUMNS: Final[Columns] = {
    **dict.fromkeys(("target", "culture", "quantity"), str), "found": float, "possible": float, "unit": str,
}  # fmt: skip
"""``possible`` is what ``found`` is compared with: 1 of a correlation, the score of an oracle that knows the affect
that shows (the mean of affect where nothing tells of it), the share that intervals promise."""
STRONG: Final = 0.1
"""Loadings from this size on must be found with the right sign (intensity per 0.1 of affect)."""


def loadings_recovered(
    planted: Mapping[str, float], pattern: Mapping[str, float], weights: Mapping[str, float]
) -> dict[str, float]:
    """Compare what was found of the 17 action units with what was planted.

    Args:
        planted: By action unit, its loading.
        pattern: By feature, the pattern at no lag, as a correlation.
        weights: By feature, the filter summed over lags, times the feature's standard deviation.

    Returns:
        ``pattern r`` and ``filter r``: Pearson's correlation of their means' entries with the loadings over action
        units; ``pattern signs`` and ``filter signs``: the share of loadings of at least `STRONG` whose sign is found.
        NaN where nothing is planted.
    """
    truth = np.array([planted[unit] for unit in AUS])
    found = {}
    for name, entries in (("pattern", pattern), ("filter", weights)):
        values = np.array([entries[f"{unit}_mean"] for unit in AUS])
        strong = np.abs(truth) >= STRONG
        found[f"{name} r"] = float(np.corrcoef(truth, values)[0, 1]) if np.ptp(truth) > 0 else np.nan
        agree = np.sign(values[strong]) == np.sign(truth[strong])
        found[f"{name} signs"] = float(np.mean(agree)) if strong.any() else np.nan
    return found


def covers(sums: Floats, others: Floats, *, seed: int) -> float:
    """Tell whether a score's interval, with the uncertainty of its comparison, covers the score on other people.

    1 if it does, 0 if not, NaN where there are too few units for an interval.

    Args:
        sums: Moments of a split's units [R, 6].
        others: Moments of other units of the same population [R', 6].
        seed: Of the bootstrap.
    """
    statistics: Sequence[Callable[[Floats], Floats]] = [partial(concatenated, table) for table in (sums, others)]
    draws = draws_of_difference(statistics[0], statistics[1], (len(sums), len(others)), seed=seed)
    return np.nan if draws is None else float(not draws.interval().excludes_zero)


def recovery_rows(target: str, culture: str, found: Mapping[str, tuple[float, float]], unit: str) -> pd.DataFrame:
    """Lay out some quantities, each with what is possible."""
    rows = [(target, culture, quantity, *values, unit) for quantity, values in found.items()]
    return pd.DataFrame(rows, columns=list(RECOVERY_COLUMNS))
