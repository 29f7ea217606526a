"""HTML from templates: what a value says is escaped, in markup and in the data that scripts read."""

from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
# `tojson` writes <, >, & and ' as \u escapes, and everything beyond ASCII too, so no text can end a script. It sorts
# keys unless told otherwise; ours keep the order of what they name.
_TEMPLATES.policies["json.dumps_kwargs"] = {"sort_keys": False}


def render(template: str, **values: object) -> str:
    """Fill a template in.

    Args:
        template: Path of the template beside this module.
        **values: What the template names; a name without a value raises `jinja2.UndefinedError`.
    """
    return _TEMPLATES.get_template(template).render(**values)
