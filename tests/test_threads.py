"""Numbers of threads that the environment gives: what is none is one line."""

import subprocess
import sys

import pytest

from onefilter.errors import InputError
from onefilter.threads import VARIABLES, check_threads


@pytest.mark.parametrize("name", VARIABLES)
@pytest.mark.parametrize("value", ["0", "abc", "-1", "1.5", "0x2", "2,", "2;1", "100000"])
def test_no_number(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """One line, which names the variable."""
    monkeypatch.setenv(name, value)
    with pytest.raises(InputError, match=f"{name}: '{value}' is no number of threads; give a number from 1 to"):
        check_threads()


@pytest.mark.parametrize("value", ["", "1", " 8", "4,2", "4, 2"])
def test_numbers(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """OpenMP takes a number for each level of threads within threads."""
    monkeypatch.setenv("OMP_NUM_THREADS", value)
    check_threads()
    for name in VARIABLES:
        monkeypatch.setenv(name, value.partition(",")[0])
    check_threads()
    if "," in value:
        monkeypatch.setenv("POLARS_MAX_THREADS", value)
        with pytest.raises(InputError, match=r"POLARS_MAX_THREADS: .* is no number of threads"):
            check_threads()


def test_the_command_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is loaded."""
    monkeypatch.setenv("POLARS_MAX_THREADS", "0")
    done = subprocess.run([sys.executable, "-m", "onefilter", "init"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    said = "'0' is no number of threads; give a number from 1 to 9999, or `unset POLARS_MAX_THREADS`"
    assert done.stderr == f"onefilter: POLARS_MAX_THREADS: {said}\n"
