"""A folder of files as people have them: what each is, which belong together, and a proposal of who is trained on.

Files are told by their header: OpenFace's by its action units, labels by ``timestamp``, turns by ``begin,end``. They
belong together if they have one name, apart from the words of `WORDS` and what tells annotators: ``anna.csv`` with
``anna_labels.csv`` or ``labels/anna.csv``, and ``anna/openface.csv`` with ``anna/turns.csv``. Nothing is guessed of
what they mean: a file that is at fault, or whose partner is not clear, is left out with one line that says why.
"""

import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, get_args

import numpy as np

from onefilter.corpus.annotations import USUAL, Floats, Scale, align, check_turns, frame_rate, read_labels, read_turns
from onefilter.corpus.annotators import ANNOTATOR, Reading, check_video, clock_of, read_ratings, sources_of
from onefilter.corpus.formats.registry import read_frames
from onefilter.corpus.openface_format import columns_of
from onefilter.corpus.own import PATHS
from onefilter.corpus.recordings import Recording
from onefilter.corpus.videos import ENDINGS as VIDEOS
from onefilter.errors import InputError
from onefilter.names import RESERVED, TARGET_NAME
from onefilter.settings import Features
from onefilter.text import decode, fields_of, first_rows, number, read_bytes, rewriting, shown

Kind = Literal["openface", "labels", "annotations", "turns", "video"]
Key = tuple[str, ...]

WORDS: Final[Mapping[Kind, tuple[str, ...]]] = {
    "openface": ("openface", "processed", "aus"),
    "labels": ("labels", "label", "annotations", "ratings"),
    "annotations": ("labels", "label", "annotations", "ratings", "annotators", "raters"),
    "turns": ("turns", "turn"),
    "video": ("videos", "video"),
}
"""By kind, words that files and folders of it may have in their names beside the recording's."""
PATTERNS: Final[Mapping[Kind, str]] = {
    "openface": "NAME.csv, NAME_openface.csv, openface/NAME.csv, NAME/openface.csv",
    "labels": "NAME_labels.csv, labels/NAME.csv, NAME/labels.csv (or annotations, ratings)",
    "annotations": "NAME_rater1.csv, rater1/NAME.csv (or annotator, coder), a column rater, or columns pain_A1, …",
    "turns": "NAME_turns.csv, turns/NAME.csv, NAME/turns.csv",
    "video": "NAME.mp4, videos/NAME.mp4 (or mov, avi, mkv, …), where there is no CSV of OpenFace's",
}
"""By kind, the names that are understood."""
ENDINGS: Final = (".csv", ".tsv", ".csv.gz")
"""Files that are looked at."""
DEPTH: Final = 8
"""Folders below the one that is looked at."""
MOST: Final = 20_000
"""Files that are looked at."""
SHARE: Final = 0.2
"""Of the labelled recordings, for development and for testing each."""
_NO_TARGETS: Final = frozenset({"timestamp", "annotator", "rater"})
"""Columns of labels that are no targets."""
_LOOK: Final = 100_000
"""Bytes in which a file's header and first row are looked for."""
_END: Final = 1_000_000
"""Bytes at both ends of a video that tell it."""
_HOP: Final = 0.1
"""Seconds between the times at which labels are held against the video."""
_UNIT: Final = re.compile(r"AU\d\d_r")
_RATER: Final = re.compile(
    r"(?i:(?P<word>annotator|rater|coder)(?P<mark>[_-]?))(?:(?<=[_-])[A-Za-z0-9]+|[0-9][A-Za-z0-9]*|[A-Z])"
)
"""What tells an annotator: a folder's name, or the end of a file's; ``raters`` is nobody's."""
_WIDE: Final = re.compile(rf"(?P<target>{TARGET_NAME})_(?=.*[A-Z0-9])[A-Za-z0-9]+")
"""A column of one target and one annotator; no target has capitals or digits."""
_WHO: Final[Mapping[str, re.Pattern[str]]] = {
    kind: re.compile(rf"(?:^|[/_.-])((?:{words})[_-]?\d+)(?=[/_.-]|$)", re.IGNORECASE)
    for kind, words in {
        "dyad": "dyad|pair|couple",
        "person": "person|participant|subject|subj|sub|proband|vp|pp|p",
    }.items()
}
"""Parts of names that tell who is seen."""


