"""What differs: between cultures, between models, and how optimistic development was; each with its interval.

Every row is a difference of two concordances (recordings concatenated, raw predictions) with a 95 % interval over
recordings. Rows are read alone: no correction is made for how many there are, so that of twenty true zeros one is
expected to look different; the text made from them says so.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from onefilter.concordance import measures
from onefilter.evaluation.bootstrap import Interval, Statistic, interval, interval_of_difference
from onefilter.evaluation.scores import PROCESSED, RAW, SUMS, chosen_model, concatenated, seed_of
from onefilter.model.card import LAST, REFERENCES, method_of
from onefilter.tables import Columns

Floats = npt.NDArray[np.float64]

DIFFERENCE_COLUMNS: Final[Columns] = {
    **dict.fromkeys(("kind", "target", "split", "first", "second"), str),
    **dict.fromkeys(("difference", "low", "high", "differs"), float),
}
KINDS: Final = ("cultures", "models", "optimism")


@dataclass(frozen=True)
class _Cells:
    """Moments [R, 6] by culture, partition, model and processing, of one target."""

    sums: Mapping[tuple[str, str, str, str], Floats]

    def ccc(self, culture: str, partition: str, model: str, processing: str = RAW) -> Statistic:
        """CCC of drawn recordings, as a function of counts [D, R]."""
        sums = self.sums[culture, partition, model, processing]
        return lambda counts: concatenated(sums, counts)

    def recordings(self, culture: str, partition: str) -> int:
        """Number of recordings of a split."""
        return next(len(sums) for key, sums in self.sums.items() if key[:2] == (culture, partition))

    def value(self, statistic: Statistic, culture: str, partition: str) -> float:
        """The statistic of the recordings as they are."""
        return float(statistic(np.ones((1, self.recordings(culture, partition))))[0])


def differences(moments: pd.DataFrame, scores: pd.DataFrame, *, culture: str, seed: int) -> pd.DataFrame:
    """Compare cultures, models, and development with test.

    Args:
        moments: Columns of `MOMENT_COLUMNS`, all targets.
        scores: The scores computed from them, to know which model was chosen.
        culture: The culture that was trained on.
        seed: Of the bootstrap.

    Returns:
        Columns of `DIFFERENCE_COLUMNS`. ``cultures``: the chosen network on the test splits of two cultures.
        ``models``: the chosen network against each reference, itself after its last epoch and itself post-processed,
        on every split, paired by recording. ``optimism``: development minus test, of the trained culture, of the score
        of the chosen network, of what choosing the epoch brought (mean over seeds) and of what choosing the seed
        brought. ``differs`` is 1 where the interval excludes zero, 0 where it does not, NaN without an interval.
    """
    rows: list[dict[str, object]] = []
    for target in scores["target"].unique():
        best = chosen_model(scores, target=target, method="one-filter")
        if best is None:
            continue
        own = moments[moments["target"] == target]
        grouped = own.groupby(["culture", "partition", "model", "processing"], sort=False)
        cells = _Cells({key: group[list(SUMS)].to_numpy(dtype=float) for key, group in grouped})
        rows += [{"target": target, **row} for row in _between_cultures(cells, best, seed=seed)]
        rows += [{"target": target, **row} for row in _between_models(cells, best, seed=seed)]
        rows += [{"target": target, **row} for row in _optimism(cells, best, culture=culture, seed=seed)]
    return pd.DataFrame(rows, columns=list(DIFFERENCE_COLUMNS))


def _row(kind: str, split: str, first: str, second: str, value: float, bounds: Interval) -> dict[str, object]:
    return {
        "kind": kind,
        "split": split,
        "first": first,
        "second": second,
        "difference": value,
        "low": bounds.low,
        "high": bounds.high,
        "differs": np.nan if np.isnan(bounds.low) else float(bounds.excludes_zero),
    }


def _between_cultures(cells: _Cells, best: str, *, seed: int) -> list[dict[str, object]]:
    cultures = list(dict.fromkeys(culture for culture, partition, *_ in cells.sums if partition == "test"))
    rows = []
    for first, second in combinations(cultures, 2):
        of_first, of_second = cells.ccc(first, "test", best), cells.ccc(second, "test", best)
        sizes = (cells.recordings(first, "test"), cells.recordings(second, "test"))
        value = cells.value(of_first, first, "test") - cells.value(of_second, second, "test")
        bounds = interval_of_difference(of_first, of_second, sizes, seed=seed_of(first, second, seed=seed))
        rows.append(_row("cultures", "test", first, second, value, bounds))
    return rows


def _between_models(cells: _Cells, best: str, *, seed: int) -> list[dict[str, object]]:
    rows = []
    splits = list(dict.fromkeys((culture, partition) for culture, partition, *_ in cells.sums))
    for culture, partition in splits:
        first = cells.ccc(culture, partition, best)
        others = {name: (name, RAW) for name in REFERENCES}
        others["last epoch"] = (f"{best}{LAST}", RAW)
        others["post-processed"] = (best, PROCESSED)
        for name, (model, processing) in others.items():
            if (culture, partition, model, processing) not in cells.sums:
                continue
            second = cells.ccc(culture, partition, model, processing)

            def paired(counts: Floats, first: Statistic = first, second: Statistic = second) -> Floats:
                return first(counts) - second(counts)

            recordings = cells.recordings(culture, partition)
            bounds = interval(paired, recordings, seed=seed_of(culture, partition, seed=seed))
            value = cells.value(paired, culture, partition)
            rows.append(_row("models", f"{culture}-{partition}", "one filter", name, value, bounds))
    return rows


def _optimism(cells: _Cells, best: str, *, culture: str, seed: int) -> list[dict[str, object]]:
    """Development minus test; intervals are conditional on what was chosen."""
    models = list(dict.fromkeys(model for _, _, model, _ in cells.sums if method_of(model) == "one-filter"))
    trained = all(
        (culture, part, f"{model}{LAST}", RAW) in cells.sums for part in ("devel", "test") for model in models
    )
    if not trained:
        return []

    def mean(partition: str, ending: str = "") -> Statistic:
        tables = np.stack([cells.sums[culture, partition, f"{model}{ending}", RAW] for model in models])

        def statistic(counts: Floats) -> Floats:
            return np.asarray(measures(np.einsum("dr,mrs->mds", counts, tables, optimize=True))["ccc"].mean(axis=0))

        return statistic

    def of(quantity: str, partition: str) -> Statistic:
        chosen, everyone = cells.ccc(culture, partition, best), mean(partition)
        if quantity == "score":
            return chosen
        if quantity == "choice of the epoch":
            last = mean(partition, LAST)
            return lambda counts: everyone(counts) - last(counts)
        return lambda counts: chosen(counts) - everyone(counts)

    sizes = (cells.recordings(culture, "devel"), cells.recordings(culture, "test"))
    rows = []
    for quantity in ("score", "choice of the epoch", "choice of the seed"):
        devel, test = of(quantity, "devel"), of(quantity, "test")
        value = cells.value(devel, culture, "devel") - cells.value(test, culture, "test")
        bounds = interval_of_difference(devel, test, sizes, seed=seed_of(culture, quantity, seed=seed))
        rows.append(_row("optimism", quantity, f"{culture}-devel", f"{culture}-test", value, bounds))
    return rows


def findings(table: pd.DataFrame) -> list[str]:
    """Say in sentences what differs and what does not, from the intervals.

    Args:
        table: Columns of `DIFFERENCE_COLUMNS`.

    Returns:
        One sentence per target and kind of comparison, and how to read them.
    """
    sentences = []
    for (target, kind), group in table.groupby(["target", "kind"], sort=False):
        if kind == "models":
            parts = [_against(str(second), rows) for second, rows in group.groupby("second", sort=False)]
        else:
            parts = [_alone(row, str(kind)) for row in group.to_dict("records")]
        sentences.append(f"{str(target).capitalize()}, {_TITLES[str(kind)]}: {'; '.join(parts)}.")
    count = int(table["low"].notna().sum())
    sentences.append(
        f"Each of the {count} intervals covers its own true difference in 95 % of studies; none is corrected for the"
        f" number of comparisons, so about {max(round(0.05 * count), 1)} would exclude zero if nothing differed at all."
        " Intervals of chosen models and epochs are conditional on that choice."
    )
    return sentences


_TITLES: Final = {
    "cultures": "test recordings of one culture minus another's",
    "models": "the one-filter network minus another model",
    "optimism": "development minus test",
}


def _verdict(row: Mapping[Hashable, Any]) -> str:
    if np.isnan(row["low"]):
        return "has no interval (a split of one recording)"
    if not row["differs"]:
        return "is not told apart from zero"
    return "is above zero" if row["low"] > 0 else "is below zero"


def _alone(row: Mapping[Hashable, Any], kind: str) -> str:
    """One difference with its interval."""
    name = f"{row['first']} minus {row['second']}" if kind == "cultures" else f"the {row['split']}"
    values = f"{row['difference']:+.2f} [{row['low']:+.2f}, {row['high']:+.2f}]".replace("-", "−")
    return f"{name} {_verdict(row)} ({values})"


def _against(second: str, rows: pd.DataFrame) -> str:
    """One reference on all splits."""
    verdicts: dict[str, list[str]] = {}
    for row in rows.to_dict("records"):
        verdicts.setdefault(_verdict(row), []).append(f"{row['split']} ({row['difference']:+.2f})".replace("-0", "−0"))
    where = [f"{verdict} on {', '.join(splits)}" for verdict, splits in verdicts.items()]
    return f"minus {second} it {' and '.join(where)}"
