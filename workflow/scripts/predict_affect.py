"""Predict one target on one split."""

from onefilter.workflow.step import bind

from pathlib import Path

import polars as pl

from onefilter.files import writing_recordings
from onefilter.model.file import read_any_model
from onefilter.model.prediction import predict
from onefilter.tables import frames_of


def predict_affect(features: Path, models: list[Path], predictions: Path) -> None:
    """Write what each model predicts at every hop (recording, time, one column per model)."""
    trained = {path.stem: read_any_model(path) for path in models}
    with writing_recordings(predictions) as write:
        for recording in frames_of(features):
            values = [pl.Series(name, predict(model, recording)) for name, model in trained.items()]
            write(recording.select("recording", "time").with_columns(values))


bind(predict_affect)
