"""What `onefilter init` does: look at a folder, write a recordings table and an overlay, say what to type next."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from onefilter.corpus.annotations import USUAL, Scale
from onefilter.corpus.folder import PATTERNS, Study, look_at
from onefilter.corpus.recordings import COLUMNS, Recording
from onefilter.corpus.videos import find_program
from onefilter.errors import InputError
from onefilter.files import check_outputs, is_there, write_standard_output, write_text
from onefilter.names import count
from onefilter.settings import Configuration, Target
from onefilter.text import printable, shown

_YAML_WORDS: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""What YAML takes for true, false or nothing."""
DELAY: Final = 2.5
"""Annotation delay that is written for targets of other names than the study's (seconds); to be looked up."""
SEED: Final = 1
"""Of the proposed division."""
SHOWN: Final = 12
"""Remarks that the terminal shows; the table has all."""
_SCALE: Final = re.compile(r"([a-z][a-z_]*)=(-?\d+(?:\.\d+)?)\.\.(-?\d+(?:\.\d+)?)")
_CULTURE: Final = re.compile(r"[^\W\d_]+(-[^\W\d_]+)*")
_FIRST: Final = "# One row per recording"
"""How the recordings table begins."""
_SAFE: Final = re.compile(r"[^A-Za-z0-9_-]+")


def begin_study(
    folder: Path, *, table: Path | None, overlay: Path | None, culture: str, scales: Sequence[str], force: bool
) -> None:
    """Look at a folder of CSVs, and write the recordings table and the overlay that run on it."""
    name = _SAFE.sub("-", folder.resolve().name).strip("-") or "study"
    table = table or Path("config") / f"{name}.tsv"
    overlay = overlay or table.with_suffix(".yaml")
    if _CULTURE.fullmatch(culture) is None or culture == "all":
        what = f"--culture: {shown(culture)} should be letters, or words of letters joined by hyphens, and not 'all'"
        raise InputError(what, remedy="for example danish")
    given = dict(map(_scale, scales))
    study = look_at(folder, culture=culture, scales=given, seed=SEED)
    unknown = sorted(given.keys() - set(study.targets))
    if unknown:
        known = f"the labels have {', '.join(study.targets)}" if study.targets else "nothing is labelled"
        raise InputError(f"--scale: {unknown[0]!r} is not labelled", remedy=known)
    check_outputs([table, overlay], inputs=[path for path in study.looked_at if not _is_own(path)], force=force)
    write_text(table, "\n".join(_table(study)) + "\n")
    write_text(overlay, "\n".join(_overlay(study, table, name=name, culture=culture, scales=given)) + "\n")
    write_standard_output("\n".join(map(printable, _summary(study, table, overlay))) + "\n")


def _is_own(path: Path) -> bool:
    """Tell whether a file is a table that an earlier `onefilter init` wrote."""
    try:
        with path.open("rb") as file:
            return file.read(len(_FIRST)) == _FIRST.encode()
    except OSError:  # Nor can it be written.
        return False


def _scale(text: str) -> tuple[str, Scale]:
    """Read a scale: ``pain=0..16``."""
    match = _SCALE.fullmatch(text)
    if match is None or float(match[2]) >= float(match[3]):
        remedy = "write a target, the lowest and the highest value that annotators could give: --scale pain=0..16"
        raise InputError(f"--scale: {shown(text)} is no scale", remedy=remedy)
    return match[1], Scale(written=(float(match[2]), float(match[3])))


def _table(study: Study) -> Iterator[str]:
    """Write the recordings table, with what each column is, and what was left out."""
    yield f"{_FIRST}, fields separated by one tab; paths are relative to the folder that you run in."
    for name, column in Recording.model_fields.items():
        yield f"# {name}: {' '.join((column.description or '').split())}"
    yield "# person, dyad: fill them in if somebody is in several recordings, or if two of them talk with each other:"
    yield "#   intervals then resample people or pairs, and nobody may be both trained and tested on."
    if study.told_by != "recording":
        groups = sorted({group for name, group in study.groups.items() if group != name})
        yield f"#   The names seem to tell each {study.told_by}: {', '.join(groups[:8])}{' …' * (len(groups) > 8)}."
    if study.divided:
        yield f"# partition: A PROPOSAL, drawn at random (seed {SEED}), each {study.told_by} in one partition. Change"
        yield "#   it as your study asks: train teaches, devel chooses the epoch, test is only scored."
    yield from (f"# {remark}" for remark in study.remarks)
    yield "\t".join(COLUMNS)
    yield from ("\t".join(map(_cell, recording.to_row().values())) for recording in study.recordings)


def _cell(text: str) -> str:
    """Write a field; one that begins with a quote is quoted."""
    return '"' + text.replace('"', '""') + '"' if text.startswith('"') else text


