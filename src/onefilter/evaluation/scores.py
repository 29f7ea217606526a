"""Score tables: per target, split, model and processing; then over seeds.

Two ways to score a split, both in use: *concatenated*, one CCC over all its recordings joined end to end (the headline
number, as published), and *by recording*, the mean of the recordings' own CCCs. Two kinds of predictions: *raw*, as the
model gives them, and *post-processed* (`onefilter.evaluation.postprocessing`). Everything is computed from moments,
six sums per recording (`onefilter.concordance.moments`).

With every CCC come Pearson's r and Lin's C_b (CCC = r C_b), CCC within and between recordings, and the CCC *after the
delay*: of the steps t >= d alone. Before, predictions are zeros that the annotation delay d put there, and so are
labels whose annotators began at zero, so that a constant has a CCC above 0 over all steps, and none after the delay.

Intervals resample units (`onefilter.corpus.people`), by adding up the sums of each. What was chosen on a split has no
interval there: the best of many epochs and seeds scores above its true value.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Self, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl

from onefilter.concordance import MEASURES, between, measures, within
from onefilter.errors import DamagedError
from onefilter.evaluation.bootstrap import UNKNOWN, Interval, Statistic, interval, interval_over_seeds
from onefilter.names import kind_of, method_of
from onefilter.tables import Columns, Read, check, groups_of, read_results

Floats = npt.NDArray[np.float64]

RAW: Final = "raw"
PROCESSED: Final = "post-processed"
SUMS: Final = ("n", "p", "y", "pp", "yy", "py")
"""Names of the moments: n, sum p, sum y, sum p^2, sum y^2, sum p y."""
ALL: Final = "all"
AFTER_DELAY: Final = "after the delay"
STEPS: Final = (ALL, AFTER_DELAY)
"""Which steps are summed up."""
_NOT_ONCE: Final = "does not hold the sums of each recording once"
_ROUNDING: Final = 1 + 1e-6
_AT_ONCE: Final = 1 << 16
"""Rows that are scored at once."""
_LARGEST: Final = 1e30
"""No sum, and no error, is larger."""
CELL: Final = ("target", "culture", "partition", "model", "processing")
"""What one score belongs to."""
MOMENT_COLUMNS: Final[Columns] = {
    **dict.fromkeys((*CELL, "recording", "unit", "steps"), str), **dict.fromkeys(SUMS, float),
}  # fmt: skip
"""Sums of a recording, over all its steps and again over those after the delay (``steps``)."""
OTHERS: Final = ("ccc_within", "ccc_between", "pearson", "bias_correction", "rmse")
SCORES: Final = ("ccc", "ccc_after_delay", "ccc_by_recording", *OTHERS)
"""What is reported; all but ``ccc_by_recording``, the mean CCC of single recordings, of the concatenated recordings."""
BOUNDED: Final = ("ccc", "ccc_after_delay", "ccc_by_recording")
"""Those that have an interval."""
SCORE_COLUMNS: Final[Columns] = {
    **dict.fromkeys(("target", "culture", "partition", "method", "model", "processing"), str),
    **dict.fromkeys(("recordings", "units"), int),
    "unit": str,
    **{name: float for score in BOUNDED for name in (score, f"{score}_low", f"{score}_high")},
    **dict.fromkeys(OTHERS, float),
}
"""``units``: how many there are of what was resampled, ``unit`` (dyad, person, recording)."""
SUMMARY_COLUMNS: Final[Columns] = {
    **dict.fromkeys(("target", "culture", "partition", "method", "processing"), str),
    **dict.fromkeys(("models", "recordings", "units"), int),
    "unit": str,
    **{f"{score}_{part}": float for score in SCORES for part in ("mean", "sd", "best")},
    **dict.fromkeys(("ccc_mean_low", "ccc_mean_high", "ccc_low", "ccc_high"), float),
    **dict.fromkeys(("ccc_after_delay_low", "ccc_after_delay_high"), float),
    "best_model": str,
    **dict.fromkeys(("ceiling", "ceiling_low", "ceiling_high"), float),
}
"""``ceiling``: what annotators reach (`onefilter.evaluation.agreement`), NaN where nobody knows."""
LADDER_COLUMNS: Final[Columns] = {
    "network": str, "weights": int, "target": str, "culture": str, "partition": str, "seed": int, "ccc": float,
    "epoch": int, "epochs": int,
}  # fmt: skip
"""Scores of the depth ladder's networks, at their best ``epoch`` of so many ``epochs``."""
RUNG_COLUMNS: Final[Columns] = {
    **dict.fromkeys(("network", "target", "culture", "partition", "recording", "unit"), str), "seed": int,
    **dict.fromkeys(SUMS, float),
}  # fmt: skip
"""What they were computed from, one row per recording and seed."""


