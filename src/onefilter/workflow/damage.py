"""After a failure: what the next run must make again."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

_ENDS: Final = {".parquet": b"PAR1", ".png": b"IEND\xaeB`\x82"}
"""How files end that are whole."""


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


def is_damaged(path: Path) -> bool:
    """Tell whether a result is there but empty, or has lost its end."""
    if not path.is_file():
        return False
    size, end = path.stat().st_size, _ENDS.get(path.suffix, b"")
    with path.open("rb") as content:
        content.seek(max(size - len(end), 0))
        return size == 0 or content.read(len(end)) != end
