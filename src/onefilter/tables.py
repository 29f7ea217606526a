"""The tables that pass from step to step: reading them by culture, by recording, as features with labels."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from pandas.api.types import is_bool_dtype, is_integer_dtype, is_numeric_dtype, is_string_dtype

from onefilter.errors import DamagedError, InputError
from onefilter.names import kind_of

# What is freed goes back to the system, and to NumPy: Arrow's own allocator keeps it.
pa.set_memory_pool(pa.system_memory_pool())
Floats = npt.NDArray[np.float64]
Item = TypeVar("Item")

Columns = Mapping[str, type]
"""What a table between steps holds: by name ``str``, ``int``, ``float`` or ``bool``, in the order of the columns."""


def check(table: pd.DataFrame, columns: Columns, *, file: Path) -> None:
    """Check that a table holds what it is declared to hold; further columns are allowed.

    Raises:
        InputError: For the first column that is missing or of another kind.
    """
    for name, kind in columns.items():
        if name not in table:
            raise DamagedError(f"lacks the column {name}", file=file)
        values = table[name]
        # What holds nothing has no kind.
        if not values.isna().all() and not _IS[kind](values):
            raise DamagedError(f"holds {values.dtype} instead of {_WORDS[kind]}", file=file, column=name)
        if name == "unit":
            # Where nothing was resampled, nothing stands there.
            check_units(values.dropna().unique(), file=file)


def check_units(units: Iterable[object], *, file: Path) -> None:
    """Check that these are units of resampling (`onefilter.names.kind_of`).

    Raises:
        InputError: For the first one that is none.
    """
    try:
        kind_of(map(str, units))
    except ValueError as error:
        raise DamagedError(str(error), file=file, column="unit") from error


_WORDS: Final = {str: "text", int: "whole numbers", float: "numbers", bool: "true and false"}
_IS: Final[Mapping[type, Callable[[Any], bool]]] = {
    str: is_string_dtype,
    int: is_integer_dtype,
    float: is_numeric_dtype,
    bool: is_bool_dtype,
}


def read_results(paths: Path | Sequence[Path], columns: Columns) -> pd.DataFrame:
    """Read a table that a step wrote, or several of the same columns, one below the other; no file gives no rows.

    Args:
        paths: .tsv or .parquet files.
        columns: What must be there.

    Raises:
        InputError: If a file cannot be read, or lacks a column.
    """
    tables = []
    for path in [paths] if isinstance(paths, Path) else paths:
        try:
            table = _read_parquet(path) if path.suffix == ".parquet" else _read_text(path, columns)
        except (OSError, ValueError, pa.ArrowException) as error:
            raise DamagedError(f"cannot be read ({error})", file=path) from error
        check(table, columns, file=path)
        tables.append(table)
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(columns))


def _read_parquet(path: Path) -> pd.DataFrame:
    """Read a .parquet; what is damaged within its pages, text above all, is found here and not where it is used.

    Text becomes categories: what stands in many rows is held once.
    """
    with pq.ParquetFile(path) as file:
        known = file.metadata
        text = [field.name for field in file.schema_arrow if _is_text(field.type)]
    with pq.ParquetFile(path, metadata=known, read_dictionary=text, page_checksum_verification=True) as file:
        table = file.read()
    table.validate(full=True)
    frame: pd.DataFrame = table.to_pandas(ignore_metadata=True, self_destruct=True, split_blocks=True)
    return frame


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _read_text(path: Path, columns: Columns) -> pd.DataFrame:
    """Read a .tsv; text stays as it is written: 001 is no number, NA is no missing value."""
    names = pd.read_csv(path, sep="\t", nrows=0).columns
    missing = {name: [""] if columns.get(name) is str else ["", "NaN"] for name in names}
    kept: Any = {name: str for name in names if columns.get(name) is str}
    return pd.read_csv(path, sep="\t", dtype=kept, keep_default_na=False, na_values=missing)


def read_frame(path: Path, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """Read a Parquet table that a step wrote, or some of its columns.

    Raises:
        InputError: If it cannot be read.
    """
    parts = list(groups_of(path, columns))
    if parts:
        return pl.concat(parts, rechunk=True)
    with pq.ParquetFile(path) as table:
        nothing = pl.from_arrow(table.schema_arrow.empty_table())
    assert isinstance(nothing, pl.DataFrame)
    return nothing if columns is None else nothing.select(columns)


def split_of(path: Path) -> tuple[str, str]:
    """Read culture and partition off a table's name, ``german-train.parquet`` or ``german-train.002.parquet`` say."""
    culture, _, partition = path.name.partition(".")[0].rpartition("-")
    return culture, partition


