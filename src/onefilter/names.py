"""The field's words that every room shares: action units, signals, published features, targets, kinds of windows."""

from typing import Final, Literal

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

PUBLISHED_FEATURES: Final = (*(f"{signal}_{kind}" for kind in ("mean", "std") for signal in SIGNALS), "turn")
"""The 37 features of the published models, in the *stored* order of the study's public code: 18 moving means, then 18
moving standard deviations, then the speaker turn (see docs/decisions.md on the published labels)."""

TARGETS: Final = ("arousal", "valence", "liking")
"""The three annotated dimensions, each in -1..1."""

Alignment = Literal["centred", "causal"]
"""Whether a window lies around its time or before it."""
FailedFrames = Literal["keep", "drop"]
"""Whether frames without a face stay as the zeros that OpenFace writes, or are left out."""
