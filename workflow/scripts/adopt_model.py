"""Adopt a model that was trained elsewhere, or import it from the file that Keras wrote."""

from onefilter.workflow.step import bind, logger

from pathlib import Path

from onefilter.corpus.formats.registry import SCALES
from onefilter.errors import InputError
from onefilter.files import write_bytes
from onefilter.model.card import Card, check_tool
from onefilter.model.file import read_any_model, write_model
from onefilter.model.keras_file import KERAS, import_keras
from onefilter.settings import Features, Network

_OTHERWISE = " (`onefilter import-keras` makes one of a Keras file, with --window and --hop as it was trained)"


def adopt_model(
    given: Path,
    adopted: Path,
    target: str,
    delay: float,
    windows: Features,
    network: Network,
    tool: str,
    other_tool: bool,
) -> None:
    """Bring the given model of one target among the run's own, if it fits the run."""
    if given.suffix in KERAS:
        model = import_keras(given, target=target, delay=delay, features=network.features)
        card = model.card
        _check(given, card, target, delay, windows)
        logger.info("%s: %s", target, card.source)
        write_model(adopted, model)
    else:
        card = read_any_model(given).card
        _check(given, card, target, delay, windows)
        logger.info("%s: %s, trained on %s", target, given, card.corpus)
        write_bytes(adopted, given.read_bytes())
    if not other_tool:
        check_tool(card, tool, file="corpus", scales=SCALES, permit="corpus.other_tool: true")
    elif card.tool != tool:
        logger.warning("%s: trained on %s, and the corpus is of %s: values differ in meaning", target, card.tool, tool)


def _check(path: Path, card: Card, target: str, delay: float, windows: Features) -> None:
    """Refuse a model that was trained for another target or other windows than this run has."""
    expected = {"target": target, "delay": delay, **windows.model_dump(exclude={"statistics"})}
    for name, value in expected.items():
        own = getattr(card, name)
        if own != value:
            raise InputError(
                f"was trained with {name} {own}, this run has {value}",
                file=path,
                remedy="change the configuration, or name another model" + (_OTHERWISE if path.suffix in KERAS else ""),
            )


bind(adopt_model)
