"""What `onefilter score` does: score predictions of any system against labels, and compare systems."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from rich.box import SIMPLE
from rich.table import Table

from onefilter.commands.console import printing
from onefilter.concordance import MEASURES, avec_concordance, measures, moments
from onefilter.corpus.avec import split_of_name
from onefilter.corpus.own import read_people
from onefilter.corpus.people import units
from onefilter.corpus.series import Series, find_files, open_series, read_series, some_of, targets_of
from onefilter.errors import InputError, nearest
from onefilter.evaluation.differences import DIFFERENCE_COLUMNS, compare_systems, verdicts
from onefilter.evaluation.pairing import at_labels
from onefilter.evaluation.scores import AFTER_DELAY, ALL, CELL, MOMENT_COLUMNS, RAW, SCORE_COLUMNS, SUMS, score
from onefilter.figures.document import document
from onefilter.files import check_outputs, write_table, write_text
from onefilter.names import kind_of, several
from onefilter.tables import Floats, rated
from onefilter.text import Table as Rows
from onefilter.text import number, printable

SEED: Final = 1
"""Of the bootstrap."""
_LONGEST_DELAY: Final = 20.0
"""Seconds."""
_SHOWN: Final = {
    "ccc": "CCC", "ccc_low": "low", "ccc_high": "high", "pearson": "r", "bias_correction": "C_b", "rmse": "RMSE",
    "ccc_by_recording": "single", "ccc_within": "within", "ccc_between": "between",
}  # fmt: skip
"""Scores that are shown, and as what."""
_SPLIT: Final = ("culture", "partition")
_SCORES: Final = (
    *("system" if name == "model" else name for name in SCORE_COLUMNS if name not in ("method", "processing")),
    "ccc_avec2019",
)
_RECORDINGS: Final = ("target", *_SPLIT, "recording", "unit", "system")
_HEADERS: Final = (_SCORES, (*_RECORDINGS, "steps", *MEASURES), tuple(DIFFERENCE_COLUMNS))
"""Columns of the tables that are written."""
_FAR: Final = 5.0
"""From which multiple of the largest label on predictions must be on another scale."""


class _Scored(NamedTuple):
    """What was scored, and what there is to say about it."""

    moments: pd.DataFrame
    notes: list[str]


def score_folders(
    labels: Path,
    predictions: Sequence[str],
    *,
    table: Path | None,
    only: str,
    delay: Sequence[str],
    html: Path | None,
    out: Path | None,
    force: bool,
) -> None:
    """Score the predictions in folders, print the scores, and write them.

    Args:
        labels: Folder of the labels, one file per recording.
        predictions: Systems as ``NAME=FOLDER``.
        table: Who is in which recording; columns recording, person, dyad, culture, partition.
        only: What names of recordings must be like.
        delay: Annotation delays of predictions (s): ``4``, ``arousal=4``, ``mine=4`` or ``mine:arousal=4``.
        html: Page to write.
        out: Table to write; two more go beside it, by recording and of differences.
        force: Whether to write over files.

    Raises:
        InputError: For the first mistake in what is given.
    """
    systems = _systems_of(predictions)
    truth = find_files(labels, only=only)
    found = {name: find_files(folder, only=only) for name, folder in systems.items()}
    tables = {} if out is None else _beside(out)
    read = [path for files in (truth, *found.values()) for path in files.values()]
    check_outputs([html, *tables.values()], inputs=[table, *read], force=force, headers=_HEADERS)
    for name, files in found.items():
        _check_recordings(labels, truth, systems[name], files)
    people = _people_of(table, list(truth))
    delays = _delays_of(delay)
    scored = _score_all(truth, found, people, delays=delays)
    frames = {
        "scores": _scores(scored.moments),
        "recordings": _by_recording(scored.moments),
        "differences": compare_systems(scored.moments, seed=SEED),
    }
    notes = [*_explained(frames["scores"], people, delayed=any(delays.values())), *scored.notes]
    for kind, path in tables.items():
        write_table(path, frames[kind])
    if html is not None:
        write_text(html, _page(frames, notes))
    _show(frames, notes, [*tables.values(), *([html] if html else [])])


def _systems_of(predictions: Sequence[str]) -> dict[str, Path]:
    """Take ``NAME=FOLDER`` apart."""
    systems: dict[str, Path] = {}
    for text in predictions:
        name, _, folder = (part.strip() for part in text.partition("="))
        if not name or not folder:
            raise InputError(f"--predictions {text!r} is not NAME=FOLDER", remedy="write --predictions mine=my/folder")
        if name in systems:
            raise InputError(f"two systems are called {name!r}", remedy="give every system a name of its own")
        systems[name] = Path(folder)
    return systems


def _delays_of(texts: Sequence[str]) -> dict[str, float]:
    """Read delays (s) by what they are of: a target, a system, ``system:target``, or everything else (empty)."""
    delays: dict[str, float] = {}
    for text in texts:
        key, _, value = text.rpartition("=")
        seconds = number(value.strip())
        if seconds is None or not 0 <= seconds <= _LONGEST_DELAY or key.strip() in delays or text.startswith("="):
            again = " again" if key.strip() in delays else ""
            raise InputError(
                f"--delay {text!r} is no delay of {key.strip() or 'all predictions'} in 0..{_LONGEST_DELAY:g} s{again}",
                remedy="write seconds, as in --delay 4 or --delay arousal=4, for each once",
            )
        delays[key.strip()] = seconds
    return delays


def _beside(out: Path) -> dict[str, Path]:
    """Name the three tables."""
    if out.suffix not in (".tsv", ".csv"):
        raise InputError(f"ends with {out.suffix or 'nothing'}", file=out, remedy="name a .tsv (or .csv) file")
    return {
        "scores": out,
        **{kind: out.with_name(f"{out.stem}-{kind}{out.suffix}") for kind in ("recordings", "differences")},
    }


def _check_recordings(labels: Path, truth: Mapping[str, Path], folder: Path, files: Mapping[str, Path]) -> None:
    """Refuse recordings that have labels and no predictions, or the other way round."""
    for what, where, others, lacking in (("predictions", folder, truth, files), ("labels", labels, files, truth)):
        missing = [name for name in others if name not in lacking]
        if missing:
            more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            raise InputError(
                f"has no {what} of {missing[0]}{more} ({len(truth)} recordings have labels, {len(files)} predictions)",
                file=where,
                remedy="files are matched by name: add or rename them, or choose what both have by --only PATTERN",
            )


def _people_of(table: Path | None, recordings: Sequence[str]) -> dict[str, dict[str, str]]:
    """Say of each recording its unit, culture and partition; ``all`` where nobody knows."""
    given = {} if table is None else read_people(table)
    missing = [name for name in recordings if name not in given]
    if table is not None and missing:
        what = f"lacks recording {missing[0]!r}" + (f" and {len(missing) - 1} more" if len(missing) > 1 else "")
        raise InputError(what, file=table, remedy="add a row for every recording that has labels")
    rows = []
    for name in recordings:
        row = given.get(name, {"recording": name})
        named = split_of_name(name) or ("", "")
        split = {key: row.get(key) or known or ALL for key, known in zip(_SPLIT, named, strict=True)}
        rows.append({**row, **split})
    return {name: {**row, "unit": unit} for name, row, unit in zip(recordings, rows, units(rows), strict=True)}


def _score_all(
    truth: Mapping[str, Path],
    found: Mapping[str, Mapping[str, Path]],
    people: Mapping[str, Mapping[str, str]],
    *,
    delays: Mapping[str, float],
) -> _Scored:
    """Read all recordings, and sum up what is scored: per recording, target and system, by split and all together."""
    columns: dict[str, list[str]] = {}
    cropped = dict.fromkeys(found, 0)
    rows: list[tuple[object, ...]] = []
    moving: dict[str, tuple[float, float]] = {}
    reach: dict[tuple[str, str], float] = {}
    left_out: list[str] = []
    for recording, path in truth.items():
        labelled = open_series(path)
        sources = {system: open_series(files[recording]) for system, files in found.items()}
        for system, source in sources.items():
            if system not in columns:
                columns[system] = _common(labelled, source)
                left_out += _not_scored(labelled, system, columns[system])
        targets = [name for name in targets_of(labelled) if any(name in own for own in columns.values())]
        targets += [name for own in columns.values() for name in own if name not in targets]
        labels = read_series(labelled, list(dict.fromkeys(targets)), rated=True)
        for name in labels.values:
            low, high = moving.get(name, (np.inf, -np.inf))
            known = _rated(labels, name, begin=0)
            moving[name] = min(low, float(known.min())), max(high, float(known.max()))
        for system, source in sources.items():
            series = read_series(source, columns[system])
            cropped[system] += len(series.time) > len(labels.time)
            for name, values in series.values.items():
                reach[system, name] = max(reach.get((system, name), 0.0), float(np.abs(values).max()))
            rows += _sums(labels, series, system, recording, people[recording], delays=delays)
    _check_delays(delays, columns)
    for name, (low, high) in moving.items():
        if low == high:
            folder = next(iter(truth.values())).parent
            raise InputError(f"all labels are {low:g}: no concordance is defined", file=folder, column=name,
                             remedy="correct the labels")  # fmt: skip
    order = {name: place for place, name in enumerate(moving)}
    table = pd.DataFrame(rows, columns=list(MOMENT_COLUMNS)).astype(dict.fromkeys(SUMS, float))
    table = _all_together(table.sort_values("target", key=lambda names: names.map(order), kind="stable"))
    notes = [f"{system}: what is predicted after the last label is left out ({count} recordings)."
             for system, count in cropped.items() if count]  # fmt: skip
    return _Scored(table, left_out + notes + _on_another_scale(reach, moving))


def _on_another_scale(reach: Mapping[tuple[str, str], float], moving: Mapping[str, tuple[float, float]]) -> list[str]:
    """Say which predictions reach so far that they must be on another scale than the labels."""
    notes = []
    for (system, name), most in reach.items():
        labelled = max(map(abs, moving[name]))
        if most > _FAR * labelled:
            reaches = f"{system} predicts {name} up to {most:.4g}, and labels reach {labelled:.4g}"
            notes.append(f"{reaches}: on another scale, good predictions have a low CCC.")
    return notes


def _rated(labels: Series, target: str, *, begin: int) -> Floats:
    """Give the labels of the moments that somebody rated, from one of them on."""
    known = rated(labels.values[target][begin:])
    if not len(known):
        behind = " behind the delay" * bool(begin)
        raise InputError(f"no moment{behind} is rated", file=labels.file, column=target,
                         remedy="leave the recording out by --only, or the column out of all files")  # fmt: skip
    return known


def _check_delays(delays: Mapping[str, float], columns: Mapping[str, Sequence[str]]) -> None:
    """Refuse delays of what is not scored."""
    known = {"", *columns, *(name for own in columns.values() for name in own)}
    known |= {f"{system}:{name}" for system, own in columns.items() for name in own}
    unknown = next((key for key in delays if key not in known), None)
    if unknown is not None:
        what = f"--delay {unknown}=… is of no system and no target{nearest(unknown, sorted(known))}"
        raise InputError(what, remedy=f"known are {', '.join(sorted(known - {''}))}")


def _common(labels: Rows, predictions: Rows) -> list[str]:
    """Name the targets that labels and predictions both have."""
    own, theirs = targets_of(labels), targets_of(predictions)
    common = [name for name in own if name in theirs]
    if not common:
        raise InputError(
            f"has no target of {Path(labels.file).name}: {some_of(theirs)} here, {some_of(own)} there",
            file=predictions.file,
            row=predictions.header_row,
            remedy="name the columns of predictions as those of the labels",
        )
    return common


def _not_scored(labels: Rows, system: str, common: Sequence[str]) -> list[str]:
    """Say which targets a system does not predict."""
    missing = [name for name in targets_of(labels) if name not in common]
    return [f"{system} has no column {', '.join(missing)}: not scored."] if missing else []


def _sums(
    labels: Series, series: Series, system: str, recording: str, row: Mapping[str, str], *, delays: Mapping[str, float]
) -> Iterable[tuple[object, ...]]:
    """Sum one recording up: rows of `MOMENT_COLUMNS`."""

    def delay_of(target: str) -> float:
        return next((delays[key] for key in (f"{system}:{target}", target, system, "") if key in delays), 0.0)

    shorter = "give a shorter --delay, or leave the recording out by --only"
    for target, (values, late) in at_labels(labels, series, delay_of=delay_of, shorter=shorter).items():
        place = (target, row["culture"], row["partition"], system, RAW, recording, row["unit"])
        _rated(labels, target, begin=late)
        for steps, begin in ((ALL, 0), (AFTER_DELAY, late)):
            yield (*place, steps, *moments(values[begin:], labels.values[target][begin:]))


def _all_together(table: pd.DataFrame) -> pd.DataFrame:
    """Add each partition's recordings of all cultures where there are several, as the AVEC challenges score them."""
    several = table.groupby("partition")["culture"].transform("nunique") > 1
    whole = table[several & (table["culture"] != ALL)].assign(culture=ALL)
    return pd.concat([table, whole], ignore_index=True)


