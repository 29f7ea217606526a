"""Step of the rule `import_keras`."""

from pathlib import Path

from onefilter.model.file import write_model
from onefilter.model.keras_file import import_keras as read_keras
from onefilter.steps import logger, step


@step
def import_keras(*, keras: str, model: str, target: str, delay: float, features: list[str] | None) -> None:
    """Write a published model of one target as a model file."""
    found = read_keras(Path(keras), target=target, delay=delay, features=features)
    logger.info("%s: %s", target, found.card.source)
    write_model(Path(model), found)
