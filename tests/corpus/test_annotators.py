"""Annotations in every form that is read, and the one line about each that is at fault."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from onefilter.corpus.annotations import Scale
from onefilter.corpus.annotators import Rating, Reading, Source, check_video, read_ratings, sources_of, takes_in
from onefilter.errors import InputError

TIME = np.arange(20) / 10
READING = Reading(["arousal", "valence"], {})


def write(path: Path, header: str, *columns: Any) -> Path:
    """Write a CSV with these columns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = zip(*columns, strict=True)
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n")
    return path


def read(pattern: Path | str, reading: Reading = READING, name: str = "anna") -> list[Rating]:
    """Read what a cell of the table names."""
    return read_ratings(sources_of(str(pattern), reading.targets), name, reading)


def summary(ratings: list[Rating]) -> list[tuple[str, str, float]]:
    """Target, annotator and second value of each."""
    return [(each.target, each.annotator, float(each.values[1])) for each in ratings]


EXPECTED = [("arousal", "A", 0.1), ("arousal", "B", 0.2), ("valence", "A", 0.3), ("valence", "B", 0.4)]
STEPS = np.round(TIME, 3)


def four() -> list[npt.NDArray[np.float64]]:
    """Arousal and valence of A, then of B: from 0.1 s on what `EXPECTED` says."""
    return [np.round(0.1 * size * (TIME > 0).astype(np.float64), 6) for size in (1, 3, 2, 4)]


def test_one_file_each(tmp_path: Path) -> None:
    """The path tells the annotator; a column per target."""
    a, b, c, d = four()
    write(tmp_path / "anna_A.csv", "timestamp,arousal,valence", STEPS, a, b)
    write(tmp_path / "anna_B.csv", "valence,time,arousal", d, STEPS, c)
    write(tmp_path / "anton_A.csv", "timestamp,arousal,valence", STEPS, a, b)
    assert summary(read(tmp_path / "anna_<annotator>.csv")) == EXPECTED


def test_capitals_of_a_target_do_not_matter(tmp_path: Path) -> None:
    """Before an annotator's name, either."""
    a, b, c, d = four()
    path = write(tmp_path / "a.csv", "timestamp,Arousal_A,arousal_B,VALENCE_A,valence_B", STEPS, a, c, b, d)
    assert summary(read(path)) == EXPECTED


@pytest.mark.parametrize(
    ("pattern", "other", "expected"),
    [
        ("r/p1_<annotator>.csv", "r/p1_s2_<annotator>.csv", True),
        ("r/p1_<annotator>.csv", "r/p1_A.csv", True),
        ("r/<annotator>/p1.csv", "r/openface/p1.csv", True),
        ("r/<annotator>/p1.csv", "r/a/b/p1.csv", False),
        ("r/p1_rater<annotator>.csv", "r/p1_s2_rater<annotator>.csv", False),
        ("r/p1_<annotator>.csv", "r/p1_<annotator>.csv", False),
        ("r/p1_<annotator>.csv", "r/p1_.csv", False),
        ("r/p1.csv", "r/p1.csv", False),
    ],
)
def test_what_a_name_stands_for(pattern: str, other: str, expected: bool) -> None:
    """Files of another recording, or of another kind, among them."""
    assert takes_in(pattern, other) is expected


def test_one_file_each_and_target(tmp_path: Path) -> None:
    """The path tells annotator and target; the column may be called as one likes."""
    a, b, c, d = four()
    for target, who, values, name in (
        ("arousal", "A", a, "value"), ("valence", "A", b, "valence"),
        ("arousal", "B", c, "Rating"), ("valence", "B", d, "score"),
    ):  # fmt: skip
        write(tmp_path / target / f"anna_{who}.csv", f"timestamp,{name}", STEPS, values)
    assert summary(read(tmp_path / "<target>/anna_<annotator>.csv")) == EXPECTED