def _scores(table: pd.DataFrame) -> pd.DataFrame:
    """Score; ``ccc_avec2019`` is what the challenge's script would say."""
    found = score(table, chosen_on={}, seed=SEED)
    whole = table[table["steps"] == ALL].groupby(list(CELL), sort=False)[list(SUMS)].sum()
    found["ccc_avec2019"] = avec_concordance(whole.to_numpy(dtype=float))
    order = {name: place for place, name in enumerate(dict.fromkeys(found["target"]))}
    found = found.sort_values("target", key=lambda names: names.map(order), kind="stable", ignore_index=True)
    return found.rename(columns={"model": "system"})[list(_SCORES)]


def _by_recording(table: pd.DataFrame) -> pd.DataFrame:
    """Score every recording on its own."""
    names = ["model" if name == "system" else name for name in _RECORDINGS]
    own = table[(table["steps"] == ALL) & ~table.duplicated(["target", "recording", "model", "steps"])]
    found = own[names].rename(columns={"model": "system"}).assign(steps=own["n"].astype(int))
    single = measures(own[list(SUMS)].to_numpy(dtype=float))
    return found.assign(**{name: single[name] for name in MEASURES}).reset_index(drop=True)


def _explained(scores: pd.DataFrame, people: Mapping[str, Mapping[str, str]], *, delayed: bool) -> list[str]:
    """Say how to read the scores."""
    resampled = several(kind_of(scores["unit"]))
    notes = [
        f"Scores are of recordings joined end to end, with 95 % intervals that resample {resampled}; CCC = r × C_b."
        " Single: the mean CCC of single recordings. Within and between: CCC of what is left when each recording's"
        " means are taken off, and of these means."
    ]
    if delayed:
        notes.append(
            "Predictions were moved to the annotators' time (--delay); the steps before get zeros, which the column"
            " ccc_after_delay leaves out."
        )
    if any(split_of_name(name) for name in people):
        largest = float((scores["ccc"] - scores["ccc_avec2019"]).abs().max())
        notes.append(
            "The script of AVEC 2019 divides variances by n − 1 and the covariance by n; the column ccc_avec2019 of the"
            f" written table has its value, which differs by {largest:.1g} at most."
        )
    return notes


