"""Give a copy of the project the addresses that a package index needs: of the project, and of what the README shows.

    python .ci/addresses.py FOLDER https://github.com/owner/name v0.1.0

The index shows the README without the files beside it. Forks have other addresses, so none is written into the project.
"""

import re
import sys
from pathlib import Path


def absolute(text: str, address: str, version: str) -> str:
    """Make links and pictures of a README absolute; links to a place in the same text stay."""

    def link(match: re.Match[str]) -> str:
        mark, label, target = match.groups()
        if "://" in target or target.startswith(("#", "mailto:")):
            return match[0]
        return f"{mark}[{label}]({address}/{'raw' if mark else 'blob'}/{version}/{target})"

    return re.sub(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)", link, text)


def with_urls(toml: str, address: str, version: str) -> str:
    """Add the project's addresses to those that pyproject.toml has."""
    added = {
        "Repository": address,
        "Issues": f"{address}/issues",
        "Changelog": f"{address}/blob/{version}/CHANGELOG.md",
        "Documentation": f"{address}/tree/{version}/docs",
    }
    lines = "".join(f'{name} = "{url}"\n' for name, url in added.items())
    before, mark, after = toml.partition("[project.urls]\n")
    if not mark:
        message = "pyproject.toml has no [project.urls]"
        raise LookupError(message)
    return before + mark + lines + after


def main(folder: Path, address: str, version: str) -> None:
    """Change README.md and pyproject.toml of a copy."""
    for name, change in (("README.md", absolute), ("pyproject.toml", with_urls)):
        path = folder / name
        path.write_text(change(path.read_text(encoding="utf-8"), address, version), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:4])
