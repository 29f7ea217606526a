"""Reading OpenFace files: every version, and every way a file can be wrong."""

import csv
import gzip
import math
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from onefilter.corpus.formats.openface import COLUMNS, read_openface
from onefilter.errors import InputError
from onefilter.names import AUS
from tests.examples.openface import EMPTIED, Write, header, rows

Change = Callable[[list[str], list[list[str]]], None]


@pytest.mark.parametrize(("version", "width"), [("2.2", 40), ("1.0", 40), ("full", 714), ("0.2", 431)])
@pytest.mark.parametrize("separator", [",", ", ", ",  "])
def test_reads_every_version(write_openface: Write, version: str, width: int, separator: str) -> None:
    """All layouts give the same 20 columns with the values that were written."""
    assert len(header(version)) == width
    table = read_openface(write_openface(version=version, separator=separator))
    _, intensities = rows(header(version))
    assert tuple(table.columns) == COLUMNS
    np.testing.assert_array_equal(table.select(AUS).to_numpy(), intensities)
    np.testing.assert_array_equal(table["timestamp"].to_numpy(), np.round(np.arange(100) / 50, 3))
    assert set(table["confidence"]) == {0.98}


def test_a_column_like_p_rx_is_no_intensity(write_openface: Write) -> None:
    """`_r` alone would also match the shape parameter p_rx."""
    assert "p_rx" in header("full")
    assert read_openface(write_openface(version="full")).width == 20


def test_reads_crlf_bom_and_blank_lines_at_the_end(write_openface: Write) -> None:
    """What editors do to a file is no mistake."""
    plain = read_openface(write_openface())
    path = write_openface(newline="\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes() + b"\r\n\n")
    assert read_openface(path).equals(plain)


def test_reads_a_file_whose_last_line_has_no_newline(write_openface: Write) -> None:
    """All fields are there, so all is well."""
    path = write_openface()
    plain = read_openface(path)
    path.write_bytes(path.read_bytes().rstrip())
    assert read_openface(path).equals(plain)


def quote_header(content: bytes) -> bytes:
    """Put quotes around the names of columns, as R does."""
    head, _, rest = content.partition(b"\n")
    return b",".join(b'"' + name + b'"' for name in head.split(b",")) + b"\n" + rest


def quote_everything(content: bytes) -> bytes:
    """Put quotes around all fields."""
    return b"".join(quote_header(line + b"\n") for line in content.splitlines())


def add_column(content: bytes, name: str, *cells: str) -> bytes:
    """Add a column whose first rows hold something."""
    head, *lines = content.decode().splitlines()
    filled = [*cells, *[""] * (len(lines) - len(cells))]
    table = [f"{head},{name}", *(f"{line},{cell}" for line, cell in zip(lines, filled, strict=True))]
    return ("\n".join(table) + "\n").encode()


SAVED: dict[str, Callable[[bytes], bytes]] = {
    "quoted header": quote_header,
    "all quoted": quote_everything,
    "UTF-16": lambda content: content.decode().encode("utf-16"),
    "UTF-16, other order": lambda content: b"\xfe\xff" + content.decode().encode("utf-16-be"),
    "CR": lambda content: content.replace(b"\n", b"\r"),
    "blanks on both sides": lambda content: content.replace(b",", b" , "),
    "sparse last column": lambda content: add_column(content, "event", "start"),
    "quoted separator": lambda content: add_column(content, "note", '"one, two"', '"a ""b"""'),
    "line ends in cells": lambda content: add_column(content, "note", '"one\ntwo"', '"a\r\n""b"", c"', '"\n"'),
    "rows of separators at the end": lambda content: content.rstrip() + b"\r\n,,,,\r\n;;\r\n,\r\n",
    "rows of separators at the end, none with LF": lambda content: content.rstrip() + b"\n,,,,\n,,",
    "a cell of fifty lines": lambda content: add_column(content, "note", '"' + "z\n" * 50 + '"'),
    "another encoding beside": lambda content: add_column(content, "M?ller", "?").replace(b"?", b"\xfc"),
    "gzip": gzip.compress,
    "tabs": lambda content: content.replace(b",", b"\t"),
    "separator at the end": lambda content: content.replace(b"\n", b",\n"),
    "separator at the end of rows": lambda content: content.replace(b"\n", b",\n").replace(b",\n", b"\n", 1),
    "separator at the end of the header": lambda content: content.replace(b"\n", b",\n", 1),
    "column that rows lack": lambda content: content.replace(b"\n", b",note\n", 1),
    "row numbers, as pandas": lambda content: b"".join(
        b"%s,%s" % (str(row or "").encode(), line) for row, line in enumerate(content.splitlines(keepends=True))
    ),
    "line for a spreadsheet": lambda content: b"sep=,\n" + content,
    "line for a spreadsheet, quoted": lambda content: b'\xef\xbb\xbf"sep=\t"\r\n' + content.replace(b",", b"\t"),
    "line for a spreadsheet, CR": lambda content: (b"sep=,\n" + content).replace(b"\n", b"\r"),
    "quotes of others": lambda content: add_column(content, "note", '"a"b', '"say \\"hi\\""', '"x\ny"'),
    "CR below the header": lambda content: content.replace(b"\n", b"\r").replace(b"\r", b"\n", 1),
    "CR LF, then CR": lambda content: content.replace(b"\n", b"\r").replace(b"\r", b"\r\n", 1),
    "CR, then LF": lambda content: content.replace(b"\n", b"\r", 50),
    **EMPTIED,
    "unwanted column twice": lambda content: add_column(add_column(content, "note", "x"), "note", "y"),
}


@pytest.mark.parametrize("case", SAVED)
def test_reads_what_other_programs_saved(write_openface: Write, case: str) -> None:
    """What is unambiguous is read, to the last bit: only the wanted columns decide."""
    path = write_openface()
    plain = read_openface(path)
    path.write_bytes(SAVED[case](path.read_bytes()))
    assert read_openface(path).equals(plain)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda text: text.replace(b"0.98", b"0.\x008", 1), r"row 2: holds NUL bytes"),
        (lambda text: text.decode().encode("utf-16-le"), r"is UTF-16 .without a byte order mark. text"),
        (lambda text: text.replace(b"AU01_c", b"AU01_r"), r"row 1: has the column AU01_r twice; remove or rename one"),
        (lambda text: text.replace(b"AU01_c", b"timestamp"), r"row 1: has the column timestamp twice"),
        (
            lambda text: text.replace(b"0.98", b"0.9\xb2", 1),
            "row 2, column confidence: '0.9\ufffd' is not a finite number",
        ),
        (
            lambda text: quote_header(text).replace(b"\n1,", b'\n"1",1,').replace(b"\n2,", b'\n"2",2,'),
            r"row 2: begins with a row number \('1'\) that has no name in the header, .*row.names = FALSE",
        ),
        (lambda text: b"sep=;\n" + text.replace(b",", b";"), r"row 2: fields are separated by ';'; OpenFace separates"),
        (lambda text: b"sep=,\n" + text.replace(b"0.98", b"x", 1), r"row 3, column confidence: 'x' is not a finite"),
        (lambda text: b"sep=,\n", r"row 2: '' is no header; the first line must name the columns"),
        (lambda text: b"Person 3\n\n" + text, r"row 1: 'Person 3' is not the header, which is in row 3; delete"),
        (lambda text: text.replace(b"AU01_c,", b"AU01_c,\r"), r"row 1: mixes line ends \(CR and LF\); save it"),
        (lambda text: text.replace(b"0.98", b'"', 1), r'row 2: a quote \("\) is not closed|row 2: something follows'),
        (lambda text: text + text, r"row 102, column frame: is the header once more; files were joined: give one"),
        (lambda text: text.replace(b",", b"|"), r"row 1: fields are separated by '\|'"),
        (lambda text: quote_header(text).replace(b",", b" "), r"row 1: fields are separated by ' '"),
        (
            lambda text: text.upper(),
            r"row 1: 'AU01_R' is OpenFace's AU01_r in other letters; give the columns the names",
        ),
        (lambda text: text.lower(), r"row 1: 'au01_r' is OpenFace's AU01_r in other letters"),
        (lambda text: text.replace(b"AU", b"X.AU"), r"row 1: 'X\.AU01_r' is OpenFace's AU01_r in other letters"),
        (
            lambda text: text.partition(b"\n")[2],
            "row 1: holds values where the names of the columns should be; write Op",
        ),
        (lambda text: b"PK\x03\x04" + text, "is a zip archive, not a table as text; unpack it"),
        (lambda text: b"PAR1" + text, "is Parquet, not a table as text"),
        (lambda text: add_column(text, "note", '"open'), r'row 2: a quote \("\) is not closed'),
        (lambda text: b'"' + text, r'row 1: something follows a closed quote|row 1: a quote \("\) is not closed'),
        (lambda text: text.replace(b"0.040,", b"1e999,"), r"row 4, column timestamp: '1e999' is not a finite number"),
        (lambda text: text.replace(b"0.040,", b"\x1b[2J,"), r"row 4, column timestamp: '\\x1b\[2J' is not a finite"),
    ],
)
def test_refuses_what_is_ambiguous(write_openface: Write, change: Callable[[bytes], bytes], expected: str) -> None:
    """One line: the place, the value, what to do."""
    path = write_openface()
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(InputError, match=expected):
        read_openface(path)


