"""Read what people noted: labels at a fixed rate, and the speaker's turns.

Labels are a CSV with a header, ``timestamp`` (seconds from 0 at a constant step, 10 Hz in SEWA; at least one label per
second) and one column per target in -1..1, or on the `Scale` that the configuration gives. Turns are a CSV with the
header ``begin,end`` (seconds): when the recorded person speaks. Commas, tabs and semicolons are read between cells. A
layout whose files are written in another way gives its own `Form` (`onefilter.corpus.avec`).

Both are held against the length of the video: `align` does so for labels, `check_turns` for turns.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from onefilter.corpus.clock import VIDEO_RATES, digit_of, usual_rate
from onefilter.errors import InputError, nearest
from onefilter.text import CHECK_PATH, Form, Table, number, read_table, shown

Floats = npt.NDArray[np.float64]

TOLERANCE: Final = 1.0
"""Labels may end this much (seconds) before or after the video, and turns this much after it."""
LONGEST_STEP: Final = 1.0
"""Labels are at most this far apart (seconds): what lies between two is interpolated."""
LATEST_TURN: Final = 1e12
"""A turn ends before this (seconds); what is later cannot be counted in microseconds."""
LABELS: Final = Form(("timestamp",), separator=",", others="\t;", missing=CHECK_PATH)
"""How labels are written; the targets are further columns."""
TURNS: Final = Form(("begin", "end"), separator=",", others="\t;", missing=CHECK_PATH)
"""How turns are written."""
MISSING: Final = ("", "nan", "na", "n/a", "null", "none", "-", ".", "?")
"""What stands in a cell without a label."""
_UNLABELLED: Final = "set the recording's partition to unlabelled"
_NO_LABEL: Final = f"no label is made up: end labels and video before it, or {_UNLABELLED}"
_SPEAKER: Final = re.compile(
    r"speak|spk|talk|sprech|person|particip|proband|subject|interloc|party|role|channel|tier|who"
)
"""What the name of a column holds that tells speakers apart."""
_HARDLY: Final = 0.01
"""Share of the scale's width by which labels that were computed may lie outside."""
_CODES: Final = (99.0, 999.0, 9999.0, 99999.0)
"""Numbers, or their negatives, that stand for a missing one in many statistics programs."""
_SPEAKERS: Final = "speaker"
"""The name of the column that certainly tells who speaks."""
_ELSE: Final = "; if the other turns are the person's, give them a name, too"
"""The remedy where some turns have no speaker."""
_MOST: Final = 10
"""Of at most so many people may the turns in one file be told apart by a column that has another name."""
_ROUNDED: Final = 0.051
"""Durations of turns are rounded to this (seconds), or less."""
_SHORTEST: Final = 0.3
"""Half of a person's turns last longer than this (seconds)."""
_ROUNDING: Final = 1e-9
"""By so much may a difference of two times be off (seconds)."""
_RARE: Final = 0.05
"""Share of the steps; if more of them are wrong, it is not single labels that are."""
_ROUNDED_TIMES: Final = "times were rounded: export them, in seconds, with more digits"
_FEW: Final = 3
"""Labels, or steps, that show nothing."""
_ANEW: Final = "time begins anew there: give every annotator, and every recording, a file or a column of its own"
_NONE: Final = 0.05
"""What lasts less is no turn (seconds)."""
_UNITS: Final[Mapping[str, float]] = {"milliseconds": 1e3, "microseconds": 1e6, "nanoseconds": 1e9}
_HUNDREDTHS: Final = {"hundredths of a second": 100.0}
_ROWS: Final = {"rows of 0.1 s": 10.0}
_LONG_UNITS: Final = {"minutes": 60.0, "hours": 3_600.0, "days": 86_400.0}
"""Units that are longer than a second, in seconds; spreadsheets count times in days."""
_LABEL_UNITS: Final[Mapping[str, float]] = {
    **_UNITS,
    **_HUNDREDTHS,
    **{unit: 1 / size for unit, size in _LONG_UNITS.items()},
    **_ROWS,
    **{f"frames at {rate:g} per second": rate for rate in sorted(VIDEO_RATES)},
}


@dataclass(frozen=True)
class Scale:
    """What the numbers of a target mean: lower and upper end.

    Attributes:
        written: Of the values in label files.
        range: Of the values that a run works with; what is written is brought to it linearly.
    """

    written: tuple[float, float] = (-1.0, 1.0)
    range: tuple[float, float] = (-1.0, 1.0)


