"""Mean and standard deviation of windows of frames, all of a recording's at once or one as it comes. NumPy only.

The window of a hop time t holds the n frames of

    centred:  [t - w/2, t + w/2)        causal:  (t - w, t]

and, relative to its first frame x_0, with d_i = x_i - x_0:

    mean = x_0 + sum d_i / n                std^2 = sum d_i^2 / n - (sum d_i / n)^2                     (population)

Shifting by a value of the window itself keeps both as accurate as two passes would, and makes a constant window's
standard deviation exactly 0 and its mean exactly that constant, which running sums do not (docs/decisions.md). The sums
run in the order of time in `moments` and in `moments_of_one`, so both give the same bits.
"""

from typing import Final, Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Alignment = Literal["centred", "causal"]

MICROSECONDS: Final = 1_000_000


def bounds(stamps: Integers, hops: Integers, *, size: int, alignment: Alignment) -> tuple[Integers, Integers]:
    """Find each window's first frame and the one behind its last; all in microseconds."""
    if alignment == "centred":
        before = size // 2
        first = np.searchsorted(stamps, hops - before, side="left")
        end = np.searchsorted(stamps, hops - before + size, side="left")
    else:
        first = np.searchsorted(stamps, hops - size, side="right")
        end = np.searchsorted(stamps, hops, side="right")
    return first.astype(np.int64), end.astype(np.int64)


def moments(signals: Floats, first: Integers, end: Integers) -> tuple[Floats, Floats]:
    """Mean and population standard deviation of windows of frames.

    All windows advance together, frame by frame, so the sums run in the order of time whatever the windows' sizes.

    Args:
        signals: [frames, signals].
        first: First frame of each window.
        end: The frame behind its last; windows must not be empty.

    Returns:
        Means and standard deviations, [windows, signals] each.
    """
    counts = end - first
    origin = signals[first]
    total, squares, deviation = np.zeros_like(origin), np.zeros_like(origin), np.empty_like(origin)
    for offset in range(int(counts.max())):
        # A window that has ended looks at its first frame again, whose deviation is zero.
        np.take(signals, np.where(offset < counts, first + offset, first), axis=0, out=deviation, mode="clip")
        deviation -= origin
        total += deviation
        deviation *= deviation
        squares += deviation
    shift = total / counts[:, None]
    variance = squares / counts[:, None] - shift * shift
    return origin + shift, np.sqrt(np.maximum(variance, 0.0))


def moments_of_one(frames: Floats) -> tuple[Floats, Floats]:
    """Mean and population standard deviation of one window, [frames, signals] -> [signals] each; at least one frame."""
    count = len(frames)
    deviation = frames - frames[0]
    # NumPy adds the rows of a contiguous array one after the other, as `moments` does.
    shift = np.add.reduce(deviation, axis=0) / count
    deviation *= deviation
    variance = np.add.reduce(deviation, axis=0) / count - shift * shift
    return frames[0] + shift, np.sqrt(np.maximum(variance, 0.0))
