"""Our scores beside those that others published on the same recordings."""

from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from onefilter.errors import InputError
from onefilter.evaluation.scores import PROCESSED, RAW

RECORDINGS: Final = {
    "german_devel": 14, "hungarian_devel": 14, "german_test": 16, "hungarian_test": 66, "chinese_test": 70,
}  # fmt: skip
"""The splits that the published scores belong to, by their number of recordings: 66 Hungarians are those of 2018."""
SPLITS: Final = tuple(RECORDINGS)
SYSTEM_COLUMNS: Final = ("source", "system", "target", *SPLITS, "note")
OURS: Final = "onefilter, this run"
SAME_CORPUS: Final = "avec"
"""The corpus that the published scores belong to."""


def read_systems(path: Path) -> pd.DataFrame:
    """Read published scores, columns of `SYSTEM_COLUMNS`.

    Raises:
        InputError: If a column is missing or a score is not a number in -1..1.
    """
    table = pd.read_csv(path, sep="\t", comment="#")
    missing = [name for name in SYSTEM_COLUMNS if name not in table]
    if missing:
        raise InputError(f"lacks the column {missing[0]}", file=path, row=1)
    for split in SPLITS:
        values = pd.to_numeric(table[split], errors="coerce")
        if (values.isna() & table[split].notna()).any() or (values.abs() > 1).any():
            raise InputError("holds something that is no score", file=path, column=split)
        table[split] = values
    return table[list(SYSTEM_COLUMNS)]


def beside(systems: pd.DataFrame, summary: pd.DataFrame, *, corpus: str) -> pd.DataFrame:
    """Put our rows under the published ones of each target; without the same corpus they stay empty and say why.

    Args:
        systems: Columns of `SYSTEM_COLUMNS`.
        summary: Scores over seeds; may be empty.
        corpus: Where our recordings come from.
    """
    parts = []
    for target in systems["target"].unique():
        rows = []
        for processing in (RAW, PROCESSED):
            row: dict[str, object] = {"source": OURS, "system": f"one filter, {processing}", "target": target}
            row |= dict.fromkeys(SPLITS, np.nan)
            if corpus == SAME_CORPUS and not summary.empty:
                own = summary[(summary["target"] == target) & (summary["method"] == "one-filter")]
                for cell in own[own["processing"] == processing].to_dict("records"):
                    name = f"{cell['culture']}_{cell['partition']}"
                    if RECORDINGS.get(name) == cell["recordings"]:
                        row[name] = cell["ccc_best"]
                row["note"] = "best development seed"
            else:
                row["note"] = f"empty: the corpus is {corpus}, the rows above were measured on SEWA"
            rows.append(row)
        parts += [systems[systems["target"] == target], pd.DataFrame(rows, columns=list(SYSTEM_COLUMNS))]
    everything: pd.DataFrame = pd.concat(
        [part.astype(dict.fromkeys(SPLITS, float)) for part in parts], ignore_index=True
    )
    return everything
