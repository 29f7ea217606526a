"""Refuse what OpenFace 3 and scripts around it write, and say why.

OpenFace 3 (arXiv 2506.02891) detects whether eight action units are there, where OpenFace 2 estimates the intensities
of 17. It documents no file of a video's frames: scripts write what they like.
"""

import re
from collections.abc import Sequence
from typing import Final

import polars as pl

from onefilter.corpus.formats.source import Request, Source
from onefilter.errors import InputError
from onefilter.names import listed_signals

TOOL: Final = "openface-3"
SCALE: Final = ""
_SIGN: Final = re.compile(r"gaze_yaw(_rad|_deg)?|emotion|au_?0+", re.IGNORECASE)
_UNIT: Final = re.compile(r"au_?\d+", re.IGNORECASE)


def recognise(columns: Sequence[str]) -> bool:
    """Tell such files by the gaze's yaw, an emotion or a unit 0, beside units without an intensity."""
    return any(map(_SIGN.fullmatch, columns)) and any(map(_UNIT.fullmatch, columns))


def read(source: Source, request: Request) -> pl.DataFrame:
    """Refuse it.

    Raises:
        InputError: Always.
    """
    raise InputError(
        "is the output of OpenFace 3, which detects 8 action units without intensities and documents no columns or"
        f" scales, so there is no {listed_signals(request.signals)} to read",
        file=source.path,
        row=source.row,
        remedy="run OpenFace 2 (FeatureExtraction -aus) on the video",
    )
