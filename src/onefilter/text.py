"""Delimited text that people and other programs hand in: one reader for all of it.

A `Form` says how one kind of file is written. `read_table` decodes a file, finds its header and gives a `Table`. Rows
are split and checked one after the other, so that the first mistake in the file is the one that is named. Rows are
counted as an editor counts them: the first line is row 1. Standard library only, except for `Table.frame`.

What is read: UTF-8 with or without a byte order mark, UTF-16 with one; what gzip packed; lines that end with LF, CR LF
or CR; cells in double quotes, also with line ends in them; separators behind the last cell. What can be meant in two
ways is refused: a quote that is not closed within a few lines, NUL bytes, a column that is there twice, a row with
another number of fields than the header. What is no text at all (a workbook, Parquet, a video) is called what it is,
and so is a separator that is not read. A first line ``sep=;``, which spreadsheets write, is left out.
"""

import codecs
import gzip
import io
import math
import re
import stat
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, AnyStr, Final

from onefilter.errors import InputError, escaped, nearest
from onefilter.names import count

if TYPE_CHECKING:
    import pandas as pd

_NUMBER: Final = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_WRITTEN: Final = (
    (re.compile(r"[+-]?[0-9]*,[0-9]+"), "write decimal points"),
    (re.compile(r"[+-]?[0-9]+(:[0-9]+)+([.,][0-9]+)?|[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].*)?"), "write times in seconds"),
    (re.compile(r"[+-]?[0-9][0-9.,]* ?[a-zA-Z%\u00b5]{1,8}"), "write the number alone"),
)
"""Cells that hold numbers in another way, and what to do about them."""
_HINT: Final = re.compile(r'"?sep=(.?)"?[,;\t ]*', re.IGNORECASE)
"""A first line by which spreadsheets tell the separator."""
_SEPARATORS: Final = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars (|)", " ": "blanks"}
MOST_LINES: Final = 64
"""Lines of one row, in whose quoted cells there are line ends; whoever forgets to close a quote loses no more."""
_FULL: Final = 4
"""As many separators as a row has are none of one line of text, if they are so many; else numbers tell."""
_ONE: Final = "remove or rename one of them"
"""What to do about a column that is there twice."""
CHECK_PATH: Final = "check the path, in the recordings table or on the command line"
"""What to do about a file of a recording that is not there."""
_LONGEST: Final = 60
"""Characters of a cell that messages show."""

EMPTY: Final = " \t\r\n,;"
"""What lines hold without saying anything: blanks and separators."""
_EMPTY_LINE: Final = re.compile(rb'\n[ \t\r,;"]*(?:\n|[ \t\r,;"]\Z)')
_CELL: Final = re.compile(r'"[ \t]*"')
"""A cell in quotes that holds nothing."""
_CELL_BYTES: Final = re.compile(_CELL.pattern.encode())
_ODD_ENDS: Final = "\u2028\u2029\x85\x0b\x0c\x1e"
"""Signs at which some programs end lines."""
GZIP: Final = b"\x1f\x8b"
"""How a file that gzip packed begins."""
_LARGEST_PIECE: Final = 1 << 26
"""Bytes that a packed file, or a piece of one, may hold whatever its size."""
_LARGEST: Final = 1 << 30
"""Bytes that a packed file may hold at most."""
_DENSEST: Final = 200
"""Bytes that a larger packed file may hold per byte of its own: 2 to 40 where OpenFace saw faces, 1000 where a file is
made to fill memory."""
_TELLING: Final = 16
"""Bytes that tell what kind of file it is."""
_AS_CSV: Final = "save the table as CSV"
_UNPACK: Final = "unpack it"
_KINDS: Final = (
    (0, b"PAR1", "Parquet", _AS_CSV),
    (0, b"ARROW1", "an Arrow (Feather) file", _AS_CSV),
    (0, b"\xd0\xcf\x11\xe0", "an Excel workbook (xls)", _AS_CSV),
    (0, b"\x89HDF", "an HDF5 file", _AS_CSV),
    (0, b"MATLAB 5.0", "a MATLAB file", _AS_CSV),
    (0, b"SQLite format 3", "an SQLite database", _AS_CSV),
    (0, b"$FL2", "an SPSS file", _AS_CSV),
    (0, b"RDX", "an R data file", _AS_CSV),
    (0, b"\x93NUMPY", "a NumPy array", _AS_CSV),
    (0, b"BZh", "packed by bzip2", _UNPACK),
    (0, b"\xfd7zXZ", "packed by xz", _UNPACK),
    (0, b"(\xb5/\xfd", "packed by zstd", _UNPACK),
    (0, b"7z\xbc\xaf", "a 7-Zip archive", _UNPACK),
    (0, b"Rar!", "a RAR archive", _UNPACK),
    (0, b"PK\x05\x06", "an empty zip archive", "give the table itself"),
    (257, b"ustar", "a tar archive", _UNPACK),
    (0, b"%PDF", "a PDF", "give the file that the tool wrote"),
    (0, b"\x1aE\xdf\xa3", "a video (Matroska or WebM)", "run OpenFace (FeatureExtraction) on it first"),
    (0, b"RIFF", "a video or sound (RIFF)", "run OpenFace (FeatureExtraction) on it first"),
    (4, b"ftyp", "a video (MP4 or MOV)", "run OpenFace (FeatureExtraction) on it first"),
)
"""Files that are no table as text: place, bytes there, what it is, what to do."""
_JSON: Final = re.compile(rb"""(\xef\xbb\xbf)?\s*(\{\s*["}]|\[\s*[\[{])""")
"""How objects, and lists of them or of lists, begin."""
_STAND_INS: Final = (
    (rb"version https://git-lfs", "a pointer of Git LFS, not the file itself", "fetch it: git lfs pull"),
    (rb"(md5: [0-9a-f]{32}\r?\n)?outs:\s", "a pointer of DVC, not the file itself", "fetch it: dvc pull"),
    (rb"(\xef\xbb\xbf)?\s*<(!doctype )?html", "a web page", "download the file itself"),
)
"""What is found where a file should be, by how it begins: what it is, what to do."""


