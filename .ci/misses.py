"""Write, as Markdown for a job's summary, how a run's numbers compare with those that are expected of it.

    python .ci/misses.py results

It needs nothing but Python: a run that missed ends before its tables are written, so misses are read from the log.
"""

import csv
import re
import sys
from pathlib import Path

MISS = re.compile(
    r"(?P<key>\S+): expected (?P<expected>\S+) ± (?P<tolerance>\S+), got (?P<got>\S+);"
    r" most likely caused by a change of the rule (?P<rule>\w+)$"
)


def summary(results: Path) -> str:
    """Give the table of misses, or say that there are none."""
    log, table = results / "logs/verify_claims.log", results / "expected.tsv"
    lines = log.read_text(encoding="utf-8").splitlines() if log.is_file() else []
    missed = [found for line in lines if (found := MISS.search(line))]
    if missed:
        head = ["## Numbers that are not as expected", "", "| number | expected | tolerance | got | likely cause |"]
        rows = ["| `{key}` | {expected} | {tolerance} | {got} | `{rule}` |".format(**one.groupdict()) for one in missed]
        return "\n".join([*head, "|---|---|---|---|---|", *rows, ""])
    if not table.is_file():
        return "## The run ended before its numbers were compared\n"
    with table.open(encoding="utf-8", newline="") as content:
        count = sum(1 for _ in csv.DictReader(content, delimiter="\t"))
    return f"## All {count} expected numbers are as expected\n" if count else "## No numbers are expected of this run\n"


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    print(summary(Path(sys.argv[1])))
