"""Write files whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Those who write no table, `onefilter live` above all, need not wait for them.
    import pandas as pd
    import polars as pl


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; it takes the name of `path` only once everything is written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


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
    with replacing(path) as temporary:
        if path.suffix == ".parquet":
            table.write_parquet(temporary, compression="zstd", compression_level=1)
        else:
            table.write_csv(temporary, separator="\t" if path.suffix == ".tsv" else ",")
