"""Files of other tools than OpenFace, written by hand after what the tools document."""

from pathlib import Path

import numpy as np

from onefilter.corpus.formats import libreface, pyfeat
from onefilter.names import AUS

FPS = 25


def write_pyfaceau(path: Path, *, frames: int = 100, lost: range = range(0), seed: int = 1) -> Path:
    """Write what pyfaceau's ``process_video`` writes; frames of `lost` show no face and are empty."""
    rng = np.random.default_rng(seed)
    values = np.round(np.clip(rng.normal(0.5, 1, (frames, len(AUS))), 0, 5), 3)
    lines = [",".join(["frame", "timestamp", "success", *(f"{unit}_r" for unit in AUS)])]
    for frame, row in enumerate(values):
        cells = [""] * len(AUS) if frame in lost else [str(value) for value in row]
        lines.append(",".join([str(frame), str(frame / FPS), str(frame not in lost), *cells]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_pyfeat(path: Path, *, frames: int = 100, lost: range = range(0), gaze: bool = False, seed: int = 1) -> Path:
    """Write a ``Fex`` of py-feat's detectors."""
    rng = np.random.default_rng(seed)
    names = ["FaceRectX", "FaceRectY", "FaceRectWidth", "FaceRectHeight", "FaceScore", "x_0", "y_0", *pyfeat.UNITS,
             "Pitch", "Roll", "Yaw", "anger", "neutral", *(["gaze_pitch", "gaze_yaw"] if gaze else [])]  # fmt: skip
    lines = [",".join([*names, "frame", "input"])]
    for frame, row in enumerate(rng.uniform(0, 1, (frames, len(names)))):
        cells = [""] * len(names) if frame in lost else [f"{value:.7g}" for value in row]
        lines.append(",".join([*cells, str(frame), '"/videos/a, b.mp4"']))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_libreface(path: Path, *, frames: int = 100, seconds: bool = False, seed: int = 1) -> Path:
    """Write what LibreFace writes for a video, with pandas' row numbers; `seconds` as some versions do."""
    rng = np.random.default_rng(seed)
    columns = [column for column in libreface.SIGNALS.values()]
    names = ["", "frame_idx", "frame_time_in_ms", "path_to_frame", "pitch", "facial_expression",
             *(column.name for column in columns)]  # fmt: skip
    lines = [",".join(names)]
    for frame in range(frames):
        values = [f"{rng.uniform(0, 5):.3f}" if column.high > 1 else str(rng.integers(2)) for column in columns]
        time = frame / FPS if seconds else round(1000 * frame / FPS, 3)
        lines.append(",".join([str(frame), str(frame), str(time), "tmp/a.png", "3.5", "Neutral", *values]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def change(path: Path, row: int, column: str, value: str) -> Path:
    """Write another value into a cell; rows are counted as an editor counts them."""
    lines = path.read_text(encoding="utf-8").split("\n")
    place = lines[0].split(",").index(column)
    cells = lines[row - 1].split(",")
    cells[place] = value
    lines[row - 1] = ",".join(cells)
    path.write_text("\n".join(lines), encoding="utf-8")
    return path
