"""YAML that people write: read in one place, so that what is wrong with it is one line with the row."""

import codecs
import json
import re
import reprlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from onefilter.errors import InputError, plain
from onefilter.text import GZIP, decode, read_bytes, shown

_UNREADABLE: Final = (yaml.YAMLError, ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What PyYAML raises for text that is no YAML, for dates and numbers that cannot be, and for endless nesting."""
_NUMBERS: Final = {
    "tag:yaml.org,2002:int": re.compile(r"[-+]?(0|[1-9][0-9]*)"),
    "tag:yaml.org,2002:float": re.compile(
        r"[-+]?[0-9]*\.?[0-9]*([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
    ),
}
"""Numbers that are what they look like: YAML reads 0300 as 192, 1:40 as 100 and 1_0 as 10."""
_LONGEST_REASON: Final = 120
"""Characters of what PyYAML says that messages show."""


def read_yaml(path: Path, *, missing: str) -> Any:
    """Read a file of YAML.

    Args:
        path: The file.
        missing: Remedy where there is no file.

    Raises:
        InputError: If it cannot be read, is no YAML, or has a key twice, of which YAML keeps the last in silence.
    """
    return parse_yaml(decode(read_bytes(path, missing=missing, json=True), file=path), file=path)


def parse_yaml(text: str, *, file: Path) -> Any:
    """Read a file's text; see `read_yaml`."""
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        found = None if node is None else loader.construct_document(node)
    except _UNREADABLE as error:
        mark = getattr(error, "problem_mark", None)
        why = getattr(error, "problem", None) or str(error) or type(error).__name__
        what = f"is not YAML that can be read ({plain(why, longest=_LONGEST_REASON)})"
        row = None if mark is None else mark.line + 1
        raise InputError(what, file=file, row=row, remedy="correct it") from error
    _check_keys(node, file=file)
    return found


def read_overlay(path: Path) -> Mapping[Any, Any]:
    """Read a file of the configuration as Snakemake does: JSON, or else YAML, in UTF-8.

    Raises:
        InputError: If Snakemake could not read it, would not keep all that is in it, or would execute it.
    """
    remedy = "correct the path; name what is to be made before --configfile, which takes all words behind it"
    content = read_bytes(path, missing=remedy, json=True)
    with path.open("rb") as file:
        if file.read(2) in {GZIP, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
            raise InputError("is not UTF-8 text", file=path, remedy="save it as UTF-8 text, not packed")
    text = decode(content, file=path)
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        pass
    else:
        # JSON is YAML, but for tabs between its parts.
        text = text.replace("\t", " ")
    found = parse_yaml(text, file=path)
    if not isinstance(found, Mapping):
        raise InputError("holds no keys and values", file=path, remedy="write them as `key: value`, one per line")
    if not isinstance(found.get("pathvars", {}), Mapping):
        raise InputError("pathvars are no keys and values", file=path, remedy="write `pathvars: {results: FOLDER}`")
    other = next(((key, value) for key, value in found.get("pathvars", {}).items() if not isinstance(value, str)), None)
    if other is not None:
        value = plain(reprlib.repr(other[1]), longest=_LONGEST_REASON)
        what = f"pathvars.{plain(str(other[0]), longest=40)}: {value} is no path"
        raise InputError(what, file=path, remedy="write the folder's path, in quotes if it looks like a number")
    if "__use_yte__" in found:
        raise InputError("asks for its text to be executed (__use_yte__)", file=path, remedy="write values alone")
    return found


def typed(values: Any, told: Any) -> Any:
    """Take numbers, truths and nothing for what they are where a command line told them.

    Of ``--config 'corpus={batch: 5}'`` Snakemake makes a text, but for what is not within braces.

    Args:
        values: A configuration, or part of it.
        told: What the command line says of it; elsewhere it stays as it is.
    """
    if isinstance(values, Mapping) and isinstance(told, Mapping):
        return {key: typed(value, told[key]) if key in told else value for key, value in values.items()}
    if isinstance(values, list) and isinstance(told, list) and len(values) == len(told):
        return [typed(value, own) for value, own in zip(values, told, strict=True)]
    if isinstance(values, str) and values == told:
        return _typed(values)
    return values


def _typed(text: str) -> Any:
    """Give what YAML takes a text for, if that is one number, truth or nothing."""
    try:
        found = yaml.safe_load(text)
    except _UNREADABLE:
        return text
    if found is None or isinstance(found, bool):
        return found
    form = _NUMBERS.get(f"tag:yaml.org,2002:{type(found).__name__}")
    return text if form is None or form.fullmatch(text) is None else found


def _check_keys(node: yaml.Node | None, *, file: Path) -> None:
    """Refuse a key that is there twice in one place, and numbers in bases of 8, 16 or 60."""
    waiting, seen = [node], set[int]()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if (
            isinstance(node, yaml.ScalarNode)
            and node.tag in _NUMBERS
            and _NUMBERS[node.tag].fullmatch(node.value) is None
        ):
            raise InputError(
                f"{shown(node.value)} is a number in one version of YAML, and in another text or another number",
                file=file,
                row=node.start_mark.line + 1,
                remedy="write a decimal number (no 0 in front, no colon, no underscore), or put it in quotes as text",
            )
        if isinstance(node, yaml.SequenceNode):
            waiting += node.value
        elif isinstance(node, yaml.MappingNode):
            keys = set[tuple[str, str]]()
            for key, value in node.value:
                name = (key.tag, str(key.value))
                if name in keys:
                    row = key.start_mark.line + 1
                    raise InputError(f"has the key {shown(name[1])} twice", file=file, row=row, remedy="remove one")
                keys.add(name)
                waiting += [key, value]