@dataclass(frozen=True)
class Form:
    """How one kind of file is written, and what helps where a file is not.

    Attributes:
        columns: Columns that must be there, in any order.
        optional: Further columns that may be there. None allows any, which are not looked at.
        separator: Between fields.
        others: Further separators that are read where the header is separated by them.
        quote: Around fields that hold the separator, or around all.
        headless: Columns of a file without a header. Without any, a header is needed.
        comments: Whether blank lines and lines that begin with ``#`` are left out.
        spare: How many of the header's last columns a row may lack.
        missing: Remedy where there is no file.
        repair: Remedy where the file is at fault.
    """

    columns: Sequence[str]
    optional: Sequence[str] | None = None
    separator: str = "\t"
    others: str = ""
    quote: str = '"'
    headless: Sequence[str] = ()
    comments: bool = False
    spare: int = 0
    missing: str = "check the path"
    repair: str = "correct the file"

    @property
    def known(self) -> tuple[str, ...]:
        """The columns that are read if they are there."""
        return (*self.columns, *(self.optional or ()))

    @property
    def needs(self) -> str:
        """The remedy for a header that is not one."""
        names = self.headless or self.columns
        return f"it needs the columns {', '.join(names)}, separated by {self.separators}"

    @property
    def separators(self) -> str:
        """The separators that are read, in words."""
        return " or ".join(_SEPARATORS[mark] for mark in (self.separator, *self.others))


