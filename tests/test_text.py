"""The reader of delimited text: what it reads, and what it refuses with a place and a remedy."""

import csv
import gzip
import io
import tracemalloc
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onefilter.errors import InputError
from onefilter.text import (
    Form,
    Pieces,
    Table,
    decode,
    fields_of,
    first_rows,
    is_hint,
    lines_of,
    number,
    parse_table,
    read_lines,
    read_table,
    repeated,
    shown,
    without_empty_lines,
)
from tests.examples.stand_ins import STAND_INS

FORM = Form(("a", "b"), separator=",")
TABS = Form(("a", "b"), optional=("c",), comments=True)


def table(text: str, form: Form = FORM) -> Table:
    """Read text as a file."""
    return parse_table(text.encode(), form, file="x.csv")


def rows(text: str, form: Form = FORM) -> list[tuple[int, list[str]]]:
    """Read the rows of a text."""
    return list(table(text, form))


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\n1,2\n3,4\n",
        b"a,b\r\n1,2\r\n3,4\r\n\r\n",
        b"a,b\r1,2\r3,4",
        b"\xef\xbb\xbfa,b\n1,2\n3,4\n  \n",
        "a,b\n1,2\n3,4\n".encode("utf-16"),
        b"\xfe\xff" + "a,b\n1,2\n3,4\n".encode("utf-16-be"),
        b'"a","b"\n"1","2"\n "3" , 4 \n',
        b"a,b\n1,2,\n3,4,,\n",
        b"a,b\n1,2\n3,4\n,\n;;\n \n",
        b",a,b\n1,1,2\n2,3,4\n",
    ],
)
def test_one_table_in_many_clothes(content: bytes) -> None:
    """Line ends, encodings, quotes and blanks do not change what is read."""
    found = parse_table(content, FORM, file="x.csv")
    assert found.numbers(["a", "b"]) == {"a": [1, 3], "b": [2, 4]}
    assert [row for row, _ in found] == [2, 3]


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        (b"a,b\r\r\n1,2\r\r\n3,4\r\r\n", [3, 5]),
        (b"\n \na,b\n\n1,2\n,\n;\t \n3,4\n\n", [5, 8]),
        (b"sep=,\n\na,b\n1,2\n\n3,4", [4, 6]),
        (b'"",""\na,b\n"",\n1,2\n"","",""\n3,4\n""\n""', [4, 6]),
    ],
)
def test_empty_lines(content: bytes, rows: list[int]) -> None:
    """Lines that hold nothing are passed over wherever they are, and counted; an empty cell of one column is one."""
    found = parse_table(content, FORM, file="x.csv")
    assert found.numbers(["a", "b"]) == {"a": [1, 3], "b": [2, 4]}
    assert [row for row, _ in found] == rows
    named, without = without_empty_lines(b"\n" + content.replace(b"\r\r\n", b"\n\n")) or (b"", [])
    assert named.split(b"\n")[-2:] == [b"1,2", b"3,4"]
    assert [row - 1 for row in without[-2:]] == rows
    assert without_empty_lines(b"a,b\n1,2\n,2\n1,\n") is None
    assert table('a,b\n1,"\n""\n""\n"\n', FORM).lines == [(2, '1,"\n""\n""\n"')]
    with pytest.raises(InputError, match="row 3, column a: is empty"):
        table("a\n1\n\n3\n", Form(("a",), separator=",")).numbers(["a"])
    headless = Form(("a", "b"), separator=",", headless=("a", "b"))
    assert [row for row, _ in table("\n1,2\n\n3,4\n", headless)] == [2, 4]


def test_quotes_in_columns_that_are_not_read() -> None:
    """Others may write them as they like, where all columns may be there; not where each is known."""
    content = b'a,b,note\n1,2,"x"y\n3,4,"say \\"hi\\""\n5,6,"z\n"\n'
    assert parse_table(content, FORM, file="x.csv").numbers(["a", "b"]) == {"a": [1, 3, 5], "b": [2, 4, 6]}
    with pytest.raises(InputError, match="row 2: something follows a closed quote"):
        list(parse_table(content, replace(FORM, optional=("note",)), file="x.csv"))


