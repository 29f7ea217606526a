"""Step of the rule `linearise`."""

from pathlib import Path

import polars as pl

from onefilter.explanation.linear import linear_part
from onefilter.files import write_bytes
from onefilter.model.card import Model
from onefilter.model.file import read_any_model, write_model
from onefilter.steps import logger, step
from onefilter.tables import by_recording


@step
def linearise(*, model: str, features: list[str], linear: str) -> None:
    """Write the one filter that stands for a model where filters are looked at: itself, or its linear part."""
    found = read_any_model(Path(model))
    if isinstance(found, Model):
        write_bytes(Path(linear), Path(model).read_bytes())
        return
    names = list(found.card.features)
    recordings = [inputs for path in features for inputs in by_recording(pl.read_parquet(path), names).values()]
    part = linear_part(found, recordings)
    logger.warning(
        "%s has %d layers; what is explained is its linear part, whose predictions correlate with its own by %.3f",
        model, len(found.layers), part.correlation,
    )  # fmt: skip
    write_model(Path(linear), part.model)
