"""Where windows begin and end, in whole microseconds. Standard library only.

The window of a hop time t holds the frames in

    centred:  [t - w/2, t + w/2)        causal:  (t - w, t]

Time is counted in whole microseconds, so that a frame on a window's border falls on the same side everywhere.
"""

from typing import Final

from onefilter.names import Alignment

MICROSECONDS: Final = 1_000_000
"""In one second."""


def opening(size: int, alignment: Alignment) -> int:
    """Give the distance from a hop time to the beginning of its window (microseconds, mostly negative).

    A window holds the frames in [beginning, beginning + size). In whole numbers (t - w, t] is [t - w + 1, t + 1).

    Args:
        size: Length of the window (microseconds).
        alignment: Whether the window lies around its time or before it.
    """
    return -(size // 2) if alignment == "centred" else 1 - size