USUAL: Final = Scale()
"""Of a target of which nothing else is told."""
SCALES: Final = ((0.0, 1.0), (-1.0, 1.0), (1.0, 9.0), (0.0, 16.0), (0.0, 100.0), (-100.0, 100.0), (-1000.0, 1000.0))
"""Scales on which people annotate, from the narrowest: what a file that does not fit may be written on."""


def read_labels(
    path: Path, targets: Sequence[str], *, form: Form = LABELS, scales: Mapping[str, Scale] | None = None
) -> pl.DataFrame:
    """Read one recording's labels.

    Args:
        path: The file.
        targets: Which columns to read.
        form: How the file is written.
        scales: By target, what its numbers mean; `USUAL` where it is not told.

    Returns:
        Columns ``timestamp`` (seconds) and the targets (within their range), one row per label.

    Raises:
        InputError: For the first value that is at fault, or the first label that is missing.
    """
    columns = ("timestamp", *targets)
    source = read_table(path, replace(form, columns=columns))
    _check_cells(source, targets)
    table = pl.DataFrame(source.numbers(columns), schema=dict.fromkeys(columns, pl.Float64))
    if table.is_empty():
        raise InputError("holds a header and no labels" if source.header_row else "holds no labels", file=path,
                         remedy="correct the file")  # fmt: skip
    first = source.lines[0][0]
    for target in targets:
        scale = (scales or {}).get(target, USUAL)
        _check_swapped(table, target, scale, source)
        _check_values(table[target].to_numpy(), target, scale, file=path, first=first)
        table = table.with_columns(pl.Series(target, to_range(table[target].to_numpy(), scale)))
    _check_times(table["timestamp"].to_numpy(), file=path, first=first)
    return table


def read_turns(path: Path, *, form: Form = TURNS, speaker: str | None = None) -> pl.DataFrame:
    """Read one recording's turns: columns ``begin`` and ``end`` (seconds); there may be none.

    Args:
        path: The file.
        form: How the file is written.
        speaker: Whose turns to take, if a further column of the file tells speakers apart.

    Raises:
        InputError: For the first value that is at fault, or if the turns are of several speakers and none is chosen.
    """
    columns = ("begin", "end")
    source = _of_speaker(read_table(path, form), speaker)
    remedy = "count seconds from the beginning of the video; what began before it begins at 0"
    numbers = source.numbers(columns, low=0.0, high=LATEST_TURN, remedy=remedy)
    table = pl.DataFrame(numbers, schema=dict.fromkeys(columns, pl.Float64))
    backwards = (table["end"] < table["begin"]).to_numpy()
    if backwards.any():
        place = int(np.argmax(backwards))
        begin, end = table["begin"][place], table["end"][place]
        raise InputError(
            f"the turn ends at {end:g} s, before it begins at {begin:g} s",
            file=path,
            row=source.lines[place][0],
            column="end",
            remedy="swap or correct them; if these are durations, add the begins to them",
        )
    # A turn that ends where it begins takes no time.
    return table.filter(pl.col("end") > pl.col("begin"))


def check_turns(turns: pl.DataFrame, *, video: float, rate: float, file: Path) -> None:
    """Hold turns against the video.

    Args:
        turns: Columns ``begin`` and ``end`` (seconds).
        video: Time of the last frame (seconds).
        rate: Frames per second.
        file: Of the turns, for messages.

    Raises:
        InputError: If a turn ends more than `TOLERANCE` after the video, or if they are as short as turns in a longer
            unit and fit the video as such; the likely unit is named.
    """
    last = float(turns["end"].to_numpy().max(initial=0.0))
    usual = float(np.median(turns["end"] - turns["begin"])) if turns.height else _SHORTEST
    several = turns.height > 2
    unit = (several and _long_unit(last, video)) or _early_unit(usual, last, video)
    if unit and usual < (_SHORTEST if several else _NONE) - _ROUNDING:
        raise InputError(
            f"all {turns.height} turns end before {_exact(last)} s, and half of them last less than {_SHORTEST:g} s"
            if turns.height > 1
            else f"the only turn lasts {_exact(usual)} s",
            file=file,
            remedy=f"they look like {unit}: multiply them by {_exact(_LONG_UNITS[unit])};"
            " if they are seconds, leave out turns that are so short, or join them",
        )
    beyond = turns.filter(pl.col("end") > video + TOLERANCE)
    if beyond.is_empty():
        return
    # A rate that was measured stands for the usual one beside it.
    rate = usual_rate(rate) or rate
    units = {**_ROWS, **_HUNDREDTHS, **_UNITS} | ({f"frames at {rate:.4g} per second": round(rate, 3)} if rate else {})
    # The last turn may end long before the video, but most of a video lies before its last turn.
    fitting = {unit: size for unit, size in units.items() if video / 4 <= last / size <= video + TOLERANCE}
    pairing = "pair each recording with its own turns, and leave out what lies behind its end"
    # The later the last turn ends, the likelier.
    ways = [
        f"{unit}: divide them by {_exact(fitting[unit])}" for unit in sorted(fitting, key=lambda name: fitting[name])
    ]
    begin, end = beyond.row(0)
    raise InputError(
        f"the turn that begins at {begin:.12g} s ends at {end:.12g} s, the video at {video:g} s",
        file=file,
        row=_row_of((begin, end), file=file),
        column="end",
        remedy=f"they look like {', or like '.join(ways[:2])}; or {pairing}" if ways else pairing,
    )


