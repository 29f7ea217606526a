"""Words and numbers as the paper writes them: plurals, lists, signs, intervals."""

import math
from collections.abc import Sequence
from typing import Final

UNKNOWN: Final = "–"
"""What stands where there is no number."""
OWN: Final = "own"
"""The culture that `onefilter init` names where it is not told another."""


def number(value: float, *, digits: int = 2) -> str:
    """Give a number with two decimals, or with one digit where two decimals would hide which side of 0 it is on."""
    if not math.isfinite(value):
        return UNKNOWN
    text = f"{value:.{digits}f}"
    if float(text) == 0:
        text = f"{value:.{-math.floor(math.log10(abs(value)))}f}" if value else f"{0:.{digits}f}"
    return text.replace("-", "−")


def signed(value: float) -> str:
    """Give a difference with its sign."""
    return f"+{number(value)}" if math.isfinite(value) and value > 0 else number(value)


def interval(low: float, high: float) -> str:
    """Give the bounds of an interval in brackets, or nothing if there is none."""
    return f"[{number(low)}, {number(high)}]" if math.isfinite(low) and math.isfinite(high) else ""


def with_interval(value: float, low: float, high: float, *, sign: bool = False) -> str:
    """Give a number and, if it has one, its interval."""
    return f"{signed(value) if sign else number(value)} {interval(low, high)}".strip()


def listed(words: Sequence[str]) -> str:
    """Join words: a; a and b; a, b and c. Where there is an "and" in one of them: a and b; c and d; and e and f."""
    if len(words) > 1 and any(" and " in word for word in words):
        return "; and ".join(["; ".join(words[:-1]), words[-1]])
    return " and ".join([*([", ".join(words[:-1])] if len(words) > 1 else []), *words[-1:]])


def people(culture: str) -> str:
    """Give the name of a culture as an adjective; `OWN` is that of whoever writes."""
    return "our own" if culture == OWN else culture.title()


def sentence(text: str) -> str:
    """Begin with a capital letter, and end with one full stop."""
    return f"{text[:1].upper()}{text[1:].removesuffix('.')}."
