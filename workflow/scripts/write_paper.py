"""Write the study as a paper: one page, from the tables and figures of a run."""

from onefilter.workflow.step import bind, logger

import subprocess
import sys
from collections.abc import Mapping
from fnmatch import fnmatch
from importlib.metadata import version
from pathlib import Path
from typing import Final

import onefilter
from onefilter.corpus.formats.registry import SCALES
from onefilter.errors import DamagedError
from onefilter.evaluation.agreement import AGREEMENT_COLUMNS as ANNOTATED_COLUMNS
from onefilter.evaluation.differences import DIFFERENCE_COLUMNS
from onefilter.evaluation.scores import SUMMARY_COLUMNS
from onefilter.explanation.perception import SIGN_COLUMNS
from onefilter.explanation.ranking import AGREEMENT_COLUMNS, RANKING_COLUMNS
from onefilter.features.description import CORPUS_COLUMNS, DISTANCE_COLUMNS
from onefilter.features.tracking import TRACKING_COLUMNS
from onefilter.figures.paper import Figure, paper
from onefilter.figures.sections import Best, Design, Found
from onefilter.figures.vector import DrawingError
from onefilter.files import write_text
from onefilter.model.card import Model, name_among
from onefilter.model.file import read_any_model
from onefilter.settings import Features, Network, System, Target, Training
from onefilter.tables import Columns, read_results
from onefilter.verification.recovery import RECOVERY_COLUMNS
from onefilter.verification.worlds import WORLD_COLUMNS

CLAIMS: Columns = {"id": str, "statement": str, "status": str, "number": float, "tolerance": float, "detail": str}
AUDITED: Columns = {"culture": str, "text": str, "order": str, "number": float, "limit": float, "holds": int}
READ: Final[Mapping[str, tuple[str, Columns]]] = {
    "counts": ("statistics/corpus.tsv", CORPUS_COLUMNS),
    "tracking": ("tracking/*.tsv", TRACKING_COLUMNS),
    "annotators": ("gold/agreement.tsv", ANNOTATED_COLUMNS),
    "distances": ("statistics/distances.tsv", DISTANCE_COLUMNS),
    "audit": ("audit/sentences.tsv", AUDITED),
    "summary": ("scores/summary.tsv", SUMMARY_COLUMNS),
    "differences": ("scores/differences.tsv", DIFFERENCE_COLUMNS),
    "agreement": ("relevance/agreement.tsv", AGREEMENT_COLUMNS),
    "ranking": ("relevance/ranking.tsv", RANKING_COLUMNS),
    "perception": ("perception/agreement.tsv", SIGN_COLUMNS),
    "recovery": ("recovery.tsv", RECOVERY_COLUMNS),
    "claims": ("claims.tsv", CLAIMS),
    "checked": ("expected.tsv", dict.fromkeys(("key", "rule"), str) | {"ok": int}),
    "worlds": ("worlds/worlds.tsv", WORLD_COLUMNS),
}
"""By name in `Found`, the file below the results, and its columns."""


def write_paper(
    tables: list[Path],
    best: list[Path],
    figures: list[Path],
    captions: list[Path],
    page: Path,
    benchmarks: str,
    worlds: dict[str, str],
    rules: dict[str, str],
    targets: dict[str, Target | None],
    signals: list[str],
    tool: str,
    fused: str,
    windows: Features,
    network: Network,
    training: Training,
    systems: dict[str, System | None],
    trained: bool,
    identity: str,
    world: str,
    corpus: str,
) -> None:
    """Write the page."""
    given = [*tables, *map(Path, worlds)]
    places = {path.relative_to(page.parent).as_posix(): path for path in given}
    read = {
        name: read_results([path for place, path in places.items() if fnmatch(place, file)], columns)
        for name, (file, columns) in READ.items()
    }
    found = Found(**read)
    design = Design(
        corpus=corpus,
        world=world,
        targets={target: entry for target, entry in targets.items() if entry is not None},
        signals=signals,
        windows=windows,
        network=network,
        training=training,
        systems={name: system.trained_on for name, system in systems.items() if system is not None},
        trained=trained,
        identity=identity,
        tool=tool,
        scale=SCALES[tool],
        fused=fused,
        made_by=_made_by() | _time_of(benchmarks),
    )
    texts = {path.stem: path.read_text(encoding="utf-8") for path in captions}
    drawn = [Figure(path.stem, texts[_caption_of(path.stem)], path.read_bytes()) for path in figures]
    models = {path.parent.name: _best(path, found) for path in best}
    rules = rules | dict.fromkeys(worlds, "compare_worlds")
    below = {Path(path).relative_to(page.parent).as_posix(): rule for path, rule in rules.items()}
    try:
        text = paper(design, found, models, drawn, below)
    except DrawingError as error:
        damaged = next(path for path in figures if path.stem == error.name)
        raise DamagedError(str(error), file=damaged) from error
    logger.info("%s: %.1f MB", page, len(text.encode()) / 1e6)
    write_text(page, text)


def _best(path: Path, found: Found) -> Best:
    """Say what the page needs to know of a target's model."""
    model = read_any_model(path)
    card = model.card
    own = found.ranking[found.ranking["target"] == card.target]
    parts = [model.filter] if isinstance(model, Model) else [layer.weight for layer in model.layers]
    return Best(
        name=name_among(card, own["model"].unique().tolist()),
        corpus=card.corpus,
        latency=model.latency,
        features=len(card.features),
        weights=sum(part.size for part in parts),
        epoch=card.epoch,
    )


def _caption_of(figure: str) -> str:
    """Name the file of a figure's caption."""
    kind = figure.partition("-")[0]
    return "scores-figure" if kind == "scores" else kind


def _made_by() -> dict[str, str]:
    """Say which versions made the page; the commit only where this folder is one of git's."""
    made = {"onefilter": onefilter.__version__, "Python": sys.version.partition(" ")[0]}
    made |= {name: version(name) for name in ("numpy", "pandas", "polars", "torch", "matplotlib")}
    commit = _git("rev-parse", "--short=12", "HEAD")
    if commit:
        changed = _git("status", "--porcelain", "--untracked-files=no")
        made["commit"] = f"{commit}, {'with changes that are not committed' if changed else 'clean'}"
    return made


def _time_of(benchmarks: str) -> dict[str, str]:
    """Add up how long all steps took whose times are in a folder; nothing where there are none."""
    seconds = []
    for path in Path(benchmarks).rglob("*.tsv"):
        try:
            seconds.append(float(path.read_text(encoding="utf-8").splitlines()[1].split("\t")[0]))
        except (FileNotFoundError, ValueError, IndexError):  # A step that ends now is just writing its own.
            logger.warning("%s has no time yet, so the page does not count it", path)
    if not seconds:
        return {}
    whole = round(sum(seconds))
    return {"time": f"{whole // 60} min {whole % 60} s, the times of {len(seconds)} steps in {benchmarks}, added up"}


def _git(*arguments: str) -> str:
    """Ask git; it says nothing where it is not there, or the folder is none of its own."""
    try:
        answer = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""


bind(write_paper)