def _long_unit(last: float, video: float) -> str | None:
    """Give the unit in which the last turn would end in the video's second half, if there is one; video in seconds."""
    return next((unit for unit, size in _LONG_UNITS.items() if video / 2 <= size * last <= video + TOLERANCE), None)


def _early_unit(usual: float, last: float, video: float) -> str | None:
    """Give the unit in which turns that all lie in the first sixtieth of a video are as long as turns are, if any is.

    Args:
        usual: The median length of the turns.
        last: When the last one ends.
        video: How long the video is (seconds).
    """
    fitting = [unit for unit, size in _LONG_UNITS.items() if size * last <= video + TOLERANCE]
    return next((unit for unit in fitting if _LONG_UNITS[unit] * usual >= _SHORTEST), fitting[-1] if fitting else None)


def _row_of(turn: tuple[float, float], *, file: Path) -> int | None:
    """Find a turn in its file again; None if it is not there (any longer), or the file is written in another way."""
    try:
        source = read_table(file, TURNS)
        times = zip(*source.numbers(TURNS.columns).values(), strict=True)
        return next((row for (row, _), found in zip(source.lines, times, strict=True) if found == turn), None)
    except InputError:
        return None


def _exact(value: float) -> str:
    """Write a number that is to be computed with: the shortest that gives it back, to the microsecond."""
    return np.format_float_positional(round(value, 6), trim="-")


def frame_rate(time: Floats) -> float:
    """Give the frames per second: OpenFace prints milliseconds, so that single steps (0.033) are not exact.

    Args:
        time: Of the frames (seconds), at least two.
    """
    steps = np.diff(time)
    usual = np.median(steps)
    # Gaps are no steps from frame to frame.
    return float(1 / np.mean(steps[np.abs(steps - usual) <= usual / 2]))


def spoken(turns: pl.DataFrame, duration: float) -> tuple[float, float]:
    """Add turns up.

    Args:
        turns: Columns ``begin`` and ``end`` (seconds).
        duration: Length of the recording (seconds).

    Returns:
        How long the person speaks within the recording, and how much of that is in more than one turn (seconds).
    """
    within = turns.sort("begin").select(pl.col("begin", "end").clip(0.0, duration)).to_numpy()
    before = np.maximum.accumulate(np.concatenate([[0.0], within[:, 1]]))[:-1]
    own = np.maximum(within[:, 1] - np.maximum(within[:, 0], before), 0.0)
    return float(own.sum()), float((within[:, 1] - within[:, 0] - own).sum())


def note_on_turns(turns: pl.DataFrame, duration: float) -> str:
    """Say how much of a recording is turn, and how much of that is said twice; `duration` in seconds.

    Turns that would last as long as the recording if they were counted in minutes, hours or days are noted, too.
    """
    speaks, _ = spoken(turns, duration)
    share = f"{100 * speaks / duration:.1f} % of {duration:g} s are turns ({turns.height})" if duration else "no time"
    return "; ".join((share, *doubts_on_turns(turns, duration)))


