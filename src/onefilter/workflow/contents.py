"""What is in the files that a user lists: another version of a file reruns its rules, whatever its time says.

Snakemake looks at times first. A file that is replaced by an older one (`dvc checkout`, a backup) is not newer than the
results, so rules whose inputs people hand in carry a digest of their contents among their parameters.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from onefilter.errors import InputError
from onefilter.files import write_text
from onefilter.manifest import read_manifest


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

    def of(self, path: Path) -> str:
        """Give one file's digest, empty if it is not there."""
        found, new = self._digest(str(path))
        if new:
            write_text(self._notes, json.dumps(self._known))
        return found

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


@dataclass(frozen=True)
class Left:
    """What has become of files that a step made by the thousand and noted in a manifest.

    They are no outputs of the rule, for Snakemake would look at each of them for each; the manifest is.

    Attributes:
        manifest: Where it lies.
        altered: The files that hold something else than the step wrote.
        lost: Those that are missing or empty.
    """

    manifest: Path
    altered: frozenset[str]
    lost: tuple[str, ...]

    @classmethod
    def of(cls, manifest: Path, contents: Contents) -> Self:
        """Look at the files of a manifest; without one, there is nothing to know."""
        altered, lost = set(), []
        try:
            noted, made = read_manifest(manifest), manifest.stat().st_mtime_ns
        except (InputError, OSError):
            return cls(manifest, frozenset(), ())
        for name, size, checksum in zip(noted["file"], noted["size"], noted["sha256"], strict=True):
            path = manifest.parent / name
            there = path.stat() if path.is_file() else None
            if there is None or not there.st_size:
                lost.append(str(path))
            # The manifest was written last: what is older is as it was, and is not read.
            elif there.st_size != size or (there.st_mtime_ns > made and contents.of(path) != checksum):
                altered.add(str(path))
        # If some are lost, all are made again.
        return cls(manifest, frozenset() if lost else frozenset(altered), tuple(lost))

    def forget(self) -> str:
        """Remove the manifest if files are lost, so that its rule makes all of them again; say so in one line."""
        if not self.lost:
            return ""
        self.manifest.unlink(missing_ok=True)
        further = f" and {len(self.lost) - 1} more" if len(self.lost) > 1 else ""
        return f"{self.lost[0]}{further}: missing or empty; the recordings are simulated again\n"
