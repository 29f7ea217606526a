"""What is mutated: good files of every kind, and what reads each of them as the commands and steps do."""

import contextlib
import io
import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
import polars as pl
import yaml
from tests.examples.avec import LABELS_HEADER, VISUAL_HEADER, as_numpy_prints
from tests.examples.configuration import ROOT
from tests.examples.keras import Layers, activation, conv, dense, draw, write, write_keras_3, zip_keras_3
from tests.examples.live import deep
from tests.examples.model import CARD, model
from tests.examples.openface import header, rows
from tests.examples.tools import write_libreface, write_pyfaceau, write_pyfeat

from benchmarks.mutators import Mutator, chosen, of_bytes, of_hdf5, of_json, of_safetensors, of_text, of_yaml, of_zip
from onefilter.commands.import_keras import import_file
from onefilter.commands.inspect import show
from onefilter.commands.predict import predict_file
from onefilter.commands.scores import show_scores
from onefilter.concordance import moments
from onefilter.corpus.annotations import align, note_on_scale, read_labels, read_turns
from onefilter.corpus.annotators import Reading, Source, read_ratings
from onefilter.corpus.avec import LABELS, TURNS
from onefilter.corpus.formats import libreface, pyfaceau, pyfeat
from onefilter.corpus.formats.avec import read_avec
from onefilter.corpus.formats.registry import read_frames
from onefilter.corpus.gold import RatingsError, alone, fuse, lags, moved, resample, weights
from onefilter.corpus.own import read_people, read_recordings
from onefilter.corpus.series import Series, open_series, read_series, targets_of
from onefilter.evaluation.differences import differences
from onefilter.evaluation.pairing import at_labels
from onefilter.evaluation.scores import AFTER_DELAY, ALL, MOMENT_COLUMNS, RAW, Moments, read_scores, score, summarise
from onefilter.explanation.perception import read_perception
from onefilter.features.description import DISTANCE_COLUMNS, STATISTICS_COLUMNS
from onefilter.features.statistics import FEATURES, STATISTICS, feature_names
from onefilter.features.tracking import check_lost
from onefilter.features.windows import extract
from onefilter.figures.sentences import findings
from onefilter.files import write_table
from onefilter.live.rows import Rows
from onefilter.live.session import Row, Session, Sink, State
from onefilter.model.card import Layer, Stack
from onefilter.model.file import read_any_model, read_models, write_model
from onefilter.names import PUBLISHED_FEATURES, FailedFrames
from onefilter.verification.claims import read_claims, verify
from onefilter.verification.expected import compare_expected, misses, read_expected
from onefilter.verification.published import beside, read_systems
from onefilter.verification.statements import Evidence, Pace
from onefilter.workflow.plan import make_plan
from onefilter.yaml_files import read_overlay

Reader = Callable[[Path, np.random.Generator], None]

LONGEST: Final = 500
"""Characters of anything that a user is told."""
TARGETS: Final = ("valence", "arousal")
CASE: Final = 100
"""Rows of a case that are read; labels then last for 10 s."""
SHORT: Final = replace(CARD, window=0.2, left=3, format=2)
"""A model that needs little of a recording; without a checksum, what is changed is found by what it says."""


class Seed(NamedTuple):
    """A good file.

    Attributes:
        name: Of the file; readers tell by it what the file is.
        content: Its bytes.
        mutator: What changes it.
    """

    name: str
    content: bytes
    mutator: Mutator


class Kind(NamedTuple):
    """One kind of input: good files, and what reads them in a folder that `prepare` has filled."""

    seeds: Sequence[Seed]
    read: Reader


class Wrong(Exception):
    """An input that was read, or refused, wrongly."""


def check_said(text: str) -> None:
    """Check what a user is told: a line, without what terminals take for commands."""
    for line in text.splitlines():
        if len(line) > LONGEST:
            raise Wrong(f"says {len(line)} characters: {line[:200]}")
        if not line.isprintable():
            raise Wrong(f"says {line[:200]!r}")


