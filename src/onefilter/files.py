"""Write files whole or not at all, and never over what the user may still need."""

import csv
import errno
import io
import os
import re
import secrets
import stat
import sys
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from onefilter.errors import InputError

if TYPE_CHECKING:
    # Those who write no table, `onefilter live` above all, need not wait for them.
    import pandas as pd
    import polars as pl
    import pyarrow as pa

SOFTWARE: Final = "onefilter"
"""What figures and ONNX files name as the program that made them."""
PREDICTIONS: Final = ("tracked", "segment")
"""The last columns by which tables of predictions are known: the first in all of them, then one that `live` adds."""
_MARKS: Final = {
    ".png": f"Software\0{SOFTWARE}",
    ".pdf": f"/Creator ({SOFTWARE})",
    ".svg": f"<dc:title>{SOFTWARE}</dc:title>",
    ".html": f'<meta name="generator" content="{SOFTWARE}">',
    ".onnx": f"\x12{chr(len(SOFTWARE))}{SOFTWARE}",
}
_GROUP: Final = 1 << 14
"""Rows after which recordings are written as a row group."""
_LARGEST_GROUP: Final = 1 << 18
"""Rows of a row group of other tables."""
_PARQUET: Final[dict[str, Any]] = {"compression": "zstd", "compression_level": 1, "write_page_checksum": True}
"""With checksums a table that was changed by a hair is not read as another (`onefilter.tables`)."""
_TEMPORARY: Final = re.compile(r"\.[0-9a-f]{16}(\.\w+)?")
"""Names of files that are being written (`replacing`)."""
_ABANDONED: Final = 300.0
"""Seconds for which nothing is written into one whose writer is gone."""
_CUT: Final = re.compile(r"[-+0-9.,einfa]*")
"""What can be part of a line of predictions."""
_LOOK: Final = 1 << 16
"""Bytes at the beginning and at the end of a file in which a mark is looked for."""


def is_there(path: Path, *, folder: bool = False) -> bool:
    """Tell whether there is such a file, or folder; no, where the path is too long, or leads where nobody may look."""
    try:
        return path.is_dir() if folder else path.is_file()
    except OSError:
        return False


def check_outputs(
    outputs: Iterable[Path | None],
    *,
    inputs: Iterable[Path | None] = (),
    stdin: bool = False,
    force: bool = False,
    headers: Collection[Sequence[str]] = (),
) -> None:
    """Refuse to write where something would be lost, or where nothing can be written; for all commands.

    An output may not be an input or another output, by whatever link or path. A file that is there is only written over
    if this program wrote it (`is_own`), or if the user insists. Links are followed. Standard output may not lead into
    an input either.

    Args:
        outputs: Files that will be written; None stands for one that is not asked for.
        inputs: Files that are read, which need not exist yet.
        stdin: Whether standard input is read.
        force: Whether to write over other files; inputs stay refused.
        headers: Columns of tables that the command writes beside predictions.

    Raises:
        InputError: For the first output that cannot be.
    """
    read = [path for path in inputs if path is not None]
    known: dict[object, str] = {key: "is an input too" for path in read for key in _keys(path)}
    if stdin and (number := _number(0)) is not None:
        known[number] = "is what standard input reads"
    if (number := _number(1)) in known:
        raise InputError(known[number], file="standard output", remedy="write to another file")
    for path in outputs:
        if path is None:
            continue
        for key in _keys(path):
            if key in known:
                raise InputError(known[key], file=path, remedy="write to another file")
        _check_writable(path)
        if not force and not (is_own(path) or _has_header(path, headers)):
            raise InputError(
                "exists, and is not a file that onefilter writes over",
                file=path,
                remedy="give another name, or --force",
            )
        known |= dict.fromkeys(_keys(path), "is another output too")