def test_long_cells_are_cut(write_openface: Write) -> None:
    """A message never holds a cell of 100 KB."""
    for cell in ("x" * 100_000, "9" * 100_000, f"-{'1' * 300}"):
        path = write_openface(frames=5)
        path.write_bytes(path.read_bytes().replace(b"0.98", cell.encode(), 1))
        with pytest.raises(InputError, match="row 2, column confidence") as caught:
            read_openface(path)
        assert len(str(caught.value)) < 400


def test_frame_rate_replaces_timestamps_that_are_no_seconds(write_openface: Write) -> None:
    """With `fps`, time counts frames, gaps included."""

    def change(columns: list[str], table: list[list[str]]) -> None:
        del table[10:20]
        for row in table:
            row[2] = f"{float(row[2]) * 0.05:.4f}"

    path = write_openface(change)
    with pytest.raises(InputError, match="1000 frames per second"):
        read_openface(path)
    time = read_openface(path, fps=25)["timestamp"].to_numpy()
    np.testing.assert_allclose(time[:11], [*np.arange(10) / 25, 20 / 25], atol=1e-12)


def number_frames(first: int, *, stride: int = 1, clock: Callable[[int], str] | None = None) -> Change:
    """Number frames anew, and perhaps write other timestamps."""

    def change(columns: list[str], table: list[list[str]]) -> None:
        for number, row in enumerate(table):
            row[columns.index("frame")] = str(first + number * stride)
            if clock is not None:
                row[columns.index("timestamp")] = clock(number)

    return change


@pytest.mark.parametrize(("first", "begins"), [(1, 0.0), (0, 0.0), (26, 0.5), (51, 1.0)])
def test_time_counts_from_the_videos_first_frame(write_openface: Write, first: int, begins: float) -> None:
    """Also if rows are cut off; files may count from 0."""
    time = read_openface(write_openface(number_frames(first)), fps=50)["timestamp"].to_numpy()
    np.testing.assert_allclose(time, begins + np.arange(100) / 50, atol=1e-12)


def renumbered(gone: Callable[[int], bool], *, unit: float = 1.0, frames: int = 900) -> tuple[Change, int]:
    """Take rows out and number the others anew; the clock goes on."""
    kept = [number for number in range(frames) if not gone(number)]

    def change(columns: list[str], table: list[list[str]]) -> None:
        for row, number in zip(table, kept, strict=True):
            row[columns.index("timestamp")] = f"{int(unit * number * 1000 / 30) / 1000:.3f}"

    return change, len(kept)


def test_clocks_that_come_apart_from_the_numbers_of_frames(
    write_openface: Write, caplog: pytest.LogCaptureFixture
) -> None:
    """A regular clock is refused, in milliseconds, too; an uneven one is said; one that stands still tells nothing."""
    change, count = renumbered(lambda number: 300 <= number < 420, unit=1000.0)
    with pytest.raises(InputError, match=r"clock is regular and passes 29\.97 s, for which `frame` counts 25\.97 s"):
        read_openface(write_openface(change, frames=count), fps=30)
    gone = np.random.default_rng(1).random(900) < 0.3
    change, count = renumbered(lambda number: bool(0 < number < 899 and gone[number]))
    read_openface(write_openface(change, frames=count), fps=30)
    assert "clock passes 29.97 s, for which `frame` counts 20.8 s: rows were taken out, or 30 is not" in caplog.text
    caplog.clear()
    frozen = number_frames(1, clock=lambda number: f"{min(number, 200) / 30:.3f}")
    read_openface(write_openface(frozen, frames=900), fps=30)
    assert caplog.text == ""


def enter_late(columns: list[str], table: list[list[str]]) -> None:
    """Let another person come in after 60 frames (1.2 s)."""
    table[60:] = [line for row in table[60:] for line in (row, [row[0], "1", *row[2:]])]