@pytest.mark.parametrize("hint", ["sep=,", '"sep=,"', "sep=,,,,,", "SEP=;;;"])
@pytest.mark.parametrize("above", ["", "\n", ",,,\n", '"",""\r\n'])
def test_header_and_first_row(hint: str, above: str) -> None:
    """What is above the header is passed over, and so is what is empty below; rows may be several lines."""
    assert is_hint(hint)
    found = first_rows(f'{hint}\n{above}a,b\n,,\n\n1,"x\ny"\n2,3\n')
    row = 2 + bool(above)
    assert found == [(row, "a,b"), (row + 3, '1,"x\ny"')]
    assert first_rows(f"{above}a,b\n") == [(row - 1, "a,b")]
    assert first_rows("") == first_rows("\n,,\n") == []


def test_line_ends_in_quoted_cells() -> None:
    """A row may be several lines; it has the number of its first, and those behind it keep theirs."""
    found = table('a,b,c\n1,2,"x\r\n""y"", z\n\n"\n3,4,u\n5,6,"\n"\n7,8,w\n', FORM)
    assert list(found) == [
        (2, ["1", "2", 'x\n"y", z']), (6, ["3", "4", "u"]), (7, ["5", "6", ""]), (9, ["7", "8", "w"]),
    ]  # fmt: skip
    # 64 lines at most, and only if they are a row together: a quote that was forgotten swallows no rows.
    for rest in ("\n" * 64 + '"\n', '\n3,4,u\n5,6,"v"\n', "\n3,4,u\n"):
        with pytest.raises(InputError, match=r'row 2: a quote \("\) is not closed'):
            list(table(f'a,b,c\n1,2,"x{rest}', FORM))


@pytest.mark.parametrize(
    ("lines", "row"),
    [
        (['1,2,3,4,"looks away', "2,2,3,4,5", '3,2,3,4,again"'], 2),
        (['1,2,3,4,"looks away', '2,2,3,4,again"'], 2),
        (["1,2,3,4,5", '2,"looks away,3,4,5', "3,2,3,4,5", '4,2,3,again",5'], 3),
        (['"x', "1,2,3,4,5", 'y",1,2,3,4'], 2),
        (['1,2,"a', "7,12,c", '17,18,d"'], 2),
        (['1,2,"a', '7,12,d"'], 2),
        (['"a,1,2', "c,7,12", 'd",15,16'], 2),
        (['1,"a', "2,b", '3,c"'], 2),
        (['"x,1.2,4.5', 'x",7,12.25'], 2),
        (['9,"x,1', '8,y",2'], 2),
        (['"x,2,3,4,5', 'y",2,3,4,5'], 2),
        (['w,"x,3,4,5', 'w,y",3,4,5'], 2),
    ],
)
def test_a_quote_that_closes_rows_later(lines: list[str], row: int) -> None:
    """What it would take into its cell are rows by themselves: none is lost in silence."""
    width = max(line.count(",") for line in lines) + 1
    header, last = ",".join("abcde"[:width]), ",".join("92345"[:width])
    with pytest.raises(InputError, match=rf'row {row}: a quote \("\) is not closed; close the quote in its own cell'):
        list(table("\n".join([header, *lines, last, ""]), Form(("a",), separator=",")))


@pytest.mark.parametrize("lines", [['"x\ta\tp1', 'y"\tb\tp2'], ['c\tp\t"G', 'b\tp2\tH"']])
def test_tabs_are_no_text(lines: list[str]) -> None:
    """Where they separate, two rows without a number are told from a cell, too."""
    with pytest.raises(InputError, match=r'row 2: a quote \("\) is not closed'):
        list(table("\n".join(["a\tb\tc", *lines, ""]), Form(("a",), separator="\t")))


