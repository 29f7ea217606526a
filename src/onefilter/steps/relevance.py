"""Step of the rule `relevance`."""

from pathlib import Path

import polars as pl

from onefilter.explanation.relevance import absolute, by_feature
from onefilter.files import write_table
from onefilter.model.file import read_model
from onefilter.steps import logger, step
from onefilter.tables import by_recording, split_of


@step
def relevance(*, features: list[str], models: list[str], relevance: str, target: str, corpus: str) -> None:
    """Write what every feature contributed to one target, per recording and model, summed over steps and lags."""
    parts = []
    trained = {Path(path).stem: read_model(Path(path)) for path in models}
    for path in features:
        culture, partition = split_of(path)
        table = pl.read_parquet(path)
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
    write_table(Path(relevance), pl.concat(parts).with_columns(corpus=pl.lit(corpus)))
    logger.info("%s: relevance of %d recordings by %d models", target, len(parts) // len(trained), len(trained))
