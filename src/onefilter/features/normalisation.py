"""Normalisation without labels: features relative to those of the recording, the person or the culture.

    x' = (x - mean_g x) / sd_g x,

mean and standard deviation over all steps of group g. A feature that never changes within its group becomes 0. Whether
this helps is an empirical question: it takes away what differs between groups, be it the camera or the affect.

Steps are added to a group's level one recording, or live one step, after the other (Chan, Golub and LeVeque, "Updating
formulae and a pairwise algorithm for computing sample variances", 1979, equation 2.1), so that memory does not grow.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from onefilter.errors import InputError

Floats = npt.NDArray[np.float64]

_SMALLEST: Final = 1e-9
"""A standard deviation below this share of the mean is rounding."""


@dataclass(frozen=True)
class Level:
    """Where the features of a group lie.

    Attributes:
        steps: Number of steps that it knows.
        mean: [F].
        squares: Sum of squared deviations from the mean [F].
    """

    steps: int
    mean: Floats
    squares: Floats

    @classmethod
    def of_nothing(cls, features: int) -> "Level":
        """Know no step yet."""
        return cls(0, np.zeros(features), np.zeros(features))

    def including(self, inputs: Floats) -> "Level":
        """Know some more steps, [T, F]."""
        count = len(inputs)
        mean = inputs.mean(axis=0)
        squares = ((inputs - mean) ** 2).sum(axis=0)
        whole = self.steps + count
        apart = mean - self.mean
        return Level(
            whole, self.mean + apart * (count / whole), self.squares + squares + apart**2 * (self.steps * count / whole)
        )

    def relative(self, inputs: Floats) -> Floats:
        """Give features relative to this level, [F] or [T, F]; 0 where nothing changes."""
        sd = np.sqrt(self.squares / max(self.steps, 1))
        changing = sd > _SMALLEST * np.maximum(np.abs(self.mean), _SMALLEST)
        return np.asarray(np.where(changing, (inputs - self.mean) / np.where(changing, sd, 1.0), 0.0))


def levels(inputs: Iterable[tuple[str, Floats]], groups: Mapping[str, str]) -> dict[str, Level]:
    """Find every group's level.

    Args:
        inputs: Recordings and their features [T, F].
        groups: By recording, its group.
    """
    found: dict[str, Level] = {}
    for name, table in inputs:
        group = groups[name]
        found[group] = found.get(group, Level.of_nothing(table.shape[1])).including(table)
    return found


def normalise(inputs: Mapping[str, Floats], groups: Mapping[str, str]) -> dict[str, Floats]:
    """Normalise recordings by group.

    Args:
        inputs: By recording, features [T, F].
        groups: By recording, its group.
    """
    found = levels(inputs.items(), groups)
    return {name: found[groups[name]].relative(table) for name, table in inputs.items()}


def check_plain(kind: str, what: str) -> None:
    """Refuse to measure with features as they are what a run does with others.

    Raises:
        InputError: If models see features relative to something.
    """
    if kind != "none":
        raise InputError(f"{what} is measured with features as they are", remedy="set features.normalise: none")


def groups_by(kind: str, recordings: Iterable[str], *, people: Mapping[str, str], culture: str) -> dict[str, str]:
    """Say which group each recording of one culture belongs to.

    Args:
        kind: recording, person or culture.
        recordings: Their names.
        people: By recording, who is seen; only used by person.
        culture: Theirs.
    """
    if kind == "culture":
        return dict.fromkeys(recordings, culture)
    return {name: people[name] if kind == "person" else name for name in recordings}
