"""What a run has left: every result with the rule that made it, its size and its checksum.

A manifest tells whether a result has been changed, cut or lost since, and whether two machines computed the same.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pandas as pd

from onefilter.errors import InputError
from onefilter.files import is_there
from onefilter.tables import Columns, read_results

MANIFEST: Final = "manifest.tsv"
"""Its name in the folder of results."""
OF_THE_RUN: Final = ("<!-- of the run -->", "<!-- of every run -->")
"""What a page says between these is no result: which versions made it, and how long that took."""
_OF_THE_RUN: Final = re.compile(b".*?".join(re.escape(mark.encode()) for mark in OF_THE_RUN), re.DOTALL)
MANIFEST_COLUMNS: Final[Columns] = {"file": str, "rule": str, "size": int, "sha256": str}


def make_manifest(rules: Mapping[str, str], folder: Path) -> pd.DataFrame:
    """Note some results as they are.

    Args:
        rules: By the path of each result, the rule that made it.
        folder: The folder of results, to which the paths in the manifest are relative.

    Returns:
        Columns of `MANIFEST_COLUMNS`, in the order of the paths.
    """
    rows = []
    for name, rule in sorted(rules.items()):
        path = Path(name)
        rows.append((path.relative_to(folder).as_posix(), rule, *_measured(path)))
    return pd.DataFrame(rows, columns=list(MANIFEST_COLUMNS))


def changes(folder: Path) -> Iterator[str]:
    """Say, one line for each, which results are not what the run has left.

    Raises:
        InputError: If the folder has no manifest, or one that cannot be read.
    """
    for row in read_manifest(folder / MANIFEST).itertuples():
        path = folder / str(row.file)
        try:
            size, checksum = _measured(path)
            what = f"has {size} of {row.size} bytes" if size != row.size else ""
            what = what or ("has other contents" if checksum != row.sha256 else "")
        except FileNotFoundError:
            what = "is missing"
        except OSError as error:
            what = f"cannot be read ({error.strerror})"
        if what:
            yield f"{path} {what}; rule {row.rule} makes it"


def differences(first: Path, second: Path) -> Iterator[str]:
    """Say, one line for each, which results differ between two manifests.

    Raises:
        InputError: If a manifest cannot be read.
    """
    tables = [read_manifest(path).set_index("file") for path in (first, second)]
    for name in sorted(set(tables[0].index) | set(tables[1].index)):
        lacking = [path for path, table in zip((first, second), tables, strict=True) if name not in table.index]
        if lacking:
            yield f"{name} is not in {lacking[0]}"
        elif tables[0].loc[name, "sha256"] != tables[1].loc[name, "sha256"]:
            yield f"{name} differs; rule {tables[0].loc[name, 'rule']} makes it"


def read_manifest(path: Path) -> pd.DataFrame:
    """Read a manifest.

    Raises:
        InputError: If there is none, or it is damaged.
    """
    if not is_there(path):
        raise InputError("no such manifest", file=path, remedy="a run writes it last: finish it, or name its folder")
    return read_results(path, MANIFEST_COLUMNS)


def _measured(path: Path) -> tuple[int, str]:
    """Give a result's size and checksum; those of a page are without what it says of the run (`OF_THE_RUN`)."""
    if path.suffix == ".html":
        content = _OF_THE_RUN.sub(b"", path.read_bytes())
        return len(content), hashlib.sha256(content).hexdigest()
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()