Cell = tuple[str, str, str, str]
"""Culture, partition, model and processing."""


@dataclass(frozen=True)
class Cells:
    """Moments [U, 6] of one target, added up by unit (`onefilter.corpus.people`).

    Attributes:
        sums: By culture, partition, model and processing, in order of appearance.
        units: Names of the units by culture and partition.
    """

    sums: Mapping[Cell, Floats]
    units: Mapping[tuple[str, str], Sequence[str]]

    def ccc(self, culture: str, partition: str, model: str, processing: str = RAW) -> Statistic:
        """CCC of drawn units, as a function of counts [D, U]."""
        return partial(concatenated, self.sums[culture, partition, model, processing])

    def value(self, statistic: Statistic, culture: str, partition: str) -> float:
        """The statistic of the units as they are."""
        return float(statistic(np.ones((1, len(self.units[culture, partition]))))[0])

    @property
    def unit(self) -> str:
        """What a unit is."""
        return kind_of(name for names in self.units.values() for name in names)


@dataclass(frozen=True)
class Moments:
    """What one target's scores follow from.

    Attributes:
        whole: Over all steps.
        late: Over the steps after the delay.
        recordings: How many recordings each cell has.
    """

    whole: Cells
    late: Cells
    recordings: Mapping[Cell, int]

    @classmethod
    def of(cls, parts: Iterable[pl.DataFrame]) -> Self:
        """Add recordings up part by part, so that memory holds units and no recordings.

        Args:
            parts: Rows of one target, columns of `MOMENT_COLUMNS`; they are gone through twice.

        Raises:
            ValueError: If a recording is there twice, or not over all steps and after the delay, or sums are none.
        """
        cells: dict[Cell, None] = {}
        units: dict[tuple[str, str], dict[str, int]] = {}
        recordings: dict[tuple[str, str], dict[str, int]] = {}
        for part in parts:
            cells.update(dict.fromkeys(part.select(CELL[1:]).unique(maintain_order=True).iter_rows()))
            for column, known in (("unit", units), ("recording", recordings)):
                new = part.select("culture", "partition", column).unique(maintain_order=True)
                for culture, partition, name in new.iter_rows():
                    places = known.setdefault((culture, partition), {})
                    places.setdefault(name, len(places))
        sums = {steps: {cell: np.zeros((len(units[cell[:2]]), len(SUMS))) for cell in cells} for steps in STEPS}
        seen = {steps: {cell: np.zeros(len(recordings[cell[:2]]), dtype=bool) for cell in cells} for steps in STEPS}
        for part in parts:
            cut = part.partition_by([*CELL[1:], "steps"], maintain_order=True, as_dict=True)
            for (*names, steps), own in cut.items():
                cell = cast("Cell", tuple(names))
                if steps not in STEPS:
                    raise ValueError(f"holds sums over {steps}")
                place = [recordings[cell[:2]][name] for name in own["recording"]]
                values = own.select(SUMS).to_numpy().astype(np.float64)
                if not _are_moments(values):
                    raise ValueError("holds sums that no numbers have")
                if len(set(place)) < len(place) or seen[steps][cell][place].any():
                    raise ValueError(_NOT_ONCE)
                seen[steps][cell][place] = True
                np.add.at(sums[steps][cell], [units[cell[:2]][name] for name in own["unit"]], values)
        if not all(np.array_equal(seen[ALL][cell], seen[AFTER_DELAY][cell]) for cell in cells):
            raise ValueError(_NOT_ONCE)
        named = {split: list(places) for split, places in units.items()}
        counts = {cell: int(found.sum()) for cell, found in seen[ALL].items()}
        return cls(Cells(sums[ALL], named), Cells(sums[AFTER_DELAY], named), counts)


