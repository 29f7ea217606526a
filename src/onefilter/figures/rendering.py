"""HTML from templates: what a value says is escaped, in markup and in the data that scripts read.

Text is cut, and characters that cannot be seen, such as those that turn the direction of writing, are written out.
"""

from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from onefilter.errors import plain

_LONGEST: Final = 2000
"""Characters of a text."""


def shown(text: str) -> str:
    """Give what a page shows of a text: cut, blanks joined, what cannot be seen written out; not yet escaped."""
    return plain(text, longest=_LONGEST)


def _shown(value: object) -> object:
    """Give what a page shows of a value; what is markup already stays as it is."""
    return shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value


_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=_shown,
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


def render_text(text: str, **values: object) -> str:
    """Fill in a template that is given as text, a caption of the report say; values are escaped, the text is not."""
    return _TEMPLATES.from_string(text).render(**values)