def prepare(folder: Path, *, cases: Path | None = None) -> dict[str, Kind]:
    """Write the good files that readers need beside the mutated one, and give all kinds.

    Args:
        folder: Becomes the working directory of readers.
        cases: A folder with further files.
    """
    (folder / "good").mkdir(parents=True)
    write_model(folder / "good/model.safetensors", model(SHORT, taps=8))
    (folder / "good/recording.csv").write_bytes(_recording("2.2", frames=100))
    (folder / "good/long.csv").write_bytes(_recording("2.2", frames=300, fps=10))
    scores = _scores(folder / "good")
    kinds = {
        "openface": Kind(_openface(), _predict),
        "live": Kind(_openface(), _live),
        "turns": Kind(_turns(), _with_turns),
        "labels": Kind(_labels(), _align),
        "annotations": Kind(_annotated(), _fuse),
        "predictions": Kind(_predicted(), _beside),
        "tables": Kind(_tables(), _table),
        "sewa": Kind(_sewa(), _read_sewa),
        "tools": Kind(_tools(folder), _read_tool),
        "configuration": Kind(_configurations(), _plan),
        "claims": Kind(_some_claims(), _claims),
        "scores": Kind(scores[:2], _summarise),
        "summary": Kind(scores[2:], _show),
        "safetensors": Kind(_models(folder), _model),
        "h5": Kind(_hdf5(folder), _import),
        "keras": Kind(_zips(folder), _import),
    }
    return kinds if cases is None else _with_cases(kinds, cases)


def _with_cases(kinds: Mapping[str, Kind], folder: Path) -> dict[str, Kind]:
    """Put the files of a folder, which must be small, to the kinds that their names tell."""
    rules = (
        (r"turns.*\.csv", ["turns"], of_text(",")),
        (r"lab.*\.csv", ["labels"], of_text(",")),
        (r".*\.csv", ["openface", "live"], of_text(",")),
        (r".*\.safetensors", ["safetensors"], of_safetensors),
        (r".*\.h5", ["h5"], of_hdf5),
        (r".*\.keras", ["keras"], of_zip),
        (r".*\.yaml", ["configuration"], of_yaml),
        (r".*\.tsv", ["tables"], of_text("\t")),
    )
    found: dict[str, list[Seed]] = {name: list(kind.seeds) for name, kind in kinds.items()}
    for path in sorted(folder.iterdir()):
        _, names, mutator = next((rule for rule in rules if re.fullmatch(rule[0], path.name)), ("", [], of_bytes))
        content = path.read_bytes()
        if path.suffix == ".csv":
            content = b"\n".join(content.split(b"\n")[: CASE + 1])
        for name in names:
            own = "recordings.tsv" if name == "tables" else path.name
            found[name].append(Seed(own, content, mutator))
    return {name: Kind(found[name], kind.read) for name, kind in kinds.items()}


@contextlib.contextmanager
def listening() -> Iterator[io.StringIO]:
    """Take what a command prints, and check what it tells the user; what it writes as its result is left alone."""
    out, told = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(told):
        yield out
    check_said(told.getvalue())


def _recording(version: str, *, frames: int, fps: float = 50, separator: str = ",") -> bytes:
    columns = header(version)
    table, _ = rows(columns, frames=frames, fps=fps)
    return "\n".join(separator.join(row) for row in [columns, *table]).encode() + b"\n"


def _openface() -> list[Seed]:
    made = [
        ("2.2", 60, ","),
        ("2.2", 60, ","),
        ("1.0", 60, ", "),
        ("2.2", 60, "\t"),
        ("0.2", 12, ", "),
        ("full", 12, ","),
    ]
    seeds = [
        Seed("recording.csv", _recording(version, frames=frames, separator=separator), of_text(separator))
        for version, frames, separator in made
    ]
    faces = _recording("2.2", frames=40).replace(b"\n9,0,", b"\n9,1,").replace(b"\n20,0,", b"\n20,1,")
    return [*seeds, Seed("faces.csv", faces, of_text(","))]