def read_scores(scores: Path, sums: Path) -> tuple[pd.DataFrame, Moments]:
    """Read one target's scores and what they were computed from.

    Returns:
        Columns of `SCORE_COLUMNS`, and the moments.

    Raises:
        InputError: If a file cannot be read, or a score is missing, there twice, or of recordings that are not there: a
            table that was cut at the end of a line is read without any other sign.
    """
    table, found = read_results(scores, SCORE_COLUMNS), read_moments(sums)
    _check_scores(table, found, sums.stem, file=scores, source=sums)
    return table, found


def read_moments(path: Path) -> Moments:
    """Read the moments of one target, after which the file is called.

    Raises:
        InputError: If the file cannot be read, or does not hold every recording once.
    """

    def parts() -> Iterator[pl.DataFrame]:
        for part in groups_of(path):
            check(part.head(1).to_pandas(), MOMENT_COLUMNS, file=path)
            if set(part["target"]) != {path.stem} or sum(part.null_count().row(0)):
                raise ValueError(_NOT_ONCE)
            yield part

    try:
        return Moments.of(Read(parts))
    except DamagedError:
        raise
    except ValueError as error:
        raise DamagedError(str(error), file=path) from error


def read_split(path: Path, culture: str, partition: str) -> Iterator[pd.DataFrame]:
    """Read the moments of one split's recordings, all at once or, if there are many, a few models at a time.

    Then the file is read once more for every few of them, so that memory holds `_AT_ONCE` rows, or those of one model.

    Yields:
        Columns of `MOMENT_COLUMNS`, text as categories.

    Raises:
        InputError: If the file cannot be read.
    """
    own = (pl.col("culture") == culture) & (pl.col("partition") == partition)

    def read(wanted: pl.Expr) -> Iterator[pl.DataFrame]:
        text = pl.col(pl.String).cast(pl.Categorical)
        for part in groups_of(path):
            if len(found := part.filter(wanted)):
                yield found.select(list(MOMENT_COLUMNS)).with_columns(text)

    rows, models = 0, dict[str, None]()
    for part in read(own):
        rows += len(part)
        models.update(dict.fromkeys(part["model"].unique(maintain_order=True).cast(pl.String)))
    together = max(1, _AT_ONCE * len(models) // max(rows, 1))
    for begin in range(0, len(models), together):
        some = list(models)[begin : begin + together]
        yield pl.concat(read(own & pl.col("model").is_in(some))).to_pandas()


def _check_scores(scores: pd.DataFrame, moments: Moments, target: str, *, file: Path, source: Path) -> None:
    """Hold a target's scores against what they were computed from."""
    for name in (name for name, kind in SCORE_COLUMNS.items() if kind is float):
        low, high = (0, _LARGEST) if name == "rmse" else (-1.001, 1.001)
        if not (scores[name].isna() | scores[name].between(low, high)).all():
            raise DamagedError(f"holds what is no {name}", file=file, column=name)
    keys = list(scores[list(CELL)].itertuples(index=False, name=None))
    found = dict(zip(keys, scores["recordings"], strict=True))
    expected = {(target, *cell): count for cell, count in moments.recordings.items()}
    if len(keys) != len(found) or found != expected:
        what = f"holds {len(keys)} scores that do not fit the {len(expected)} of {source.name}"
        raise DamagedError(what, file=file)


def _are_moments(sums: Floats) -> bool:
    """Tell whether these [R, 6] can be sums: finite, no variance negative, and no CCC beyond 1."""
    if not (np.abs(sums) <= _LARGEST).all():
        return False
    n, p, y, pp, yy, _ = sums.T
    with np.errstate(all="ignore"):
        ccc = measures(sums)["ccc"]
    spread = min((n * pp * _ROUNDING - p**2).min(initial=0), (n * yy * _ROUNDING - y**2).min(initial=0))
    return bool((n >= 1).all() and spread >= 0 and not (np.abs(ccc) > _ROUNDING).any())


def seed_of(culture: str, partition: str, *, seed: int) -> int:
    """Give a split its own bootstrap seed; all models and targets share it, so that their draws are paired."""
    return seed + zlib.crc32(f"{culture}-{partition}".encode())


def concatenated(sums: Floats, counts: Floats) -> Floats:
    """CCC of drawn units joined end to end: moments [R, 6] and counts [D, R] to [D]."""
    return measures(counts @ sums)["ccc"]


def _mean(totals: Floats, counts: Floats) -> Floats:
    """Mean of drawn units' values: [R, 2], their sum and their number, and counts [D, R] to [D]."""
    drawn = counts @ totals
    return np.asarray(drawn[:, 0] / drawn[:, 1])


def by_unit(values: Floats, units: Sequence[str]) -> Floats:
    """Add up the recordings of each unit: [R, ...] to [units, ...], in order of appearance."""
    names = list(dict.fromkeys(units))
    if len(names) == len(units):
        return values
    places = {name: place for place, name in enumerate(names)}
    found = np.zeros((len(names), *values.shape[1:]))
    np.add.at(found, [places[name] for name in units], values)
    return found


def score(moments: pd.DataFrame, *, chosen_on: Mapping[str, Sequence[str]], seed: int) -> pd.DataFrame:
    """Score every model on every split.

    Args:
        moments: Columns of `MOMENT_COLUMNS`, two rows per recording, model and processing.
        chosen_on: By processing, the splits (``german-devel``) on which something was chosen: no intervals there.
        seed: Of the bootstrap.

    Returns:
        Columns of `SCORE_COLUMNS`, in order of appearance; intervals are 95 % ones over units.
    """
    rows = []
    for key, group in moments.groupby(list(CELL), sort=False):
        target, culture, partition, model, processing = map(str, key)
        split_seed = seed_of(culture, partition, seed=seed)
        parts = {steps: group[group["steps"] == steps] for steps in (ALL, AFTER_DELAY)}
        units = parts[ALL]["unit"].tolist()
        sums = {steps: part[list(SUMS)].to_numpy(dtype=float) for steps, part in parts.items()}
        whole, single = measures(sums[ALL].sum(axis=0)), measures(sums[ALL])["ccc"]
        own = np.stack([single, np.ones(len(single))], axis=1)
        found: dict[str, tuple[float, Statistic]] = {
            "ccc": (float(whole["ccc"]), partial(concatenated, by_unit(sums[ALL], units))),
            "ccc_after_delay": (
                float(measures(sums[AFTER_DELAY].sum(axis=0))["ccc"]),
                partial(concatenated, by_unit(sums[AFTER_DELAY], units)),
            ),
            "ccc_by_recording": (float(single.mean()), partial(_mean, by_unit(own, units))),
        }
        count = len(set(units))
        row: dict[str, object] = {
            "target": target,
            "culture": culture,
            "partition": partition,
            "method": method_of(model),
            "model": model,
            "processing": processing,
            "recordings": len(single),
            "units": count,
            "unit": kind_of(units),
            "ccc_within": within(sums[ALL]),
            "ccc_between": between(sums[ALL]),
            **{measure: float(whole[measure]) for measure in MEASURES},
        }
        chosen = f"{culture}-{partition}" in chosen_on.get(processing, ())
        for name, (value, statistic) in found.items():
            bounds = UNKNOWN if chosen else interval(statistic, count, seed=split_seed)
            row |= {name: value, f"{name}_low": bounds.low, f"{name}_high": bounds.high}
        rows.append(row)
    return pd.DataFrame(rows, columns=list(SCORE_COLUMNS))


def summarise(scores: pd.DataFrame, moments: Moments, *, devel: Sequence[str], seed: int) -> pd.DataFrame:
    """Summarise over the models (seeds) of each method: mean, sample standard deviation, and the best on development.

    Args:
        scores: One target's, columns of `SCORE_COLUMNS`, any number of splits.
        moments: What they were computed from.
        devel: The splits that models are chosen on.
        seed: Of the bootstrap.

    Returns:
        Columns of `SUMMARY_COLUMNS`, one row per split, method and processing, in order of appearance. The
        interval of the mean resamples units and seeds, that of the best model units; scores that have none (`score`)
        have none here. Without a development split several models have no best one: its columns are empty. Ceilings
        are added by `onefilter.evaluation.agreement.with_ceilings`.
    """
    rows = []
    keys = ["target", "culture", "partition", "method", "processing"]
    for key, group in scores.groupby(keys, sort=False):
        target, culture, partition, method, processing = map(str, key)
        best = chosen_model(moments, method=method, devel=devel)
        mean = UNKNOWN
        if group["ccc_low"].notna().all():
            sums = np.stack([moments.whole.sums[culture, partition, model, processing] for model in group["model"]])
            mean = _mean_interval(sums, seed=seed_of(culture, partition, seed=seed))
        row: dict[str, object] = {
            "target": target,
            "culture": culture,
            "partition": partition,
            "method": method,
            "processing": processing,
            "models": len(group),
            **{name: group[name].iloc[0] for name in ("recordings", "units", "unit")},
            "ccc_mean_low": mean.low,
            "ccc_mean_high": mean.high,
            "best_model": best,
        }
        chosen = group[group["model"] == best]
        for name in SCORES:
            row[f"{name}_mean"] = group[name].mean()
            row[f"{name}_sd"] = group[name].std(ddof=1)
            row[f"{name}_best"] = chosen[name].iloc[0] if len(chosen) else np.nan
        for bound in ("ccc_low", "ccc_high", "ccc_after_delay_low", "ccc_after_delay_high"):
            row[bound] = chosen[bound].iloc[0] if len(chosen) else np.nan
        rows.append(row)
    return pd.DataFrame(rows, columns=list(SUMMARY_COLUMNS))


def _mean_interval(sums: Floats, *, seed: int) -> Interval:
    """Interval of the mean CCC over models, units and models resampled; moments are [M, U, 6]."""
    models, units, _ = sums.shape
    return interval_over_seeds(
        lambda counts: np.stack([concatenated(table, counts) for table in sums], axis=1), units, models, seed=seed
    )


def chosen_model(moments: Moments, *, method: str, devel: Sequence[str]) -> str | None:
    """Name the model of a method that is best on development, raw; the only one where there is no choice.

    Args:
        moments: Of one target.
        method: Which.
        devel: The splits that are chosen on: the development recordings of what was trained on, and nobody else's.

    Returns:
        Its name: the one with the highest CCC of all these recordings concatenated, as epochs are chosen; None where
        there are several and no such split: nothing may be chosen on test recordings.
    """
    sums = {cell: own for cell, own in moments.whole.sums.items() if cell[3] == RAW and method_of(cell[2]) == method}
    models = list(dict.fromkeys(model for _, _, model, _ in sums))
    if len(models) == 1:
        return models[0]
    together: dict[str, Floats] = {}
    for (culture, partition, model, _), own in sums.items():
        if f"{culture}-{partition}" in devel:
            together[model] = together.get(model, 0.0) + own.sum(axis=0)
    return best_model({model: float(measures(total)["ccc"]) for model, total in together.items()})


def best_model(scores: Mapping[str, float]) -> str | None:
    """Name the model with the highest CCC on development, the first of equals; None of none.

    Args:
        scores: By model, its CCC of all development recordings concatenated.
    """
    return max(scores, key=lambda model: scores[model], default=None)
