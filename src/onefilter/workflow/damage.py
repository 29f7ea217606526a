"""After a failure: what the next run must make again."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from onefilter.workflow.provenance import near

_ENDS: Final = {".parquet": b"PAR1", ".png": b"IEND\xaeB`\x82", ".svg": b"</svg>\n"}
"""How files end that are whole."""
_LOG: Final = re.compile(r"^ *log: (.+?) \(check log file", re.MULTILINE)
_CLOCK: Final = re.compile(r"^\d\d:\d\d:\d\d ")


def after_failure(jobs: Iterable[Any], persistence: Any, logs: Sequence[str]) -> list[str]:
    """Give the last lines of a failed run: what was removed, how to go on, and at the very end what went wrong.

    Args:
        jobs: All jobs of the run.
        persistence: Snakemake's notes.
        logs: Files in which Snakemake's own words of the run are.
    """
    details = f"details: {', '.join(map(near, logs))}; " if logs else ""
    return [*forget_failed(jobs, persistence), f"{details}the same command goes on from here", *said_by_failed(logs)]


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


def said_by_failed(logs: Iterable[str]) -> list[str]:
    """Give the last line that each failed step has said, which is far above among what Snakemake says.

    Args:
        logs: Files in which Snakemake's own words of the run are.
    """
    found = []
    text = "".join(Path(log).read_text(encoding="utf-8", errors="replace") for log in logs if Path(log).is_file())
    for part in text.split("Error in rule ")[1:]:
        name, own = part.partition(":")[0], _LOG.search(part)
        lines = Path(own[1]).read_text(encoding="utf-8").splitlines() if own and Path(own[1]).is_file() else []
        if lines:
            found.append(f"{name}: {_CLOCK.sub('', lines[-1])}")
    return list(dict.fromkeys(found))


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
