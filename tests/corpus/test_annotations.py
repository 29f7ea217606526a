"""Reading labels and turns, and bringing labels to hop times."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from onefilter.corpus.annotations import (
    Scale,
    align,
    check_turns,
    frame_rate,
    note_on_scale,
    note_on_turns,
    read_labels,
    read_turns,
    spoken,
)
from onefilter.errors import InputError

TARGETS = ["arousal", "valence"]


def write(tmp_path: Path, text: str) -> Path:
    """Write a file."""
    path = tmp_path / "file.csv"
    path.write_text(text, encoding="utf-8")
    return path


def labels(tmp_path: Path, **changes: str) -> Path:
    """Write 20 labels; `r7="..."` replaces row 7."""
    lines = ["timestamp,arousal,valence", *(f"{step / 10:.1f},{step / 50},-{step / 100}" for step in range(20))]
    for name, line in changes.items():
        lines[int(name[1:]) - 1] = line
    return write(tmp_path, "\n".join(lines) + "\n")


def test_reads_labels(tmp_path: Path) -> None:
    """Columns come by name, blanks and a byte order mark do not matter."""
    path = write(tmp_path, "\ufeffvalence, timestamp, arousal\r\n0.5, 0, 0.25\r\n-0.5, 0.1, 0\r\n")
    table = read_labels(path, TARGETS)
    assert table.to_dict(as_series=False) == {"timestamp": [0, 0.1], "arousal": [0.25, 0], "valence": [0.5, -0.5]}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"r7": "0.5,-999,0"},
            r"row 7, column arousal: label -999 lies outside -1\.\.1, and looks like a code.*end labels and video",
        ),
        ({"r7": "0.5,1.5,0"}, r"row 7, column arousal: label 1\.5 lies outside -1\.\.1"),
        ({"r7": "0.5,nan,0"}, r"row 7, column arousal: has no label \('nan'\); no label is made up: end"),
        ({"r7": "0.5,0"}, r"row 7: has 2 fields where the header has 3"),
        ({"r7": "0,5,0,1,0,2"}, r"row 7: has 6 fields .* decimal commas"),
        ({"r7": "0.4,0,0"}, r"row 7, column timestamp: time steps by 0 s, elsewhere by 0\.1 s"),
        ({"r21": "3.9,0,0"}, r"row 21, column timestamp: time steps by 2\.1 s, elsewhere by 0\.1 s"),
        ({"r1": "timestamp,arousal,liking"}, r"row 1: lacks the column valence"),
        ({"r1": "valence,arousal,valence"}, r"row 1: lacks the column timestamp"),
        ({"r1": "timestamp,arousal,valence,valence"}, r"row 1: has the column valence twice"),
        ({"r7": "0.5,,0"}, r"row 7, column arousal: has no label \(the cell is empty\)"),
        ({"r21": "1.9"}, r"row 21: is cut off: has 1 field where the header has 3"),
    ],
)
def test_names_mistakes_in_labels(tmp_path: Path, changes: dict[str, str], expected: str) -> None:
    """The first mistake is named with its place."""
    with pytest.raises(InputError, match=expected):
        read_labels(labels(tmp_path, **changes), TARGETS)


def stamped(tmp_path: Path, times: Sequence[str], values: Sequence[str] | None = None) -> Path:
    """Write labels with these times."""
    path = tmp_path / "p1.csv"
    values = values or [f"{np.sin(number / 30) / 2:.3f}" for number in range(len(times))]
    rows = (f"{time},{value}" for time, value in zip(times, values, strict=True))
    path.write_text("\n".join(["timestamp,arousal", *rows, ""]), encoding="utf-8")
    return path


TENTHS = [f"{number / 10:.1f}" for number in range(300)]
WAVE = [f"{np.sin(number / 30) / 2:.3f}" for number in range(300)]


@pytest.mark.parametrize(
    ("times", "values", "expected"),
    [
        ([f"{k / 25:.1f}" for k in range(300)], None, r"row 3, .*: \d+ labels share their time .* with more digits"),
        ([f"{k // 25}" for k in range(300)], None, r"row 3, .*: 288 labels share their time .*, the first 0 s; times"),
        ([f"{45e3 + k / 864e3:.5f}" for k in range(300)], None, r"share their time .* with more digits"),
        (TENTHS[::-1], None, r"row 3, column timestamp: time goes backwards throughout; sort the rows by time"),
        (["0.0", "0.0", *TENTHS[1:]], None, r"row 3, .*: time steps by 0 s, .*; give every label a time of its own"),
        (
            [TENTHS[-1], *TENTHS[:-1]],
            None,
            r"row 3, .*: time steps by -29\.9 s, .*; give every label a time of its own",
        ),
        ([*TENTHS[:9], *TENTHS[8:20], *TENTHS[19:]], None, r"2 labels share .*; delete those that are there twice; if"),
        (
            [f"{45000 + k / 864e3:.6f}" for k in range(300)],
            None,
            r"as much as its last digit; times were rounded: export",
        ),
        ([*TENTHS[:9], *TENTHS[8:]], [f"{k / 400:.4f}" for k in range(301)], r"row 11, .*: time steps by 0 s"),
        (TENTHS[::-1], [f"{k / 400:.4f}" for k in range(300)], "time goes backwards throughout; sort the rows by time"),
        (
            [*TENTHS[:200], *["19.9"] * 100],
            None,
            r"row 202, .*: time stands still at 19\.9 s from here on; the clock stop",
        ),
        (["0.0"] * 300, None, r"row 3, column timestamp: all times are 0 s; give every label a time of its own"),
        ([*TENTHS[::2], *TENTHS[1::2]], None, r"row 152, .* time steps by -29\.7 s, .*; give every label a time"),
        ([*TENTHS[1::2], *TENTHS[::2]], None, r"row 152, .* time steps by -29\.9 s, .*: give every annotator"),
        ([*TENTHS, *TENTHS], None, r"row 302, .*: time steps by -29\.9 s, .* time begins anew there: give every"),
        ([*TENTHS] * 3, None, r"row 302, .*: time goes back from 29\.9 s to 0 s; time begins anew there: give every"),
        ([TENTHS[7 * k % 300] for k in range(300)], None, r"row 45, .*: time goes back from 29\.4 s to 0\.1 s; sort"),
        (WAVE, TENTHS, r"row 1, column timestamp: goes to and fro, and arousal forward in even .*; swap the two"),
    ],
)
def test_times_that_do_not_go_forward(
    tmp_path: Path, times: Sequence[str], values: Sequence[str] | None, expected: str
) -> None:
    """What is wrong is said as it is, with a remedy that can be followed."""
    with pytest.raises(InputError, match=expected):
        read_labels(stamped(tmp_path, times, values), ["arousal"])


@pytest.mark.parametrize(
    ("size", "begin", "unit", "by"),
    [(1 / 86400, 45000.5, "days", "multiply by 86400"), (1e3, 1.7e12, "milliseconds", "divide by 1000")],
)
def test_another_unit_since_another_moment(tmp_path: Path, size: float, begin: float, unit: str, by: str) -> None:
    """A spreadsheet's days and a computer's milliseconds: both steps of the remedy at once, and they work."""
    path = stamped(tmp_path, [f"{begin + size * k / 10:.9f}" for k in range(300)])
    hops = np.arange(300) / 10
    told = rf"look like {unit} since another moment: subtract {begin:.12g}, and {by}"
    if unit == "milliseconds":
        told = told.replace("1.7e+12", "1700000000000")
    with pytest.raises(InputError, match=told):
        align(read_labels(path, ["arousal"]), hops, ["arousal"], file=path)
    read = read_labels(path, ["arousal"])["timestamp"].to_numpy()
    path = stamped(tmp_path, [f"{(stamp - begin) / size:.3f}" for stamp in read])
    assert len(align(read_labels(path, ["arousal"]), hops, ["arousal"], file=path)) == 300


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (1200, 31000, r"look like milliseconds: divide the time stamps by 1000$"),
        (1200, 32000, r"look like milliseconds: divide the time stamps by 1000$"),
        (
            -0.5,
            29.9,
            r"begin at -0\.5 s, before the video; if all are too early, add 0\.5 .*; else delete those before",
        ),
        (10, 10.5, r"look like minutes since another moment: subtract 10, and multiply by 60$"),
    ],
)
def test_labels_from_another_moment(tmp_path: Path, first: float, last: float, expected: str) -> None:
    """What is likelier is told: a unit that fits as it is, labels that are shifted, or those of another recording."""
    path = stamped(tmp_path, [f"{time:.4f}" for time in np.linspace(first, last, 300)])
    with pytest.raises(InputError, match=expected):
        align(read_labels(path, ["arousal"]), np.arange(300) / 10, ["arousal"], file=path)


def test_a_few_labels_of_another_recording(tmp_path: Path) -> None:
    """Seconds, not minutes since another moment: as such they would be six seconds apart."""
    path = stamped(tmp_path, [f"{10 + number / 10:.1f}" for number in range(6)])
    with pytest.raises(InputError, match=r"labels end at 10\.5 s, .*; pair each recording with its own"):
        align(read_labels(path, ["arousal"]), np.arange(300) / 10, ["arousal"], file=path)


def test_one_label(tmp_path: Path) -> None:
    """Nothing lies between it and another."""
    path = stamped(tmp_path, ["0.0"])
    with pytest.raises(InputError, match=r"holds one label; give at least one label per second, or set the recording"):
        align(read_labels(path, ["arousal"]), np.arange(300) / 10, ["arousal"], file=path)


def test_constant_labels(tmp_path: Path) -> None:
    """Nothing can be learned from labels that never change."""
    path = write(tmp_path, "timestamp,arousal,valence\n0,0.1,0\n0.1,0.2,0\n")
    with pytest.raises(InputError, match="column valence: all labels are 0"):
        read_labels(path, TARGETS)


@pytest.mark.parametrize(
    ("text", "expected"), [("", "is empty"), ("timestamp,arousal,valence\n", "holds a header and no labels")]
)
def test_empty_labels(tmp_path: Path, text: str, expected: str) -> None:
    """Empty files are called empty."""
    with pytest.raises(InputError, match=expected):
        read_labels(write(tmp_path, text), TARGETS)


def test_missing_labels(tmp_path: Path) -> None:
    """A file that is not there is named."""
    with pytest.raises(InputError, match=r"none\.csv: cannot be read"):
        read_labels(tmp_path / "none.csv", TARGETS)


def test_other_encodings(tmp_path: Path) -> None:
    """A spreadsheet's Latin-1 is named, its UTF-16 is read."""
    path = tmp_path / "turns.csv"
    path.write_bytes("begin,end,für\n1,2,3\n".encode("latin-1"))
    with pytest.raises(InputError, match="row 1: is not UTF-8 text"):
        read_turns(path)
    path.write_bytes("begin,end\n1,2\n".encode("utf-16"))
    assert read_turns(path).rows() == [(1, 2)]


