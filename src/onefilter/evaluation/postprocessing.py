"""Post-processing of predictions as in the AVEC challenges: median filter, centring, scaling, shift in time.

    1. median   p_t <- median of the w steps around t
    2. centre   p_t <- p_t + (mean label - mean p)
    3. scale    p_t <- m + s (p_t - m),    s = sd label / sd p,  m = mean p
    4. shift    p_t <- p_{t - k}, the first (last) value held where there is none

The constants w, mean label - mean p, s, m and k are found on development, one after the other; each is kept only if it
raises the CCC of the development recordings concatenated, otherwise that link does nothing. `tune` sees development
alone and `apply` sees no label at all, so no test label can find its way in.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.ndimage import median_filter

from onefilter.concordance import measures, moments
from onefilter.tables import Columns

Floats = npt.NDArray[np.float64]
Pairs = Sequence[tuple[Floats, Floats]]

CHAIN_COLUMNS: Final[Columns] = {
    "model": str,
    **dict.fromkeys(("median", "centre", "scale", "pivot", "shift", "devel_ccc_raw", "devel_ccc"), float),
}
"""A chain as a row of a table: ``median`` and ``shift`` in seconds, 0 for no median filter."""
LEAST_GAIN: Final = 1e-6
"""A link is kept if the CCC rises by more than this: rounding is no gain."""


@dataclass(frozen=True)
class Chain:
    """The four links; the default does nothing.

    Attributes:
        median: Width of the median filter (steps, odd; 1 does nothing).
        centre: What is added.
        scale: By how much deviations from `pivot` are multiplied.
        pivot: What stays where it is when scaling.
        shift: Steps by which predictions come later (earlier if negative).
    """

    median: int = 1
    centre: float = 0.0
    scale: float = 1.0
    pivot: float = 0.0
    shift: int = 0


def chain_row(chain: Chain, *, hop: float) -> dict[str, float]:
    """Write a chain as the fields of a row; `hop` in seconds."""
    return {
        "median": chain.median * hop if chain.median > 1 else 0.0,
        "centre": chain.centre,
        "scale": chain.scale,
        "pivot": chain.pivot,
        "shift": chain.shift * hop,
    }


def chains_of(table: pd.DataFrame, *, hop: float) -> dict[str, Chain]:
    """Read every model's chain from the rows of a table, columns of `CHAIN_COLUMNS`; `hop` in seconds."""
    return {
        str(row["model"]): Chain(
            median=round(row["median"] / hop) if row["median"] else 1,
            centre=row["centre"],
            scale=row["scale"],
            pivot=row["pivot"],
            shift=round(row["shift"] / hop),
        )
        for row in table.to_dict("records")
    }


def apply(chain: Chain, prediction: Floats) -> Floats:
    """Post-process one recording's prediction [T]."""
    values = prediction
    if chain.median > 1:
        values = median_filter(values, size=chain.median, mode="nearest")
    values = chain.pivot + chain.scale * (values + chain.centre - chain.pivot)
    index = np.clip(np.arange(len(values)) - chain.shift, 0, len(values) - 1)
    return np.asarray(values[index])


def tune(devel: Pairs, *, medians: Sequence[int], largest_shift: int) -> Chain:
    """Find the chain on development.

    Args:
        devel: Per recording, predictions [T] at the annotators' time and labels [T], NaN where nobody rated.
        medians: Widths of the median filter to try (steps; even ones are made odd).
        largest_shift: Shifts from minus this to this are tried (steps).
    """
    chain, best = Chain(), score(devel, Chain())

    def keep(candidates: Sequence[Chain]) -> None:
        nonlocal chain, best
        scored = [(score(devel, candidate), candidate) for candidate in candidates]
        if scored and max(value for value, _ in scored) > best + LEAST_GAIN:
            best, chain = max(scored, key=lambda entry: entry[0])

    keep([replace(chain, median=width // 2 * 2 + 1) for width in medians if width > 1])
    outputs, labels = _concatenated(devel, chain)
    keep([replace(chain, centre=float(labels.mean() - outputs.mean()))])
    outputs, _ = _concatenated(devel, chain)
    if outputs.std() > 0:
        keep([replace(chain, scale=float(labels.std() / outputs.std()), pivot=float(outputs.mean()))])
    shifts = sorted((shift for shift in range(-largest_shift, largest_shift + 1) if shift), key=abs)
    keep([replace(chain, shift=shift) for shift in shifts])
    return chain


def score(recordings: Pairs, chain: Chain) -> float:
    """CCC of post-processed predictions, all recordings concatenated."""
    sums = sum(moments(apply(chain, outputs), labels) for outputs, labels in recordings)
    return float(measures(np.asarray(sums))["ccc"])


def _concatenated(recordings: Pairs, chain: Chain) -> tuple[Floats, Floats]:
    """Give all post-processed predictions and labels where moments are rated."""
    outputs = np.concatenate([apply(chain, values) for values, _ in recordings])
    labels = np.concatenate([labels for _, labels in recordings])
    known = ~np.isnan(labels)
    return outputs[known], labels[known]
