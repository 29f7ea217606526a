"""Bytes in pieces of any size become the frames that reading the whole file gives."""

import gzip
import itertools
import re
from collections.abc import Callable
from itertools import cycle, pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onefilter.corpus.formats.openface import read_openface
from onefilter.errors import InputError
from onefilter.features.windows import microseconds
from onefilter.live.events import Event
from onefilter.live.rows import Rows
from onefilter.live.stream import Frame
from onefilter.names import SIGNALS
from tests.examples.live import frames_of, remarks_of, text_of
from tests.examples.openface import EMPTIED, Write, header, rows


def read_all(rows: Rows, content: bytes) -> list[Event]:
    """Read a whole file."""
    return [*rows.feed(content), *rows.finish()]


def same(frames: list[Frame], table: pl.DataFrame) -> None:
    """Check frames against a file read as a whole: to the last bit, time in the microseconds that it is counted in."""
    times = np.array([frame.time for frame in frames])
    np.testing.assert_array_equal(np.rint(times * 1e6), microseconds(table["timestamp"]))
    np.testing.assert_array_equal([frame.success for frame in frames], table["success"].to_numpy())
    np.testing.assert_array_equal([frame.signals for frame in frames], table.select(SIGNALS).to_numpy())


@given(cuts=st.lists(st.integers(0, 6000), max_size=12), newline=st.sampled_from(["\n", "\r\n"]), ended=st.booleans())
def test_any_chunking(tmp_path_factory: pytest.TempPathFactory, cuts: list[int], newline: str, ended: bool) -> None:
    """Wherever the pieces are cut, with either line end, with or without an end of the last line."""
    content = b"\xef\xbb\xbf" + text_of().replace(b"\n", newline.encode())
    if not ended:
        content = content.removesuffix(newline.encode())
    path = tmp_path_factory.mktemp("rows") / "a.csv"
    path.write_bytes(content)
    places = sorted({0, len(content), *(cut for cut in cuts if cut < len(content))})
    reader = Rows("a.csv")
    events = [event for a, b in pairwise(places) for event in reader.feed(content[a:b])]
    same(frames_of([*events, *reader.finish()]), read_openface(path))
    assert reader.left_out == 0


@pytest.mark.parametrize(("version", "separator"), [("2.2", ","), ("1.0", ", "), ("full", ", "), ("0.2", ",  ")])
def test_layouts(write_openface: Write, version: str, separator: str) -> None:
    """Every version's columns and blanks."""
    path = write_openface(version=version, separator=separator)
    same(frames_of(read_all(Rows("a"), path.read_bytes())), read_openface(path))


def test_signals_beside_the_usual_ones(write_openface: Write) -> None:
    """Gaze, pose and presence follow the 18; one that is out of bounds costs its row; one that lacks is an error."""

    def spoil(columns: list[str], table: list[list[str]]) -> None:
        table[3][columns.index("AU12_c")] = "7"
        table[5][columns.index("pose_Tx")] = "nan"
        table[7][columns.index("gaze_angle_y")] = "-3e7"
        table[9][columns.index("pose_Rx")] = "-1.25"

    signals = (*SIGNALS, "AU12_c", "gaze_angle_y", "pose_Tx", "pose_Rx")
    path = write_openface(spoil, version="full")
    reader = Rows("a.csv", signals=signals)
    events = [*reader.feed(path.read_bytes()), *reader.finish()]
    assert reader.left_out == 3
    assert remarks_of(events)[0].startswith("a.csv, row 5: column AU12_c: 7 lies outside 0..1; left out")
    table = read_openface(write_openface(version="full", name="good.csv"), signals=signals)
    found = np.array([frame.signals for frame in frames_of(events)])
    expected = np.delete(table.select(signals).to_numpy(), [3, 5, 7], axis=0)
    expected[6, -1] = -1.25
    np.testing.assert_array_equal(found, expected)
    with pytest.raises(InputError, match=r"a\.csv, row 1: lacks the signal gaze_angle_y; it has confidence, .*, pose;"):
        read_all(Rows("a.csv", signals=signals), write_openface(version="0.2").read_bytes())
    with pytest.raises(InputError, match=r"lacks the signals gaze_angle_y, pose_Tx, pose_Rx; it has confidence, "):
        read_all(Rows("a.csv", signals=signals), text_of())


