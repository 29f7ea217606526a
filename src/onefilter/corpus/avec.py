"""Read SEWA in the layout of the AVEC 2018 and 2019 cross-cultural challenges, for holders of a SEWA licence.

One folder with ``visual_features/``, ``labels/`` and ``turns/``, in each one file per recording, ``Train_DE_01.csv``.
Fields are separated by ``;``, the recording's name is in single quotes, numbers are as NumPy prints arrays (``0.``,
``1.234e+02``), headers may be there or not:

    visual_features   name;frameTime;confidence;AU01_r;...;AU45_r     20 columns, one row per frame
    labels            name;timestamp;arousal;valence;liking           10 Hz
    turns             begin;end                                       seconds

NumPy prints a whole row with exponents and four digits as soon as its largest number is a thousand times its smallest,
so frame times beyond 100 s may be rounded to 0.1 s. Frames are consecutive and the rate is constant, so time is
then counted in frames, and every printed time must agree with the count within its rounding.
"""

import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl

from onefilter.corpus.annotations import Scale, read_labels, read_turns
from onefilter.corpus.openface_format import INTENSITY, read_cells
from onefilter.corpus.recordings import Layout, Recording, table_of
from onefilter.errors import InputError
from onefilter.files import is_there
from onefilter.names import AUS, SIGNALS
from onefilter.settings import Corpus
from onefilter.text import Form, fields_of, parse_table, read_bytes, shown

Floats = npt.NDArray[np.float64]
Split = Literal["2018", "2019"]

FIELDS: Final = ("name", "frameTime", "confidence", *(f"{unit}_r" for unit in AUS))
"""Columns of the visual features."""
FRAME_RATES: Final = (10, 12.5, 15, 20, 24000 / 1001, 24, 25, 30000 / 1001, 30, 48, 50, 60000 / 1001, 60)
"""Frame rates of video, by which time can be counted."""
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
_DOCUMENT: Final = "see docs/sewa.md"
_DAY: Final = 86_400.0
"""Seconds; no recording is longer."""
_RESTORE: Final = "restore the challenge's file"
FRAMES: Final = Form(FIELDS, separator=";", quote="'", headless=FIELDS, missing=_DOCUMENT, repair=_RESTORE)
"""How visual features are written."""
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

    def frames(self, recording: Recording) -> pl.DataFrame:
        """Read the visual features; which frames failed is not known."""
        return read_avec(Path(recording.openface))

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
        name: f"inferred_{culture}_{partition}_{lines}"
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


def read_avec(path: Path) -> pl.DataFrame:
    """Read one recording's visual features.

    Returns:
        The columns of `onefilter.corpus.openface.COLUMNS`, one row per frame; ``success``, which this layout does not
        tell, is null.

    Raises:
        InputError: For the first cell that is at fault.
    """
    content = read_bytes(path, missing=_DOCUMENT)
    header = _has_header(content, file=path)
    schema = {name: pl.String() if name == "name" else pl.Float64() for name in FIELDS}
    try:
        table = pl.read_csv(
            io.BytesIO(content.rstrip()), separator=";", has_header=header, quote_char="'", schema=schema
        )
    except pl.exceptions.PolarsError:
        table = _read_slowly(content, file=path)
    if not _in_bounds(table):
        table = _read_slowly(content, file=path)
    if (table["name"] != path.stem).any():
        row = int((table["name"] != path.stem).arg_max() or 0)
        raise InputError(
            f"the row is of {shown(table['name'][row])}, the file of {path.stem!r}",
            file=path,
            row=row + 1 + header,
            column="name",
            remedy="give every recording its own file",
        )
    values = table.select(FIELDS[1:]).to_numpy()
    time = pl.Series("timestamp", frame_times(values[:, 0], path=path, first_row=1 + header))
    signals = [pl.Series(signal, values[:, 1 + place]) for place, signal in enumerate(SIGNALS)]
    success = pl.Series("success", [None] * table.height, dtype=pl.Float64)
    return pl.DataFrame([time, success, *signals])


def _has_header(content: bytes, *, file: Path) -> bool:
    """Say whether the first row is the header; refuse what are no visual features."""
    first = content.split(b"\n", 1)[0].decode("utf-8-sig", errors="replace").strip()
    try:
        fields = fields_of(first, ";", quote="'")
    except ValueError as error:
        raise InputError(str(error), file=file, row=1, remedy=_RESTORE) from error
    header = fields[0] == "name"
    if len(fields) != len(FIELDS) or (header and tuple(fields) != FIELDS):
        raise InputError(
            f"begins with {len(fields)} fields separated by ';', not with {len(FIELDS)}: name;frameTime;confidence;AU…",
            file=file,
            row=1,
            remedy=f"give the challenge's visual_features, not its functionals or xbow; {_DOCUMENT}",
        )
    return header


def _in_bounds(table: pl.DataFrame) -> bool:
    """Say whether there are frames, and all their numbers are finite and such as OpenFace gives."""
    values = table.select(FIELDS[1:]).to_numpy()
    low, high = INTENSITY
    return bool(
        table.height
        and np.isfinite(values).all()
        and low <= values[:, 2:].min() <= values[:, 2:].max() <= high
        and 0 <= values[:, 1].min() <= values[:, 1].max() <= 1
    )


def frame_times(stamps: Floats, *, path: Path, first_row: int) -> Floats:
    """Restore frame times that were rounded when printed; see the module's docstring.

    Args:
        stamps: As printed [frames] (seconds).
        path: Of the file, for messages.
        first_row: Row of the first frame.

    Raises:
        InputError: If time does not go on at a constant rate, or begins or ends where no recording does.
    """
    outside = (stamps < 0) | (stamps > _DAY)
    if outside.any():
        frame = int(np.argmax(outside))
        raise InputError(
            f"time {stamps[frame]:g} s lies outside 0..{_DAY:g}",
            file=path,
            row=first_row + frame,
            column="frameTime",
            remedy=_RESTORE,
        )
    steps = np.diff(stamps)
    if not len(steps) or (steps.min() > 0 and np.ptp(steps) < 0.0021):
        return stamps
    rounding = 0.5 * 10.0 ** (np.floor(np.log10(np.maximum(stamps, 1.0))) - 3) + 0.00051

    def counted_at(rate: float) -> Floats:
        return np.asarray(np.round(stamps[0] + np.arange(len(stamps)) / rate, 3))

    # Of the rates of video, the one at which the fewest frames are out of place: 29.97 and 30 drift apart slowly.
    rate = min(FRAME_RATES, key=lambda rate: int((np.abs(counted_at(rate) - stamps) > rounding).sum()))
    counted = counted_at(rate)
    wrong = np.abs(counted - stamps) > rounding
    if wrong.any():
        frame = int(np.argmax(wrong))
        raise InputError(
            f"time is {stamps[frame]:g} s, but frame {frame + 1} of a video of {rate:g} frames per second is at"
            f" {counted[frame]:g} s",
            file=path,
            row=first_row + frame,
            column="frameTime",
            remedy="frames are missing or out of order: restore the challenge's file",
        )
    return counted


def _read_slowly(content: bytes, *, file: Path) -> pl.DataFrame:
    """Read the fields cell by cell: name the first one that cannot be right, or read them all the same."""
    source = parse_table(content, FRAMES, file=file)
    values = read_cells(source, FIELDS[1:], remedy=_RESTORE)
    if not source.lines:
        raise source.error("holds a header and no frames")
    return pl.DataFrame({"name": [fields[0] for _, fields in source], **values})
