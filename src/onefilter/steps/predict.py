"""Step of the rule `predict`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from onefilter.errors import InputError
from onefilter.files import write_table
from onefilter.model.card import Model, Stack
from onefilter.model.file import read_any_model
from onefilter.model.prediction import predict as predict_recording
from onefilter.steps import step


@step
def predict(
    *, features: str, models: list[str], predictions: str, target: str, delay: float, settings: Mapping[str, Any]
) -> None:
    """Write what each model predicts at every hop (recording, time, one column per model)."""
    trained = {Path(path).stem: read_any_model(Path(path)) for path in models}
    for path, model in zip(models, trained.values(), strict=True):
        _check(path, model, {"target": target, "delay": delay, **settings})
    table = pl.read_parquet(features)
    parts = [
        recording.select("recording", "time").with_columns(
            pl.Series(name, predict_recording(model, recording)) for name, model in trained.items()
        )
        for recording in table.partition_by("recording", maintain_order=True)
    ]
    write_table(Path(predictions), pl.concat(parts))


def _check(path: str, model: Model | Stack, expected: Mapping[str, Any]) -> None:
    """Refuse a model that was trained for other features or another target than this run has."""
    for name, value in expected.items():
        own = getattr(model.card, name)
        if own != value:
            raise InputError(
                f"was trained with {name} {own}, this run has {value}",
                file=path,
                remedy="change the configuration, or train or name another model",
            )