@dataclass(frozen=True)
class Table:
    """The rows of a file as text.

    Attributes:
        file: Name of the file, for messages.
        form: How it is written.
        header: Names of its columns.
        header_row: Row of the header; 0 if the file has none.
        lines: The other lines, with the number of their row.
    """

    file: Path | str
    form: Form
    header: Sequence[str]
    header_row: int
    lines: Sequence[tuple[int, str]]

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """Give every row's number and fields.

        Raises:
            InputError: At a row with another number of fields than the header.
        """
        for row, line in self.lines:
            fields = fit(self._fields(row, line), len(self.header), spare=self.form.spare)
            if len(fields) != len(self.header):
                raise self._wrong_width(row, fields)
            yield row, fields

    def _fields(self, row: int, line: str) -> list[str]:
        """Split a row; where only some columns are read, others may write a quote in another way, as C does say."""
        try:
            return _split(line, self.form, file=self.file, row=row)
        except InputError:
            fields = [field.strip() for field in line.split(self.form.separator)]
            whole = len(fields) == len(self.header) and not is_open(line, self.form.separator, quote=self.form.quote)
            if self.form.optional is not None or not whole:
                raise
            return fields

    def check_once(self, names: Iterable[str] | None = None) -> None:
        """Refuse a column that is there twice: one of some names, or any that has a name.

        Raises:
            InputError: For the first one.
        """
        wanted = set(self.header if names is None else names) - {""}
        twice = repeated([name for name in self.header if name in wanted])
        if twice is not None:
            raise self.error(f"has the column {twice} twice", row=self.header_row, remedy=_ONE)

    def numbers(
        self, names: Sequence[str], *, low: float = -math.inf, high: float = math.inf, remedy: str | None = None
    ) -> dict[str, list[float]]:
        """Read columns of finite numbers.

        Args:
            names: The columns.
            low: What no number may fall below.
            high: What no number may exceed.
            remedy: What to do about a number that does.

        Returns:
            Per column, one number per row.

        Raises:
            InputError: For the first cell that is no finite number, or lies outside the bounds.
        """
        places = [(name, self.header.index(name)) for name in names]
        columns: dict[str, list[float]] = {name: [] for name in names}
        for row, fields in self:
            for name, place in places:
                value = number(fields[place])
                if value is None:
                    what = f"{shown(fields[place])} is not a finite number" if fields[place] else "is empty"
                    raise self.error(what, row=row, column=name, remedy=rewriting(fields[place]))
                if not low <= value <= high:
                    what = f"{value:g} lies outside {low:g}..{high:g}"
                    raise self.error(what, row=row, column=name, remedy=remedy)
                columns[name].append(value)
        return columns

    def frame(self) -> "pd.DataFrame":
        """Give the known columns as text, in the order of the form; the index holds the rows' numbers.

        Optional columns that are not there are empty.
        """
        import pandas as pd

        rows = dict(self)
        columns = {
            name: [fields[self.header.index(name)] if name in self.header else "" for fields in rows.values()]
            for name in self.form.known
        }
        return pd.DataFrame(columns, index=list(rows), dtype="str")

    def error(
        self, what: str, *, row: int | None = None, column: str | None = None, remedy: str | None = None
    ) -> InputError:
        """Put a message about this file together; without a remedy, the form's own is given."""
        return InputError(what, file=self.file, row=row, column=column, remedy=remedy or self.form.repair)

    def _wrong_width(self, row: int, fields: Sequence[str]) -> InputError:
        """Say that a row has too many or too few fields, and what the likely cause is."""
        separator, expected, width = self.form.separator, len(self.header), len(fields)
        parts = {mark: fields[0].split(mark) for mark in ",;\t" if width == 1}
        other = next((mark for mark, cells in parts.items() if len(cells) == expected and all(cells)), None)
        if other == separator:
            return self.error("is in quotes as a whole", row=row, remedy="remove the quotes around rows")
        if other is not None:
            what = f"is separated by {_SEPARATORS[other]}, and the header by {_SEPARATORS[separator]}"
            return self.error(what, row=row, remedy=f"separate all lines by {_SEPARATORS[separator]}")
        what = (
            f"has {count(width, 'field')} where {'the header has' if self.header_row else 'there should be'} {expected}"
        )
        if self.header_row and row == self.lines[0][0] and (found := row_number(fields, expected)):
            return self.error(found[0], row=row, remedy=found[1])
        if separator == "\t":
            return self.error(what, row=row, remedy="separate fields by one tab, empty ones too")
        if width > expected:
            return self.error(
                what,
                row=row,
                remedy=f"decimal commas or stray separators: write decimal points and separate by '{separator}'",
            )
        remedy = f"{self.form.repair}, or delete the row"
        if row == self.lines[-1][0]:
            return self.error(f"is cut off: {what}", row=row, remedy=f"the writer was interrupted: {remedy}")
        return self.error(what, row=row, remedy=remedy)


def read_table(path: Path, form: Form) -> Table:
    """Read a file of the given form.

    Raises:
        InputError: If it cannot be read, is not text, is empty, or its header is at fault.
    """
    return parse_table(read_bytes(path, missing=form.missing), form, file=path)


