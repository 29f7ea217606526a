"""Where commands print tables."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console

from onefilter.files import write_standard_output

WIDTH: Final = 112
"""Characters of a table where no terminal says how many it shows."""


@contextmanager
def printing() -> Iterator[Console]:
    """Give a console that takes text as it is; it is `WIDTH` wide if it is no terminal. All is written at the end.

    Raises:
        InputError: If it cannot be written, for example because the disk is full.
    """
    shown = Console()
    text = io.StringIO()
    yield Console(
        file=text,
        force_terminal=shown.is_terminal,
        width=shown.width if shown.is_terminal else WIDTH,
        markup=False,
        highlight=False,
    )
    write_standard_output(text.getvalue())
