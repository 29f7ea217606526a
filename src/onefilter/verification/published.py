"""Our scores beside those that others published on the same recordings."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd

from onefilter.evaluation.scores import PROCESSED, RAW
from onefilter.names import ONE_FILTER
from onefilter.text import Form, number, read_table, shown

RECORDINGS: Final = {
    "german_devel": 14, "hungarian_devel": 14, "german_test": 16, "hungarian_test": 66, "chinese_test": 70,
}  # fmt: skip
"""The splits that the published scores belong to, by their number of recordings: 66 Hungarians are those of 2018."""
SPLITS: Final = tuple(RECORDINGS)
SYSTEM_COLUMNS: Final = ("source", "system", "target", *SPLITS, "trained_on", "note")
"""``trained_on``: the cultures that a system was trained on; who was trained on Hungarians has seen their culture."""
FORM: Final = Form(SYSTEM_COLUMNS, comments=True, missing="restore config/systems.tsv")
"""How the table of published scores is written."""
OURS: Final = "onefilter, this run"
SAME_CORPUS: Final = "avec"
"""The corpus that the published scores belong to."""


def read_systems(path: Path) -> pd.DataFrame:
    """Read published scores.

    Returns:
        Columns of `SYSTEM_COLUMNS`; what is empty in the file is missing.

    Raises:
        InputError: For the first row that is at fault.
    """
    source = read_table(path, FORM)
    table = source.frame()
    if table.empty:
        raise source.error("holds a header and no system", remedy="give each system that is compared a row of its own")
    for split in SPLITS:
        scores = []
        for row, cell in table[split].items():
            score = number(cell) if cell else np.nan
            if score is None or abs(score) > 1:
                raise source.error(f"{shown(cell)} is not a score in -1..1", row=int(str(row)), column=split)
            scores.append(score)
        table[split] = scores
    return table.mask(table == "").reset_index(drop=True)


def beside(
    systems: pd.DataFrame,
    summary: pd.DataFrame,
    *,
    corpus: str,
    trained_on: str,
    others: Mapping[str, str] = MappingProxyType({}),
) -> pd.DataFrame:
    """Put our rows under the published ones of each target; without the same corpus they stay empty and say why.

    Args:
        systems: Columns of `SYSTEM_COLUMNS`.
        summary: Scores over seeds; may be empty.
        corpus: Where our recordings come from.
        trained_on: The cultures that our networks were trained on; empty if nobody says so.
        others: By other system that was scored in this run, the cultures that it was trained on.
    """
    ours = [(f"one filter, {processing}", ONE_FILTER, processing, trained_on) for processing in (RAW, PROCESSED)]
    ours += [(name, name, RAW, cultures) for name, cultures in others.items()]
    parts = []
    for target in systems["target"].unique():
        rows = []
        scored = set() if summary.empty else set(summary.loc[summary["target"] == target, "method"])
        for title, method, processing, cultures in ours:
            if method in others and method not in scored:
                continue  # It does not predict this target.
            row: dict[str, object] = {"source": OURS, "system": title, "target": target, "trained_on": cultures}
            row |= dict.fromkeys(SPLITS, np.nan)
            if corpus == SAME_CORPUS and not summary.empty:
                own = summary[(summary["target"] == target) & (summary["method"] == method)]
                for cell in own[own["processing"] == processing].to_dict("records"):
                    name = f"{cell['culture']}_{cell['partition']}"
                    if RECORDINGS.get(name) == cell["recordings"]:
                        row[name] = cell["ccc_best"]
                row["note"] = "best development seed" if method == ONE_FILTER else "predictions as they were given"
            else:
                row["note"] = f"empty: the corpus is {corpus}, the rows above were measured on SEWA"
            rows.append(row)
        parts += [systems[systems["target"] == target], pd.DataFrame(rows, columns=list(SYSTEM_COLUMNS))]
    everything: pd.DataFrame = pd.concat(
        [part.astype(dict.fromkeys(SPLITS, float)) for part in parts], ignore_index=True
    )
    return everything