def _page(frames: Mapping[str, pd.DataFrame], notes: Sequence[str]) -> str:
    """Make the page."""
    scores, single = (_with_split(frames[kind]) for kind in ("scores", "recordings"))
    later = ["ccc_after_delay"] if not scores["ccc_after_delay"].equals(scores["ccc"]) else []
    tables = {
        "Scores": scores[["target", "split", "system", "n", *_SHOWN, *later]].rename(columns=_SHOWN),
        "Differences between systems": frames["differences"].drop(columns=["kind", "unit", "differs"]),
        "By recording": single[["target", "split", "recording", "system", "steps", *MEASURES]].rename(columns=_SHOWN),
    }
    shown = {title: table for title, table in tables.items() if len(table)}
    paragraphs = [*notes, *_compared(frames["differences"])]
    return document("Scores of predictions", corpus="", paragraphs=paragraphs, tables=shown)


def _with_split(table: pd.DataFrame) -> pd.DataFrame:
    """Join culture and partition, as ``german-devel``, and count recordings as n."""
    splits = ["-".join(dict.fromkeys(pair)) for pair in zip(table["culture"], table["partition"], strict=True)]
    return table.assign(split=splits).rename(columns={"recordings": "n"})


def _compared(differences: pd.DataFrame) -> list[str]:
    """Say what differs between systems."""
    if differences.empty:
        return []
    how = "Intervals of one target's differences hold together: all cover the true differences in 95 % of studies."
    return [*verdicts(differences), how]