def _predict(path: Path, rng: np.random.Generator) -> None:
    """What `onefilter predict` does."""
    fps, face = chosen(rng, (None, None, None, 30.0, 50.0)), chosen(rng, (None, None, None, 0, 1))
    _predictions(path, Path("good/model.safetensors"), fps=fps, face=face)


def _predictions(
    path: Path, file: Path, *, turns: Path | None = None, speaker: str | None = None, fps: float | None = None,
    face: int | None = None,
) -> None:  # fmt: skip
    out = Path("out.csv")
    with listening():
        predict_file(
            path, [file], out=out, turns=turns, speaker=speaker, plot=None, fps=fps, face=face, force=True
        )  # fmt: skip
    values = pl.read_csv(out).to_numpy()
    if not np.isfinite(values).all():
        raise Wrong("predicts what is not finite")


class _Told(Sink):
    """Checks what a session says and gives."""

    def rows(self, rows: Sequence[Row], state: State) -> None:
        """Check that predictions are numbers."""
        if not all(np.isfinite([row.time, *row.values.values()]).all() for row in rows):
            raise Wrong(f"predicts what is not finite at {state.time}")

    def remark(self, text: str) -> None:
        """Check what the user is told."""
        check_said(text)


def _live(path: Path, rng: np.random.Generator) -> None:
    """What `onefilter live` does with the bytes of a stream, in pieces."""
    models, content = read_models([Path("good/model.safetensors")]), path.read_bytes()
    calibrate = bool(rng.random() < 0.3)
    fps, face = chosen(rng, (None, None, None, 30.0, 50.0)), chosen(rng, (None, None, None, 0, 1))
    reader = Rows(path.name, fps=fps, face=face, keep_negative=calibrate)
    cuts = sorted({0, len(content), *rng.integers(len(content) + 1, size=chosen(rng, (0, 1, 5, 40))).tolist()})

    def events() -> Iterator[Any]:
        for begin, end in pairwise(cuts):
            yield from reader.feed(content[begin:end])
        yield from reader.finish()
        yield from reader.sum_up()

    Session(models, [_Told()], calibrate=calibrate).run(events())


def _turns() -> list[Seed]:
    rows = ["0.1,0.4", "0.5,0.8", "1.0,1.9", "1.2,1.5"]
    plain = "\n".join(["begin,end", *rows]) + "\n"
    speakers = "\n".join(["begin,end,speaker", *(f"{row},{'AB'[place % 2]}" for place, row in enumerate(rows))]) + "\n"
    text = "\n".join(["speaker;begin;end;text", *(f"A;{row.replace(',', ';')};well" for row in rows)])
    return [
        Seed("turns.csv", plain.encode(), of_text(",")),
        Seed("turns.csv", speakers.encode(), of_text(",")),
        Seed("turns.csv", text.replace(";", ",").encode(), of_text(",")),
    ]


def _with_turns(path: Path, rng: np.random.Generator) -> None:
    """What `onefilter predict --turns` does."""
    speaker = chosen(rng, (None, None, "A", "C"))
    recording = Path("good/recording.csv" if path.name == "turns.csv" else "good/long.csv")
    _predictions(recording, Path("good/model.safetensors"), turns=path, speaker=speaker)


def _labels() -> list[Seed]:
    values = np.round(np.sin(np.arange(20)[:, None] / (3, 5)) / 2, 3)
    lines = ["timestamp,valence,arousal", *(f"{row / 10:.1f},{one},{two}" for row, (one, two) in enumerate(values))]
    return [Seed("labels.csv", ("\n".join(lines) + "\n").encode(), of_text(","))]


