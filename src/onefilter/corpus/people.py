"""People: who is in which recording, who talks with whom, and what is therefore resampled.

Recordings of one person resemble each other, and so do those of two people who talk with each other: in SEWA, partners'
labels correlate with .47, strangers' with .00, and intervals that resample dyads are 1.22 to 1.33 times as wide as
those that resample recordings. The *unit* of resampling is the largest group that is known: the dyad where it is
given, else the person, else the recording. A person in two dyads joins them to one unit. A unit's name begins with its
kind, ``dyad 7`` say, so that every table that carries units says what was resampled.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import pandas as pd

from onefilter.names import KINDS

UNLABELLED: Final = "unlabelled"
"""The partition whose people may be anybody: nothing is scored on it."""


class PeopleError(ValueError):
    """What contradicts itself about people, with the place in the table.

    Attributes:
        place: Position of the recording at fault.
        column: The column at fault.
        remedy: What to do.
    """

    def __init__(self, message: str, *, place: int, column: str, remedy: str) -> None:
        """Say what is wrong."""
        super().__init__(message)
        self.place, self.column, self.remedy = place, column, remedy


def check_people(rows: Sequence[Mapping[Any, Any]]) -> None:
    """Check who is in which recording.

    Args:
        rows: Recordings, with ``recording``, ``culture``, ``partition``, ``person`` and ``dyad``; the last two may be
            empty.

    Raises:
        PeopleError: If a person is of two cultures, a dyad has more than two people, or somebody who is trained on is
            developed or tested on, or developed and tested on.
    """
    dyads: dict[str, set[str]] = {}
    first: dict[tuple[str, str, str], Mapping[Any, Any]] = {}
    for place, row in enumerate(rows):
        people = dyads.setdefault(row["dyad"], set()) if row["dyad"] else set()
        people.add(row["person"] or f"recording {row['recording']}")
        if len(people) > 2:
            raise PeopleError(
                f"dyad {row['dyad']} has more than two people: {', '.join(sorted(people))}",
                place=place,
                column="dyad",
                remedy="give every pair a dyad of its own, and `person` where somebody was recorded more than once",
            )
        for column in ("person", "dyad"):
            if not row[column]:
                continue
            _compare(first.setdefault((column, row[column], ""), row), row, column, place=place)
            if row["partition"] != UNLABELLED:
                # Whoever is predicted only, and not scored, must not stand between two who are.
                _compare(first.setdefault((column, row[column], "labelled"), row), row, column, place=place)


def _compare(earlier: Mapping[Any, Any], row: Mapping[Any, Any], column: str, *, place: int) -> None:
    """Refuse that a person or a dyad is of two cultures, or both seen and unseen."""
    who = f"{column} {row[column]}"
    where = f"recordings {earlier['recording']} and {row['recording']}"
    if earlier["culture"] != row["culture"]:
        raise PeopleError(
            f"{who} is in two cultures, {earlier['culture']} and {row['culture']} ({where})",
            place=place,
            column=column,
            remedy=f"correct the culture, or give two {'people' if column == 'person' else 'dyads'} two names",
        )
    partitions = {earlier["partition"], row["partition"]} - {UNLABELLED}
    if len(partitions) == 2:
        raise PeopleError(
            f"{who} is in {earlier['partition']} and in {row['partition']} ({where}), so a test would not be one of"
            " people that nobody has seen",
            place=place,
            column=column,
            remedy="put both into one partition, or leave one out (partition unlabelled: predicted, not scored)",
        )


def with_units(table: pd.DataFrame) -> pd.DataFrame:
    """Add the column ``unit`` to a recordings table: by what each recording is resampled (`units`)."""
    return table.assign(unit=units(table[["recording", "person", "dyad"]].to_dict("records")))


def units(rows: Sequence[Mapping[Any, Any]]) -> list[str]:
    """Name each recording's unit of resampling.

    Args:
        rows: Recordings, with ``recording``, ``person`` and ``dyad``.

    Returns:
        One name per row; recordings of one unit share it. It is that of the unit's first dyad, else person.
    """
    keys = [[(kind, row[kind]) for kind in KINDS if row.get(kind)] for row in rows]
    root: dict[tuple[str, str], tuple[str, str]] = {}

    def find(key: tuple[str, str]) -> tuple[str, str]:
        while root.setdefault(key, key) != key:
            root[key] = root[root[key]]
            key = root[key]
        return key

    for own in keys:
        for one, other in pairwise(own):
            lower, upper = find(one), find(other)
            if lower != upper:
                # The name of the group is its first dyad's, or person's: the larger kind, the earlier row.
                root[upper] = lower
    groups: dict[tuple[str, str], str] = {}
    for own in keys:
        for kind, name in own:
            known = groups.get(find((kind, name)))
            if known is None or KINDS.index(kind) < KINDS.index(known.partition(" ")[0]):
                groups[find((kind, name))] = f"{kind} {name}"
    return [groups[find(own[0])] for own in keys]
