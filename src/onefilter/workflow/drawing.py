"""Rules whose step is a figure function: their tables are read, their figure is saved."""

from onefilter.workflow.step import bind

import typing
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pandas as pd

from onefilter.figures.style import save
from onefilter.tables import read_results

FURTHER: Final = {"figure": Path, "vector": Path, "dpi": int}
"""What such a rule names besides what its figure function takes."""


def bind_figure(draw: Callable[..., Any]) -> None:
    """Bind a figure function to its rule, as `onefilter.workflow.step.bind` binds a step."""
    bind(drawing(draw))


def drawing(draw: Callable[..., Any]) -> Callable[..., None]:
    """Make a step of a figure function: from paths of tables to the files of the figure, PNG and SVG.

    Parameters that are annotated as ``pd.DataFrame`` are read from the files that the rule names alike, several of
    them one below the other; ``Annotated[pd.DataFrame, COLUMNS]`` says which columns must be there.
    """
    hints = typing.get_type_hints(draw, include_extras=True)
    hints.pop("return", None)
    tables = {name: columns for name, hint in hints.items() if (columns := _columns_in(hint)) is not None}

    def step(figure: Path, vector: Path, dpi: int, **given: Any) -> None:
        for name, columns in tables.items():
            given[name] = read_results(given[name], columns)
        save(draw(**given), figure, vector, dpi=dpi)

    step.__name__ = draw.__name__
    step.__annotations__ = {**hints, **dict.fromkeys(tables, list[Path]), **FURTHER}
    return step


def _columns_in(hint: Any) -> Mapping[str, type] | None:
    """Give the columns that an annotation asks of a table; None if it is no table."""
    if hint is pd.DataFrame:
        return {}
    if typing.get_origin(hint) is typing.Annotated and hint.__origin__ is pd.DataFrame:
        found: Mapping[str, type] = hint.__metadata__[0]
        return found
    return None
