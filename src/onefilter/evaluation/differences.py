"""What differs: between cultures, between models, and how optimistic development was; each with its interval.

Every row is a difference of two concordances (recordings concatenated, raw predictions, all steps; of two models, only
the steps after the annotation delay: before it, zeros are put in front of all predictions, which are worth more to a
model the larger its other predictions are) with two 95 %
intervals over units: one that is to be read alone, and one that holds together with those of all rows of its target and
kind (`onefilter.evaluation.bootstrap.simultaneous`). The text made from them goes by the second.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import partial
from itertools import combinations
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl

from onefilter.concordance import measures
from onefilter.evaluation.agreement import ceiling, sums_of
from onefilter.evaluation.bootstrap import UNKNOWN, Draws, Statistic, draws_of_difference, simultaneous
from onefilter.evaluation.scores import PROCESSED, RAW, Cells, Moments, chosen_model, seed_of
from onefilter.names import LAST, ONE_FILTER, REFERENCES, is_system, method_of
from onefilter.tables import Columns

Floats = npt.NDArray[np.float64]

DIFFERENCE_COLUMNS: Final[Columns] = {
    **dict.fromkeys(("kind", "target", "split", "first", "second"), str),
    **dict.fromkeys(("difference", "low", "high", "family_low", "family_high", "differs"), float),
    "unit": str,
}
ANNOTATORS: Final = "annotators"
"""What the network is compared with where several people rated: the ceiling."""
FILTER: Final = "one filter"
"""How the chosen network is called among what is compared."""
CONSTANT: Final = "constant"
"""The reference that knows nothing of any face."""


class _Difference(NamedTuple):
    """One comparison; draws are None where there is no interval."""

    kind: str
    split: str
    first: str
    second: str
    value: float
    draws: Draws | None


def differences(
    moments: Moments, *, target: str, devel: Sequence[str], seed: int, annotators: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Compare cultures, models, annotators, and development with test.

    Args:
        moments: Of one target.
        target: Its name.
        devel: The splits that models are chosen on.
        seed: Of the bootstrap.
        annotators: As `onefilter.evaluation.agreement.read_annotators` gives them, if recordings have several.

    Returns:
        Columns of `DIFFERENCE_COLUMNS`. ``cultures``: the chosen network on the test splits of two cultures.
        ``models``: the chosen network against each reference, itself after its last epoch and itself post-processed,
        on every split after the delay, paired by unit; without an interval where it was chosen. ``ceiling``: the
        chosen network against what annotators reach (`onefilter.evaluation.agreement.ceiling`), on all steps.
        ``systems``: the chosen network against each other system, and each of these against the others and the
        constant, as ``models``. ``optimism``: development
        minus test, of a trained culture, of the score of the chosen network, of what choosing the epoch brought (mean
        over seeds) and of what choosing the seed brought. ``differs`` is 1 where the family's interval
        excludes zero, 0 where it does not, NaN without an interval.
    """
    best = chosen_model(moments, method=ONE_FILTER, devel=devel)
    if best is None:
        return pd.DataFrame(columns=list(DIFFERENCE_COLUMNS))
    rows: list[dict[str, object]] = []
    for family in (
        _between_cultures(moments.whole, best, seed=seed),
        _between_models(moments.late, best, chosen_on=devel, seed=seed),
        _below_ceiling(moments.whole, best, annotators, target=target, chosen_on=devel, seed=seed),
        _between_systems(moments.late, best, chosen_on=devel, seed=seed),
        _optimism(moments.whole, best, devel=devel, seed=seed),
    ):
        rows += [{"target": target, "unit": moments.whole.unit, **row} for row in _rows(list(family))]
    return pd.DataFrame(rows, columns=list(DIFFERENCE_COLUMNS))


