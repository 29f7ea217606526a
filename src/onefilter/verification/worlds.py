"""Worlds: can this pipeline say no? What is asked of twins in which the answer is planted, and what is said of each.

`onefilter.verification.studies` makes a small study of each world. Here are the questions that are asked of it, the
verdict that must come out (`EXPECTED`), and the verdict that does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Final

import numpy as np
import numpy.typing as npt

from onefilter.concordance import measures
from onefilter.evaluation.bootstrap import Draws, Interval, simultaneous
from onefilter.evaluation.scores import seed_of
from onefilter.tables import Columns

Floats = npt.NDArray[np.float64]

WORLD_COLUMNS: Final[Columns] = dict.fromkeys(("world", "question", "expected", "verdict", "evidence"), str)
RELATION: Final = "Is affect related to what is seen?"
TURN: Final = "Is it more than the speaker's turn?"
TRANSFER: Final = "Does it transfer to other cultures?"
CARRIER: Final = "What of the movement carries it?"
PEOPLE: Final = "Are the people who are tested new?"
NOTHING: Final = "no relation"
REFUSED: Final = "refused: same person in train and test"
NEW: Final = "all are new"
UNTOLD: Final = "not told apart"
EXPECTED: Final[Mapping[str, Mapping[str, str]]] = {
    "default": {RELATION: "related", TURN: "more than the turn", TRANSFER: "transfers", PEOPLE: NEW},
    "null": {RELATION: NOTHING, TURN: NOTHING, TRANSFER: NOTHING, CARRIER: NOTHING, PEOPLE: NEW},
    "speech": {RELATION: "related", TURN: "confounded with the turn", TRANSFER: "transfers", PEOPLE: NEW},
    "display": {RELATION: "related", TURN: "more than the turn", TRANSFER: "does not transfer", PEOPLE: NEW},
    "deviation": {
        RELATION: "related", TURN: "more than the turn", TRANSFER: "transfers",
        CARRIER: "the standard deviation carries it", PEOPLE: NEW,
    },
    "pairs": {PEOPLE: REFUSED},
}  # fmt: skip
"""What must be said of each world. What carries affect is asked where it is one thing alone: elsewhere the mean of a
unit that moves more often changes with its deviation."""
TRAINED: Final = "german"
"""The culture that the networks of a study are trained on."""


@dataclass(frozen=True)
class Study:
    """What was found in one world.

    Attributes:
        sums: Moments of units [U, 6] by culture and model: ``network``, ``constant``, ``turn``, ``mean``, ``std``.
        seed: Of the bootstrap.
    """

    sums: Mapping[tuple[str, str], Floats]
    seed: int

    @property
    def cultures(self) -> list[str]:
        """The cultures that are tested."""
        return list(dict.fromkeys(culture for culture, _ in self.sums))

    def gains(self, comparisons: Sequence[tuple[str, str, str]]) -> list[tuple[float, Interval]]:
        """Differences in CCC with intervals that hold together.

        Args:
            comparisons: Culture, one model, and the other.
        """
        statistics = [
            (culture, partial(_difference, self.sums[culture, one], self.sums[culture, other]))
            for culture, one, other in comparisons
        ]
        draws = [
            Draws.of(statistic, self._units(culture), seed=seed_of(culture, "test", seed=self.seed))
            for culture, statistic in statistics
        ]
        values = [float(statistic(np.ones((1, self._units(culture))))[0]) for culture, statistic in statistics]
        return list(zip(values, simultaneous([each for each in draws if each is not None]), strict=True))

    def _units(self, culture: str) -> int:
        return len(next(sums for (of, _), sums in self.sums.items() if of == culture))


def _difference(first: Floats, second: Floats, counts: Floats) -> Floats:
    """CCC of one model minus another's, of drawn units."""
    return np.asarray(measures(counts @ first)["ccc"] - measures(counts @ second)["ccc"])


def verdicts(found: Study) -> dict[str, tuple[str, str]]:
    """Answer the questions about one study: by question, the verdict and the numbers that it rests on."""
    foreign = [culture for culture in found.cultures if culture != TRAINED]
    own = found.gains([(TRAINED, "network", "constant")])[0]
    related = own[1].side == "above"
    turn, alone = found.gains([(TRAINED, "network", "turn"), (TRAINED, "turn", "constant")])
    abroad = found.gains([(culture, "network", "constant") for culture in foreign])
    carrier = found.gains([(TRAINED, "std", "mean")])[0]
    carries = {"above": "the standard deviation carries it", "below": "the mean carries it"}
    answers = {
        RELATION: ("related" if related else NOTHING, [own]),
        TURN: (_beyond(turn[1], alone[1]), [turn, alone]),
        TRANSFER: (_transfer(own[1], [gain for _, gain in abroad]), abroad),
        CARRIER: (carries.get(carrier[1].side, UNTOLD), [carrier]),
    }
    return {
        question: (verdict if related else NOTHING, _evidence(question, gains, foreign))
        for question, (verdict, gains) in answers.items()
    }


def _beyond(network: Interval, turn: Interval) -> str:
    """Say whether the network knows more than the turn: its gain over the turn, and the turn's over a constant."""
    if network.side == "above":
        return "more than the turn"
    return "confounded with the turn" if turn.side == "above" else UNTOLD


def _transfer(own: Interval, abroad: Sequence[Interval]) -> str:
    """Say whether what was learnt on one culture holds elsewhere, or certainly less somewhere than at home."""
    if all(gain.side == "above" for gain in abroad):
        return "transfers"
    return "does not transfer" if any(gain.high < own.low for gain in abroad) else UNTOLD


_COMPARED: Final = {
    RELATION: ("network minus constant",),
    TURN: ("network minus turn", "turn minus constant"),
    TRANSFER: ("network minus constant",),
    CARRIER: ("standard deviations minus means",),
}


def _evidence(question: str, gains: Sequence[tuple[float, Interval]], foreign: Sequence[str]) -> str:
    """Write the numbers that a verdict rests on."""
    cells = product(_COMPARED[question], foreign if question == TRANSFER else [TRAINED])
    numbers = [
        f"{what}, {place} {value:+.2f} [{bounds.low:+.2f}, {bounds.high:+.2f}]".replace("-", "−")
        for (what, place), (value, bounds) in zip(cells, gains, strict=True)
    ]
    return f"CCC after the delay: {'; '.join(numbers)}"


def rows_of(world: str, answers: Mapping[str, tuple[str, str]]) -> list[tuple[str, str, str, str, str]]:
    """Lay out the answers to the questions that are asked of a world, beside those that must come out."""
    return [
        (own, question, EXPECTED[own][question], *answers[question])
        for own, question in product([world], EXPECTED[world])
    ]