def test_turns(tmp_path: Path) -> None:
    """There may be no turn; a turn ends after it begins."""
    assert read_turns(write(tmp_path, "begin,end\n")).height == 0
    assert read_turns(write(tmp_path, "begin,end\n0.5,1.25\n")).rows() == [(0.5, 1.25)]
    with pytest.raises(InputError, match="row 3, column end: the turn ends at 1 s, before it begins at 2 s"):
        read_turns(write(tmp_path, "begin,end\n0.5,1.25\n2,1\n"))
    with pytest.raises(InputError, match=r"row 2, column end: 1e\+13 lies outside .*; count seconds from"):
        read_turns(write(tmp_path, "begin,end\n0,1e13\n"))
    with pytest.raises(InputError, match=r"row 2, column begin: -3 lies outside .*; what began before it begins at 0"):
        read_turns(write(tmp_path, "begin,end\n-3,1\n"))
    assert read_turns(write(tmp_path, "begin,end\n0,1\n")).rows() == [(0, 1)]


DYAD = "begin,end,speaker\n1.2,4.5,B\n7.0,12.25,A\n15.5,21.0,B\n24.0,28.9,A\n"


def test_a_turn_without_length_takes_no_time(tmp_path: Path) -> None:
    """It is none, wherever it is."""
    path = tmp_path / "turns.csv"
    path.write_text("begin,end\n1,1\n2,3\n3,3\n", encoding="utf-8")
    assert read_turns(path).rows() == [(2.0, 3.0)]