def _align(path: Path, _rng: np.random.Generator) -> None:
    """What the step `align_labels` does."""
    labels = read_labels(path, TARGETS)
    hops = np.arange(20 if path.name == "labels.csv" else CASE) / 10
    found = align(labels, hops, TARGETS, file=path)
    check_said(note_on_scale(found, TARGETS))
    if not np.isfinite(found).all():
        raise Wrong("gives labels that are not finite")


def _annotated() -> list[Seed]:
    waves = np.round(np.sin(np.arange(20)[:, None] / (3, 4, 5)) / 2, 3)
    wide = ["time,ann,bob,cem", *(f"{row / 10:.1f},{','.join(map(str, each))}" for row, each in enumerate(waves))]
    rows = [
        (who, row, each[place]) for row, each in enumerate(waves) for place, who in enumerate(("ann", "bob", "cem"))
    ]
    long = ["recording,annotator,time,valence", *(f"r,{who},{row / 10:.1f},{value}" for who, row, value in rows)]
    late = [
        "time_ms,ann,bob",
        *(f"{100 * row},{each[0]},{each[1] if row > 4 else ''}" for row, each in enumerate(waves)),
    ]
    return [Seed("valence.csv", ("\n".join(lines) + "\n").encode(), of_text(",")) for lines in (wide, long, late)]


def _fuse(path: Path, rng: np.random.Generator) -> None:
    """What the step `fuse_annotations` does with one recording and target."""
    ratings = read_ratings([Source(path, target="valence")], "r", Reading(["valence"], {}))
    known = np.stack([resample(rating.stamps, rating.values, np.arange(20) / 10) for rating in ratings])
    if alone(known):
        return
    late = lags(known, largest=int(chosen(rng, (0, 3))))
    aligned = np.stack([moved(rating, int(lag)) for rating, lag in zip(known, late, strict=True)])
    try:
        weight = weights(aligned) if chosen(rng, (True, False)) else np.ones(len(aligned))
    except RatingsError as error:
        raise ratings[error.annotator].error(str(error), remedy=error.remedy) from error
    label = fuse(aligned, weight, least=1)
    if np.isinf(label).any() or np.nanmax(np.abs(label), initial=0) > 1 + 1e-9:
        raise Wrong("gives labels out of their range")


def _predicted() -> list[Seed]:
    values = np.round(np.sin(np.arange(20)[:, None] / (3, 5)) / 2, 3)
    plain = ["time,valence,arousal", *(f"{row / 10:.1f},{one},{two}" for row, (one, two) in enumerate(values))]
    rows = [f"'a';{row / 10:.6f};{one};{two};0.0" for row, (one, two) in enumerate(values)]
    people = ["recording\tperson\tdyad", *(f"r{number}\tp{number}\td{number // 2}" for number in range(6))]
    return [
        *(Seed("a.csv", "\n".join(lines).encode(), of_text(mark)) for lines, mark in (
            (plain, ","), (rows, ";"), ([LABELS_HEADER, *rows], ";")
        )),
        Seed("people.tsv", "\n".join(people).encode(), of_text("\t")),
    ]  # fmt: skip


def _beside(path: Path, _rng: np.random.Generator) -> None:
    """What `onefilter score` does with predictions, and with the table of people."""
    if path.name == "people.tsv":
        read_people(path)
        return
    table = open_series(path)
    found = read_series(table, [name for name in targets_of(table) if name in TARGETS])
    time = np.arange(15) / 10
    labels = Series(Path("labels.csv"), range(2, 17), "time", time, {})
    for values, _ in at_labels(labels, found, delay_of=lambda _: 0.2, shorter="give a shorter one").values():
        moments(values, np.sin(time))