def test_a_face_that_comes_in_late(write_openface: Write) -> None:
    """It is where it is, with and without a frame rate; what the message advises works."""
    path = write_openface(enter_late)
    plain = read_openface(path, face=0)
    np.testing.assert_allclose(read_openface(path, face=0, fps=50)["timestamp"], plain["timestamp"], atol=1e-12)
    expected = (
        r"row 63, column {}: time begins at 1\.2 s \(face 1 comes in there\); cut the video .*subtract {} from all {}s"
    )
    with pytest.raises(InputError, match=expected.format("timestamp", r"1\.2", "timestamp")):
        read_openface(path, face=1)
    with pytest.raises(InputError, match=expected.format("frame", "60", "frame")):
        read_openface(path, face=1, fps=50)

    def subtract(columns: list[str], table: list[list[str]]) -> None:
        enter_late(columns, table)
        for row in table:
            row[0], row[2] = str(int(row[0]) - 60), f"{float(row[2]) - 1.2:.3f}"

    path = write_openface(subtract)
    for fps in (None, 50):
        time = read_openface(path, face=1, fps=fps)["timestamp"].to_numpy()
        np.testing.assert_allclose(time, np.arange(40) / 50, atol=1e-12)


@pytest.mark.parametrize("fps", [25.0, 49.0, 51.0])
def test_a_frame_rate_that_the_clock_contradicts(write_openface: Write, fps: float) -> None:
    """It would stretch the recording without a word."""
    path = write_openface()
    with pytest.raises(InputError, match=rf"clock is regular, at 50 frames per second, and a frame rate of {fps:g}"):
        read_openface(path, fps=fps)
    assert read_openface(path, fps=49.95).height == 100


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (5, "if these are milliseconds, give 200, .*; if it is a picture every 5 s, run OpenFace on every frame"),
        (10, "if these are milliseconds, give 100, .*; if it is a picture every 10 s, run OpenFace on every frame"),
        (40, "; these are milliseconds: give 25, as `frame` suggests"),
    ],
)
def test_pictures_every_some_seconds_or_milliseconds(write_openface: Write, step: int, expected: str) -> None:
    """A video of 100 frames per second is rarer than a picture every ten seconds; both are named."""
    path = write_openface(number_frames(1, clock=lambda number: str(number * step)))
    with pytest.raises(InputError, match=expected):
        read_openface(path)


@pytest.mark.parametrize(("unit", "name"), [(1e3, "milliseconds"), (1e6, "microseconds")])
def test_a_frame_rate_that_a_clock_in_other_units_contradicts(write_openface: Write, unit: float, name: str) -> None:
    """What it would make of seconds is not the question."""
    path = write_openface(number_frames(1, clock=lambda number: f"{number * unit / 50:.0f}"))
    with pytest.raises(
        InputError, match=rf"if it is in {name}, at 50 frames per second, .* of 25 contradicts it; give 50"
    ):
        read_openface(path, fps=25)
    assert read_openface(path, fps=50)["timestamp"][-1] == 99 / 50


def test_a_frame_rate_for_a_picture_every_five_seconds(write_openface: Write, caplog: pytest.LogCaptureFixture) -> None:
    """Or for milliseconds of a fast camera: the first is said, the second is meant."""
    path = write_openface(number_frames(1, clock=lambda number: str(number * 5)))
    assert read_openface(path, fps=200)["timestamp"][-1] == 99 / 200
    assert caplog.messages == []
    assert read_openface(path, fps=30)["timestamp"][-1] == 99 / 30
    assert "the clock goes on evenly at 0.2 frames per second, so 495 s become 3.3 s at 30" in caplog.text


@pytest.mark.parametrize("kept", [lambda number: not 100 <= number < 220, lambda number: number % 25 > 8])
def test_rows_that_were_taken_out_and_frames_numbered_anew(write_openface: Write, kept: Callable[[int], bool]) -> None:
    """Counted in frames, all that follows would be too early; the clock is right."""

    def change(_: list[str], table: list[list[str]]) -> None:
        table[:] = [row for number, row in enumerate(table) if kept(number)]
        for number, row in enumerate(table, start=1):
            row[0] = str(number)

    path = write_openface(change, frames=400)
    last = read_openface(path)["timestamp"][-1]
    assert last == 399 / 50
    with pytest.raises(
        InputError, match=r"clock .* passes 7\.\d+ s, for which `frame` counts \d\.\d+ s: rows .*; give no"
    ):
        read_openface(path, fps=50)


def test_a_frame_rate_for_an_uneven_clock(write_openface: Write) -> None:
    """A camera's clock jitters: its rate is known all the same. One that leaps says nothing."""
    jitter = np.random.default_rng(1).uniform(-0.005, 0.005, 100)
    path = write_openface(number_frames(1, clock=lambda number: f"{0.02 + number / 50 + jitter[number]:.3f}"))
    with pytest.raises(InputError, match="a frame rate of 60 contradicts it"):
        read_openface(path, fps=60)
    path = write_openface(number_frames(1, clock=lambda number: f"{(number // 7) * 0.4 + number * 0.001:.3f}"))
    assert read_openface(path, fps=60)["timestamp"][-1] == 99 / 60


def test_six_digits_in_a_long_recording(write_openface: Write) -> None:
    """From 10,000 s on, stamps repeat; the clock is known all the same."""

    def change(columns: list[str], table: list[list[str]]) -> None:
        for number, row in enumerate(table):
            row[0], row[2] = str(number + 1), f"{9990 + number / 30:.6g}"

    path = write_openface(change, frames=900)
    with pytest.raises(InputError, match=r"row 303, column timestamp: time stands still: 10000 after .*give 30,"):
        read_openface(path)
    with pytest.raises(InputError, match=r"clock is regular, at 30 frames per second, and a frame rate of 25"):
        read_openface(path, fps=25)
    assert read_openface(path, fps=30).height == 900


CLOCKS: dict[str, tuple[Change, str, float]] = {
    "all 0": (number_frames(1, clock=lambda _: "0.000"), r"row 3.*time stands still: 0 after 0; .*the video's", 25),
    "six digits": (
        number_frames(1, clock=lambda number: f"{number / 30 + 0.001:.1f}"),
        r"row 3, column timestamp: time stands still: 0 after 0; timestamps are rounded or repeated: give 30, as",
        30,
    ),
    "milliseconds": (
        number_frames(1, clock=lambda number: f"{number * 40}"),
        r"step by 40 s.*these are milliseconds: give 25, as `frame` suggests, in the column `fps`.*\(or --fps\)",
        25,
    ),
    "microseconds": (
        number_frames(1, clock=lambda number: f"{number * 40000}"),
        "these are microseconds: give 25,",
        25,
    ),
    "one per second": (number_frames(1, clock=str), r"step by 1 s, .*; if the video was sampled, run .*--fps\)", 25),
    "two per second": (number_frames(1, clock=lambda number: f"{number / 2}"), "step by 0.5 s, which is 2 frames", 25),
    "a camera that is slow": (
        number_frames(1, clock=lambda number: f"{1.411 + number / 28:.3f}"),
        r"row 2, column timestamp: time begins at 1\.411 s; .*subtract 1\.411 from all timestamps, or give 28, as",
        28,
    ),
    "the time of day": (
        number_frames(1, clock=lambda number: f"{1.7e9 + number / 28:.3f}"),
        r"row 2, column timestamp: time begins at 1\.7e\+09 s; .*or give 28, as `frame` suggests",
        28,
    ),
    "set back": (
        number_frames(1, clock=lambda number: f"{number / 25 - 2 * (number > 60):.3f}"),
        r"row 63, column timestamp: time goes back: 0\.44 after 2\.4; the clock was set back: give 25, as",
        25,
    ),
    "one leap": (
        number_frames(1, clock=lambda number: "1e303" if number == 50 else f"{number / 25:.3f}"),
        r"row 52, column timestamp: time leaps to 1e\+303, and back to 2\.04; delete the row, or give 25, as",
        25,
    ),
}


