"""Lay recordings out as the AVEC challenges do, for tests of the reader."""

from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from onefilter.corpus.twin import TARGETS
from onefilter.names import AUS

VISUAL_HEADER = ";".join(["name", "frameTime", "confidence", *(f"{unit}_r" for unit in AUS)])
LABELS_HEADER = ";".join(["name", "timestamp", *TARGETS])


def as_numpy_prints(row: np.ndarray, *, precision: int) -> str:
    """Print one row of numbers as NumPy prints an array, without blanks and brackets."""
    return np.array2string(row, max_line_width=1_000_000, precision=precision, separator=";")[1:-1].replace(" ", "")


def write_avec(
    folder: Path, name: str, *, frames: Path, labels: Path | None, turns: Path, header: bool, like: str | None = None
) -> None:
    """Write one recording's three files.

    Args:
        folder: Where ``visual_features``, ``labels`` and ``turns`` are.
        name: Of the recording there.
        frames: OpenFace's CSV.
        labels: The project's own labels CSV, if any.
        turns: The project's own turns CSV.
        header: Whether labels have a header (2019) or not (2018).
        like: The name inside the files, if another.
    """
    quoted = f"'{like or name}';"
    rows = _printed(frames, frames.stat().st_mtime_ns)
    _write(folder / "visual_features" / f"{name}.csv", [VISUAL_HEADER, *(quoted + row for row in rows)])
    if labels is not None:
        values = pl.read_csv(labels).select("timestamp", *TARGETS).to_numpy()
        lines = [LABELS_HEADER] if header else []
        for row in values:
            lines.append(quoted + f"{row[0]:.2f};" + as_numpy_prints(row[1:], precision=8))
        _write(folder / "labels" / f"{name}.csv", lines)
    spoken = pl.read_csv(turns).rows()
    _write(folder / "turns" / f"{name}.csv", [f"{begin:g};{end:g}" for begin, end in spoken])


@cache
def _printed(frames: Path, _: int) -> list[str]:
    """Print the frames of a file as it is at some time; tests write the same recording again and again."""
    table = pl.read_csv(frames).select("timestamp", "confidence", *(f"{unit}_r" for unit in AUS)).to_numpy()
    return [as_numpy_prints(row, precision=3) for row in table]


def _write(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