def _tables() -> list[Seed]:
    lines = ["recording\tculture\tpartition\topenface\tturns\tlabels\tfps\tface\tspeaker"]
    for number, partition in enumerate(("train", "devel", "test", "unlabelled")):
        labels = "" if partition == "unlabelled" else f"l{number}.csv"
        lines.append(f"{number:03}\tgerman\t{partition}\tr{number}.csv\tt{number}.csv\t{labels}\t\t0\t")
    seeds = [Seed("recordings.tsv", ("\n".join(lines) + "\n").encode(), of_text("\t"))]
    for name in ("systems.tsv", "perception.tsv", "expected/simulated.tsv"):
        content = b"\n".join((ROOT / "config" / name).read_bytes().split(b"\n")[:20])
        seeds.append(Seed(Path(name).name, content, of_text("\t")))
    names = "\n".join(PUBLISHED_FEATURES).encode()
    return [*seeds, Seed("features.txt", names, of_text(","))]


@cache
def _keys() -> tuple[str, ...]:
    return tuple(read_expected(ROOT / "config/expected/simulated.tsv")["key"])


def _table(path: Path, _rng: np.random.Generator) -> None:
    """What the plan does with the recordings table, and steps with the others."""
    if path.name == "systems.tsv":
        beside(read_systems(path), pd.DataFrame(), corpus="simulated", trained_on="german")
    elif path.name == "perception.tsv":
        read_perception(path)
    elif path.name == "simulated.tsv":
        expected = read_expected(path)
        misses(compare_expected(expected, dict.fromkeys(_keys(), 1.0), file=str(path)))
    elif path.name == "features.txt":
        _imported(Path("good/model.h5"), features=str(path))
    else:
        read_recordings(path, cultures=["german", "hungarian"])


def _sewa() -> list[Seed]:
    rng = np.random.default_rng(1)
    values = np.column_stack([np.arange(40) / 50, np.full(40, 0.98), np.round(rng.uniform(0, 5, (40, 17)), 3)])
    frames = ["'Train_DE_01';" + as_numpy_prints(row, precision=3) for row in values]
    labels = [
        f"'Train_DE_01';{row / 10:.2f};" + as_numpy_prints(rng.normal(0, 0.2, 3), precision=8) for row in range(9)
    ]
    files = {
        "Train_DE_01.csv": ["\n".join(frames), "\n".join([VISUAL_HEADER, *frames])],
        "labels.csv": ["\n".join(labels), "\n".join([LABELS_HEADER, *labels])],
        "turns.csv": ["0.1;0.4\n0.5;0.8\n", "begin;end\n0.1;0.4\n"],
    }
    return [Seed(name, text.encode(), of_text(";")) for name, texts in files.items() for text in texts]


def _read_sewa(path: Path, _rng: np.random.Generator) -> None:
    """What steps do with the challenge's files."""
    if path.name == "labels.csv":
        align(read_labels(path, TARGETS, form=LABELS), np.arange(9) / 10, TARGETS, file=path)
    elif path.name == "turns.csv":
        read_turns(path, form=TURNS)
    else:
        with contextlib.suppress(ValueError):  # Too short, which the steps say with the recording's name.
            extract(read_avec(path), None, SHORT, features=FEATURES)


_TOOLS: Final[Mapping[str, tuple[Callable[..., Path], tuple[str, ...]]]] = {
    "pyfaceau.csv": (write_pyfaceau, tuple(pyfaceau.SIGNALS)),
    "fex.csv": (write_pyfeat, tuple(signal for signal in pyfeat.SIGNALS if not signal.startswith("gaze"))),
    "libreface.csv": (write_libreface, tuple(libreface.SIGNALS)),
}
"""By file, what writes a good one, and the signals that it has."""


def _tools(folder: Path) -> list[Seed]:
    return [
        Seed(name, write(folder / "good" / name, frames=30).read_bytes(), of_text(","))
        for name, (write, _) in _TOOLS.items()
    ]


def _read_tool(path: Path, rng: np.random.Generator) -> None:
    """What steps do with the files of other tools than OpenFace."""
    signals, fps = _TOOLS[path.name][1], chosen(rng, (None, 25.0, 25.0))
    frames = read_frames(path, signals=signals, fps=fps).frames
    how: FailedFrames = "keep" if frames["success"].null_count() else "drop"
    settings = replace(SHORT, failed_frames=how)
    check_lost(frames, settings.failed_frames, file=path, how="{}")
    names = feature_names(STATISTICS, signals)
    with contextlib.suppress(ValueError):  # Too short, or nobody seen, which the steps say with the recording's name.
        if not np.isfinite(extract(frames, None, settings, features=names).features.to_numpy()).all():
            raise Wrong("computes what is not finite")


