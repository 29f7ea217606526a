"""How many threads the libraries that compute are told to use, by variables of the environment."""

import os
import re
from typing import Final

from onefilter.errors import InputError, plain

VARIABLES: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS")
_NUMBERS: Final = re.compile(r"\s*([1-9][0-9]*(\s*,\s*[1-9][0-9]*)*)?\s*")
"""A number for each level of threads within threads, or nothing."""


def check_threads() -> None:
    """Refuse what is no number of threads: libraries would end with a traceback, or warn at every start.

    Raises:
        InputError: For the first variable that is at fault.
    """
    for name in VARIABLES:
        value = os.environ.get(name, "")
        if _NUMBERS.fullmatch(value) is None:
            raise InputError(
                f"{plain(value, longest=40)!r} is no number of threads",
                file=name,
                remedy=f"give a number from 1, or `unset {name}`",
            )