def test_turns_of_two_speakers(tmp_path: Path) -> None:
    """A column that tells speakers apart is refused unless one is chosen; rows of messages stay those of the file."""
    path = write(tmp_path, DYAD)
    with pytest.raises(InputError, match=r"row 1, column speaker: tells speakers apart: 'B', 'A'; .* --speaker"):
        read_turns(path)
    assert read_turns(path, speaker="A").rows() == [(7.0, 12.25), (24.0, 28.9)]
    assert read_turns(path, speaker="B").rows() == [(1.2, 4.5), (15.5, 21.0)]
    with pytest.raises(InputError, match=r"has no turn of speaker 'a'; the speakers are 'B', 'A'"):
        read_turns(path, speaker="a")
    with pytest.raises(InputError, match="row 5, column end: the turn ends at 2 s"):
        read_turns(write(tmp_path, DYAD.replace("28.9", "2")), speaker="A")


def test_all_columns_that_may_tell_speakers_apart_are_named(tmp_path: Path) -> None:
    """So that nobody removes one, to hear of the next; and a speaker is suggested who can be typed."""
    rows = ['1,2,"a\nb",x,no', "3,4,-B,y,yes", "5,6,C,x,no", '7,8,"a\nb",y,yes']
    path = write(tmp_path, "\n".join(["begin,end,speaker,channel,loud", *rows, ""]))
    with pytest.raises(
        InputError, match=r"column speaker: .*\(as in --speaker 'C'\), .*; if the columns speaker, channel, loud do not"
    ):
        read_turns(path)
    assert read_turns(path, speaker="C").rows() == [(5.0, 6.0)]
    path = write(tmp_path, "\n".join(["begin,end,speaker", '1,2,"a\nb"', "3,4,-B", ""]))
    with pytest.raises(InputError, match=r"; give the speakers short names, in one line each, and choose one by"):
        read_turns(path)


@pytest.mark.parametrize("other", ["addressee", "listener", "to", "role"])
def test_who_is_spoken_to_does_not_speak(tmp_path: Path, other: str) -> None:
    """The column `speaker` tells who speaks, wherever it is; two others that disagree are refused."""
    rows = ["1.0,4.0,B,A", "7.0,12.5,A,B", "15.0,21.0,B,A"]
    path = write(tmp_path, "\n".join([f"begin,end,{other},speaker", *rows, ""]))
    assert read_turns(path, speaker="A").rows() == [(1.0, 4.0), (15.0, 21.0)]
    path = write(tmp_path, "\n".join(["begin,end,to,from", *rows, ""]))
    with pytest.raises(
        InputError, match="row 1: names 'A' in the columns 'to' and 'from', in different rows; call the"
    ):
        read_turns(path, speaker="A")


@pytest.mark.parametrize("name", ["Sprecher", "role", "x", "", "channel"])
def test_other_names_for_speakers(tmp_path: Path, name: str) -> None:
    """Whatever the column is called: few values that come again may tell speakers apart."""
    path = write(tmp_path, DYAD.replace("speaker", name))
    with pytest.raises(InputError, match=r"tells? speakers apart"):
        read_turns(path)
    assert read_turns(path, speaker="A").height == 2
    with pytest.raises(InputError, match=r"tells? speakers apart"):
        read_turns(write(tmp_path, DYAD.replace("speaker", name).replace("A", "1").replace("B", "0")))