def parse_table(content: bytes, form: Form, *, file: Path | str) -> Table:
    """Read a file's content; see `read_table`."""
    lines = [
        (row, line)
        for row, line in enumerate(lines_of(decode(content, file=file)), start=1)
        if not form.comments or (line.strip() and not line.startswith("#"))
    ]
    if not lines:
        if not form.headless:
            raise InputError("is empty", file=file, remedy=form.needs)
        return Table(file, form, form.headless, 0, lines)
    _uncover_header(lines)
    _join_header(lines, form)
    row, line = lines[0]
    form = _as_separated(line, form, file=file, row=row)
    header = _split(line, form, file=file, row=row)
    if form.headless and not set(header) & set(form.headless):
        return Table(file, form, form.headless, 0, _filled(lines))
    _check_header(header, form, file=file, row=row)
    rows = list(_rows_of(lines[1:], form, len(header)))
    # Where there is one column, an empty line is an empty cell.
    return Table(file, form, header, row, rows if len(header) == 1 else _filled(rows))


def _filled(lines: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """Leave out lines that hold nothing: programs that end lines twice write one after every row."""
    return [(row, line) for row, line in lines if not is_empty(line)]


def first_rows(text: str) -> list[tuple[int, str]]:
    """Give the header and the first row, if there is one, of a table of any kind, with the numbers of their rows."""
    lines = list(enumerate(lines_of(text), start=1))
    if not lines:
        return []
    _uncover_header(lines)
    form = Form((), separator=max(",;\t", key=lines[0][1].count))
    _join_header(lines, form)
    try:
        width = len(fields_of(lines[0][1], form.separator))
    except ValueError:  # Who splits the header will say so.
        return lines[:2]
    first = next((row for row in _rows_of(lines[1:], form, width) if not is_empty(row[1])), None)
    return lines[:1] if first is None else [lines[0], first]


def _uncover_header(lines: list[tuple[int, str]]) -> None:
    """Leave out what is above the header: a line for spreadsheets, and lines that hold nothing."""
    if len(lines) > 1 and is_hint(lines[0][1]):
        del lines[0]
    while len(lines) > 1 and is_empty(lines[0][1]):
        del lines[0]


def _join_header(lines: list[tuple[int, str]], form: Form) -> None:
    """Put the lines of the header together, if names of columns in quotes hold line ends."""
    row, whole = lines[0]
    for end in range(1, min(MOST_LINES, len(lines))):
        if not is_open(whole, form.separator, quote=form.quote):
            break
        whole = f"{whole}\n{lines[end][1]}"
        if not is_open(whole, form.separator, quote=form.quote):
            lines[: end + 1] = [(row, whole)]


def _rows_of(lines: Sequence[tuple[int, str]], form: Form, width: int) -> Iterator[tuple[int, str]]:
    """Put the lines of each row together, of which there are several where quoted cells hold line ends.

    Lines that are no row of so many fields together, or several, stay as they are.
    """
    place = 0
    while place < len(lines):
        row, line = lines[place]
        end, whole, goes_on = place + 1, line, is_open(line, form.separator, quote=form.quote)
        while goes_on and end < min(place + MOST_LINES, len(lines)):
            more = lines[end][1]
            whole, end = f"{whole}\n{more}", end + 1
            # A line with as many quotes as not, none above all, closes nothing.
            goes_on = more.count(form.quote) % 2 == 0 or is_open(whole, form.separator, quote=form.quote)
        if end > place + 1:
            together = [more for _, more in lines[place:end]]
            if not are_row(together, form.separator, width, quote=form.quote, spare=form.spare):
                end, whole = place + 1, line
        yield row, whole
        place = end


def is_open(line: str, separator: str, *, quote: str = '"') -> bool:
    """Tell whether a quoted field goes on behind the end of a line."""
    if line.count(quote) % 2 == 0:
        return False
    try:
        fields_of(line, separator, quote=quote)
    except ValueError:
        return True
    return False


def is_row(line: str, separator: str, width: int, *, quote: str = '"', spare: int = 0) -> bool:
    """Tell whether a line can be split into so many fields (`fit`)."""
    try:
        return len(fit(fields_of(line, separator, quote=quote), width, spare=spare)) == width
    except ValueError:
        return False


def are_row(lines: Sequence[str], separator: str, width: int, *, quote: str = '"', spare: int = 0) -> bool:
    """Tell whether lines are one row together: a quoted cell holds their ends.

    Where they are rows by themselves, a quote was forgotten. Text seldom holds as many separators as that takes, and
    tabs never; numbers among what it would hold tell.
    """
    if not is_row("\n".join(lines), separator, width, quote=quote, spare=spare):
        return False

    def row_in(line: str) -> list[str]:
        """Give the fields of a line that may be a row by itself, also one whose quote is not closed."""
        if width > 1 and is_row(line, separator, width, quote=quote, spare=spare):
            return fields_of(line, separator, quote=quote)
        plain = [field.strip() for field in line.split(separator)]
        return plain if 1 < width == len(plain) and is_open(line, separator, quote=quote) else []

    *between, last = map(row_in, lines[1:])

    def tell(fields: Sequence[str]) -> bool:
        return separator == "\t" or any(number(field) is not None for field in fields)

    if any(fields and (width > _FULL or tell(fields)) for fields in between):
        return False
    before, opened = _before_quote(lines[0], separator, quote=quote)
    # What the cell holds if it is one: the first line's end, and the beginning of the last one, which closes the quote.
    are_two = last and before + len(opened) == width
    return not (are_two and tell([*opened[1:], *last[:before]]))


def _before_quote(line: str, separator: str, *, quote: str) -> tuple[int, list[str]]:
    """Count the fields before the one that goes on behind the end of a line; give what else separators divide."""
    parts, behind = line.split(separator), list[str]()
    while parts and is_open(separator.join(parts), separator, quote=quote):
        behind.insert(0, parts.pop())
    return len(fields_of(separator.join(parts), separator, quote=quote)) if parts else 0, behind


def is_empty(line: str | bytes) -> bool:
    """Tell whether a line holds nothing: blanks, separators (`EMPTY`) and cells of two quotes with nothing between."""
    if isinstance(line, str):
        return not line.strip(EMPTY) or ('"' in line and not _CELL.sub("", line).strip(EMPTY))
    nothing = EMPTY.encode()
    return not line.strip(nothing) or (b'"' in line and not _CELL_BYTES.sub(b"", line).strip(nothing))


def without_empty_lines(content: bytes) -> tuple[bytes, list[int]] | None:
    """Leave out lines that hold nothing (`is_empty`), as tables do.

    Args:
        content: Text, whose lines end with LF.

    Returns:
        The other lines, and the number of each; None if no line is empty.
    """
    first = content[: content.find(b"\n") + 1]
    if (not first or not is_empty(first)) and _EMPTY_LINE.search(content) is None:
        return None
    lines = [(row, line) for row, line in enumerate(content.split(b"\n"), start=1) if not is_empty(line)]
    return b"\n".join(line for _, line in lines), [row for row, _ in lines]


def is_hint(line: str) -> bool:
    """Tell whether a first line is ``sep=,`` or the like, by which spreadsheets tell the separator: no header."""
    return _HINT.fullmatch(line.removeprefix("\ufeff").strip()) is not None


def read_lines(path: Path, *, missing: str) -> list[str]:
    """Read a file of one entry per line; blank lines and lines that begin with ``#`` are left out.

    Args:
        path: The file.
        missing: Remedy where there is no file.

    Raises:
        InputError: If it cannot be read or is not text.
    """
    lines = lines_of(decode(read_bytes(path, missing=missing), file=path))
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def read_bytes(path: Path, *, missing: str, json: bool = False) -> bytes:
    """Read a file's bytes; what gzip packed is unpacked.

    Args:
        path: The file.
        missing: Remedy where there is no file.
        json: Whether it may be JSON, as tables may not.

    Raises:
        InputError: If it cannot be read, or is a file of another kind than text.
    """
    try:
        mode = path.stat().st_mode
        device = stat.S_ISCHR(mode) or stat.S_ISBLK(mode)  # Some have no end.
        content = b"" if device else path.read_bytes()
    except (OSError, ValueError) as error:  # NUL bytes in a path are no OSError.
        why = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"cannot be read ({why})", file=path, remedy=missing) from error
    if device:
        raise InputError("is a device, not a file", file=path, remedy=missing)
    if content.startswith(GZIP):
        content = _unpack(content, file=path)
        _check_packed_once(content, file=path)
    check_kind(content, file=path, json=json)
    return content