def test_one_column_each(tmp_path: Path) -> None:
    """One file per target, as MuSe's raw annotations and RECOLA's are written; or one of all."""
    a, b, c, d = four()
    write(tmp_path / "arousal/anna.csv", "timestamp,A,B", STEPS, a, c)
    write(tmp_path / "valence/anna.csv", "time;A;B".replace(";", ","), STEPS, b, d)
    assert summary(read(tmp_path / "<target>/anna.csv")) == EXPECTED
    whole = write(tmp_path / "anna.csv", "timestamp,arousal_A,arousal_B,valence_A,valence_B", STEPS, a, c, b, d)
    assert summary(read(whole)) == EXPECTED
    assert read(whole)[0].stamps.tolist() == STEPS.tolist()


def test_long_form(tmp_path: Path) -> None:
    """A row per annotator and moment, or per annotator, target and moment; several recordings in one file."""
    a, b, c, d = four()
    who, twice = ["A"] * 20 + ["B"] * 20, [*STEPS, *STEPS]
    path = write(tmp_path / "anna.csv", "rater,timestamp,arousal,valence", who, twice, [*a, *c], [*b, *d])
    assert summary(read(path)) == EXPECTED
    kinds = ["arousal"] * 20 + ["valence"] * 20
    columns = ([*who, *who], [*kinds[:20], *kinds[:20], *kinds[20:], *kinds[20:]], [*twice, *twice], [*a, *c, *b, *d])
    path = write(tmp_path / "long.csv", "annotator,target,time_s,value", *columns)
    assert summary(read(path)) == EXPECTED
    names = ["anna"] * 40 + ["bob"] * 40
    both = write(tmp_path / "all.csv", "recording,annotator,timestamp,arousal,valence", names, [*who, *who],
                 [*twice, *twice], [*a, *c, *d, *b], [*b, *d, *a, *c])  # fmt: skip
    together = Reading(["arousal", "valence"], {}, together=["anna", "bob"])
    assert summary(read(both, together)) == EXPECTED
    assert summary(read(both, together, "bob"))[0] == ("arousal", "A", 0.4)


@pytest.mark.parametrize(
    ("header", "time", "factor"),
    [("timestamp_ms", "s", 1000), ("Time (ms)", "s", 1000), ("time [s]", "ms", 1), ("timestamp", "ms", 1000),
     ("second", "ms", 1), ("time_s", "ms", 1), ("Time", "s", 1)],
)  # fmt: skip
def test_units_of_time(tmp_path: Path, header: str, time: str, factor: float) -> None:
    """The header's unit, or else that of the configuration."""
    path = write(tmp_path / "a.csv", f"{header},arousal_A,valence_A", np.round(STEPS * factor, 3), *four()[:2])
    ratings = read(path, Reading(["arousal", "valence"], {}, time=time))  # type: ignore[arg-type]
    np.testing.assert_allclose(ratings[0].stamps, STEPS)


def test_gaps_and_scales(tmp_path: Path) -> None:
    """Empty cells are moments without a rating; values are brought from their scale to the range."""
    values = [str(value) for value in np.arange(20) * 5]
    for missing in ("", "NaN", "n/a"):
        values[3] = missing
        path = write(tmp_path / "a.csv", "timestamp,pain_A", STEPS, values)
        (rating,) = read(path, Reading(["pain"], {"pain": Scale((0.0, 100.0), (-1.0, 1.0))}))
        assert np.flatnonzero(np.isnan(rating.values)).tolist() == [3]
        assert rating.values[10] == 0


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_any_separator(tmp_path: Path, mark: str) -> None:
    """Whatever separates the names of the columns separates the cells; so also in a block of CARMA's."""
    path = write(
        tmp_path / "a.csv", "timestamp,arousal_A,arousal_B,valence_A,valence_B", STEPS, *np.array(four())[[0, 2, 1, 3]]
    )
    path.write_text(path.read_text().replace(",", mark))
    assert summary(read(path)) == [
        ("arousal", "A", 0.1),
        ("arousal", "B", 0.2),
        ("valence", "A", 0.3),
        ("valence", "B", 0.4),
    ]
    (tmp_path / "anna_A.csv").write_text(CARMA.replace(",", mark))
    reading = Reading(["valence"], {"valence": Scale((-100.0, 100.0), (-1.0, 1.0))})
    (rating,) = read(tmp_path / "anna_<annotator>.csv", reading)
    np.testing.assert_allclose(rating.values, [0.1, 0.2, -0.3])


