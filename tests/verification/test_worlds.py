"""Worlds: what must be said of each is said, on small studies; and what is said can come out otherwise."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from onefilter.concordance import moments
from onefilter.corpus.twin import simulated_recordings
from onefilter.evaluation.bootstrap import Interval
from onefilter.evaluation.differences import CONSTANT, differences
from onefilter.evaluation.scores import AFTER_DELAY, ALL, MOMENT_COLUMNS, RAW, score, summarise
from onefilter.figures.sentences import predicted, scores
from onefilter.settings import Features, Network, Simulated, Training
from onefilter.training.fit import prepare
from onefilter.verification import worlds
from onefilter.verification.statements import Evidence, Pace, better_across_cultures
from onefilter.verification.studies import study
from onefilter.verification.worlds import (
    CARRIER,
    EXPECTED,
    NEW,
    NOTHING,
    PEOPLE,
    RELATION,
    TRANSFER,
    TURN,
    WORLD_COLUMNS,
    Floats,
    Study,
    rows_of,
    verdicts,
)
from tests.examples.scores import added_up, in_words

CULTURES = ("german", "hungarian", "chinese")


def made_up(**correlations: dict[str, float]) -> Study:
    """A study whose models correlate so well with labels: by culture and model."""
    rng = np.random.default_rng(1)
    sums: dict[tuple[str, str], list[Floats]] = {}
    for culture, models in correlations.items():
        for _ in range(16):
            label, noise = rng.normal(size=200), rng.normal(size=200)
            for name, r in models.items():
                sums.setdefault((culture, name), []).append(moments(r * label + np.sqrt(1 - r**2) * noise, label))
    return Study({key: np.stack(parts) for key, parts in sums.items()}, seed=1)


GOOD = {"network": 0.5, "constant": 0.0, "turn": 0.1, "mean": 0.5, "std": 0.2}


@pytest.mark.parametrize(
    ("german", "abroad", "expected"),
    [
        ({}, 0.4, ["related", "more than the turn", "transfers", "the mean carries it"]),
        ({"network": 0.0}, 0.0, [NOTHING] * 4),
        ({"turn": 0.5}, 0.4, ["related", "confounded with the turn", "transfers", "the mean carries it"]),
        ({}, -0.4, ["related", "more than the turn", "does not transfer", "the mean carries it"]),
        ({"std": 0.8}, 0.4, ["related", "more than the turn", "transfers", "the standard deviation carries it"]),
        ({"std": 0.5}, 0.4, ["related", "more than the turn", "transfers", "not told apart"]),
    ],
)
def test_verdicts_follow_from_the_scores(german: dict[str, float], abroad: float, expected: list[str]) -> None:
    """Each verdict can be every one of its kind."""
    foreign = {"network": abroad, "constant": 0.0}
    found = verdicts(made_up(german=GOOD | german, hungarian=foreign, chinese=foreign))
    assert [found[question][0] for question in (RELATION, TURN, TRANSFER, CARRIER)] == expected
    assert found[TRANSFER][1].startswith("CCC after the delay: network minus constant, hungarian ")
    assert "network minus turn, german" in found[TURN][1]
    assert "; turn minus constant, german" in found[TURN][1]


@pytest.mark.parametrize(
    ("network", "turn", "verdict"),
    [
        ((0.1, 0.3), (-0.1, 0.1), "more than the turn"), ((0.1, 0.3), (0.1, 0.3), "more than the turn"),
        ((-0.1, 0.1), (0.1, 0.3), "confounded with the turn"), ((-0.1, 0.1), (-0.1, 0.1), "not told apart"),
        ((-0.3, -0.1), (-0.1, 0.1), "not told apart"),
    ],
)  # fmt: skip
def test_only_a_turn_that_says_something_confounds(
    network: tuple[float, float], turn: tuple[float, float], verdict: str
) -> None:
    """A network that is not shown to be better than a worthless turn is not told apart from it."""
    assert worlds._beyond(Interval(*network), Interval(*turn)) == verdict


@pytest.mark.parametrize(
    ("abroad", "verdict"),
    [
        ([(0.1, 0.3), (0.2, 0.4)], "transfers"), ([(0.1, 0.3), (-0.1, 0.35)], "not told apart"),
        ([(0.1, 0.3), (-0.1, 0.2)], "does not transfer"), ([(-0.5, -0.3)], "does not transfer"),
    ],
)  # fmt: skip
def test_what_is_not_shown_to_transfer_may_do_so(abroad: list[tuple[float, float]], verdict: str) -> None:
    """It does not where it is certainly less than at home, where the interval is .3 to .5."""
    assert worlds._transfer(Interval(0.3, 0.5), [Interval(*each) for each in abroad]) == verdict


def test_one_culture_that_does_not_follow_is_enough() -> None:
    """Transfer is to every culture."""
    found = verdicts(
        made_up(german=GOOD, hungarian={"network": 0.4, "constant": 0.0}, chinese={"network": 0.0, "constant": 0.0})
    )
    assert found[TRANSFER][0] == "does not transfer"


@pytest.mark.slow
@pytest.mark.parametrize("world", ["null", "speech", "display", "deviation"])
def test_small_worlds(world: str) -> None:
    """A study as `snakemake worlds` makes it, smaller."""
    prepare(Training())
    size = {"recordings": 20, "duration": 20 * 100.0}
    splits = {f"{culture}-test": size for culture in CULTURES} | {"german-train": size, "german-devel": size}
    twin = Simulated.model_validate({"seed": 1, "world": world, "splits": splits})
    found = study(
        simulated_recordings(twin, folder=Path("twin")),
        target="arousal",
        delay=4.0,
        twin=1,
        world=world,
        windows=Features(),
        network=Network(),
        training=Training(seeds=[1, 2], epochs=150),
        seed=1,
    )
    rows = rows_of(world, verdicts(found) | {PEOPLE: (NEW, "")})
    assert len(rows[0]) == len(WORLD_COLUMNS)
    assert {row[1]: row[3] for row in rows} == dict(EXPECTED[world]), rows
    # Where there is nothing, no finding, no sentence of the page and no claim says that there is something.
    related = world != "null"
    table, summary = compared(found)
    told = " ".join([in_words(table), *(fact.text for fact in scores(summary, "arousal"))])
    assert ("predicts" in told) == related, told
    assert bool(predicted(table, "arousal")) == related
    empty: dict[str, Any] = dict.fromkeys(("described", "distances", "perception", "ladder", "rungs"), pd.DataFrame())
    evidence = Evidence(**empty, summary=summary, differences=table, pace=Pace(0.9, 0.1, None, 50.0))
    claim = better_across_cultures(evidence, 0.0, target="arousal", than=CONSTANT)
    assert claim.holds == (world in {"speech", "deviation"}), claim


def compared(found: Study) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compare the models of a study as a run does; give the differences and the scores."""
    rows = [
        ("arousal", culture, "test", {"network": "seed-1"}.get(model, model), RAW, str(unit), f"dyad {culture}{unit}",
         steps, *sums)
        for (culture, model), table in found.sums.items() if model in {"network", CONSTANT, "turn"}
        for unit, sums in enumerate(table) for steps in (ALL, AFTER_DELAY)
    ]  # fmt: skip
    sums = pd.DataFrame(rows, columns=list(MOMENT_COLUMNS))
    table = score(sums, chosen_on={}, seed=1)
    summed = added_up(sums)
    return differences(summed, target="arousal", devel=[], seed=1), summarise(table, summed, devel=[], seed=1)
