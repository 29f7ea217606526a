"""What a user is told."""

import pytest

from onefilter.errors import InputError, nearest


def test_one_line_with_place_and_remedy() -> None:
    """File, row, column, what, remedy; on one line whatever comes in."""
    error = InputError("is\nwrong", file="a.csv", row=3, column="b", remedy="mend\n it")
    assert str(error) == "a.csv, row 3, column b: is wrong; mend it"
    assert str(InputError("is wrong")) == "is wrong"
    assert str(InputError("is wrong", column="b")) == "column b: is wrong"


@pytest.mark.parametrize(("word", "answer"), [("windw", " (did you mean 'window'?)"), ("zzz", "")])
def test_nearest(word: str, answer: str) -> None:
    """The nearest known word, or nothing."""
    assert nearest(word, ["window", "hop"]) == answer