def turns_with(tmp_path: Path, name: str, cells: Sequence[object]) -> Path:
    """Write turns of 1.04 s, 1.09 s, 1.14 s … with a further column."""
    lines = [f"{2 * place},{2 * place + 1.04 + place / 20:.2f},{cell}" for place, cell in enumerate(cells)]
    return write(tmp_path, "\n".join([f"begin,end,{name}", *lines]) + "\n")


@pytest.mark.parametrize(
    ("name", "cells", "chosen"),
    [
        ("label", ["0.0", "1.0"] * 4, "1.0"),
        ("label", [0, 1, 0], "0"),
        ("label", [0, 1, 2], "2"),
        ("label", [1, 1, 0, 0], "1"),
        ("x", ["anna", "bert", "carl"], "carl"),
        ("x", ["anna", "bert", "carl", "anna", "carl"], "bert"),
        ("x", ["Anna Lang", "Bert Kurz"], "Anna Lang"),
        ("text", ["A", "B"] * 10, "A"),
        ("note", ["child", "parent"] * 10, "child"),
        ("x", ["child", ""] * 3, "child"),
        ("remark", ["", "interviewer", ""], "interviewer"),
        ("note", [*[""] * 20, "laughs"], "laughs"),
        ("remark", ["", "B", "", "", "A", ""], "A"),
        ("emotion", ["happy", "sad", "happy"], "sad"),
        ("quality", ["good", "bad"] * 5, "bad"),
        ("duration", [3, 5, 3, 5], "3"),
        ("confidence", [0.9, 0.95, 0.9, 0.9, 0.95], "0.9"),
    ],
)
def test_columns_that_may_tell_speakers_apart(tmp_path: Path, name: str, cells: Sequence[object], chosen: str) -> None:
    """Turns are not joined in silence; both remedies work."""
    path = turns_with(tmp_path, name, cells)
    with pytest.raises(InputError) as caught:
        read_turns(path)
    first, second = dict.fromkeys(map(str, cells[:2])), f"row 1, column {name}: may tell speakers apart: "
    assert f"{second}{', '.join(map(repr, first))}" in str(caught.value)
    assert "choose one by --speaker (as in --speaker " in str(caught.value)
    assert str(caught.value).endswith("if it does not tell speakers apart, remove the column")
    assert read_turns(path, speaker=chosen).height == [str(cell) for cell in cells].count(chosen)
    without = [line.rsplit(",", 1)[0] for line in path.read_text(encoding="utf-8").splitlines()]
    assert read_turns(write(tmp_path, "\n".join(without))).height == len(cells)


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("text", ["so"] * 4),
        ("text", ["well I think so", "no not at all", "yes"]),
        ("text", ["mhm", "mhm", *(f"and then {place} of them came" for place in range(20)), *["mhm"] * 30]),
        ("word", [f"word{place}" for place in range(12)]),
        ("duration", [1.04, 1.09, 1.14, 1.19]),
        ("duration", ["1.0", "1.1", "1.1", "1.2"]),
        ("duration", [1040, 1090, 1140]),
        ("", [0, 1, 2, 3]),
        ("index", range(1, 12)),
        ("confidence", [0.93, 0.87, 0.91]),
        ("confidence", [round(0.8 + place % 11 / 100, 2) for place in range(60)]),
        ("words", [place % 12 for place in range(50)]),
        ("speaker", ["A"] * 4),
        ("speaker", [""] * 4),
        ("remark", ["", "the telephone rings next door", "", ""]),
        ("remark", ["", "leans back and laughs", "", "noise", ""]),
        ("pitch", ["", "181.25", ""]),
    ],
)
def test_columns_that_tell_no_speakers_apart(tmp_path: Path, name: str, cells: Sequence[object]) -> None:
    """What is said, how long, row numbers, measures, or one speaker throughout."""
    path = turns_with(tmp_path, name, cells)
    assert read_turns(path)["begin"].to_list() == [2.0 * place for place in range(len(cells))]
    with pytest.raises(InputError, match="has no turn of speaker 'C'"):
        read_turns(path, speaker="C")


@pytest.mark.parametrize("mark", ["\t", ";"])
def test_other_separators(tmp_path: Path, mark: str) -> None:
    """Tabs and semicolons are read as commas are; decimal commas are called so."""
    assert read_turns(write(tmp_path, f"begin{mark}end\n0.5{mark}1.25\n")).rows() == [(0.5, 1.25)]
    path = write(tmp_path, labels(tmp_path).read_text(encoding="utf-8").replace(",", mark))
    assert read_labels(path, TARGETS).equals(read_labels(labels(tmp_path), TARGETS))
    with pytest.raises(InputError, match="row 2, column begin: '0,5' is not a finite number; write decimal points"):
        read_turns(write(tmp_path, f"begin{mark}end\n0,5{mark}1,25\n"))


def turns_of(*rows: tuple[float, float]) -> pl.DataFrame:
    """Give turns."""
    return pl.DataFrame(rows, schema={"begin": pl.Float64, "end": pl.Float64}, orient="row")


GOOD = ((1.2, 4.5), (7.0, 12.25), (15.5, 21.0), (24.0, 28.9))


