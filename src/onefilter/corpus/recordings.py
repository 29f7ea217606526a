"""One recording: which files belong to it, its culture and its partition.

A *split* is a culture-partition pair, ``german-train`` say. The recordings table has one row per recording with the
columns of `COLUMNS`, all text. Every corpus gives the same table (`Layout`).
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal, Self

import pandas as pd
import polars as pl
from annotated_types import Ge, Gt, Le
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationInfo, field_validator

from onefilter.corpus.annotations import Scale
from onefilter.names import OPENFACE
from onefilter.settings import Corpus
from onefilter.text import number

Text = Annotated[str, StringConstraints(min_length=1)]
Rate = Annotated[float, Gt(0), Le(1000)]
"""Frames per second."""
Face = Annotated[int, Ge(0), Le(2**31)]


def _number(cell: object) -> object:
    """Read a number, or nothing; what is no number stays text, which the field then refuses."""
    if not isinstance(cell, str) or not cell:
        return None if cell == "" else cell
    value = number(cell)
    return cell if value is None else value


def _digits(cell: object) -> object:
    """Read a whole number, or nothing; what is none stays text, which the field then refuses."""
    if not isinstance(cell, str) or not cell:
        return None if cell == "" else cell
    return int(cell) if cell.isascii() and cell.isdigit() else cell


class Recording(BaseModel):
    """One row of the recordings table. Names of files are relative to the working directory."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, use_attribute_docstrings=True, defer_build=True
    )

    recording: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+$")]
    """A name of your own (letters a–z, digits, `_`, `.`, `-`), each once."""
    culture: Text
    """One of `cultures`."""
    partition: Literal["train", "devel", "test", "unlabelled"]
    """`train`, `devel`, `test`, or `unlabelled` (features, statistics, predictions and figures, no scores)."""
    openface: str = ""
    """The CSV that OpenFace's FeatureExtraction (0.2 to 2.2; `-aus` or everything) or another tool wrote; or give
    `video`."""
    turns: str = ""
    """CSV with the header `begin,end` (seconds), when this person speaks; may be empty."""
    annotations: str = ""
    """CSV of several annotators, who become the label; `<annotator>` and `<target>` stand for parts of its name."""
    labels: Annotated[str, Field(validate_default=True)] = ""
    """CSV with `timestamp` and a column per target, values in its scale (-1..1), 10 Hz; or give `annotations`."""
    fps: Annotated[Rate | None, BeforeValidator(_number)] = None
    """The true frame rate, if OpenFace did not know it (timestamps then step by 0.001 s or so); may be empty."""
    face: Annotated[Face | None, BeforeValidator(_digits)] = None
    """Which `face_id` to take, if the file shows several faces; may be empty."""
    speaker: str = ""
    """Whose turns to take, if a further column of `turns` tells speakers apart; may be empty."""
    person: str = ""
    """Who is seen, if somebody is in several recordings; may be empty."""
    dyad: str = ""
    """Which pair talks with each other, the same name for both; may be empty."""
    format: str = ""
    """Format of the CSV, by its name in docs/signals.md; empty to tell it by its header."""
    video: Annotated[str, Field(validate_default=True)] = ""
    """Video of this person's face, on which the run starts OpenFace itself; or give `openface`."""

    @field_validator("video")
    @classmethod
    def _seen(cls, video: str, info: ValidationInfo) -> str:
        """Ask for a source of frames."""
        if not video and not info.data.get("openface", ""):
            raise ValueError("there is neither openface nor video")
        return video

    @field_validator("labels")
    @classmethod
    def _labelled(cls, labels: str, info: ValidationInfo) -> str:
        """Ask for labels wherever they are used."""
        partition = info.data.get("partition", "unlabelled")
        if partition != "unlabelled" and not labels and not info.data.get("annotations"):
            raise ValueError(f"partition {partition} needs labels")
        return labels

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        """Read a row of the recordings table; columns that are no fields are left out."""
        return cls.model_validate({name: value for name, value in row.items() if name in cls.model_fields})

    def to_row(self) -> dict[str, Any]:
        """Give the row: text, empty where there is nothing; what a corpus adds to `COLUMNS` comes last and as it is."""
        cells = {name: getattr(self, name) for name in type(self).model_fields}
        return cells | {name: _as_text(cells[name]) for name in COLUMNS}


def _as_text(value: object) -> str:
    """Write a cell as a person would: 30 rather than 30.0."""
    if value is None:
        return ""
    return str(value).removesuffix(".0") if isinstance(value, float) else str(value)


COLUMNS: Final = tuple(Recording.model_fields)
"""Columns of the recordings table."""
REQUIRED: Final = tuple(name for name, field in Recording.model_fields.items() if field.is_required())
"""Those that every table has."""


def table_of(recordings: Iterable[Recording]) -> pd.DataFrame:
    """Give the recordings table: the columns of `COLUMNS`, and those that a corpus adds to them."""
    rows = [recording.to_row() for recording in recordings]
    return pd.DataFrame(rows) if rows else pd.DataFrame(columns=list(COLUMNS))


class Layout(ABC):
    """How a corpus is laid out: which recordings there are, and how their files are read."""

    knows_failed_frames: ClassVar[bool] = True
    """Whether its files say in which frames no face was found."""

    @abstractmethod
    def recordings(self, corpus: Corpus, *, cultures: Sequence[str], folder: Path) -> pd.DataFrame:
        """Give the recordings table.

        Args:
            corpus: The settings of the corpus.
            cultures: The cultures that the configuration knows.
            folder: Where a corpus that the run makes itself is written.

        Raises:
            InputError: If the settings, or the files that they name, do not give one.
        """

    def tool(self, recordings: Iterable[Recording]) -> str:
        """Name the tool that made the recordings' files: OpenFace, unless a layout looks at them.

        Raises:
            InputError: If several tools made them.
        """
        del recordings
        return OPENFACE

    @abstractmethod
    def frames(self, recording: Recording, signals: Sequence[str]) -> pl.DataFrame:
        """Read a recording's frames: ``timestamp`` (seconds), ``success`` and the signals, one row per frame.

        Raises:
            InputError: If a signal is not there, or for the first cell that is at fault.
        """

    @abstractmethod
    def turns(self, recording: Recording) -> pl.DataFrame | None:
        """Read when the person speaks: columns ``begin`` and ``end`` (seconds); None if the recording has no turns.

        Raises:
            InputError: For the first cell that is at fault.
        """

    @abstractmethod
    def labels(
        self, recording: Recording, targets: Sequence[str], scales: Mapping[str, Scale] | None = None
    ) -> pl.DataFrame:
        """Read a recording's labels: columns ``timestamp`` (seconds) and the targets, one row per label.

        Args:
            recording: Which one.
            targets: Which columns to read.
            scales: By target, what its numbers mean and the range to which they are brought; -1..1 where not told.

        Raises:
            InputError: For the first cell that is at fault.
        """