@pytest.mark.parametrize("case", CLOCKS)
def test_clocks_that_need_a_frame_rate(write_openface: Write, case: str) -> None:
    """The remedy is named, with the value that ``frame`` suggests, and it works."""
    change, expected, fps = CLOCKS[case]
    path = write_openface(change)
    with pytest.raises(InputError, match=expected):
        read_openface(path)
    np.testing.assert_allclose(read_openface(path, fps=fps)["timestamp"], np.arange(100) / fps, atol=1e-12)


def test_no_circular_advice(write_openface: Write) -> None:
    """Whoever sampled a video is not told to give a frame rate that is then refused."""
    with pytest.raises(InputError, match=r"a frame rate of 1 lies outside 4\.\.250; run OpenFace on every frame"):
        read_openface(write_openface(number_frames(1, clock=str)), fps=1)
    path = write_openface(number_frames(1, stride=30, clock=str))
    for fps in (None, 30):
        with pytest.raises(InputError, match="only every 30th frame is there: run OpenFace on every frame") as caught:
            read_openface(path, fps=fps)
        assert "--fps" not in str(caught.value)


def test_one_of_several_faces(write_openface: Write) -> None:
    """`face` picks one face; without it several are refused."""

    def change(columns: list[str], table: list[list[str]]) -> None:
        others = [[*row] for row in table]
        for row in others:
            row[1], row[3] = "1", "0.50"
        table[:] = [row for pair in zip(table, others, strict=True) for row in pair]

    path = write_openface(change)
    with pytest.raises(InputError, match=r"row 3, column face_id: shows 2 faces \(face_id 0, 1\)"):
        read_openface(path)
    assert set(read_openface(path, face=1)["confidence"]) == {0.5}
    assert set(read_openface(path, face=0)["confidence"]) == {0.98}
    with pytest.raises(InputError, match="has no face 2, only 0, 1"):
        read_openface(path, face=2)


def test_rows_are_the_files_even_if_a_face_is_picked(write_openface: Write) -> None:
    """Time that stands still for one of two faces is named by the row of the file."""

    def change(columns: list[str], table: list[list[str]]) -> None:
        others = [[row[0], "1", *row[2:]] for row in table]
        others[20][2] = others[19][2]
        table[:] = [row for pair in zip(table, others, strict=True) for row in pair]

    with pytest.raises(InputError, match=r"row 43, column timestamp: time stands still"):
        read_openface(write_openface(change), face=1)


def test_rows_are_the_editors_where_cells_hold_line_ends(write_openface: Write) -> None:
    """Also where all cells can be read, and only the clock is wrong."""
    path = write_openface(cell(22, "timestamp", "0.380"))
    with pytest.raises(InputError, match=r"row 22, column timestamp: time stands still"):
        read_openface(path)
    path.write_bytes(add_column(path.read_bytes(), "note", '"one\ntwo"', '"three\nfour"'))
    with pytest.raises(InputError, match=r"row 24, column timestamp: time stands still"):
        read_openface(path)


def cell(row: int, column: str, value: str) -> Change:
    """Change one cell; rows as an editor counts them."""

    def change(columns: list[str], table: list[list[str]]) -> None:
        table[row - 2][columns.index(column)] = value

    return change


def drop_columns(*names: str) -> Change:
    """Leave columns out."""

    def change(columns: list[str], table: list[list[str]]) -> None:
        for name in names:
            index = columns.index(name)
            del columns[index]
            for row in table:
                del row[index]

    return change


def replace_header(*names: str) -> Change:
    """Put other columns in front of one row of zeros."""

    def change(columns: list[str], table: list[list[str]]) -> None:
        columns[:] = names
        table[:] = [["0"] * len(names)]

    return change


def remove_row(columns: list[str], table: list[list[str]]) -> None:
    """Leave nothing but the header."""
    table.clear()


def shorten_row(columns: list[str], table: list[list[str]]) -> None:
    """Take two fields off a row in the middle."""
    del table[40][-2:]


def cut_last_row(columns: list[str], table: list[list[str]]) -> None:
    """Cut the last row in the middle of a field."""
    del table[-1][12:]
    table[-1][-1] = "0."


def lengthen_row(columns: list[str], table: list[list[str]]) -> None:
    """Add a field to a row."""
    table[7].append("0")


def decimal_commas(columns: list[str], table: list[list[str]]) -> None:
    """Write numbers as a German spreadsheet does, separated by commas all the same."""
    for row in table:
        row[:] = [field.replace(".", ",") for field in row]


def start_late(columns: list[str], table: list[list[str]]) -> None:
    """Begin two seconds late."""
    for row in table:
        row[2] = f"{float(row[2]) + 2:.3f}"


def start_early(columns: list[str], table: list[list[str]]) -> None:
    """Begin half a second before the clock does."""
    for row in table:
        row[2] = f"{float(row[2]) - 0.5:.3f}"


def jump(columns: list[str], table: list[list[str]]) -> None:
    """Leave eleven seconds out."""
    for row in table[60:]:
        row[2] = f"{float(row[2]) + 11:.3f}"