def doubts_on_turns(turns: pl.DataFrame, duration: float, *, overlap: float = 0.0) -> list[str]:
    """Say what makes one doubt turns: that they overlap, or that they may be minutes, hours or days.

    Args:
        turns: Columns ``begin`` and ``end`` (seconds).
        duration: Length of the recording (seconds).
        overlap: Share of the speech that may be in more than one turn.
    """
    doubts = []
    speaks, twice = spoken(turns, duration)
    last = float(turns["end"].to_numpy().max(initial=0.0))
    if turns.height > 1 and (unit := _long_unit(last, duration)):
        size = _exact(_LONG_UNITS[unit])
        doubts.append(f"all of them end before {_exact(last)} s: are they {unit}? Then multiply them by {size}")
    if twice > max(5e-4, overlap * speaks):
        doubts.append(f"turns overlap for {twice:.3g} s: are they of one person?")
    return doubts


def note_on_scale(labels: Floats, targets: Sequence[str], scales: Mapping[str, Scale] | None = None) -> str:
    """Name the targets of range -1..1 whose labels are never negative, as on a scale of 0..1; or nothing.

    Args:
        labels: [T, number of targets], within their ranges.
        targets: Their names.
        scales: By target, what its numbers mean; `USUAL` where it is not told.
    """
    usual = [(scales or {}).get(target, USUAL) == USUAL for target in targets]
    positive = [
        target
        for target, values, is_usual in zip(targets, labels.T, usual, strict=True)
        if is_usual and len(values) and values.min() >= 0
    ]
    if not positive:
        return ""
    lines = ", ".join(f"`targets.{target}.scale: [0, 1]`" for target in positive)
    return f"labels of {', '.join(positive)} lie in 0..1: if 0 is the lowest that annotators could give, set {lines}"


def _of_speaker(source: Table, speaker: str | None) -> Table:
    """Keep the turns of one speaker, or of all if no column tells speakers apart."""
    rows = [fields for _, fields in source]
    times = [tuple(number(fields[source.header.index(name)]) for name in TURNS.columns) for fields in rows]
    further = {
        place: [fields[place] for fields in rows]
        for place, name in enumerate(source.header)
        if name not in source.form.known
    }
    named = {place: bool(_SPEAKER.search(source.header[place].lower())) for place in further}
    telling = {
        place: cells
        for place, cells in further.items()
        if any(cells) and (named[place] or _may_tell_speakers(source.header[place], cells, times))
    }
    if not speaker:
        several = [place for place, cells in telling.items() if len(set(cells)) > 1]
        if not several:
            return source
        raise _several_speakers(source, telling, several, named=named[several[0]])
    naming = [place for place, cells in telling.items() if speaker in cells]
    naming = naming or [place for place, cells in further.items() if speaker in cells]
    # Who is spoken to, and who speaks, may be the same people: a column that is called after speakers decides.
    certain = [place for place in naming if source.header[place].lower() == _SPEAKERS]
    naming = certain or [place for place in naming if named[place]] or naming
    if not naming:
        names = list(dict.fromkeys(cell for cells in telling.values() for cell in cells))
        remedy = f"the speakers are {_some(names)}" if names else "no column tells speakers apart: leave speaker out"
        raise source.error(f"has no turn of speaker {shown(speaker)}{nearest(speaker, names)}", remedy=remedy)
    chosen = further[naming[0]]
    for other in naming[1:]:
        if any((one == speaker) != (two == speaker) for one, two in zip(chosen, further[other], strict=True)):
            columns = f"{shown(source.header[naming[0]])} and {shown(source.header[other])}"
            raise source.error(
                f"names {shown(speaker)} in the columns {columns}, in different rows",
                row=source.header_row,
                remedy=f"call the column that tells who speaks {_SPEAKERS}, and no other",
            )
    return replace(source, lines=[line for line, cell in zip(source.lines, chosen, strict=True) if cell == speaker])


def _several_speakers(
    source: Table, telling: Mapping[int, Sequence[str]], several: Sequence[int], *, named: bool
) -> InputError:
    """Say that turns are of several speakers, and how one is chosen.

    Args:
        source: The turns.
        telling: The cells of columns that may tell speakers apart, by their places.
        several: The places of those that name several.
        named: Whether the first of these is called after speakers.
    """
    first, *others = (shown(source.header[place])[1:-1] for place in several)
    names = list(dict.fromkeys(telling[several[0]]))
    # What can be typed as it is shown.
    plain = [name for name in names if name and shown(name)[1:-1] == name and not name.startswith("-")]
    choose = (
        f"choose one by --speaker (as in --speaker {shown(plain[0])}), or in the column speaker of the recordings table"
        if plain
        else "give the speakers short names, in one line each, and choose one by --speaker"
    )
    columns = f"the columns {', '.join((first, *others))} do" if others else "it does"
    return source.error(
        f"{'tells' if named else 'may tell'} speakers apart: {_some(names)}",
        row=source.header_row,
        column=first,
        remedy=f"{choose}{_ELSE if '' in names else ''}; if {columns} not tell speakers apart, remove"
        f" {'them' if others else 'the column'}",
    )