def is_own(path: Path) -> bool:
    """Tell whether a file may be written over: it does not exist, is empty, or is what this program wrote.

    Tables are known by their columns (first ``time``, last `PREDICTIONS`), figures and ONNX files by the program that
    they name. Model files are never written over: it takes long to train one.
    """
    try:
        if not path.is_file() or not path.stat().st_size:
            return True
        if path.suffix == ".parquet":
            columns = _columns_of_parquet(path)
        else:
            with path.open("rb") as content:
                head = content.read(_LOOK)
                content.seek(max(0, path.stat().st_size - _LOOK))
                tail = content.read()
            mark = _MARKS.get(path.suffix)
            if mark is not None:
                return any(mark.encode() in part for part in (head, tail))
            first, *lines = head.decode(errors="replace").splitlines()
            columns = first.split(",")
            end = tail.decode(errors="replace").splitlines()[1:]
            # The last line that was looked at may be cut, and so may be that of a run that was killed.
            if not all(map(_is_prediction, [*lines[: max(len(lines) - 1, 1)], *end[:-1]])):
                return False
            if not all(map(_CUT.fullmatch, [*lines[-1:], *end[-1:]])):
                return False
    except OSError:
        return False
    tracked, segment = PREDICTIONS
    if columns[-1:] == [segment]:
        columns.pop()
    return len(columns) > 1 and columns[0] == "time" and columns[-1] == tracked


def _has_header(path: Path, headers: Collection[Sequence[str]]) -> bool:
    """Tell whether a file is a table with one of some headers, all of whose lines have as many fields."""
    mark = {".tsv": "\t", ".csv": ","}.get(path.suffix)
    if mark is None or not headers:
        return False
    try:
        rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines(), delimiter=mark))
    except (OSError, ValueError, csv.Error):
        return False
    return bool(rows) and rows[0] in [list(each) for each in headers] and len(set(map(len, rows))) == 1


def _is_prediction(line: str) -> bool:
    """Tell whether a line holds numbers only: a share of frames or the number of a segment at its end."""
    try:
        *values, last = map(float, line.split(","))
    except ValueError:
        return False
    return len(values) > 1 and last >= 0 and (last <= 1 or last.is_integer())


def _columns_of_parquet(path: Path) -> list[str]:
    import polars as pl

    try:
        return list(pl.read_parquet_schema(path))
    except pl.exceptions.PolarsError:
        return []


def _keys(path: Path) -> list[object]:
    """Give what tells a file from others: where its path leads, and its number on the disk if it is there."""
    number = _number(path)
    return [os.path.realpath(path), *([] if number is None else [number])]


def _number(file: Path | int) -> tuple[int, int] | None:
    """Give the number on the disk of the file at a path, or behind an open descriptor.

    Devices and pipes have none: who writes to one and reads from it loses nothing.
    """
    try:
        status = os.fstat(file) if isinstance(file, int) else file.stat()
    except OSError:
        return None
    return (status.st_dev, status.st_ino) if stat.S_ISREG(status.st_mode) else None


def _check_writable(path: Path) -> None:
    """Refuse a path at which nothing can be written, before anything is computed."""
    folder = Path(os.path.realpath(path)).parent
    remedy = "correct the path, or write to another folder"
    try:
        found = path.stat()
    except FileNotFoundError:
        found = None
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", file=path, remedy=remedy) from error
    if found is not None and stat.S_ISDIR(found.st_mode):
        raise InputError("cannot be written (Is a directory)", file=path, remedy="name a file in it")
    if not is_there(folder, folder=True):
        remedy = "make its folder first, or correct the path"
        raise InputError("cannot be written (No such file or directory)", file=path, remedy=remedy)
    if not os.access(folder, os.W_OK | os.X_OK) or (found is not None and _is_protected(path)):
        raise InputError("cannot be written (Permission denied)", file=path, remedy=remedy)