@dataclass
class Study:
    """What a folder holds.

    Attributes:
        recordings: The recordings table; those that are not labelled, or cannot be divided, are ``unlabelled``.
        targets: What is labelled.
        told_by: What the proposal keeps together: ``dyad``, ``person`` or ``recording``.
        groups: By recording, the dyad or person that its name tells, or itself.
        remarks: What was left out or not paired, one line each.
        annotated: By name of annotations in the table, the files that it was made of.
        looked_at: All tables and videos below the folder.
    """

    recordings: list[Recording] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)
    told_by: str = "recording"
    groups: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    annotated: dict[str, set[Path]] = field(default_factory=dict)
    looked_at: list[Path] = field(default_factory=list)

    @property
    def divided(self) -> bool:
        """Whether there is something to train on."""
        return any(recording.partition == "train" for recording in self.recordings)


@dataclass(frozen=True)
class _File:
    """A file of a known kind.

    Attributes:
        path: Where it is.
        kind: What it is.
        key: Its recording's name, with the folders around it.
        columns: That may be targets.
        cell: How the table names it; files of several annotators have one name.
    """

    path: Path
    kind: Kind
    key: Key
    columns: Sequence[str] = ()
    cell: str = ""


def look_at(folder: Path, *, culture: str, scales: Mapping[str, Scale], seed: int) -> Study:
    """Look at a folder and all below it.

    Args:
        folder: Paths in the table begin with it.
        culture: Of all recordings.
        scales: By target, on what scale labels are written where it is not -1..1.
        seed: Of the proposed division.

    Raises:
        InputError: If there is no such folder, it holds too much, or no file of OpenFace's that can be used.
    """
    study = Study()
    files: dict[Kind, dict[Key, _File]] = {kind: {} for kind in get_args(Kind)}
    seen: dict[bytes, Path] = {}
    # The shorter name first: of a file and its copy, the copy is left out.
    study.looked_at = sorted(_tables(folder), key=lambda path: (len(str(path)), path))
    for path in study.looked_at:
        try:
            file = _recognise(path, folder, seen)
            if file.kind == "annotations":
                study.annotated.setdefault(file.cell, set()).add(path)
            earlier = files[file.kind].setdefault(file.key, file)
            if earlier is not file and not (ANNOTATOR in file.cell and earlier.cell == file.cell):
                what = f"has the same name as {earlier.path}, apart from words such as {file.kind}"
                raise InputError(what, file=path, remedy="rename one of them")
        except InputError as error:
            study.remarks.append(f"not included: {error}")
    # OpenFace need not be started where its CSV is there.
    files["openface"] = dict(sorted((files["video"] | files["openface"]).items()))
    names = _names(files["openface"])
    partners = {kind: _pair(files["openface"], files[kind], study) for kind in ("labels", "annotations", "turns")}
    study.targets = _targets([*partners["labels"].values(), *partners["annotations"].values()], study)
    for key, file in files["openface"].items():
        try:
            found = _recording(file, names[key], culture, {kind: each.get(key) for kind, each in partners.items()},
                               study, scales)  # fmt: skip
        except InputError as error:
            study.remarks.append(f"not included: {error}")
            continue
        study.recordings.append(found)
        study.groups[found.recording] = "/".join(key)
    if not study.recordings:
        why = study.remarks[0] if study.remarks else f"it needs files ending in {', '.join(ENDINGS)}"
        raise InputError(f"holds no OpenFace file and no video that can be used; {why}", file=folder)
    _divide(study, seed=seed)
    return study


def _tables(folder: Path) -> Iterator[Path]:
    """Find the tables below a folder; hidden folders and links to folders are left out."""
    if not folder.is_dir():
        raise InputError("is no folder", file=folder, remedy="give the folder that holds your CSVs or videos")
    count = 0
    for here, folders, names in os.walk(folder):
        deep = len(Path(here).relative_to(folder).parts) >= DEPTH
        folders[:] = [name for name in folders if not (deep or name.startswith("."))]
        for name in names:
            if name.startswith(".") or not name.lower().endswith((*ENDINGS, *VIDEOS)):
                continue
            count += 1
            if count > MOST:
                raise InputError(
                    f"holds more than {MOST} tables and videos", file=folder, remedy="give a folder below it"
                )
            yield Path(here) / name