def _check_packed_once(head: bytes, *, file: Path | str) -> None:
    """Refuse what gzip packed twice."""
    if head.startswith(GZIP):
        raise InputError("is packed by gzip twice", file=file, remedy=f"{_UNPACK} once")


def check_kind(content: bytes, *, file: Path | str, json: bool = False) -> None:
    """Refuse what is known to be no text, or no table, by what it is.

    Args:
        content: Of the file, or its beginning.
        file: Its name.
        json: Whether it may be JSON.

    Raises:
        InputError: If the content begins as such a file does.
    """
    check_itself(content, file=file)
    found = next(((what, remedy) for at, mark, what, remedy in _KINDS if content.startswith(mark, at)), None)
    if found is None and (encoding := _encoding_without_mark(content[:64])):
        raise InputError(f"is {encoding} text, which is not read", file=file, remedy="save it as UTF-8 text")
    if content.startswith(b"PK\x03\x04"):
        workbook = b"xl/workbook" in content or b"spreadsheet" in content[:200]
        found = ("a workbook of a spreadsheet", _AS_CSV) if workbook else ("a zip archive", _UNPACK)
    if found is None and not json and _JSON.match(content[:64]):
        found = ("JSON", "write it as CSV: a header, and one row for each frame or entry")
    if found is not None:
        raise InputError(f"is {found[0]}, not a table as text", file=file, remedy=found[1])


