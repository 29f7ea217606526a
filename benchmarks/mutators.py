"""Change good files in ways that people, programs and broken disks do. Everything follows from the generator."""

import copy
import gzip
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Final

import h5py
import numpy as np
import yaml

Mutator = Callable[[bytes, np.random.Generator], bytes]

CELLS: Final = (
    "", " ", "nan", "NaN", "inf", "-inf", "-0", "0", "1", "-1", "2", "1e308", "-1e308", "1e309", "1e-320", "9" * 20,
    "9" * 400, "1e12", "1e10", "0x10", "1_000", "\u0661\u0662", "\uff11", "²", "+1", "1.", ".5", "0,5", "1.000,5",
    "50 %", "true", "No", "NA", "null", "-", "#REF!", "1. May", "2020-13-45", "12:30", '"', '""', 'a"b', "'", "=1+1",
    "\0", "\r", "\x1b]0;title\x07", "\u202e", "\ufeff", "\x85", "\u2028", "é", "\U0001f600", "x" * 70_000, "[/bold]",
    "a b", "$x$", "<script>alert(1)</script>", "{x}", "%s", "2147483648", "9223372036854775808", "../x", "turn",
    "speaker", "time", "all",
)  # fmt: skip
"""What may stand in a cell."""
VALUES: Final[tuple[Any, ...]] = (
    None, True, False, 0, 1, -1, 1.0, 1.5, 80.0, 1e308, -0.0, 2**31, 2**63, 10**400, float("nan"), float("inf"), 1e-9,
    "", "x", "1", "no", "a" * 5000, "\x1b[2J", "a\0b", "../x", "[/bold]", "é", "\ud800", [], {}, [[]], {"": {}},
    [1, 2], ["x", "x"], {"x": 1}, "time", "F16", "BF16", "I64", "linear", "relu", "causal", "drop", "valence",
    "simulated", "avec", "openface", "german",
)  # fmt: skip
"""What may stand where JSON or YAML has a value."""
WRITTEN: Final = (
    "&a [*a]", "*a", "&a {x: 1}", "{[1, 2]: 1}", "{1: 2}", "{no: 1}", "{null: 1}", "{2020-01-01: 1}", "!!set {a, b}",
    "!!binary aGVsbG8=", "!!python/object:os.system x", "{<<: {x: 1}}", "|", "2020-01-01", "2020-13-45", "1:20:30",
    "0x10", "0o7", ".nan", "[.inf, .nan]", "9" * 5000, "", "!!int x", "!!timestamp x", "!!bool x", "[" * 50 + "]" * 50,
    "[" * 900,
)  # fmt: skip
"""What YAML has for values."""
SPECIAL: Final = (0, 1, 9, 10, 13, 27, 34, 44, 0x7F, 0x80, 0xC3, 0xFF)
"""Bytes that mean something, or nothing."""
ENCODINGS: Final = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "latin-1", "cp1252", "utf-7")
FRONT: Final = 4000
"""Bytes at the beginning of a file, which hold most of what describes it."""


def chosen(rng: np.random.Generator, among: Sequence[Any]) -> Any:
    """Draw one of several."""
    return among[int(rng.integers(len(among)))]


def of_bytes(content: bytes, rng: np.random.Generator) -> bytes:
    """Cut, change bytes or bits, write extreme numbers, repeat or leave out a piece."""
    if not content:
        return b"\0"
    changed, way = bytearray(content), int(rng.integers(6))
    place = int(rng.integers(len(changed)))
    near = int(rng.integers(min(len(changed), FRONT)))
    if way == 0:
        return content[:place]
    if way == 1:
        for _ in range(chosen(rng, (1, 1, 2, 5, 30))):
            changed[int(rng.integers(chosen(rng, (min(len(changed), FRONT), len(changed)))))] = int(
                chosen(rng, (*SPECIAL, rng.integers(256)))
            )
    elif way == 2:
        changed[near] ^= 1 << int(rng.integers(8))
    elif way == 3:
        size = chosen(rng, (2, 4, 8))
        number = chosen(rng, (2 ** (8 * size) - 1, 2 ** (8 * size - 1), 0))
        changed[near : near + size] = number.to_bytes(size, "little")
    elif way == 4:
        length = int(rng.integers(1, 200))
        changed[place : place + length] = chosen(rng, (b"", bytes(changed[place : place + length]) * 2))
    else:
        other = int(rng.integers(len(changed)))
        changed[place:] = content[other:]
    return bytes(changed)


