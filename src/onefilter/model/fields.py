"""What the fields of a model's card may hold, and the check of values against it. Standard library only.

Configurations are checked by pydantic. Cards are not, because `onefilter live` and `predict` would wait for its import
(docs/decisions.md has the figures); what is checked, and the bounds, are the same.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal, NamedTuple, get_args, get_origin

from onefilter.text import repeated, shown

_KINDS: Final = {str: "text", int: "a whole number", float: "a number", tuple: "a list", Mapping: "a table"}
_LONGEST: Final = 60
"""Characters of a name that messages show."""
_LONGEST_REASON: Final = 150
"""Characters of a library's message that messages show."""


class Range(NamedTuple):
    """What a number may be.

    Attributes:
        low: It is at least this.
        high: It is at most this.
    """

    low: float
    high: float

    def fault(self, value: Any) -> str | None:
        """Say what is wrong with a number."""
        return None if self.low <= value <= self.high else f"lies outside {self.low:g}..{self.high:g}"


class Text(NamedTuple):
    """What a text may be: one line, without control characters.

    Attributes:
        longest: Number of characters at most.
        pattern: Regular expression for the whole of it.
        what: What it is, in words.
    """

    longest: int
    pattern: str = r".*"
    what: str = "a line of text"

    def fault(self, value: str) -> str | None:
        """Say what is wrong with a text."""
        if len(value) > self.longest:
            return f"is longer than {self.longest} characters"
        fits = value.isprintable() and re.fullmatch(self.pattern, value) is not None
        return None if fits else f"is not {self.what}"


class Among(NamedTuple):
    """What a text may be: one of several words."""

    known: tuple[str, ...]

    def fault(self, value: str) -> str | None:
        """Say which words are known."""
        return None if value in self.known else f"is not known, known are {', '.join(self.known)}"


class Once(NamedTuple):
    """What a list of names may be: so many at most, at least one, each once."""

    most: int

    def fault(self, value: tuple[str, ...]) -> str | None:
        """Say what is wrong with a list."""
        if not 1 <= len(value) <= self.most:
            return f"has {len(value)} entries, not 1 to {self.most}"
        twice = repeated(value)
        return None if twice is None else f"lists {shown(twice)} twice"


def checked(value: Any, hint: Any) -> Any:
    """Check a value that came from JSON, and give it as the type that it should have.

    Args:
        value: Whatever was there.
        hint: A type: str, int, float, Literal, tuple[X, ...] or Mapping[str, X], Annotated by bounds or not.

    Raises:
        ValueError: If it is something else; the message says what, behind the value.
    """
    origin = get_origin(hint)
    if origin is Literal:
        return _within(value, checked(value, str), [Among(get_args(hint))])
    if origin is Annotated:
        base, *bounds = get_args(hint)
        return _within(value, checked(value, base), bounds)
    if origin is tuple and isinstance(value, list | tuple):
        return tuple(checked(entry, get_args(hint)[0]) for entry in value)
    if origin is Mapping and isinstance(value, dict):
        names, values = get_args(hint)
        return {checked(name, names): checked(entry, values) for name, entry in value.items()}
    if hint is float and type(value) in (int, float):
        return _finite(value)
    if origin is None and type(value) is hint:
        return value
    raise ValueError(f"{brief(value)} is not {_KINDS[origin or hint]}")


def _within(value: Any, result: Any, bounds: Sequence[Any]) -> Any:
    """Check a value of the right type against its bounds."""
    for bound in bounds:
        if (fault := bound.fault(result)) is not None:
            raise ValueError(f"{brief(value)} {fault}")
    return result


def _finite(value: float) -> float:
    """Give a number as a float; infinity and NaN are none."""
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"{brief(value)} is not a finite number")
    return number


def parse_json(text: str) -> Any:
    """Read JSON that may be anything.

    Raises:
        ValueError: If it is none, or nested beyond reason.
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def brief(value: Any) -> str:
    """Give a value of a file as messages show it: as it is if it is short and plain, else in quotes and cut."""
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, list | tuple | dict):
        return f"a {'table' if isinstance(value, dict) else 'list'} of {len(value)}"
    if isinstance(value, int) and abs(value) > 10**18:
        return "a huge number"
    return repr(value)


def plain(name: object) -> str:
    """Give a name from a file as messages show it: without quotes if it is short and printable."""
    text = name if isinstance(name, str) else brief(name)
    return text if len(text) <= _LONGEST and text.isprintable() else shown(text)


def reason(error: BaseException) -> str:
    """Give a library's message in one short line."""
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in str(error)).split())
    return (text if len(text) <= _LONGEST_REASON else f"{text[: _LONGEST_REASON - 1]}…") or type(error).__name__
