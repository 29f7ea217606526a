"""What a user is told when the input is at fault: one line with the place, the value and the remedy."""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path


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
        place = [str(file)] if file is not None else []
        place += [f"row {row}"] if row is not None else []
        place += [f"column {column}"] if column is not None else []
        text = ": ".join(part for part in (", ".join(place), what) if part)
        super().__init__(" ".join((text if remedy is None else f"{text}; {remedy}").split()))


def nearest(word: str, known: Iterable[str]) -> str:
    """Give `` (did you mean X?)`` for the known word nearest to a mistyped one, or nothing."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f" (did you mean {close[0]!r}?)" if close else ""
