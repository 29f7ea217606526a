"""How far annotators agree: the ceiling of scores, as the constant is their floor.

The agreement of an annotator is their CCC with the mean of the others, all recordings of a split concatenated, over the
moments that both rated. The *ceiling* of a target on a split is the mean of its annotators' agreements: what a person
reaches who does what the network is asked to do. It is no bound: the mean of all annotators, which networks are scored
against, is less noisy than that of all but one. If annotators were aligned, so are they here. Intervals resample units
(`onefilter.corpus.people`), as those of scores do.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from onefilter.concordance import measures
from onefilter.evaluation.bootstrap import interval
from onefilter.evaluation.scores import SUMS, seed_of
from onefilter.names import kind_of
from onefilter.tables import Columns, read_results, split_of

Floats = npt.NDArray[np.float64]
Cell = tuple[str, str, str]
"""Target, culture and partition."""

ANNOTATOR_COLUMNS: Final[Columns] = {
    **dict.fromkeys(("recording", "unit", "target", "annotator"), str),
    **dict.fromkeys(("lag", "weight", "rated"), float), **dict.fromkeys(SUMS, float),
}  # fmt: skip
"""One annotator of one recording: by how much they were later than all on average (seconds), how much they count in the
gold standard, which share of the moments they rated, and sums of their ratings (p) and the mean of the others (y)."""
AGREEMENT_COLUMNS: Final[Columns] = {
    **dict.fromkeys(("target", "culture", "partition", "annotator"), str),
    **dict.fromkeys(("annotators", "recordings", "units"), int), "unit": str,
    **dict.fromkeys(("ccc", "low", "high"), float),
}  # fmt: skip
EVERYBODY: Final = "mean"
"""In the column ``annotator``: the mean over all annotators, the ceiling."""
WHOLE: Final = "all"
"""In the column ``partition``: all recordings of the culture."""


def read_annotators(paths: Sequence[Path]) -> pd.DataFrame:
    """Read what is known of annotators, one table per batch.

    Returns:
        Columns of `ANNOTATOR_COLUMNS`, ``culture`` and ``partition``.

    Raises:
        InputError: If a table cannot be read.
    """
    tables = []
    for path in paths:
        culture, partition = split_of(path)
        tables.append(read_results(path, ANNOTATOR_COLUMNS).assign(culture=culture, partition=partition))
    columns = [*ANNOTATOR_COLUMNS, "culture", "partition"]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)


def sums_of(annotators: pd.DataFrame, units: Sequence[str]) -> tuple[list[str], Floats]:
    """Add up the annotators of one target: their names, and moments [A, units, 6], 0 where somebody rated nothing.

    Args:
        annotators: Columns of `ANNOTATOR_COLUMNS`.
        units: The units of resampling, in this order.
    """
    places = {unit: place for place, unit in enumerate(units)}
    shared = annotators[(annotators["n"] > 0) & annotators["unit"].isin(places)]
    names = list(dict.fromkeys(shared["annotator"]))
    found = np.zeros((len(names), len(units), len(SUMS)))
    who = [names.index(name) for name in shared["annotator"]]
    where = [places[unit] for unit in shared["unit"]]
    np.add.at(found, (np.array(who, dtype=int), np.array(where, dtype=int)), shared[list(SUMS)].to_numpy(dtype=float))
    return names, found


def agreements(sums: Floats, counts: Floats) -> Floats:
    """CCC of annotators on drawn units: moments [A, R, 6] and counts [D, R] to [D, A], NaN where there is nothing."""
    drawn = np.einsum("dr,ars->das", counts, sums, optimize=True)
    some = drawn[..., 0] > 0
    found = np.full(some.shape, np.nan)
    found[some] = measures(drawn[some])["ccc"]
    return found


def ceiling(sums: Floats, counts: Floats) -> Floats:
    """Mean CCC of annotators on drawn units: moments [A, R, 6] and counts [D, R] to [D]; 0 where there is nothing."""
    found = agreements(sums, counts)
    some = ~np.isnan(found)
    return np.asarray(np.where(some, found, 0.0).sum(axis=1) / np.maximum(some.sum(axis=1), 1))


def agreement(annotators: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """Say how far annotators agree, by target, culture and partition, and by target and culture.

    Args:
        annotators: As `read_annotators` gives them.
        seed: Of the bootstrap.

    Returns:
        Columns of `AGREEMENT_COLUMNS`: each annotator who shares moments with others, then `EVERYBODY`.
    """
    rows: list[dict[str, object]] = []
    for target in dict.fromkeys(annotators["target"]):
        own = annotators[annotators["target"] == target]
        for culture in dict.fromkeys(own["culture"]):
            here = own[own["culture"] == culture]
            parts = {name: here[here["partition"] == name] for name in dict.fromkeys(here["partition"])}
            for partition, table in {**parts, WHOLE: here}.items():
                rows += _rows(table, (target, culture, partition), seed=seed)
    return pd.DataFrame(rows, columns=list(AGREEMENT_COLUMNS))


def _rows(table: pd.DataFrame, cell: Cell, *, seed: int) -> list[dict[str, object]]:
    """Lay out the agreement of one cell's annotators."""
    _, culture, partition = cell
    split_seed = seed_of(culture, partition, seed=seed)
    named: list[tuple[str, pd.DataFrame]] = [(name, table[table["annotator"] == name]) for name in
                                             dict.fromkeys(table["annotator"])]  # fmt: skip
    rows = []
    for name, own in [*named, (EVERYBODY, table)]:
        own = own[own["n"] > 0]
        units = list(dict.fromkeys(own["unit"]))
        names, sums = sums_of(own, units)
        if not names:
            continue
        statistic = partial(ceiling, sums)
        bounds = interval(statistic, len(units), seed=split_seed)
        rows.append(
            {
                **dict(zip(("target", "culture", "partition"), cell, strict=True)),
                "annotator": name,
                "annotators": len(names),
                "recordings": own["recording"].nunique(),
                "units": len(units),
                "unit": kind_of(units),
                "ccc": float(statistic(np.ones((1, len(units))))[0]),
                "low": bounds.low,
                "high": bounds.high,
            }
        )
    return rows


def with_ceilings(summary: pd.DataFrame, agreeing: pd.DataFrame) -> pd.DataFrame:
    """Put the ceiling beside every score: the columns ``ceiling``, ``ceiling_low`` and ``ceiling_high``.

    Args:
        summary: Columns of `onefilter.evaluation.scores.SUMMARY_COLUMNS`.
        agreeing: Columns of `AGREEMENT_COLUMNS`.
    """
    own = agreeing[agreeing["annotator"] == EVERYBODY]
    known = own.set_index(["target", "culture", "partition"])[["ccc", "low", "high"]].to_dict("index")
    cells = list(zip(summary["target"], summary["culture"], summary["partition"], strict=True))
    found = {
        name: [float(known[cell][bound]) if cell in known else np.nan for cell in cells]
        for name, bound in (("ceiling", "ccc"), ("ceiling_low", "low"), ("ceiling_high", "high"))
    }
    return summary.assign(**found)