def compare_systems(moments: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """Compare every two systems on every split that both predicted, paired by unit.

    Args:
        moments: Columns of `MOMENT_COLUMNS`; ``model`` is the system. Two systems of a split have the same recordings.
        seed: Of the bootstrap.

    Returns:
        Columns of `DIFFERENCE_COLUMNS`, of the kind ``systems``; a target's rows are one family.
    """
    rows: list[dict[str, object]] = []
    for target, own in moments.groupby("target", sort=False):
        cells = Moments.of([pl.from_pandas(own)]).whole
        family = []
        for culture, partition in dict.fromkeys(key[:2] for key in cells.sums):
            systems = [model for *split, model, _ in cells.sums if tuple(split) == (culture, partition)]
            for first, second in combinations(systems, 2):
                one, other = (cells.ccc(culture, partition, name) for name in (first, second))
                family.append(_paired("systems", cells, (culture, partition), (first, one), (second, other), seed=seed))
        rows += [{"target": target, "unit": cells.unit, **row} for row in _rows(family)]
    return pd.DataFrame(rows, columns=list(DIFFERENCE_COLUMNS))


def _paired(
    kind: str,
    cells: Cells,
    split: tuple[str, str],
    first: tuple[str, Statistic],
    second: tuple[str, Statistic],
    *,
    seed: int,
    bounded: bool = True,
) -> _Difference:
    """Compare two named statistics of the same units."""

    def paired(counts: Floats) -> Floats:
        return first[1](counts) - second[1](counts)

    draws = Draws.of(paired, len(cells.units[split]), seed=seed_of(*split, seed=seed)) if bounded else None
    return _Difference(kind, "-".join(dict.fromkeys(split)), first[0], second[0], cells.value(paired, *split), draws)


def _rows(family: Sequence[_Difference]) -> list[dict[str, object]]:
    """Lay out comparisons that belong together, with their single and their simultaneous intervals."""
    joint = iter(simultaneous([each.draws for each in family if each.draws is not None]))
    rows = []
    for each in family:
        own, together = (UNKNOWN, UNKNOWN) if each.draws is None else (each.draws.interval(), next(joint))
        rows.append(
            {
                **dict(zip(("kind", "split", "first", "second", "difference"), each[:5], strict=True)),
                "low": own.low,
                "high": own.high,
                "family_low": together.low,
                "family_high": together.high,
                "differs": np.nan if np.isnan(together.low) else float(together.excludes_zero),
            }
        )
    return rows


def _between_cultures(cells: Cells, best: str, *, seed: int) -> Iterator[_Difference]:
    cultures = list(dict.fromkeys(culture for culture, partition, *_ in cells.sums if partition == "test"))
    for first, second in combinations(cultures, 2):
        of_first, of_second = cells.ccc(first, "test", best), cells.ccc(second, "test", best)
        sizes = (len(cells.units[first, "test"]), len(cells.units[second, "test"]))
        value = cells.value(of_first, first, "test") - cells.value(of_second, second, "test")
        draws = draws_of_difference(of_first, of_second, sizes, seed=seed_of(first, second, seed=seed))
        yield _Difference("cultures", "test", first, second, value, draws)


def _between_models(cells: Cells, best: str, *, chosen_on: Sequence[str], seed: int) -> Iterator[_Difference]:
    splits = list(dict.fromkeys((culture, partition) for culture, partition, *_ in cells.sums))
    for culture, partition in splits:
        split = f"{culture}-{partition}"
        first = cells.ccc(culture, partition, best)
        others = {name: (name, RAW) for name in REFERENCES}
        others["last epoch"] = (f"{best}{LAST}", RAW)
        others["post-processed"] = (best, PROCESSED)
        for name, (model, processing) in others.items():
            if (culture, partition, model, processing) not in cells.sums:
                continue
            second = cells.ccc(culture, partition, model, processing)
            bounded = split not in chosen_on
            yield _paired(
                "models", cells, (culture, partition), (FILTER, first), (name, second), seed=seed, bounded=bounded
            )


def _between_systems(cells: Cells, best: str, *, chosen_on: Sequence[str], seed: int) -> Iterator[_Difference]:
    """Compare the network, other people's systems and the constant, if there are other people's systems."""
    for culture, partition in dict.fromkeys(key[:2] for key in cells.sums):
        here = [model for *split, model, kind in cells.sums if tuple(split) == (culture, partition) and kind == RAW]
        systems = [model for model in here if is_system(model)]
        others = [CONSTANT] if CONSTANT in here else []
        bounded = f"{culture}-{partition}" not in chosen_on
        for first, second in combinations([best, *systems, *others], 2):
            if {first, second} & set(systems):
                one, other = (
                    (FILTER if name == best else name, cells.ccc(culture, partition, name)) for name in (first, second)
                )
                yield _paired("systems", cells, (culture, partition), one, other, seed=seed, bounded=bounded)


def _below_ceiling(
    cells: Cells, best: str, annotators: pd.DataFrame | None, *, target: str, chosen_on: Sequence[str], seed: int
) -> Iterator[_Difference]:
    """Compare the network with annotators, split by split."""
    if annotators is None:
        return
    for (culture, partition), units in cells.units.items():
        names = ["target", "culture", "partition"]
        rated = annotators[(annotators[names] == [target, culture, partition]).all(axis=1)]
        people, sums = sums_of(rated, list(units))
        if not people:
            continue
        bounded = f"{culture}-{partition}" not in chosen_on
        network = (FILTER, cells.ccc(culture, partition, best))
        yield _paired("ceiling", cells, (culture, partition), network, (ANNOTATORS, partial(ceiling, sums)),
                      seed=seed, bounded=bounded)  # fmt: skip


def _optimism(cells: Cells, best: str, *, devel: Sequence[str], seed: int) -> Iterator[_Difference]:
    """Development minus test; intervals are conditional on what was chosen."""
    models = list(dict.fromkeys(model for _, _, model, _ in cells.sums if method_of(model) == ONE_FILTER))

    def mean(culture: str, partition: str, ending: str = "") -> Statistic:
        tables = np.stack([cells.sums[culture, partition, f"{model}{ending}", RAW] for model in models])

        def statistic(counts: Floats) -> Floats:
            return np.asarray(measures(np.einsum("dr,mrs->mds", counts, tables, optimize=True))["ccc"].mean(axis=0))

        return statistic

    def of(quantity: str, culture: str, partition: str) -> Statistic:
        chosen, everyone = cells.ccc(culture, partition, best), mean(culture, partition)
        if quantity == "score":
            return chosen
        if quantity == "choice of the epoch":
            last = mean(culture, partition, LAST)
            return lambda counts: everyone(counts) - last(counts)
        return lambda counts: chosen(counts) - everyone(counts)

    for split in devel:
        culture = split.rpartition("-")[0]
        needed = [(culture, part, f"{model}{LAST}", RAW) for part in ("devel", "test") for model in models]
        if not all(cell in cells.sums for cell in needed):
            continue
        sizes = (len(cells.units[culture, "devel"]), len(cells.units[culture, "test"]))
        for quantity in ("score", "choice of the epoch", "choice of the seed"):
            first, second = of(quantity, culture, "devel"), of(quantity, culture, "test")
            value = cells.value(first, culture, "devel") - cells.value(second, culture, "test")
            draws = draws_of_difference(first, second, sizes, seed=seed_of(culture, quantity, seed=seed))
            yield _Difference("optimism", quantity, split, f"{culture}-test", value, draws)


def verdicts(table: pd.DataFrame) -> list[str]:
    """Say in one sentence per target and kind of comparison what differs and what does not, from the intervals.

    Args:
        table: Columns of `DIFFERENCE_COLUMNS`.
    """
    sentences = []
    for (target, kind), group in table.groupby(["target", "kind"], sort=False):
        if kind in ("models", "ceiling"):
            parts = [_against(str(second), rows) for second, rows in group.groupby("second", sort=False)]
        else:
            parts = [_alone(row, str(kind)) for row in group.to_dict("records")]
        sentences.append(f"{str(target).capitalize()}, {_TITLES[str(kind)]}: {'; '.join(parts)}.")
    return sentences


_TITLES: Final = {
    "cultures": "test recordings of one culture minus another's",
    "models": "the one-filter network minus another model",
    "ceiling": "the one-filter network minus the ceiling, what one annotator reaches",
    "optimism": "development minus test",
    "systems": "one system minus another",
}


def _verdict(row: Mapping[Hashable, Any]) -> str:
    if np.isnan(row["family_low"]):
        return "has no interval"
    if not row["differs"]:
        return "is not told apart from zero"
    return "is above zero" if row["family_low"] > 0 else "is below zero"


def _alone(row: Mapping[Hashable, Any], kind: str) -> str:
    """One difference with its interval."""
    name = f"the {row['split']}" if kind == "optimism" else f"{row['first']} minus {row['second']}"
    name += f" on {row['split']}" if kind == "systems" else ""
    values = f"{row['difference']:+.2f}"
    if not np.isnan(row["family_low"]):
        values += f" [{row['family_low']:+.2f}, {row['family_high']:+.2f}]"
    return f"{name} {_verdict(row)} ({values.replace('-', '−')})"


def _against(second: str, rows: pd.DataFrame) -> str:
    """One reference on all splits."""
    verdicts: dict[str, list[str]] = {}
    for row in rows.to_dict("records"):
        verdicts.setdefault(_verdict(row), []).append(f"{row['split']} ({row['difference']:+.2f})".replace("-0", "−0"))
    where = [f"{verdict} on {', '.join(splits)}" for verdict, splits in verdicts.items()]
    return f"minus {second} it {' and '.join(where)}"
