"""Configurations to start from: the default one, and changes to it as Snakemake makes them."""

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]


def default() -> dict[str, Any]:
    """Read the default configuration."""
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))
    return loaded


def merged(overlay: dict[Any, Any], base: dict[Any, Any]) -> dict[Any, Any]:
    """Lay one configuration over another, as Snakemake does."""
    result = dict(base)
    for key, value in overlay.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(value, result[key]) if both else value
    return result
