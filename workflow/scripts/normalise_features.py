"""Make one batch's features relative to their recording, person or culture."""

from onefilter.workflow.step import bind

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from onefilter.features.normalisation import groups_by, levels
from onefilter.files import writing_recordings
from onefilter.tables import Floats, frames_of, units_of


def normalise_features(
    features: list[Path], own: Path, normalised: Path, kind: str, culture: str, people: dict[str, str], names: list[str]
) -> None:
    """Write a batch's features relative to their groups, whose other recordings may be in other batches."""
    files = [own] if kind == "recording" else features
    recordings = [name for path in files for name in units_of(path)]
    groups = groups_by(kind, recordings, people=people, culture=culture)
    found = levels(((name, table) for path in files for name, table in _read(path, names)), groups)
    with writing_recordings(normalised) as write:
        for frame in frames_of(own):
            name = str(frame["recording"][0])
            relative = found[groups[name]].relative(_numbers(frame, names))
            write(frame.with_columns(pl.Series(column, relative[:, place]) for place, column in enumerate(names)))


def _read(path: Path, names: list[str]) -> Iterator[tuple[str, Floats]]:
    """Give a table's recordings and their features, one after the other."""
    for frame in frames_of(path, names):
        yield str(frame["recording"][0]), _numbers(frame, names)


def _numbers(frame: pl.DataFrame, names: list[str]) -> Floats:
    return np.asarray(frame.select(names).to_numpy(), dtype=np.float64)


bind(normalise_features)