def _recognise(path: Path, folder: Path, seen: dict[bytes, Path]) -> _File:
    """Say what a file is; `seen` has the files so far by their contents, for the same bytes are no second recording."""
    wrong = next((what for what, is_so in PATHS.items() if is_so(str(path))), None)
    if wrong is not None:
        raise InputError(wrong, file=path, remedy="rename it")
    if path.name.lower().endswith(VIDEOS):
        same = seen.setdefault(_ends_of(path), path)
        if same is not path:
            raise InputError(f"is a copy of {same}", file=path)
        return _File(path, "video", _key(path.relative_to(folder), "video"))
    content = read_bytes(path, missing="check the permissions")
    if not content.strip(b"\0\r\n\t ,;\xff\xfe\xef\xbb\xbf"):
        raise InputError("is empty", file=path, remedy="write it again, or take it out of the folder")
    (_, header), *rows = _first_lines(content, path)
    separator = max(",;\t", key=header.count)
    columns = _fields(header, separator, path)
    kind = _kind(columns, header, path)
    same = seen.setdefault(hashlib.sha256(content).digest(), path)
    if same is not path and kind != "turns":  # Several may never speak.
        raise InputError(f"is a copy of {same}", file=path)
    kind, place, bare = _of_annotator(path.relative_to(folder), kind, columns)
    if kind == "labels" and "timestamp" not in columns:
        raise _unknown(columns, path)
    if kind in ("labels", "annotations"):
        clock = clock_of(columns)
        left_out = {*_NO_TARGETS, *([] if clock is None else [clock[0]])}
        if not rows:
            raise InputError("holds a header and no labels", file=path, remedy="write it again")
        row, line = rows[0]
        first = _fields(line, separator, path)
        is_number = [number(cell) is not None or not cell for cell in first]
        usable = [name for name, fits in zip(columns, is_number, strict=False) if fits and name not in left_out]
        _check_written(first, columns, path, row=row, left=bool(usable))
        columns = usable
        wide = _targets_of_annotators(columns)
        kind, columns = ("annotations", wide) if kind == "labels" and wide else (kind, columns)
    return _File(path, kind, _key(bare, kind), columns, str(folder / place))


def _check_written(first: Sequence[str], columns: Sequence[str], path: Path, *, row: int, left: bool) -> None:
    """Refuse labels whose first row holds numbers that are written in another way: they would count as words.

    Args:
        first: Cells of the first row.
        columns: Their names.
        path: The file.
        row: Which row it is.
        left: Whether there are other columns of numbers; then only decimal commas are certain to be meant as numbers.
    """
    for name, cell in zip(columns, first, strict=False):
        how = rewriting(cell)
        if how is not None and (not left or "," in cell):
            raise InputError(f"{shown(cell)} is not a finite number", file=path, row=row, column=name, remedy=how)


def _targets_of_annotators(columns: Sequence[str]) -> list[str]:
    """Give the targets that columns of several annotators are of, as in ``pain_A1`` and ``pain_A2``; none elsewhere."""
    told = [_WIDE.fullmatch(name) for name in columns]
    targets = Counter(match["target"] for match in told if match)
    return list(targets) if targets and all(told) and max(targets.values()) > 1 else []


