"""Draw what moved every target in one recording."""

from onefilter.workflow.step import bind, logger

from pathlib import Path

import numpy as np
import pandas as pd

from onefilter.explanation.relevance import by_feature
from onefilter.figures.explorer import View, explorer
from onefilter.figures.relevance import relevance_over_time
from onefilter.figures.style import save
from onefilter.files import write_text
from onefilter.model.file import read_model
from onefilter.model.prediction import predict
from onefilter.tables import frames_of


def draw_relevance(
    features: Path,
    labels: Path | None,
    best: list[Path],
    figures: list[Path],
    vectors: list[Path],
    page: Path,
    corpus: str,
    dpi: int,
) -> None:
    """Draw what moved every target in a split's first recording: stills, and a page to go through it."""
    recording = next(frames_of(features))
    name = str(recording["recording"][0])
    annotated = next(frames_of(labels)) if labels is not None else None
    views = {}
    for path, figure, vector in zip(best, figures, vectors, strict=True):
        model = read_model(path)
        card = model.card
        inputs = recording.select(card.features).to_numpy().astype(np.float64)
        prediction = predict(model, recording)
        label = None
        if annotated is not None:
            # The label d steps later belongs to the face now.
            label = annotated[card.target].to_numpy()[card.delay_steps :]
        contributions = pd.DataFrame(
            by_feature(model, inputs), index=recording["time"].to_numpy(), columns=list(card.features)
        )
        drawn = relevance_over_time(contributions, prediction, label, target=card.target, recording=name, corpus=corpus)
        save(drawn, figure, vector, dpi=dpi)
        if card.activation == "linear":
            views[card.target] = View(model, inputs, prediction, label)
        else:
            logger.warning("%s has a ReLU: its contributions are not on the page, which folds linear filters", path)
    write_text(page, explorer(name, views, corpus=corpus))


bind(draw_relevance)