@pytest.mark.parametrize(
    ("factor", "expected"),
    [
        (1000, "they look like milliseconds: divide them by 1000"),
        (1e6, "they look like microseconds: divide them by 1000000;"),
        (1e9, "they look like nanoseconds: divide them by 1000000000;"),
        (100, "they look like hundredths of a second: divide them by 100;"),
        (30, "they look like frames at 30 per second: divide them by 30, or like hundredths of a second: divide"),
        (10, "they look like rows of 0.1 s: divide them by 10, or like frames at 30 per second: divide them by 30;"),
        (1.5, "the video at 29.967 s; pair each recording with its own turns"),
    ],
)
def test_turns_are_held_against_the_video(factor: float, expected: str) -> None:
    """Turns behind the end are refused with their likely unit; what that says to do works."""
    turns = turns_of(*((begin * factor, end * factor) for begin, end in GOOD))
    with pytest.raises(InputError, match=expected):
        check_turns(turns, video=29.967, rate=29.9997, file=Path("t.csv"))
    check_turns(turns / factor, video=29.967, rate=30.0, file=Path("t.csv"))
    within = turns.filter(pl.col("end") <= 29.967)
    check_turns(within, video=29.967, rate=30.0, file=Path("t.csv"))


def test_a_turn_behind_the_video_is_named_with_its_row(tmp_path: Path) -> None:
    """Also where a speaker is chosen; without the row, it fits."""
    path = write(tmp_path, DYAD)
    with pytest.raises(InputError, match=r"row 4, column end: the turn that begins at 15\.5 s ends at 21 s, the video"):
        check_turns(read_turns(path, speaker="B"), video=18.0, rate=30.0, file=path)
    path.write_text("\n".join(DYAD.splitlines()[:3]), encoding="utf-8")
    check_turns(read_turns(path, speaker="B"), video=18.0, rate=30.0, file=path)


@pytest.mark.parametrize(
    ("unit", "size", "end"), [("minutes", 60, "0.481667"), ("hours", 3600, "0.008028"), ("days", 86400, "0.000334")]
)
def test_turns_in_a_long_unit(unit: str, size: int, end: str) -> None:
    """They fit any video: refused where turns would be too short for a person; both remedies work."""
    short = turns_of(*((begin / size, end / size) for begin, end in GOOD))
    expected = rf"all 4 turns end before {end} s, and half .* 0\.3 s; they look like {unit}: multiply them by {size};"
    with pytest.raises(InputError, match=expected):
        check_turns(short, video=29.967, rate=30.0, file=Path("t.csv"))
    check_turns(short * size, video=29.967, rate=30.0, file=Path("t.csv"))


@pytest.mark.parametrize(("unit", "size"), [("minutes", 60), ("hours", 3600), ("days", 86400)])
@pytest.mark.parametrize("count", [1, 2, 6])
def test_turns_in_a_long_unit_early_in_a_video(unit: str, size: int, count: int) -> None:
    """No turn is so short, wherever the person stops to speak."""
    early = turns_of(*((4 * number / size, (4 * number + 2.5) / size) for number in range(count)))
    with pytest.raises(
        InputError, match=f"they look like {unit}: multiply them by {size}; if they are seconds, leave out"
    ):
        check_turns(early, video=73.4, rate=30.0, file=Path("t.csv"))
    check_turns(early * size, video=73.4, rate=30.0, file=Path("t.csv"))


def test_turns_that_are_not_in_minutes() -> None:
    """Few short ones beside long ones, or short ones throughout a video."""
    in_minutes = turns_of(*((begin / 60, end / 60) for begin, end in GOOD))
    check_turns(turns_of((0.02, 0.21), (0.258, 0.482)), video=29.967, rate=30.0, file=Path("t.csv"))
    with pytest.raises(InputError, match="they look like minutes"):
        check_turns(in_minutes, video=60.0, rate=30.0, file=Path("t.csv"))
    check_turns(in_minutes + 5.0, video=60.0, rate=30.0, file=Path("t.csv"))
    check_turns(turns_of((0.4, 0.45)), video=60.0, rate=30.0, file=Path("t.csv"))
    check_turns(turns_of(), video=60.0, rate=30.0, file=Path("t.csv"))


def test_turns_that_may_be_minutes() -> None:
    """An hour in which somebody speaks for the first minute, or answers that last for minutes: that is asked."""
    answers = turns_of((0.5, 8.0), (10.0, 31.0), (33.0, 58.4))
    check_turns(answers, video=3540.0, rate=30.0, file=Path("t.csv"))
    assert note_on_turns(answers, 3540.0).endswith("end before 58.4 s: are they minutes? Then multiply them by 60")
    assert "minutes" not in note_on_turns(turns_of((0.1, 0.2), (0.3, 0.6)), 29.967)


def test_how_much_is_turn() -> None:
    """Turns count once, within the recording; what overlaps is said. Against a fine grid of moments."""
    assert note_on_turns(turns_of(*GOOD), 29.967) == "63.2 % of 29.967 s are turns (4)"
    assert note_on_turns(turns_of(), 10.0) == "0.0 % of 10 s are turns (0)"
    assert note_on_turns(turns_of((5, 9), (1, 6)), 10.0).endswith("overlap for 1 s: are they of one person?")
    rng = np.random.default_rng(1)
    grid = (np.arange(200_000) + 0.5) / 10_000
    for _ in range(20):
        begin = rng.uniform(0, 22, 6)
        end = begin + rng.exponential(3, 6)
        inside = ((grid >= begin[:, None]) & (grid < end[:, None])).sum(axis=0)
        once, twice = spoken(turns_of(*zip(begin.tolist(), end.tolist(), strict=True)), 20.0)
        assert once == pytest.approx((inside > 0).sum() / 10_000, abs=2e-3)
        assert twice == pytest.approx(np.maximum(inside - 1, 0).sum() / 10_000, abs=2e-3)