def _ends_of(path: Path) -> bytes:
    """Give what tells a video: its size, and its first and last megabyte."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            whole = hashlib.sha256(str(size).encode() + file.read(_END))
            file.seek(max(size - _END, 0))
            whole.update(file.read(_END))
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=path, remedy="check the permissions") from error
    if not size:
        raise InputError("is empty", file=path, remedy="write it again, or take it out of the folder")
    return whole.digest()


def _of_annotator(path: Path, kind: Kind, columns: Sequence[str]) -> tuple[Kind, Path, Path]:
    """Say whether labels are those of one annotator of several, how the table names their file, and the recording's.

    What all annotators' names begin with stays in the name, so that it stands for nothing else.
    """
    if kind != "labels":
        return kind, path, path
    end = re.search(rf"_{_RATER.pattern}(?=\.[^/]*$)", path.name)
    if end is not None:
        before, after = path.name[: end.start()], path.name[end.end() :]
        named = f"{before}_{end['word']}{end['mark']}{ANNOTATOR}{after}"
        return "annotations", path.with_name(named), path.with_name(before + after)
    for place in reversed(range(len(path.parent.parts))):
        found = _RATER.fullmatch(path.parts[place])
        if found:
            parts = [*path.parts]
            parts[place] = f"{found['word']}{found['mark']}{ANNOTATOR}"
            return "annotations", Path(*parts), Path(*path.parts[:place], *path.parts[place + 1 :])
    return ("annotations" if {"annotator", "rater"} & set(columns) else kind), path, path


def _first_lines(content: bytes, path: Path) -> list[tuple[int, str]]:
    """Give the header and the first row, if there is one, with the numbers of their rows."""
    end = len(content) if b"\0" in content[:4] else content.find(b"\n", _LOOK) + 1 or len(content)
    return first_rows(decode(content[:end], file=path))


def _fields(line: str, separator: str, path: Path) -> list[str]:
    """Split a line."""
    try:
        return fields_of(line, separator)
    except ValueError as error:
        raise InputError(str(error), file=path, remedy="correct the file") from error


def _kind(columns: Sequence[str], header: str, path: Path) -> Kind:
    """Tell a file by its columns."""
    if any(map(_UNIT.fullmatch, columns)):
        return "openface"
    if {"begin", "end"} <= set(columns):
        return "turns"
    try:
        columns_of(header.encode(), file=path)
    except InputError as error:
        if "output of" in str(error) or "confidence" in columns:
            raise
    if "timestamp" in columns or clock_of(columns) is not None:
        return "labels"
    raise _unknown(columns, path)


def _unknown(columns: Sequence[str], path: Path) -> InputError:
    """Say that a file is of no kind."""
    return InputError(
        f"is none of OpenFace's files, labels (timestamp and targets) or turns (begin,end): it begins with"
        f" {shown(', '.join(columns[:6]))}",
        file=path,
    )


def _key(path: Path, kind: Kind) -> Key:
    """Give a recording's name and the folders around it, without the words that tell kinds."""
    words = "|".join(WORDS[kind])
    stem = path.name[: path.name.index(".", 1)] if path.name.lower().endswith(".gz") else path.stem
    name = re.sub(rf"^(?:{words})[_.-]|[_.-](?:{words})$", "", stem, flags=re.IGNORECASE)
    every = {word for words in WORDS.values() for word in words}
    around = [part for part in path.parent.parts if part.lower() not in every]
    return (*around, name) if name.lower() not in WORDS[kind] or not around else tuple(around)


def _names(files: Mapping[Key, _File]) -> dict[Key, str]:
    """Give every recording a name of its own: the last part of its key, or all of it."""
    last = Counter(key[-1].lower() for key in files)
    names: dict[Key, str] = {}
    for key in files:
        text = key[-1] if last[key[-1].lower()] == 1 else "_".join(key)
        name = base = re.sub(r"[^A-Za-z0-9_.-]", "_", text).strip(".") or "recording"
        number_of = 1
        while name.lower() in {other.lower() for other in names.values()}:
            number_of += 1
            name = f"{base}_{number_of}"
        names[key] = name
    return names


def _pair(recordings: Mapping[Key, _File], files: Mapping[Key, _File], study: Study) -> dict[Key, _File]:
    """Give every recording its labels or turns: those of the same name, in the same folder or the only ones."""
    found = {key: file for key, file in files.items() if key in recordings}
    for key, file in files.items():
        if key in found:
            continue
        mine = [each for each in recordings if each[-1] == key[-1]]
        theirs = [each for each in files if each[-1] == key[-1]]
        if len(mine) == len(theirs) == 1:
            found[mine[0]] = file
        else:
            why = f"no recording is called {shown(key[-1])}" if not mine else f"several are called {shown(key[-1])}"
            study.remarks.append(f"not paired: {file.path}: {why}")
    return found


def _targets(labels: Sequence[_File], study: Study) -> list[str]:
    """Give the columns that half of the label files have, or more."""
    counts = Counter(name for file in labels for name in file.columns)
    targets = []
    for name, count in counts.items():
        if re.fullmatch(TARGET_NAME, name) is None or name in RESERVED:
            why = (
                "the name is another column's"
                if name in RESERVED
                else "a target has small letters a-z and _ in its name"
            )
            study.remarks.append(f"not a target: column {shown(name)}: {why}")
        elif 2 * count < len(labels):
            study.remarks.append(f"not a target: column {shown(name)}: it is in {count} of {len(labels)} label files")
        else:
            targets.append(name)
    return targets