BAD: dict[str, tuple[Change, str]] = {
    "header only": (remove_row, r"holds a header and no frames"),
    "missing AU": (drop_columns("AU06_r", "AU12_r"), r"row 1: lacks the columns AU06_r, AU12_r"),
    "missing time": (drop_columns("timestamp"), r"row 1: lacks the column timestamp"),
    "no AUs": (drop_columns(*(f"{unit}_r" for unit in AUS)), r"row 1: has no AU intensity columns"),
    "OpenFace 3": (
        replace_header("frame", "timestamp", "confidence", "gaze_yaw", "emotion", "AU1", "AU2", "AU4"),
        r"row 1: is the output of OpenFace 3",
    ),
    "iMotions": (
        replace_header("Timestamp", "AU1", "AU2", "AU4", "AU18", "AU43"),
        r"row 1: is the output of iMotions, whose action units are not OpenFace 2's; run OpenFace 2",
    ),
    "py-feat": (
        replace_header("FaceRectX", "FaceScore", "AU01", "AU02", "AU11", "AU43", "anger", "happiness", "frame"),
        r"row 1: is the output of py-feat",
    ),
    "LibreFace": (
        replace_header("frame_idx", "frame_time_in_ms", "au_1", "au_1_intensity", "gaze_yaw"),
        r"row 1: is the output of LibreFace",
    ),
    "pyfaceau": (
        replace_header("frame", "timestamp", "success", *(f"{unit}_r" for unit in AUS)),
        r"row 1: lacks the column confidence, as the output of pyfaceau does; run OpenFace 2",
    ),
    "FaceReader": (
        replace_header("Video Time\tNeutral\tHappy\tAction Unit 01 - Inner Brow Raiser"),
        r"row 1: is the output of FaceReader, whose action units are not OpenFace 2's; run OpenFace 2",
    ),
    "FaceReader, as it comes": (replace_header("Video analysis detailed log"), "row 1: is the output of FaceReader"),
    "AFFDEX": (
        replace_header("time stamp", "face id", "anger", "joy", "inner brow raise", "brow furrow", "lip press"),
        r"row 1: is the output of AFFDEX \(Affectiva\)",
    ),
    "AFFDEX, its SDK": (replace_header("TimeStamp", "innerBrowRaise", "browFurrow"), r"is the output of AFFDEX"),
    "FACET": (replace_header("FrameNo", "Joy Evidence", "AU1 Evidence"), r"row 1: is the output of FACET"),
    "MediaPipe": (replace_header("frame", "_neutral", "browDownLeft", "browDownRight"), r"is the output of MediaPipe"),
    "ARKit": (replace_header("Timecode", "BlendShapeCount", "EyeBlinkLeft", "BrowDownLeft"), r"MediaPipe or ARKit"),
    "iMotions, sensors": (replace_header("Row", "Timestamp", "EventSource", "GSR"), r"is the output of iMotions"),
    "another tool": (replace_header("time", "AU01", "AU02"), r"row 1: is the output of another tool, whose action"),
    "FaceLandmarkImg": (
        replace_header("face", "confidence", *(f"{unit}_r" for unit in AUS)),
        r"row 1: is the output of FaceLandmarkImg",
    ),
    "time back": (cell(52, "timestamp", "0.100"), r"row 52, column timestamp: time goes back: 0\.1 after 0\.98"),
    "time still": (cell(52, "timestamp", "0.980"), r"row 52, column timestamp: time stands still: 0\.98 after 0\.98"),
    "late": (start_late, r"row 2, column timestamp: time begins at 2 s; cut"),
    "early": (
        start_early,
        r"row 2, column timestamp: time begins at -0\.5 s; .*: add 0\.5 to all timestamps, or give 50",
    ),
    "gap": (jump, r"row 62, column timestamp: no frame for 11\.02 s: 12\.2 after 1\.18; cut"),
    "nan": (cell(3, "AU12_r", "nan"), r"row 3, column AU12_r: 'nan' is not a finite number; OpenFace failed here"),
    "inf": (cell(101, "confidence", "inf"), r"row 101, column confidence: 'inf' is not a finite number"),
    "windows nan": (
        cell(9, "AU01_r", "-nan(ind)"),
        r"row 9, .*: '-nan\(ind\)' is not a finite number; OpenFace failed",
    ),
    "older windows": (cell(9, "AU01_r", "1.#QNAN"), r"row 9, .*: '1\.#QNAN' is not a finite number; OpenFace failed"),
    "text": (cell(9, "AU01_r", "high"), r"'high' is not a finite number; OpenFace writes no such thing: a spreadsheet"),
    "a unit": (cell(9, "timestamp", "0.140s"), r"'0\.140s' is not a finite number; OpenFace writes no such thing"),
    "a moment": (cell(9, "timestamp", "2024-01-01T00:00:00.140"), "OpenFace writes no such thing: a spreadsheet or a"),
    "empty cell": (cell(9, "AU01_r", ""), r"row 9, column AU01_r: is empty"),
    "empty last cell": (cell(9, "AU45_c", ""), r"row 9, column AU45_c: is empty"),
    "date": (cell(9, "AU01_r", "1. May"), r"row 9, column AU01_r: '1\. May' is .*; a number became a date; a spread"),
    "date, English": (cell(9, "AU01_r", "1-May"), "a number became a date"),
    "date, month first": (cell(9, "AU01_r", "Mar 80"), "a number became a date"),
    "truth": (cell(9, "success", "True"), r"column success: 'True' is not .*; a number became a truth value"),
    "not available": (cell(9, "AU01_r", "NA"), r"'NA' is not a finite number; a missing value was written; a spread"),
    "spreadsheet's error": (cell(9, "AU01_r", "#VALUE!"), "a spreadsheet's error was written"),
    "too narrow": (cell(9, "AU01_r", "########"), "a spreadsheet's error was written"),
    "percentage": (cell(9, "confidence", "98%"), "a percentage was written"),
    "money": (
        cell(9, "AU01_r", "$1.00"),
        "'\\$1.00' is not a finite number; a sum of money was written; a spreadsheet",
    ),
    "dash": (cell(9, "AU01_r", "\u22120.5"), "a dash was written for a minus"),
    "brackets": (cell(9, "AU01_r", "(0.50)"), "a negative number was put in brackets"),
    "thousands": (cell(9, "AU01_r", "1'000"), "thousands were set apart"),
    "base 16": (cell(9, "AU01_r", "0x10"), "a number was written to base 16"),
    "fraction": (cell(9, "AU01_r", "1/2"), "a fraction was written"),
    "formula": (cell(9, "AU01_r", "=0.5"), "a cell of a spreadsheet was written, not its value"),
    "too large": (cell(9, "AU01_r", "1e999"), "'1e999' is not a finite number; a number became too large"),
    "other digits": (cell(9, "AU01_r", "\u0663"), "digits of another script were written; a spreadsheet"),
    "far too large": (cell(9, "AU01_r", "9" * 400), "a number became too large; a spreadsheet"),
    "decimal comma": (cell(9, "confidence", '"0,98"'), "'0,98' is not a finite number; a decimal comma was written"),
    "times 100": (cell(9, "AU01_r", "59"), r"59 lies outside 0\.\.5; the decimal point was lost.*as OpenFace wrote"),
    "too high": (cell(20, "AU45_r", "5.01"), r"row 20, column AU45_r: 5\.01 lies outside 0\.\.5"),
    "negative": (cell(20, "AU45_r", "-0.30"), r"row 20, column AU45_r: intensity -0\.30 is negative; .*calibrated"),
    "confidence": (cell(20, "confidence", "98"), r"row 20, column confidence: 98 lies outside 0\.\.1"),
    "face": (cell(20, "face_id", "1.4"), r"row 20, column face_id: 1\.4 is no whole number; the file was edited"),
    "success": (cell(20, "success", "2"), r"row 20, column success: 2 is neither 0 nor 1; the file was edited"),
    "no success": (cell(20, "success", "-1"), r"row 20, column success: -1 is neither 0 nor 1; the file was edited"),
    "success in percent": (
        cell(20, "success", "100"),
        r"success: 100 lies outside 0\.\.1; .* or the value is in percent",
    ),
    "confidence below": (cell(20, "confidence", "-1"), r"confidence: -1 lies outside 0\.\.1; the file was edited"),
    "half a frame": (cell(20, "frame", "18.5"), r"row 20, column frame: 18\.5 is no whole number; the file was edited"),
    "half a success": (cell(20, "success", "0.5"), r"row 20, column success: 0\.5 is neither 0 nor 1; the file was ed"),
    "cut off": (cut_last_row, r"row 101: is cut off: has 12 fields where the header has 40"),
    "short row": (shorten_row, r"row 42: has 38 fields where the header has 40"),
    "long row": (lengthen_row, r"row 9: has 41 fields where the header has 40; decimal commas"),
    "decimal commas": (decimal_commas, r"row 2: has \d+ fields where the header has 40; decimal commas"),
}


