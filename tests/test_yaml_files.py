"""YAML that people write: what is wrong with it is one line."""

import json
from pathlib import Path

import pytest

from onefilter.errors import InputError
from onefilter.yaml_files import read_overlay, read_yaml, typed

TEXT = "training:\n  epochs: 3\nfigures: {dpi: 60}\n"
CONTENT = {"training": {"epochs": 3}, "figures": {"dpi": 60}}

BAD: dict[str, tuple[bytes, str]] = {
    "UTF-16": (TEXT.encode("utf-16"), "is not UTF-8 text; save it as UTF-8 text, not packed"),
    "Latin-1": ("a: 1\nb: für\n".encode("latin-1"), "row 2: is not UTF-8 text"),
    "NUL": (b"seed: 1\0\n", "row 1: holds NUL bytes"),
    "brackets": (b"seed: " + b"[" * 3000, "is not YAML that can be read .maximum recursion"),
    "tab": (b"network:\n\ttaps: 80\n", r"row 2: is not YAML that can be read .found character '\\t'"),
    "two texts": (b"seed: 1\n---\nseed: 2\n", "row 2: is not YAML that can be read"),
    "number": (b"seed: " + b"9" * 5000, "is not YAML that can be read .Exceeds the limit"),
    "octal": (b"figures:\n  dpi: 0300\n", "row 2: '0300' is a number in one version of YAML"),
    "sexagesimal": (b"delay: 1:30\n", "row 1: '1:30' is a number .*; write a decimal number"),
    "sexagesimal, in a list": (b"a: [1.5, 1:30.5]\n", "row 1: '1:30.5' is a number"),
    "hexadecimal": (b"seed: 0x10\n", "row 1: '0x10' is a number"),
    "underscore": (b"seed: 1_0\n", "row 1: '1_0' is a number"),
    "octal key": (b"corpus: {007: a}\n", "row 1: '007' is a number"),
    "date": (b"seed: 2001-99-99\n", "is not YAML that can be read .month must be"),
    "code": (
        b"a: !!python/object/apply:os.system [exit]\n",
        "row 1: is not YAML that can be read .could not determine",
    ),
    "code, by Snakemake": (b"__use_yte__: true\nseed: ?exit()\n", "asks for its text to be executed"),
    "twice": (b"network: {taps: 70}\nseed: 1\nnetwork: {taps: 80}\n", "row 3: has the key 'network' twice; remove one"),
    "twice, nested": (b"a:\n- network:\n    taps: 70\n    taps: 80\n", "row 4: has the key 'taps' twice"),
    "twice, JSON": (b'{"a": 1,\n\t"a": 2}', "row 2: has the key 'a' twice"),
    "a list": (b"- a\n", "holds no keys and values; write them as `key: value`"),
    "nothing": (b"# seed: 1\n", "holds no keys and values"),
    "folders": (b"pathvars: [results]\n", "pathvars are no keys and values"),
    "a folder": (b"pathvars: {results: 5}\n", "pathvars.results: 5 is no path; write the folder's path, in quotes"),
    "folders of one": (b"pathvars: {logs: [a]}\n", "pathvars.logs: .*a.* is no path; write the folder's path"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_read(tmp_path: Path, case: str) -> None:
    """One line with the file, and the row if it is known."""
    content, expected = BAD[case]
    path = tmp_path / "own.yaml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=rf"own\.yaml(, |: ){expected}"):
        read_overlay(path)


def test_missing(tmp_path: Path) -> None:
    """A file that is not there, and a folder."""
    with pytest.raises(InputError, match=r"none\.yaml: cannot be read .*; correct the path"):
        read_overlay(tmp_path / "none.yaml")
    with pytest.raises(InputError, match=r"cannot be read .Is a directory"):
        read_overlay(tmp_path)


def test_what_is_read(tmp_path: Path) -> None:
    """YAML with or without a mark, JSON also with tabs; one key in two places is no mistake; links may loop."""
    path = tmp_path / "own.yaml"
    path.write_text("a: [0, -7, +3, 1.5, .5, 2., 1e-3, 1.0e+3, -.inf, .nan, 1:2:x, '007', '0x1']\n", encoding="utf-8")
    found = read_overlay(path)["a"]
    assert found[:6] == [0, -7, 3, 1.5, 0.5, 2.0]
    assert found[10:] == ["1:2:x", "007", "0x1"]
    for text in (TEXT, "\ufeff" + TEXT, json.dumps(CONTENT), json.dumps(CONTENT, indent="\t")):
        path.write_text(text, encoding="utf-8")
        assert read_overlay(path) == CONTENT
    path.write_text("a: {taps: 1}\nb: {taps: 2}\n1: 3\n'1': 4\n")
    assert read_overlay(path) == {"a": {"taps": 1}, "b": {"taps": 2}, 1: 3, "1": 4}
    path.write_text("&a [*a, 1]\n")
    assert read_yaml(path, missing="give one")[1] == 1


def test_what_a_command_line_tells() -> None:
    """Numbers, truths and nothing are what a file would have made of them; all else stays."""
    told = {"corpus": {"batch": "5", "x": "1"}, "seeds": ["1", "2.5", "no", "a: b", "[", "0300", "1:30", "null", ""]}
    values = {"corpus": {"batch": "5", "x": "2", "y": "3"}, "seeds": list(told["seeds"]), "z": "4"}
    assert typed(values, told) == {
        "corpus": {"batch": 5, "x": "2", "y": "3"},
        "seeds": [1, 2.5, False, "a: b", "[", "0300", "1:30", None, None],
        "z": "4",
    }
    assert typed({"a": ["1"]}, {"a": ["1", "2"]}) == {"a": ["1"]}


def test_a_line_that_stands_for_millions(tmp_path: Path) -> None:
    """Nobody writes a value out that is lists of lists of lists."""
    path, lists = tmp_path / "own.yaml", "&a0 [x]"
    for depth in range(1, 40):
        lists = f"&a{depth} [{lists}{f', *a{depth - 1}' * 9}]"
    path.write_text(f"pathvars: {{results: {lists}}}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"pathvars\.results: \[\[\[\[.* is no path; write the folder's path"):
        read_overlay(path)