def by_split(paths: Iterable[Path]) -> dict[tuple[str, str], list[Path]]:
    """Put the tables of each split together, by culture and partition, in order of appearance."""
    found: dict[tuple[str, str], list[Path]] = {}
    for path in paths:
        found.setdefault(split_of(path), []).append(path)
    return found


def by_culture(paths: Sequence[Path], columns: Sequence[str], *, most: int | None = None) -> dict[str, pl.DataFrame]:
    """Read some columns of several splits' tables and join them per culture, in order of appearance.

    Args:
        paths: The tables.
        columns: Which.
        most: If a culture has more rows, every second, third, … one is read, about so many.

    Returns:
        By culture; text as categories.

    Raises:
        InputError: If a table cannot be read.
    """
    found: dict[str, list[Path]] = {}
    for path in paths:
        found.setdefault(split_of(path)[0], []).append(path)
    tables = {}
    for culture, own in found.items():
        step = 1 if most is None else max(1, sum(map(rows_of, own)) // most)
        names = pl.col(pl.String).cast(pl.Categorical)
        tables[culture] = pl.concat([read_frame(path, columns).gather_every(step).with_columns(names) for path in own])
    return tables


def by_recording(table: pl.DataFrame, columns: Sequence[str]) -> dict[str, Floats]:
    """Take some columns of a table apart by its column ``recording``, in order of appearance: name -> [T, columns]."""
    groups = table.with_columns(pl.col("recording").cast(pl.String)).group_by("recording", maintain_order=True)
    return {str(name): group.select(columns).to_numpy() for (name,), group in groups}


def units_of(path: Path) -> dict[str, str]:
    """Read each recording's unit of resampling (`onefilter.corpus.people`) off a table of features or labels.

    Raises:
        InputError: If the table cannot be read.
    """
    rows = read_frame(path, ["recording", "unit"]).unique(maintain_order=True).iter_rows()
    found = {str(recording): str(unit) for recording, unit in rows}
    check_units(found.values(), file=path)
    return found


def units_by_split(paths: Iterable[Path]) -> dict[tuple[str, str], list[str]]:
    """Read the unit of every recording off tables of features or labels, by split, in order of appearance."""
    return {split: [unit for path in own for unit in units_of(path).values()] for split, own in by_split(paths).items()}


def groups_of(path: Path, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
    """Read a Parquet table that a step wrote part by part, as it was written: memory does not grow with its length.

    What was changed since is found by the checksums of its pages, and by looking at text.

    Raises:
        InputError: If the table cannot be read.
    """
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as table:
            names = table.schema_arrow.names if columns is None else list(columns)
            if any("\0" in name for name in table.schema_arrow.names):
                raise DamagedError("cannot be read (the name of a column holds NUL bytes)", file=path)
            missing = [name for name in names if name not in table.schema_arrow.names]
            if missing:
                raise DamagedError(f"lacks the column {missing[0]}", file=path)
            for number in range(table.num_row_groups):
                read = table.read_row_group(number, columns=names)
                read.validate(full=True)
                # Without the notes on columns, which no step leaves, and in which polars trusts that text is text.
                group = pl.from_arrow(pa.Table.from_arrays(read.columns, names=read.schema.names))
                assert isinstance(group, pl.DataFrame)
                yield group
    except DamagedError:
        raise
    except (OSError, ValueError, pa.ArrowException) as error:
        raise DamagedError(f"cannot be read ({str(error).splitlines()[0]})", file=path) from error


def frames_of(path: Path, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
    """Read a Parquet table that a step wrote recording by recording: one frame each, in order of appearance.

    Tables that are written recording by recording (`onefilter.files.writing_recordings`) are read so, too.

    Raises:
        InputError: If the table cannot be read.
    """
    for group in groups_of(path, None if columns is None else ["recording", *columns]):
        yield from group.partition_by("recording", maintain_order=True)


def recordings_of(path: Path, columns: Sequence[str]) -> Iterator[tuple[str, Floats]]:
    """Read some columns of such a table: each recording's name and values [T, columns], in order of appearance."""
    for frame in frames_of(path, columns):
        yield str(frame["recording"][0]), frame.select(columns).to_numpy()


Pairs = Iterable[tuple[Floats, Floats]]
"""Features [T, F] and labels [T] of each recording, NaN where nobody rated. They are gone through several times, and
may be read each time."""
HELD: Final = 32 << 20
"""Bytes of features that are held in memory, those of about 65 recordings of SEWA's length; more are read anew."""


@dataclass(frozen=True)
class Read(Generic[Item]):
    """What is read from files each time that somebody goes through it."""

    read: Callable[[], Iterator[Item]]

    def __iter__(self) -> Iterator[Item]:
        """Begin anew."""
        return self.read()


def held_or_read(read: Callable[[], Iterator[Item]], paths: Sequence[Path], columns: int) -> Iterable[Item]:
    """Hold in memory what is read from some tables, if so many columns of them take no more than `HELD` bytes.

    Raises:
        InputError: If a table cannot be read.
    """
    return list(read()) if 8 * columns * sum(map(rows_of, paths)) <= HELD else Read(read)


def columns_of(path: Path) -> list[str]:
    """Name the columns of a Parquet table.

    Raises:
        InputError: If it cannot be read.
    """
    return list(_metadata(path).schema.names)


def rows_of(path: Path) -> int:
    """Count the rows of a Parquet table.

    Raises:
        InputError: If it cannot be read.
    """
    return int(_metadata(path).num_rows)


def _metadata(path: Path) -> pq.FileMetaData:
    """Read what a Parquet table says of itself."""
    try:
        return pq.read_metadata(path)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise DamagedError(f"cannot be read ({str(error).splitlines()[0]})", file=path) from error


def inputs(features: Sequence[Path], names: Sequence[str]) -> Iterable[Floats]:
    """Give some features [T, F] of every recording in some tables; they are gone through as `Pairs` are."""

    def read() -> Iterator[Floats]:
        for path in features:
            for _, values in recordings_of(path, names):
                yield values

    return held_or_read(read, features, len(names))


def pairs(features: Sequence[Path], labels: Sequence[Path], target: str, names: Sequence[str]) -> Pairs:
    """Pair every recording's features [T, F] with its labels [T]; features beyond the last label are left out.

    Args:
        features: Tables of features.
        labels: For each of them, the table of the same recordings' labels, in the same order.
        target: Which label.
        names: Which features.

    Raises:
        InputError: If a table cannot be read, or a recording has labels and no features.
    """

    def read() -> Iterator[tuple[Floats, Floats]]:
        for own, labelled in zip(features, labels, strict=True):
            seen = recordings_of(own, names)
            for name, values in recordings_of(labelled, [target]):
                found = next((each for other, each in seen if other == name), None)
                if found is None:
                    raise DamagedError(f"has no features of {name} where {labelled} has its labels", file=own)
                yield found[: len(values)], values[:, 0]

    return held_or_read(read, features, len(names))


def pairs_by_split(
    features: Sequence[Path], labels: Sequence[Path], target: str, names: Sequence[str]
) -> dict[tuple[str, str], Pairs]:
    """Pair features and labels (`pairs`) by culture and partition."""
    labelled = by_split(labels)
    return {split: pairs(paths, labelled[split], target, names) for split, paths in by_split(features).items()}


def joined(data: Mapping[tuple[str, str], Pairs], cultures: Sequence[str], partition: str) -> Pairs:
    """Put the recordings of several cultures together.

    Args:
        data: By culture and partition, as `pairs_by_split` gives them.
        cultures: Which, in this order.
        partition: Which.
    """
    return [pair for culture in cultures for pair in data[culture, partition]]


def rated(labels: Floats) -> Floats:
    """Leave out the labels [T] that are NaN because nobody rated the moment."""
    return np.asarray(labels[~np.isnan(labels)])


def check_lengths(recordings: Pairs, path: Path, *, taps: int, delay: int, target: str) -> None:
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
    for place, (_, labels) in enumerate(recordings, start=1):
        if not len(rated(labels[delay:])):
            raise InputError(
                f"recording {place} of the split has no rated label after the annotation delay of {delay} steps",
                file=path,
                column=target,
                remedy="set its partition to unlabelled",
            )
