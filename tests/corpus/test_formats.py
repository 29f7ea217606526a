"""Formats of other tools: what is read is what their files say, in their units, and nothing is guessed."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from onefilter.corpus.formats import libreface, pyfeat
from onefilter.corpus.formats.registry import FORMATS, SCALES, read_frames, tool_of
from onefilter.corpus.layouts import LAYOUTS
from onefilter.corpus.own import read_recordings
from onefilter.corpus.recordings import Recording
from onefilter.errors import InputError
from onefilter.names import AUS, GAZE, POSE, PRESENCES, SIGNALS, listed_signals, signals_in
from tests.examples.avec import VISUAL_HEADER
from tests.examples.openface import Write
from tests.examples.tools import FPS, change, write_libreface, write_pyfaceau, write_pyfeat

Writer = Callable[[Path], Path]


def test_groups_of_signals() -> None:
    """Names of groups stand for their signals; the order is that of the features, however they are chosen."""
    assert signals_in(["confidence", "intensities"]) == SIGNALS
    assert signals_in(["pose", "AU12", "gaze", "AU12_c"]) == ("AU12", "AU12_c", *GAZE, *POSE)
    assert listed_signals(["confidence", *AUS[:2], *GAZE]) == "confidence, gaze, AU01, AU02"
    assert listed_signals(()) == "none"


@pytest.mark.parametrize(
    ("write", "name", "tool"),
    [(write_pyfaceau, "pyfaceau", "pyfaceau"), (write_pyfeat, "py-feat", "py-feat"),
     (write_libreface, "libreface", "libreface")],
)  # fmt: skip
def test_tools_are_recognised(tmp_path: Path, write: Writer, name: str, tool: str) -> None:
    """By the first line, and by one format before OpenFace's."""
    path = write(tmp_path / "a.csv")
    assert tool_of(path) == tool_of(path, name) == tool
    header = path.read_text().split("\n")[0].split(",")
    assert next(each for each, known in FORMATS.items() if known.recognise(header)) == name
    assert tool in SCALES


@pytest.mark.parametrize("version", ["0.2", "1.0", "2.2", "full"])
def test_openface_is_recognised(write_openface: Write, tmp_path: Path, version: str) -> None:
    """All versions; packed, or as UTF-16; what is not there has no tool, and what nobody knows goes to OpenFace."""
    path = write_openface(version=version)
    assert tool_of(path) == "openface"
    wide = tmp_path / "wide.csv"
    wide.write_bytes(path.read_text().encode("utf-16"))
    assert tool_of(wide) == "openface"
    avec = tmp_path / "Train_DE_01.csv"
    for text in (VISUAL_HEADER, "'Train_DE_01';0.;" + ";".join(["0.5"] * 18)):
        avec.write_text(text + "\n")
        assert (tool_of(avec), FORMATS["avec"].recognise([text])) == ("openface", True)
    assert tool_of(tmp_path / "nothing.csv") is None


def test_pyfaceau(tmp_path: Path) -> None:
    """Intensities as they are; frames without a face are empty, and there is no confidence."""
    path = write_pyfaceau(tmp_path / "a.csv", lost=range(10, 14))
    frames = read_frames(path, signals=AUS).frames
    table = pl.read_csv(path)
    assert frames.columns == ["timestamp", "success", *AUS]
    np.testing.assert_allclose(frames["timestamp"], np.arange(100) / FPS)
    assert frames["success"].to_list() == [float(frame not in range(10, 14)) for frame in range(100)]
    for unit in AUS:
        np.testing.assert_array_equal(frames[unit], table[f"{unit}_r"].fill_null(np.nan))
    counted = read_frames(path, signals=("AU12",), fps=50).frames
    np.testing.assert_allclose(counted["timestamp"], np.arange(100) / 50)
    with pytest.raises(
        InputError, match=r"a\.csv, row 1: lacks the signal confidence; it has intensities; pyfaceau wri"
    ):
        read_frames(path)