def _show(frames: Mapping[str, pd.DataFrame], notes: Sequence[str], written: Sequence[Path]) -> None:
    """Print the scores, what differs, and where the files are."""
    table = Table(box=SIMPLE, padding=(0, 1, 0, 0), pad_edge=False)
    names = [name for name in _SHOWN if name not in ("ccc", "ccc_low", "ccc_high")]
    for name in ("target", "split", "system", "n", "CCC", "95 % interval", *(_SHOWN[name] for name in names)):
        left = name in {"target", "split", "system"}
        table.add_column(name, justify="left" if left else "right", no_wrap=not left)
    previous = ""
    for row in _with_split(frames["scores"]).to_dict("records"):
        if previous and row["target"] != previous:
            table.add_section()
        table.add_row(
            printable(row["target"]) if row["target"] != previous else "",
            printable(row["split"]),
            printable(row["system"]),
            str(row["n"]),
            _shown(row["ccc"], 3),
            "–" if np.isnan(row["ccc_low"]) else f"{_shown(row['ccc_low'])} to {_shown(row['ccc_high'])}",
            *(_shown(row[name]) for name in names),
        )
        previous = row["target"]
    with printing() as console:
        console.print(table)
        for text in (*notes, *_compared(frames["differences"])):
            console.print(printable(text), soft_wrap=True)
        for path in written:
            console.print(printable(f"written   {path}"), soft_wrap=True)


def _shown(value: float, digits: int = 2) -> str:
    """Format a score; what could not be computed is a dash."""
    return "–" if np.isnan(value) else f"{value:.{digits}f}".replace("-", "−")
