"""Write the manifest of a run."""

from onefilter.workflow.step import bind

from pathlib import Path

from onefilter import manifest as manifests


def write_manifest(results: list[Path], manifest: Path, rules: dict[str, str]) -> None:
    """Note the size and the checksum of every result, and the rule that made it."""
    manifests.write_manifest(manifest, {str(path): rules[str(path)] for path in results})


bind(write_manifest)
