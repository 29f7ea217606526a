"""After a failure: what the next run must make again."""

from onefilter.workflow.step import USED

import re
import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from onefilter.workflow.provenance import near

_ENDS: Final = {".parquet": b"PAR1", ".png": b"IEND\xaeB`\x82", ".svg": b"</svg>\n"}
"""How files end that are whole."""
_LOG: Final = re.compile(r"^ *log: (.+?) \(check log file", re.MULTILINE)
FULL: Final = "the disk is full: make room, then type the same command"
_ROOM: Final = 1 << 20
"""A disk with fewer bytes than this to write on is full."""
_ENDED: Final = re.compile(re.escape(USED).replace(r"%\.1f", r"[\d.]+").replace(r"%\.0f", r"\d+"))
"""What a step says when all is done; that Snakemake takes it for failed is because it was stopped just then."""
_BEGAN: Final = time.time()
"""When this run began: what a log says that is older was said in another run."""
_CLOCK: Final = re.compile(r"^\d\d:\d\d:\d\d ")


def after_failure(jobs: Iterable[Any], persistence: Any, logs: Sequence[str]) -> list[str]:
    """Give the last lines of a failed run: what was removed, how to go on, and at the very end what went wrong.

    Args:
        jobs: All jobs of the run.
        persistence: Snakemake's notes.
        logs: Files in which Snakemake's own words of the run are.
    """
    details = f"details: {', '.join(map(near, logs))}; " if logs else ""
    removed, said = forget_failed(jobs, persistence), said_by_failed(logs)
    if is_full(Path.cwd()):
        said.append(FULL)
    return [*removed, f"{details}the same command goes on from here", *said]


def is_full(folder: Path) -> bool:
    """Tell whether nothing more can be written to a folder's disk."""
    return shutil.disk_usage(folder).free < _ROOM


def forget_failed(jobs: Iterable[Any], persistence: Any) -> list[str]:
    """Make the next run do again what failed, and what the failed steps could not read.

    Snakemake notes the inputs of a failed job as if it had succeeded; forgotten, they count as changed. A result that
    is cut or empty, which a power cut leaves, is removed: it is of no use, and its rule makes it again.

    Args:
        jobs: All jobs of the run.
        persistence: Snakemake's notes.

    Returns:
        One line for each result that was removed.
    """
    removed = []
    for job in jobs:
        for name in job.output:
            path = Path(name)
            if is_damaged(path):
                path.unlink()
                removed.append(f"{path} was damaged and is removed; run again, and rule {job.rule.name} makes it anew")
            if not path.exists():
                persistence.cleanup_metadata(name)
    return removed


def last_made(jobs: Iterable[Any], persistence: Any) -> Callable[[str], float | None]:
    """Tell when the rule of a result made it last (seconds since 1970); None where Snakemake does not know.

    Args:
        jobs: All jobs of the run, those too that need not be done.
        persistence: Snakemake's notes.
    """
    outputs = {str(output): output for job in jobs for output in job.output}

    def made(name: str) -> float | None:
        note = persistence.metadata(outputs[name]) if name in outputs else None
        return None if note is None else note.endtime

    return made


def said_by_failed(logs: Iterable[str]) -> list[str]:
    """Give the last line that each failed step has said, which is far above among what Snakemake says.

    Args:
        logs: Files in which Snakemake's own words of the run are.
    """
    found = []
    text = "".join(Path(log).read_text(encoding="utf-8", errors="replace") for log in logs if Path(log).is_file())
    for part in text.split("Error in rule ")[1:]:
        name, own = part.partition(":")[0], _LOG.search(part)
        last, ended = last_words(Path(own[1])) if own else ("", False)
        # Of a job of several steps, one of which failed, Snakemake takes all for failed.
        if last and not (ended and "Error in group " in text):
            found.append(f"{name}: {'interrupted at its end' if ended else last}")
    return list(dict.fromkeys(found))


def last_words(log: Path) -> tuple[str, bool]:
    """Give the last line that a step has said in this run, without the time of day, and whether it came to its end.

    Args:
        log: The step's own; nothing is said where it is of another run, or not there.
    """
    if not log.is_file() or log.stat().st_mtime < _BEGAN:
        return "", False
    lines = log.read_text(encoding="utf-8").splitlines()
    last = _CLOCK.sub("", lines[-1]) if lines else ""
    return last, _ENDED.fullmatch(last) is not None


def is_damaged(path: Path) -> bool:
    """Tell whether a result is there but empty, or has lost its end."""
    if not path.is_file():
        return False
    if path.suffix == ".safetensors":
        return _is_cut(path)
    size, end = path.stat().st_size, _ENDS.get(path.suffix, b"")
    with path.open("rb") as content:
        content.seek(max(size - len(end), 0))
        return size == 0 or content.read(len(end)) != end


def _is_cut(path: Path) -> bool:
    """Tell whether a model's tensors do not fill its file."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy"):
            return False
    except (OSError, SafetensorError):
        return True