@pytest.mark.parametrize("rate", [25.0, 29.97, 30.0, 50.0, 60.0])
def test_frame_rate(rate: float) -> None:
    """Milliseconds do not spoil it, nor do gaps."""
    time = np.round(np.arange(9000) / rate, 3)
    assert round(frame_rate(time), 3) == rate
    assert round(frame_rate(np.delete(time, slice(100, 200))), 3) == rate


def test_align_takes_labels_as_they_are_where_times_coincide(tmp_path: Path) -> None:
    """At 10 Hz nothing is interpolated; hops behind the last label get none."""
    table = read_labels(labels(tmp_path), TARGETS)
    time = np.arange(25) / 10
    values = align(table, time, TARGETS, file=tmp_path)
    np.testing.assert_array_equal(values, table.select(TARGETS).to_numpy())


def test_align_interpolates_between_labels(tmp_path: Path) -> None:
    """A line stays a line at other hops."""
    table = read_labels(labels(tmp_path), TARGETS)
    values = align(table, np.linspace(0.02, 1.18, 30), TARGETS, file=tmp_path)
    np.testing.assert_allclose(values[:, 0], (np.arange(30) * 0.04 + 0.02) / 5, atol=1e-12)


@pytest.mark.parametrize("end", [0.5, 3.2])
def test_labels_of_another_recording(tmp_path: Path, end: float) -> None:
    """Labels that end more than a second before or after the video belong to another one."""
    table = pl.DataFrame({"timestamp": np.arange(20) / 10, "arousal": np.zeros(20), "valence": np.zeros(20)})
    with pytest.raises(InputError, match=rf"row 21, column timestamp: labels end at 1\.9 s, the video at {end:g} s"):
        align(table, np.arange(0, end + 0.01, 0.1), TARGETS, file=tmp_path)


TIME = np.arange(600) / 10


def minute() -> pl.DataFrame:
    """Give labels of a minute, for the hops of `TIME`."""
    wave = np.sin(TIME / 3)
    return pl.DataFrame({"timestamp": TIME, "arousal": wave, "valence": wave / 2})


def aligned(tmp_path: Path, table: pl.DataFrame, time: npt.NDArray[np.float64] = TIME) -> npt.NDArray[np.float64]:
    """Write labels, read them and align them."""
    path = write(tmp_path, table.write_csv())
    return align(read_labels(path, TARGETS), time, TARGETS, file=path)


@pytest.mark.parametrize(
    ("factor", "expected"),
    [
        (
            1000,
            "labels end at 59900 s, the video at 59.9 s; they look like milliseconds: divide the time stamps by 1000",
        ),
        (1 / 60, "they look like minutes: multiply the time stamps by 60$"),
        (1 / 3600, "they look like hours: multiply the time stamps by 3600$"),
        (1 / 86400, "they look like days: multiply the time stamps by 86400$"),
        (10, r"they look like rows of 0\.1 s: divide the time stamps by 10"),
        (100, "they look like hundredths of a second: divide the time stamps by 100$"),
        (1e6, "they look like microseconds: divide the time stamps by 1000000$"),
        (1e9, "they look like nanoseconds: divide the time stamps by 1000000000$"),
        (30, "they look like frames at 30 per second: divide the time stamps by 30"),
    ],
)
def test_labels_in_another_unit(tmp_path: Path, factor: float, expected: str) -> None:
    """The likely unit is named."""
    with pytest.raises(InputError, match=expected):
        aligned(tmp_path, minute().with_columns(pl.col("timestamp") * factor))


def test_milliseconds_of_another_recording(tmp_path: Path) -> None:
    """First the unit is named, then, when that is mended, the pairing; at last they fit."""
    table, video = minute().with_columns(pl.col("timestamp") * 1000), TIME[:300]
    with pytest.raises(InputError, match="they look like milliseconds"):
        aligned(tmp_path, table, video)
    with pytest.raises(InputError, match=r"if these are its own, delete those after 29\.9 s"):
        aligned(tmp_path, minute(), video)
    assert aligned(tmp_path, minute().filter(pl.col("timestamp") <= 29.9), video).shape == (300, 2)


def jittering(by: float, seed: int = 1) -> pl.DataFrame:
    """Give labels of a minute whose stamps lie up to so much (seconds) beside the hops; the first lies there."""
    jitter = np.random.default_rng(seed).uniform(-by, by, 600)
    jitter[0] = 0.0
    moved = minute().with_columns(timestamp=pl.col("timestamp") + pl.Series(jitter))
    return moved.with_columns(arousal=(pl.col("timestamp") / 3).sin(), valence=(pl.col("timestamp") / 3).sin() / 2)


@pytest.mark.parametrize("by", [0.004, 0.02, 0.04, 0.049])
def test_labels_that_jitter(tmp_path: Path, by: float) -> None:
    """Stamps that lie up to half a step beside the hops are interpolated: off by what a parabola is off its chord."""
    for seed in range(10):
        values = aligned(tmp_path, jittering(by, seed))
        assert len(values) >= 599
        np.testing.assert_allclose(values, minute().select(TARGETS).to_numpy()[: len(values)], atol=(0.2 / 3) ** 2 / 8)


