"""What a run has left: every result with the rule that made it, its size and its checksum.

A manifest tells whether a result has been changed, cut or lost since, and whether two machines computed the same.
"""

import errno
import hashlib
import re
from collections.abc import Callable, Container, Iterator, Mapping
from pathlib import Path
from typing import Final

import pandas as pd

from onefilter.errors import InputError
from onefilter.files import is_there, write_text
from onefilter.tables import Columns, read_results

MANIFEST: Final = "manifest.tsv"
"""Its name in the folder of results."""
OF_THE_RUN: Final = ("<!-- of the run -->", "<!-- of every run -->")
"""What a page says between these is no result: which versions made it, and how long that took."""
_OF_THE_RUN: Final = re.compile(b".*?".join(re.escape(mark.encode()) for mark in OF_THE_RUN), re.DOTALL)
_ITSELF: Final = "-"
"""What stands for the rule in the manifest's own row."""
_SMALL: Final = 1 << 24
"""Results of up to so many bytes are read before a run to see whether they are as they were left; of others, the size
is looked at."""
MANIFEST_COLUMNS: Final[Columns] = {"file": str, "rule": str, "size": int, "sha256": str}


def write_manifest(path: Path, rules: Mapping[str, str]) -> None:
    """Note some results as they are, in the order of their paths.

    The last row is the manifest's own: the size and the checksum of all that is above it.

    Args:
        path: Of the manifest; it lies in the folder of results, to which the paths in it are relative.
        rules: By the path of each result, the rule that made it.
    """
    rows = ["\t".join(MANIFEST_COLUMNS)]
    for name, rule in sorted(rules.items()):
        result = Path(name)
        rows.append("\t".join(map(str, (result.relative_to(path.parent).as_posix(), rule, *_measured(result)))))
    above = "".join(f"{row}\n" for row in rows)
    write_text(path, f"{above}{_own_row(path.name, above)}")


def _own_row(name: str, above: str) -> str:
    """Give a manifest's last row."""
    content = above.encode()
    return f"{name}\t{_ITSELF}\t{len(content)}\t{hashlib.sha256(content).hexdigest()}\n"


def changes(folder: Path) -> Iterator[str]:
    """Say, one line for each, which results are not what the run has left.

    Raises:
        InputError: If the folder has no manifest, or one that cannot be read.
    """
    for row in read_manifest(folder / MANIFEST).itertuples():
        path = folder / str(row.file)
        try:
            if path.exists() and not path.is_file():
                raise OSError(errno.EINVAL, "not a regular file")
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

    Returns:
        Columns of `MANIFEST_COLUMNS`, a row for each result.

    Raises:
        InputError: If there is none, or it is damaged.
    """
    if not is_there(path):
        raise InputError("no such manifest", file=path, remedy="a run writes it last: finish it, or name its folder")
    table = read_results(path, MANIFEST_COLUMNS)
    # As a mail program or an editor may have changed it: the lines are the same.
    text = path.read_text(encoding="utf-8-sig", errors="replace").rstrip("\n")
    above, _, own = text.rpartition("\n")
    if f"{own}\n" != _own_row(path.name, f"{above}\n"):
        remedy = "run again (delete the file first): it is written anew"
        raise InputError("has been cut or changed: its last row does not fit the others", file=path, remedy=remedy)
    return table.iloc[:-1]


def altered(
    path: Path, remade: Container[str], made: Callable[[str], float | None] = lambda name: None
) -> dict[Path, str]:
    """Find results that are not what the run has left which wrote a manifest, though no rule has made them since.

    Such is the damage that a power cut, a broken disk or an editor does.

    Args:
        path: Of the manifest; without one, nothing is known of any result.
        remade: Results that are made anew in any case.
        made: Tells when a rule made a result last (seconds since 1970); where that is not known, what is younger than
            the manifest counts as made since.

    Returns:
        By each such result, the rule that makes it.

    Raises:
        InputError: If there is a manifest, and it is damaged.
    """
    if not is_there(path):
        return {}
    noted, written = read_manifest(path), path.stat().st_mtime_ns
    found = {}
    for name, rule, size, checksum in noted[list(MANIFEST_COLUMNS)].itertuples(index=False):
        result = path.parent / name
        if str(result) in remade or not result.is_file():
            continue
        since = made(str(result)) if result.stat().st_mtime_ns > written else 0.0
        if since is None or since * 1e9 > written:
            continue
        small = result.suffix == ".html" or result.stat().st_size <= _SMALL
        if (_measured(result) != (size, checksum)) if small else result.stat().st_size != size:
            found[result] = rule
    return found


def _measured(path: Path) -> tuple[int, str]:
    """Give a result's size and checksum; those of a page are without what it says of the run (`OF_THE_RUN`)."""
    if path.suffix == ".html":
        content = _OF_THE_RUN.sub(b"", path.read_bytes())
        return len(content), hashlib.sha256(content).hexdigest()
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()
