"""What is in the files that a user lists: another version of a file reruns its rules, whatever its time says.

Snakemake looks at times first. A file that is replaced by an older one (`dvc checkout`, a backup) is not newer than the
results, so rules whose inputs people hand in carry a digest of their contents among their parameters.
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from onefilter.errors import InputError
from onefilter.files import write_text


class Contents:
    """Digests of files, remembered as long as a file's size, time and place on the disk stay as they are."""

    def __init__(self, notes: Path) -> None:
        """Remember digests in the file `notes`, which may be lost at any time."""
        self._notes = notes
        self._known: dict[str, list[object]] = {}
        try:
            self._known = json.loads(notes.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self._known = {}

    def digest(self, paths: Iterable[str]) -> str:
        """Sum up the contents of some files in sixteen letters; a file that is not there counts as such."""
        whole, changed = hashlib.sha256(), False
        for name in paths:
            found, new = self._digest(name)
            whole.update(f"{name}\0{found}\0".encode())
            changed |= new
        if changed:
            write_text(self._notes, json.dumps(self._known))
        return whole.hexdigest()[:16]

    def _digest(self, name: str) -> tuple[str, bool]:
        """Give one file's digest, and whether it was not known."""
        path = Path(name)
        try:
            there = path.stat()
            state = [there.st_size, there.st_mtime_ns, there.st_ino, there.st_ctime_ns]
            known = self._known.get(name)
            if isinstance(known, list) and known[1:] == state:
                return str(known[0]), False
            with path.open("rb") as content:
                digest = hashlib.file_digest(content, "sha256").hexdigest()
        except FileNotFoundError:
            return "", False
        except OSError as error:
            raise InputError(f"cannot be read ({error.strerror})", file=path, remedy="check it") from error
        self._known[name] = [digest, *state]
        return digest, True
