"""What sources give to a session: frames, remarks, and the beginning of another recording."""

from typing import Final, NamedTuple

from onefilter.errors import plain
from onefilter.live.stream import Frame

LATEST_TIME: Final = 1e10
"""Seconds; no clock shows more. Sources leave out what is later, or is no time at all."""
_LONGEST_NAME: Final = 200


def named(name: object) -> str:
    """Give the name of a file as remarks and pages show it: in one line, without control characters, cut in the middle.

    What is named may be anything that has a text, such as a path.
    """
    return plain(str(name), longest=_LONGEST_NAME, keep_end=True)


class Remark(NamedTuple):
    """Something that the user should know, in one line; a source makes each kind of remark once."""

    text: str


class Restart(NamedTuple):
    """Another recording begins; what was waiting for frames of the last one is due."""

    reason: str


Event = Frame | Remark | Restart | None
"""None: nothing has come for a moment."""