def _configurations() -> list[Seed]:
    names = ("tiny", "own", "published", "sewa")
    files = [(ROOT / f"config/{name}.yaml").read_bytes() for name in names]
    whole = yaml.safe_load((ROOT / "config/config.yaml").read_bytes())
    files += [yaml.safe_dump({key: value}).encode() for key, value in whole.items()]
    return [Seed("overlay.yaml", content, of_yaml) for content in files]


def _plan(path: Path, _rng: np.random.Generator) -> None:
    """What the workflow does with an overlay; what config.yaml says is the default, which needs no reading."""
    plan = make_plan(dict(read_overlay(path)))
    if not plan.tables or not plan.settings.identity:
        raise Wrong("plans nothing")


def _some_claims() -> list[Seed]:
    listed = yaml.safe_load((ROOT / "config/claims.yaml").read_bytes())
    texts = [yaml.safe_dump(listed[place : place + 3], allow_unicode=True) for place in range(0, len(listed), 3)]
    return [Seed("claims.yaml", text.encode(), of_yaml) for text in texts]


def _claims(path: Path, _rng: np.random.Generator) -> None:
    """What the step `verify_claims` does with the claims, on evidence that is there in part."""
    empty = pd.DataFrame()
    rows = [("all", variable, *(0.1,) * (len(STATISTICS_COLUMNS) - 2)) for variable in FEATURES]
    described = pd.DataFrame(rows, columns=list(STATISTICS_COLUMNS))
    distances = pd.DataFrame(
        [("AU12_mean", "a", "b", 0.1, 0.1, 0.2, 0.5, 0.5, "person")], columns=list(DISTANCE_COLUMNS)
    )
    pace = Pace(latency=0.5, computing=1e-3, openface=40.0, video=30.0)
    evidence = Evidence(described, distances, empty, empty, empty, empty, empty, pace)
    verify(read_claims(path), evidence, corpus="avec", file=str(path))


def _scores(folder: Path) -> list[Seed]:
    """Write the scores of a few models, and give them, their sums, their summary and its JSON."""
    rng, lines = np.random.default_rng(1), []
    labels = [rng.normal(size=length) for length in (30, 50, 20)]
    for partition in ("devel", "test"):
        for name in ("seed-1", "seed-2"):
            for number, label in enumerate(labels):
                own = ("valence", "german", partition, name, RAW, f"00{number}", f"recording 00{number}")
                error = rng.normal(size=len(label))
                for steps, begin in ((ALL, 0), (AFTER_DELAY, 5)):
                    lines.append((*own, steps, *moments((label + error)[begin:], label[begin:])))
    table = pd.DataFrame(lines, columns=list(MOMENT_COLUMNS))
    scored = score(table, chosen_on={}, seed=1)
    summary = summarise(scored, Moments.of([pl.from_pandas(table)]), devel=["german-devel"], seed=1)
    tree: dict[str, Any] = {"corpus": "simulated"}
    for row in summary[summary["processing"] == RAW].to_dict("records"):
        tree.setdefault(row["target"], {})[f"{row['culture']}-{row['partition']}"] = 0.1
    write_table(folder / "valence.parquet", table)
    seeds = [
        Seed("valence.tsv", scored.to_csv(sep="\t", index=False).encode(), of_text("\t")),
        Seed("valence.parquet", (folder / "valence.parquet").read_bytes(), of_bytes),
        Seed("summary.tsv", summary.to_csv(sep="\t", index=False).encode(), of_text("\t")),
        Seed("metrics.json", json.dumps(tree).encode(), of_json),
    ]
    for seed in seeds:
        (folder / seed.name).write_bytes(seed.content)
    return seeds