def _overlay(study: Study, table: Path, *, name: str, culture: str, scales: Mapping[str, Scale]) -> Iterator[str]:
    """Write the overlay: what differs from config/config.yaml."""
    yield "# What differs from config/config.yaml; all keys are in config/README.md. `onefilter init` wrote it."
    yield from ("", "pathvars: # where results go")
    for key, path in (("results", ""), ("logs", "/logs"), ("benchmarks", "/benchmarks")):
        yield f"  {key}: results/{name}{path}"
    yield from ("", "corpus:", "  source: openface", f"  recordings: {json.dumps(str(table), ensure_ascii=False)}")
    if any(recording.video for recording in study.recordings):
        yield "  # What is started on videos: OpenFace's FeatureExtraction, by its path if it is not on the PATH."
        yield f"  openface: {{program: {Configuration().corpus.openface.program}}}"
    yield from ("", "# Who is seen; every recording names one of them. Figures and scores are by culture.")
    yield f"cultures: [{json.dumps(culture, ensure_ascii=False)}]"
    yield from ("", "training:", "  # The cultures that are trained on.")
    yield f"  cultures: [{json.dumps(culture, ensure_ascii=False)}]"
    yield from ("", *_targets(study, scales))
    yield from ("", "verification:", "  expected: null # the expected numbers are those of the default run")


def _targets(study: Study, scales: Mapping[str, Scale]) -> Iterator[str]:
    """Write what is predicted: what the label files hold, or what the last run's models know."""
    usual = {target: entry for target, entry in Configuration().targets.items() if entry is not None}
    if not study.divided:
        yield "# There is nothing to train on, so the models of the last run (`make reproduce`) are applied. They know"
        yield "# simulated people only: they show that your files go through, and what they predict means nothing."
        yield "model_files:"
        yield from (f"  {target}: {path}" for target, path in _models(usual).items())
        return
    yield "# What is predicted: the columns of the label files. delay: how long annotators lag behind the face"
    yield "# (seconds); compare some, or take the literature's. Labels lie in -1..1; for others add, for example,"
    yield "#   scale: [0, 16] (what annotators could give), range: [0, 1] (what the run brings it to), unit: PSPI"
    yield "targets:"
    for target in study.targets:
        delay = usual.get(target, Target(delay=DELAY)).delay
        written = scales.get(target, USUAL).written
        scale = f", scale: [{written[0]:g}, {written[1]:g}]" if target in scales else ""
        note = "" if target in usual else " # a guess: say what fits your annotators"
        yield f"  {_key(target)}: {{delay: {delay:g}{scale}}}{note}"
    others = [target for target in usual if target not in study.targets]
    yield from (f"  {target}: null # of the default run, not labelled here" for target in others)


def _key(name: str) -> str:
    """Write a key; one that YAML reads as something else, ``no`` say, is quoted."""
    return json.dumps(name) if name in _YAML_WORDS else name


def _no_openface() -> str:
    """Say what to install where OpenFace is not there; nothing where it is."""
    try:
        find_program(Configuration().corpus.openface)
    except InputError as error:
        return str(error)
    return ""


def _models(targets: Iterable[str]) -> dict[str, str]:
    """Give the models of the last run, by target."""
    return {target: f"results/models/{target}/best.safetensors" for target in targets}


def _command(overlay: Path) -> str:
    """Give the command that runs."""
    program = ".venv/bin/snakemake" if is_there(Path(".venv/bin/snakemake")) else "snakemake"
    return f"{program} --configfile {overlay} --cores all"


def _summary(study: Study, table: Path, overlay: Path) -> Iterator[str]:
    """Say what was found, what was not paired, and what to type."""
    sizes = Counter(recording.partition for recording in study.recordings)
    labelled = sum(bool(recording.labels or recording.annotations) for recording in study.recordings)
    rated = sum(bool(recording.annotations) for recording in study.recordings)
    spoken = sum(bool(recording.turns) for recording in study.recordings)
    found = f" ({', '.join(study.targets)})" if labelled else ""
    several = f", {rated} of them by several annotators" if rated else ""
    videos = sum(bool(recording.video) for recording in study.recordings)
    seen = f", {videos} of them videos on which OpenFace is still to be started" if videos else ""
    whole = count(len(study.recordings), "recording")
    yield f"{whole}{seen}, {labelled} with labels{found}{several}, {spoken} with turns"
    if study.divided:
        parts = ", ".join(f"{sizes[part]} {part}" for part in ("train", "devel", "test", "unlabelled") if sizes[part])
        yield f"proposed, each {study.told_by} in one partition: {parts}"
    yield "names that belong together:"
    yield from (f"  {kind:<12}{pattern}" for kind, pattern in PATTERNS.items())
    yield from study.remarks[:SHOWN]
    if len(study.remarks) > SHOWN:
        yield f"… and {len(study.remarks) - SHOWN} more, which are in {table}"
    if any(".scale: [" in remark for remark in study.remarks):
        yield (
            "labels of a target are on another scale than was said: one scale per target, by --scale TARGET=LOW..HIGH"
            " --force; where files differ, bring them to one scale first"
        )
    if videos and (missing := _no_openface()):
        yield missing
    yield f"wrote {table} and {overlay}; look at both, then run"
    models = {} if study.divided else _models(Configuration().targets)
    if not all(is_there(Path(path)) for path in models.values()):
        yield "  make reproduce   # once: it makes the models that the overlay names"
    yield f"  {_command(overlay)}"