def test_real_files(real_files: list[Path]) -> None:
    """Real files, time counted in frames."""
    for path in real_files:
        reader = Rows(path.name, fps=30.0)
        same(frames_of([*reader.feed(path.read_bytes()), *reader.finish()]), read_openface(path, fps=30.0))
        assert reader.left_out == 0


def test_rows_that_cannot_be_read() -> None:
    """They are left out, counted, and the first is named; the stream goes on."""

    def change(table: list[list[str]]) -> None:
        table[3][header().index("AU04_r")] = "x"
        table[5][header().index("AU04_r")] = "nan"
        table[6].append("1")
        table[7][header().index("AU04_r")] = "5.2"
        table[8][header().index("confidence")] = "1.5"
        table[9][header().index("AU04_r")] = "1_0"

    reader = Rows("a.csv")
    events = list(reader.feed(text_of(change=change)))
    assert [round(frame.time * 50) for frame in frames_of(events)] == [0, 1, 2, 4, *range(10, 20)]
    assert reader.left_out == 6
    assert remarks_of(events) == [
        "a.csv, row 5: column AU04_r: 'x' is not a finite number; left out, as is any other that cannot be read"
    ]


@pytest.mark.parametrize(
    ("place", "cell", "what"),
    [
        ("AU04_r", "5.2", "column AU04_r: 5.2 lies outside 0..5"),
        ("confidence", "1.5", "column confidence: 1.5 lies outside 0..1"),
        ("AU12_r", "1_0", "column AU12_r: '1_0' is not a finite number"),
        ("AU12_r", "5%", "column AU12_r: '5%' is not a finite number; a percentage was written"),
        ("frame", "", "column frame: is empty"),
    ],
)
def test_first_offence_is_named(place: str, cell: str, what: str) -> None:
    """The remark says row, column and value."""

    def change(table: list[list[str]]) -> None:
        table[3][header().index(place)] = cell

    assert remarks_of(read_all(Rows("a"), text_of(change=change)))[0].startswith(f"a, row 5: {what}; left out")


def test_negative_intensities() -> None:
    """They count as 0; one warning says why."""

    def change(table: list[list[str]]) -> None:
        for row in table[4:]:
            row[header().index("AU12_r")] = "-0.31"
            row[header().index("AU04_r")] = "-0.20"

    events = read_all(Rows("a"), text_of(change=change))
    frames = frames_of(events)
    assert len(frames) == 20
    assert min(frame.signals.min() for frame in frames) == 0
    assert frames[4].signals[SIGNALS.index("AU12")] == 0
    kept = frames_of(read_all(Rows("a", keep_negative=True), text_of(change=change)))
    assert kept[4].signals[SIGNALS.index("AU12")] == -0.31
    (remark,) = remarks_of(events)
    assert remark.startswith("a, row 6, column AU12_r: -0.31 is negative, so not yet calibrated")


def test_cut_off_at_the_end() -> None:
    """A last row that lacks something is left out."""
    content = text_of()
    reader = Rows("a")
    events = [*reader.feed(content[:-60]), *reader.finish()]
    assert len(frames_of(events)) == 19
    assert remarks_of(events)[0].startswith("a, row 21: is cut off; left out")
    # The last column read is the last of the file: nobody knows whether 0.5 was to be 0.52.
    head = [name for name in header() if not name.endswith("_c")]
    table, _ = rows(head, frames=3)
    short = "\n".join(",".join(row) for row in [head, *table]).encode()
    reader = Rows("a")
    assert len(frames_of([*reader.feed(short), *reader.finish()])) == 2


