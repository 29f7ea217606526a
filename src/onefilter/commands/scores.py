"""What `onefilter scores` shows: the table that a run ends with."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from rich.box import SIMPLE
from rich.table import Table

from onefilter.commands.console import printing
from onefilter.errors import InputError
from onefilter.files import is_there
from onefilter.model.fields import parse_json, reason
from onefilter.names import ONE_FILTER, is_system, twin_notice
from onefilter.text import Form, decode, number, printable, read_bytes, read_table

_AGAIN: Final = "run `make reproduce` again, which makes it anew"
_NUMBERS: Final = ("ccc_mean", "ccc_sd", "ccc_best", "ccc_low", "ccc_high")
FORM: Final = Form(("target", "culture", "partition", "method", "processing", "recordings", *_NUMBERS), repair=_AGAIN)
"""How the score table is written, as far as it is shown."""
_CEILING: Final = "ceiling"
"""What annotators reach; tables of earlier versions do not have it."""


def show_scores(results: Path) -> None:
    """Print the score table of a run and where its parts are."""
    summary, metrics = results / "scores/summary.tsv", results / "metrics.json"
    for path in (summary, metrics):
        if is_there(path):
            continue
        raise InputError("no such table", file=path, remedy="run `make reproduce` first, or name another folder")
    found = _metrics(metrics)
    corpus = printable(str(found["corpus"]))
    rows = _rows(summary, found)
    processed = {_key(row): row for row in rows if row["processing"] != "raw" and row["method"] == ONE_FILTER}
    rows = [row for row in rows if row["processing"] == "raw"]
    ridge = {_key(row): row["ccc_mean"] for row in rows if row["method"] == "ridge"}
    floors = _floors(rows)
    systems = [name for name in dict.fromkeys(row["method"] for row in rows) if is_system(name)]
    others = {(_key(row), row["method"]): row["ccc_best"] for row in rows if row["method"] in systems}
    rows = [row for row in rows if row["method"] == ONE_FILTER]
    title = f"CCC, recordings concatenated; corpus: {corpus}"
    table = Table(title=title, title_justify="left", box=SIMPLE, padding=(0, 1, 0, 0), pad_edge=False)
    rated = any(_shown(row[_CEILING]) != "–" for row in rows)
    names = ("target", "split", "n", "mean ± sd", "best", "95 % interval", "post", "ridge", *systems,
             *["annot."] * rated)  # fmt: skip
    for name in names:
        table.add_column(name, justify="left" if name in {"target", "split"} else "right", no_wrap=True)
    previous = ""
    for row in rows:
        if previous and row["target"] != previous:
            table.add_section()
        table.add_row(
            row["target"] if row["target"] != previous else "",
            f"{row['culture']} {row['partition']}",
            row["recordings"],
            f"{_shown(row['ccc_mean'])} ± {_shown(row['ccc_sd'])}",
            _shown(row["ccc_best"]),
            f"{_shown(row['ccc_low'])} to {_shown(row['ccc_high'])}",
            _shown(processed[_key(row)]["ccc_best"] if _key(row) in processed else ""),
            _shown(ridge.get(_key(row), "")),
            *(_shown(others.get((_key(row), system), "")) for system in systems),
            *[_shown(row[_CEILING])] * rated,
        )
        previous = row["target"]
    with printing() as console:
        console.print(table)
        console.print(
            "n: recordings; mean ± sd: over seeds; best: the seed that did best on development, its interval over "
            "recordings; post: the same after post-processing tuned on development; ridge: the best linear filter in "
            f"closed form{'; annot.: what annotators reach, each against the mean of the others' if rated else ''}."
        )
        if floors:
            console.print(floors)
        if notice := twin_notice(corpus):
            console.print(f"{notice.capitalize()}.")
        for name in ("paper.html", "report.zip", "figures", "models"):
            if (path := results / name).exists():
                console.print(f"{path.stem:<9}{printable(str(path))}", soft_wrap=True)


def _floors(rows: Sequence[Mapping[str, str]]) -> str:
    """Say what those score that see no face; empty if nobody was asked."""
    trivial = {
        method: [float(row["ccc_mean"]) for row in rows if row["method"] == method]
        for method in ("constant", "turn", "confidence")
    }
    if not trivial["constant"]:
        return ""
    highest = {method: _shown(str(max(values))) for method, values in trivial.items() if values}
    confidence = f"the tracker's confidence up to {highest['confidence']}, " if "confidence" in highest else ""
    return (
        f"Knowing only who speaks scores up to {highest['turn']}, {confidence}a constant up to "
        f"{highest['constant']} (the annotation delay leaves zeros in front, where labels begin at zero too)."
    )


def _metrics(path: Path) -> dict[str, Any]:
    """Read the scores as JSON: the corpus, and the CCC per target and split."""
    try:
        found = parse_json(decode(read_bytes(path, missing=_AGAIN, json=True), file=path))
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"is not JSON ({reason(error)})", file=path, remedy=_AGAIN) from error
    if not isinstance(found, dict) or not isinstance(found.get("corpus"), str):
        raise InputError("does not say what the corpus is", file=path, remedy=_AGAIN)
    return found


def _rows(path: Path, metrics: Mapping[str, Any]) -> list[dict[str, str]]:
    """Read the score table, as a terminal may show it; it must have a row for all that the metrics have."""
    source = read_table(path, FORM)
    rows = []
    for row, fields in source:
        cells = dict(zip(source.header, fields, strict=True))
        cells.setdefault(_CEILING, "")
        for name in (*_NUMBERS, _CEILING):
            if cells[name] not in ("", "NaN") and number(cells[name]) is None:
                raise source.error(f"{printable(cells[name])} is not a number", row=row, column=name)
        rows.append({name: printable(cells[name]) for name in (*FORM.columns, _CEILING)})
    listed: dict[tuple[str, ...], set[tuple[str, str]]] = {}
    for cells in rows:
        # Other people's systems may lack splits.
        kinds = set() if is_system(cells["method"]) else {(cells["method"], cells["processing"])}
        listed.setdefault(_key(cells), set()).update(kinds)
    expected = {
        (printable(target), *map(printable, split.rpartition("-")[::2]))
        for target, splits in metrics.items()
        if isinstance(splits, dict)
        for split in splits
    }
    # What is cut at the end of a line lacks splits, or some of a split's models.
    cut = {key for key, kinds in listed.items() if kinds != listed[next(one for one in listed if one[0] == key[0])]}
    if set(listed) != expected or cut:
        what = f"holds {len(set(listed) - cut)} whole splits, where metrics.json has {len(expected)}"
        raise InputError(what, file=path, remedy=_AGAIN)
    return rows


def _key(row: dict[str, str]) -> tuple[str, ...]:
    """Target and split of a row."""
    return row["target"], row["culture"], row["partition"]


def _shown(text: str) -> str:
    """Format a score; what could not be computed is a dash."""
    return f"{float(text):.2f}" if text and text != "NaN" else "–"