@pytest.mark.parametrize(
    "line",
    [
        '"x\ny",2,3',
        '1,2,"so, so, so\nand so, so, so\nso, so"',
        '1,"7\n8",9',
        '1,2,"a\n7, go"',
        '"1\n2",3',
        '"x\ny",2,3,4,5',
        '1,2,3,4,"so, so\nand so, so, so"',
        '1,"a, b, c\nd, e, f, g\nh",3,4,5',
        '1,"a, b, c, d\ne, f",3,4,5',
        '"so, so",2,"a, b\nc, d",4,5',
        '1,"a, b\nc, d",2',
        '"a, b, c\nd",2,3',
        '1,2,3,4,"\n"',
    ],
)
def test_text_of_several_lines_is_a_cell(line: str) -> None:
    """Fewer separators than a row has are text."""
    width = len(fields_of(line, ","))
    header, after = ",".join("abcde"[:width]), ",".join("92345"[:width])
    ((row, fields), (last, _)) = table(f"{header}\n{line}\n{after}\n", Form(("a",), separator=","))
    assert (row, last) == (2, 3 + line.count("\n"))
    assert fields == [cell.strip() for cell in next(csv.reader(io.StringIO(line)))]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("hint", ["", "sep={}\n", '"sep={}"\r\n'])
def test_one_table_with_several_separators(mark: str, hint: str) -> None:
    """Where the form allows it, the header tells what separates, and rows keep their numbers."""
    form = Form(("a", "b"), separator=",", others=";\t")
    text = hint.format(mark) + f"a{mark}b{mark}x\n1.5{mark}2{mark}u,v;w\n".replace("u,v;w", '"u,v;w"')
    found = table(text, form)
    assert found.numbers(["a", "b"]) == {"a": [1.5], "b": [2.0]}
    assert [row for row, _ in found] == [2 + bool(hint)]
    with pytest.raises(InputError, match="it needs the columns a, b, separated by commas or semicolons or tabs"):
        table("a:b\n1:2\n", form)


def test_columns_by_name() -> None:
    """Columns may have any order; others are not looked at, unless the form says that there are none."""
    found = table("b,z,z,a\n1,x,y,2\n")
    assert found.numbers(["a", "b"]) == {"a": [2.0], "b": [1.0]}
    assert (found.header_row, found.lines) == (1, [(2, "1,x,y,2")])
    frame = table("# a comment\nb\ta\n\n1\t2\n", TABS).frame()
    assert frame.to_dict("list") == {"a": ["2"], "b": ["1"], "c": [""]}
    assert frame.index.tolist() == [4]