def _recording(
    file: _File,
    name: str,
    culture: str,
    partners: Mapping[str, _File | None],
    study: Study,
    scales: Mapping[str, Scale],
) -> Recording:
    """Read a recording's files; what is wrong with its labels or turns is said, and they are left out."""
    stamps = _stamps(file)
    labels, turns = partners["labels"], partners["turns"]
    annotations = _annotations(partners["annotations"], name, stamps, study, scales)
    try:
        if labels is not None and study.targets:
            found = read_labels(labels.path, study.targets, scales=scales)
            if stamps is not None:
                align(found, np.arange(0.0, stamps[-1] + 1e-6, _HOP), study.targets, file=labels.path)
    except InputError as error:
        study.remarks.append(f"{name} is unlabelled: {error}")
        labels = None
    try:
        if turns is not None:
            spoken = read_turns(turns.path)
            if stamps is not None:
                rate = frame_rate(stamps) if len(stamps) > 1 else 0.0
                check_turns(spoken, video=float(stamps[-1]), rate=rate, file=turns.path)
    except InputError as error:
        study.remarks.append(f"{name} is without turns: {error}")
        turns = None
    if annotations and labels is not None:
        study.remarks.append(f"{name}: {shown(str(labels.path))} is left out, because the label is made of annotators")
        labels = None
    return Recording(
        recording=name,
        culture=culture,
        partition="unlabelled",
        openface=str(file.path) if file.kind == "openface" else "",
        video=str(file.path) if file.kind == "video" else "",
        turns=str(turns.path) if turns is not None else "",
        annotations=annotations,
        labels=str(labels.path) if labels is not None and study.targets else "",
    )


def _stamps(file: _File) -> Floats | None:
    """Read when a recording's frames are (seconds); None of a video, of which nobody knows yet."""
    if file.kind == "video":
        return None
    frames = read_frames(file.path).frames
    stamps = frames["timestamp"].to_numpy()
    if not frames["success"].to_numpy().any():
        raise InputError("shows no face in any frame", file=file.path)
    if stamps[-1] < (window := Features().window):
        raise InputError(f"ends at {stamps[-1]:g} s, within the first window of {window:g} s", file=file.path)
    return np.asarray(stamps, dtype=np.float64)


def _annotations(
    file: _File | None, name: str, stamps: Floats | None, study: Study, scales: Mapping[str, Scale]
) -> str:
    """Read a recording's annotators, and give what the table says of them, or nothing; what is wrong is said."""
    if file is None or not study.targets:
        return ""
    try:
        reading = Reading(study.targets, {target: scales.get(target, USUAL) for target in study.targets})
        sources = sources_of(file.cell, study.targets)
        more = next((source.path for source in sources if source.path not in study.annotated[file.cell]), None)
        if more is not None:
            what = f"{file.cell} would stand for it, too, and it is none of {name}'s annotators"
            raise InputError(what, file=more, remedy="rename it, or take it out of the folder")
        for rating in read_ratings(sources, name, reading):
            if stamps is not None:
                check_video(rating, video=float(stamps[-1]))
    except InputError as error:
        study.remarks.append(f"{name} is without annotators: {error}")
        return ""
    return file.cell


def _divide(study: Study, *, seed: int) -> None:
    """Propose partitions of the labelled recordings; who is seen in several recordings is in one partition.

    The groups are drawn in an order that follows from the seed: `SHARE` of the recordings for development, `SHARE` for
    testing, the others for training.
    """
    for kind, pattern in _WHO.items():
        told = {name: match[1].lower() for name, key in study.groups.items() if (match := pattern.search(key))}
        if told and len(set(told.values())) < len(told):
            study.told_by, study.groups = kind, {name: told.get(name, name) for name in study.groups}
            break
    else:
        study.groups = {name: name for name in study.groups}
    labelled = [each.recording for each in study.recordings if each.labels or each.annotations]
    groups = sorted({study.groups[name] for name in labelled})
    if len(groups) < 2:
        if labelled:
            study.remarks.append(f"not trained: labels of one {study.told_by} only, and two are needed")
        return
    order = [groups[place] for place in np.random.default_rng(seed).permutation(len(groups))]
    sizes = Counter(study.groups[name] for name in labelled)
    parts: dict[str, str] = {}
    goal = SHARE * len(labelled)
    for partition in ("devel", "test"):
        taken = 0
        # At least one group, and others while that brings the number nearer; the last group is for training.
        while len(order) > 1 and (not taken or abs(taken + sizes[order[-1]] - goal) < goal - taken):
            taken += sizes[order[-1]]
            parts[order.pop()] = partition
    parts |= dict.fromkeys(order, "train")
    study.recordings = [
        recording.model_copy(update={"partition": parts[study.groups[recording.recording]]})
        if recording.recording in labelled
        else recording
        for recording in study.recordings
    ]