def test_faces() -> None:
    """The first row's face, or the one that is asked for; the others are remarked on once."""

    def change(table: list[list[str]]) -> None:
        for number, row in enumerate(table):
            row[header().index("face_id")] = str(7 + number % 2)

    events = read_all(Rows("a"), text_of(change=change))
    assert [round(frame.time * 50) for frame in frames_of(events)] == list(range(0, 20, 2))
    assert remarks_of(events) == ["a, row 3: another face; only face 7 counts (--face)"]
    asked = frames_of(read_all(Rows("a", face=8), text_of(change=change)))
    assert [round(frame.time * 50) for frame in asked] == list(range(1, 20, 2))


def test_turn_column() -> None:
    """A column turn says who speaks."""
    content = text_of().split(b"\n")
    content = [content[0] + b",turn", *(line + b",%d" % (number > 5) for number, line in enumerate(content[1:-1])), b""]
    frames = frames_of(read_all(Rows("a"), b"\n".join(content)))
    assert [frame.turn for frame in frames] == [0] * 6 + [1] * 14


def with_clock(clock: Callable[[int], str], frames: int = 20) -> bytes:
    """So many frames whose timestamps are these."""
    columns = header()
    table, _ = rows(columns, frames=frames)
    for number, row in enumerate(table):
        row[columns.index("timestamp")] = clock(number)
    return "\n".join(",".join(row) for row in [columns, *table]).encode() + b"\n"


@pytest.mark.parametrize("step", [1.0, 0.001])
def test_time_that_is_not_a_videos(step: float) -> None:
    """One frame a second, or milliseconds taken for seconds: the same words as offline."""
    content = with_clock(lambda number: f"{number * step:.3f}")
    with pytest.raises(InputError, match=rf"timestamps step by {step:g} s, which is {1 / step:g} frames per second"):
        read_all(Rows("a.csv"), content)
    assert len(frames_of(read_all(Rows("a.csv", fps=30.0), content))) == 20


def test_milliseconds_of_a_few_frames() -> None:
    """The rate that is named follows from all of them, not from one rounded step."""
    content = with_clock(lambda number: f"{number * 1000 / 30:.0f}")
    with pytest.raises(InputError, match=r"these are milliseconds: give (29\.9\d|30|30\.0\d), as `frame` suggests"):
        read_all(Rows("a.csv"), content)


def test_time_with_a_frame_rate() -> None:
    """It counts from the video's first frame, whoever is seen there, and whatever is cut off."""
    place = header().index("frame")

    def late(table: list[list[str]]) -> None:
        for number, row in enumerate(table):
            row[header().index("face_id")] = str(int(number >= 10))
            row[place] = str(int(row[place]) + 200)

    frames = frames_of(read_all(Rows("a", fps=50.0, face=1), text_of(change=late)))
    assert [frame.time for frame in frames] == [number / 50 for number in range(210, 220)]

    def from_zero(table: list[list[str]]) -> None:
        for row in table:
            row[place] = str(int(row[place]) - 1)

    frames = frames_of(read_all(Rows("a", fps=50.0), text_of(change=from_zero)))
    assert [frame.time for frame in frames] == [number / 50 for number in range(20)]


def test_a_frame_rate_that_the_clock_contradicts() -> None:
    """It is said, once; a session goes on."""
    columns = header()
    table, _ = rows(columns, frames=40)
    content = "\n".join(",".join(row) for row in [columns, *table]).encode() + b"\n"
    events = read_all(Rows("a", fps=25.0), content)
    assert len(frames_of(events)) == 40
    (remark,) = remarks_of(events)
    assert remark.startswith("a, row 32: the file's clock is regular, at 50 frames per second, and a frame rate of 25")
    assert remarks_of(read_all(Rows("a", fps=49.95), content)) == []
    with pytest.raises(InputError, match=r"a: a frame rate of nan lies outside 4\.\.250"):
        Rows("a", fps=float("nan"))


