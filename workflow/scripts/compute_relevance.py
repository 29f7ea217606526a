"""Compute what every feature contributed to one target."""

from pathlib import Path

import polars as pl

from onefilter.explanation.relevance import absolute, by_feature
from onefilter.files import write_table
from onefilter.model.file import read_model
from onefilter.tables import by_recording, read_frame, split_of
from onefilter.workflow.step import bind, logger


def compute_relevance(features: list[Path], models: list[Path], relevance: Path, target: str, corpus: str) -> None:
    """Write what every feature contributed to one target, per recording and model, summed over steps and lags."""
    parts = []
    trained = {path.stem: read_model(path) for path in models}
    for path in features:
        culture, partition = split_of(path)
        table = read_frame(path)
        for name, model in trained.items():
            names = list(model.card.features)
            for recording, inputs in by_recording(table, names).items():
                parts.append(
                    pl.DataFrame(
                        {
                            "culture": culture,
                            "partition": partition,
                            "recording": recording,
                            "steps": len(inputs),
                            "model": name,
                            "feature": names,
                            "signed": by_feature(model, inputs).sum(axis=0),
                            "absolute": absolute(model, inputs).sum(axis=0),
                        }
                    )
                )
    write_table(relevance, pl.concat(parts), corpus=corpus)
    logger.info("%s: relevance of %d recordings by %d models", target, len(parts) // len(trained), len(trained))


bind(compute_relevance)
