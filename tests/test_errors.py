"""What a user is told."""

import pytest

from onefilter.errors import InputError, nearest, plain


def test_one_line_with_place_and_remedy() -> None:
    """File, row, column, what, remedy; on one line whatever comes in."""
    error = InputError("is\nwrong", file="a.csv", row=3, column="b", remedy="mend\n it")
    assert str(error) == "a.csv, row 3, column b: is wrong; mend it"
    assert str(InputError("is wrong")) == "is wrong"
    assert str(InputError("is wrong", column="b")) == "column b: is wrong"


def test_control_characters_are_escaped() -> None:
    """Nothing that a file, a column or a path is called reaches the terminal as a command."""
    error = InputError("x\x1b]0;title\x07", file="a\x1b[2J.csv", row=1, column="\x9b1m\u202eb", remedy="not \udce4\0")
    assert str(error) == r"a\x1b[2J.csv, row 1, column \x9b1m\u202eb: x\x1b]0;title\x07; not \udce4\x00"


def test_long_texts_are_cut() -> None:
    """No message exceeds 500 characters with what stands before it; a path keeps its end, a remedy stays whole."""
    long = "x" * 1_000_000
    for error in (
        InputError(long, file=f"{long}/a.csv"),
        InputError(long, column=long),
        InputError(long, remedy=long),
        InputError(long, file=long, column=long, remedy=long, row=10**9),
    ):
        text = str(error)
        assert len(f"onefilter: {text}") < 500
        assert "…" in text
    text = str(InputError(f"{'y' * 900} is wrong", file=f"{long}/a.csv", row=10**9, column="b", remedy="mend it"))
    assert "/a.csv, row 1000000000, column b: yyy" in text
    assert text.endswith("…; mend it")
    path = f"/{'d' * 200}/a.csv"
    assert str(InputError("is wrong", file=path)).startswith(f"{path}: is wrong")
    assert plain("\x1b" * 100, longest=9) == r"\x1b\x1b…"


@pytest.mark.parametrize(("word", "answer"), [("windw", " (did you mean 'window'?)"), ("zzz", "")])
def test_nearest(word: str, answer: str) -> None:
    """The nearest known word, or nothing."""
    assert nearest(word, ["window", "hop"]) == answer
