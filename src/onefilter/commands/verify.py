"""What `onefilter verify` does: hold results against the manifest that their run has left."""

from collections.abc import Iterable
from pathlib import Path

from onefilter.errors import InputError
from onefilter.files import is_there, write_standard_output
from onefilter.manifest import MANIFEST, changes, differences, read_manifest
from onefilter.text import printable


def verify(results: Path, *, against: Path | None = None) -> None:
    """Say which results have changed since their run, or differ from another run's.

    Args:
        results: The folder of a run's results.
        against: The manifest of another run, or its folder.

    Raises:
        InputError: If there are any.
    """
    own = results / MANIFEST
    other = against / MANIFEST if against is not None and is_there(against, folder=True) else against
    found = list(changes(results))
    # What is not as its manifest says is compared by nobody.
    if other is not None and not found:
        found = list(differences(own, other))
        if found:
            _say(found)
            raise InputError(f"{len(found)} results differ from those of {other}", file=own)
    _say(found)
    count = len(read_manifest(own))
    if found:
        raise InputError(
            f"{len(found)} of {count} results are not what the run has left",
            file=own,
            remedy="delete those files and run again, and they are made anew",
        )
    write_standard_output(f"all {count} results are {'what the run has left' if other is None else 'the same'}\n")


def _say(lines: Iterable[str]) -> None:
    """Print lines, each as it can be shown."""
    write_standard_output("".join(f"{printable(line)}\n" for line in lines))