def of_text(separator: str) -> Mutator:
    """Give the mutator of tables whose fields are separated so: one to three changes, one after the other."""

    def mutated(content: bytes, rng: np.random.Generator) -> bytes:
        for _ in range(chosen(rng, (1, 1, 1, 2, 3))):
            if rng.random() < 0.2:
                content = of_bytes(content, rng)
                continue
            text = content.decode("utf-8", errors="surrogateescape")
            way = chosen(rng, (_cell, _cell, _cell, _column, _column, _row, _row, _written))
            changed = way(text, separator, rng)
            content = changed if isinstance(changed, bytes) else changed.encode("utf-8", errors="surrogateescape")
        return content

    return mutated


def _table(text: str, separator: str) -> list[list[str]]:
    return [line.split(separator) for line in text.split("\n")]


def _joined(table: Sequence[Sequence[str]], separator: str) -> str:
    return "\n".join(separator.join(row) for row in table)


def _cell(text: str, separator: str, rng: np.random.Generator) -> str:
    """Write something else into one cell, the header's among them, or take another one's content."""
    table = _table(text, separator)
    row = chosen(rng, table) if rng.random() < 0.8 else table[0]
    other = chosen(rng, chosen(rng, table))
    row[int(rng.integers(len(row)))] = other if rng.random() < 0.2 else chosen(rng, CELLS)
    return _joined(table, separator)


def _column(text: str, separator: str, rng: np.random.Generator) -> str:
    """Leave a column out, double it, put it elsewhere, or change all of its numbers; mostly one of the first."""
    table = _table(text, separator)
    width = len(table[0]) if rng.random() < 0.4 else min(6, len(table[0]))
    place, other, way = int(rng.integers(width)), int(rng.integers(len(table[0]))), int(rng.integers(9))
    factor = chosen(rng, (0.0, -1.0, 1e-3, 0.5, 0.999, 1.5, 10, 30, 1000, 1e6, 1e300))
    offset = chosen(rng, (-1, -0.01, 0.5, 1.4, 20, 86400, 1.7e9, 1e300))
    value = chosen(rng, CELLS)
    for number, row in enumerate(table):
        if place >= len(row) or (way > 3 and not number):
            continue
        if way == 0:
            del row[place]
        elif way == 1:
            row.insert(place, row[place])
        elif way == 2 and other < len(row):
            row[place], row[other] = row[other], row[place]
        elif way == 3:
            row.insert(place, str(number) if number else chosen(rng, ("", "id", "speaker", "x")))
        elif way == 4:
            row[place] = value
        else:
            row[place] = _changed(row[place], way, factor, offset, rng)
    return _joined(table, separator)


def _changed(cell: str, way: int, factor: float, offset: float, rng: np.random.Generator) -> str:
    """Scale or move a number, let it jitter, or round it; what is none stays."""
    try:
        number = float(cell)
    except ValueError:
        return cell
    if way == 5:
        return f"{number * factor:.6g}"
    if way == 6:
        return f"{number + offset:.6f}"
    if way == 7:
        return f"{number + float(rng.normal(0, 0.004)):.3f}"
    return f"{number:.{chosen(rng, (0, 1, 2))}g}"


def _row(text: str, separator: str, rng: np.random.Generator) -> str:
    """Leave rows out, repeat, move, turn, cut or lengthen them, or write something else between them."""
    lines = text.split("\n")
    first, last = sorted(int(place) for place in rng.integers(len(lines), size=2))
    middle = lines[first : last + 1]
    extra = chosen(rng, ("", " ", "#", "sep=,", "# note", separator * 3, lines[0], "x", chosen(rng, CELLS)))
    ways = (
        lambda: lines[:first] + lines[last + 1 :],
        lambda: [*lines[: last + 1], *middle, *lines[last + 1 :]],
        lambda: lines[:first] + middle[::-1] + lines[last + 1 :],
        lambda: [*lines[:first], extra, *lines[first:]],
        lambda: [extra, *lines],
        lambda: [*lines[:first], lines[first][: int(rng.integers(len(lines[first]) + 1))], *lines[first + 1 :]],
        lambda: [*lines[:first], lines[first] + separator + extra, *lines[first + 1 :]],
        lambda: [*lines[:first], lines[last], *lines[first + 1 :]],
        lambda: lines + lines,
        lambda: [line + separator for line in lines],
        lambda: lines[:1],
        lambda: [lines[0], *(f"{number}{separator}{line}" for number, line in enumerate(lines[1:], start=1))],
    )
    return "\n".join(chosen(rng, ways)())


