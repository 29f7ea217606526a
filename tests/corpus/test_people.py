"""Who is in which recording, who talks with whom, and what is resampled."""

import pytest

from onefilter.corpus.people import PeopleError, check_people, units
from onefilter.names import kind_of, several


def people(*rows: str) -> list[dict[str, str]]:
    """Recordings as ``culture partition person dyad``, with - for nothing."""
    table = []
    for number, row in enumerate(rows):
        culture, partition, person, dyad = ("" if cell == "-" else cell for cell in row.split())
        own = {"culture": culture, "partition": partition, "person": person, "dyad": dyad}
        table.append({"recording": f"r{number}", **own})
    return table


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["g train - -", "g train - -"], ["recording r0", "recording r1"]),
        (["g train a -", "g train b -", "g train a -"], ["person a", "person b", "person a"]),
        (["g train a 1", "g train b 1", "g train c 2"], ["dyad 1", "dyad 1", "dyad 2"]),
        # Who talks with two others joins both pairs, whichever row comes first.
        (["g train a 1", "g train b 1", "g train b 2", "g train c 2"], ["dyad 1"] * 4),
        (["g train b 2", "g train a 1", "g train c 2", "g train b 1"], ["dyad 2"] * 4),
        # Names are of their kind: person 1 is not dyad 1.
        (["g train 1 -", "g train - 1"], ["person 1", "dyad 1"]),
        # Somebody who is alone once and in a pair once.
        (["g train a -", "g train a 1", "g train b 1", "g test - -"], ["dyad 1", "dyad 1", "dyad 1", "recording r3"]),
    ],
)
def test_units(rows: list[str], expected: list[str]) -> None:
    """The largest group that is known, joined where people connect them."""
    assert units(people(*rows)) == expected


def test_kind_of_units() -> None:
    """All kinds among them, the largest first; that dyads are inferred is said; what was said is understood."""
    assert kind_of(["recording a", "dyad 1", "person b"]) == "dyad or person or recording"
    assert kind_of(["recording a", "person b"]) == "person or recording"
    assert kind_of(["recording a"]) == "recording"
    assert kind_of(["dyad inferred_german_5", "recording a"]) == "inferred dyad or recording"
    assert kind_of(["dyad 1", "inferred dyad or recording", "person"]) == "dyad or inferred dyad or person or recording"
    assert several("dyad") == "dyads"
    assert several("inferred dyad or recording") == "inferred dyads or recordings"
    for name in ("rcording a", "", "recordings a"):
        with pytest.raises(ValueError, match=f"^'{name}' is no unit of resampling: neither a dyad, nor a person"):
            kind_of(["recording a", name])


@pytest.mark.parametrize(
    ("rows", "place", "column", "words"),
    [
        (["g train a 1", "g train b 1", "g train c 1"], 2, "dyad", "dyad 1 has more than two people: a, b, c"),
        (["g train - 1", "g train - 1", "g train - 1"], 2, "dyad", "more than two people"),
        (["g train a -", "h train a -"], 1, "person", "person a is in two cultures, g and h"),
        (["g train a 1", "h train b 1"], 1, "dyad", "dyad 1 is in two cultures, g and h"),
        (["g train a -", "g devel b -", "g test a -"], 2, "person", "person a is in train and in test"),
        (["g train a -", "g devel a -"], 1, "person", "in train and in devel (recordings r0 and r1)"),
        (["g devel a 1", "g test b 1"], 1, "dyad", "dyad 1 is in devel and in test"),
        # Somebody who is predicted first hides nobody.
        (["g unlabelled a -", "g train a -", "g test a -"], 2, "person", "person a is in train and in test"),
    ],
)
def test_contradictions_are_refused(rows: list[str], place: int, column: str, words: str) -> None:
    """By name, with the recordings that contradict each other."""
    with pytest.raises(PeopleError) as caught:
        check_people(people(*rows))
    assert (caught.value.place, caught.value.column) == (place, column)
    assert words in str(caught.value)
    assert caught.value.remedy


@pytest.mark.parametrize(
    "rows",
    [
        ["g train a 1", "g train b 1", "g train a 2", "g train c 2"],
        ["g train a 1", "g train a 1", "g train b 1", "g train b 1"],
        ["g train a -", "g unlabelled a -"],
        ["g train - -", "h test - -"],
    ],
)
def test_what_is_right_is_accepted(rows: list[str]) -> None:
    """Several sessions of a pair, a person in two pairs, predictions for somebody who was trained on."""
    check_people(people(*rows))
