"""Other people's predictions of the same recordings: a folder for each system, with one file per recording.

Files are read as `onefilter.corpus.series` says, and are called as recordings are. A system is scored on the splits of
which it has every recording, and not on those of which it has none; a split of which it has some is refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
import pandas as pd

from onefilter.corpus.series import Series, SeriesLayout, find_files, open_series, some_of, targets_of
from onefilter.errors import InputError, nearest
from onefilter.settings import FILE, System

MOST: Final = 1.0
"""Predictions lie beyond the ends of a scale by no more of its widths: those that do are on another one."""


@dataclass(frozen=True)
class Reading:
    """How a system's files are read.

    Attributes:
        format: How they are written; None tells it by their first line.
        scale: Whether they hold numbers of label files, or within the range.
        delay: How long annotators lag behind what it predicts (seconds).
    """

    format: SeriesLayout | None
    scale: Literal["labels", "range"]
    delay: float


@dataclass(frozen=True)
class Predicted:
    """What a system predicted.

    Attributes:
        files: By recording, its file; of the recordings that are scored.
        targets: Which targets.
    """

    files: Mapping[str, Path]
    targets: Sequence[str]


def find_systems(
    systems: Mapping[str, System], recordings: pd.DataFrame, *, scored: Sequence[str], targets: Sequence[str]
) -> dict[str, Predicted]:
    """Find the files of all systems.

    Args:
        systems: By name, what the configuration says of them.
        recordings: The recordings table.
        scored: The splits (``german-test``) whose predictions are scored.
        targets: The targets of the run.

    Raises:
        InputError: If there is no folder, it holds a part of a split or nothing of any, a file of no recording, or no
            column of any target.
    """
    return {name: _find(name, system, recordings, scored=scored, targets=targets) for name, system in systems.items()}


def _find(
    name: str, system: System, recordings: pd.DataFrame, *, scored: Sequence[str], targets: Sequence[str]
) -> Predicted:
    """Find one system's files."""
    folder = Path(system.folder)
    key = f"systems.{name}.folder"
    try:
        files = find_files(folder)
    except InputError as error:
        raise InputError(f"{key}: {error}", file=FILE) from None
    known = dict.fromkeys(recordings["recording"])
    stranger = next((each for each in files if each not in known), None)
    if stranger is not None:
        raise InputError(
            f"is of no recording of the table{nearest(stranger, list(known))}",
            file=files[stranger],
            remedy="call the files of a system as the recordings are, and keep others elsewhere",
        )
    own: dict[str, Path] = {}
    splits = recordings["culture"].str.cat(recordings["partition"], sep="-")
    for split in scored:
        names = recordings.loc[splits == split, "recording"].tolist()
        missing = [each for each in names if each not in files]
        if 0 < len(missing) < len(names):
            more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            raise InputError(
                f"{key}: {folder} holds {len(names) - len(missing)} of the {len(names)} recordings of {split}, not"
                f" {missing[0]}{more}",
                file=FILE,
                remedy="add the missing files, or take those of this split away",
            )
        own |= {each: files[each] for each in names if not missing}
    if not own:
        raise InputError(
            f"{key}: {folder} holds no recording that is scored",
            file=FILE,
            remedy=f"scored are {', '.join(scored)}" if scored else "give some recordings the partition test",
        )
    first = next(iter(own.values()))
    table = open_series(first, layout=system.format)
    columns = targets_of(table)
    predicted = [target for target in targets if target in columns]
    if not predicted:
        raise InputError(
            f"has no target of this run: {some_of(columns)} here, {some_of(targets)} there",
            file=first,
            row=table.header_row,
            remedy="name the columns of predictions as the targets are called",
        )
    return Predicted(own, predicted)


def check_scale(series: Series, target: str, scale: Sequence[float], system: str) -> None:
    """Refuse predictions that are on another scale: CCC would call them bad without a word.

    Args:
        series: What a system predicts of one recording.
        target: Which target.
        scale: Lower and upper end of what it should predict; it may lie beyond by `MOST`.
        system: Its name.

    Raises:
        InputError: For the first prediction that is too far away.
    """
    low, high = scale
    room = MOST * (high - low)
    values = series.values[target]
    beyond = (values < low - room) | (values > high + room)
    if beyond.any():
        place = int(np.argmax(beyond))
        raise InputError(
            f"prediction {values[place]:g} is far outside {low:g}..{high:g}",
            file=series.file,
            row=series.rows[place],
            column=target,
            remedy=f"bring the predictions to that scale; systems.{system}.scale says whether it is the labels' or the"
            " range",
        )
