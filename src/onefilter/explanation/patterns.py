"""Patterns: which features carry what a filter reads (Haufe et al. 2014; Kindermans et al., arXiv 1705.05598).

A filter's weights also cancel what disturbs, so a large weight does not mean that its feature carries the signal.
With z = w^T x the filter's output (without its bias) over many steps, x the inputs under the window, the *linear*
estimator of the pattern is

    a = cov(x, z) / var(z)                                                          so that w^T a = 1,

and the *two-component* estimator has one pattern for each sign of z (Kindermans et al., equation 7), E+ the mean over
steps with z > 0:

    a+ = (E+[x z] - E+[x] E[z]) / (w^T E+[x z] - w^T E+[x] E[z]),        a- likewise over steps with z <= 0.

PatternNet shows the signal a z, PatternAttribution the attribution (w * a) z; for one linear filter both are the same
map at every step up to z. Everything comes from sums over steps, which are added up recording by recording: memory does
not grow.

To compare features of different units, the pattern at no lag is given as the correlation of the feature with the output
at the same step, r_f = a_f sd(z) / sd(x_f). Its interval resamples units (`onefilter.corpus.people`): whose faces they
are is what another study would draw anew.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from onefilter.evaluation.bootstrap import DRAWS, LEAST, UNKNOWN, Interval, expanded, resampled
from onefilter.explanation.relevance import lagged_sums
from onefilter.model.prediction import correlate
from onefilter.tables import Columns

Floats = npt.NDArray[np.float64]


PATTERN_COLUMNS: Final[Columns] = {
    "model": str, "lag": float, "feature": str, **dict.fromkeys(("filter", "linear", "positive", "negative"), float),
    "feature_sd": float, "output_sd": float, **dict.fromkeys(("correlation", "low", "high"), float),
    "unit": str, "units": int,
}  # fmt: skip
"""Filter and patterns of several models, one row per model, lag (seconds) and feature. ``correlation`` of feature and
output at the same step, with its 95 % interval over so many ``units``, is given at no lag only."""


@dataclass
class _Sums:
    """Sums over steps of one regime: how many, of x, of z, of z^2, of x z."""

    shape: tuple[int, int]
    count: float = 0.0
    z: float = 0.0
    zz: float = 0.0
    x: Floats = field(init=False)
    xz: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.x, self.xz = np.zeros(self.shape), np.zeros(self.shape)

    def add(self, outputs: Floats, chosen: Floats, x: Floats, xz: Floats) -> None:
        """Add steps, `chosen` being 1 where a step counts, with their sums of x and x z [K, F]."""
        self.count += float(chosen.sum())
        self.z += float(chosen @ outputs)
        self.zz += float(chosen @ outputs**2)
        self.x += x
        self.xz += xz


class PatternSums:
    """Adds up recordings until patterns are asked for."""

    def __init__(self, weight: Floats, *, left: int) -> None:
        """Begin with no recording.

        Args:
            weight: The filter [K, F].
            left: Steps of the past that it sees.
        """
        self.weight, self.left = np.asarray(weight, dtype=np.float64), left
        self.positive, self.negative = _Sums(self.weight.shape), _Sums(self.weight.shape)

    def add(self, inputs: Floats) -> None:
        """Add one recording's features [T, F]."""
        outputs = correlate(inputs, self.weight, left=self.left)
        above = (outputs > 0).astype(np.float64)
        below = 1.0 - above
        columns = np.stack([above, above * outputs, below, below * outputs], axis=1)
        sums = lagged_sums(columns, inputs, taps=len(self.weight), left=self.left)
        self.positive.add(outputs, above, sums[0], sums[1])
        self.negative.add(outputs, below, sums[2], sums[3])

    def linear(self) -> Floats:
        """The linear pattern [K, F].

        Raises:
            ValueError: If the filter's output was constant.
        """
        both = (self.positive, self.negative)
        count = sum(part.count for part in both)
        mean_z = sum(part.z for part in both) / count
        mean_x = np.sum([part.x for part in both], axis=0) / count
        variance = sum(part.zz for part in both) / count - mean_z**2
        if variance <= 1e-14 * sum(part.zz for part in both) / count or count == 0:
            message = "a constant output has no pattern"
            raise ValueError(message)
        return np.asarray((np.sum([part.xz for part in both], axis=0) / count - mean_x * mean_z) / variance)

    def output_sd(self) -> float:
        """Standard deviation of the filter's output over all steps added."""
        count = self.positive.count + self.negative.count
        mean = (self.positive.z + self.negative.z) / count
        return float(np.sqrt(max((self.positive.zz + self.negative.zz) / count - mean**2, 0.0)))

    def two_component(self) -> tuple[Floats, Floats]:
        """The patterns of positive and of negative outputs, [K, F] each.

        Raises:
            ValueError: If the output was never positive, never negative, or constant there.
        """
        mean_z = (self.positive.z + self.negative.z) / (self.positive.count + self.negative.count)
        return self._one_sided(self.positive, mean_z, "positive"), self._one_sided(self.negative, mean_z, "negative")

    def _one_sided(self, sums: _Sums, mean_z: float, sign: str) -> Floats:
        if sums.count == 0:
            raise ValueError(f"the output is never {sign}, so there is no pattern for that")
        shared = sums.xz / sums.count - sums.x / sums.count * mean_z
        projected = float(np.sum(self.weight * shared))
        if projected == 0:
            raise ValueError(f"the output is constant where it is {sign}: no pattern")
        return np.asarray(shared / projected)