def test_a_clock_that_stands_still() -> None:
    """An image sequence has no clock: the remedy is the frame rate, and it works."""

    def change(table: list[list[str]]) -> None:
        for row in table:
            row[header().index("timestamp")] = "0.000"

    with pytest.raises(InputError, match=r"a, row 12, column timestamp: time stands still at 0 s; .*\(or --fps\)"):
        read_all(Rows("a"), text_of(change=change))
    assert len(frames_of(read_all(Rows("a", fps=25.0), text_of(change=change)))) == 20


@pytest.mark.parametrize("frames", [3, 20])
def test_nothing_is_predicted_at_a_clock_that_is_refused(frames: int) -> None:
    """Frames wait until their clock is known, or the file ends; however few they are."""
    reader, found = Rows("a.csv"), list[Event]()
    with pytest.raises(InputError, match="which is 1 frames per second"):
        found.extend(itertools.chain(reader.feed(with_clock(str, frames)), reader.finish()))
    assert found == []


def test_frames_that_are_too_few_at_any_rate() -> None:
    """Every thirtieth frame of a video is one a second, however it is counted."""

    def change(table: list[list[str]]) -> None:
        for number, row in enumerate(table):
            row[header().index("frame")] = str(number * 30 + 1)
            row[header().index("timestamp")] = str(number)

    for fps in (None, 30.0):
        with pytest.raises(InputError, match="only every 30th frame is there: run OpenFace on every frame"):
            read_all(Rows("a", fps=fps), text_of(change=change))


@pytest.mark.parametrize("cell", ["nan", "inf", "-inf", "1e400", "NaN", "1e303", "-1e12"])
@pytest.mark.parametrize("fps", [None, 50.0])
def test_times_that_are_none(cell: str, fps: float | None) -> None:
    """A row without a time is left out, and said; counted in frames, the same holds of the frame."""
    column = 0 if fps else 2

    def change(table: list[list[str]]) -> None:
        table[6][column] = cell

    events = read_all(Rows("a", fps=fps), text_of(change=change))
    assert len(frames_of(events)) == 19
    assert all(abs(frame.time) < 1 for frame in frames_of(events))
    name = "frame" if fps else "timestamp"
    assert remarks_of(events)[0].startswith(f"a, row 8: column {name}: ")


def test_clocks_that_differ_beyond_numbers() -> None:
    """Time stamps that do not count, because the frame rate is given, may be anything finite."""

    def change(table: list[list[str]]) -> None:
        for number, row in enumerate(table):
            row[2] = "-1.6e308" if number % 2 else "1.6e308"

    assert len(frames_of(read_all(Rows("a", fps=50.0), text_of(change=change)))) == 20


def test_a_stamp_beyond_all_clocks() -> None:
    """It is left out; if time counts in frames, it does not matter."""

    def change(table: list[list[str]]) -> None:
        table[6][header().index("timestamp")] = "1e303"

    events = read_all(Rows("a"), text_of(change=change))
    assert len(frames_of(events)) == 19
    assert remarks_of(events)[0].startswith("a, row 8: column timestamp: 1e+303 is no time in seconds; left out")
    assert len(frames_of(read_all(Rows("a", fps=50.0), text_of(change=change)))) == 20


@pytest.mark.parametrize(
    ("name", "cell", "fps", "said"),
    [
        ("frame", "1e308", 50.0, "column frame: 1e+308 is no number of a frame"),
        ("face_id", "1.4", None, "column face_id: 1.4 is no whole number"),
    ],
)
def test_numbers_that_count_nothing(name: str, cell: str, fps: float | None, said: str) -> None:
    """Time in frames leaps beyond all numbers, and no face can be chosen: such rows are left out."""

    def change(table: list[list[str]]) -> None:
        table[6][header().index(name)] = cell

    events = read_all(Rows("a", fps=fps), text_of(change=change))
    assert len(frames_of(events)) == 19
    assert remarks_of(events)[0].startswith(f"a, row 8: {said}; left out")