def _may_tell_speakers(name: str, cells: Sequence[str], times: Sequence[tuple[float | None, ...]]) -> bool:
    """Say whether a column may tell whose turns they are: few short values, numbers or words, whatever its name.

    What is none: one value throughout, numbers of rows, durations, measures with many values, and what was said.

    Args:
        name: Of the column.
        cells: Its cells, one per turn.
        times: When the turns begin and end (seconds).
    """
    values = {cell for cell in cells if cell}
    if len(set(cells)) < 2:
        return False
    # Among the cells that are filled: one mark may set one turn apart.
    various = 2 * len(values) > sum(map(bool, cells))
    numbers = [number(cell) for cell in cells]
    known = [value for value in numbers if value is not None]
    if len(known) == sum(map(bool, cells)):
        counted = len(known) == len(cells) and set(np.diff(known)) == {1.0}
        if (counted and (not name or len(cells) > _MOST)) or _are_durations(numbers, times):
            return False
        return len(values) <= _MOST and not (various and any(value % 1 for value in known))
    said = 2 * sum(len(value) > 20 or value.count(" ") > 1 for value in values) >= len(values)
    return not (various and (said or len(values) > _MOST)) and not (said and len(values) > _MOST)


def _are_durations(numbers: Sequence[float | None], times: Sequence[tuple[float | None, ...]]) -> bool:
    """Say whether numbers are how long turns last, in seconds or milliseconds."""
    lasting = [None if begin is None or end is None else end - begin for begin, end in times]
    return any(
        all(
            value is None or (length is not None and abs(value / size - length) <= _ROUNDED)
            for value, length in zip(numbers, lasting, strict=True)
        )
        for size in (1.0, _UNITS["milliseconds"])
    )


def _some(names: Sequence[str]) -> str:
    """List a few names."""
    return ", ".join(map(shown, names[:5])) + (", …" if len(names) > 5 else "")


def _check_cells(source: Table, targets: Sequence[str]) -> None:
    """Refuse cells without a label; where they are the first, say when the labels begin."""
    places = [source.header.index(target) for target in targets]
    time = source.header.index("timestamp")
    first: tuple[int, int, str] | None = None
    for count, (row, fields) in enumerate(source):
        empty = next((place for place in places if fields[place].lower() in MISSING), None)
        if first is None and empty is not None:
            first = row, empty, fields[empty]
            if count:
                raise _no_label(source, *first, remedy=_NO_LABEL)
        elif first is not None and empty is None:
            begin = number(fields[time])
            raise _no_label(source, *first, remedy=_begin_later(_exact(begin) if begin is not None else fields[time]))
    if first is not None:
        raise _no_label(source, *first, remedy=f"no row of the file has a label of every target: {_UNLABELLED}")


def _no_label(source: Table, row: int, place: int, cell: str, *, remedy: str) -> InputError:
    """Say that a cell has no label."""
    what = f"has no label ({shown(cell)})" if cell else "has no label (the cell is empty)"
    return source.error(what, row=row, column=source.header[place], remedy=remedy)


def _begin_later(begin: str) -> str:
    """Give the remedy where labels begin later than the video, at so many seconds."""
    return (
        f"no label is made up: cut the video to begin at {begin} s, too, run OpenFace on it, and subtract {begin} from"
        f" the times of labels and turns; or {_UNLABELLED}"
    )


def to_range(values: Floats, scale: Scale) -> Floats:
    """Bring labels to the range: the ends to the ends, linearly between; NaN stays NaN."""
    return values if scale.written == scale.range else np.clip(rescaled(values, scale), *scale.range)


def rescaled(values: Floats, scale: Scale) -> Floats:
    """Bring values to the range as labels are, also what lies beyond its ends, as predictions may."""
    (low, high), (least, most) = scale.written, scale.range
    return values if scale.written == scale.range else least + (values - low) / (high - low) * (most - least)


