"""What `onefilter scores` shows: the table that a run ends with."""

import csv
import json
from pathlib import Path

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from onefilter.errors import InputError
from onefilter.names import twin_notice
from onefilter.text import printable


def show_scores(results: Path) -> None:
    """Print the score table of a run and where its parts are."""
    summary, metrics = results / "scores/summary.tsv", results / "metrics.json"
    for path in (summary, metrics):
        if path.is_file():
            continue
        raise InputError("no such table", file=path, remedy="run `make reproduce` first, or name another folder")
    corpus = printable(str(json.loads(metrics.read_text(encoding="utf-8"))["corpus"]))
    rows = _rows(summary)
    processed = {_key(row): row for row in rows if row["processing"] != "raw" and row["method"] == "one-filter"}
    rows = [row for row in rows if row["processing"] == "raw"]
    ridge = {_key(row): row["ccc_mean"] for row in rows if row["method"] == "ridge"}
    trivial = {
        method: [float(row["ccc_mean"]) for row in rows if row["method"] == method]
        for method in ("constant", "turn", "confidence")
    }
    rows = [row for row in rows if row["method"] == "one-filter"]
    title = f"CCC, recordings concatenated; corpus: {corpus}"
    table = Table(title=title, title_justify="left", box=SIMPLE, padding=(0, 1, 0, 0), pad_edge=False)
    for name in ("target", "split", "n", "mean ± sd", "best", "95 % interval", "post", "ridge"):
        table.add_column(name, justify="left" if name in {"target", "split"} else "right", no_wrap=True)
    previous = ""
    for row in rows:
        if previous and row["target"] != previous:
            table.add_section()
        table.add_row(
            row["target"] if row["target"] != previous else "",
            f"{row['culture']} {row['partition']}",
            row["recordings"],
            f"{_number(row['ccc_mean'])} ± {_number(row['ccc_sd'])}",
            _number(row["ccc_best"]),
            f"{_number(row['ccc_low'])} to {_number(row['ccc_high'])}",
            _number(processed[_key(row)]["ccc_best"] if _key(row) in processed else ""),
            _number(ridge.get(_key(row), "")),
        )
        previous = row["target"]
    console = Console(markup=False)
    console.print(table)
    console.print(
        "n: recordings; mean ± sd: over seeds; best: the seed that did best on development, its interval over "
        "recordings; post: the same after post-processing tuned on development; ridge: the best linear filter in "
        "closed form."
    )
    if trivial["constant"]:
        highest = {method: _number(str(max(values))) for method, values in trivial.items()}
        console.print(
            f"Knowing only who speaks scores up to {highest['turn']}, the tracker's confidence up to "
            f"{highest['confidence']}, a constant up to {highest['constant']} (the annotation delay leaves zeros in "
            "front, where labels begin at zero too)."
        )
    if notice := twin_notice(corpus):
        console.print(f"{notice.capitalize()}.")
    for name, path in (
        ("report", results / "report.zip"),
        ("figures", results / "figures"),
        ("models", results / "models"),
    ):
        if path.exists():
            console.print(f"{name:<9}{printable(str(path))}", soft_wrap=True)


def _rows(summary: Path) -> list[dict[str, str]]:
    """Read the score table, as a terminal may show it."""
    with summary.open(encoding="utf-8", newline="") as lines:
        return [
            {name: printable(cell or "") for name, cell in row.items() if name is not None}
            for row in csv.DictReader(lines, delimiter="\t")
        ]


def _key(row: dict[str, str]) -> tuple[str, ...]:
    """Target and split of a row."""
    return row["target"], row["culture"], row["partition"]


def _number(text: str) -> str:
    """Format a score; what could not be computed is a dash."""
    return f"{float(text):.2f}" if text and text != "NaN" else "–"
