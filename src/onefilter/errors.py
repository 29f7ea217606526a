"""What a user is told when the input is at fault: one line with the place, the value and the remedy."""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Final

LONGEST: Final = 480
"""Characters of a message, which make less than 500 with what stands before it (``onefilter: ``, the time in a log);
what is wrong is cut first, then the file's path."""
_COLUMN: Final = 60
"""Characters of a column's name that messages show."""
_REMEDY: Final = 300
"""Characters of a remedy."""
_PATH: Final = 80
"""Characters of a path that are kept whatever else is to be said."""


class InputError(ValueError):
    """A mistake in what the user supplied; its text is one line that can be shown as it is."""

    def __init__(
        self,
        what: str,
        *,
        file: Path | str | None = None,
        row: int | None = None,
        column: str | None = None,
        remedy: str | None = None,
    ) -> None:
        """Put the line together.

        Args:
            what: What is wrong, with the offending value.
            file: The file at fault.
            row: Row of the file as an editor counts it; the header is row 1.
            column: Name of the column.
            remedy: What to do about it.
        """
        place = [f"row {row}"] if row is not None else []
        place += [f"column {plain(column, longest=_COLUMN)}"] if column is not None else []
        end = f"; {plain(remedy, longest=_REMEDY)}" if remedy is not None else ""
        what = plain(what, longest=LONGEST - len(", ".join(place)) - len(end) - _PATH)
        if file is not None:
            rest = LONGEST - sum(len(part) + 2 for part in (*place, what, end))
            place.insert(0, plain(str(file), longest=rest, keep_end=True))
        super().__init__(": ".join(part for part in (", ".join(place), what) if part) + end)


class DamagedError(InputError):
    """A result that a step wrote is damaged: cut, emptied or changed by hand. Its rule makes it again."""

    def __init__(self, what: str, *, file: Path, column: str | None = None) -> None:
        """Put the line together; `file` is the result."""
        # A failed run has removed the file, other commands have not.
        remedy = "run again (delete the file first, if it is still there): its rule makes it anew"
        super().__init__(what, file=file, column=column, remedy=remedy)
        self.path = file


def escaped(text: str) -> str:
    """Write what terminals may take for a command as its escape sequence."""
    return "".join(mark if mark.isprintable() else mark.encode("unicode_escape").decode() for mark in text)


def plain(text: str, *, longest: int, keep_end: bool = False) -> str:
    """Give text as one line that no terminal takes for a command: blanks joined, other characters escaped, cut.

    Args:
        text: What a file, a stream or a path says.
        longest: Characters that are kept.
        keep_end: Whether the middle is cut out (paths end with the name that matters), not the end.
    """
    if len(text) > 2 * longest:  # Enough for what is cut below; the whole may be megabytes.
        text = text[:longest] + text[-longest:] if keep_end else text[: 2 * longest]
    line = escaped(" ".join(text.split()))
    if len(line) <= longest:
        return line
    half = longest // 2
    return f"{line[: longest - half - 1]}…{line[-half:]}" if keep_end else f"{line[: longest - 1]}…"


def nearest(word: str, known: Iterable[str]) -> str:
    """Give `` (did you mean X?)`` for the known word nearest to a mistyped one, or nothing."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f" (did you mean {close[0]!r}?)" if close else ""