@pytest.mark.parametrize("case", BAD)
def test_names_the_first_mistake(write_openface: Write, case: str) -> None:
    """One line: the file, the row as an editor counts it, the column, the value, what to do."""
    change, expected = BAD[case]
    path = write_openface(change)
    with pytest.raises(InputError, match=expected) as caught:
        read_openface(path)
    text = str(caught.value)
    assert text.startswith(str(path))
    assert "\n" not in text
    assert ";" in text, "there must be a remedy"


@pytest.mark.parametrize("version", ["aus", "full"])
def test_rows_are_counted_with_the_empty_ones(write_openface: Write, version: str) -> None:
    """A message names the row that an editor shows, whether the file is read fast, as times are, or cell by cell."""
    path = write_openface(jump, version=version)
    plain = path.read_bytes()
    for above in (b"", b"\n\n", b"sep=,\n\n"):
        path.write_bytes(above + plain.replace(b"\n", b"\n\n,,\n", 3))
        row = 62 + 2 * 3 + above.count(b"\n")
        with pytest.raises(InputError, match=f"row {row}, column timestamp: no frame for 11.02 s"):
            read_openface(path)
        path.write_bytes(above + plain.replace(b"\n", b"\n\n,,\n", 3).replace(b"12.20", b"12,20"))
        with pytest.raises(InputError, match=f"row {row}: has .* fields where the header has"):
            read_openface(path)


@pytest.mark.parametrize("rest", [b"\n\n", b"\n,,\n", b'\n"",""', b"\r\n \r\n"])
def test_nothing_below_the_header(write_openface: Write, rest: bytes) -> None:
    """Rows that hold nothing are no frames."""
    path = write_openface()
    path.write_bytes(path.read_bytes().partition(b"\n")[0] + rest)
    with pytest.raises(InputError, match="holds a header and no frames"):
        read_openface(path)


@pytest.mark.parametrize("content", [b"", b"\n", b"  \r\n\r\n", b",,\n\n", b'"",""\n'])
def test_empty_file(tmp_path: Path, content: bytes) -> None:
    """An empty file is called empty."""
    path = tmp_path / "empty.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match="is empty"):
        read_openface(path)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    """What cannot be opened is named with the system's reason."""
    with pytest.raises(InputError, match=r"nothing\.csv: cannot be read \(No such file or directory\)"):
        read_openface(tmp_path / "nothing.csv")
    with pytest.raises(InputError, match="cannot be read"):
        read_openface(tmp_path)


def test_semicolons(write_openface: Write) -> None:
    """A spreadsheet's export is not OpenFace's output."""
    with pytest.raises(InputError, match="fields are separated by ';'"):
        read_openface(write_openface(decimal_commas, separator=";"))


def test_face_without_face_id(write_openface: Write) -> None:
    """0.2.x knows no faces."""
    with pytest.raises(InputError, match="has no face_id"):
        read_openface(write_openface(version="0.2"), face=0)


def test_real_files(real_files: list[Path]) -> None:
    """Real files read as Python's csv module reads them; the one without a frame rate says so."""
    for path in real_files:
        odd = "pyfeat" in path.name
        if odd:
            with pytest.raises(InputError, match=r"timestamps step by 0\.001 s, which is 1000 frames per second"):
                read_openface(path)
        table = read_openface(path, fps=30 if odd else None)
        with path.open(newline="") as lines:
            reader = csv.DictReader(lines, skipinitialspace=True)
            reader.fieldnames = [re.sub(r"\s", "", name) for name in reader.fieldnames or ()]
            expected = [[float(row[f"{unit}_r"]) for unit in AUS] for row in reader]
        np.testing.assert_array_equal(table.select(AUS).to_numpy(), expected)


@pytest.mark.parametrize("fps", [60.0, 59.94, 50.0, 30.0, 29.97, 25.0, 15.0])
@pytest.mark.parametrize("clock", ["milliseconds", "whole seconds", "tenths"])
def test_the_suggested_rate_is_the_videos(write_openface: Write, clock: str, fps: float) -> None:
    """However timestamps were rounded: the rate that the message gives, followed, gives the video's length."""
    digits = {"milliseconds": 3, "whole seconds": 0, "tenths": 1}[clock]

    def change(columns: list[str], table: list[list[str]]) -> None:
        for number, row in enumerate(table):
            stamp = number / fps
            cut = math.floor(stamp) if digits == 0 else round(stamp, digits)
            row[columns.index("timestamp")] = f"{1000 * cut:.0f}" if digits == 3 else f"{cut:g}"

    path = write_openface(change, frames=600, fps=fps)
    with pytest.raises(InputError) as error:
        read_openface(path)
    given = re.search(r"give ([\d.]+), as `frame` suggests", str(error.value))
    assert given is not None, str(error.value)
    assert float(given[1]) == pytest.approx(fps, rel=2e-3)
    assert read_openface(path, fps=float(given[1]))["timestamp"][-1] == pytest.approx(599 / fps, rel=2e-3)


@pytest.mark.parametrize("frames", [100, 900, 4000])
@pytest.mark.parametrize("write", [lambda stamp: f"{stamp:.1f}", lambda stamp: f"{math.floor(10 * stamp) / 10:.1f}"])
@pytest.mark.parametrize(
    ("fps", "expected"), [(30, {"30"}), (25, {"25"}), (30000 / 1001, {"29.97", "30"}), (24, {"24"})]
)
def test_the_suggested_rate_is_a_usual_one(
    write_openface: Write, frames: int, write: Callable[[float], str], fps: float, expected: set[str]
) -> None:
    """A clock with one decimal, rounded or cut, shows 29.97 only where it cannot be 30's."""
    change = number_frames(1, clock=lambda number: write(number / fps))
    with pytest.raises(InputError) as error:
        read_openface(write_openface(change, frames=frames, fps=fps))
    given = re.search(r"give ([\d.]+), as `frame` suggests", str(error.value))
    assert given is not None
    assert given[1] in expected
    assert frames < 4000 or given[1] == f"{fps:.4g}"