def test_files_without_a_header() -> None:
    """Where a form allows it, the first row may be data, and there may be none."""
    form = Form(("a",), separator=";", quote="'", headless=("a", "b"))
    assert rows("'it';2\n", form) == [(1, ["it", "2"])]
    assert rows("b;a\n1;2\n", form) == [(2, ["1", "2"])]
    assert rows("", form) == []
    with pytest.raises(InputError, match="row 2: is cut off: has 1 field where there should be 2; the writer"):
        rows("1;2\n3\n", form)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", r"^x\.csv: is empty; it needs the columns a, b, separated by commas$"),
        (b" \n\r\n", "is empty"),
        (b"a,b\n1,\xe4\n", r"x\.csv, row 2: is not UTF-8 text; save it as UTF-8 text"),
        (b"\xff\xfea", "is damaged UTF-16 text"),
        (b"a,b\r\n1,2\r\n\0,4\r\n", "row 3: holds NUL bytes"),
        (b"a,c\n1,2\n", "row 1: lacks the column b; it needs the columns a, b, separated by commas"),
        (b"x,y\n1,2\n", "row 1: lacks the columns a, b"),
        (b"0,0.5\n1,2\n", "row 1: holds values where the names of the columns should be; write a header above"),
        (b"a,1\n1,2\n", "row 1: lacks the column b"),
        (b"a;b\n1;2\n", "row 1: fields are separated by semicolons; separate them by commas$"),
        (b"a|b\n1|2\n", r"row 1: fields are separated by bars \(\|\); separate them by commas$"),
        (b"a b\n1 2\n", "row 1: fields are separated by blanks; separate them by commas$"),
        (b"sep=;\na;b\n1;2\n", "row 2: fields are separated by semicolons; separate them by commas$"),
        (b'a,b\n"1,5",2\n', "row 2, column a: '1,5' is not a finite number; write decimal points"),
        (b"a,b\n00:01:02.5,2\n", "row 2, column a: '00:01:02.5' is not a finite number; write times in seconds"),
        (
            b"a,b\n2026-11-28T01:02:03,2\n",
            "row 2, column a: '2026-11-28T01:02:03' is .* number; write times in seconds",
        ),
        (b"a,b\n1;2\n", "row 2: is separated by semicolons, and the header by commas; separate all lines by commas"),
        (b'a,b\n"1,2"\n', "row 2: is in quotes as a whole; remove the quotes around rows"),
        (b"a,b\n1,2\n3;\n", "row 3: is cut off: has 1 field where the header has 2"),
        (b"a,b\n1,2\n3\t4\n", "row 3: is separated by tabs, and the header by commas; separate all lines by commas"),
        ("a,b\u20281,2\u2028".encode(), r"is one line, in which U\+2028 stands for line ends; save it with the usual"),
        (b"a,b\n1.5 s,2\n", "row 2, column a: '1.5 s' is not a finite number; write the number alone"),
        (b"a,b\n98%,2\n", "row 2, column a: '98%' is not a finite number; write the number alone"),
        (b"a,b,a\n1,2,3\n", "row 1: has the column a twice; remove or rename one of them"),
        (b"a,b\n1,2\n3\n4,5\n", "row 3: has 1 field where the header has 2; correct the file, or delete the row"),
        (b"a,b\n1,2\n3\n", "row 3: is cut off: has 1 field where the header has 2; the writer was interrupted"),
        (
            b'a,b\n"1",5,6\n"2",7,8\n',
            r"row 2: begins with a row number \('1'\) that has no name in the header, or ends with a value",
        ),
        (b"a,b\n0,5,0,1\n", "row 2: has 4 fields where the header has 2; decimal commas or stray separators"),
        (
            b'a,b\n1,"2\n3,4\n',
            r'row 2: a quote \("\) is not closed; close the quote in its own cell, of at most 64 lines, and write ""',
        ),
        (b'a,b\n1,"2"3\n', """row 2, column b: '"2"3' is not a finite number"""),
        (b"a,b\n1,2\n3,\n", "row 3, column b: is empty; correct the file"),
        (b"a,b\n1,2\n3,1e999\n", "row 3, column b: '1e999' is not a finite number"),
        (b"a,b\n1,2\n3,1_0\n", "row 3, column b: '1_0' is not a finite number"),
        (b"a,b\n1,2\n3,9\n", r"row 3, column b: 9 lies outside 0\.\.5; count anew"),
        (b"a,b\n1,\x1b]0;title\x07\n", r"row 2, column b: '\\x1b\]0;title\\x07' is not a finite number"),
    ],
)
def test_names_the_first_mistake(content: bytes, expected: str) -> None:
    """One line: file, row as an editor counts it, column, value, remedy."""
    with pytest.raises(InputError, match=expected) as caught:
        parse_table(content, FORM, file="x.csv").numbers(["a", "b"], low=0, high=5, remedy="count anew")
    assert "\n" not in str(caught.value)