def noted(content: bytes, cell: bytes) -> bytes:
    """Add a column ``note`` with the same cell in all rows."""
    first, *rows = content.splitlines()
    return b"".join([first, b",note\n", *(row + b"," + cell + b"\n" for row in rows)])


SAVED: dict[str, Callable[[bytes], bytes]] = {
    "quotes": lambda content: b'"' + content.rstrip().replace(b",", b'","').replace(b"\n", b'"\n"') + b'"\n',
    "quotes, CR LF": lambda content: SAVED["quotes"](content).replace(b"\n", b"\r\n"),
    "UTF-16": lambda content: content.decode().encode("utf-16"),
    "CR": lambda content: content.replace(b"\n", b"\r"),
    "LF, CR LF and CR": lambda content: b"".join(
        line + end for line, end in zip(content.splitlines(), cycle([b"\n", b"\r\n", b"\r"]), strict=False)
    ),
    "quotes as in C": lambda content: noted(content, rb'"he said \"hi\" ok"'),
    "cells of two megabytes": lambda content: noted(content, b"x" * 2_000_000),
    "cells of fifty lines": lambda content: noted(content, b'"' + b"z\n" * 50 + b'"'),
    "rows of separators at the end": lambda content: content.rstrip() + b"\n,,,,\n,,,,\n",
    "gzip": gzip.compress,
    "gzip, and zeros behind": lambda content: gzip.compress(content) + b"\0" * 512,
    "line for a spreadsheet": lambda content: b"sep=,\r\n" + content,
    "tabs": lambda content: content.replace(b",", b"\t"),
    "blanks": lambda content: content.replace(b",", b" , "),
    "separator at the end": lambda content: content.replace(b"\n", b",\n"),
    "separator at the end of rows": lambda content: content.replace(b"\n", b",\n").replace(b",\n", b"\n", 1),
    "column that rows lack": lambda content: content.replace(b"\n", b",my_note\n", 1),
    "column of any content": lambda content: content.replace(b"\n", b',"a, b_1"\n'),
    "quotes of others": lambda content: noted(content, b'"a"b'),
    "CR below the header": lambda content: content.replace(b"\n", b"\r").replace(b"\r", b"\n", 1),
    "CR, then LF": lambda content: content.replace(b"\n", b"\r", 10),
    "separators behind all rows": lambda content: content.replace(b"\n", b",,\n").replace(b",,\n", b"\n", 1).rstrip(),
    **EMPTIED,
    "line ends in cells": lambda content: noted(content, b'"a\nb, ""c""\n"'),
    "line ends in cells, CR LF": lambda content: noted(content, b'"a\nb"\r'),
}


@pytest.mark.parametrize("case", SAVED)
@pytest.mark.parametrize("ended", [True, False])
def test_what_other_programs_saved(tmp_path: Path, case: str, ended: bool) -> None:
    """What is read as a whole is read in pieces."""
    content = text_of() if ended else text_of().rstrip()
    content = SAVED[case](content)
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    reader, step = Rows("a.csv"), 7 if len(content) < 1_000_000 else 70_001
    events = [event for place in range(0, len(content), step) for event in reader.feed(content[place : place + step])]
    events += reader.finish()
    assert remarks_of(events) == []
    same(frames_of(events), read_openface(path))


@pytest.mark.parametrize("length", [1, 5])
@pytest.mark.parametrize("ended", [True, False])
def test_a_quote_that_closes_rows_later(tmp_path: Path, length: int, ended: bool) -> None:
    """It takes no rows into its cell; the row is named, live and offline."""
    lines = noted(text_of(), b"").splitlines()
    first, last = (7, 7 + length) if ended else (len(lines) - 1 - length, len(lines) - 1)
    lines[first] += b'"looks away'
    lines[last] += b'again"'
    content = b"\n".join(lines) + b"\n" * ended
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=rf"row {first + 1}: a quote .* is not closed"):
        read_openface(path)
    reader = Rows("a.csv")
    events = [*reader.feed(content), *reader.finish()]
    assert len(frames_of(events)) == len(lines) - 2
    assert [re.findall(r"row \d+: a quote", remark) for remark in remarks_of(events)] == [[f"row {first + 1}: a quote"]]