def _summarise(path: Path, _rng: np.random.Generator) -> None:
    """What the steps `summarise_scores` and `compare_scores` do."""
    files = [path if path.name == name else Path("good") / name for name in ("valence.tsv", "valence.parquet")]
    scores, sums = read_scores(*files)
    summarise(scores, sums, devel=["german-devel"], seed=1)
    findings(differences(sums, target="valence", devel=["german-devel"], seed=1))


def _show(path: Path, _rng: np.random.Generator) -> None:
    """What `onefilter scores` does."""
    results = Path("results")
    (results / "scores").mkdir(parents=True, exist_ok=True)
    for name, place in (("summary.tsv", results / "scores"), ("metrics.json", results)):
        shutil.copy(path if path.name == name else Path("good") / name, place / name)
    with listening():
        show_scores(results)


def _models(folder: Path) -> list[Seed]:
    path, seeds = folder / "made.safetensors", []
    drawn = deep(replace(SHORT, features=FEATURES), seed=1)
    two = (np.ones((3, 37, 2)), np.ones((1, 2, 1)))
    small = Stack(replace(SHORT, left=1), tuple(Layer(kernel, np.zeros(kernel.shape[2]), relu=False) for kernel in two))
    for one in (model(SHORT, taps=8), model(replace(SHORT, format=3), taps=8), drawn, small):
        write_model(path, one)
        seeds.append(Seed("made.safetensors", path.read_bytes(), of_safetensors))
    return seeds


def _model(path: Path, rng: np.random.Generator) -> None:
    """What `onefilter inspect`, `predict` and, now and then, `live` do with a model file."""
    with listening() as out:
        show(path)
    check_said(out.getvalue())
    _predictions(Path("good/recording.csv"), path)
    models, again = read_models([path]), Path("again.safetensors")
    for one in models.values():
        write_model(again, one)
        if read_any_model(again).card != one.card:
            raise Wrong("writes another model than it has read")
    if rng.random() < 0.3:
        rows = Rows("recording.csv")
        Session(models, [_Told()]).run(rows.feed(Path("good/recording.csv").read_bytes()))


def _layers() -> list[Layers]:
    one, head = conv("c", draw(9, 37, 1), draw(1)), dense("t", draw(1, 1), draw(1))
    two = [conv("c", draw(5, 37, 2), draw(2)), activation("relu"), dense("d", draw(2, 1), draw(1), distributed=False)]
    return [[one, head], two]


def _hdf5(folder: Path) -> list[Seed]:
    seeds = []
    for place, layers in enumerate(_layers()):
        for number, kind in enumerate(("Sequential", "Model", "Functional")):
            path = folder / f"good/model{place}{number}.h5"
            if kind == "Functional":
                write_keras_3(path, layers)
            else:
                write(path, layers, kind=kind)
            seeds.append(Seed("made.h5", path.read_bytes(), of_hdf5))
    shutil.copy(folder / "good/model00.h5", folder / "good/model.h5")
    return seeds


def _zips(folder: Path) -> list[Seed]:
    path, seeds = folder / "good/model.keras", []
    for layers in _layers():
        for kind in ("Functional", "Sequential"):
            zip_keras_3(path, layers, kind=kind)
            seeds.append(Seed("made.keras", path.read_bytes(), of_zip))
    return seeds


def _import(path: Path, rng: np.random.Generator) -> None:
    """What `onefilter import-keras` does; what it writes is read again."""
    _imported(path, features=chosen(rng, (None, None, None, "published-7")))


def _imported(path: Path, *, features: str | None) -> None:
    with listening() as out:
        import_file(
            path, Path("imported.safetensors"), target="valence", delay=2.0, features=features, window=0.2, hop=0.1,
            corpus="SEWA", force=True,
        )  # fmt: skip
    check_said(out.getvalue())
    _predictions(Path("good/recording.csv"), Path("imported.safetensors"))