def test_somebody_called_max(tmp_path: Path) -> None:
    """Is an annotator, where mean is none."""
    a, b, c, d = four()
    path = write(tmp_path / "a.csv", "timestamp,arousal_Max,valence_Max,arousal_B,valence_B", STEPS, a, b, c, d)
    assert {each.annotator for each in read(path)} == {"Max", "B"}


def test_decimal_commas(tmp_path: Path) -> None:
    """They are said to be some."""
    said = refused(tmp_path, "timestamp;arousal_A;valence_A\n0,00;0,1;0\n0,10;0,1;0\n")
    assert "row 2, column timestamp: '0,00' is not a finite number; write decimal points" in said


CARMA = """Time of Rating,26-Nov-2019
Multimedia File,anna.avi
Lower Label,very negative
Upper Label,very positive
Minimum Value,-100
Maximum Value,100
Number of Steps,9
Second,Rating
%%%%%%,%%%%%%
0.5,10
1,20
1.5,-30
"""
DARMA = """Time of Rating,26-Nov-2019,,
Multimedia File,anna.avi,,
Magnitude,1000,,
Second,Valence,Arousal,B
%%%%%%,%%%%%%,%%%%%%,%%%%%%
0.5,100,-200,0
1,300,400,0
"""


def test_carma_and_darma(tmp_path: Path) -> None:
    """As their source code writes them: a bin's rating is put into its middle, the block says the scale."""
    (tmp_path / "anna_A.csv").write_text(CARMA)
    reading = Reading(["valence"], {"valence": Scale((-100.0, 100.0), (-1.0, 1.0))})
    (rating,) = read(tmp_path / "anna_<annotator>.csv", reading)
    np.testing.assert_allclose(rating.stamps, [0.25, 0.75, 1.25])
    np.testing.assert_allclose(rating.values, [0.1, 0.2, -0.3])
    assert rating.rows == [10, 11, 12]
    with pytest.raises(InputError, match=r"annotated on -100\.\.100, and valence is on -1\.\.1") as raised:
        read(tmp_path / "anna_<annotator>.csv", Reading(["valence"], {}))
    assert "`targets.valence.scale: [-100, 100]`" in str(raised.value)
    (tmp_path / "bob_A.csv").write_text(DARMA)
    wide = {target: Scale((-1000.0, 1000.0), (-1.0, 1.0)) for target in ("arousal", "valence")}
    found = read(tmp_path / "bob_<annotator>.csv", Reading(["arousal", "valence"], wide))
    assert [each.target for each in found] == ["arousal", "valence"]
    np.testing.assert_allclose([each.values for each in found], [[-0.2, 0.4], [0.1, 0.3]])


def test_the_plain_and_the_careful_way_agree(tmp_path: Path) -> None:
    """Quotes make a file be read cell by cell; the numbers are the same."""
    values = np.round(np.random.default_rng(1).uniform(-1, 1, size=(2, 20)), 6)
    plain = write(tmp_path / "plain.csv", "timestamp,arousal_A,valence_A", STEPS, *values)
    quoted = write(tmp_path / "quoted.csv", '"timestamp",arousal_A,valence_A', STEPS, *values)
    for one, other in zip(read(plain), read(quoted), strict=True):
        np.testing.assert_array_equal(one.values, other.values)
        assert one.rows == other.rows


