"""Read SEWA in the layout of the AVEC 2018 and 2019 cross-cultural challenges, for holders of a SEWA licence.

One folder with ``visual_features/``, ``labels/`` and ``turns/``, in each one file per recording, ``Train_DE_01.csv``.
Fields are separated by ``;``, the recording's name is in single quotes, numbers are as NumPy prints arrays (``0.``,
``1.234e+02``), headers may be there or not:

    visual_features   name;frameTime;confidence;AU01_r;...;AU45_r     20 columns, one row per frame
    labels            name;timestamp;arousal;valence;liking           10 Hz
    turns             begin;end                                       seconds

How visual features are read is in `onefilter.corpus.formats.avec`.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Final, Literal

import pandas as pd
import polars as pl

from onefilter.corpus.annotations import Scale, read_labels, read_turns
from onefilter.corpus.formats.avec import MISSING as _DOCUMENT
from onefilter.corpus.formats.avec import RESTORE as _RESTORE
from onefilter.corpus.formats.avec import read_avec
from onefilter.corpus.recordings import Layout, Recording, table_of
from onefilter.errors import InputError
from onefilter.files import is_there
from onefilter.names import INFERRED
from onefilter.settings import Corpus
from onefilter.text import Form, read_bytes

Split = Literal["2018", "2019"]

RECORDINGS: Final[Mapping[Split, Mapping[tuple[str, str], int]]] = {
    "2018": {
        ("german", "train"): 34, ("german", "devel"): 14, ("german", "test"): 16,
        ("hungarian", "test"): 66, ("chinese", "test"): 70,
    },
    "2019": {
        ("german", "train"): 34, ("german", "devel"): 14, ("german", "test"): 16,
        ("hungarian", "train"): 34, ("hungarian", "devel"): 14, ("hungarian", "test"): 18, ("chinese", "test"): 70,
    },
}  # fmt: skip
"""Number of recordings in each split: 2018 (and the draft) tests on all Hungarians, 2019 divides them."""
_NAME: Final = re.compile(r"(Train|Devel|Test)_(DE|HU|CN)_(\d\d)")
_CULTURES: Final = {"DE": "german", "HU": "hungarian", "CN": "chinese"}
LABELS: Final = Form(
    ("timestamp",), separator=";", quote="'", headless=("name", "timestamp", "arousal", "valence", "liking"),
    missing=_DOCUMENT, repair=_RESTORE,
)  # fmt: skip
"""How labels are written; without a header they are of the challenge's three dimensions."""
TURNS: Final = Form(
    ("begin", "end"), separator=";", quote="'", headless=("begin", "end"), missing=_DOCUMENT, repair=_RESTORE
)
"""How turns are written."""


class AvecLayout(Layout):
    """SEWA as the challenges lay it out."""

    knows_failed_frames: ClassVar[bool] = False

    def recordings(self, corpus: Corpus, *, cultures: Sequence[str], folder: Path) -> pd.DataFrame:
        """Find the recordings in the folder that the configuration names."""
        recordings = avec_recordings(Path(corpus.avec.folder), split=corpus.avec.split)
        return table_of(in_dyads(recordings) if corpus.avec.dyads == "equal-length" else recordings)

    def frames(self, recording: Recording, signals: Sequence[str]) -> pl.DataFrame:
        """Read the visual features; which frames failed is not known."""
        return read_avec(Path(recording.openface), signals=signals)

    def turns(self, recording: Recording) -> pl.DataFrame | None:
        """Read the turns, if there are any."""
        return read_turns(Path(recording.turns), form=TURNS) if recording.turns else None

    def labels(
        self, recording: Recording, targets: Sequence[str], scales: Mapping[str, Scale] | None = None
    ) -> pl.DataFrame:
        """Read the labels."""
        return read_labels(Path(recording.labels), targets, form=LABELS, scales=scales)


