"""What sources give to a session: frames, remarks, and the beginning of another recording."""

from typing import NamedTuple

from onefilter.live.stream import Frame


class Remark(NamedTuple):
    """Something that the user should know, in one line; a source makes each kind of remark once."""

    text: str


class Restart(NamedTuple):
    """Another recording begins; what was waiting for frames of the last one is due."""

    reason: str


Event = Frame | Remark | Restart | None
"""None: nothing has come for a moment."""
