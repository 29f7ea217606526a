"""Normalisation without labels: features relative to those of the recording, the person or the culture.

    x' = (x - mean_g x) / sd_g x,

mean and standard deviation over all steps of group g. A feature that never changes within its group becomes 0. Whether
this helps is an empirical question: it takes away what differs between groups, be it the camera or the affect.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

KINDS: Final = ("none", "recording", "person", "culture")


def normalise(inputs: Mapping[str, Floats], groups: Mapping[str, str]) -> dict[str, Floats]:
    """Normalise recordings by group.

    Args:
        inputs: By recording, features [T, F].
        groups: By recording, its group.
    """
    members: dict[str, list[str]] = {}
    for name in inputs:
        members.setdefault(groups[name], []).append(name)
    normalised = {}
    for names in members.values():
        joined = np.concatenate([inputs[name] for name in names])
        mean, sd = joined.mean(axis=0), joined.std(axis=0)
        changing = sd > 1e-9 * np.maximum(np.abs(mean), 1e-9)
        for name in names:
            normalised[name] = np.where(changing, (inputs[name] - mean) / np.where(changing, sd, 1.0), 0.0)
    return normalised
