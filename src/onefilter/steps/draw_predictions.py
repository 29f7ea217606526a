"""Step of the rule `draw_predictions`."""

from pathlib import Path

import numpy as np
import polars as pl

from onefilter.concordance import concordance
from onefilter.figures.predictions import Trace, predictions_beside_labels
from onefilter.figures.style import save
from onefilter.model.card import Model, Stack, method_of, name_among
from onefilter.model.file import read_any_model
from onefilter.model.prediction import at_annotators_time
from onefilter.names import SIMULATED, model_note
from onefilter.steps import step
from onefilter.tables import Floats, by_recording


@step
def draw_predictions(
    *,
    predictions: list[str],
    labels: list[str],
    best: list[str],
    figure: str,
    split: str,
    cultures: list[str],
    corpus: str,
    excerpts: int,
    dpi: int,
) -> None:
    """Draw some recordings' predictions, all targets: beside their labels at the annotators' time, or at the face's."""
    chosen = [read_any_model(Path(path)) for path in best]
    annotated = pl.read_parquet(labels[0]) if labels else None
    traces: dict[str, dict[str, Trace]] = {}
    for path, model in zip(predictions, chosen, strict=True):
        target = model.card.target
        table = pl.read_parquet(path)
        models = [name for name in table.columns if name not in {"recording", "time"}]
        names = [name for name in models if method_of(name) == "one-filter"]
        truth = by_recording(annotated, [target]) if annotated is not None else {}
        for recording, columns in list(by_recording(table, ["time", *names]).items())[:excerpts]:
            label = truth[recording][:, 0] if recording in truth else None
            trace = _trace(columns, model, names, label)
            traces.setdefault(recording, {})[target] = trace
    # On simulated recordings the figure's notice says enough.
    note = model_note({model.card.target: model.card.corpus for model in chosen}) if corpus != SIMULATED else ""
    save(
        predictions_beside_labels(traces, split=split, cultures=cultures, corpus=corpus, note=note),
        Path(figure),
        dpi=dpi,
    )


def _trace(columns: Floats, model: Model | Stack, names: list[str], label: Floats | None) -> Trace:
    """Take one recording's predictions; with labels, at the annotators' time, and score the best one."""
    delay = 0 if label is None else round(model.card.delay / model.card.hop)
    outputs = np.stack([at_annotators_time(output, delay) for output in columns[:, 1:].T], axis=1)
    best = names.index(name_among(model.card, names))
    ccc = None if label is None else concordance(outputs[: len(label), best], label)
    return Trace(time=columns[:, 0], predictions=outputs, best=best, label=label, ccc=ccc)