@pytest.mark.parametrize("by", [0.0, 0.004, 0.02, 0.03])
@pytest.mark.parametrize("missing", [30, 300, 580])
def test_a_label_is_missing_among_labels_that_jitter(tmp_path: Path, by: float, missing: int) -> None:
    """After it, all stamps are a step later than jitter explains."""
    for seed in range(5):
        lines = jittering(by, seed).write_csv().splitlines()
        path = write(tmp_path, "\n".join(lines[: missing + 1] + lines[missing + 2 :]))
        with pytest.raises(
            InputError, match=rf"row {missing + 2}, column timestamp: time steps by .* labels are missing"
        ):
            read_labels(path, TARGETS)


@pytest.mark.parametrize("shift", [0.02, 0.05])
def test_labels_that_begin_half_a_step_later(tmp_path: Path, shift: float) -> None:
    """The hop before the first label lies on the line through the first two; it is no copy."""
    table = pl.DataFrame({"timestamp": TIME + shift, "arousal": TIME / 80, "valence": -TIME / 80})
    values = aligned(tmp_path, table)
    np.testing.assert_allclose(values[:, 0], (TIME - shift)[: len(values)] / 80, atol=1e-9)


def test_labels_that_begin_more_than_half_a_step_later(tmp_path: Path) -> None:
    """What lies that far before the first label is not made up, at any rate."""
    table = minute().with_columns(pl.col("timestamp") + 0.06)
    with pytest.raises(InputError, match=r"labels begin at 0\.06 s .*: subtract 0\.06$"):
        aligned(tmp_path, table)
    seconds = minute().gather_every(10)
    assert aligned(tmp_path, seconds).shape == (591, 2)
    with pytest.raises(InputError, match="labels begin at 1 s, the video at 0 s; no label is made up"):
        aligned(tmp_path, seconds.tail(59))