def test_pyfeat(tmp_path: Path) -> None:
    """Probabilities as they are; time from the frame rate; a frame without a face is empty."""
    path = write_pyfeat(tmp_path / "a.csv", lost=range(3, 5), gaze=True)
    names = ("confidence", "AU12", "AU43", "gaze_yaw")
    frames = read_frames(path, signals=names, fps=FPS).frames
    table = pl.read_csv(path)
    np.testing.assert_allclose(frames["timestamp"], np.arange(100) / FPS)
    assert frames["success"].to_list() == [float(frame not in (3, 4)) for frame in range(100)]
    for signal in names:
        column = {"confidence": "FaceScore"}.get(signal, signal)
        np.testing.assert_array_equal(frames[signal], table[column].fill_null(np.nan))
    assert set(pyfeat.UNITS) - set(AUS) == {"AU11", "AU24", "AU28", "AU43"}


def test_libreface(tmp_path: Path) -> None:
    """Intensities and presences as they are, milliseconds in seconds; which frames have no face is not told."""
    path = write_libreface(tmp_path / "a.csv")
    frames = read_frames(path, signals=tuple(libreface.SIGNALS)).frames
    table = pl.read_csv(path)
    np.testing.assert_allclose(frames["timestamp"], np.arange(100) / FPS)
    assert frames["success"].null_count() == 100
    for signal, column in (("AU01", "au_1_intensity"), ("AU26", "au_26_intensity"), ("AU24_c", "au_24")):
        np.testing.assert_array_equal(frames[signal], table[column].cast(pl.Float64))
    late = write_libreface(tmp_path / "b.csv", seconds=True)
    with pytest.raises(InputError, match=r"column frame_time_in_ms: steps by 0\.04, so these are seconds.*give 25, as"):
        read_frames(late, signals=("AU12",))
    np.testing.assert_allclose(read_frames(late, signals=("AU12",), fps=25).frames["timestamp"], np.arange(100) / 25)


def test_openface_beside_intensities(write_openface: Write) -> None:
    """Presence, gaze and pose of a full file, in any order; files without action units, too."""
    path = write_openface(version="full")
    names = ("pose_Rx", "AU12", "gaze_angle_y", "AU28_c", "confidence")
    frames = read_frames(path, signals=names).frames
    table = pl.read_csv(path)
    assert frames.columns == ["timestamp", "success", *names]
    for name in names:
        np.testing.assert_array_equal(frames[name], table[f"{name}_r" if name in AUS else name].cast(pl.Float64))
    usual = read_frames(path).frames
    assert usual.columns == ["timestamp", "success", *SIGNALS]

    def without_units(columns: list[str], rows: list[list[str]]) -> None:
        kept = [place for place, name in enumerate(columns) if not name.startswith("AU")]
        columns[:] = [columns[place] for place in kept]
        for row in rows:
            row[:] = [row[place] for place in kept]

    lean = write_openface(without_units, version="full", name="lean.csv")
    assert read_frames(lean, signals=(*GAZE, *POSE)).frames.width == 10
    with pytest.raises(InputError, match=r"row 1: has no AU intensity columns"):
        read_frames(lean)


@pytest.mark.parametrize(
    ("version", "signals", "message"),
    [
        (
            "2.2",
            GAZE,
            r"row 1: lacks the signal gaze; it has confidence, intensities, presence; run .* with -gaze, or do",
        ),
        ("2.2", ("pose_Rx",), r"lacks the signal pose_Rx; it has confidence, intensities, presence; run .* with -pose"),
        (
            "0.2",
            ("gaze_angle_x", "pose_Tx"),
            r"lacks the signal gaze_angle_x; it has confidence, .*, pose; run .*1 or 2",
        ),
        (
            "full",
            ("AU43", "AU01"),
            r"lacks the signal AU43; it has confidence, .*, gaze, pose; OpenFace does not write it",
        ),
    ],
)
def test_signals_that_openface_did_not_write(
    write_openface: Write, version: str, signals: tuple[str, ...], message: str
) -> None:
    """One line: the file, the signal, what the file has, what to do."""
    path = write_openface(version=version)
    with pytest.raises(InputError, match=message) as error:
        read_frames(path, signals=signals)
    assert str(error.value).startswith(str(path))


