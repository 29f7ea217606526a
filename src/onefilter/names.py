"""The field's words that every room shares: action units, signals, features, targets.

The order of `FEATURES` is the *stored* order of the study's public code: 18 moving means, then 18 moving
standard deviations, then the speaker turn (37 in all; see docs/decisions.md on the published labels).
"""

from typing import Final

AUS: Final = (
    "AU01", "AU02", "AU04", "AU05", "AU06", "AU07", "AU09", "AU10", "AU12",
    "AU14", "AU15", "AU17", "AU20", "AU23", "AU25", "AU26", "AU45",
)  # fmt: skip
"""The 17 action units whose intensity (0..5) OpenFace estimates."""

AU_NAMES: Final = {
    "AU01": "inner brow raiser", "AU02": "outer brow raiser", "AU04": "brow lowerer",
    "AU05": "upper lid raiser", "AU06": "cheek raiser", "AU07": "lid tightener",
    "AU09": "nose wrinkler", "AU10": "upper lip raiser", "AU12": "lip corner puller",
    "AU14": "dimpler", "AU15": "lip corner depressor", "AU17": "chin raiser",
    "AU20": "lip stretcher", "AU23": "lip tightener", "AU25": "lips part",
    "AU26": "jaw drop", "AU45": "blink",
}  # fmt: skip
"""FACS names of the action units."""

SIGNALS: Final = ("confidence", *AUS)
"""The 18 frame-wise signals: the face tracker's confidence (0..1) and the intensities (0..5)."""

MEANS: Final = tuple(f"{signal}_mean" for signal in SIGNALS)
STDS: Final = tuple(f"{signal}_std" for signal in SIGNALS)
FEATURES: Final = (*MEANS, *STDS, "turn")
"""The 37 features in stored order."""

TARGET_NAME: Final = r"[a-z][a-z_]*"
"""What the name of a target may be: it is part of the names of files."""
