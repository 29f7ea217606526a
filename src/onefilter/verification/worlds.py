"""Worlds: can this pipeline say no? Small studies of twins in which the answer is planted, and what is said of each.

A study is simulated, trained and scored as the run itself is: the same twin, features, networks, references, intervals
over dyads. `WORLDS` of `onefilter.corpus.simulated` say where affect is; here are the questions that are asked of
each, the verdict that must come out (`EXPECTED`), and the verdict that does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from onefilter.concordance import measures, moments
from onefilter.corpus.simulated import frames_of, simulate_row
from onefilter.corpus.twin import TwinRecording
from onefilter.evaluation.bootstrap import Draws, Interval, simultaneous
from onefilter.evaluation.scores import by_unit, seed_of
from onefilter.features.statistics import feature_names
from onefilter.features.windows import extract
from onefilter.model.card import past, steps_of
from onefilter.model.prediction import at_annotators_time, correlate
from onefilter.settings import Features, Network, Training
from onefilter.tables import Columns
from onefilter.training.fit import fit
from onefilter.training.ridge import equations, fit_constant, solve

Floats = npt.NDArray[np.float64]
Pairs = list[tuple[Floats, Floats]]

WORLD_COLUMNS: Final[Columns] = dict.fromkeys(("world", "question", "expected", "verdict", "evidence"), str)
RELATION: Final = "Is affect related to what is seen?"
TURN: Final = "Is it more than the speaker's turn?"
TRANSFER: Final = "Does it transfer to other cultures?"
CARRIER: Final = "What of the movement carries it?"
PEOPLE: Final = "Are the people who are tested new?"
NOTHING: Final = "no relation"
REFUSED: Final = "refused: same person in train and test"
NEW: Final = "all are new"
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


def study(
    recordings: Sequence[TwinRecording],
    *,
    target: str,
    delay: float,
    twin: int,
    world: str,
    windows: Features,
    network: Network,
    training: Training,
    seed: int,
) -> Study:
    """Simulate a world, train on its Germans, and test everywhere.

    Args:
        recordings: Of the twin, with German ones to train and develop on.
        target: What is predicted.
        delay: Annotation delay (seconds).
        twin: The twin's seed.
        world: One of `onefilter.corpus.simulated.WORLDS`.
        windows: How frames become features.
        network: The network.
        training: How it learns.
        seed: Of the bootstrap.
    """
    names = feature_names(windows.statistics)
    data: dict[tuple[str, str], Pairs] = {}
    units: dict[tuple[str, str], list[str]] = {}
    for recording in recordings:
        found = simulate_row(recording.model_dump(), seed=twin, world=world)
        inputs = extract(frames_of(found), pl.from_pandas(found.turns), windows, features=names).features
        values = inputs.select(names).to_numpy()
        labels = found.labels[target].to_numpy()
        split = (recording.culture, str(recording.partition))
        data.setdefault(split, []).append((values[: len(labels)], labels[: len(values)]))
        units.setdefault(split, []).append(recording.dyad)
    steps, left = steps_of(delay, windows.hop), past(network.taps, network.ahead)
    models = _models(data, names, steps=steps, left=left, network=network, training=training)
    sums = {}
    for split, tested in data.items():
        if split[1] == "test":
            for name, (weight, bias) in models.items():
                parts = np.stack([_moments(each, weight, bias, left=left, delay=steps) for each in tested])
                sums[split[0], name] = by_unit(parts, units[split])
    return Study(sums, seed)


def _models(
    data: Mapping[tuple[str, str], Pairs],
    names: Sequence[str],
    *,
    steps: int,
    left: int,
    network: Network,
    training: Training,
) -> dict[str, tuple[Floats, float]]:
    """Fit the network (its best seed on development) and what it is compared with: filters [K, F] and offsets."""
    train, devel = data[TRAINED, "train"], data[TRAINED, "devel"]
    found = fit(train, devel, delay=steps, network=network, training=training)
    best = int(np.argmax(found.best_score))
    filters, offsets = found.folded()
    models = {"network": (filters[:, :, best], float(offsets[best]))}
    constant = fit_constant(train, devel, taps=network.taps, left=left, delay=steps)
    models["constant"] = (constant.weight, constant.bias)
    known = equations(train, taps=network.taps, left=left, delay=steps)
    families = {
        "turn": [names.index("turn")],
        "mean": [place for place, name in enumerate(names) if name.startswith("AU") and name.endswith("_mean")],
        "std": [place for place, name in enumerate(names) if name.startswith("AU") and name.endswith("_std")],
    }
    for name, chosen in families.items():
        ridge = solve(known, devel, chosen)
        models[name] = (ridge.weight, ridge.bias)
    return models


def _moments(pair: tuple[Floats, Floats], weight: Floats, bias: float, *, left: int, delay: int) -> Floats:
    """Score one recording at the annotators' time."""
    inputs, labels = pair
    if weight.shape[1] != inputs.shape[1]:
        inputs = inputs[:, : weight.shape[1]]
    return moments(at_annotators_time(correlate(inputs, weight, left=left) + bias, delay), labels)


def verdicts(found: Study) -> dict[str, tuple[str, str]]:
    """Answer the questions about one study: by question, the verdict and the numbers that it rests on."""
    foreign = [culture for culture in found.cultures if culture != TRAINED]
    own = found.gains([(TRAINED, "network", "constant")])[0]
    related = own[1].low > 0
    turn = found.gains([(TRAINED, "network", "turn")])[0]
    abroad = found.gains([(culture, "network", "constant") for culture in foreign])
    carrier = found.gains([(TRAINED, "std", "mean")])[0]
    answers = {
        RELATION: ("related" if related else NOTHING, [own]),
        TURN: ("more than the turn" if turn[1].low > 0 else "confounded with the turn", [turn]),
        TRANSFER: ("transfers" if all(gain.low > 0 for _, gain in abroad) else "does not transfer", abroad),
        CARRIER: (
            "the standard deviation carries it"
            if carrier[1].low > 0
            else "the mean carries it"
            if carrier[1].high < 0
            else "not told apart",
            [carrier],
        ),
    }
    return {
        question: (verdict if related else NOTHING, _evidence(question, gains, foreign))
        for question, (verdict, gains) in answers.items()
    }


_COMPARED: Final = {
    RELATION: "network minus constant",
    TURN: "network minus turn",
    TRANSFER: "network minus constant",
    CARRIER: "standard deviations minus means",
}


def _evidence(question: str, gains: Sequence[tuple[float, Interval]], foreign: Sequence[str]) -> str:
    """Write the numbers that a verdict rests on."""
    places = foreign if question == TRANSFER else [TRAINED]
    numbers = [
        f"{place} {value:+.2f} [{bounds.low:+.2f}, {bounds.high:+.2f}]".replace("-", "−")
        for place, (value, bounds) in zip(places, gains, strict=True)
    ]
    return f"CCC of {_COMPARED[question]}: {', '.join(numbers)}"


def rows_of(world: str, answers: Mapping[str, tuple[str, str]]) -> list[tuple[str, str, str, str, str]]:
    """Lay out the answers to the questions that are asked of a world, beside those that must come out."""
    return [
        (own, question, EXPECTED[own][question], *answers[question])
        for own, question in product([world], EXPECTED[world])
    ]