def test_presence_that_cannot_be(write_openface: Write) -> None:
    """Cells of other signals are checked as those of intensities are."""

    def change_cell(columns: list[str], rows: list[list[str]]) -> None:
        rows[7][columns.index("AU12_c")] = "2"
        rows[9][columns.index("pose_Tx")] = "nan"

    path = write_openface(change_cell, version="full")
    read_frames(path)
    with pytest.raises(InputError, match=r"row 9, column AU12_c: 2 lies outside 0\.\.1"):
        read_frames(path, signals=PRESENCES)
    with pytest.raises(InputError, match=r"row 11, column pose_Tx: 'nan' is not a finite number"):
        read_frames(path, signals=POSE)


BAD: dict[str, tuple[Writer, dict[str, object], str]] = {
    "no rate": (write_pyfeat, {"signals": ("AU12",)}, r"row 1: tells no time, as py-feat writes none; give the"),
    "no such rate": (write_pyfeat, {"signals": ("AU12",), "fps": 1.0}, r"frame rate of 1 lies outside 4\.\.250"),
    "pose of py-feat": (write_pyfeat, {"signals": ("pose_Rx",), "fps": 25.0}, "lacks the signal pose_Rx; it has conf"),
    "a face": (write_pyfeat, {"signals": ("AU12",), "fps": 25.0, "face": 1}, "py-feat numbers no faces, but face 1 is"),
    "two faces": (
        lambda path: change(write_pyfeat(path), 8, "frame", "5"), {"signals": ("AU12",), "fps": 25.0},
        r"row 8, column frame: shows several faces in frame 5; py-feat numbers no faces",
    ),
    "half empty": (
        lambda path: change(write_pyfeat(path), 8, "AU12", ""), {"signals": ("AU12",), "fps": 25.0},
        r"row 8, column AU12: is empty",
    ),
    "percent": (
        lambda path: change(write_pyfeat(path), 8, "AU12", "41"), {"signals": ("AU12",), "fps": 25.0},
        r"row 8, column AU12: '41' lies outside 0\.\.1",
    ),
    "a word": (
        lambda path: change(write_pyfaceau(path), 12, "AU04_r", "x"), {"signals": AUS},
        r"row 12, column AU04_r: 'x' is not a finite number",
    ),
    "an empty cell of a face": (
        lambda path: change(write_pyfaceau(path), 12, "AU04_r", ""), {"signals": AUS},
        r"row 12, column AU04_r: is empty",
    ),
    "time goes back": (
        lambda path: change(write_pyfaceau(path), 12, "timestamp", "0.1"), {"signals": AUS},
        r"row 12, column timestamp: time goes back: 0\.1 after 0\.36",
    ),
    "half a success of pyfaceau": (
        lambda path: change(write_pyfaceau(path), 12, "success", "0.5"), {"signals": AUS},
        r"row 12, column success: 0\.5 is no whole number; give the file as the tool wrote it",
    ),
    "confidence of LibreFace": (write_libreface, {}, "lacks the signals confidence, AU07, AU10"),
    "intensity of LibreFace": (
        lambda path: change(write_libreface(path), 3, "au_12_intensity", "7"), {"signals": ("AU12",)},
        r"row 3, column au_12_intensity: '7' lies outside 0\.\.5",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_read(tmp_path: Path, name: str) -> None:
    """One line with file, row, column, value and remedy."""
    write, given, message = BAD[name]
    path = write(tmp_path / "a.csv")
    with pytest.raises(InputError, match=message) as error:
        read_frames(path, **given)  # type: ignore[arg-type]
    assert "\n" not in str(error.value)


def test_openface_3_is_refused_with_its_reason(tmp_path: Path) -> None:
    """It has no intensities, and no documented file."""
    path = tmp_path / "a.csv"
    path.write_text("frame_idx,timestamp,emo_Neutral_pct,gaze_yaw_rad,AU_00,AU_01\n1,0,3,0,0.1,0.2\n")
    with pytest.raises(InputError, match=re.escape("8 action units without intensities and documents no columns or")):
        read_frames(path)
    assert "openface-3" not in SCALES


def test_rows_that_do_not_fit(tmp_path: Path) -> None:
    """A row with more cells than the header, and a file without rows."""
    path = write_pyfaceau(tmp_path / "a.csv")
    text = path.read_text()
    path.write_text(text.replace("\n3,", "\n3,9,"))
    with pytest.raises(InputError, match="rows do not fit the header"):
        read_frames(path, signals=AUS)
    path.write_text(text.split("\n")[0] + "\n")
    with pytest.raises(InputError, match="holds a header and no frames"):
        read_frames(path, signals=AUS)


@pytest.mark.parametrize(
    ("write", "signals", "column"),
    [
        (write_pyfaceau, AUS, "AU12_r"),
        (write_pyfeat, ("AU12",), "AU12"),
        (write_libreface, ("AU12",), "au_12_intensity"),
    ],
)
def test_empty_lines(tmp_path: Path, write: Writer, signals: tuple[str, ...], column: str) -> None:
    """They are passed over wherever they are, and counted."""
    fps = FPS if write == write_pyfeat else None
    path = write(tmp_path / "a.csv")
    plain = read_frames(path, signals=signals, fps=fps).frames
    content = path.read_bytes()
    for above, end in ((b"", b"\r\r\n"), (b"\n,,\r\n", b"\n"), (b"", b"\n\n"), (b"sep=,\n\n", b"\n,,,\n")):
        path.write_bytes(above + content.replace(b"\n", end))
        assert read_frames(path, signals=signals, fps=fps).frames.equals(plain)
    path.write_bytes(content)
    path.write_bytes(b"\n\n" + change(path, 9, column, "7").read_bytes().replace(b"\n", b"\n\n", 3))
    with pytest.raises(InputError, match=f"row {9 + 2 + 3}, column {column}: '7' lies outside"):
        read_frames(path, signals=signals, fps=fps)


def test_the_table_names_formats(tmp_path: Path) -> None:
    """A column format, or what the header tells; one run has the files of one tool."""
    write_pyfaceau(tmp_path / "a.csv")
    write_libreface(tmp_path / "b.csv")
    table = tmp_path / "own.tsv"
    header = "recording\tculture\tpartition\topenface\tformat\n"
    row = "{0}\tgerman\tunlabelled\t" + str(tmp_path) + "/{0}.csv\t{1}\n"
    table.write_text(header + row.format("a", "pyfacau"))
    with pytest.raises(
        InputError, match=r"row 2, column format: unknown format 'pyfacau' \(did you mean 'pyfaceau'\?\)"
    ):
        read_recordings(table, cultures=["german"])
    table.write_text(header + row.format("a", "pyfaceau") + row.format("b", ""))
    rows = [Recording.from_row(entry) for entry in read_recordings(table, cultures=["german"]).to_dict("records")]  # type: ignore[arg-type]
    layout = LAYOUTS["openface"]
    assert [layout.tool([one]) for one in rows] == ["pyfaceau", "libreface"]
    wrong = r"a\.csv: recording 'a', column format: py-feat, but the file is of pyfaceau; correct the format, or leave"
    with pytest.raises(InputError, match=wrong):
        layout.tool([rows[0].model_copy(update={"format": "py-feat"})])
    assert (
        layout.tool([]) == layout.tool([rows[0].model_copy(update={"openface": "no.csv", "format": ""})]) == "openface"
    )
    with pytest.raises(
        InputError, match=r"b\.csv: is of libreface, and .*a\.csv of pyfaceau: their signals are not on on"
    ):
        layout.tool(rows)
    assert layout.frames(rows[0], ("AU12",)).columns == ["timestamp", "success", "AU12"]