@pytest.mark.parametrize("every", [599, 200, 20, 11])
def test_labels_that_are_far_apart(tmp_path: Path, every: int) -> None:
    """A minute is no line between two labels."""
    sparse = minute().gather_every(every).with_row_index().with_columns(arousal=pl.col("index") / 80).drop("index")
    time = TIME[: (600 - 1) // every * every + 1]
    with pytest.raises(InputError, match=rf"labels are {every / 10:g} s apart; .*give at least one label per second"):
        aligned(tmp_path, sparse, time)
    seconds = minute().gather_every(10)
    assert aligned(tmp_path, seconds, TIME[:591]).shape == (591, 2)
    uneven = pl.col("timestamp") + pl.Series(np.sin(np.arange(60) ** 2) * 0.4)
    assert len(aligned(tmp_path, seconds.with_columns(uneven))) > 585


@pytest.mark.parametrize("offset", [1712345678.901, 0.123456, 86_400.5])
def test_remedies_can_be_followed_to_the_letter(tmp_path: Path, offset: float) -> None:
    """Numbers to subtract are exact, also those of clocks."""
    table = minute().with_columns(pl.col("timestamp") + offset)
    with pytest.raises(InputError, match="let time begin at 0: subtract") as caught:
        aligned(tmp_path, table)
    said = str(caught.value).rsplit(" ", 1)[1]
    assert said == repr(offset)
    mended = table.with_columns(pl.col("timestamp") - float(said))
    np.testing.assert_allclose(aligned(tmp_path, mended)[:599], minute().select(TARGETS).to_numpy()[:599], atol=1e-6)


def test_first_labels_that_are_empty(tmp_path: Path) -> None:
    """There is nothing before them to end with; the answer is that for labels that begin later."""
    lines = minute().write_csv().splitlines()
    empty = [f"{line.rsplit(',', 1)[0]}," if 0 < row <= 20 else line for row, line in enumerate(lines)]
    with pytest.raises(InputError, match=r"row 2, column valence: has no label .* cut the video to begin at 2 s, too"):
        read_labels(write(tmp_path, "\n".join(empty)), TARGETS)
    none = [f"{line.rsplit(',', 1)[0]}," if row else line for row, line in enumerate(lines)]
    with pytest.raises(InputError, match="no row of the file has a label of every target: set the recording's partit"):
        read_labels(write(tmp_path, "\n".join(none)), TARGETS)
    later = minute().tail(580).with_columns(pl.col("timestamp") - 2)
    assert aligned(tmp_path, later, TIME[:580]).shape == (580, 2)


def test_labels_that_begin_later(tmp_path: Path) -> None:
    """Nothing is filled in; what the message says to do works: the video is cut, too, or time begins at 0."""
    later = minute().filter(pl.col("timestamp") >= 4.95)
    with pytest.raises(
        InputError, match=r"begin at 5 s, the video at 0 s; no label is made up: cut .* subtract 5 from"
    ):
        aligned(tmp_path, later)
    mended = later.with_columns(pl.col("timestamp") - 5)
    assert aligned(tmp_path, mended, TIME[:550]).shape == (550, 2)
    for shift, remedy in ((5, "subtract 5"), (-3, "add 3")):
        with pytest.raises(InputError, match=f"last as long as the video; let time begin at 0: {remedy}"):
            aligned(tmp_path, minute().with_columns(pl.col("timestamp") + shift))


def test_labels_that_end_early(tmp_path: Path) -> None:
    """Three seconds are too much; without the frames behind them, they fit."""
    short = minute().head(570)
    with pytest.raises(InputError, match=r"labels end at 56\.9 s, .* delete the frames after 56\.9 s"):
        aligned(tmp_path, short)
    assert aligned(tmp_path, short, TIME[TIME <= 56.9]).shape == (570, 2)


@pytest.mark.parametrize("missing", ["", "nan", "NA"])
def test_labels_with_a_gap(tmp_path: Path, missing: str) -> None:
    """A gap is refused, also where its rows are deleted; what stands before it can be used."""
    lines = minute().write_csv().splitlines()
    with_gap = [f"{line.rsplit(',', 1)[0]},{missing}" if 200 < row <= 240 else line for row, line in enumerate(lines)]
    path = write(tmp_path, "\n".join(with_gap) + "\n")
    with pytest.raises(InputError, match=r"row 202, column valence: has no label .*end labels and video before it"):
        read_labels(path, TARGETS)
    path.write_text("\n".join(lines[:201] + lines[241:]) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"row 202, column timestamp: time steps by 4\.1 s.*; labels are missing"):
        read_labels(path, TARGETS)
    assert aligned(tmp_path, minute().head(200), TIME[:200]).shape == (200, 2)


def test_labels_on_a_long_hop(tmp_path: Path) -> None:
    """The last hop may lie up to a hop before the video's end."""
    assert aligned(tmp_path, minute(), TIME[::100]).shape == (6, 2)


def test_labels_that_lie_in_0_to_1() -> None:
    """Targets that are never negative are named."""
    values = minute().select(TARGETS).to_numpy()
    assert note_on_scale(values, TARGETS) == ""
    values[:, 1] = values[:, 1] / 2 + 0.5
    assert note_on_scale(values, TARGETS).startswith("labels of valence lie in 0..1")


@pytest.mark.parametrize(
    ("written", "range_", "cells", "expected"),
    [
        ((1.0, 9.0), (-1.0, 1.0), (1, 5, 9), (-1.0, 0.0, 1.0)),
        ((0.0, 16.0), (0.0, 1.0), (0, 4, 16), (0.0, 0.25, 1.0)),
        ((-1000.0, 1000.0), (-1.0, 1.0), (-1000, 250, 1000), (-1.0, 0.25, 1.0)),
        ((0.0, 16.0), (0.0, 16.0), (0, 4, 16), (0.0, 4.0, 16.0)),
    ],
)
def test_scales_are_brought_to_the_range(
    tmp_path: Path,
    written: tuple[float, float],
    range_: tuple[float, float],
    cells: tuple[float, ...],
    expected: tuple[float, ...],
) -> None:
    """Ends to ends, linearly between; labels before the first stay within the range."""
    lines = ["timestamp,pain", *(f"{0.1 * place + 0.05:.2f},{cell}" for place, cell in enumerate(cells))]
    path, scales = write(tmp_path, "\n".join(lines)), {"pain": Scale(written, range_)}
    table = read_labels(path, ["pain"], scales=scales)
    assert table["pain"].to_list() == pytest.approx(expected)
    found = align(table, np.arange(0, 0.26, 0.1), ["pain"], file=path, scales=scales)
    assert found[0, 0] == range_[0]


@pytest.mark.parametrize(
    ("cells", "scale", "lines"),
    [
        ((1, 5, 9), Scale(), r"`targets\.pain\.scale: \[1, 9\]` or `targets\.pain\.scale: \[0, 16\]`"),
        ((0, 3, 12), Scale(), r"`targets\.pain\.scale: \[0, 16\]` or `targets\.pain\.scale: \[0, 100\]`"),
        ((0, 30, 90), Scale(), r"`targets\.pain\.scale: \[0, 100\]` or `targets\.pain\.scale: \[-100, 100\]`"),
        ((-21, 30, 90), Scale(), r"set `targets\.pain\.scale: \[-100, 100\]` or"),
        ((-0.5, 0.3, 1.0001), Scale(), "correct the file"),
        ((-700, 30, 90), Scale(), r"set `targets\.pain\.scale: \[-1000, 1000\]`; the ends are those"),
        ((-0.2, 0.3, 0.9), Scale((1, 9)), r"`targets\.pain\.scale: \[-1, 1\]`"),
        ((0, 0.3, 5000), Scale(), "correct the file"),
    ],
)
def test_labels_on_another_scale_are_refused(
    tmp_path: Path, cells: tuple[float, ...], scale: Scale, lines: str
) -> None:
    """With the line of the configuration that would read them; nothing is guessed."""
    rows = ["timestamp,pain", *(f"{0.1 * place:.1f},{cell}" for place, cell in enumerate(cells))]
    low, high = scale.written
    with pytest.raises(InputError, match=rf"column pain: label .* lies outside {low:g}\.\.{high:g}; .*{lines}"):
        read_labels(write(tmp_path, "\n".join(rows)), ["pain"], scales={"pain": scale})


def test_note_on_scale_is_for_the_usual_one() -> None:
    """Labels in 0..1 are noted where nobody said that they are on a scale of 0..1, with the line that says it."""
    values = np.array([[0.0], [0.7]])
    assert "`targets.pain.scale: [0, 1]`" in note_on_scale(values, ["pain"])
    assert note_on_scale(values, ["pain"], {"pain": Scale((0, 16), (0, 1))}) == ""