def _written(text: str, separator: str, rng: np.random.Generator) -> str | bytes:
    """Write the same with other separators, quotes, ends of lines, or in another encoding."""
    way = int(rng.integers(8))
    if way == 0:
        return text.replace(separator, chosen(rng, (";", "\t", "|", " ", ",", ", ", separator * 2)))
    if way == 1:
        quoted = [['"' + cell + '"' for cell in row] for row in _table(text, separator)]
        return _joined(quoted, separator)
    if way == 2:
        place = int(rng.integers(len(text) + 1))
        return text[:place] + str(chosen(rng, ('"', "'", '""', '"x"'))) + text[place:]
    if way == 3:
        return text.replace("\n", chosen(rng, ("\r\n", "\r", "\n\n", "\n\r", "\x85")))
    if way == 4:
        return text.rstrip("\n")
    if way == 5:
        return text.replace(".", ",")
    if way == 6:
        return gzip.compress(text.encode("utf-8", errors="surrogateescape"), mtime=0)
    encoding: str = chosen(rng, ENCODINGS)
    return text.encode(encoding, errors="replace")


def tree(value: Any, rng: np.random.Generator) -> Any:
    """Change one to three places of nested lists and dictionaries: values, types, names, nesting."""
    for _ in range(chosen(rng, (1, 1, 1, 2, 3))):
        value = _in_tree({"root": value}, rng)["root"]
    return value


def _in_tree(root: Any, rng: np.random.Generator) -> Any:
    owners: list[tuple[Any, Any]] = [(root, "root")]
    places: list[tuple[Any, Any]] = []
    while owners:
        owner, key = owners.pop()
        places.append((owner, key))
        inner = owner[key]
        if isinstance(inner, dict | list):
            owners += [(inner, each) for each in (inner if isinstance(inner, dict) else range(len(inner)))]
    owner, key = chosen(rng, places)
    other, place = chosen(rng, places)
    way = int(rng.integers(7))
    if way == 0 and owner is not root:
        del owner[key]
    elif way == 1 and isinstance(owner, dict) and owner is not root:
        owner[chosen(rng, ("", "x", "name", "\x1b", "a" * 5000))] = owner.pop(key)
    elif way == 2:
        owner[key] = chosen(rng, ([owner[key]], {"x": owner[key]}, [owner[key]] * 2, str(owner[key])[:200]))
    elif way == 3:
        # A copy: what holds itself is another kind of fault, and nothing that JSON or YAML files often have.
        owner[key] = copy.deepcopy(other[place])
    elif way == 4 and isinstance(owner[key], list):
        flat = not any(isinstance(entry, list | dict) for entry in owner[key])
        owner[key] = owner[key] * chosen(rng, (2, 1000 if flat else 2)) if rng.random() < 0.5 else owner[key][::-1]
    elif way == 5 and isinstance(owner[key], int | float):
        owner[key] = chosen(rng, (owner[key] * -1, float(min(owner[key], 1e300)), str(owner[key])[:20], [owner[key]]))
    else:
        owner[key] = copy.deepcopy(chosen(rng, VALUES))  # What is changed here must not change later inputs.
    return root


def _or_bytes(mutator: Mutator) -> Mutator:
    """Change the bytes of what a mutator cannot take apart, because it is damaged already."""

    def mutated(content: bytes, rng: np.random.Generator) -> bytes:
        try:
            return mutator(content, rng)
        except (
            ValueError,
            LookupError,
            TypeError,
            AttributeError,
            OSError,
            RuntimeError,
            yaml.YAMLError,
            zipfile.BadZipFile,
        ):
            return of_bytes(content, rng)

    return mutated


def _bomb(name: str) -> str:
    """Give a list of lists of lists, each written once and named nine times by the next: 9^8 entries."""
    inner = "&a [x, x, x, x, x, x, x, x, x]"
    for before, own in pairwise("abcdefgh"):
        inner = f"&{own} [{inner}, {', '.join([f'*{before}'] * 8)}]"
    return f"{name}: {inner}"


@_or_bytes
def of_yaml(content: bytes, rng: np.random.Generator) -> bytes:
    """Change a YAML file: what it says, or how."""
    way = rng.random()
    if way < 0.6:
        flow = bool(rng.random() < 0.5)
        changed = tree(yaml.load(content, Loader=yaml.CSafeLoader), rng)
        return yaml.dump(changed, Dumper=yaml.CSafeDumper, allow_unicode=True, default_flow_style=flow).encode(
            "utf-8", errors="surrogatepass"
        )
    if way < 0.75:
        return of_text(":")(content, rng)
    lines = content.decode().split("\n")
    place = int(rng.integers(len(lines)))
    line = lines[place]
    written = f"{line.split(':')[0]}: {chosen(rng, WRITTEN)}"
    others = (
        f"\t{line}",
        f"  {line}",
        f"? {line}",
        "---",
        "...",
        "%YAML 9.9",
        f"{line}\n{line}",
        _bomb(line.split(":")[0]),
    )
    lines[place] = written if rng.random() < 0.7 else chosen(rng, others)
    return "\n".join(lines).encode()


