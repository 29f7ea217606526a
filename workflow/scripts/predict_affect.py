"""Predict one target on one split."""

from pathlib import Path

import polars as pl

from onefilter.files import write_table
from onefilter.model.file import read_any_model
from onefilter.model.prediction import predict
from onefilter.tables import read_frame
from onefilter.workflow.step import bind


def predict_affect(features: Path, models: list[Path], predictions: Path) -> None:
    """Write what each model predicts at every hop (recording, time, one column per model)."""
    trained = {path.stem: read_any_model(path) for path in models}
    parts = [
        recording.select("recording", "time").with_columns(
            pl.Series(name, predict(model, recording)) for name, model in trained.items()
        )
        for recording in read_frame(features).partition_by("recording", maintain_order=True)
    ]
    write_table(predictions, pl.concat(parts))


bind(predict_affect)