@pytest.mark.parametrize(
    ("clothes", "row"),
    [
        (lambda content: content, 9),
        (lambda content: content.replace(b"\n", b"\r\r\n"), 17),
        (lambda content: content.replace(b"\n", b"\n\n"), 17),
        (lambda content: noted(content, b'"x\ny\n"'), 9 + 2 * 7),
        (lambda content: noted(content, b'"x\r\n\r\n"'), 9 + 2 * 7),
    ],
)
@pytest.mark.parametrize("step", [1, 7, 100_000])
def test_rows_are_counted_as_by_an_editor(
    tmp_path: Path, clothes: Callable[[bytes], bytes], row: int, step: int
) -> None:
    """Whole and in pieces, the same row is named, which is the first line of it."""

    def change(table: list[list[str]]) -> None:
        table[7][header().index("AU12_r")] = "7.5"

    content = clothes(text_of(change=change))
    reader = Rows("a")
    events = [event for place in range(0, len(content), step) for event in reader.feed(content[place : place + step])]
    assert remarks_of([*events, *reader.finish()])[0].startswith(f"a, row {row}: column AU12_r: 7.5 lies outside 0..5")
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=rf"a\.csv, row {row}, column AU12_r: 7\.5 lies outside"):
        read_openface(path)


@pytest.mark.parametrize(
    ("stamps", "frames", "fps", "said"),
    [
        ("{:.1f}", None, None, r"column timestamp: time stands still in \d of 10 steps; timestamps are rounded"),
        ("{:.0f}", None, None, r"time stands still at 0 s; timestamps are all the same, or rounded: give the video's"),
        ("1764000000{:03.0f}", None, None, r"these are milliseconds: give .* \(or --fps\)"),
        ("{:.3f}", "1", 50.0, "column frame: does not count the frames: 1, then 1; omit --fps"),
        ("{:.3f}", "-{}", 50.0, "column frame: does not count the frames: -1, then -2; omit --fps"),
    ],
)
def test_clocks_that_no_stream_can_be_counted_by(stamps: str, frames: str | None, fps: float | None, said: str) -> None:
    """They end it, with what a whole file would be told, before anything is predicted."""

    def change(table: list[list[str]]) -> None:
        for number, row in enumerate(table):
            time = 20 * number if "000" in stamps else number / 50
            row[header().index("timestamp")] = stamps.format(time)
            row[header().index("frame")] = (frames or "{}").format(number + 1)

    with pytest.raises(InputError, match=said):
        read_all(Rows("a", fps=fps), text_of(change=change))


@pytest.mark.parametrize("place", [3, 15, 17])
@pytest.mark.parametrize("ended", [True, False])
def test_a_quote_that_is_never_closed(place: int, ended: bool) -> None:
    """Its row is left out, and is named; those behind it count, though they might be part of its cell."""
    first, *rows = text_of().splitlines()
    noted = [row + (b',"x' if number == place else b",x") for number, row in enumerate(rows)]
    content = b"\n".join([first + b",note", *noted, b""])
    reader = Rows("a")
    found = [event for line in content.splitlines(keepends=True) for event in reader.feed(line)]
    if not ended:
        reader = Rows("a")
        found = list(reader.feed(content.rstrip()))
    found += reader.finish()
    assert len(frames_of(found)) == 19
    assert remarks_of(found)[0].startswith(f'a, row {place + 2}: a quote (") is not closed; left out')


