"""OpenFace files, written by hand."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from onefilter.names import AUS

Write = Callable[..., Path]
OCCURRENCES = ("AU01", "AU02", "AU04", "AU05", "AU06", "AU07", "AU09", "AU10", "AU12",
               "AU14", "AU15", "AU17", "AU20", "AU23", "AU25", "AU26", "AU28", "AU45")  # fmt: skip


def header(version: str = "2.2") -> list[str]:
    """Columns of an OpenFace file: 40 (``2.2``, ``1.0``), 714 (``full``) or 431 (``0.2``)."""
    intensities = [f"{unit}_r" for unit in AUS]
    occurrences = [f"{unit}_c" for unit in OCCURRENCES]
    if version in {"2.2", "1.0"}:
        return ["frame", "face_id", "timestamp", "confidence", "success", *intensities, *occurrences]
    gaze = [f"gaze_{eye}_{axis}" for eye in (0, 1) for axis in "xyz"]
    pose = [f"pose_{kind}{axis}" for kind in "TR" for axis in "xyz"]
    plane = [f"{axis}_{point}" for axis in "xy" for point in range(68)]
    space = [f"{axis}_{point}" for axis in "XYZ" for point in range(68)]
    shape = ["p_scale", "p_rx", "p_ry", "p_rz", "p_tx", "p_ty", *(f"p_{mode}" for mode in range(34))]
    if version == "0.2":
        return ["frame", "timestamp", "confidence", "success", *gaze, *pose, *plane, *space, *shape,
                *intensities, *occurrences]  # fmt: skip
    eyes = [f"eye_lmk_{axis}_{point}" for axis in "xyXYZ" for point in range(56)]
    return ["frame", "face_id", "timestamp", "confidence", "success", *gaze, "gaze_angle_x", "gaze_angle_y", *eyes,
            *pose, *plane, *space, *shape, *intensities, *occurrences]  # fmt: skip


def rows(
    columns: list[str], *, frames: int = 100, fps: float = 50, seed: int = 1
) -> tuple[list[list[str]], npt.NDArray[np.float64]]:
    """Give the rows of a recording as text, and its 17 intensities [frames, 17]."""
    rng = np.random.default_rng(seed)
    drawn = rng.normal(0.2, 0.8, (frames, len(AUS)))
    intensities = np.asarray(np.round(np.clip(drawn, 0, 5), 2), dtype=np.float64)
    fixed = {"face_id": "0", "confidence": "0.98", "success": "1"}
    table = []
    for frame in range(frames):
        cells = dict.fromkeys(columns, "0.5") | fixed
        cells |= {"frame": str(frame + 1), "timestamp": f"{frame / fps:.3f}"}
        cells |= {f"{unit}_r": f"{value:.2f}" for unit, value in zip(AUS, intensities[frame], strict=True)}
        cells |= {f"{unit}_c": "0.00" for unit in OCCURRENCES}
        table.append([cells[column] for column in columns])
    return table, intensities


EMPTIED: dict[str, Callable[[bytes], bytes]] = {
    "ends of lines twice": lambda content: content.replace(b"\n", b"\r\r\n"),
    "empty lines": lambda content: content.replace(b"\n", b"\n\n"),
    "empty lines, CR LF": lambda content: content.replace(b"\n", b"\r\n \r\n"),
    "empty lines above": lambda content: b"\n \r\n,,\n" + content,
    "line for a spreadsheet, empty lines": lambda content: b"sep=,\n\n" + content,
    "empty rows": lambda content: content.replace(b"\n", b"\n,,,,\n\n \t\n", 9),
    "hard blanks": lambda content: content.replace(b",0.98,", b",\xc2\xa00.98 ,"),
    "line for a spreadsheet, filled": lambda content: b"sep=,,,,,\n" + content,
    "rows of blanks in quotes": lambda content: content.replace(b"\n", b'\n" ","","  "\n', 9),
    "rows of empty cells in quotes": lambda content: content.replace(b"\n", b'\n"","",""\n "";\n', 9) + b'"",""\n"",',
}
"""What programs put around and between the rows of a file without changing what it says."""
