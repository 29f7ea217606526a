"""Find the one filter that is explained for each model of one target."""

from onefilter.workflow.step import bind, logger

from pathlib import Path

from onefilter.explanation.linear import linear_part
from onefilter.files import write_bytes
from onefilter.model.card import Model
from onefilter.model.file import read_any_model, write_model
from onefilter.tables import inputs


def linearise_models(models: list[Path], features: list[Path], filters: list[Path]) -> None:
    """Write each model's one filter: the model itself, or the linear part of a network of several layers."""
    for path, destination in zip(models, filters, strict=True):
        model = read_any_model(path)
        if isinstance(model, Model):
            write_bytes(destination, path.read_bytes())
            continue
        names = list(model.card.features)
        part = linear_part(model, inputs(features, names))
        logger.warning(
            "%s has %d layers; what is explained is its linear part, whose predictions correlate with its own by %.3f",
            path, len(model.layers), part.correlation,
        )  # fmt: skip
        write_model(destination, part.model)


bind(linearise_models)