def avec_recordings(folder: Path, *, split: Split) -> list[Recording]:
    """Find the recordings in a folder and divide them as in 2018 or 2019.

    Recordings of test partitions without a label file (the challenges kept them back) are ``unlabelled``. A culture
    may be missing as a whole, not in part.

    Returns:
        The recordings, in the order of the splits.

    Raises:
        InputError: If files are missing, or names do not tell the split that is asked for.
    """
    visual = folder / "visual_features"
    names = sorted(path.stem for path in visual.glob("*.csv")) if is_there(visual, folder=True) else []
    if not names:
        raise InputError("holds no CSV", file=visual, remedy=f"put the challenge's files there; {_DOCUMENT}")
    table: dict[tuple[str, str], list[str]] = {}
    for name in names:
        parts = _NAME.fullmatch(name)
        if parts is None:
            raise InputError(
                f"{name}.csv is not named like Train_DE_01.csv", file=visual, remedy="keep the challenge's file names"
            )
        culture, partition = _CULTURES[parts[2]], parts[1].lower()
        if split == "2018" and culture == "hungarian":
            partition = "test"
        table.setdefault((culture, partition), []).append(name)
    wanted = RECORDINGS[split]
    for culture in _CULTURES.values():
        _check_counts(visual, table, wanted, culture=culture, split=split)
    return [
        _recording(folder, name, culture, partition)
        for culture, partition in wanted
        for name in table.get((culture, partition), ())
    ]


def split_of_name(name: str) -> tuple[str, str] | None:
    """Tell culture and partition by a recording's name, ``Devel_DE_01`` say; None of any other name."""
    parts = _NAME.fullmatch(name)
    return (_CULTURES[parts[2]], parts[1].lower()) if parts else None


def in_dyads(recordings: Sequence[Recording]) -> list[Recording]:
    """Infer who talks with whom: the only two recordings of a split that have equally many frames.

    The challenges do not say it. Where more than two are equally long, none of them is paired. Names of dyads begin
    with ``inferred``.
    """
    lengths: dict[tuple[str, str, int], list[str]] = {}
    for recording in recordings:
        lines = read_bytes(Path(recording.openface), missing=_DOCUMENT).count(b"\n")
        lengths.setdefault((recording.culture, recording.partition, lines), []).append(recording.recording)
    dyads = {
        name: f"{INFERRED}{culture}_{partition}_{lines}"
        for (culture, partition, lines), names in lengths.items()
        for name in names
        if len(names) == 2
    }
    return [each.model_copy(update={"dyad": dyads.get(each.recording, "")}) for each in recordings]


def _check_counts(
    visual: Path,
    table: Mapping[tuple[str, str], list[str]],
    wanted: Mapping[tuple[str, str], int],
    *,
    culture: str,
    split: Split,
) -> None:
    """Refuse cultures of which some recordings are missing."""
    found = {partition: len(names) for (other, partition), names in table.items() if other == culture}
    expected = {partition: count for (other, partition), count in wanted.items() if other == culture}
    if not found or found == expected:
        return
    if culture == "hungarian" and split == "2019" and found == {"test": 66}:
        raise InputError(
            "Hungarian recordings are named as in 2018, which does not tell the partitions of 2019",
            file=visual,
            remedy='set corpus.avec.split: "2018", or use the files of AVEC 2019',
        )
    for partition, count in expected.items():
        if found.get(partition, 0) != count:
            raise InputError(
                f"holds {found.get(partition, 0)} of the {count} {culture} recordings of partition {partition}",
                file=visual,
                remedy=f"add the missing ones, or take out all of this culture; {_DOCUMENT}",
            )
    other = next(partition for partition in found if partition not in expected)
    raise InputError(
        f"holds {culture} recordings named {other.capitalize()}, which the split of {split} has not",
        file=visual,
        remedy=f"set corpus.avec.split; {_DOCUMENT}",
    )


def _recording(folder: Path, name: str, culture: str, partition: str) -> Recording:
    """Find the files of one recording."""
    turns, labels = (folder / kind / f"{name}.csv" for kind in ("turns", "labels"))
    if not is_there(turns):
        raise InputError("is missing", file=turns, remedy=f"put the challenge's turns there; {_DOCUMENT}")
    labelled = is_there(labels)
    if not labelled and partition != "test":
        raise InputError("is missing", file=labels, remedy=f"put the challenge's labels there; {_DOCUMENT}")
    row = {
        "recording": name,
        "culture": culture,
        "partition": partition if labelled else "unlabelled",
        "openface": str(folder / "visual_features" / f"{name}.csv"),
        "turns": str(turns),
        "labels": str(labels) if labelled else "",
    }
    return Recording.from_row(row)
