"""Step of the rule `labels`."""

from pathlib import Path

import polars as pl

from onefilter.corpus.annotations import Layout, align, read_labels
from onefilter.files import write_table
from onefilter.steps import Entry, step


@step
def labels(*, recordings: list[Entry], source: str, features: str, labels: str, targets: list[str]) -> None:
    """Write one split's labels at the features' hop times (recording, time, targets)."""
    times = pl.read_parquet(features, columns=["recording", "time"]).with_columns(pl.col("recording").cast(pl.String))
    layout: Layout = "avec" if source == "avec" else "csv"
    tables = []
    for entry in recordings:
        path = Path(entry["labels"])
        hops = times.filter(pl.col("recording") == entry["recording"])["time"].to_numpy()
        values = align(read_labels(path, targets, layout=layout), hops, targets, file=path)
        tables.append(
            pl.DataFrame(
                {
                    "recording": [entry["recording"]] * len(values),
                    "time": hops[: len(values)],
                    **{target: values[:, column] for column, target in enumerate(targets)},
                }
            )
        )
    write_table(Path(labels), pl.concat(tables))
