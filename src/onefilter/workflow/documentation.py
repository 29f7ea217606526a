"""What is written from the settings: config/config.yaml, the tables of config/README.md, the JSON schemas.

    python -m onefilter.workflow.documentation .

Run it after a change of a key or of a column of the recordings table (`make settings`); a test asks whether it was.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from onefilter.corpus.recordings import Recording
from onefilter.files import write_text
from onefilter.settings import Configuration, Settings, Target, group_in

HEAD: Final = """\
# The default run: the simulated twin at the size of SEWA. An overlay changes some keys and leaves the rest.
# The bounds of every key: config/README.md. `make settings` writes this file anew from src/onefilter/settings.py.
"""


def keys(model: type[Settings] = Configuration, path: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Walk through all keys: their paths, ``*`` for a name that the user gives, and what is known of them."""
    for name, field in model.model_fields.items():
        here = f"{path}.{name}".strip(".")
        group = group_in(field.annotation)
        if group is None:
            yield here, field
        elif isinstance(field.annotation, type):
            yield from keys(group, here)
        else:
            yield here, field
            yield from keys(group, f"{here}.*")


def key_table() -> str:
    """Give the table of all keys: what it is, what is allowed, the default."""
    rows = ["| key | what it is | allowed | default |", "|---|---|---|---|"]
    for path, field in keys():
        rows.append(f"| `{path}` | {_one_line(field.description)} | {allowed(field)} | {_default(field)} |")
    return "\n".join(rows)


def column_table() -> str:
    """Give the table of the recordings table's columns."""
    rows = ["| column | what it is |", "|---|---|"]
    rows += [f"| `{name}` | {_one_line(field.description)} |" for name, field in Recording.model_fields.items()]
    return "\n".join(rows)


def allowed(field: FieldInfo) -> str:
    """Say in words which values a key may have."""
    schema = _schema_of(field)
    options = schema.get("anyOf", [schema])
    words = [_allowed(option) for option in options if option.get("type") != "null"]
    return ", or ".join([*(["null"] if len(words) < len(options) else []), *words])


def _schema_of(field: FieldInfo) -> dict[str, Any]:
    """Give one key's JSON schema."""
    from pydantic import TypeAdapter

    schema: dict[str, Any] = TypeAdapter(field.rebuild_annotation()).json_schema()
    return schema


def _allowed(schema: Mapping[str, Any]) -> str:
    """Say in words what one JSON schema allows."""
    if "enum" in schema:
        return ", ".join(schema["enum"])
    kind = {"boolean": "true, false", "string": "text", "array": "list", "object": "the keys below"}.get(
        str(schema.get("type")), str(schema.get("type"))
    )
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    bounds = [f"{sign} {schema[name]:g}" if isinstance(schema[name], float) else f"{sign} {schema[name]}"
              for name, sign in signs.items() if name in schema]  # fmt: skip
    inner = f" of {_allowed(schema['items'])}" if isinstance(schema.get("items"), dict) and schema["items"] else ""
    if "additionalProperties" in schema and isinstance(schema["additionalProperties"], dict):
        kind = "by name: " + _by_name(schema["additionalProperties"])
    return ", ".join([kind + inner, *bounds])


def _by_name(schema: Mapping[str, Any]) -> str:
    """Say what the values of a mapping may be."""
    options = schema.get("anyOf", [schema])
    words = ["the keys below" if "$ref" in option else _allowed(option) for option in options]
    return ", or ".join(words)


def _default(field: FieldInfo) -> str:
    """Give a key's default as YAML writes it."""
    if field.is_required():
        return "–"
    value = _plain(field.default)
    return "see config.yaml" if isinstance(value, dict) and value else _flow(value)


def _plain(value: Any) -> Any:
    """Turn settings into what YAML knows."""
    if isinstance(value, BaseModel):
        return value.model_dump(exclude_defaults=isinstance(value, Target))
    if isinstance(value, dict):
        return {name: _plain(entry) for name, entry in value.items()}
    return value


def _flow(value: Any) -> str:
    """Write a value in one line of YAML."""
    if isinstance(value, float):
        # YAML 1.1 wants a point in what is a number with an exponent.
        text = repr(value)
        return text if "." in text or "e" not in text else text.replace("e", ".0e")
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_flow(entry)}" for name, entry in value.items()) + "}"
    text = yaml.safe_dump(value, default_flow_style=True, width=1000).removesuffix("\n...\n").strip()
    return text.replace("'", '"')


def config_text() -> str:
    """Write the default configuration, every key with its meaning."""
    return HEAD + "\n".join(_lines(Configuration, Configuration(), "")) + "\n"


def _lines(model: type[Settings], values: Settings, indent: str) -> Iterator[str]:
    """Write a group of keys, one or more lines each."""
    for name, field in model.model_fields.items():
        value = getattr(values, name)
        if isinstance(value, Settings):
            yield "" if not indent else f"{indent}# {_one_line(type(value).__doc__)}"
            if not indent:
                yield f"# {_one_line(type(value).__doc__)}"
            yield f"{indent}{name}:"
            yield from _lines(type(value), value, f"{indent}  ")
            continue
        if not indent:
            yield ""
        yield f"{indent}# {_one_line(field.description)}"
        if isinstance(value, dict) and value:
            yield f"{indent}{name}:"
            yield from (f"{indent}  {key}: {_flow(_plain(entry))}" for key, entry in value.items())
        else:
            yield f"{indent}{name}: {_flow(value)}"


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


def schema_text(model: type[BaseModel]) -> str:
    """Give a model's JSON schema."""
    return json.dumps(model.model_json_schema(), indent=2, ensure_ascii=False) + "\n"


def documents(folder: Path) -> dict[Path, str]:
    """Give everything that is written from the settings, by file of the project in `folder`."""
    readme = folder / "config/README.md"
    text = readme.read_text(encoding="utf-8")
    for name, table in (("keys", key_table()), ("columns", column_table())):
        marks = (f"<!-- {name}: written by make settings -->", f"<!-- end of {name} -->")
        pattern = re.compile(f"{re.escape(marks[0])}.*?{re.escape(marks[1])}", re.DOTALL)
        block = f"{marks[0]}\n{table}\n{marks[1]}"
        text, found = pattern.subn(lambda _, block=block: block, text)  # type: ignore[misc]
        if found != 1:
            message = f"{readme} lacks the marks of {name}"
            raise LookupError(message)
    return {
        readme: text,
        folder / "config/config.yaml": config_text(),
        folder / "workflow/schemas/config.schema.json": schema_text(Configuration),
        folder / "workflow/schemas/recordings.schema.json": schema_text(Recording),
    }


def main() -> None:
    """Write them."""
    for path, text in documents(Path(sys.argv[1])).items():
        write_text(path, text)


if __name__ == "__main__":
    main()