@pytest.mark.parametrize(
    ("seconds", "frames", "said"), [(11, 0, "passes 11.22 s, for which `frame` counts 0.22"),
                                    (0, 150, "passes 0.22 s, for which `frame` counts 3.22")],
)  # fmt: skip
def test_a_clock_that_leaves_the_frame_rate_later(seconds: int, frames: int, said: str) -> None:
    """One remark, whichever of the two leaps; a clock that agrees to the end has none."""
    first, *rows = text_of().decode().splitlines()
    for leap in (0, 1):
        table = [first]
        for row in range(80):
            late = leap * (row > 40)
            _, face, _, *cells = rows[row % len(rows)].split(",")
            table.append(",".join([str(row + 1 + late * frames), face, f"{row * 0.02 + late * seconds:.3f}", *cells]))
        remarks = remarks_of(read_all(Rows("a", fps=50.0), "\n".join([*table, ""]).encode()))
        assert len(remarks) == leap
    assert remarks[0].startswith(f"a, row 43: the file's clock {said}")


@pytest.mark.parametrize(("unit", "later", "count"), [
    (1.0, lambda row: row * 0.02, 0), (1e3, lambda row: row * 20, 0), (1e3, lambda row: row * 20 + 11e3, 1),
    (1.0, lambda row: 0.8, 0), (1.0, lambda row: row * 0.02 - 5, 0), (1.0, lambda row: row * 0.0205, 0),
])  # fmt: skip
def test_clocks_that_go_on(unit: float, later: Callable[[int], float], count: int) -> None:
    """One in milliseconds is watched, too; one that stands still or was set back tells nothing."""
    first, *rows = text_of().decode().splitlines()
    table = [first]
    for row in range(120):
        _, face, _, *cells = rows[row % len(rows)].split(",")
        stamp = later(row) if row > 40 else row * 0.02 * unit
        table.append(",".join([str(row + 1), face, f"{stamp:.3f}", *cells]))
    remarks = remarks_of(read_all(Rows("a", fps=50.0), "\n".join([*table, ""]).encode()))
    assert len([each for each in remarks if "the file's clock" in each]) == count


def test_names_are_escaped() -> None:
    """A path cannot command the terminal, nor fill it."""
    (remark,) = remarks_of(read_all(Rows(f"\x1b]0;x\x07{'y' * 1000}"), text_of() + b"1,2\n"))
    assert remark.startswith(r"\x1b]0;x\x07yyy")
    assert len(remark) < 400


def test_without_a_header() -> None:
    """What ends before its first line does is no OpenFace file either."""
    reader = Rows("a.csv")
    assert list(reader.feed(b"garbage")) == []
    with pytest.raises(
        InputError, match=r"a\.csv, row 1: 'garbage' is no header; the first line must name the columns"
    ):
        list(reader.finish())


def test_another_file() -> None:
    """After `begin` a new header is expected, and frames are counted from its first."""
    reader = Rows("a", fps=25.0)
    first = frames_of(list(reader.feed(text_of()[:-30])))
    reader.begin()
    second = frames_of(list(reader.feed(text_of("1.0"))))
    assert [frame.time for frame in second] == [number / 25 for number in range(20)]
    assert [frame.time for frame in first] == [number / 25 for number in range(19)]


@pytest.mark.parametrize(
    ("content", "options", "what"),
    [
        (b"a;b\n", {}, "a.csv, row 1: fields are separated by ';'"),
        (b"sep=;\na;b\n", {}, "a.csv, row 2: fields are separated by ';'"),
        (b"Video analysis detailed log\n", {}, "a.csv, row 1: is the output of FaceReader, whose action units are"),
        (b"# by me\n", {}, "a.csv, row 1: is a comment ('# by me'), not the header"),
        (text_of().decode().encode("utf-16-le"), {}, "a.csv: is UTF-16 (without a byte order mark) text"),
        (text_of().replace(b"\n1,", b"\n1,1,"), {}, "a.csv, row 2: begins with a row number ('1') that has no name"),
        (b"PAR1\n", {}, "a.csv: is Parquet, not a table as text"),
        (b"a,b\n", {}, "has no AU intensity columns"),
        (text_of("0.2"), {"face": 1}, "a.csv: has no face_id, but a face is asked for; omit --face"),
        (text_of().replace(b"frame", b"number", 1), {"fps": 30.0}, "a.csv: has no column frame"),
    ],
)
def test_headers_that_cannot_be_used(content: bytes, options: dict[str, float], what: str) -> None:
    """A header at fault is an error, in the same words as offline."""
    face = options.get("face")
    reader = Rows("a.csv", fps=options.get("fps"), face=int(face) if face is not None else None)
    with pytest.raises(InputError) as caught:
        list(reader.feed(content))
    assert what in str(caught.value)


