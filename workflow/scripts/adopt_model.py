"""Adopt a model that was trained elsewhere, or imported from the file that Keras wrote."""

from pathlib import Path

from onefilter.files import write_bytes
from onefilter.model.file import read_any_model, write_model
from onefilter.model.keras_file import import_keras
from onefilter.settings import Network
from onefilter.workflow.step import bind, logger


def adopt_model(given: Path, adopted: Path, target: str, delay: float, network: Network) -> None:
    """Bring the given model of one target among the run's own."""
    if given.suffix == ".h5":
        model = import_keras(given, target=target, delay=delay, features=network.features)
        logger.info("%s: %s", target, model.card.source)
        write_model(adopted, model)
    else:
        card = read_any_model(given).card
        logger.info("%s: %s, trained on %s", target, given, card.corpus)
        write_bytes(adopted, given.read_bytes())


bind(adopt_model)
