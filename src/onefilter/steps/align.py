"""Step of the rule `align`."""

from typing import Any

from onefilter.steps import step
from onefilter.steps.features import write_features


@step
def align(**arguments: Any) -> None:
    """Write one split's features with windows of one kind; arguments as of `features`."""
    write_features(**arguments)
