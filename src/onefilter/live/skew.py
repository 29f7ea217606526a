"""What it costs that OpenFace cannot post-process while it runs: its steps undone on the twin, one after the other.

When a video ends, OpenFace subtracts an offset per person and AU (a quantile of the video's intensities), clips to 0..5
and averages each frame with its two neighbours. The twin's intensities before clipping and averaging are known; the
offset is not part of the twin and is drawn anew.
"""

from collections.abc import Iterable
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from onefilter.corpus.openface_format import INTENSITY
from onefilter.corpus.simulated import Recording, frames_of
from onefilter.live.calibration import Calibration
from onefilter.live.stream import Frame
from onefilter.names import AUS

Floats = npt.NDArray[np.float64]

OFFSET: Final = 0.5
"""Standard deviation of the offsets over persons and AUs (intensity). ASSUME: how large they are is not published."""
VARIANTS: Final = (
    "post-processed", "not smoothed", "negative values kept", "not calibrated", "calibrated at the end",
    "calibrated as it goes",
)  # fmt: skip
"""The reference; without the average over 3 frames; without clipping at 0 either; with an offset that nobody subtracts,
clipped at 0 as `onefilter live` does; with a quantile of the whole recording subtracted, as OpenFace does; with one of
the frames so far, as `onefilter live --calibrate` does."""
SKEW_COLUMNS: Final = ("target", "culture", "partition", "variant", "ccc", "low", "high", "bias", "deviation", "unit")


def shares_of_zeros(recordings: Iterable[Recording]) -> Floats:
    """Give the share of frames with a face in which each AU is exactly 0, [17]."""
    zeros = [
        recording.frames.loc[recording.frames["success"] > 0, [f"{unit}_r" for unit in AUS]].to_numpy() == 0
        for recording in recordings
    ]
    return np.asarray(np.concatenate(zeros).mean(axis=0))


def variants(recording: Recording, *, quantiles: Floats, seed: int) -> dict[str, pl.DataFrame]:
    """Give a recording's frames as OpenFace would leave them and as it writes them while it runs.

    Args:
        recording: Of the twin.
        quantiles: Per AU [17], for the running calibration; the share of zeros that the models were trained on.
        seed: Of the offsets.

    Returns:
        Per name of `VARIANTS`, columns ``timestamp``, ``success`` and the 18 of `SIGNALS`.
    """
    frames = frames_of(recording)
    found = frames["success"].to_numpy() > 0
    offsets = OFFSET * np.random.default_rng(seed).standard_normal(len(AUS))
    uncalibrated = np.where(found[:, None], recording.raw + offsets, 0.0)
    intensities = {
        "not smoothed": np.clip(recording.raw, *INTENSITY),
        "negative values kept": np.minimum(recording.raw, INTENSITY[1]),
        "not calibrated": np.clip(uncalibrated, *INTENSITY),
        "calibrated at the end": np.where(found[:, None], _at_the_end(uncalibrated, found, quantiles), 0.0),
        "calibrated as it goes": _calibrated(uncalibrated, found, quantiles),
    }
    written = {
        name: frames.with_columns(pl.Series(unit, np.round(values[:, column], 2)) for column, unit in enumerate(AUS))
        for name, values in intensities.items()
    }
    return {"post-processed": frames, **written}


def _at_the_end(values: Floats, found: npt.NDArray[np.bool_], quantiles: Floats) -> Floats:
    """Subtract the quantiles of a whole recording, and clip."""
    ordered = np.sort(values[found], axis=0)
    offsets = ordered[np.floor(quantiles * len(ordered)).astype(int), np.arange(len(AUS))]
    return np.asarray(np.clip(values - offsets, *INTENSITY))


def _calibrated(values: Floats, found: npt.NDArray[np.bool_], quantiles: Floats) -> Floats:
    """Let a running calibration go over a recording."""
    calibration = Calibration(quantiles.tolist())
    rows = [
        calibration.apply(Frame(float(number), float(success), np.concatenate([[0.0], row]))).signals[1:]
        for number, (row, success) in enumerate(zip(values, found, strict=True))
    ]
    return np.array(rows)
