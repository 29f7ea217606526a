"""Write the manifest of a run."""

from onefilter.workflow.step import bind

from pathlib import Path

from onefilter.files import write_table
from onefilter.manifest import make_manifest


def write_manifest(results: list[Path], manifest: Path, rules: dict[str, str]) -> None:
    """Note the size and the checksum of every result, and the rule that made it."""
    write_table(manifest, make_manifest({str(path): rules[str(path)] for path in results}, manifest.parent))


bind(write_manifest)