@pytest.mark.parametrize("fps", [29.8, 30.1, 25.2, 28.0])
@pytest.mark.parametrize("frames", [100, 900])
def test_a_camera_of_its_own_rate_keeps_it(write_openface: Write, frames: int, fps: float) -> None:
    """Milliseconds tell it from a usual one after a few seconds; here a clock begins too late."""
    change = number_frames(1, clock=lambda number: f"{1.411 + number / fps:.3f}")
    with pytest.raises(InputError) as error:
        read_openface(write_openface(change, frames=frames, fps=fps))
    given = re.search(r"give ([\d.]+), as `frame` suggests", str(error.value))
    assert given is not None
    assert float(given[1]) == pytest.approx(fps, abs=1 / frames)


@pytest.mark.parametrize("start", [1712345678.901, 1234567.891, 4.32123])
def test_what_is_to_be_subtracted_is_exact(write_openface: Write, start: float) -> None:
    """The remedy works when it is followed."""

    def change(columns: list[str], table: list[list[str]]) -> None:
        for number, row in enumerate(table):
            row[columns.index("timestamp")] = f"{start + number / 50:.3f}"

    with pytest.raises(InputError, match=rf"subtract {round(start, 3)} from all timestamps"):
        read_openface(write_openface(change))


def test_a_slow_clock_is_said(write_openface: Write, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever counts frames of a video that was sampled once per second hears what becomes of its length."""

    def change(columns: list[str], table: list[list[str]]) -> None:
        for number, row in enumerate(table):
            row[columns.index("timestamp")] = f"{number}"

    path = write_openface(change, frames=61)
    assert read_openface(path, fps=30)["timestamp"][-1] == 2.0
    assert "evenly at 1 frames per second, so 60 s become 2 s at 30" in caplog.text
    caplog.clear()
    read_openface(write_openface(number_frames(1, clock=lambda number: f"{number * 40}")), fps=25)
    assert caplog.text == ""


def test_a_face_that_leaves_is_said(write_openface: Write, caplog: pytest.LogCaptureFixture) -> None:
    """Its last moment is not the video's end."""

    def change(columns: list[str], table: list[list[str]]) -> None:
        for row in table[60:]:
            row[columns.index("face_id")] = "1"

    path = write_openface(change)
    assert read_openface(path, face=0).height == 60
    assert "face 0 is last seen at 1.18 s; the video goes on without it" in caplog.text


@pytest.mark.parametrize(
    ("fps", "digits", "frames"), [(110, 2, 300), (10.5, 1, 50), (11, 1, 60), (9.5, 1, 60), (12, 1, 120), (27, 0, 900)]
)
@pytest.mark.parametrize("write", [round, lambda stamp, digits: math.floor(10**digits * stamp + 1e-9) / 10**digits])
def test_rounded_clocks_take_the_videos_rate(
    write_openface: Write, write: Callable[[float, int], float], fps: float, digits: int, frames: int
) -> None:
    """Also one that no step from frame to frame shows; where a value is suggested, it is right to a fiftieth."""
    change = number_frames(1, clock=lambda number: f"{write(number / fps, digits):.{digits}f}")
    path = write_openface(change, frames=frames, fps=fps)
    np.testing.assert_allclose(read_openface(path, fps=fps)["timestamp"], np.arange(frames) / fps, atol=1e-9)
    if fps == 9.5:  # No two frames share a time.
        assert read_openface(path)["timestamp"][-1] == pytest.approx((frames - 1) / fps, abs=10**-digits)
        return
    with pytest.raises(InputError, match=r"timestamps are rounded or repeated: give") as error:
        read_openface(path)
    given = re.search(r"give ([\d.]+), as `frame` suggests", str(error.value))
    if given is None:
        bounds = re.search(r"\(`frame` suggests ([\d.]+) to ([\d.]+)\)", str(error.value))
        assert bounds is not None
        assert float(bounds[1]) * 0.995 <= fps <= float(bounds[2]) * 1.005
    else:
        assert float(given[1]) == pytest.approx(fps, rel=0.02)
        assert read_openface(path, fps=float(given[1])).height == frames


@pytest.mark.parametrize("digits", [0, 1])
@pytest.mark.parametrize(
    ("times", "fps", "said"),
    [
        (np.concatenate([np.arange(300) / 30, 10 + np.arange(300) / 15]), 20, "frame rate is not the same throughout"),
        (np.delete(np.arange(900) / 30, slice(300, 600)), 25, "rows were taken out, or 25 is not the frame rate"),
    ],
)
def test_rounded_clocks_that_no_rate_fits(
    write_openface: Write, caplog: pytest.LogCaptureFixture, times: np.ndarray, fps: float, said: str, digits: int
) -> None:
    """A rate that changes, or frames that were taken out and numbered anew: none is suggested, and any is doubted."""
    change = number_frames(1, clock=lambda number: f"{math.floor(times[number] * 10**digits) / 10**digits:.{digits}f}")
    path = write_openface(change, frames=600)
    with pytest.raises(InputError, match=r"rounded or repeated: give the video's frame rate in the column"):
        read_openface(path)
    read_openface(path, fps=fps)
    assert said in caplog.text


def test_a_file_in_reverse(write_openface: Write) -> None:
    """Rows that were sorted the other way round are no joined files."""

    def change(_: list[str], table: list[list[str]]) -> None:
        table.reverse()

    with pytest.raises(InputError, match=r"row 3, .*time goes back: .*the last frame comes first: sort the rows"):
        read_openface(write_openface(change))


@pytest.mark.parametrize(
    ("order", "said"),
    [
        (lambda table: table.sort(key=lambda row: row[0]), r"row 5, .*: time goes back: .*; sort the rows by frame"),
        (
            lambda table: table.insert(50, table.pop(51)),
            "row 53, .*: time goes back: 1 after .*; sort the rows by frame",
        ),
        (lambda table: table.insert(50, table[50]), r"row 53, .*; delete the rows that are there twice \(frame 51\)"),
        (
            lambda table: table.extend([*table[:3], table.pop(50)]),
            r"delete the rows that are there twice \(frame 1\) and sort the rows by frame",
        ),
        (lambda table: table.extend(list(table)), "several faces or files were joined: give one recording per file"),
        (
            lambda table: table.extend([*row[:8], "3.21", *row[9:]] for row in table[:3]),
            "several faces or files were joined: give one recording per file",
        ),
    ],
)
def test_rows_in_another_order(write_openface: Write, order: Callable[[list[list[str]]], None], said: str) -> None:
    """A spreadsheet sorted them, or somebody pasted one twice: no files were joined, unless they were."""

    def change(_: list[str], table: list[list[str]]) -> None:
        order(table)

    with pytest.raises(InputError, match=said):
        read_openface(write_openface(change))


@pytest.mark.parametrize("since", [0, 45000])
@pytest.mark.parametrize(("unit", "seconds", "digits"), [("days", 86400, 9), ("hours", 3600, 8), ("minutes", 60, 6)])
def test_clocks_of_long_units(write_openface: Write, unit: str, seconds: int, digits: int, since: int) -> None:
    """A spreadsheet counts days: the rate is told, works, and no other is taken."""
    change = number_frames(1, clock=lambda number: f"{since + number / 25 / seconds:.{digits}f}")
    path = write_openface(change, frames=300, fps=25)
    with pytest.raises(InputError, match=rf"these are {unit}: give 25, as `frame` suggests"):
        read_openface(path)
    assert read_openface(path, fps=25)["timestamp"][-1] == 299 / 25
    with pytest.raises(
        InputError, match=rf"if it is in {unit}, at 25 frames per second, .* 30 contradicts it; give 25,"
    ):
        read_openface(path, fps=30)


@pytest.mark.parametrize("fps", [36.0, 25.0, 24.0])
@pytest.mark.parametrize("seed", range(4))
def test_hundredths_of_an_uneven_camera(write_openface: Write, fps: float, seed: int) -> None:
    """Rounded and uneven at once: the right rate is taken, and one that is none of those possible is refused."""
    jitter = np.random.default_rng(seed).normal(scale=0.1 / 30, size=90)

    change = number_frames(1, clock=lambda number: f"{(number + 1) / 30 + jitter[number]:.2f}")
    path = write_openface(change, frames=90, fps=30)
    assert read_openface(path, fps=30).height == read_openface(path).height == 90
    with pytest.raises(InputError, match=r"clock is regular, at .* contradicts it; give no frame rate"):
        read_openface(path, fps=fps)


def test_a_ditto_mark_per_row(write_openface: Write) -> None:
    """Quotes that stand for `the same` close one another in the next row, and would swallow every second frame."""

    def change(columns: list[str], table: list[list[str]]) -> None:
        columns.append("note")
        for row in table:
            row.append('"')

    with pytest.raises(InputError, match=r'row 2: a quote \("\) is not closed'):
        read_openface(write_openface(change))


STOPPED = np.concatenate([np.arange(150) / 30, np.full(150, 149 / 30)])
SET_BACK = np.concatenate([np.arange(150) / 30, 3 + np.arange(150) / 30])
JITTER = np.arange(300) / 30 + np.random.default_rng(1).normal(scale=0.04, size=300)


@pytest.mark.parametrize(
    ("times", "said"),
    [
        (STOPPED, "is regular in places, at 30 frames per second"),
        (np.roll(STOPPED - 149 / 30, 150) + 149 / 30, "is regular in places, at 30 frames per second"),
        (SET_BACK, "is regular, at 30 frames per second"),
    ],
)
def test_a_wrong_rate_for_a_clock_that_stops(write_openface: Write, times: np.ndarray, said: str) -> None:
    """What goes on evenly elsewhere contradicts it, and the remedy is the right rate, without which nothing is read."""
    change = number_frames(1, clock=lambda number: f"{times[number]:.3f}")
    path = write_openface(change, frames=300)
    with pytest.raises(InputError, match=r"give 30, as `frame` suggests"):
        read_openface(path)
    with pytest.raises(InputError, match=rf"{said}, and a frame rate of 25 contradicts it; give 30, as `frame`"):
        read_openface(path, fps=25)
    assert read_openface(path, fps=30)["timestamp"][-1] == 299 / 30


def test_a_wrong_rate_for_a_clock_that_jitters(write_openface: Write, caplog: pytest.LogCaptureFixture) -> None:
    """Time steps back now and then, and goes along a line all the same."""
    change = number_frames(1, clock=lambda number: f"{JITTER[number]:.3f}")
    path = write_openface(change, frames=300)
    read_openface(path, fps=30)
    assert not caplog.text
    read_openface(path, fps=25)
    assert "rows were taken out, or 25 is not the frame rate" in caplog.text


@pytest.mark.parametrize("stamp", ["", "nan", "00:00:01.5", "2026-11-28T00:00:01"])
@pytest.mark.parametrize("every", [1, 7])
def test_timestamps_that_are_no_numbers(
    write_openface: Write, caplog: pytest.LogCaptureFixture, stamp: str, every: int
) -> None:
    """Where frames are counted, the remedy is the frame rate, and it works."""

    def change(columns: list[str], table: list[list[str]]) -> None:
        for row in table[::every]:
            row[columns.index("timestamp")] = stamp

    path = write_openface(change)
    with pytest.raises(InputError, match=r"row 2, column timestamp: .*; or give the video's frame rate in the column"):
        read_openface(path)
    np.testing.assert_allclose(read_openface(path, fps=50)["timestamp"], np.arange(100) / 50)
    count = len(range(0, 100, every))
    assert f"{count} of 100 timestamps are no numbers (the first in row 2): time is counted in frames" in caplog.text
    if every > 1:
        with pytest.raises(InputError, match="at 50 frames per second, and a frame rate of 25 contradicts it"):
            read_openface(path, fps=25)


def test_rows_in_another_order_beside_notes(write_openface: Write) -> None:
    """A file that is read cell by cell is answered in the same words."""

    def change(columns: list[str], table: list[list[str]]) -> None:
        columns.append("note")
        for row in table:
            row.append('"a, b"')
        table.insert(50, table[50])

    with pytest.raises(InputError, match=r"delete the rows that are there twice \(frame 51\)"):
        read_openface(write_openface(change))


@pytest.mark.parametrize("fps", [30, 30000 / 1001])
def test_days_tell_30_from_29_97(write_openface: Write, fps: float) -> None:
    """They differ by a thousandth, which is three seconds in an hour."""
    path = write_openface(number_frames(1, clock=lambda number: f"{number / fps / 86400:.9f}"), frames=900)
    with pytest.raises(InputError, match=rf"these are days: give {fps:.4g}, as `frame` suggests"):
        read_openface(path)


@pytest.mark.parametrize("fps", [10.5, 27])
def test_a_short_clock_of_whole_seconds_suggests_bounds(write_openface: Write, fps: float) -> None:
    """Two seconds of them leave many rates, of which none is named."""
    path = write_openface(number_frames(1, clock=lambda number: f"{number / fps:.0f}"), frames=int(2 * fps))
    with pytest.raises(InputError, match=r"give the video's frame rate \(`frame` suggests") as error:
        read_openface(path)
    low, high = map(float, re.findall(r"suggests ([\d.]+) to ([\d.]+)", str(error.value))[0])
    assert low <= fps <= high
