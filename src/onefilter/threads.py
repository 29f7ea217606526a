"""How many threads the libraries that compute are told to use, by variables of the environment."""

import os
import re
from typing import Final

from onefilter.errors import InputError, plain

VARIABLES: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS")
_NUMBER: Final = r"\s*[1-9][0-9]{0,3}\s*"
_NUMBERS: Final = re.compile(rf"\s*|{_NUMBER}(,{_NUMBER})*")
"""A number for each level of threads within threads, as OpenMP takes it, or nothing."""
_ONE: Final = re.compile(rf"\s*|{_NUMBER}")


def check_threads() -> None:
    """Refuse what is no number of threads: libraries would end with a traceback, or warn at every start.

    Raises:
        InputError: For the first variable that is at fault.
    """
    for name in VARIABLES:
        value = os.environ.get(name, "")
        form = _NUMBERS if name == "OMP_NUM_THREADS" else _ONE
        if form.fullmatch(value) is None:
            raise InputError(
                f"{plain(value, longest=40)!r} is no number of threads",
                file=name,
                remedy=f"give a number from 1 to 9999, or `unset {name}`",
            )