@pytest.mark.parametrize("fps", [12.0, 14.0, 24.0])
def test_a_rounded_clock_is_refused_as_in_a_file(fps: float) -> None:
    """Frames that share a time would be left out, and predictions be others than those for the file."""

    def change(table: list[list[str]]) -> None:
        for number, row in enumerate(table):
            row[header().index("timestamp")] = f"{number / fps:.1f}"

    with pytest.raises(InputError, match=r"row 12, .* timestamps are rounded or repeated: give the video's frame rate"):
        read_all(Rows("a"), text_of(change=change))
    frames = frames_of(read_all(Rows("a", fps=fps), text_of(change=change)))
    np.testing.assert_allclose([frame.time for frame in frames], np.arange(len(frames)) / fps)


@pytest.mark.parametrize(
    ("fps", "digits", "said"),
    [
        (10.5, 1, ["a, row 55: timestamps are rounded, so that frames share 5 s: give the video's frame rate"]),
        (10, 3, []),
        (50, 3, []),
        (50, 2, []),
        (30, 3, []),
    ],
)
def test_a_rounded_clock_that_shows_late(fps: float, digits: int, said: list[str]) -> None:
    """It cannot stop a stream any more, and is said once; a camera's clock that stands still for a frame is no such."""

    def change(table: list[list[str]]) -> None:
        for number, row in enumerate(table):
            stamp = (number - (number == 20)) / fps
            row[header().index("timestamp")] = f"{number / fps if fps == 10.5 else stamp:.{digits}f}"

    remarks = remarks_of(read_all(Rows("a"), text_of(change=change, frames=120)))
    assert [remark.split(" in the column")[0] for remark in remarks] == said


def test_a_stream_in_reverse() -> None:
    """All of its frames would be left out."""

    def change(table: list[list[str]]) -> None:
        table.reverse()

    with pytest.raises(InputError, match=r"row 12, .*: time goes backwards, from .*; sort the rows by time"):
        read_all(Rows("a"), text_of(change=change))


@pytest.mark.parametrize(("fps", "phase"), [(25, 19), (30, 29), (5, 4)])
def test_whole_seconds_at_the_right_rate(fps: float, phase: int) -> None:
    """Wherever in a second the recording begins, nothing is said of a drift."""

    def change(table: list[list[str]]) -> None:
        for number, row in enumerate(table):
            row[header().index("timestamp")] = f"{int((number + phase) / fps)}"

    assert remarks_of(read_all(Rows("a", fps=fps), text_of(change=change, frames=200))) == []


@pytest.mark.parametrize(("fps", "count"), [(30, 0), (25, 1)])
@pytest.mark.parametrize("clock", ["pairs", "jitter"])
def test_an_uneven_clock_is_looked_at_later(clock: str, fps: float, count: int) -> None:
    """Thirty frames do not tell its rate; some hundred do."""
    times = np.repeat(np.arange(225) / 15, 2) if clock == "pairs" else np.arange(450) / 30
    times += np.random.default_rng(2).normal(scale=0.04, size=450) if clock == "jitter" else 0

    def change(table: list[list[str]]) -> None:
        for number, row in enumerate(table):
            row[header().index("timestamp")] = f"{times[number]:.3f}"

    remarks = remarks_of(read_all(Rows("a", fps=fps), text_of(change=change, frames=450)))
    assert len(remarks) == count
    assert all("row 402" in remark and "25" in remark for remark in remarks)