def test_tables_with_known_columns_only() -> None:
    """The nearest known column is offered, with the row that the header really is in."""
    with pytest.raises(InputError, match=r"row 3: unknown column 'aa' \(did you mean 'a'\?\); correct or remove it"):
        rows("# x\n\na\tb\taa\n", TABS)
    with pytest.raises(InputError, match="row 2: has 1 field where the header has 2; separate fields by one tab"):
        rows("a\tb\n1\n", TABS)


def test_long_cells_are_cut() -> None:
    """A message has room for some sixty characters of a cell, and none for control characters."""
    with pytest.raises(InputError) as caught:
        table(f"a,b\n1,{'x' * 100_000}\n").numbers(["b"])
    assert len(str(caught.value)) < 150
    with pytest.raises(InputError) as caught:
        table(f"a\tb\t{'x' * 100_000}\n", TABS)
    assert len(str(caught.value)) < 150
    assert shown("a\x1b[2Jb") == r"'a\x1b[2Jb'"


def test_files(tmp_path: Path) -> None:
    """What cannot be opened is named with the system's reason."""
    path = tmp_path / "x.csv"
    with pytest.raises(InputError, match=r"x\.csv: cannot be read \(No such file or directory\); check the path"):
        read_table(path, FORM)
    with pytest.raises(InputError, match="cannot be read"):
        read_table(tmp_path, FORM)
    path.write_bytes(b"# names\r\n\r\n one \r\ntwo\r\n")
    assert read_lines(path, missing="give one") == ["one", "two"]
    assert [row for row, _ in read_table(path.with_name(write(tmp_path, "a,b\n1,2\n")), FORM)] == [2]


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no device without an end")
@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null"])
def test_devices(device: str) -> None:
    """Some have no end."""
    with pytest.raises(InputError, match=rf"{device}: is a device, not a file; check the path"):
        read_table(Path(device), FORM)


def test_packed_files(tmp_path: Path) -> None:
    """What gzip packed is read; a damaged one, or one beyond measure, is refused."""
    path = tmp_path / "x.csv"
    packed = gzip.compress(b"a,b\n1,2\n")
    path.write_bytes(packed)
    assert list(read_table(path, FORM)) == [(2, ["1", "2"])]
    for damaged in (packed[:-5], packed[:12] + b"\xff" + packed[13:], packed[:3]):
        path.write_bytes(damaged)
        with pytest.raises(InputError, match=r"x\.csv: is packed by gzip and damaged; copy it again"):
            read_table(path, FORM)