def refused(tmp_path: Path, text: str, *, name: str = "anna.csv", pattern: str = "", reading: Reading = READING) -> str:
    """Give the line about a file."""
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError) as raised:
        read(tmp_path / (pattern or name), reading)
    line = str(raised.value)
    assert "\n" not in line
    return line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("timestamp,arousal_A,arousal_A\n0,1,1\n", "row 1: has the column arousal_A twice; remove or re"),
        ("timestamp,arousal_A,arousal_mean,valence_A\n0,0,0,0\n",
         "row 1, column arousal_mean: 'mean' is no annotator's name; take the column out of the file"),
        ("rater,target,timestamp,value\nA,arousal,0,0\nA,arousal,0.1,0\nA,valenc,0,0\n",
         "row 4, column target: unknown target 'valenc' (did you mean 'valence'?)"),
        ("timestamp,arousal_A,valence_A\n0,0,0\n0.1,0,0\n0.1,0,0\n", "row 4, column timestamp: time 0.1 is there twi"),
        ("timestamp,arousal_A,valence_A\n0,0,0\n0.2,0,0\n0.1,0,0\n", "time goes from 0.2 back to 0.1"),
        ("timestamp,arousal_A,valence_A\n0,0,0\n0.1,x,0\n", "row 3, column arousal_A: 'x' is not a finite number"),
        ("timestamp,arousal_A,valence_A\n0,0,0\n0.1,0,7\n", "row 3, column valence_A: label 7 lies outside -1..1"),
        ("arousal_A,valence_A\n0,0\n", "has no column of times; call it timestamp (seconds), or timestamp_ms"),
        ("timestamp,arousal,valence\n0,0,0\n", "list the file in the column labels"),
        ("timestamp,anger\n0,0\n", "name them arousal_A1"),
        ("timestamp,arousal_A\n0,0\n0.1,0\n", "nobody has rated valence"),
        ("timestamp,arousal_A,valence_A\n0,0,0\n", "holds one rating of A"),
        ("timestamp,arousal_A,valence_A\n", "holds a header and no ratings"),
        ("rater,timestamp,arousal,valence\nA,0,0,0\n,0.1,0,0\n", "row 3, column rater: is empty; name the annotator"),
        ("rater,timestamp,arousal,valence\nA,0,0,0\nA,0.1,0,0\nA,0.1,0,0\n", "of annotator 'A' is there twice"),
        ("recording,rater,timestamp,arousal,valence\nanna,A,0,0,0\nbob,A,0,0,0\n",
         "row 3, column recording: 'bob' is no recording of the table that lists this file"),
        ("rater,target,timestamp,value\nA,joy,0,0\nA,joy,0.1,0\n", "is never arousal or valence, but 'joy' say"),
        ("Time of Rating,x\nSecond,Rating\n1,2\n", "and has no line %%%%%%; export it again"),
    ],
)  # fmt: skip
def test_bad_input(tmp_path: Path, text: str, expected: str) -> None:
    """One line: file, row, column, value, and what to do."""
    assert expected in refused(tmp_path, text)


def test_bad_input_of_several_files(tmp_path: Path) -> None:
    """No file, an annotator in two files, a file of several recordings that does not say whose its rows are."""
    with pytest.raises(InputError, match="no file is named like this"):
        sources_of(str(tmp_path / "<annotator>.csv"), ["arousal"])
    columns = (STEPS, *four()[:2])
    first = write(tmp_path / "one.csv", "timestamp,arousal_A,valence_A", *columns)
    second = write(tmp_path / "two.csv", "timestamp,arousal_A,valence_A", *columns)
    with pytest.raises(InputError, match=r"two\.csv, column arousal_A: annotator 'A' has rated arousal in .*one\.csv"):
        read_ratings([Source(first), Source(second)], "anna", READING)
    together = Reading(["arousal", "valence"], {}, together=["anna", "bob"])
    with pytest.raises(InputError, match="is listed by 2 recordings, anna and bob say"):
        read(first, together)


def test_held_against_the_video(tmp_path: Path) -> None:
    """Milliseconds that nobody states, seconds that are read as such, another's file, and too low a rate."""

    def checked(stamps: Any, video: float, *, unit: str = "s") -> str:
        path = write(tmp_path / f"{video}-{unit}.csv", "timestamp,arousal_A,valence_A", stamps, *four()[:2])
        rating = read(path, Reading(["arousal", "valence"], {}, time=unit))[0]  # type: ignore[arg-type]
        with pytest.raises(InputError) as raised:
            check_video(rating, video=video)
        return str(raised.value)

    steps = np.arange(20)
    said = checked(steps * 1000.0, 19.0)
    assert "row 21, column timestamp: ratings end at 19000 s, the video at 19 s" in said
    assert "gold.time: ms or by the column's name, timestamp_ms" in said
    assert "set gold.time: s" in checked(steps * 0.5, 9.6, unit="ms")
    assert "ratings end at 0.95 s, the video at 60 s; they look like minutes" in checked(steps * 0.05, 60.0)
    assert "leave out what lies behind its end" in checked(steps * 1.0, 12.0)
    assert "ratings are 2 s apart" in checked(steps * 2.0, 40.0)
