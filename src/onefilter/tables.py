"""The tables that pass from step to step: reading them by culture, by recording, as features with labels."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from onefilter.errors import InputError

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


def pairs(features: str, labels: str, target: str, names: Sequence[str]) -> list[tuple[Floats, Floats]]:
    """Pair every recording's features [T, F] with its labels [T]; features beyond the last label are left out."""
    inputs = by_recording(pl.read_parquet(features), names)
    targets = by_recording(pl.read_parquet(labels), [target])
    return [(inputs[name][: len(values)], values[:, 0]) for name, values in targets.items()]


def check_lengths(recordings: list[tuple[Floats, Floats]], path: str, *, taps: int, delay: int, target: str) -> None:
    """Refuse what cannot be trained on."""
    shortest = min(len(labels) for _, labels in recordings)
    for what, length, key in (
        (f"the filter's {taps} taps are", taps, "network.taps"),
        (f"the annotation delay of {delay} steps is", delay + 1, f"targets.{target}.delay"),
    ):
        if length > shortest:
            raise InputError(
                f"{what} longer than the shortest recording ({shortest} steps)",
                file=path,
                column=target,
                remedy=f"set {key}, or take the recording out of the table",
            )
