"""Sensitivity: how much do a filter's scores depend on choices that nobody can look up?

The delay of annotators, the length of the filter and of the windows are settings, and so is what the filter sees. Ridge
filters, which need no gradient descent, are fitted for every delay × length × window, and, as the run is set, to
families of features alone: means, standard deviations, the speaker's turn, the tracker's confidence. All are scored on
the same steps of the same recordings, from the largest delay on, so that a longer delay loses nothing but what it
should; differences from the run's own setting are paired.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from onefilter.concordance import measures, moments
from onefilter.evaluation.bootstrap import UNKNOWN, Draws, simultaneous
from onefilter.evaluation.scores import by_unit, concatenated, seed_of
from onefilter.model.card import past
from onefilter.model.prediction import at_annotators_time, correlate
from onefilter.tables import Columns
from onefilter.training.ridge import Ridge, equations, solve

Floats = npt.NDArray[np.float64]
Pairs = Sequence[tuple[Floats, Floats]]

SENSITIVITY_COLUMNS: Final[Columns] = {
    "target": str, **dict.fromkeys(("window", "delay", "length"), float), **dict.fromkeys(("features", "culture"), str),
    **dict.fromkeys(("ccc", "low", "high", "difference", "alone_low", "alone_high"), float),
    **dict.fromkeys(("difference_low", "difference_high"), float), "own": bool, "unit": str,
}  # fmt: skip
"""Window, delay and length of the filter in seconds; ``features``: the family that the filter sees. ``difference``:
from the run's own setting (``own``). Its interval ``alone`` is to be read alone, the other holds together with those of
all other settings on that culture."""
EVERY: Final = "all"


@dataclass(frozen=True)
class Setting:
    """What a filter is fitted with: its features' window (seconds), the annotators' delay and its taps (steps)."""

    window: float
    delay: int
    taps: int


@dataclass(frozen=True)
class Study:
    """Recordings with features of one window: to fit to, to choose penalties on, and by culture to test on."""

    train: Pairs
    devel: Pairs
    test: Mapping[str, Pairs]


def families(names: Sequence[str]) -> dict[str, list[int]]:
    """Sort features: those of each statistic of the face, those of the tracker's confidence, the turn, and all.

    Args:
        names: Of the features, ``AU12_mean`` and so on.

    Returns:
        By family, the places of its features; families without features are left out.
    """
    found: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        signal, _, statistic = name.rpartition("_")
        family = "confidence" if signal == "confidence" else statistic if signal else name
        found.setdefault(family, []).append(place)
    last: dict[str, list[int]] = {name: found.pop(name) for name in ("turn", "confidence") if name in found}
    return {**found, **last, EVERY: list(range(len(names)))}


def sensitivity(
    read: Callable[[float], Study],
    units: Mapping[str, Sequence[str]],
    *,
    names: Sequence[str],
    own: Setting,
    windows: Sequence[float],
    delays: Sequence[int],
    taps: Sequence[int],
    ahead: int | None,
    hop: float,
    seed: int,
    on_fit: Callable[[Setting], None] = lambda setting: None,
) -> pd.DataFrame:
    """Fit with every setting, and as the run is set to every family of features; score on every culture.

    Args:
        read: Gives the recordings with features of a window (seconds).
        units: By culture, the unit of resampling of each test recording.
        names: Of the features.
        own: The run's setting.
        windows: To try besides its own (seconds).
        delays: To try (steps).
        taps: To try (steps).
        ahead: Taps that look ahead; None for half of them.
        hop: Between steps (seconds).
        seed: Of the bootstrap.
        on_fit: Hears of every setting.

    Returns:
        Columns of `SENSITIVITY_COLUMNS` but ``target`` and ``unit``.

    Raises:
        ValueError: If no label is left after a delay, or labels are constant.
    """
    late = max(*delays, own.delay)
    sums: dict[tuple[Setting, str, str], Floats] = {}
    for window in sorted({*windows, own.window}):
        study = read(window)
        for length in sorted({*taps, own.taps}):
            for delay in sorted({*delays, own.delay}):
                setting = Setting(window, delay, length)
                on_fit(setting)
                for family, found, left in _fits(study, names, setting, ahead=ahead, whole=setting != own):
                    for culture, recordings in study.test.items():
                        parts = late_moments(recordings, found, left=left, delay=delay, late=late)
                        sums[setting, family, culture] = by_unit(parts, units[culture])
    rows: list[dict[str, object]] = []
    for culture in units:
        tables = {(setting, family): table for (setting, family, where), table in sums.items() if where == culture}
        rows += _rows(tables, culture, own=own, hop=hop, seed=seed)
    return pd.DataFrame(rows)


def _fits(
    study: Study, names: Sequence[str], setting: Setting, *, ahead: int | None, whole: bool
) -> Iterator[tuple[str, Ridge, int]]:
    """Fit with one setting to all features, and unless only the whole is wanted to each family."""
    left = past(setting.taps, None if ahead is None else min(ahead, setting.taps - 1))
    known = equations(study.train, taps=setting.taps, left=left, delay=setting.delay)
    groups = families(names)
    for family, places in groups.items():
        if family != EVERY and (whole or not _changes(study.train, places)):
            continue
        yield family, solve(known, study.devel, places), left


def _changes(recordings: Pairs, places: Sequence[int]) -> bool:
    """Tell whether a family says anything: a turn that nobody marked does not."""
    return any(np.ptp(features[:, places]) > 0 for features, _ in recordings)


def late_moments(recordings: Pairs, found: Ridge, *, left: int, delay: int, late: int) -> Floats:
    """Moments of a filter's predictions at the annotators' time, from step `late` on: [R, 6]."""
    rows = []
    for features, labels in recordings:
        outputs = correlate(features, found.weight, left=left) + found.bias
        rows.append(moments(at_annotators_time(outputs, delay)[late : len(labels)], labels[late:]))
    return np.stack(rows)


def _rows(
    tables: Mapping[tuple[Setting, str], Floats], culture: str, *, own: Setting, hop: float, seed: int
) -> Iterator[dict[str, object]]:
    """Score all filters on one culture; draws are paired."""
    base = tables[own, EVERY]
    count, draw_seed = len(base), seed_of(culture, "test", seed=seed)
    drawn = {key: Draws.of(partial(_gain, table, base), count, seed=draw_seed) for key, table in tables.items()}
    family = {key: draws for key, draws in drawn.items() if draws is not None and key != (own, EVERY)}
    joint = dict(zip(family, simultaneous(list(family.values())), strict=True))
    for (setting, features), table in tables.items():
        alone = Draws.of(partial(concatenated, table), count, seed=draw_seed)
        bounds = UNKNOWN if alone is None else alone.interval()
        apart = joint.get((setting, features), UNKNOWN)
        single = family[setting, features].interval() if (setting, features) in family else UNKNOWN
        yield {
            "window": setting.window,
            "delay": round(setting.delay * hop, 9),
            "length": round(setting.taps * hop, 9),
            "features": features,
            "culture": culture,
            "ccc": float(measures(table.sum(axis=0))["ccc"]),
            "low": bounds.low,
            "high": bounds.high,
            "difference": float(_gain(table, base, np.ones((1, count)))[0]),
            "alone_low": single.low,
            "alone_high": single.high,
            "difference_low": apart.low,
            "difference_high": apart.high,
            "own": setting == own,
        }


def _gain(first: Floats, second: Floats, counts: Floats) -> Floats:
    """Difference in CCC of two filters on drawn units."""
    return np.asarray(concatenated(first, counts) - concatenated(second, counts))