def _is_protected(path: Path) -> bool:
    """Tell whether a file is read-only, be it for the administrator, who may write all the same."""
    return not path.stat().st_mode & 0o222 or not os.access(path, os.W_OK)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; it takes the name of `path` only once everything is written.

    Where `path` is a link, the file that it leads to is replaced, and the link stays. Permissions are those that the
    umask leaves, and no wider than those of the file that is replaced.

    Raises:
        InputError: If that cannot be, for example because the disk is full.
    """
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".{secrets.token_hex(8)}{target.suffix}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists() and not target.is_file():
            raise InputError("cannot be written (not a regular file)", file=path, remedy="write to another file")
        if path.is_symlink() and target.exists() and _is_protected(target):
            # Files of a cache that many folders link to are read-only.
            raise InputError("is a link to a file that is read-only", file=path, remedy="remove the link")
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        try:
            yield temporary
            if target.exists():
                temporary.chmod(stat.S_IMODE(temporary.stat().st_mode & target.stat().st_mode))
            _flush(temporary)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        # Arrow has longer words for a number of the system's.
        why = os.strerror(error.errno) if error.errno else str(error)
        remedy = "make room on the disk, and do it again" if error.errno in (errno.ENOSPC, errno.EDQUOT) else None
        raise InputError(f"cannot be written ({why})", file=path, remedy=remedy) from error


def remove_abandoned(folder: Path) -> int:
    """Remove what is left below a folder of files that were being written when their writer was killed.

    What was begun within the last minutes may still be written by somebody, and stays.

    Args:
        folder: Which; it need not be there.

    Returns:
        How many there were.
    """
    removed, long_ago = 0, time.time() - _ABANDONED
    for place, _, names in os.walk(folder):
        for path in (Path(place, name) for name in names if _TEMPORARY.fullmatch(name)):
            with suppress(OSError):  # It has just got its name, or is not ours to remove.
                if path.stat(follow_symlinks=False).st_mtime < long_ago:
                    path.unlink()
                    removed += 1
    return removed


def _flush(path: Path) -> None:
    """Bring a file onto the disk: after a power cut, a name must not lead to an empty file."""
    with path.open("rb") as content:
        os.fsync(content.fileno())


def write_standard_output(text: str) -> None:
    """Write text to standard output, all of it.

    Raises:
        InputError: If that cannot be, for example because the disk is full.
    """
    try:
        raw = getattr(sys.stdout, "buffer", None)
        if isinstance(raw, io.RawIOBase):
            # PYTHONUNBUFFERED is set: what is written may be less than all, without a word.
            sys.stdout.flush()
            left = memoryview(text.encode(sys.stdout.encoding, sys.stdout.errors or "strict"))
            while left:
                left = left[raw.write(left) or 0 :]
        else:
            sys.stdout.write(text)
            sys.stdout.flush()
    except BrokenPipeError:
        raise  # The reader has gone (`| head`), and wants no message.
    except OSError as error:
        # What is left in the buffer must not fail a second time when the program ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise InputError(f"cannot be written ({error.strerror})", file="standard output") from error


def write_bytes(path: Path, content: bytes) -> None:
    """Write bytes whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text whole or not at all."""
    write_bytes(path, text.encode())


def write_table(path: Path, table: "pl.DataFrame | pd.DataFrame", *, corpus: str | None = None) -> None:
    """Write a frame as its file's ending says: .parquet, .csv or .tsv.

    Args:
        path: Where to.
        table: What.
        corpus: Where the data come from; this becomes the last column of every table that a run makes.
    """
    import polars as pl

    if not isinstance(table, pl.DataFrame):
        table = pl.from_pandas(table)
    if corpus is not None:
        table = table.with_columns(corpus=pl.lit(corpus))
    # By way of memory: where the disk is full, polars says other things for every format.
    content = io.BytesIO()
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        pq.write_table(_arrow(table), content, row_group_size=_LARGEST_GROUP, **_PARQUET)
    else:
        table.write_csv(content, separator="\t" if path.suffix == ".tsv" else ",")
    write_bytes(path, content.getvalue())


def _arrow(table: "pl.DataFrame") -> "pa.Table":
    """Hand a frame to Arrow, which writes checksums; categories become text."""
    import polars as pl

    return table.with_columns(pl.col(pl.Categorical).cast(pl.String)).to_arrow(compat_level=pl.CompatLevel.oldest())


@contextmanager
def writing_recordings(path: Path) -> Iterator[Callable[["pl.DataFrame"], None]]:
    """Write a .parquet table recording by recording, so that memory does not grow with their number.

    Gives a function that takes one recording's frame, with its name in the column ``recording``. A row group holds
    whole recordings, `_GROUP` rows or a little more.
    """
    import polars as pl
    import pyarrow as pa
    import pyarrow.parquet as pq

    waiting: list[pl.DataFrame] = []
    with replacing(path) as temporary, ExitStack() as opened:
        writer: list[pq.ParquetWriter] = []

        def write() -> None:
            table = _arrow(pl.concat(waiting))
            if not writer:
                new = pq.ParquetWriter(temporary, table.schema, **_PARQUET)
                writer.append(opened.enter_context(new))
            writer[0].write_table(table, row_group_size=max(len(table), 1))
            waiting.clear()

        def add(recording: pl.DataFrame) -> None:
            waiting.append(recording)
            if sum(map(len, waiting)) >= _GROUP:
                write()

        try:
            yield add
            if waiting:
                write()
            opened.close()
        except pa.ArrowException as error:
            raise OSError(str(error)) from error
