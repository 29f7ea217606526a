"""Step of the rule `predict`."""

from pathlib import Path

import polars as pl

from onefilter.evaluation.prediction import predict as predict_recording
from onefilter.files import write_table
from onefilter.steps import step
from onefilter.training.model_file import read_model


@step
def predict(*, features: str, models: list[str], predictions: str) -> None:
    """Write what each model predicts at every hop (recording, time, one column per model)."""
    trained = {Path(path).stem: read_model(Path(path)) for path in models}
    table = pl.read_parquet(features)
    parts = [
        recording.select("recording", "time").with_columns(
            pl.Series(name, predict_recording(model, recording)) for name, model in trained.items()
        )
        for recording in table.partition_by("recording", maintain_order=True)
    ]
    write_table(Path(predictions), pl.concat(parts))
