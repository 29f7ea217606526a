"""The recordings table: which files belong to which recording, culture and partition.

One row per recording with the columns of `COLUMNS`. A *split* is a culture-partition pair, ``german-train`` say.
Three sources give the same table: a TSV of one's own (`read_recordings`), the AVEC challenge's layout, and the
simulated twin (`simulated_recordings`).
"""

import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from onefilter.errors import InputError, nearest
from onefilter.tables import read_rows

Config = Mapping[str, Any]
COLUMNS: Final = ("recording", "culture", "partition", "openface", "turns", "labels", "fps", "face")
"""Name; split; files (``turns`` and ``labels`` may be empty); true frame rate and face_id where a file needs them."""

LONGEST: Final = 176.8
"""No recording of the twin is longer than this (seconds), as in SEWA."""
SHORTEST: Final = 10.0
"""Nor shorter than this."""
_STEPS: Final = 10  # durations are multiples of a tenth of a second
_CODES: Final = {"german": "DE", "hungarian": "HU", "chinese": "CN"}


def read_recordings(path: Path, *, cultures: Sequence[str], schema: Config) -> pd.DataFrame:
    """Read a table of one's own; file names in it are relative to the working directory.

    Args:
        path: Tab-separated, with a header; the columns that the schema requires, the others if needed.
        cultures: The cultures that the configuration knows.
        schema: JSON schema of one row (workflow/schemas/recordings.schema.yaml).

    Raises:
        InputError: For the first row that is at fault.
    """
    table = read_rows(path, remedy="set corpus.recordings to your table; config/README.md has its columns")
    for name in table.columns:
        if name not in COLUMNS:
            raise InputError(
                f"unknown column {name!r}{nearest(name, COLUMNS)}", file=path, row=1, remedy="correct or remove it"
            )
    for name in schema["required"]:
        if name not in table:
            raise InputError(
                f"lacks the column {name}",
                file=path,
                row=1,
                remedy=f"it needs {', '.join(schema['required'])}, separated by tabs",
            )
    for name in COLUMNS:
        if name not in table:
            table[name] = ""
    table = table.loc[:, list(COLUMNS)]
    if table.empty:
        raise InputError("lists no recording", file=path, remedy="add one row per recording")
    for row, entry in table.iterrows():
        _check_row(path, int(str(row)), entry, cultures, schema)
    repeated = table["recording"].duplicated()
    if repeated.any():
        row = int(str(repeated.idxmax()))
        raise InputError(
            f"recording {table.at[row, 'recording']!r} is listed twice",
            file=path,
            row=row,
            column="recording",
            remedy="give every recording a name of its own",
        )
    return table.reset_index(drop=True)


def _check_row(path: Path, row: int, entry: "pd.Series[str]", cultures: Sequence[str], schema: Config) -> None:
    """Check one row against the schema, then what a schema cannot say."""
    for name, rule in schema["properties"].items():
        value = entry[name]
        if name in schema["required"] and not value:
            raise InputError("is empty", file=path, row=row, column=name, remedy="fill it in")
        known = cultures if name == "culture" else rule.get("enum", (value,))
        if value not in known:
            raise InputError(
                f"unknown {name} {value!r}{nearest(value, known)}",
                file=path,
                row=row,
                column=name,
                remedy=f"known are {', '.join(known)}" + (" (config: cultures)" if name == "culture" else ""),
            )
        if re.fullmatch(rule.get("pattern", ".*"), value) is None:
            raise InputError(
                f"{value!r} is not {rule['description']}", file=path, row=row, column=name, remedy="correct it"
            )
    if entry["partition"] != "unlabelled" and not entry["labels"]:
        raise InputError(
            f"partition {entry['partition']} needs labels",
            file=path,
            row=row,
            column="labels",
            remedy="give the file, or set the partition to unlabelled",
        )


def simulated_recordings(splits: Mapping[str, Mapping[str, float] | None], *, seed: int, folder: str) -> pd.DataFrame:
    """Give the twin's recordings table and durations, without simulating anything.

    Args:
        splits: Per split (``german-train``), the number of ``recordings`` and their total ``duration`` (seconds);
            None leaves the split out.
        seed: The twin's seed.
        folder: Where the twin's files lie.

    Returns:
        The columns of `COLUMNS` and ``duration`` (seconds).

    Raises:
        InputError: If a split's duration does not fit its number of recordings.
    """
    rows = []
    for split, size in splits.items():
        if size is None:
            continue
        culture, partition = split.split("-")
        try:
            names = list(split_recordings(culture, partition, int(size["recordings"]), size["duration"], seed=seed))
        except ValueError as error:
            raise InputError(
                f"corpus.simulated.splits.{split}: {error}", file="config", remedy="change recordings or duration"
            ) from error
        rows += [
            {
                "recording": name,
                "culture": culture,
                "partition": partition,
                "openface": f"{folder}/openface/{name}.csv",
                "turns": f"{folder}/turns/{name}.csv",
                "labels": f"{folder}/labels/{name}.csv",
                "fps": "",
                "face": "",
                "duration": duration,
            }
            for name, duration in names
        ]
    return pd.DataFrame(rows)


def generator(*words: str | int, seed: int) -> np.random.Generator:
    """Give the generator that belongs to these words: independent of what else is drawn, and in which order."""
    return np.random.default_rng([seed, *(zlib.crc32(str(word).encode()) for word in words)])


def durations(recordings: int, total: float, *, seed: int, split: str) -> npt.NDArray[np.float64]:
    """Draw the recordings' durations (seconds, multiples of 0.1) so that they add up to the split's total exactly.

    The first lasts `LONGEST` where the total allows it, the others fall short of it by exponential amounts.

    Raises:
        ValueError: If the total does not fit into so many recordings.
    """
    longest = round(LONGEST * _STEPS)
    shortest = round(SHORTEST * _STEPS)
    steps = round(total * _STEPS)
    if not recordings * shortest <= steps <= recordings * longest:
        message = f"{total} s do not fit into {recordings} recordings of {SHORTEST:g} to {LONGEST} s"
        raise ValueError(message)
    missing = recordings * longest - steps
    most = longest - shortest
    room = np.full(recordings, min(most, 2.5 * missing / max(recordings - 1, 1) + 1) // 1)
    room[0] = 0
    if missing > room.sum():
        # The first cannot be spared.
        room[:] = most
    shares = generator("durations", split, seed=seed).exponential(size=recordings)
    short = np.zeros(recordings)
    for _ in range(100):
        left = missing - short.sum()
        short = np.minimum(short + shares * left / max(shares[short < room].sum(), 1e-9), room)
    short = np.floor(short)
    while (left := round(missing - short.sum())) > 0:
        short[np.flatnonzero(short < room)[:left]] += 1
    lengths = longest - short
    return np.asarray(lengths / _STEPS)


def split_recordings(
    culture: str, partition: str, recordings: int, duration: float, *, seed: int
) -> Iterator[tuple[str, float]]:
    """Name a split's recordings as SEWA's are named, with their durations (seconds)."""
    lengths = durations(recordings, duration, seed=seed, split=f"{culture}-{partition}")
    for number, length in enumerate(lengths, start=1):
        yield f"{partition.capitalize()}_{_CODES[culture]}_{number:02d}", float(length)