def beyond_scale(
    values: Floats, target: str, scale: Scale, *, unrated: str = "leave the cell empty where nobody rated"
) -> tuple[int, str, str] | None:
    """Find the first of some labels [T] that lies outside the scale; NaN lies nowhere.

    Args:
        values: The labels.
        target: What they are of.
        scale: What its numbers mean.
        unrated: What to do about a code that stands for no label.

    Returns:
        Its place, what is wrong with it, and the remedy; None if all lie inside.
    """
    low, high = scale.written
    outside = (values < low) | (values > high)
    if not outside.any():
        return None
    place = int(np.argmax(outside))
    if abs(values[place]) in _CODES:
        what = f"label {values[place]:g} lies outside {low:g}..{high:g}, and looks like a code for no label"
        return place, what, unrated
    least, most = np.nanmin(values), np.nanmax(values)
    # What is hardly outside was computed, and is on no other scale.
    hardly = max(low - least, most - high) <= _HARDLY * (high - low)
    fitting = [each for each in SCALES if each[0] <= least and most <= each[1] and not hardly]
    lines = [f"`targets.{target}.scale: [{lowest:g}, {highest:g}]`" for lowest, highest in fitting[:2]]
    remedy = f"if that is how they were annotated, set {' or '.join(lines)}" if lines else "correct the file"
    what = f"label {values[place]:g} lies outside {low:g}..{high:g}"
    return place, what, f"{remedy}; the ends are those that annotators could give"


def _check_values(values: Floats, target: str, scale: Scale, *, file: Path, first: int) -> None:
    """Refuse labels [T] outside the scale, and labels that never change; the first is in this row of the file."""
    wrong = beyond_scale(values, target, scale, unrated=_NO_LABEL)
    if wrong is not None:
        place, what, remedy = wrong
        raise InputError(what, file=file, row=place + first, column=target, remedy=remedy)
    if len(values) > 1 and np.ptp(values) == 0:
        raise InputError(
            f"all labels are {values[0]:g}: nothing can be learned from or scored on them",
            file=file,
            column=target,
            remedy="correct the file, or set the recording's partition to unlabelled",
        )


def _check_swapped(table: pl.DataFrame, target: str, scale: Scale, source: Table) -> None:
    """Refuse labels that stand where the times should be: they fit no scale, and go forward as times do not."""
    time, values = table["timestamp"].to_numpy(), table[target].to_numpy()
    if values.max() <= scale.written[1] or np.abs(table.to_numpy()).max() > LATEST_TURN:
        return
    forward, steps = np.diff(time), np.diff(values)
    to_and_fro = min((forward < 0).sum(), (forward > 0).sum()) > _FEW
    if to_and_fro and steps.min() > 0 and np.ptp(steps) <= steps.max() / 2:
        raise source.error(
            f"goes to and fro, and {target} forward in even steps, as time does",
            row=source.header_row or None,
            column="timestamp",
            remedy="swap the two columns, or their names",
        )


def _check_times(time: Floats, *, file: Path, first: int) -> None:
    """Refuse time stamps [T] that do not go forward, or leave out labels."""
    steps = np.diff(time)
    if not len(steps):
        return
    if (steps <= 0).sum() > 1:
        what, remedy = _not_forward(time)
        at = int(np.argmax(steps <= 0))
        raise InputError(what, file=file, row=at + first + 1, column="timestamp", remedy=remedy)
    usual = float(np.median(steps))
    wrong = (steps <= 0) | _left_out(time, usual)
    if (steps > 0).all() and wrong.mean() > 2 * _RARE and digit_of(time) > usual / 2:
        raise InputError(
            f"time steps by {steps.min():.3g} to {steps.max():.3g}, which is as much as its last digit",
            file=file,
            column="timestamp",
            remedy=_ROUNDED_TIMES,
        )
    if wrong.any():
        at = int(np.argmax(wrong))
        stands = steps[at] <= 0
        raise InputError(
            f"time steps by {steps[at]:.6g} s, elsewhere by {usual:.6g} s",
            file=file,
            row=at + first + 1,
            column="timestamp",
            remedy=_ANEW
            if at > _FEW and steps[at] < 0 and time[at + 1] <= time[0]
            else "give every label a time of its own, in order"
            if stands
            else f"labels are missing; {_NO_LABEL}",
        )


