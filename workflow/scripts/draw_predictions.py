"""Draw predictions of one split beside its labels."""

from onefilter.workflow.step import bind

from itertools import islice
from pathlib import Path

import numpy as np

from onefilter.concordance import concordance
from onefilter.evaluation.pairing import model_names
from onefilter.figures.predictions import Trace, predictions_beside_labels
from onefilter.figures.style import save
from onefilter.model.card import Card, name_among
from onefilter.model.file import read_any_model
from onefilter.model.prediction import at_annotators_time
from onefilter.names import ONE_FILTER, SIMULATED, method_of, model_note
from onefilter.tables import Floats, frames_of


def draw_predictions(
    predictions: list[Path],
    labels: Path | None,
    best: list[Path],
    figure: Path,
    vector: Path,
    culture: str,
    partition: str,
    cultures: list[str],
    corpus: str,
    titles: dict[str, str],
    excerpts: int,
    dpi: int,
) -> None:
    """Draw some recordings' predictions, all targets: beside their labels at the annotators' time, or at the face's."""
    cards = [read_any_model(path).card for path in best]
    annotated = [] if labels is None else list(islice(frames_of(labels), excerpts))
    traces: dict[str, dict[str, Trace]] = {}
    for path, card in zip(predictions, cards, strict=True):
        truth = {str(frame["recording"][0]): frame[card.target].to_numpy() for frame in annotated}
        names = [name for name in model_names(path) if method_of(name) == ONE_FILTER]
        for frame in islice(frames_of(path), excerpts):
            recording = str(frame["recording"][0])
            columns = frame.select("time", *names).to_numpy()
            traces.setdefault(recording, {})[card.target] = _trace(columns, card, names, truth.get(recording))
    # On simulated recordings the figure's own notice says enough.
    note = model_note({card.target: card.corpus for card in cards}) if corpus != SIMULATED else ""
    split = f"{culture}-{partition}"
    drawn = predictions_beside_labels(traces, split=split, cultures=cultures, corpus=corpus, titles=titles, note=note)
    save(drawn, figure, vector, dpi=dpi)


def _trace(columns: Floats, card: Card, names: list[str], label: Floats | None) -> Trace:
    """Take one recording's predictions; with labels, at the annotators' time, and score the best one."""
    delay = 0 if label is None else card.delay_steps
    outputs = np.stack([at_annotators_time(output, delay) for output in columns[:, 1:].T], axis=1)
    best = names.index(name_among(card, names))
    ccc = None if label is None else concordance(outputs[: len(label), best], label)
    return Trace(time=columns[:, 0], predictions=outputs, best=best, label=label, ccc=ccc)


bind(draw_predictions)
