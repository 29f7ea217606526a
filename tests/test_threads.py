"""Numbers of threads that the environment gives: what is none is one line."""

import subprocess
import sys

import pytest

from onefilter.errors import InputError
from onefilter.threads import VARIABLES, check_threads


@pytest.mark.parametrize("name", VARIABLES)
@pytest.mark.parametrize("value", ["0", "abc", "-1", "1.5", "0x2", "2,", "2;1"])
def test_no_number(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """One line, which names the variable."""
    monkeypatch.setenv(name, value)
    with pytest.raises(InputError, match=f"{name}: '{value}' is no number of threads; give a number from 1, or `unset"):
        check_threads()


@pytest.mark.parametrize("value", ["", "1", " 8", "4,2", "4, 2"])
def test_numbers(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """OpenMP takes a number for each level of threads within threads."""
    for name in VARIABLES:
        monkeypatch.setenv(name, value)
    check_threads()


def test_the_command_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is loaded."""
    monkeypatch.setenv("POLARS_MAX_THREADS", "0")
    done = subprocess.run([sys.executable, "-m", "onefilter", "init"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    said = "'0' is no number of threads; give a number from 1, or `unset POLARS_MAX_THREADS`"
    assert done.stderr == f"onefilter: POLARS_MAX_THREADS: {said}\n"
