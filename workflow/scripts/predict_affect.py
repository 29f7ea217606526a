"""Predict one target on one split."""

from pathlib import Path

import polars as pl

from onefilter.errors import InputError
from onefilter.files import write_table
from onefilter.model.card import Card
from onefilter.model.file import read_any_model
from onefilter.model.prediction import predict
from onefilter.settings import Features
from onefilter.workflow.step import bind


def predict_affect(
    features: Path, models: list[Path], predictions: Path, target: str, delay: float, windows: Features
) -> None:
    """Write what each model predicts at every hop (recording, time, one column per model)."""
    trained = {path.stem: read_any_model(path) for path in models}
    for path, model in zip(models, trained.values(), strict=True):
        _check(path, model.card, target, delay, windows)
    parts = [
        recording.select("recording", "time").with_columns(
            pl.Series(name, predict(model, recording)) for name, model in trained.items()
        )
        for recording in pl.read_parquet(features).partition_by("recording", maintain_order=True)
    ]
    write_table(predictions, pl.concat(parts))


def _check(path: Path, card: Card, target: str, delay: float, windows: Features) -> None:
    """Refuse a model that was trained for another target or other windows than this run has."""
    expected = {"target": target, "delay": delay, **windows.model_dump(exclude={"statistics"})}
    for name, value in expected.items():
        own = getattr(card, name)
        if own != value:
            raise InputError(
                f"was trained with {name} {own}, this run has {value}",
                file=path,
                remedy="change the configuration, or train or name another model",
            )


bind(predict_affect)