class Correlations:
    """Correlations of features with an output at the same step, from sums that are kept for every unit."""

    def __init__(self) -> None:
        """Begin with no recording."""
        self.units: dict[str, Floats] = {}
        self._origin: Floats | None = None

    def add(self, unit: str, inputs: Floats, outputs: Floats) -> None:
        """Add one recording of a unit: features [T, F] and the output [T]."""
        both = np.column_stack([inputs, outputs])
        if self._origin is None:
            # Measured from any typical value, sums lose nothing where a mean is large beside the deviation.
            self._origin = both[0]
        both = both - self._origin
        sums = np.stack(
            [np.full(both.shape[1], len(both)), both.sum(axis=0), (both**2).sum(axis=0), both[:, -1] @ both]
        )
        self.units[unit] = self.units.get(unit, 0) + sums

    def values(self) -> Floats:
        """Correlations over all steps [F]; 0 where the feature or the output never changes."""
        found: Floats = _correlations(np.sum(list(self.units.values()), axis=0)[None])[0]
        return found

    def intervals(self, *, seed: int, draws: int = DRAWS) -> list[Interval]:
        """Give the features' intervals over units (`onefilter.evaluation.bootstrap`).

        Args:
            seed: Of the draws; the same seed draws the same units.
            draws: Number of resamples.
        """
        sums, count = np.stack(list(self.units.values())), len(self.units)
        if count < LEAST:
            return [UNKNOWN] * (sums.shape[-1] - 1)
        drawn = resampled(
            lambda counts: _correlations((counts @ sums.reshape(count, -1)).reshape(len(counts), *sums.shape[1:])),
            count,
            draws=draws,
            seed=seed,
        )
        return [expanded(values, [(float(values.var()), count)]) for values in drawn.T]


def _correlations(sums: Floats) -> Floats:
    """Correlate from sums of 1, x, x^2 and x z, the output z being the last of x: [D, 4, F + 1] to [D, F]."""
    count, total, squares, product = np.moveaxis(sums, 1, 0)
    variance = squares * count - total**2
    covariance = product * count - total * total[:, -1:]
    scale = np.sqrt(np.maximum(variance * variance[:, -1:], 0.0))
    moves = (variance > 1e-12 * squares * count) & (variance[:, -1:] > 1e-12 * (squares * count)[:, -1:])
    return np.asarray(np.divide(covariance, scale, out=np.zeros_like(scale), where=moves & (scale > 0)))[:, :-1]


class Spread:
    """Standard deviations of features over the steps of many recordings, added up one by one.

    Means and sums of squared distances from them are merged pairwise (Chan, Golub and LeVeque 1983, equation 2.1), so
    nothing is lost where a mean is large beside the deviation.
    """

    def __init__(self, features: int) -> None:
        """Begin with no recording."""
        self.count = 0
        self.mean, self.squares = np.zeros(features), np.zeros(features)

    def add(self, inputs: Floats) -> None:
        """Add one recording's features [T, F]."""
        mean = inputs.mean(axis=0)
        distance, both = mean - self.mean, self.count + len(inputs)
        self.squares += ((inputs - mean) ** 2).sum(axis=0) + distance**2 * (self.count * len(inputs) / both)
        self.mean += distance * (len(inputs) / both)
        self.count = both

    def sd(self) -> Floats:
        """Population standard deviations [F]."""
        return np.asarray(np.sqrt(self.squares / self.count))


def pattern_net(weight: Floats, pattern: Floats, inputs: Floats, *, left: int) -> Floats:
    """PatternNet's signal: a[k, f] z_t, [T, K, F]; `pattern_attribution` has the arguments."""
    outputs = correlate(inputs, np.asarray(weight, dtype=np.float64), left=left)
    return np.asarray(outputs[:, None, None] * pattern)


def pattern_attribution(weight: Floats, pattern: Floats, inputs: Floats, *, left: int) -> Floats:
    """PatternAttribution: w[k, f] a[k, f] z_t, [T, K, F], which sums to z_t because w^T a = 1.

    Args:
        weight: The filter [K, F].
        pattern: Its pattern [K, F].
        inputs: Features [T, F].
        left: Steps of the past that the filter sees.
    """
    return pattern_net(weight, np.asarray(weight * pattern), inputs, left=left)