def _not_forward(time: Floats) -> tuple[str, str]:
    """Say why several time stamps [T] are not later than the ones before, and what to do."""
    steps = np.diff(time)
    at = int(np.argmax(steps <= 0))
    if not steps.any():
        return f"all times are {time[0]:.12g} s", "give every label a time of its own, in seconds"
    if (steps < 0).all():
        return "time goes backwards throughout", "sort the rows by time"
    if not steps[at:].any():
        return f"time stands still at {time[at]:.12g} s from here on", f"the clock stopped; {_NO_LABEL}"
    if (steps >= 0).all():
        what = f"{(steps == 0).sum()} labels share their time with the one before, the first {time[at]:.12g} s"
        few = (steps == 0).mean() < _RARE
        return what, f"delete those that are there twice; if none is, {_ROUNDED_TIMES}" if few else _ROUNDED_TIMES
    what = f"two labels have the time {time[at]:.12g} s"
    if steps[at] < 0:
        what = f"time goes back from {time[at]:.12g} s to {time[at + 1]:.12g} s"
    backwards = np.flatnonzero(steps < 0)
    anew = at > _FEW and (time[backwards + 1] <= time[0]).all()
    return what, _ANEW if anew else "sort the rows by time, one for each"


def _left_out(time: Floats, usual: float) -> npt.NDArray[np.bool_]:
    """Say behind which time stamps [T] labels are left out [T - 1]: a step of one and a half leaves one out.

    Stamps may jitter by up to half a step, so that single steps are longer; labels between them are interpolated. After
    such a step, time goes on where it would have been; behind a label that is left out, all stamps are a step later.

    Args:
        time: The stamps.
        usual: The median step, in the same unit.
    """
    steps = np.diff(time)
    long = np.asarray(steps > 1.5 * usual)
    if not long.any() or np.median(np.abs(steps - usual)) < usual / 20:
        return long
    span = max(1, min(20, len(time) // 5))
    period = np.median(time[span:] - time[:-span]) / span
    late = time - period * np.arange(len(time))
    later = np.array([late[at : at + span].mean() - late[max(0, at - span) : at].mean() for at in range(1, len(time))])
    return np.asarray((later > 0.6 * usual) & (later == later.max()))


def align(
    labels: pl.DataFrame, time: Floats, targets: Sequence[str], *, file: Path, scales: Mapping[str, Scale] | None = None
) -> Floats:
    """Bring labels to the hop times by linear interpolation; exact where the times coincide, as at 10 Hz.

    Hops after the last label get none: the result may be up to `TOLERANCE` shorter than `time`. A hop up to half a step
    before the first label lies on the line through the first two.

    Returns:
        Labels [T', number of targets], T' <= len(time); `scales` say what is within their ranges.

    Raises:
        InputError: If the labels begin more than half a step after the video, end more than `TOLERANCE` before or after
            it, or are more than `LONGEST_STEP` apart.
    """
    stamps = labels["timestamp"].to_numpy()
    if len(stamps) == 1 and time[-1] > LONGEST_STEP:
        remedy = f"give at least one label per second, or {_UNLABELLED}"
        raise InputError("holds one label", file=file, column="timestamp", remedy=remedy)
    _check_span(stamps, time, file=file)
    # The mean, because the median of steps that jitter is not exact.
    step = float(np.mean(np.diff(stamps))) if len(stamps) > 1 else 0.0
    if step > 1.05 * LONGEST_STEP:
        raise InputError(
            f"labels are {step:.6g} s apart; what lies between two is interpolated over {LONGEST_STEP:g} s at most",
            file=file,
            column="timestamp",
            remedy=f"give at least one label per second (annotate again, or export at a higher rate), or {_UNLABELLED}",
        )
    # A hop is labelled if it is not later than the last label, half a millisecond of rounding allowed.
    labelled = time[time <= stamps[-1] + 5e-4]
    ranges = [(scales or {}).get(target, USUAL).range for target in targets]
    values = [labels[target].to_numpy() for target in targets]
    return np.stack([_at(labelled, stamps, *each) for each in zip(values, ranges, strict=True)], axis=1)


def _at(time: Floats, stamps: Floats, values: Floats, bounds: tuple[float, float]) -> Floats:
    """Give the values at some times: on the lines between stamps, before the first on the line through two."""
    found = np.interp(time, stamps, values)
    early = time < stamps[0]
    if early.any():
        slope = (values[1] - values[0]) / (stamps[1] - stamps[0])
        found[early] = np.clip(values[0] + slope * (time[early] - stamps[0]), *bounds)
    return np.asarray(found)


def _check_span(stamps: Floats, time: Floats, *, file: Path) -> None:
    """Refuse labels that begin or end elsewhere than the video; say what would make them fit.

    Args:
        stamps: Times of the labels (seconds).
        time: Times of the hops (seconds); the video ends up to a hop after the last.
        file: Of the labels.
    """
    begin, last, video = float(stamps[0]), float(stamps[-1]), float(time[-1])
    room = TOLERANCE + (float(time[1] - time[0]) if len(time) > 1 else 0.0)

    def ends_at(moment: float) -> bool:
        return -TOLERANCE <= moment - video <= room

    # Half a step and half a millisecond of rounding; before the first label is no other to lean on.
    late = begin > (min(float(np.median(np.diff(stamps))), LONGEST_STEP) / 2 + 5e-4 if len(stamps) > 1 else 0.0)
    # Jitter moves the first label by up to half a step, as it moves the others.
    early = -begin > (float(np.median(np.diff(stamps))) / 2 + 5e-4 if len(stamps) > 1 else 0.0)
    if ends_at(last) and not late and not early:
        return
    what = f"labels end at {last:.12g} s, the video at {video:g} s"
    unit = None if ends_at(last) else _unit_of(stamps, video)
    row: int | None = len(stamps) + 1
    since = None if ends_at(last) or ends_at(last - begin) else _unit_since(stamps, video)
    if since is not None:
        first = np.format_float_positional(begin, trim="-")
        remedy = f"they look like {since} since another moment: subtract {first}, and {_change(since)}"
    elif unit is not None:
        remedy = f"they look like {unit}: {_change(unit, 'the time stamps')}"
    elif ends_at(last - begin) and abs(last - begin - video) < abs(last - video):
        what, row = f"labels begin at {_exact(begin)} s and last as long as the video", None
        remedy = f"let time begin at 0: {'subtract' if begin > 0 else 'add'} {_exact(abs(begin))}"
    elif ends_at(last) and early:
        what, row = f"labels begin at {_exact(begin)} s, before the video", None
        remedy = f"if all are too early, add {_exact(-begin)} to the time stamps; else delete those before 0"
    elif ends_at(last):
        what, row = f"labels begin at {_exact(begin)} s, the video at 0 s", None
        remedy = _begin_later(_exact(begin))
    elif last > video:
        remedy = f"pair each recording with its own labels; if these are its own, delete those after {_exact(video)} s"
    else:
        remedy = (
            f"pair each recording with its own labels; if these are its own, delete the frames after {_exact(last)} s"
        )
    raise InputError(what, file=file, row=row, column="timestamp", remedy=remedy)


def _unit_of(stamps: Floats, video: float) -> str | None:
    """Guess what time stamps count instead of seconds: what makes them end with the video, or steps of seconds."""
    unit = _fitting_unit(stamps, video)
    if unit is not None:
        return unit
    step = float(np.median(np.diff(stamps))) if len(stamps) > 1 else 0.0
    return next((unit for unit in reversed(list(_UNITS)) if step / _UNITS[unit] >= 0.01), None)


def _fitting_unit(stamps: Floats, video: float) -> str | None:
    """Give the unit in which time stamps [T] would end with the video, if there is one."""
    distance = {unit: abs(stamps[-1] / size - video) for unit, size in _LABEL_UNITS.items()}
    unit = min(distance, key=lambda name: distance[name])
    return unit if distance[unit] <= TOLERANCE else None


def _unit_since(stamps: Floats, video: float) -> str | None:
    """Give the unit in which time stamps [T] last as long as the video, if they count from another moment."""
    begin = float(stamps[0])
    unit = _fitting_unit(stamps - begin, video)
    if unit is None or _fitting_unit(stamps, video) is not None or abs(begin) / _LABEL_UNITS[unit] <= video:
        return None
    return unit if np.median(np.diff(stamps)) / _LABEL_UNITS[unit] <= LONGEST_STEP else None


def _change(unit: str, what: str = "") -> str:
    """Say how time stamps in a unit become seconds."""
    size = _LABEL_UNITS[unit]
    verb, by = ("divide", size) if size > 1 else ("multiply", 1 / size)
    return f"{verb}{f' {what}' if what else ''} by {_exact(by)}"