def check_itself(head: bytes, *, file: Path | str) -> None:
    """Refuse what stands in for a file that was not fetched: a pointer of Git LFS or DVC, or a web page.

    Args:
        head: The file's first bytes, 64 or more.
        file: Its name.

    Raises:
        InputError: If it is such a one.
    """
    for mark, what, remedy in _STAND_INS:
        if re.match(mark, head[:64], re.IGNORECASE):
            raise InputError(f"is {what}", file=file, remedy=remedy)


def _encoding_without_mark(head: bytes) -> str | None:
    """Name the encoding of a file's first bytes if it is UTF-32, or UTF-16 without a byte order mark."""
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "UTF-32"
    for width, name in ((4, "UTF-32"), (2, "UTF-16 (without a byte order mark)")):
        whole = head[: len(head) // width * width]
        # What tables begin with is ASCII: of every character, all bytes but one are 0.
        filled = [place for place in range(width) if any(whole[place::width])]
        if len(whole) >= 4 and filled in ([0], [width - 1]) and all(whole[filled[0] :: width]):
            return name
    return None


def _unpack(content: bytes, *, file: Path) -> bytes:
    """Unpack what gzip packed, up to what may be in it."""
    most = max(_LARGEST_PIECE, min(_LARGEST, _DENSEST * len(content)))
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
            unpacked = packed.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError("is packed by gzip and damaged", file=file, remedy="copy it again") from error
    if len(unpacked) > most:
        what = f"holds more than {most >> 20} MiB, packed by gzip into {len(content) / (1 << 20):.1f} MiB"
        raise InputError(what, file=file, remedy="unpack it, and see whether it is what it should be")
    return unpacked


class Pieces:
    """Makes text of a file that comes in pieces, as `read_bytes` and `decode` do of a whole one: UTF-8, lines with LF.

    Attributes:
        file: Name of the file, for messages.
    """

    def __init__(self, file: Path | str, *, nested: bool = False) -> None:
        """Begin a file, or what is packed in one (`nested`)."""
        self.file, self._nested = file, nested
        self._head: bytes | None = b""
        self._wide: codecs.IncrementalDecoder | None = None
        self._packed: tuple[Any, Pieces] | None = None
        self._held = b""

    def feed(self, data: bytes, *, last: bool = False) -> bytes:
        """Take the next bytes, or the last; give what can be told of the text.

        Raises:
            InputError: If the file is of another kind than text, or damaged.
        """
        if self._head is not None:
            self._head += data
            if not last and len(self._head) < _TELLING and b"\n" not in self._head:
                return b""
            data, self._head = self._head, None
            self._begin(data)
        if self._packed is not None:
            return self._unpack(data, last=last)
        if self._wide is not None:
            try:
                data = self._wide.decode(data, last).encode()
            except UnicodeError as error:
                raise InputError("is damaged UTF-16 text", file=self.file, remedy="save it as UTF-8 text") from error
        return self._with_lf(data, last=last)

    def _begin(self, head: bytes) -> None:
        """See what kind of file it is."""
        if self._nested:
            _check_packed_once(head, file=self.file)
        check_kind(head, file=self.file)
        if head.startswith(GZIP):
            self._packed = zlib.decompressobj(wbits=31), Pieces(self.file, nested=True)
        elif head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            self._wide = codecs.getincrementaldecoder("utf-16")()

    def _unpack(self, data: bytes, *, last: bool) -> bytes:
        """Unpack; what is unpacked is read as a file of its own."""
        assert self._packed is not None
        packed, inner = self._packed
        unpacked = b""
        try:
            while data and len(unpacked) < _LARGEST_PIECE:
                unpacked += packed.decompress(data, _LARGEST_PIECE - len(unpacked))
                data = packed.unused_data
                # Zeros fill the rest of a block of a tape, or of a damaged disk; gzip leaves them out, too.
                if packed.eof and not data.strip(b"\0"):
                    break
                if data:
                    # Files that gzip packed may follow one another in one file.
                    packed = zlib.decompressobj(wbits=31)
        except zlib.error as error:
            raise InputError("is packed by gzip and damaged", file=self.file, remedy="copy it again") from error
        self._packed = packed, inner
        if len(unpacked) == _LARGEST_PIECE:
            raise InputError("holds too much, packed by gzip", file=self.file, remedy=_UNPACK)
        if last and not packed.eof:
            raise InputError("is packed by gzip and cut off", file=self.file, remedy="copy it again")
        return inner.feed(unpacked, last=last)

    def _with_lf(self, data: bytes, *, last: bool) -> bytes:
        """Let lines that end with CR LF or CR end with LF, as `lines_of` does."""
        data, self._held = self._held + data, b""
        if data.endswith(b"\r") and not last:
            # Whether LF follows is to be seen.
            data, self._held = data[:-1], b"\r"
        return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in data else data


def decode(content: bytes, *, file: Path | str) -> str:
    """Decode UTF-8 with or without a byte order mark, or UTF-16 with one.

    Raises:
        InputError: If it is something else, or holds NUL bytes.
    """
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        if wide:
            raise InputError("is damaged UTF-16 text", file=file, remedy="save it as UTF-8 text") from error
        row = _row_at(content[: error.start].decode(errors="replace"))
        raise InputError("is not UTF-8 text", file=file, row=row, remedy="save it as UTF-8 text") from error
    if "\0" in text:
        row = _row_at(text[: text.index("\0")])
        raise InputError("holds NUL bytes", file=file, row=row, remedy="it is damaged, or no text: save it as UTF-8")
    if "\n" not in text and "\r" not in text and (odd := next((end for end in _ODD_ENDS if end in text), None)):
        what = f"is one line, in which U+{ord(odd):04X} stands for line ends"
        raise InputError(what, file=file, remedy="save it with the usual line ends (LF or CR LF)")
    return text


def lines_of(text: str) -> list[str]:
    """Split text into lines that end with LF, CR LF or CR, without those at the end that hold nothing."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    while lines and is_empty(lines[-1]):
        lines.pop()
    return lines


def fields_of(line: str, separator: str, *, quote: str = '"') -> list[str]:
    """Split one line into fields, without the blanks around them.

    Fields that begin with a quote go on to the next one, whatever is between; two quotes in a row stand for one.

    Raises:
        ValueError: If a quote is not closed, or something follows it in its field.
    """
    if quote not in line:
        return [field.strip() for field in line.split(separator)]
    fields, place = [], 0
    while True:
        while line.startswith(" ", place):
            place += 1
        if line.startswith(quote, place):
            field, place = _unquote(line, place, quote)
            if place < len(line) and not line.startswith(separator, place):
                raise ValueError("something follows a closed quote in the same field")
        else:
            end = line.find(separator, place)
            field, place = line[place:] if end < 0 else line[place:end], len(line) if end < 0 else end
        fields.append(field.strip())
        if place >= len(line):
            return fields
        place += len(separator)


def fit(fields: list[AnyStr], width: int, *, spare: int = 0) -> list[AnyStr]:
    """Leave out empty fields behind the last column, and put them where up to `spare` of the last columns lack."""
    while len(fields) > width and not fields[-1].strip():
        fields.pop()
    if 0 < width - len(fields) <= spare:
        empty = fields[0][:0]
        fields.extend(empty for _ in range(width - len(fields)))
    return fields


def row_number(fields: Sequence[str], width: int) -> tuple[str, str] | None:
    """Say that the first row begins with a number of its own, as R writes it, and what to do, if it does."""
    if len(fields) != width + 1 or not fields[0].isdecimal():
        return None
    what = (
        f"begins with a row number ({shown(fields[0])}) that has no name in the header, or ends with a value"
        f" ({shown(fields[-1])}) that has none"
    )
    return what, "write the table without row names (in R: row.names = FALSE), or give the last column a name"


def number(text: str) -> float | None:
    """Read a finite number as programs print it; None if the text is anything else."""
    if _NUMBER.fullmatch(text) is None:
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def rewriting(cell: str) -> str | None:
    """Say how to write a number that a cell holds in another way; None if it holds none."""
    return next((how for pattern, how in _WRITTEN if pattern.fullmatch(cell[: 2 * _LONGEST])), None)


def shown(text: str) -> str:
    """Give a cell as messages show it: in quotes, long ones cut, control characters escaped."""
    return repr(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…")


def printable(text: str) -> str:
    """Give text of a file, a stream or a path as terminals may show it: control characters are escaped."""
    return escaped(text)


def repeated(names: Sequence[str]) -> str | None:
    """Give the first name that is there a second time, if any."""
    return next((name for place, name in enumerate(names) if name in names[:place]), None)


def _row_at(before: str) -> int:
    """Give the row of the character behind this text."""
    return before.count("\n") + before.replace("\r\n", "").count("\r") + 1


def _unquote(line: str, place: int, quote: str) -> tuple[str, int]:
    """Read the quoted field that begins at a place; give it, and the place of the separator behind it."""
    field, begin = "", place + 1
    while True:
        end = line.find(quote, begin)
        if end < 0:
            raise ValueError(f"a quote ({quote}) is not closed")
        field += line[begin:end]
        if not line.startswith(quote, end + 1):
            break
        field, begin = field + quote, end + 2
    place = end + 1
    while line.startswith(" ", place):
        place += 1
    return field, place


def _split(line: str, form: Form, *, file: Path | str, row: int) -> list[str]:
    """Split one line, or say which row cannot be split."""
    try:
        return fields_of(line, form.separator, quote=form.quote)
    except ValueError as error:
        close = f"close the quote in its own cell, of at most {MOST_LINES} lines,"
        remedy = f"{close} and write {form.quote * 2} for a quote inside quotes"
        raise InputError(str(error), file=file, row=row, remedy=remedy) from error


def _as_separated(line: str, form: Form, *, file: Path | str, row: int) -> Form:
    """Give the form with the separator that the header is written with; refuse one that is not read."""
    needed = {*form.columns, *form.headless}
    if not needed:
        # Nothing is known of the columns: what separates most of them does.
        return replace(form, separator=max((form.separator, *form.others), key=line.count))

    def known(mark: str) -> int:
        try:
            return len(needed.intersection(fields_of(line, mark, quote=form.quote)))
        except ValueError:  # What cannot be split is said where it is split.
            return 0

    found = max((form.separator, *_SEPARATORS), key=known)
    if found == form.separator or known(found) < min(2, len(needed)):
        return form
    if found not in form.others:
        what = f"fields are separated by {_SEPARATORS[found]}"
        raise InputError(what, file=file, row=row, remedy=f"separate them by {form.separators}")
    return replace(form, separator=found)


def _check_header(header: Sequence[str], form: Form, *, file: Path | str, row: int) -> None:
    """Check that every column that is needed is there, and that none that is known is there twice."""
    missing = [name for name in form.columns if name not in header]
    if missing and all(number(name) is not None for name in header):
        raise InputError(
            "holds values where the names of the columns should be",
            file=file,
            row=row,
            remedy=f"write a header above them, with {' and '.join(form.columns)} in it",
        )
    if form.optional is not None:
        unknown = next((name for name in header if name not in form.known), None)
        if unknown is not None:
            raise InputError(
                f"unknown column {shown(unknown)}{nearest(unknown[:_LONGEST], form.known)}",
                file=file,
                row=row,
                remedy="correct or remove it",
            )
    if missing:
        plural = "s" if len(missing) > 1 else ""
        raise InputError(f"lacks the column{plural} {', '.join(missing)}", file=file, row=row, remedy=form.needs)
    twice = repeated([name for name in header if name in form.known])
    if twice is not None:
        raise InputError(f"has the column {twice} twice", file=file, row=row, remedy=_ONE)
