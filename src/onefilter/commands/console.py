"""Where commands print tables."""

from typing import Final

from rich.console import Console

WIDTH: Final = 112
"""Characters of a table where no terminal says how many it shows."""


def table_console() -> Console:
    """Give the console, which takes text as it is; it is `WIDTH` wide if it is no terminal."""
    console = Console(markup=False, highlight=False)
    if not console.is_terminal:
        console.width = WIDTH
    return console
