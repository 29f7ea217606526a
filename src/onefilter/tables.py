"""The tables that pass from step to step: reading them by culture and by recording."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

Floats = npt.NDArray[np.float64]


def split_of(path: str) -> tuple[str, str]:
    """Read culture and partition off a table's name, ``german-train.parquet`` say."""
    culture, _, partition = Path(path).stem.partition("-")
    return culture, partition


def by_culture(paths: Sequence[str], columns: Sequence[str]) -> dict[str, pl.DataFrame]:
    """Read some columns of several splits' tables and join them per culture, in order of appearance."""
    found: dict[str, list[pl.DataFrame]] = {}
    for path in paths:
        found.setdefault(split_of(path)[0], []).append(pl.read_parquet(path, columns=list(columns)))
    return {culture: pl.concat(tables) for culture, tables in found.items()}


def by_recording(table: pl.DataFrame, columns: Sequence[str]) -> dict[str, Floats]:
    """Take some columns of a table apart by its column ``recording``, in order of appearance: name -> [T, columns]."""
    groups = table.with_columns(pl.col("recording").cast(pl.String)).group_by("recording", maintain_order=True)
    return {str(name): group.select(columns).to_numpy() for (name,), group in groups}