def test_too_much_in_a_packed_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file cannot fill the memory; what a packed file of its size may hold is read, however large."""
    monkeypatch.setattr("onefilter.text._LARGEST_PIECE", 1 << 20)
    path = tmp_path / "x.csv"
    for zeros in (bytes(1 << 25), b"0" * (1 << 25), b"0,1\n" * (1 << 23)):
        path.write_bytes(gzip.compress(zeros))
        tracemalloc.start()
        expected = r"holds more than \d MiB, packed by gzip into 0\.0 MiB; unpack it, and see"
        with pytest.raises(InputError, match=expected):
            read_table(path, FORM)
        assert tracemalloc.get_traced_memory()[1] < len(zeros)
        tracemalloc.stop()
    text = b"a,b\n" + b"".join(b"%d,%d\n" % (row, row * row) for row in range(100_000))
    assert len(text) > 1 << 20
    path.write_bytes(gzip.compress(text))
    assert len(read_table(path, FORM).lines) == 100_000
    monkeypatch.setattr("onefilter.text._LARGEST", 1 << 20)
    with pytest.raises(InputError, match=r"holds more than 1 MiB, packed by gzip into 0"):
        read_table(path, FORM)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"a.csv" + bytes(252) + b"ustar\x0000", "is a tar archive, not a table as text; unpack it"),
        (b"PK\x05\x06" + bytes(18), "is an empty zip archive, not a table as text; give the table itself"),
        (gzip.compress(gzip.compress(b"a,b\n1,2\n", mtime=0), mtime=0), "is packed by gzip twice; unpack it once"),
        (b"PAR1\x15\x04", "is Parquet, not a table as text; save the table as CSV"),
        (b"\x89HDF\r\n\x1a\n", "is an HDF5 file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", r"is an Excel workbook \(xls\)"),
        (b"BZh91AY", "is packed by bzip2, not a table as text; unpack it"),
        *(
            (start + b'"a": [1, 3]}', "is JSON, not a table as text; write it as CSV: a header, and one row for each")
            for start in (b"{", b"{\r\n  ", b"[{", b"\xef\xbb\xbf[\n {", b"[[")
        ),
        (b"\0\0\0\x20ftypisom", r"is a video \(MP4 or MOV\).*run OpenFace"),
        *STAND_INS,
        *(
            ("a,b\n1,2\n".encode(encoding), rf"is UTF-{encoding[4:6]}.* text, which is not read; save it as UTF-8")
            for encoding in ("utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")
        ),
        (b"a,b\n1,2\n".replace(b"1", b"\0"), "row 2: holds NUL bytes"),
    ],
)
def test_files_that_are_no_text(tmp_path: Path, content: bytes, what: str) -> None:
    """They are called what they are."""
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=what):
        read_table(path, FORM)


@pytest.mark.parametrize(
    ("member", "what"), [("xl/workbook.xml", "a workbook of a spreadsheet"), ("rec.csv", "a zip archive, .*unpack it")]
)
def test_zip_archives(tmp_path: Path, member: str, what: str) -> None:
    """A workbook is told from an archive."""
    path = tmp_path / "x.csv"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, "a,b")
    with pytest.raises(InputError, match=what):
        read_table(path, FORM)


@pytest.mark.parametrize("first", ["[s]", "{a}", "[1]"])
def test_brackets_in_names_are_no_json(tmp_path: Path, first: str) -> None:
    """A header may begin with a unit in brackets, or with a brace."""
    path = tmp_path / "x.csv"
    path.write_text(f"{first},b\n1,2\n")
    assert list(read_table(path, Form(("b",), optional=None, separator=","))) == [(2, ["1", "2"])]


CLOTHES = {
    "LF": b"a,b\n1,2\n3,4\n",
    "CR LF": b"a,b\r\n1,2\r\n3,4\r\n",
    "CR": b"a,b\r1,2\r3,4\r",
    "one line": b"a",
    "UTF-16": "a,b\r\n1,2\r\n3,\u00e4\r\n".encode("utf-16"),
    "gzip": gzip.compress(b"a,b\r1,2\r") + gzip.compress(b"3,4\r"),
    "gzip, UTF-16": gzip.compress("a,b\n1,2\n3,4\n".encode("utf-16")),
}


@given(st.sampled_from(sorted(CLOTHES)), st.lists(st.integers(1, 90), max_size=9))
def test_pieces_give_what_the_whole_gives(clothes: str, cuts: list[int]) -> None:
    """Wherever a file is cut into pieces, its lines are those of the whole."""
    content = CLOTHES[clothes]
    places = sorted({0, *(cut for cut in cuts if cut < len(content))})
    pieces = Pieces("x.csv")
    got = b"".join(pieces.feed(content[a:b]) for a, b in zip(places, [*places[1:], len(content)], strict=True))
    got += pieces.feed(b"", last=True)
    whole = gzip.decompress(content) if clothes.startswith("gzip") else content
    assert lines_of(got.decode()) == lines_of(decode(whole, file="x.csv"))


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\xff\xfea\0b", "is damaged UTF-16 text"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0)[:-4], "is packed by gzip and cut off; copy it again"),
        (b"\x1f\x8b\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "is packed by gzip and damaged"),
        (gzip.compress(bytes(1 << 27), mtime=0), "holds too much, packed by gzip"),
        (b"PAR1", "is Parquet"),
        ("a,b\n1,2\n".encode("utf-32"), "is UTF-32 text"),
        ("a,b\n1,2\n".encode("utf-16-le"), r"is UTF-16 \(without a byte order mark\) text"),
    ],
)
def test_pieces_of_other_files(content: bytes, what: str) -> None:
    """What cannot be text is refused as it is as a whole."""
    pieces = Pieces("x.csv")
    with pytest.raises(InputError, match=what):
        pieces.feed(content, last=True)


def test_columns_that_rows_may_lack() -> None:
    """Cells of the last columns may be left out where the form says so, and nowhere else."""
    form = Form(("a",), separator=",", spare=1)
    assert rows("a,b,note\n1,2\n3,4,x\n", form) == [(2, ["1", "2", ""]), (3, ["3", "4", "x"])]
    with pytest.raises(InputError, match="row 2: has 1 field where the header has 3"):
        rows("a,b,note\n1\n3,4,x\n", form)


def write(folder: Path, text: str) -> str:
    """Write a file; give its name."""
    (folder / "y.csv").write_text(text, encoding="utf-8")
    return "y.csv"


CELLS = st.text(st.characters(blacklist_characters="\r\n\0", blacklist_categories=["Cs"]), max_size=8)


@given(st.lists(CELLS, min_size=1, max_size=6), st.sampled_from([",", ";", "\t"]))
def test_splits_what_pythons_csv_writes(cells: list[str], separator: str) -> None:
    """Every quoted row comes back, but for the blanks around its cells."""
    lines: list[str] = []

    class Sink:
        def write(self, text: str) -> None:
            lines.append(text)

    csv.writer(Sink(), delimiter=separator, lineterminator="", quoting=csv.QUOTE_ALL).writerow(cells)
    assert fields_of(lines[0], separator) == [cell.strip() for cell in cells]


@given(st.lists(st.text(st.characters(categories=["L", "N"]), max_size=4), min_size=1, max_size=6))
def test_splits_plain_lines(cells: list[str]) -> None:
    """Without quotes, separators are all that counts; a quote inside a cell is a character like others."""
    assert fields_of(",".join(cells), ",") == cells
    assert fields_of(";".join([*cells, ' 12" wide']), ";") == [*cells, '12" wide']


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_come_back(value: float) -> None:
    """What Python prints is read to the last bit."""
    assert number(repr(value)) == value


@pytest.mark.parametrize("text", ["", "nan", "inf", "-inf", "1,5", "1_0", "0x10", "\u0661", "1e400", "1 2", ".", "e5"])
def test_no_numbers(text: str) -> None:
    """What is not a finite number is none, whatever Python makes of it."""
    assert number(text) is None


def test_numbers_as_others_print_them() -> None:
    """NumPy prints `0.`, others `.5`, `+1`, `1E5`."""
    assert [number(text) for text in ("0.", ".5", "+1", "1E5", "-2.50")] == [0.0, 0.5, 1.0, 1e5, -2.5]


def test_lines_and_names() -> None:
    """Only line ends divide lines, not other characters that Unicode counts among them."""
    assert lines_of("a\x0bb\u2028c\x85d\x1ce\r\nf\n\n") == ["a\x0bb\u2028c\x85d\x1ce", "f"]
    assert decode(b"\xef\xbb\xbfx", file="x") == "x"
    assert repeated(["a", "b", "a", "b"]) == "a"
    assert repeated(["a", "b"]) is None


@pytest.mark.parametrize(("name", "expected"), [("a\0b", "embedded null byte"), ("x" * 5000, "File name too long")])
def test_paths_that_no_file_can_have(name: str, expected: str) -> None:
    """Configurations and tables may hold them."""
    with pytest.raises(InputError, match=rf"cannot be read \({expected}\); check the path"):
        read_lines(Path(name), missing="check the path")
