"""Calibrate AU intensities while OpenFace runs, as far as that is possible.

When a video ends, OpenFace subtracts from every AU an offset for the person, a quantile of the video's own intensities,
and clips what is left to 0..5; while it runs it cannot (its author, OpenFace #248, #452). What can be done is to
subtract the quantile of the frames *so far*: it is wrong in the first seconds, and after a while as good as the
quantile that is chosen. Which quantile OpenFace takes for an AU shows in its files: about as large a share of the
frames is exactly 0 (a little less, because of the average over 3 frames).
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from onefilter.corpus.openface_format import INTENSITY
from onefilter.live.stream import INTENSITIES, Frame
from onefilter.names import AUS, SIGNALS

Floats = npt.NDArray[np.float64]

QUANTILES: Final = (
    0.47, 0.71, 0.46, 0.70, 0.25, 0.30, 0.58, 0.22, 0.58, 0.53, 0.43, 0.15, 0.53, 0.52, 0.21, 0.23, 0.48,
)  # fmt: skip
"""Per AU, the share of exact zeros in files of OpenFace 0.2 and 2.x, mean of two videos (tests compute it again)."""
_WIDTH: Final = 0.01
"""Of a bin: OpenFace writes two decimals."""
_LOWEST: Final = -10.0
_HIGHEST: Final = 10.0


class Calibration:
    """Subtracts from each AU its running quantile over the frames with a face, and clips to 0..5.

    Memory does not grow: values are counted in bins of 0.01 between -10 and 10.
    """

    def __init__(self, quantiles: Sequence[float] = QUANTILES) -> None:
        """Begin a recording of one person.

        Args:
            quantiles: Per AU [17], the share of the frames in which it counts as not active.

        Raises:
            ValueError: If they are not 17 numbers from 0 to below 1.
        """
        if len(quantiles) != len(AUS) or not all(0 <= quantile < 1 for quantile in quantiles):
            message = f"quantiles must be {len(AUS)} numbers from 0 to below 1"
            raise ValueError(message)
        self._quantiles, self._count = list(map(float, quantiles)), 0
        bins = round((_HIGHEST - _LOWEST) / _WIDTH) + 1
        self._counts = [[0] * bins for _ in AUS]
        # Per AU: the bin of the quantile, and how many values lie below it.
        self._places, self._below = [0] * len(AUS), [0] * len(AUS)

    @property
    def offsets(self) -> Floats:
        """The intensities that are subtracted now, per AU [17]."""
        return np.array(self._places) * _WIDTH + _LOWEST

    def apply(self, frame: Frame) -> Frame:
        """Take one frame into account and calibrate it; a lost one does not count and is only clipped."""
        if frame.success <= 0:
            signals = frame.signals.copy()
            signals[: len(SIGNALS)] = np.clip(signals[: len(SIGNALS)], *INTENSITY)
            return frame._replace(signals=signals)
        self._count += 1
        bins = np.rint((np.clip(frame.signals[INTENSITIES], _LOWEST, _HIGHEST) - _LOWEST) / _WIDTH).astype(int).tolist()
        for unit, place in enumerate(bins):
            self._insert(unit, place)
        signals = frame.signals.copy()
        signals[INTENSITIES] = np.clip(signals[INTENSITIES] - self.offsets, *INTENSITY)
        return frame._replace(signals=signals)

    def _insert(self, unit: int, value: int) -> None:
        """Count a value and move the quantile's bin: below it lie at most q n values, up to it more than q n."""
        counts, place, below = self._counts[unit], self._places[unit], self._below[unit]
        counts[value] += 1
        below += value < place
        wanted = self._quantiles[unit] * self._count
        while below > wanted:
            place -= 1
            below -= counts[place]
        while below + counts[place] <= wanted:
            below += counts[place]
            place += 1
        self._places[unit], self._below[unit] = place, below