@_or_bytes
def of_safetensors(content: bytes, rng: np.random.Generator) -> bytes:
    """Change a model file: its bytes, its header, its card, or its numbers."""
    size = int.from_bytes(content[:8], "little")
    way = rng.random()
    if way < 0.3 or size + 8 > len(content):
        return of_bytes(content, rng)
    header, data = json.loads(content[8 : 8 + size]), content[8 + size :]
    if way < 0.7:
        card = json.loads(header["__metadata__"]["onefilter"])
        text = json.dumps(tree(card, rng))
        header["__metadata__"]["onefilter"] = "[" * 2000 + text if rng.random() < 0.02 else text
    elif way < 0.85:
        header = tree(header, rng)
    else:
        numbers = np.frombuffer(data, dtype="<f4").copy()
        value = chosen(rng, (np.nan, np.inf, 3e38, -3e38, 1e20, 1e-45, 0.0, -0.0))
        numbers[rng.integers(len(numbers), size=chosen(rng, (1, 1, 5, len(numbers))))] = value
        data = numbers.tobytes()
    packed = json.dumps(header).encode()
    return len(packed).to_bytes(8, "little") + packed + data


@_or_bytes
def of_hdf5(content: bytes, rng: np.random.Generator) -> bytes:
    """Change a Keras file: its bytes, its description, or its arrays."""
    if rng.random() < 0.5:
        return of_bytes(content, rng)
    memory = io.BytesIO(content)
    with h5py.File(memory, "r+") as file:
        if "model_config" in file.attrs and rng.random() < 0.6:
            text = file.attrs["model_config"]
            description = tree(json.loads(text), rng)
            file.attrs["model_config"] = json.dumps(description).encode()
        else:
            _change_array(file, rng)
    return memory.getvalue()


def _change_array(file: h5py.File, rng: np.random.Generator) -> None:
    """Leave an array out, give it another shape or type, extreme numbers, or a link in its place."""
    names: list[str] = []
    file.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
    name = chosen(rng, sorted(names))
    values = file[name][()]
    del file[name]
    way = int(rng.integers(8))
    if way == 0:
        return
    if way == 1:
        file[name] = h5py.SoftLink(f"/{name}")
    elif way == 2:
        file[name] = h5py.ExternalLink("/etc/hostname", "/x")
    elif way == 3:
        file[name] = values.astype(chosen(rng, ("i4", "f2", "f8", "c8", "S4", "?")))
    elif way == 4:
        file[name] = chosen(
            rng, (values.T, values[..., None], values[:0], values.ravel(), np.float32(1), np.tile(values, 2))
        )
    elif way == 5:
        values.flat[int(rng.integers(values.size))] = chosen(rng, (np.nan, np.inf, 3e38, 1e16, -0.0))
        file[name] = values
    elif way == 6:
        shape = chosen(rng, ((10**6, 37, 1), (10**9,), (2**40,), (80, 37, 10**6)))
        file.create_dataset(name, shape=shape, dtype="f4", chunks=tuple(min(size, 64) for size in shape))
    else:
        file.create_group(name)["kernel"] = values


@_or_bytes
def of_zip(content: bytes, rng: np.random.Generator) -> bytes:
    """Change a .keras file: its bytes, or those of a member."""
    if rng.random() < 0.4:
        return of_bytes(content, rng)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = chosen(rng, ("config.json", "config.json", "model.weights.h5", "model.weights.h5", "metadata.json"))
    if name == "config.json" and rng.random() < 0.8:
        members[name] = json.dumps(tree(json.loads(members[name]), rng)).encode()
    elif name == "model.weights.h5":
        members[name] = of_hdf5(members[name], rng)
    else:
        members[name] = of_bytes(members[name], rng)
    way = rng.random()
    if way < 0.05:
        del members[name]
    elif way < 0.1:
        members[chosen(rng, ("../x", "/etc/x", "assets/x", "\x1b"))] = b"x"
    memory = io.BytesIO()
    with zipfile.ZipFile(
        memory, "w", chosen(rng, (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA))
    ) as archive:
        for member, data in members.items():
            archive.writestr(zipfile.ZipInfo(member), data, compress_type=archive.compression)
    return memory.getvalue()


def of_json(content: bytes, rng: np.random.Generator) -> bytes:
    """Change a JSON file: what it says, or its bytes."""
    return json.dumps(tree(json.loads(content), rng)).encode() if rng.random() < 0.6 else of_bytes(content, rng)
