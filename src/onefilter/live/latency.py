"""What a look ahead costs and brings: how late predictions are, and how good."""

from typing import Final

from onefilter.tables import Columns

LATENCY_COLUMNS: Final[Columns] = {
    "target": str, "alignment": str, "ahead": int, "latency": float, "delay": float, "culture": str, "partition": str,
    "ccc": float, "low": float, "high": float, "unit": str,
}  # fmt: skip
"""Mean CCC over seeds of filters that look ``ahead`` taps ahead, ``latency`` seconds behind the face."""
